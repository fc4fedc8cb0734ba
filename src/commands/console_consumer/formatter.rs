//! How a record is printed: the formatters of kafka-console-consumer.sh, to the byte.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::coordinator::Family;
use super::deserializer::Deserializer;
use crate::kafka::consumer::Message;

/// What a formatter wants to know of a record.
pub(super) trait Record {
    fn partition(&self) -> i32;
    fn offset(&self) -> i64;
    /// Milliseconds, and whether they are the time of appending.
    fn timestamp(&self) -> Option<(i64, bool)>;
    fn headers(&self) -> Vec<(String, Option<&[u8]>)>;
    fn key(&self) -> Option<&[u8]>;
    fn value(&self) -> Option<&[u8]>;
}

impl Record for Message<'_> {
    fn partition(&self) -> i32 {
        Message::partition(*self)
    }

    fn offset(&self) -> i64 {
        Message::offset(*self)
    }

    fn timestamp(&self) -> Option<(i64, bool)> {
        Message::timestamp(*self)
    }

    fn headers(&self) -> Vec<(String, Option<&[u8]>)> {
        Message::headers(*self)
    }

    fn key(&self) -> Option<&[u8]> {
        Message::key(*self)
    }

    fn value(&self) -> Option<&[u8]> {
        Message::value(*self)
    }
}

/// A formatter, chosen and configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Formatter {
    Default(Columns),
    /// As the default one, and a line for the log.
    Logging(Columns),
    NoOp,
    /// Records of Kafka's own topics, as JSON.
    Coordinator(Family),
}

/// The package of the formatters that come with this release.
const PACKAGE: &str = "org.apache.kafka.tools.consumer.";

/// The class names of older releases, and those of today.
const OLD_CLASSES: [(&str, &str); 6] = [
    ("kafka.tools.DefaultMessageFormatter", "DefaultMessageFormatter"),
    ("kafka.tools.LoggingMessageFormatter", "LoggingMessageFormatter"),
    ("kafka.tools.NoOpMessageFormatter", "NoOpMessageFormatter"),
    ("kafka.coordinator.group.GroupMetadataManager$OffsetsMessageFormatter", "OffsetsMessageFormatter"),
    ("kafka.coordinator.group.GroupMetadataManager$GroupMetadataMessageFormatter", "GroupMetadataMessageFormatter"),
    ("kafka.coordinator.transaction.TransactionLog$TransactionLogMessageFormatter", "TransactionLogMessageFormatter"),
];

const CLASSES: [&str; 8] = [
    "DefaultMessageFormatter",
    "LoggingMessageFormatter",
    "NoOpMessageFormatter",
    "OffsetsMessageFormatter",
    "GroupMetadataMessageFormatter",
    "TransactionLogMessageFormatter",
    "ShareGroupMessageFormatter",
    "group.share.ShareGroupStateMessageFormatter",
];

impl Formatter {
    /// The formatter of the class, configured with `properties`.
    ///
    /// # Errors
    /// A class, or a deserializer, that is not known.
    pub fn new(class: &str, properties: &BTreeMap<String, String>) -> Result<Self, String> {
        let old = OLD_CLASSES.iter().find(|(old, _)| *old == class).map(|(_, name)| *name);
        match old.or_else(|| class.strip_prefix(PACKAGE)) {
            Some("DefaultMessageFormatter") => Columns::configured(properties).map(Self::Default),
            Some("LoggingMessageFormatter") => Columns::configured(properties).map(Self::Logging),
            Some("NoOpMessageFormatter") => Ok(Self::NoOp),
            Some("OffsetsMessageFormatter") => Ok(Self::Coordinator(Family::Offsets)),
            Some("GroupMetadataMessageFormatter") => Ok(Self::Coordinator(Family::GroupMetadata)),
            Some("TransactionLogMessageFormatter") => Ok(Self::Coordinator(Family::TransactionLog)),
            Some("ShareGroupMessageFormatter") => Ok(Self::Coordinator(Family::ShareGroup)),
            Some("group.share.ShareGroupStateMessageFormatter") => Ok(Self::Coordinator(Family::ShareGroupState)),
            _ => Err(format!("{class} is no formatter that is known here")),
        }
    }

    /// Whether there is a formatter of this class.
    pub fn exists(class: &str) -> bool {
        Self::new(class, &BTreeMap::new()).is_ok()
    }

    /// The names of the classes.
    pub fn classes() -> String {
        format!("{PACKAGE}... with one of {}", CLASSES.join(", "))
    }

    /// Appends a record to `out`, and gives what is to be logged about it.
    ///
    /// # Errors
    /// Why a part of the record cannot be printed; what comes before that part has been appended, as in Java.
    pub fn print(&self, record: &impl Record, out: &mut Vec<u8>) -> Result<Option<String>, String> {
        match self {
            Self::Default(columns) => columns.print(record, out).map(|()| None),
            Self::Logging(columns) => columns.print(record, out).map(|()| Some(log_line(record))),
            Self::NoOp => Ok(None),
            Self::Coordinator(family) => {
                let printed = family.print(record.key(), record.value(), out);
                printed.map(|()| None).map_err(|error| format!("Could not read record at offset {} due to: {error}", record.offset()))
            }
        }
    }
}

/// The line that LoggingMessageFormatter writes to the log.
fn log_line(record: &impl Record) -> String {
    let timestamp = record.timestamp().map(|(millis, appended)| format!("{}:{millis}, ", timestamp_type(appended))).unwrap_or_default();
    let key = record.key().map_or_else(|| "null ".to_owned(), |key| format!("{}, ", String::from_utf8_lossy(key)));
    let value = record.value().map_or_else(|| "null".into(), String::from_utf8_lossy);
    format!("{timestamp}key:{key}value:{value}")
}

fn timestamp_type(appended: bool) -> &'static str {
    if appended { "LogAppendTime" } else { "CreateTime" }
}

/// DefaultMessageFormatter: columns in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one per print.* property")]
pub(super) struct Columns {
    timestamp: bool,
    partition: bool,
    offset: bool,
    delivery: bool,
    epoch: bool,
    headers: bool,
    key: bool,
    value: bool,
    key_separator: Vec<u8>,
    line_separator: Vec<u8>,
    headers_separator: Vec<u8>,
    null_literal: Vec<u8>,
    key_deserializer: Option<Deserializer>,
    value_deserializer: Option<Deserializer>,
    headers_deserializer: Option<Deserializer>,
}

impl Columns {
    fn configured(properties: &BTreeMap<String, String>) -> Result<Self, String> {
        let flag = |name: &str, default: bool| {
            // Java's trim takes every character up to the blank.
            properties.get(name).map_or(default, |value| value.trim_matches(|c| c <= ' ').eq_ignore_ascii_case("true"))
        };
        let bytes = |name: &str, default: &str| properties.get(name).map_or(default, String::as_str).as_bytes().to_vec();
        Ok(Self {
            timestamp: flag("print.timestamp", false),
            partition: flag("print.partition", false),
            offset: flag("print.offset", false),
            delivery: flag("print.delivery", false),
            epoch: flag("print.epoch", false),
            headers: flag("print.headers", false),
            key: flag("print.key", false),
            value: flag("print.value", true),
            key_separator: bytes("key.separator", "\t"),
            line_separator: bytes("line.separator", "\n"),
            headers_separator: bytes("headers.separator", ","),
            null_literal: bytes("null.literal", "null"),
            key_deserializer: Deserializer::configured("key.deserializer", properties)?,
            value_deserializer: Deserializer::configured("value.deserializer", properties)?,
            headers_deserializer: Deserializer::configured("headers.deserializer", properties)?,
        })
    }

    fn print(&self, record: &impl Record, out: &mut Vec<u8>) -> Result<(), String> {
        let mut columns = [self.timestamp, self.partition, self.offset, self.delivery, self.epoch, self.headers, self.key, self.value]
            .into_iter()
            .filter(|printed| *printed)
            .count();
        let mut end_column = |out: &mut Vec<u8>| {
            columns -= 1;
            out.extend_from_slice(if columns == 0 { &self.line_separator } else { &self.key_separator });
        };
        if self.timestamp {
            match record.timestamp() {
                Some((millis, appended)) => put(out, format_args!("{}:{millis}", timestamp_type(appended))),
                None => out.extend_from_slice(b"NO_TIMESTAMP"),
            }
            end_column(out);
        }
        if self.partition {
            put(out, format_args!("Partition:{}", record.partition()));
            end_column(out);
        }
        if self.offset {
            put(out, format_args!("Offset:{}", record.offset()));
            end_column(out);
        }
        // The Java tool never knows these two.
        if self.delivery {
            out.extend_from_slice(b"Delivery:NOT_PRESENT");
            end_column(out);
        }
        if self.epoch {
            out.extend_from_slice(b"Epoch:NOT_PRESENT");
            end_column(out);
        }
        if self.headers {
            self.print_headers(record, out)?;
            end_column(out);
        }
        if self.key {
            self.print_bytes(record.key(), self.key_deserializer, out)?;
            end_column(out);
        }
        if self.value {
            self.print_bytes(record.value(), self.value_deserializer, out)?;
            end_column(out);
        }
        Ok(())
    }

    fn print_headers(&self, record: &impl Record, out: &mut Vec<u8>) -> Result<(), String> {
        let headers = record.headers();
        if headers.is_empty() {
            out.extend_from_slice(b"NO_HEADERS");
        }
        for (index, (name, value)) in headers.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(&self.headers_separator);
            }
            out.extend_from_slice(name.as_bytes());
            out.push(b':');
            self.print_bytes(*value, self.headers_deserializer, out)?;
        }
        Ok(())
    }

    /// A null becomes the null literal before it is deserialized, as in Java.
    fn print_bytes(&self, bytes: Option<&[u8]>, deserializer: Option<Deserializer>, out: &mut Vec<u8>) -> Result<(), String> {
        let bytes = bytes.unwrap_or(&self.null_literal);
        match deserializer {
            Some(deserializer) => deserializer.print(bytes, out),
            None => {
                out.extend_from_slice(bytes);
                Ok(())
            }
        }
    }
}

fn put(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    // Writing to memory cannot fail.
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed {
        timestamp: Option<(i64, bool)>,
        headers: Vec<(&'static str, Option<&'static [u8]>)>,
        key: Option<&'static [u8]>,
        value: Option<&'static [u8]>,
    }

    impl Record for Fixed {
        fn partition(&self) -> i32 {
            3
        }

        fn offset(&self) -> i64 {
            42
        }

        fn timestamp(&self) -> Option<(i64, bool)> {
            self.timestamp
        }

        fn headers(&self) -> Vec<(String, Option<&[u8]>)> {
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
        }

        fn key(&self) -> Option<&[u8]> {
            self.key
        }

        fn value(&self) -> Option<&[u8]> {
            self.value
        }
    }

    fn full() -> Fixed {
        Fixed {
            timestamp: Some((1_500_000_000_000, false)),
            headers: vec![("a", Some(b"1")), ("b", None), ("a", Some(b""))],
            key: Some(b"k"),
            value: Some(b"v"),
        }
    }

    fn bare() -> Fixed {
        Fixed { timestamp: None, headers: vec![], key: None, value: None }
    }

    fn formatter(properties: &str) -> Formatter {
        let pair = |word: &str| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
        let properties = properties.split_whitespace().map(pair).collect();
        Formatter::new("org.apache.kafka.tools.consumer.DefaultMessageFormatter", &properties).unwrap()
    }

    fn printed(properties: &str, record: &Fixed) -> String {
        let mut out = Vec::new();
        formatter(properties).print(record, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn by_default_the_value_alone() {
        assert_eq!(printed("", &full()), "v\n");
        assert_eq!(printed("", &bare()), "null\n");
        assert_eq!(printed("print.value=false", &full()), "");
    }

    #[test]
    fn every_combination_of_columns() {
        let columns = [
            ("print.timestamp", "CreateTime:1500000000000", "NO_TIMESTAMP"),
            ("print.partition", "Partition:3", "Partition:3"),
            ("print.offset", "Offset:42", "Offset:42"),
            ("print.delivery", "Delivery:NOT_PRESENT", "Delivery:NOT_PRESENT"),
            ("print.epoch", "Epoch:NOT_PRESENT", "Epoch:NOT_PRESENT"),
            ("print.headers", "a:1,b:null,a:", "NO_HEADERS"),
            ("print.key", "k", "null"),
            ("print.value", "v", "null"),
        ];
        for chosen in 0..1_u32 << columns.len() {
            let is_chosen = |index: &usize| chosen & 1 << index != 0;
            let properties: Vec<String> = (0..columns.len()).map(|index| format!("{}={}", columns[index].0, is_chosen(&index))).collect();
            let line = |texts: Vec<&str>| if texts.is_empty() { String::new() } else { format!("{}\n", texts.join("\t")) };
            let chosen: Vec<usize> = (0..columns.len()).filter(is_chosen).collect();
            let properties = properties.join(" ");
            assert_eq!(printed(&properties, &full()), line(chosen.iter().map(|index| columns[*index].1).collect()));
            assert_eq!(printed(&properties, &bare()), line(chosen.iter().map(|index| columns[*index].2).collect()));
        }
    }

    #[test]
    fn separators_and_the_literal_are_taken_as_they_are() {
        let properties = "print.key=true print.headers=true key.separator=| line.separator=; headers.separator=+ null.literal=ø";
        assert_eq!(printed(properties, &full()), "a:1+b:ø+a:|k|v;");
        assert_eq!(printed(properties, &bare()), "NO_HEADERS|ø|ø;");
        assert_eq!(printed("print.key=true key.separator=\\t null.literal=", &bare()), "\\t\n");
    }

    #[test]
    fn only_the_word_true_is_true() {
        assert_eq!(printed("print.key=TRUE", &full()), "k\tv\n");
        for value in ["yes", "1", "", "truee"] {
            assert_eq!(printed(&format!("print.key={value}"), &full()), "v\n");
        }
        let padded = BTreeMap::from([("print.key".to_owned(), " true\t".to_owned())]);
        assert!(matches!(
            Formatter::new("kafka.tools.DefaultMessageFormatter", &padded),
            Ok(Formatter::Default(Columns { key: true, .. }))
        ));
    }

    #[test]
    fn times_of_appending_are_named_so() {
        assert_eq!(printed("print.timestamp=true", &Fixed { timestamp: Some((5, true)), ..full() }), "LogAppendTime:5\tv\n");
    }

    #[test]
    fn a_part_that_fails_leaves_what_came_before() {
        let integer = "print.key=true value.deserializer=org.apache.kafka.common.serialization.IntegerDeserializer";
        let mut out = Vec::new();
        let failed = formatter(integer).print(&full(), &mut out);
        assert_eq!(failed.unwrap_err(), "Size of data received by IntegerDeserializer is not 4");
        assert_eq!(out, b"k\t");
        assert_eq!(printed(integer, &bare()), "null\t1853189228\n");
    }

    #[test]
    fn headers_have_a_deserializer_of_their_own() {
        let record = Fixed { headers: vec![("n", Some(b"\0\0\0\x2a")), ("m", Some(b"\xff\xff\xff\xff"))], ..full() };
        let properties = "print.headers=true headers.deserializer=org.apache.kafka.common.serialization.IntegerDeserializer";
        assert_eq!(printed(properties, &record), "n:42,m:-1\tv\n");
    }

    #[test]
    fn classes_of_this_release_and_of_older_ones() {
        let formatter = |class: &str| Formatter::new(class, &BTreeMap::new());
        for class in CLASSES {
            assert!(Formatter::exists(&format!("{PACKAGE}{class}")), "{class}");
        }
        for (old, class) in OLD_CLASSES {
            assert_eq!(formatter(old), formatter(&format!("{PACKAGE}{class}")));
            assert!(CLASSES.contains(&class));
        }
        for class in ["com.example.NoFormatter", "java.lang.String", "DefaultMessageFormatter", ""] {
            assert!(!Formatter::exists(class));
        }
    }

    #[test]
    fn two_formatters_beside_the_default_one() {
        let print = |class: &str, record: &Fixed| {
            let mut out = Vec::new();
            let logged = Formatter::new(&format!("{PACKAGE}{class}"), &BTreeMap::new()).unwrap().print(record, &mut out).unwrap();
            (logged, String::from_utf8(out).unwrap())
        };
        let line = "CreateTime:1500000000000, key:k, value:v".to_owned();
        assert_eq!(print("LoggingMessageFormatter", &full()), (Some(line), "v\n".to_owned()));
        assert_eq!(print("LoggingMessageFormatter", &bare()), (Some("key:null value:null".to_owned()), "null\n".to_owned()));
        assert_eq!(print("NoOpMessageFormatter", &full()), (None, String::new()));
    }

    #[test]
    fn a_record_that_is_no_offset_is_named_by_its_own() {
        let class = format!("{PACKAGE}OffsetsMessageFormatter");
        let failed = Formatter::new(&class, &BTreeMap::new()).unwrap().print(&full(), &mut Vec::new());
        assert_eq!(failed.unwrap_err(), "Could not read record at offset 42 due to: Could not read version from key's buffer.");
    }
}
