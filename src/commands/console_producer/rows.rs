//! `--output json` and `--output tsv`: one row per acknowledged record, as the acknowledgements come.

use std::io::{self, Write};

use crate::kafka::producer::Delivered;
use crate::render::Format;

/// The rows of one topic.
#[derive(Debug)]
pub(super) struct Rows {
    format: Format,
    /// The topic's name as a JSON string.
    topic: String,
    text: Vec<u8>,
    /// The reader has gone: nobody wants any more rows, and the records are sent all the same.
    unwanted: bool,
}

impl Rows {
    /// Rows in this format; none in Java's.
    pub fn new(format: Format, topic: &str) -> Option<Self> {
        let header: &[u8] = match format {
            Format::Text => return None,
            Format::Tsv => b"topic\tpartition\toffset\ttimestamp\tline\n",
            Format::Json | Format::Table => b"",
        };
        let topic = serde_json::Value::from(topic).to_string();
        Some(Self { format, topic, text: header.to_vec(), unwanted: false })
    }

    /// Adds a record.
    pub fn add(&mut self, record: &Delivered) {
        let Delivered { tag: line, partition, offset, timestamp } = record;
        let number = |number: &Option<i64>, null: &str| number.map_or_else(|| null.to_owned(), |number| number.to_string());
        // Writing to memory cannot fail.
        let _ = if self.format == Format::Tsv {
            let topic = self.topic.trim_matches('"');
            let (offset, timestamp) = (number(offset, ""), number(timestamp, ""));
            writeln!(self.text, "{topic}\t{partition}\t{offset}\t{timestamp}\t{line}")
        } else {
            let (topic, offset, timestamp) = (&self.topic, number(offset, "null"), number(timestamp, "null"));
            writeln!(self.text, r#"{{"topic":{topic},"partition":{partition},"offset":{offset},"timestamp":{timestamp},"line":{line}}}"#)
        };
    }

    /// Writes what has been added.
    ///
    /// # Errors
    /// Those of the output, a reader that has gone excepted.
    pub fn write(&mut self, out: &mut impl Write) -> io::Result<()> {
        let text = std::mem::take(&mut self.text);
        if text.is_empty() || self.unwanted {
            return Ok(());
        }
        match out.write_all(&text).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.unwanted = true;
                Ok(())
            }
            outcome => outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(format: Format) -> String {
        let mut rows = Rows::new(format, "t").unwrap();
        rows.add(&Delivered { tag: 7, partition: 2, offset: Some(5), timestamp: Some(1_500_000_000_000) });
        rows.add(&Delivered { tag: 8, partition: 0, offset: None, timestamp: None });
        let mut out = Vec::new();
        rows.write(&mut out).unwrap();
        rows.write(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_row_per_record() {
        assert!(Rows::new(Format::Text, "t").is_none());
        assert_eq!(
            written(Format::Json),
            "{\"topic\":\"t\",\"partition\":2,\"offset\":5,\"timestamp\":1500000000000,\"line\":7}\n\
             {\"topic\":\"t\",\"partition\":0,\"offset\":null,\"timestamp\":null,\"line\":8}\n"
        );
        assert_eq!(written(Format::Tsv), "topic\tpartition\toffset\ttimestamp\tline\nt\t2\t5\t1500000000000\t7\nt\t0\t\t\t8\n");
    }

    #[test]
    fn a_reader_that_has_gone_is_no_failure_and_a_full_disk_is_one() {
        struct Fails(io::ErrorKind);
        impl Write for Fails {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut rows = Rows::new(Format::Tsv, "t").unwrap();
        assert!(rows.write(&mut Fails(io::ErrorKind::BrokenPipe)).is_ok() && rows.unwanted);
        assert!(Rows::new(Format::Tsv, "t").unwrap().write(&mut Fails(io::ErrorKind::StorageFull)).is_err());
    }
}
