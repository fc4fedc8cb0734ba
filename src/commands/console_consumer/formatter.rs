//! How a record is printed: the formatters of kafka-console-consumer.sh, to the byte.

mod columns;

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::columns::Columns;
use super::coordinator::Family;
use crate::kafka::consumer::Message;

/// What a formatter wants to know of a record.
pub(super) trait Record {
    fn topic(&self) -> Cow<'_, str>;
    fn partition(&self) -> i32;
    fn offset(&self) -> i64;
    /// Milliseconds, and whether they are the time of appending.
    fn timestamp(&self) -> Option<(i64, bool)>;
    /// Names and values, in their order.
    fn headers(&self) -> Vec<(&[u8], Option<&[u8]>)>;
    fn key(&self) -> Option<&[u8]>;
    fn value(&self) -> Option<&[u8]>;
}

impl Record for Message<'_> {
    fn topic(&self) -> Cow<'_, str> {
        Message::topic_name(*self)
    }

    fn partition(&self) -> i32 {
        Message::partition(*self)
    }

    fn offset(&self) -> i64 {
        Message::offset(*self)
    }

    fn timestamp(&self) -> Option<(i64, bool)> {
        Message::timestamp(*self)
    }

    fn headers(&self) -> Vec<(&[u8], Option<&[u8]>)> {
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

/// Makes a formatter that is configured with properties.
type Make = fn(&BTreeMap<String, String>) -> Result<Formatter, String>;

/// The class names of today, without their package.
const CLASSES: [(&str, Make); 8] = [
    ("DefaultMessageFormatter", |properties| Columns::configured(properties).map(Formatter::Default)),
    ("LoggingMessageFormatter", |properties| Columns::configured(properties).map(Formatter::Logging)),
    ("NoOpMessageFormatter", |_| Ok(Formatter::NoOp)),
    ("OffsetsMessageFormatter", |_| Ok(Formatter::Coordinator(Family::Offsets))),
    ("GroupMetadataMessageFormatter", |_| Ok(Formatter::Coordinator(Family::GroupMetadata))),
    ("TransactionLogMessageFormatter", |_| Ok(Formatter::Coordinator(Family::TransactionLog))),
    ("ShareGroupMessageFormatter", |_| Ok(Formatter::Coordinator(Family::ShareGroup))),
    ("group.share.ShareGroupStateMessageFormatter", |_| Ok(Formatter::Coordinator(Family::ShareGroupState))),
];

impl Formatter {
    /// The formatter of the class, configured with `properties`.
    ///
    /// # Errors
    /// A class, or a deserializer, that is not known.
    pub fn new(class: &str, properties: &BTreeMap<String, String>) -> Result<Self, String> {
        let old = OLD_CLASSES.iter().find(|(old, _)| *old == class).map(|(_, name)| *name);
        let name = old.or_else(|| class.strip_prefix(PACKAGE));
        match CLASSES.iter().find(|(known, _)| Some(*known) == name) {
            Some((_, make)) => make(properties),
            None => Err(format!("{class} is no formatter that is known here")),
        }
    }

    /// Whether there is a formatter of this class.
    pub fn exists(class: &str) -> bool {
        Self::new(class, &BTreeMap::new()).is_ok()
    }

    /// The names of the classes.
    pub fn classes() -> String {
        format!("{PACKAGE}... with one of {}", CLASSES.map(|(name, _)| name).join(", "))
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

pub(super) fn timestamp_type(appended: bool) -> &'static str {
    if appended { "LogAppendTime" } else { "CreateTime" }
}

#[cfg(test)]
mod tests;
