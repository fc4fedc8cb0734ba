//! The options of kafka-console-consumer.sh, and its cross-checks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, ArgMatches, Args as _, Command, FromArgMatches};

use super::deserializer::Deserializer;
use super::formatter::Formatter;
use super::moment;
use crate::commands::connect::ClusterArgs;
use crate::failure::{Failure, plain_io};
use crate::java::pattern::Pattern;
use crate::java::properties;
use crate::kafka::consumer::{Reading, Start, Wanted};
use crate::kafka::settings::{ClientSettings, Sources};

const DEFAULT_FORMATTER: &str = "org.apache.kafka.tools.consumer.DefaultMessageFormatter";

#[derive(clap::Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "one per option of the Java tool")]
pub(super) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// The topic to read
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// A regular expression: all topics whose name matches as a whole
    #[arg(long, value_name = "REGEX", alias = "whitelist")]
    include: Option<String>,
    /// The partition to read, from its end unless --offset or --from-beginning is given
    #[arg(long, value_name = "N")]
    partition: Option<i32>,
    /// Where to start: in --partition a number, 'earliest' or 'latest' [default: latest]; in all partitions a time as
    /// @2026-11-20T10:00:00Z (UTC unless it names another zone), @-1h (ago; ms, s, m, h, d, w) or @1763632800000 (milliseconds
    /// since 1970)
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    offset: Option<String>,
    /// Start with the last N records of each partition, merged by their time
    #[arg(long, value_name = "N")]
    tail: Option<u32>,
    /// End when everything has been read that was there at the start
    #[arg(long)]
    exit_at_end: bool,
    /// Start with the earliest record where the group has no offset, rather than with the next one
    #[arg(long)]
    from_beginning: bool,
    /// The group to join; without it no group is joined, and nothing is committed
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// End after this many records; -1 means never
    #[arg(long, value_name = "N")]
    max_messages: Option<i32>,
    /// End when no record came for so many milliseconds
    #[arg(long, value_name = "MS")]
    timeout_ms: Option<i64>,
    /// read_committed leaves out what transactions have not committed [default: read_uncommitted]
    #[arg(long, value_name = "LEVEL")]
    isolation_level: Option<String>,
    /// Go on behind a record that cannot be printed
    #[arg(long)]
    skip_message_on_error: bool,
    /// Print 'shutdown_complete' at the end (for Kafka's system tests)
    #[arg(long)]
    enable_systest_events: bool,
    /// The class that prints records [default: org.apache.kafka.tools.consumer.DefaultMessageFormatter]
    #[arg(long, value_name = "CLASS")]
    formatter: Option<String>,
    /// A file of properties of the formatter
    #[arg(long, value_name = "FILE")]
    formatter_config: Option<PathBuf>,
    /// A property of the formatter, any number of times: print.key, print.value, print.timestamp, print.partition,
    /// print.offset, print.epoch, print.delivery and print.headers are true or false; key.separator, line.separator,
    /// headers.separator and null.literal are texts; key.deserializer, value.deserializer and headers.deserializer are classes
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    formatter_property: Vec<String>,
    /// Deprecated: use --formatter-property
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    property: Vec<String>,
    /// The class that turns keys into text
    #[arg(long, value_name = "CLASS")]
    key_deserializer: Option<String>,
    /// The class that turns values into text
    #[arg(long, value_name = "CLASS")]
    value_deserializer: Option<String>,
    /// A property of the client, any number of times; it wins over --command-config
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    command_property: Vec<String>,
    /// Deprecated: use --command-property
    #[arg(long, value_name = "NAME=VALUE", action = ArgAction::Append)]
    consumer_property: Vec<String>,
    /// Deprecated: use --command-config
    #[arg(long = "consumer.config", value_name = "FILE")]
    consumer_config: Option<PathBuf>,
    /// Had a meaning before Kafka 2
    #[arg(long, hide = true)]
    new_consumer: bool,
}

/// The definition of the command line.
pub(in crate::commands) fn command() -> Command {
    Args::augment_args(Command::new("console-consumer"))
        .about("This tool helps to read data from Kafka topics and outputs it to standard output.")
}

/// When the reading ends by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub records: Option<u64>,
    pub silence: Option<Duration>,
}

impl Args {
    /// Reads the command line.
    ///
    /// # Errors
    /// Java's checks of which options go together.
    pub fn read(matches: &ArgMatches) -> Result<Self, Failure> {
        let args = Self::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
        args.check()?;
        Ok(args)
    }

    fn check(&self) -> Result<(), Failure> {
        if self.topic.is_some() == self.include.is_some() {
            return Err(Failure::usage("Exactly one of the following arguments is required: [topic], [include]"));
        }
        if self.partition.is_some() {
            if self.topic.is_none() {
                return Err(Failure::usage("The topic is required when partition is specified."));
            }
            if self.from_beginning && self.offset.is_some() {
                return Err(Failure::usage("Options from-beginning and offset cannot be specified together."));
            }
        } else if self.offset.as_deref().is_some_and(|offset| !moment::is_one(offset)) {
            return Err(Failure::usage("The partition is required when offset is specified."));
        }
        self.check_additions()?;
        if self.cluster.servers().is_none() {
            return Err(Failure::usage("Missing required argument \"[bootstrap-server]\""));
        }
        exclude("consumer-property", !self.consumer_property.is_empty(), "command-property", !self.command_property.is_empty())?;
        exclude("consumer.config", self.consumer_config.is_some(), "command-config", self.cluster.command_config.is_some())
    }

    /// The same for options that the Java tool does not have.
    fn check_additions(&self) -> Result<(), Failure> {
        let together = [
            ("from-beginning", self.from_beginning, "offset", self.offset.is_some() && self.partition.is_none()),
            ("tail", self.tail.is_some(), "offset", self.offset.is_some()),
            ("tail", self.tail.is_some(), "from-beginning", self.from_beginning),
        ];
        match together.into_iter().find(|(_, first, _, second)| *first && *second) {
            Some((first, _, second, _)) => Err(Failure::usage(format!("Options {first} and {second} cannot be specified together."))),
            None => Ok(()),
        }
    }

    /// Java's warnings about old spellings of client options, which it prints on stdout.
    pub fn client_deprecations(&self) -> Vec<String> {
        let given = [
            ("consumer-property", !self.consumer_property.is_empty(), "command-property"),
            ("consumer.config", self.consumer_config.is_some(), "command-config"),
        ];
        given.into_iter().filter(|(_, given, _)| *given).map(|(old, _, new)| deprecation(old, new)).collect()
    }

    /// Where the client's properties come from.
    pub fn sources(&self) -> Sources {
        let isolation = self.isolation_level.iter().map(|level| ("isolation.level", level.clone()));
        let group = self.group.iter().map(|group| ("group.id", group.clone()));
        let reset = if self.from_beginning { "earliest" } else { "latest" };
        Sources {
            defaults: vec![
                ("auto.offset.reset", reset.to_owned()),
                ("client.id", "console-consumer".to_owned()),
                ("isolation.level", "read_uncommitted".to_owned()),
            ],
            files: self.cluster.command_config.iter().chain(&self.consumer_config).cloned().collect(),
            arguments: self.properties().cloned().collect(),
            flags: isolation.chain(group).collect(),
            stubborn: Vec::new(),
            bootstrap_servers: self.cluster.servers(),
        }
    }

    fn properties(&self) -> impl Iterator<Item = &String> {
        self.command_property.iter().chain(&self.consumer_property)
    }

    /// Compares the group's names from all places, and tells whether there is one.
    ///
    /// # Errors
    /// Names that differ, and a partition beside a group.
    pub fn check_group(&self, group_of_files: Option<&str>) -> Result<bool, Failure> {
        let argument = self.properties().filter_map(|property| match property.split_once('=') {
            Some(("group.id", group)) => Some(group),
            _ => (property == "group.id").then_some(""),
        });
        let mut groups: Vec<&str> = Vec::new();
        for group in [self.group.as_deref(), group_of_files, argument.last()].into_iter().flatten() {
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        if groups.len() > 1 {
            let groups: Vec<String> = groups.iter().map(|group| format!("'{group}'")).collect();
            return Err(Failure::usage(format!(
                "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
                 '--consumer.config') do not match. Detected group ids: {}",
                groups.join(", ")
            )));
        }
        let alone = [("partition", self.partition.is_some()), ("offset", self.offset.is_some()), ("tail", self.tail.is_some())];
        if !groups.is_empty()
            && let Some((option, _)) = alone.into_iter().find(|(_, given)| *given)
        {
            return Err(Failure::usage(format!("Options group and {option} cannot be specified together.")));
        }
        Ok(!groups.is_empty())
    }

    /// Whether the properties say the opposite of `--from-beginning`.
    ///
    /// # Errors
    /// Java's sentence, if they do.
    pub fn check_reset(&self, settings: &ClientSettings) -> Result<(), Failure> {
        match settings.properties.get("auto.offset.reset") {
            Some(reset) if self.from_beginning && reset != "earliest" => Err(Failure::usage(format!(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one option"
            ))),
            _ => Ok(()),
        }
    }

    /// What is to be read, in a `group` or not.
    ///
    /// # Errors
    /// An offset or a regular expression that is none.
    pub fn reading(&self, group: bool) -> Result<Reading, Failure> {
        let start = self.start()?;
        let (to_end, patience) = (self.exit_at_end, self.limits().silence);
        Ok(Reading { wanted: self.wanted()?, start, group, to_end, patience })
    }

    fn wanted(&self) -> Result<Wanted, Failure> {
        match (&self.topic, &self.include) {
            (Some(topic), _) => Ok(match self.partition {
                Some(partition) => Wanted::Partition { topic: topic.clone(), partition },
                None => Wanted::Topic(topic.clone()),
            }),
            (None, include) => {
                let include = include.as_deref().unwrap_or_default();
                let pattern = Pattern::compile(include).ok_or_else(|| Failure::usage(format!("{include} is an invalid regex.")))?;
                Ok(Wanted::Matching(Box::new(move |topic| pattern.matches(topic))))
            }
        }
    }

    fn start(&self) -> Result<Start, Failure> {
        if let Some(records) = self.tail {
            return Ok(Start::Tail(records as usize));
        }
        let Some(offset) = &self.offset else {
            return Ok(match (self.partition, self.from_beginning) {
                (None, _) => Start::Reset,
                (Some(_), true) => Start::Earliest,
                (Some(_), false) => Start::Latest,
            });
        };
        if moment::is_one(offset) {
            return moment::parse(offset).map(Start::Time).map_err(Failure::usage);
        }
        match offset.to_lowercase().as_str() {
            "earliest" => Ok(Start::Earliest),
            "latest" => Ok(Start::Latest),
            _ => match offset.parse() {
                Ok(number) if number >= 0 => Ok(Start::Offset(number)),
                _ => Err(Failure::usage(format!(
                    "The provided offset value '{offset}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long."
                ))),
            },
        }
    }

    /// When the reading ends by itself. A number of records below -1 reads nothing, as in Java.
    pub fn limits(&self) -> Limits {
        Limits {
            records: self.max_messages.filter(|records| *records != -1).map(|records| u64::try_from(records).unwrap_or(0)),
            silence: self.timeout_ms.and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis),
        }
    }

    /// The formatter's class, if it is known.
    ///
    /// # Errors
    /// It is not; or old and new spelling of its properties are given together.
    pub fn formatter_class(&self) -> Result<&str, Failure> {
        let class = self.formatter.as_deref().unwrap_or(DEFAULT_FORMATTER);
        if !Formatter::exists(class) {
            let message = format!("{class} is no formatter that is known here");
            return Err(Failure::usage(message).hinted(format!("one of {}", Formatter::classes())));
        }
        exclude("property", !self.property.is_empty(), "formatter-property", !self.formatter_property.is_empty())?;
        Ok(class)
    }

    /// Java's warning about the old spelling of the formatter's properties, which it prints on stdout.
    pub fn formatter_deprecation(&self) -> Option<String> {
        (!self.property.is_empty()).then(|| deprecation("property", "formatter-property"))
    }

    /// The formatter, configured: by its file, then `--key-deserializer` and `--value-deserializer`, then its properties.
    ///
    /// # Errors
    /// A file that cannot be read, and classes or encodings that are not known.
    pub fn configured_formatter(&self, class: &str) -> Result<Formatter, Failure> {
        let mut properties = self.formatter_config.as_deref().map_or_else(|| Ok(BTreeMap::new()), load)?;
        let deserializers = [("key.deserializer", &self.key_deserializer), ("value.deserializer", &self.value_deserializer)];
        for (name, class) in deserializers {
            if let Some(class) = class.as_deref().filter(|class| !class.is_empty()) {
                properties.insert(name.to_owned(), class.to_owned());
            }
        }
        for property in self.formatter_property.iter().chain(&self.property) {
            let (name, value) = property.split_once('=').unwrap_or((property, ""));
            properties.insert(name.to_owned(), value.to_owned());
        }
        Formatter::new(class, &properties).map_err(|message| {
            let unknown_class = message.contains("deserializer");
            let failure = Failure::usage(message);
            if unknown_class { failure.hinted(Deserializer::classes()) } else { failure }
        })
    }

    /// Whether `--output` other than `text` is free to say how records look.
    ///
    /// # Errors
    /// Options that shape the Java tool's text.
    pub fn check_output(&self) -> Result<(), Failure> {
        let shaping = [
            ("formatter", self.formatter.is_some()),
            ("formatter-config", self.formatter_config.is_some()),
            ("formatter-property", !self.formatter_property.is_empty()),
            ("property", !self.property.is_empty()),
            ("key-deserializer", self.key_deserializer.is_some()),
            ("value-deserializer", self.value_deserializer.is_some()),
            ("enable-systest-events", self.enable_systest_events),
        ];
        match shaping.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => {
                Err(Failure::usage(format!("--{option} goes with --output text alone: other formats show records as they are")))
            }
            None => Ok(()),
        }
    }

    /// Whether records of more than one topic may come.
    pub fn reads_several_topics(&self) -> bool {
        self.include.is_some()
    }

    pub fn skips_bad_records(&self) -> bool {
        self.skip_message_on_error
    }

    pub fn announces_shutdown(&self) -> bool {
        self.enable_systest_events
    }
}

fn deprecation(old: &str, new: &str) -> String {
    format!("Option --{old} is deprecated and will be removed in a future version. Use --{new} instead.")
}

fn exclude(old: &str, old_given: bool, new: &str, new_given: bool) -> Result<(), Failure> {
    if old_given && new_given {
        return Err(Failure::usage(format!("Options --{old} and --{new} cannot be specified together.")));
    }
    Ok(())
}

/// Reads a properties file.
fn load(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let failed = |reason: String| Failure::usage(format!("cannot read {}: {reason}", path.display()));
    let bytes = fs::read(path).map_err(|error| failed(plain_io(&error)))?;
    Ok(properties::parse(&bytes).map_err(failed)?.entries.into_iter().collect())
}

#[cfg(test)]
mod tests;
