//! DefaultMessageFormatter.

use std::collections::BTreeMap;
use std::io::Write as _;

use super::{Record, timestamp_type};
use crate::commands::console_consumer::deserializer::Deserializer;

/// DefaultMessageFormatter: columns in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "one per print.* property")]
pub(in super::super) struct Columns {
    pub timestamp: bool,
    pub partition: bool,
    pub offset: bool,
    pub delivery: bool,
    pub epoch: bool,
    pub headers: bool,
    pub key: bool,
    pub value: bool,
    pub key_separator: Vec<u8>,
    pub line_separator: Vec<u8>,
    pub headers_separator: Vec<u8>,
    pub null_literal: Vec<u8>,
    pub key_deserializer: Option<Deserializer>,
    pub value_deserializer: Option<Deserializer>,
    pub headers_deserializer: Option<Deserializer>,
}

impl Columns {
    pub fn configured(properties: &BTreeMap<String, String>) -> Result<Self, String> {
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

    pub fn print(&self, record: &impl Record, out: &mut Vec<u8>) -> Result<(), String> {
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
            out.extend_from_slice(String::from_utf8_lossy(name).as_bytes());
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
