//! What a line of the input stands for: Java's line reader's form, or the lossless envelope.

use std::borrow::Cow;

use super::reader::LineReader;
use crate::commands::envelope::{Envelope, Header};
use crate::kafka::producer::{Record, RecordHeader};
use crate::render;

/// The form of the input.
#[derive(Debug)]
pub(super) enum Form {
    /// Lines with separators.
    Lines(Box<LineReader>),
    /// One [`Envelope`] per line.
    Jsonl,
}

/// Lines that have been read as records.
#[derive(Debug)]
pub(super) enum Batch<'a> {
    Lines(Vec<Record<'a>>),
    /// With the numbers of the lines.
    Jsonl(Vec<(usize, Envelope<'a>)>),
}

impl Form {
    /// The bytes of a line that may add to those of its record, however many that are.
    pub fn longest_line(&self, max_request_size: usize) -> usize {
        /// A line that is longer than a record may be cannot be a record, whatever its separators and markers: these few
        /// bytes of it count at most for those.
        const SEPARATORS: usize = 1 << 16;
        /// Of JSON: `\u0000` for one byte.
        const ESCAPES: usize = 6;
        match self {
            Self::Lines(_) => max_request_size + SEPARATORS,
            Self::Jsonl => max_request_size * ESCAPES + SEPARATORS,
        }
    }

    /// An empty batch of lines of this form.
    pub fn batch<'a>(&self) -> Batch<'a> {
        match self {
            Self::Lines(_) => Batch::Lines(Vec::new()),
            Self::Jsonl => Batch::Jsonl(Vec::new()),
        }
    }

    /// Reads line `number` into a batch. False if it is blank where that is no record.
    ///
    /// # Errors
    /// Why the line is no record.
    pub fn read<'a>(&self, line: &'a [u8], number: usize, batch: &mut Batch<'a>) -> Result<bool, Unreadable> {
        match (self, batch) {
            (Self::Lines(reader), Batch::Lines(records)) => match reader.parse(line, number) {
                Ok(record) => records.push(record),
                Err(sentence) => return Err(Unreadable::java(sentence)),
            },
            (Self::Jsonl, Batch::Jsonl(_)) if line.trim_ascii().is_empty() => return Ok(false),
            (Self::Jsonl, Batch::Jsonl(envelopes)) => match envelope(line) {
                Ok(envelope) => envelopes.push((number, envelope)),
                Err(reason) => return Err(Unreadable { sentence: format!("line {number}: {reason}"), reason }),
            },
            _ => {}
        }
        Ok(true)
    }
}

/// A line that is no record.
#[derive(Debug)]
pub(super) struct Unreadable {
    /// Everything about it, with the line's number.
    pub sentence: String,
    /// What it has in common with other lines of the same kind.
    pub reason: String,
}

impl Unreadable {
    fn java(sentence: String) -> Self {
        let end = sentence.find(" on line number ").or_else(|| sentence.find(" (line number "));
        Self { reason: sentence[..end.unwrap_or(sentence.len())].to_owned(), sentence }
    }
}

impl Batch<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Lines(records) => records.len(),
            Self::Jsonl(envelopes) => envelopes.len(),
        }
    }

    pub fn clear(&mut self) {
        match self {
            Self::Lines(records) => records.clear(),
            Self::Jsonl(envelopes) => envelopes.clear(),
        }
    }

    /// What `work` makes of the records.
    pub fn with<T>(&self, work: impl FnOnce(&[Record<'_>]) -> T) -> T {
        match self {
            Self::Lines(records) => work(records),
            Self::Jsonl(envelopes) => {
                let records: Vec<Record<'_>> = envelopes.iter().map(|(number, envelope)| record(envelope, *number)).collect();
                work(&records)
            }
        }
    }
}

/// A part of the input as it is told: on one line, harmless to a terminal, and not all of it if there is a lot.
pub(super) fn shown(input: &[u8]) -> String {
    /// How many characters are told at the beginning, and how many at the end.
    const ENDS: (usize, usize) = (150, 50);
    let text = String::from_utf8_lossy(input);
    let head = text.char_indices().nth(ENDS.0).map_or(text.len(), |(index, _)| index);
    let tail = text.char_indices().nth_back(ENDS.1 - 1).map_or(0, |(index, _)| index);
    if tail <= head { render::told(&text) } else { format!("{}...{}", render::told(&text[..head]), render::told(&text[tail..])) }
}

/// An envelope that can be sent.
fn envelope(line: &[u8]) -> Result<Envelope<'_>, String> {
    let envelope = Envelope::decode(line).map_err(|reason| {
        let reason = shown(reason.as_bytes());
        let torn = reason.starts_with("EOF while parsing");
        if torn { format!("{reason}: the whole object has to be on one line (jq -c)") } else { reason }
    })?;
    // The library takes 0 for the present.
    match (envelope.timestamp, envelope.partition) {
        (Some(..0), _) => Err("Invalid timestamp: timestamps are never negative".to_owned()),
        (Some(0), _) => Err("the timestamp 0 cannot be sent".to_owned()),
        (_, Some(..0)) => Err("Invalid partition: partitions are never negative".to_owned()),
        _ => Ok(envelope),
    }
}

fn record<'a>(envelope: &'a Envelope<'_>, tag: usize) -> Record<'a> {
    let header = |header: &'a Header<'_>| RecordHeader { key: &header.key, value: header.value.as_deref() };
    Record {
        key: envelope.key.as_deref(),
        value: envelope.value.as_ref().map(Cow::as_ref),
        headers: envelope.headers.iter().map(header).collect(),
        partition: envelope.partition,
        timestamp: envelope.timestamp,
        tag,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn lines(properties: &[(&str, &str)]) -> Form {
        let properties: BTreeMap<String, String> =
            properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Form::Lines(Box::new(LineReader::configure(&properties).unwrap()))
    }

    #[test]
    fn an_envelope_becomes_a_record_with_all_its_parts() {
        let form = Form::Jsonl;
        let mut batch = form.batch();
        let line =
            br#"{"topic":"other","partition":2,"offset":9,"timestamp":5,"headers":[{"key":"h","value":null}],"key":"","value":"a\tb"}"#;
        assert!(form.read(line, 7, &mut batch).unwrap());
        assert!(!form.read(b" \t", 8, &mut batch).unwrap());
        let expected = Record {
            key: Some(b""),
            value: Some(b"a\tb"),
            headers: vec![RecordHeader { key: b"h", value: None }],
            partition: Some(2),
            timestamp: Some(5),
            tag: 7,
        };
        assert!(batch.with(|records| records == [expected]));
        batch.clear();
        assert_eq!(batch.len(), 0);
    }

    #[test]
    fn what_cannot_be_sent_is_told_with_its_line() {
        for (line, expected) in [
            (r#"{"key":"k"}"#, "line 3: missing field `value` (column 11)"),
            (r#"{"value":"v","timestamp":0}"#, "line 3: the timestamp 0 cannot be sent"),
            (r#"{"value":"v","timestamp":-5}"#, "line 3: Invalid timestamp: timestamps are never negative"),
            (r#"{"value":"v","partition":-1}"#, "line 3: Invalid partition: partitions are never negative"),
            ("{", "line 3: EOF while parsing an object (column 1): the whole object has to be on one line (jq -c)"),
        ] {
            assert_eq!(Form::Jsonl.read(line.as_bytes(), 3, &mut Form::Jsonl.batch()).unwrap_err().sentence, expected);
        }
    }

    #[test]
    fn input_is_told_in_few_characters_that_do_nothing_to_a_terminal() {
        assert_eq!(shown("a\tb\u{1b}[31m\u{7}\u{9b}\u{e4}".as_bytes()), "a\tb\\u{1b}[31m\\u{7}\\u{9b}\u{e4}");
        assert_eq!(shown(b"\xff"), "\u{fffd}");
        let long = "\u{e4}".repeat(200);
        assert_eq!(shown(long.as_bytes()), long);
        assert_eq!(shown((long.clone() + "xyz").as_bytes()), format!("{}...{}xyz", &long[..300], &long[..94]));
    }

    #[test]
    fn lines_of_one_kind_have_one_reason() {
        let form = lines(&[("parse.key", "true")]);
        let unreadable = form.read(b"x", 3, &mut form.batch()).unwrap_err();
        assert_eq!(unreadable.sentence, "No key separator found on line number 3: 'x'");
        assert_eq!(unreadable.reason, "No key separator found");
    }
}
