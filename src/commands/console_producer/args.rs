//! The options of kafka-console-producer.sh, and its cross-checks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args as _, Command, FromArgMatches};

use super::form::Form;
use super::reader::{LineReader, odd_property};
use crate::commands::connect::{ClusterArgs, check_servers};
use crate::failure::{Failure, plain_io};
use crate::java::properties;
use crate::kafka::settings::Sources;

/// The one reader there is.
const LINE_READER: &str = "org.apache.kafka.tools.LineMessageReader";

/// What else it is and was called: by Kafka 0.7 and 0.8, and in notes that leave the package or Scala's `$` out. Its name
/// from 0.8.2 to 3.9, `kafka.tools.ConsoleProducer$LineMessageReader`, is refused by the reference release, and here too.
const LINE_READERS: [&str; 5] = [
    "LineMessageReader",
    "ConsoleProducer$LineMessageReader",
    "kafka.tools.ConsoleProducer.LineMessageReader",
    "kafka.producer.ConsoleProducer$LineMessageReader",
    "kafka.producer.ConsoleProducer$LineReader",
];

/// What the reader understands, for the help.
const READER_HELP: &str = "A property of the line reader, any number of times:
  parse.key=true          a line begins with a key          [default: false]
  key.separator=TEXT      what follows the key              [default: a tab]
  parse.headers=true      a line begins with headers        [default: false]
  headers.delimiter=TEXT  what follows the headers          [default: a tab]
  headers.separator=REGEX what is between two headers       [default: ,]
  headers.key.separator=TEXT between a header's key and value [default: :]
  null.marker=TEXT        a field of this text is null
  ignore.error=true       take a line that lacks a separator as it is";

#[derive(clap::Args, Debug)]
struct Args {
    /// The topic to produce to
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// The brokers to connect to first, HOST:PORT, several separated by commas [env: KAFKA_BOOTSTRAP_SERVERS]
    #[arg(long, alias = "broker-list", value_name = "SERVERS")]
    bootstrap_server: Option<String>,
    /// Send one record at a time, and stop at the first that is not acknowledged
    #[arg(long)]
    sync: bool,
    /// none, gzip, snappy, lz4 or zstd; gzip if no codec is named [default: none]
    #[arg(long, value_name = "CODEC", num_args = 0..=1, default_missing_value = "gzip")]
    compression_codec: Option<String>,
    /// The most bytes in one batch (batch.size) [default: as many as a request takes]
    #[arg(long, value_name = "BYTES")]
    batch_size: Option<i32>,
    /// How often a batch is sent again (retries) [default: until delivery.timeout.ms]
    #[arg(long, value_name = "N")]
    message_send_max_retries: Option<i32>,
    /// The pause before it is sent again (retry.backoff.ms) [default: 100]
    #[arg(long, value_name = "MS")]
    retry_backoff_ms: Option<i64>,
    /// How long a record waits for others to share its batch (linger.ms) [default: 5]
    #[arg(long, value_name = "MS")]
    timeout: Option<i64>,
    /// Which brokers must have a record: all, -1, 0 or 1 (acks) [default: -1, all]
    #[arg(long, value_name = "ACKS")]
    request_required_acks: Option<String>,
    /// How long one answer may take (request.timeout.ms) [default: 1500]
    #[arg(long, value_name = "MS")]
    request_timeout_ms: Option<i32>,
    /// How often the partitions are looked up (metadata.max.age.ms) [default: 300000]
    #[arg(long, value_name = "MS")]
    metadata_expiry_ms: Option<i64>,
    /// How long to wait for the topic, and for room in the buffer (max.block.ms) [default: 60000; 5000 for an unknown topic]
    #[arg(long, value_name = "MS")]
    max_block_ms: Option<i64>,
    /// The memory for records on their way (buffer.memory) [default: 33554432]
    #[arg(long, value_name = "BYTES")]
    max_memory_bytes: Option<i64>,
    /// The old name of --batch-size, which it overrides
    #[arg(long, value_name = "BYTES")]
    max_partition_memory_bytes: Option<i32>,
    /// The class that reads records: only org.apache.kafka.tools.LineMessageReader
    #[arg(long, value_name = "CLASS")]
    line_reader: Option<String>,
    /// The size of the socket's send buffer (send.buffer.bytes) [default: the system's]
    #[arg(long, value_name = "BYTES")]
    socket_buffer_size: Option<i32>,
    #[arg(long, value_name = "NAME=VALUE", action = clap::ArgAction::Append, help = READER_HELP)]
    reader_property: Vec<String>,
    /// A file of reader properties
    #[arg(long, value_name = "FILE")]
    reader_config: Option<PathBuf>,
    /// A property of the producer, any number of times
    #[arg(long, value_name = "NAME=VALUE", action = clap::ArgAction::Append)]
    command_property: Vec<String>,
    /// A file of producer properties
    #[arg(long, value_name = "FILE")]
    command_config: Option<PathBuf>,
    /// The old name of --reader-property
    #[arg(long, value_name = "NAME=VALUE", action = clap::ArgAction::Append)]
    property: Vec<String>,
    /// The old name of --command-property
    #[arg(long, value_name = "NAME=VALUE", action = clap::ArgAction::Append)]
    producer_property: Vec<String>,
    /// The old name of --command-config
    #[arg(long = "producer.config", value_name = "FILE")]
    producer_config: Option<PathBuf>,
    /// The form of the input: lines (Java's), or jsonl, as console-consumer --output json writes records [default: lines]
    #[arg(long, value_name = "FORM")]
    input: Option<Input>,
    /// Read this file instead of standard input
    #[arg(long, value_name = "FILE")]
    input_file: Option<PathBuf>,
    /// Add the lines to this file that are no records or are not acknowledged, as they are, and go on
    #[arg(long, value_name = "FILE")]
    reject_file: Option<PathBuf>,
    /// Of Kafka 0.8.2 to 0.10, which had two producers
    #[arg(long, hide = true)]
    new_producer: bool,
    /// Of Kafka 0.9 to 1.1, which had two producers
    #[arg(long, hide = true)]
    old_producer: bool,
}

/// The form of the input.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Input {
    Lines,
    Jsonl,
}

/// The definition of the command line.
pub(in crate::commands) fn command() -> Command {
    Args::augment_args(Command::new("console-producer")).about("This tool helps to read data from standard input and publish it to Kafka.")
}

/// What is to be sent where, and how.
#[derive(Debug)]
pub(super) struct Request {
    pub topic: String,
    pub form: Wanted,
    /// The producer's properties.
    pub sources: Sources,
    pub sync: bool,
    pub input_file: Option<PathBuf>,
    pub reject_file: Option<PathBuf>,
    /// What Java says on stdout about options that are going away.
    pub deprecations: Vec<String>,
    /// What deserves a word on stderr.
    pub warnings: Vec<String>,
}

/// The form that the input is to have.
#[derive(Debug)]
pub(super) enum Wanted {
    /// Lines, for a reader with these properties.
    Lines(BTreeMap<String, String>),
    Jsonl,
}

impl Wanted {
    /// Makes the reader.
    ///
    /// # Errors
    /// Java's sentence for properties that do not go together.
    pub fn configure(self) -> Result<Form, Failure> {
        match self {
            Self::Lines(properties) => LineReader::configure(&properties).map(Box::new).map(Form::Lines).map_err(Failure::failed),
            Self::Jsonl => Ok(Form::Jsonl),
        }
    }
}

/// Reads the command line.
///
/// # Errors
/// Java's cross-checks, in Java's words; a reader's file that cannot be read.
pub(super) fn request(matches: &ArgMatches) -> Result<Request, Failure> {
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    args.check()?;
    let mut warnings = Vec::new();
    let mut reader = args.reader_properties(&mut warnings)?;
    let topic = reader.remove("topic").unwrap_or_default();
    Ok(Request {
        topic,
        form: if args.input == Some(Input::Jsonl) { Wanted::Jsonl } else { Wanted::Lines(reader) },
        sources: args.sources(),
        sync: args.sync,
        deprecations: args.deprecations(),
        warnings,
        input_file: args.input_file,
        reject_file: args.reject_file,
    })
}

impl Args {
    fn servers(&self) -> Option<String> {
        ClusterArgs { bootstrap_server: self.bootstrap_server.clone(), command_config: None }.servers()
    }

    fn check(&self) -> Result<(), Failure> {
        if self.topic.is_none() {
            return Err(Failure::usage("Missing required argument \"[topic]\""));
        }
        let pairs = [
            ("command-config", self.command_config.is_some(), "producer.config", self.producer_config.is_some()),
            ("command-property", !self.command_property.is_empty(), "producer-property", !self.producer_property.is_empty()),
            ("reader-property", !self.reader_property.is_empty(), "property", !self.property.is_empty()),
        ];
        for (new, has_new, old, has_old) in pairs {
            if has_new && has_old {
                return Err(Failure::usage(format!("Options --{new} and --{old} cannot be specified together.")));
            }
        }
        check_servers(self.servers().as_deref())?;
        if self.input == Some(Input::Jsonl) {
            let of_lines = [
                ("line-reader", self.line_reader.is_some()),
                ("reader-property", !self.reader_property.is_empty()),
                ("property", !self.property.is_empty()),
                ("reader-config", self.reader_config.is_some()),
            ];
            if let Some((option, _)) = of_lines.into_iter().find(|(_, given)| *given) {
                return Err(Failure::usage(format!("--{option} is about lines, and --input jsonl reads no such lines")));
            }
        }
        match self.line_reader.as_deref() {
            None | Some(LINE_READER) => Ok(()),
            Some(class) if LINE_READERS.contains(&class) => Ok(()),
            Some(class) => Err(Failure::failed(format!("--line-reader {class}: Java classes cannot be loaded here"))
                .hinted(format!("the only reader is {LINE_READER}, which needs no --line-reader"))),
        }
    }

    /// In the order in which Java says them, whatever the order on the command line.
    fn deprecations(&self) -> Vec<String> {
        let replaced = [
            (!self.producer_property.is_empty(), "producer-property", "a future version", "command-property"),
            (self.producer_config.is_some(), "producer.config", "a future version", "command-config"),
            (!self.property.is_empty(), "property", "a future version", "reader-property"),
            (self.max_partition_memory_bytes.is_some(), "max-partition-memory-bytes", "Apache Kafka 5.0", "batch-size"),
        ];
        let given = replaced.into_iter().filter(|(given, ..)| *given);
        let warning = |(_, old, when, new)| format!("Warning: --{old} is deprecated and will be removed in {when}. Use --{new} instead.");
        given.map(warning).collect()
    }

    /// The file's, then `--topic`, then those of the command line.
    fn reader_properties(&self, warnings: &mut Vec<String>) -> Result<BTreeMap<String, String>, Failure> {
        let mut reader = BTreeMap::new();
        if let Some(path) = &self.reader_config {
            let named = |reason: String| Failure::failed(format!("--reader-config {}: {reason}", path.display()));
            let bytes = std::fs::read(path).map_err(|error| named(plain_io(&error)))?;
            let parsed = properties::parse(&bytes).map_err(named)?;
            warnings.extend(parsed.warnings.iter().map(|warning| format!("{}: {warning}", path.display())));
            reader.extend(parsed.entries);
        }
        let (in_file, path) = (reader.clone(), self.reader_config.as_deref().unwrap_or(Path::new("")).display());
        warnings.extend(in_file.iter().filter_map(|(name, value)| Some(format!("{path}: {}", odd_property(name, value)?))));
        reader.insert("topic".to_owned(), self.topic.clone().unwrap_or_default());
        for argument in self.reader_property.iter().chain(&self.property) {
            let (name, value) = argument.split_once('=').unwrap_or((argument, ""));
            warnings.extend(odd_property(name, value));
            reader.insert(name.to_owned(), value.to_owned());
        }
        Ok(reader)
    }

    /// The properties by Java's precedence (`maybeMergeOptions`): an option given wins over a property, and a property
    /// over an option's default. The codec wins even by its default.
    fn sources(&self) -> Sources {
        let text = |number: Option<i64>| number.map(|number| number.to_string());
        let small = |number: Option<i32>| number.map(|number| number.to_string());
        let codec = self.compression_codec.as_deref().map(|codec| if codec.is_empty() { "gzip" } else { codec }.to_owned());
        let stubborn = if codec.is_none() { vec![("compression.type", "none".to_owned(), "compression-codec")] } else { Vec::new() };
        let options = [
            ("linger.ms", if self.sync { Some("0".to_owned()) } else { text(self.timeout) }),
            ("acks", self.request_required_acks.clone()),
            ("request.timeout.ms", small(self.request_timeout_ms)),
            ("retries", small(self.message_send_max_retries)),
            ("retry.backoff.ms", text(self.retry_backoff_ms)),
            ("send.buffer.bytes", small(self.socket_buffer_size)),
            ("buffer.memory", text(self.max_memory_bytes)),
            ("batch.size", small(self.max_partition_memory_bytes.or(self.batch_size))),
            ("metadata.max.age.ms", text(self.metadata_expiry_ms)),
            ("max.block.ms", text(self.max_block_ms)),
            ("compression.type", codec),
        ];
        Sources {
            // linger.ms, batch.size and max.block.ms have defaults of their own in `kafka::producer`. send.buffer.bytes has the
            // system's: it grows with a connection that is fast and far, where the tool's 102400 bytes hold it up. retries has
            // the client's: the tool's 3 are used up in a few seconds while another broker takes a partition over, and a
            // record that was given up may be in the log all the same.
            defaults: [
                ("acks", "-1"),
                ("client.id", "console-producer"),
                ("request.timeout.ms", "1500"),
                ("retry.backoff.ms", "100"),
                ("buffer.memory", "33554432"),
                ("metadata.max.age.ms", "300000"),
            ]
            .map(|(name, value)| (name, value.to_owned()))
            .into(),
            files: self.command_config.iter().chain(&self.producer_config).cloned().collect(),
            arguments: self.command_property.iter().chain(&self.producer_property).cloned().collect(),
            flags: options.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            stubborn,
            bootstrap_servers: self.servers(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    fn parsed(words: &[&str]) -> Result<Request, String> {
        let words = ["--bootstrap-server", "h:1"].iter().chain(words).map(std::ffi::OsString::from);
        let message = |failure: &Failure| failure.complaint().unwrap().message.clone();
        let parsed = cli::parse(&cli::applet(command()), words).map_err(|refusal| message(&refusal.failure))?;
        request(&parsed.matches).map_err(|failure| message(&failure))
    }

    fn flag(words: &[&str], name: &str) -> Option<String> {
        let sources = parsed(&[&["--topic", "t"], words].concat()).unwrap().sources;
        sources.flags.into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    #[test]
    fn the_topic_is_needed_and_a_reader_property_overrides_it() {
        assert_eq!(parsed(&[]).unwrap_err(), "Missing required argument \"[topic]\"");
        assert_eq!(parsed(&["--topic", "t"]).unwrap().topic, "t");
        assert_eq!(parsed(&["--topic", "t", "--reader-property", "topic=u"]).unwrap().topic, "u");
    }

    #[test]
    fn old_and_new_names_of_one_thing_exclude_each_other() {
        let refusal = |words: &[&str]| parsed(&[&["--topic", "t"], words].concat()).unwrap_err();
        assert_eq!(
            refusal(&["--property", "a=b", "--reader-property", "a=b"]),
            "Options --reader-property and --property cannot be specified together."
        );
        assert_eq!(
            refusal(&["--producer-property", "a=b", "--command-property", "a=b"]),
            "Options --command-property and --producer-property cannot be specified together."
        );
        assert_eq!(
            refusal(&["--producer.config", "f", "--command-config", "f"]),
            "Options --command-config and --producer.config cannot be specified together."
        );
    }

    #[test]
    fn deprecations_come_in_javas_order() {
        let words = ["--topic", "t", "--max-partition-memory-bytes", "1", "--property", "a=b", "--producer-property", "acks=1"];
        let deprecations = parsed(&words).unwrap().deprecations;
        assert_eq!(
            deprecations,
            [
                "Warning: --producer-property is deprecated and will be removed in a future version. Use --command-property instead.",
                "Warning: --property is deprecated and will be removed in a future version. Use --reader-property instead.",
                "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead.",
            ]
        );
    }

    #[test]
    fn codecs_may_be_bare_and_win_even_by_default() {
        let stubborn = |words: &[&str]| parsed(&[&["--topic", "t"], words].concat()).unwrap().sources.stubborn.len();
        assert_eq!((flag(&[], "compression.type"), stubborn(&[]), stubborn(&["--compression-codec"])), (None, 1, 0));
        assert_eq!(flag(&["--compression-codec"], "compression.type").as_deref(), Some("gzip"));
        assert_eq!(flag(&["--compression-codec="], "compression.type").as_deref(), Some("gzip"));
        assert_eq!(flag(&["--compression-codec", "zstd"], "compression.type").as_deref(), Some("zstd"));
    }

    #[test]
    fn options_become_properties_only_when_given() {
        assert_eq!(flag(&[], "linger.ms"), None);
        assert_eq!(flag(&["--timeout", "7"], "linger.ms").as_deref(), Some("7"));
        assert_eq!(flag(&["--timeout", "7", "--sync"], "linger.ms").as_deref(), Some("0"));
        assert_eq!(flag(&["--batch-size", "5", "--max-partition-memory-bytes", "6"], "batch.size").as_deref(), Some("6"));
        assert_eq!(flag(&["--request-required-acks", "1"], "acks").as_deref(), Some("1"));
    }

    #[test]
    fn envelopes_need_no_reader() {
        assert!(matches!(parsed(&["--topic", "t", "--input", "jsonl"]).unwrap().form, Wanted::Jsonl));
        assert!(matches!(parsed(&["--topic", "t", "--input", "lines"]).unwrap().form, Wanted::Lines(_)));
        assert_eq!(
            parsed(&["--topic", "t", "--input", "jsonl", "--property", "parse.key=true"]).unwrap_err(),
            "--property is about lines, and --input jsonl reads no such lines"
        );
        assert_eq!(parsed(&["--topic", "t", "--input", "xml"]).unwrap_err(), "Cannot parse argument 'xml' of option input");
    }

    #[test]
    fn other_readers_are_refused_by_name() {
        for class in LINE_READERS.iter().chain(&[LINE_READER]) {
            assert!(parsed(&["--topic", "t", "--line-reader", class]).is_ok(), "{class}");
        }
        let refusal = parsed(&["--topic", "t", "--line-reader", "com.example.NoReader"]).unwrap_err();
        assert!(refusal.contains("com.example.NoReader"), "{refusal}");
    }
}
