//! The options of kafka-topics.sh, and its cross-checks.

use clap::{ArgMatches, Args as _, Command, FromArgMatches};

use super::assignment;
use crate::cli::excludes;
use crate::commands::connect::ClusterArgs;
use crate::failure::Failure;
use crate::java::base64;
use crate::java::hash_order::{DEFAULT_CAPACITY, sort_by_hash};
use crate::java::split::split_at_equals;
use crate::kafka::admin::PARTITIONS_PER_RESPONSE;
use crate::kafka::model::{Layout, NewTopic, TopicId};
use crate::kafka::settings::check_topic_configs;

const ALTER_CONFIGS_ELSEWHERE: &str = " (To alter topic configurations, the kafka-configs tool can be used.)";

const ID_BEFORE_NAME: &str = "Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID";

#[derive(clap::Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "one per option of the Java tool")]
struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// List all topics
    #[arg(long)]
    list: bool,
    /// Create a topic
    #[arg(long)]
    create: bool,
    /// Delete topics
    #[arg(long)]
    delete: bool,
    /// Add partitions to topics
    #[arg(long)]
    alter: bool,
    /// Show the partitions of topics
    #[arg(long)]
    describe: bool,
    /// The topic; except with --create a regular expression, a comma meaning "or"
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The id of the topic to describe
    #[arg(long, value_name = "ID")]
    topic_id: Option<String>,
    /// A setting of the topic to create, any number of times
    #[arg(long, value_name = "NAME=VALUE", action = clap::ArgAction::Append)]
    config: Vec<String>,
    /// No longer supported by Kafka: only warns
    #[arg(long, value_name = "NAME", action = clap::ArgAction::Append)]
    delete_config: Vec<String>,
    /// The number of partitions [default: the broker's]
    #[arg(long, value_name = "N")]
    partitions: Option<i32>,
    /// The number of replicas of each partition [default: the broker's]
    #[arg(long, value_name = "N")]
    replication_factor: Option<i32>,
    /// The brokers of each partition: BROKER:BROKER for one partition, a comma before the next
    #[arg(long, value_name = "BROKERS")]
    replica_assignment: Option<String>,
    /// With --describe, only partitions with fewer in-sync replicas than replicas
    #[arg(long)]
    under_replicated_partitions: bool,
    /// With --describe, only partitions without a running leader
    #[arg(long)]
    unavailable_partitions: bool,
    /// With --describe, only partitions with fewer in-sync replicas than min.insync.replicas
    #[arg(long)]
    under_min_isr_partitions: bool,
    /// With --describe, only partitions with exactly min.insync.replicas in-sync replicas
    #[arg(long)]
    at_min_isr_partitions: bool,
    /// With --describe, only topics with settings of their own
    #[arg(long)]
    topics_with_overrides: bool,
    /// With --alter, --delete or --describe, do nothing if the topic does not exist
    #[arg(long)]
    if_exists: bool,
    /// With --create, do nothing if the topic exists
    #[arg(long)]
    if_not_exists: bool,
    /// With --list or --describe, leave out Kafka's own topics
    #[arg(long)]
    exclude_internal: bool,
    /// With --create, --alter or --delete, only tell what would be done
    #[arg(long)]
    dry_run: bool,
    /// With --describe, the partitions in one answer of the broker [default: 2000]
    #[arg(long, value_name = "N")]
    partition_size_limit_per_response: Option<i32>,
}

/// The definition of the command line.
pub(in crate::commands) fn command() -> Command {
    Args::augment_args(Command::new("topics")).about("Create, delete, describe, or change a topic.")
}

/// What is to be done, and where.
#[derive(Debug)]
pub(super) struct Request {
    pub cluster: ClusterArgs,
    pub action: Action,
    /// What is ignored, with a word on stderr.
    pub warnings: Vec<String>,
    /// What Java warns of on stdout.
    pub stdout_warning: Option<&'static str>,
}

/// One of the five things that kafka-topics.sh does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    List { topics: Option<String>, exclude_internal: bool },
    Create(Creation),
    Alter(Growth),
    Delete { topics: String, if_exists: bool, dry_run: bool },
    Describe(Selection),
}

/// A topic to create, as the command line words it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Creation {
    pub topic: String,
    pub configs: Vec<String>,
    pub partitions: Option<i32>,
    pub replication_factor: Option<i32>,
    pub assignment: Option<String>,
    pub if_not_exists: bool,
    pub dry_run: bool,
}

/// What a topic to create is given beside numbers.
#[derive(Debug)]
pub(super) struct Given {
    pub assignment: Option<Vec<Vec<i32>>>,
    pub configs: Vec<(String, String)>,
}

/// Partitions to add, as the command line words them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Growth {
    pub topics: String,
    /// The new total.
    pub partitions: i32,
    pub assignment: Option<String>,
    pub if_exists: bool,
    pub dry_run: bool,
}

impl Creation {
    /// What is given word by word: the brokers of each partition, and the settings.
    ///
    /// # Errors
    /// Java's sentence for the first mistake.
    pub fn given(&self) -> Result<Given, String> {
        Ok(Given { assignment: assignment::given(self.assignment.as_deref())?, configs: self.config_pairs()? })
    }

    /// The topic to ask for.
    ///
    /// # Errors
    /// Java's sentence for what no topic can have.
    pub fn plan(&self, given: Given) -> Result<NewTopic, String> {
        let counts = self.counts()?;
        if self.topic.is_empty() {
            return Err("The given topic name '' cannot be represented in a request.".to_owned());
        }
        let layout = given.assignment.map_or(counts, Layout::Assignment);
        Ok(NewTopic { name: self.topic.clone(), layout, configs: given.configs })
    }

    /// How a topic without an assignment is laid out.
    fn counts(&self) -> Result<Layout, String> {
        let replication_factor = match self.replication_factor.map(i16::try_from) {
            None => None,
            Some(Ok(factor)) if factor >= 1 => Some(factor),
            Some(_) => return Err(format!("The replication factor must be between 1 and {} inclusive", i16::MAX)),
        };
        if self.partitions.is_some_and(|partitions| partitions < 1) {
            return Err("The partitions must be greater than 0".to_owned());
        }
        Ok(Layout::Counts { partitions: self.partitions, replication_factor })
    }

    /// The settings as pairs; of a repeated name the last.
    fn config_pairs(&self) -> Result<Vec<(String, String)>, String> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for config in &self.configs {
            let [name, value] = split_at_equals(config)[..] else {
                return Err(
                    "requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".".to_owned()
                );
            };
            let (name, value) = (name.trim(), value.trim().to_owned());
            match pairs.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = value,
                None => pairs.push((name.to_owned(), value)),
            }
        }
        // Java keeps them in a map, whose order decides which of several mistakes is told.
        sort_by_hash(&mut pairs, DEFAULT_CAPACITY, |(name, _)| name);
        check_topic_configs(&pairs)?;
        Ok(pairs)
    }
}

/// Which partitions `--describe` shows.
#[derive(Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one per option of the Java tool")]
pub(super) struct Selection {
    pub topics: Option<String>,
    pub topic_id: Option<String>,
    pub exclude_internal: bool,
    pub if_exists: bool,
    pub overrides_only: bool,
    pub under_replicated: bool,
    pub unavailable: bool,
    pub under_min_isr: bool,
    pub at_min_isr: bool,
    pub page: i32,
}

impl Selection {
    /// Whether only partitions in some bad state are wanted: then topics get no line of their own.
    pub fn is_health_report(&self) -> bool {
        self.under_replicated || self.unavailable || self.under_min_isr || self.at_min_isr
    }

    /// The id to look for; the zero id counts as none.
    ///
    /// # Errors
    /// Java's sentence for a text that is no id.
    pub fn wanted_id(&self) -> Result<Option<TopicId>, String> {
        let Some(text) = &self.topic_id else { return Ok(None) };
        if text.encode_utf16().count() > 24 {
            let prefix: String = text.chars().take(24).collect();
            return Err(format!("Input string with prefix `{prefix}` is too long to be decoded as a base64 UUID"));
        }
        let bytes = base64::decode_url(text)?;
        let id = TopicId::from_bytes(&bytes).ok_or_else(|| {
            format!(
                "Input string `{text}` decoded as {} bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID",
                bytes.len()
            )
        })?;
        Ok(Some(id).filter(|id| !id.is_zero()))
    }
}

/// Reads the command line.
///
/// # Errors
/// Java's cross-checks, in Java's words.
pub(super) fn request(matches: &ArgMatches) -> Result<Request, Failure> {
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    args.check()?;
    let mut warnings = Vec::new();
    if !args.delete_config.is_empty() {
        warnings.push(
            "delete-config option is no longer supported and deprecated since version 4.0. The config will be fully removed in future releases.".to_owned(),
        );
    }
    let for_describe =
        [("topic-id", args.topic_id.is_some()), ("partition-size-limit-per-response", args.partition_size_limit_per_response.is_some())];
    let idle = for_describe.iter().filter(|(_, given)| *given && !args.describe);
    warnings.extend(idle.map(|(option, _)| format!("warning: ignored --{option}, which goes with --describe only")));
    let both = args.describe && args.if_exists && args.topic.is_some() && args.topic_id.is_some();
    let cluster = args.cluster.clone();
    Ok(Request { cluster, action: args.action()?, warnings, stdout_warning: both.then_some(ID_BEFORE_NAME) })
}

impl Args {
    fn check(&self) -> Result<(), Failure> {
        let actions = [self.create, self.list, self.alter, self.describe, self.delete];
        if actions.iter().filter(|given| **given).count() != 1 {
            return Err(Failure::usage("Command must include exactly one action: --list, --describe, --create, --alter or --delete"));
        }
        if self.cluster.servers().is_none() {
            return Err(Failure::usage("--bootstrap-server must be specified"));
        }
        if self.describe && self.if_exists && self.topic.is_none() && self.topic_id.is_none() {
            return Err(Failure::usage("--topic or --topic-id is required to describe a topic"));
        }
        if !self.list && !self.describe && self.topic.is_none() {
            return Err(Failure::usage("Missing required argument \"[topic]\""));
        }
        if self.alter && !self.config.is_empty() {
            return Err(Failure::usage(format!(
                "Option combination \"[[bootstrap-server], [config]]\" can't be used with option \"[alter]\"{ALTER_CONFIGS_ELSEWHERE}"
            )));
        }
        if self.alter && self.partitions.is_none() {
            return Err(Failure::usage("Missing required argument \"[partitions]\""));
        }
        self.check_combinations()
    }

    /// Which option goes with which action.
    fn check_combinations(&self) -> Result<(), Failure> {
        let action =
            [("alter", self.alter), ("create", self.create), ("describe", self.describe), ("list", self.list), ("delete", self.delete)];
        let only_with = |option: &str, given: bool, fitting: &[&str]| match action.iter().find(|(name, on)| *on && !fitting.contains(name))
        {
            Some((name, _)) if given => Err(excludes(option, name)),
            _ => Ok(()),
        };
        only_with("config", !self.config.is_empty(), &["alter", "create"])?;
        only_with("partitions", self.partitions.is_some(), &["alter", "create"])?;
        only_with("replication-factor", self.replication_factor.is_some(), &["create"])?;
        only_with("replica-assignment", self.replica_assignment.is_some(), &["alter", "create"])?;
        if self.create && self.replica_assignment.is_some() {
            let counts = [("partitions", self.partitions.is_some()), ("replication-factor", self.replication_factor.is_some())];
            if let Some((count, _)) = counts.iter().find(|(_, given)| *given) {
                return Err(excludes("replica-assignment", count));
            }
        }
        let reports = [
            ("under-replicated-partitions", self.under_replicated_partitions),
            ("under-min-isr-partitions", self.under_min_isr_partitions),
            ("at-min-isr-partitions", self.at_min_isr_partitions),
            ("unavailable-partitions", self.unavailable_partitions),
        ];
        for (report, given) in reports {
            only_with(report, given, &["describe"])?;
            if given && self.topics_with_overrides {
                return Err(excludes(report, "topics-with-overrides"));
            }
        }
        only_with("topics-with-overrides", self.topics_with_overrides, &["describe"])?;
        only_with("if-exists", self.if_exists, &["alter", "delete", "describe"])?;
        only_with("if-not-exists", self.if_not_exists, &["create"])?;
        only_with("exclude-internal", self.exclude_internal, &["list", "describe"])?;
        only_with("dry-run", self.dry_run, &["create", "alter", "delete"])
    }

    fn action(self) -> Result<Action, Failure> {
        if self.list {
            return Ok(Action::List { topics: self.topic, exclude_internal: self.exclude_internal });
        }
        if self.describe {
            return Ok(Action::Describe(Selection {
                topics: self.topic,
                topic_id: self.topic_id,
                exclude_internal: self.exclude_internal,
                if_exists: self.if_exists,
                overrides_only: self.topics_with_overrides,
                under_replicated: self.under_replicated_partitions,
                unavailable: self.unavailable_partitions,
                under_min_isr: self.under_min_isr_partitions,
                at_min_isr: self.at_min_isr_partitions,
                page: self.partition_size_limit_per_response.unwrap_or(PARTITIONS_PER_RESPONSE),
            }));
        }
        let topic = self.topic.ok_or_else(|| Failure::usage("Missing required argument \"[topic]\""))?;
        if self.create {
            return Ok(Action::Create(Creation {
                topic,
                configs: self.config,
                partitions: self.partitions,
                replication_factor: self.replication_factor,
                assignment: self.replica_assignment,
                if_not_exists: self.if_not_exists,
                dry_run: self.dry_run,
            }));
        }
        if self.delete {
            return Ok(Action::Delete { topics: topic, if_exists: self.if_exists, dry_run: self.dry_run });
        }
        let partitions = self.partitions.ok_or_else(|| Failure::usage("Missing required argument \"[partitions]\""))?;
        Ok(Action::Alter(Growth {
            topics: topic,
            partitions,
            assignment: self.replica_assignment,
            if_exists: self.if_exists,
            dry_run: self.dry_run,
        }))
    }
}

#[cfg(test)]
mod tests;
