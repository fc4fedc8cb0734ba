//! Records in the formats that the Java tool does not have: one JSON object each, TSV, and a table for a terminal.

use std::borrow::Cow;

use jiff::Timestamp;

use super::formatter::{Formatter, Record, timestamp_type};
use crate::commands::envelope::{Envelope, Header, TimestampType};
use crate::render::{cut, escape, shown};

/// How records are printed.
#[derive(Debug)]
pub(super) enum Layout {
    /// By the rules of the Java tool.
    Text(Formatter),
    /// One object per line, which `console-producer --input jsonl` reads back without loss.
    Json,
    /// A line of names, and a line per record.
    Tsv {
        headed: bool,
    },
    Table(Table),
}

impl Layout {
    /// Appends a record to `out`, or keeps it until [`finish`](Self::finish). Gives what is to be logged about it.
    ///
    /// # Errors
    /// Why a part of the record cannot be printed.
    pub fn print(&mut self, record: &impl Record, out: &mut Vec<u8>) -> Result<Option<String>, String> {
        match self {
            Self::Text(formatter) => return formatter.print(record, out),
            Self::Json => envelope(record).encode(out),
            Self::Tsv { headed } => {
                if !std::mem::replace(headed, true) {
                    out.extend_from_slice(b"topic\tpartition\toffset\ttimestamp\ttimestamp_type\theaders\tkey\tvalue\n");
                }
                tsv(record, out);
            }
            Self::Table(table) => table.add(record),
        }
        Ok(None)
    }

    /// Appends what has been kept: no further record is at hand.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if let Self::Table(table) = self {
            table.finish(out);
        }
    }
}

fn envelope<R: Record>(record: &R) -> Envelope<'_> {
    let headers = record.headers().into_iter().map(|(name, value)| Header { key: name.into(), value: value.map(Cow::Borrowed) });
    let timestamp = record.timestamp();
    Envelope {
        topic: Some(record.topic()),
        partition: Some(record.partition()),
        offset: Some(record.offset()),
        timestamp: timestamp.map(|(millis, _)| millis),
        timestamp_type: timestamp.map(|(_, appended)| if appended { TimestampType::LogAppendTime } else { TimestampType::CreateTime }),
        headers: headers.collect(),
        key: record.key().map(Cow::Borrowed),
        value: record.value().map(Cow::Borrowed),
    }
}

/// The fields of a record. An absent key or value is an empty field, as is one of no bytes: JSON tells them apart.
fn tsv(record: &impl Record, out: &mut Vec<u8>) {
    let text = |bytes: Option<&[u8]>| escape(&String::from_utf8_lossy(bytes.unwrap_or_default()));
    let timestamp = record.timestamp();
    let fields = [
        record.topic().into_owned(),
        record.partition().to_string(),
        record.offset().to_string(),
        timestamp.map_or_else(String::new, |(millis, _)| millis.to_string()),
        timestamp.map_or_else(String::new, |(_, appended)| timestamp_type(appended).to_owned()),
        escape(&headers(record)),
        text(record.key()),
        text(record.value()),
    ];
    out.extend_from_slice(fields.join("\t").as_bytes());
    out.push(b'\n');
}

/// `name=value` with commas in between; a null has no `=`.
fn headers(record: &impl Record) -> String {
    let header = |(name, value): (&[u8], Option<&[u8]>)| match value {
        Some(value) => format!("{}={}", String::from_utf8_lossy(name), String::from_utf8_lossy(value)),
        None => String::from_utf8_lossy(name).into_owned(),
    };
    record.headers().into_iter().map(header).collect::<Vec<_>>().join(",")
}

/// How wide a column gets before its content is cut off; the last one has the rest of the terminal.
const WIDEST: usize = 32;

/// Columns for people. Records are shown as they come, so a column gets wider only when a wider content comes along.
#[derive(Debug)]
pub(super) struct Table {
    /// The terminal's, in columns.
    width: Option<usize>,
    /// Whether records of several topics may come.
    topics: bool,
    headed: bool,
    widths: Vec<usize>,
    kept: Vec<Vec<String>>,
}

impl Table {
    /// A table no wider than `width`; `topics` tells whether it needs a column for them.
    pub fn new(width: Option<u16>, topics: bool) -> Self {
        Self { width: width.map(usize::from), topics, headed: false, widths: Vec::new(), kept: Vec::new() }
    }

    fn add(&mut self, record: &impl Record) {
        if !std::mem::replace(&mut self.headed, true) {
            let names = ["TOPIC", "PARTITION", "OFFSET", "TIME", "HEADERS", "KEY", "VALUE"];
            let names = names.into_iter().filter(|name| self.topics || *name != "TOPIC");
            self.kept.push(names.map(str::to_owned).collect());
        }
        let time = |(millis, _)| Timestamp::from_millisecond(millis).map_or_else(|_| millis.to_string(), |time| format!("{time:.3}"));
        let bytes = |bytes: Option<&[u8]>| bytes.map_or_else(|| "-".to_owned(), |bytes| shown(&String::from_utf8_lossy(bytes)));
        let headers = headers(record);
        let mut row = if self.topics { vec![record.topic().into_owned()] } else { Vec::new() };
        row.extend([
            record.partition().to_string(),
            record.offset().to_string(),
            record.timestamp().map_or_else(|| "-".to_owned(), time),
            if headers.is_empty() { "-".to_owned() } else { shown(&headers) },
            bytes(record.key()),
            bytes(record.value()),
        ]);
        self.kept.push(row);
    }

    fn finish(&mut self, out: &mut Vec<u8>) {
        let length = |text: &String| text.chars().count();
        for row in &self.kept {
            self.widths.resize(row.len(), 0);
            for (width, text) in self.widths.iter_mut().zip(row) {
                *width = (*width).max(length(text).min(WIDEST));
            }
        }
        for row in std::mem::take(&mut self.kept) {
            let mut line = String::new();
            let last = row.len() - 1;
            for (index, (text, &width)) in row.iter().zip(&self.widths).enumerate() {
                if index < last {
                    let text = cut(text, width);
                    line.push_str(&text);
                    line.extend(std::iter::repeat_n(' ', width - length(&text) + 2));
                } else {
                    line.push_str(text);
                }
            }
            let line = self.width.map_or_else(|| line.clone(), |width| cut(&line, width));
            out.extend_from_slice(line.as_bytes());
            out.push(b'\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(i64, &'static [u8]);

    impl Record for Fixed {
        fn topic(&self) -> Cow<'_, str> {
            "orders".into()
        }

        fn partition(&self) -> i32 {
            3
        }

        fn offset(&self) -> i64 {
            self.0
        }

        fn timestamp(&self) -> Option<(i64, bool)> {
            (self.0 > 0).then_some((1_500_000_000_000, false))
        }

        fn headers(&self) -> Vec<(&[u8], Option<&[u8]>)> {
            if self.0 > 0 { vec![(b"a", Some(b"1")), (b"\xff", None)] } else { Vec::new() }
        }

        fn key(&self) -> Option<&[u8]> {
            (self.0 > 0).then_some(b"")
        }

        fn value(&self) -> Option<&[u8]> {
            Some(self.1)
        }
    }

    fn printed(mut layout: Layout, portions: &[&[Fixed]]) -> String {
        let mut out = Vec::new();
        for portion in portions {
            for record in *portion {
                assert_eq!(layout.print(record, &mut out), Ok(None));
            }
            layout.finish(&mut out);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn json_has_everything() {
        assert_eq!(
            printed(Layout::Json, &[&[Fixed(5, b"\xfe"), Fixed(0, b"v")]]),
            concat!(
                r#"{"topic":"orders","partition":3,"offset":5,"timestamp":1500000000000,"timestamp_type":"CreateTime","#,
                r#""headers":[{"key":"a","value":"1"},{"key":{"base64":"/w=="},"value":null}],"key":"","value":{"base64":"/g=="}}"#,
                "\n",
                r#"{"topic":"orders","partition":3,"offset":0,"timestamp":null,"timestamp_type":null,"headers":[],"key":null,"value":"v"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn tsv_is_headed_once() {
        assert_eq!(
            printed(Layout::Tsv { headed: false }, &[&[Fixed(5, b"a\tb")], &[Fixed(0, b"")]]),
            "topic\tpartition\toffset\ttimestamp\ttimestamp_type\theaders\tkey\tvalue\n\
             orders\t3\t5\t1500000000000\tCreateTime\ta=1,\u{fffd}\t\ta\\tb\n\
             orders\t3\t0\t\t\t\t\t\n"
        );
    }

    #[test]
    fn a_table_grows_with_what_it_shows() {
        let portions: [&[Fixed]; 2] = [&[Fixed(0, b"v\x1b[31m")], &[Fixed(1_000_000, b"w")]];
        assert_eq!(
            printed(Layout::Table(Table::new(None, true)), &portions),
            "TOPIC   PARTITION  OFFSET  TIME  HEADERS  KEY  VALUE\n\
             orders  3          0       -     -        -    v\\u{1b}[31m\n\
             orders  3          1000000  2017-07-14T02:40:00.000Z  a=1,\u{fffd}         w\n"
        );
        let narrow = printed(Layout::Table(Table::new(Some(40), false)), &[&[Fixed(0, b"a long value that does not fit")]]);
        assert_eq!(narrow, "PARTITION  OFFSET  TIME  HEADERS  KEY  …\n3          0       -     -        -    …\n");
    }
}
