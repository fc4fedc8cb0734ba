//! The records of Kafka's own topics in the JSON of the Java formatters.
//!
//! The schemas are tables; one reader goes through all of them (Java generates a class for each).

mod schema;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::schema::{Field, Kind, RecordKind};
use crate::kafka::model::TopicId;

/// Which records a formatter shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Family {
    Offsets,
    GroupMetadata,
    ShareGroup,
    TransactionLog,
    ShareGroupState,
}

impl Family {
    fn records(self) -> &'static [RecordKind] {
        match self {
            Self::Offsets => schema::OFFSETS,
            Self::GroupMetadata => schema::GROUP_METADATA,
            Self::ShareGroup => schema::SHARE_GROUP,
            Self::TransactionLog => schema::TRANSACTION_LOG,
            Self::ShareGroupState => schema::SHARE_GROUP_STATE,
        }
    }

    /// Appends a record, without any separator, as in Java. What belongs to another family is left out.
    ///
    /// # Errors
    /// Why the bytes are no such record; nothing has been appended then.
    pub fn print(self, key: Option<&[u8]>, value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<(), String> {
        let Some(key) = key else { return Ok(()) };
        let mut key = Reader { bytes: key };
        let kind = key.version("key")?;
        let Some(record) = self.records().iter().find(|record| record.id == kind) else { return Ok(()) };
        let data = key.message(record.key, 0, false).map_err(|error| unreadable(0, "key", &error))?;
        let mut json = String::new();
        // Writing to memory cannot fail.
        let _ = write!(json, "{{\"key\":{{\"type\":{kind},\"data\":");
        data.print(&mut json);
        json.push_str("},\"value\":");
        match value {
            None => json.push_str("null"),
            Some(bytes) => {
                let mut value = Reader { bytes };
                let version = value.version("value")?;
                if !(0..=record.versions).contains(&version) {
                    return Err(format!("Found an unknown record version {version} for {kind} type"));
                }
                let flexible = version >= record.flexible_since;
                let data = value.message(record.value, version, flexible).map_err(|error| unreadable(version, "value", &error))?;
                let _ = write!(json, "{{\"version\":{version},\"data\":");
                data.print(&mut json);
                json.push('}');
            }
        }
        json.push('}');
        out.extend_from_slice(json.as_bytes());
        Ok(())
    }
}

fn unreadable(version: i16, part: &str, error: &str) -> String {
    format!("Could not read record with version {version} from {part}'s buffer due to: {error}.")
}

/// A decoded value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Json {
    Null,
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    fn print(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Number(number) => {
                let _ = write!(out, "{number}");
            }
            Self::Text(text) => print_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    item.print(out);
                }
                out.push(']');
            }
            Self::Object(fields) => {
                out.push('{');
                for (index, (name, value)) in fields.iter().enumerate() {
                    out.push_str(if index > 0 { "," } else { "" });
                    print_text(name, out);
                    out.push(':');
                    value.print(out);
                }
                out.push('}');
            }
        }
    }
}

/// A JSON string with the escapes that Jackson writes.
fn print_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}

/// What is left to read.
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn version(&mut self, part: &str) -> Result<i16, String> {
        self.number::<2>().map(i16::from_be_bytes).map_err(|_| format!("Could not read version from {part}'s buffer."))
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(length)
            .ok_or_else(|| format!("Error reading byte array of {length} byte(s): only {} byte(s) available", self.bytes.len()))?;
        self.bytes = rest;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let bytes = self.take(N)?;
        bytes.try_into().map_err(|_| "the record is cut off".to_owned())
    }

    fn varint(&mut self) -> Result<u32, String> {
        let mut value = 0;
        for shift in (0..35).step_by(7) {
            let [byte] = self.number::<1>()?;
            value |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("Varint is too long".to_owned())
    }

    /// The length of what follows; `None` for null. In the old encoding it has two bytes for texts, four for the rest.
    fn length(&mut self, flexible: bool, short: bool) -> Result<Option<usize>, String> {
        let length = match (flexible, short) {
            (true, _) => i64::from(self.varint()?) - 1,
            (false, true) => i64::from(i16::from_be_bytes(self.number()?)),
            (false, false) => i64::from(i32::from_be_bytes(self.number()?)),
        };
        Ok(usize::try_from(length).ok())
    }

    fn message(&mut self, fields: &[Field], version: i16, flexible: bool) -> Result<Json, String> {
        let mut values: Vec<Option<Json>> = vec![None; fields.len()];
        let present = |field: &Field| field.versions.contains(&version);
        for (field, value) in fields.iter().zip(&mut values).filter(|(field, _)| field.tag.is_none() && present(field)) {
            *value = Some(self.value(&field.kind, version, flexible)?);
        }
        if flexible {
            for _ in 0..self.varint()? {
                let tag = self.varint()?;
                let size = self.varint()? as usize;
                let mut section = Reader { bytes: self.take(size)? };
                let known = fields.iter().position(|field| field.tag == Some(tag) && present(field));
                if let Some(index) = known {
                    values[index] = Some(section.value(&fields[index].kind, version, flexible)?);
                }
            }
        }
        let shown = fields.iter().zip(values).filter_map(|(field, value)| value.map(|value| (field, value)));
        // A tagged field is left out when it has its default value.
        let shown = shown.filter(|(field, value)| field.tag.is_none() || !field.is_default(value));
        Ok(Json::Object(shown.map(|(field, value)| (field.name, value)).collect()))
    }

    fn value(&mut self, kind: &Kind, version: i16, flexible: bool) -> Result<Json, String> {
        Ok(match kind {
            Kind::Int8 => Json::Number(i8::from_be_bytes(self.number()?).into()),
            Kind::Int16 => Json::Number(i16::from_be_bytes(self.number()?).into()),
            Kind::Int32 => Json::Number(i32::from_be_bytes(self.number()?).into()),
            Kind::Int64 => Json::Number(i64::from_be_bytes(self.number()?)),
            Kind::Uuid => Json::Text(TopicId(uuid::Uuid::from_bytes(self.number()?)).to_string()),
            Kind::Text => match self.length(flexible, true)? {
                Some(length) => Json::Text(String::from_utf8_lossy(self.take(length)?).into_owned()),
                None => Json::Null,
            },
            Kind::Bytes => match self.length(flexible, false)? {
                Some(length) => Json::Text(STANDARD.encode(self.take(length)?)),
                None => Json::Null,
            },
            Kind::List(item) => match self.length(flexible, false)? {
                Some(count) if count > self.bytes.len() => {
                    return Err(format!(
                        "Tried to allocate a collection of size {count}, but there are only {} bytes remaining",
                        self.bytes.len()
                    ));
                }
                Some(count) => Json::List((0..count).map(|_| self.value(item, version, flexible)).collect::<Result<_, _>>()?),
                None => Json::Null,
            },
            Kind::Struct(fields) => self.message(fields, version, flexible)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(family: Family, key: &[u8], value: Option<&[u8]>) -> Result<String, String> {
        let mut out = Vec::new();
        family.print(Some(key), value, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    const KEY: &[u8] = b"\0\x01\0\x01g\0\x01t\0\0\0\x05";

    #[test]
    fn an_offset_of_the_newest_version() {
        let value = b"\0\x04\0\0\0\0\0\0\0\x07\xff\xff\xff\xff\x06note\0\0\0\0\0\0\0\0\x09\x01\x00\x10\
                      \x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10";
        assert_eq!(
            printed(Family::Offsets, KEY, Some(value)).unwrap(),
            "{\"key\":{\"type\":1,\"data\":{\"group\":\"g\",\"topic\":\"t\",\"partition\":5}},\"value\":{\"version\":4,\"data\":{\"offset\":7,\
             \"leaderEpoch\":-1,\"metadata\":\"note\\u0000\",\"commitTimestamp\":9,\"topicId\":\"ASNFZ4mrze_-3LqYdlQyEA\"}}}"
        );
    }

    #[test]
    fn older_versions_have_other_fields() {
        let value = b"\0\x01\0\0\0\0\0\0\0\x07\0\0\0\0\0\0\0\0\0\x09\0\0\0\0\0\0\0\x0a";
        let text = printed(Family::Offsets, KEY, Some(value)).unwrap();
        assert!(
            text.ends_with("{\"version\":1,\"data\":{\"offset\":7,\"metadata\":\"\",\"commitTimestamp\":9,\"expireTimestamp\":10}}}"),
            "{text}"
        );
    }

    #[test]
    fn a_tombstone_is_a_null_and_other_records_are_left_out() {
        assert!(printed(Family::Offsets, KEY, None).unwrap().ends_with(",\"value\":null}"));
        assert_eq!(printed(Family::GroupMetadata, KEY, None).unwrap(), "");
        assert_eq!(printed(Family::Offsets, b"\x7f\xff", None).unwrap(), "");
        let mut out = Vec::new();
        assert_eq!(Family::Offsets.print(None, Some(b"a"), &mut out), Ok(()));
        assert!(out.is_empty());
    }

    #[test]
    fn a_group_with_its_members() {
        let value = b"\0\x03\0\x08consumer\0\0\0\x02\0\x05range\xff\xff\0\0\0\0\0\0\0\x01\0\0\0\x01\0\x01m\xff\xff\0\x01c\0\x02/h\0\0\0\x0a\0\0\0\x0b\
                      \0\0\0\x02\0\xff\0\0\0\x04abcd";
        assert_eq!(
            printed(Family::GroupMetadata, b"\0\x02\0\x01g", Some(value)).unwrap(),
            "{\"key\":{\"type\":2,\"data\":{\"group\":\"g\"}},\"value\":{\"version\":3,\"data\":{\"protocolType\":\"consumer\",\"generation\":2,\
             \"protocol\":\"range\",\"leader\":null,\"currentStateTimestamp\":1,\"members\":[{\"memberId\":\"m\",\"groupInstanceId\":null,\
             \"clientId\":\"c\",\"clientHost\":\"/h\",\"rebalanceTimeout\":10,\"sessionTimeout\":11,\"subscription\":\"AP8=\",\
             \"assignment\":\"YWJjZA==\"}]}}}"
        );
    }

    #[test]
    fn defaults_of_tagged_fields_are_not_shown() {
        // previousProducerId (tag 0) has its default; clientTransactionVersion (tag 2) has not; tag 9 is from the future.
        let value = b"\0\x01\0\0\0\0\0\0\0\x07\0\x01\0\0\xea\x60\x04\x02\x02t\x03\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\x08\0\0\0\0\0\0\0\x09\
                      \x03\x00\x08\xff\xff\xff\xff\xff\xff\xff\xff\x02\x02\0\x02\x09\x01z";
        assert_eq!(
            printed(Family::TransactionLog, b"\0\0\0\x01x", Some(value)).unwrap(),
            "{\"key\":{\"type\":0,\"data\":{\"transactionalId\":\"x\"}},\"value\":{\"version\":1,\"data\":{\"producerId\":7,\"producerEpoch\":1,\
             \"transactionTimeoutMs\":60000,\"transactionStatus\":4,\"transactionPartitions\":[{\"topic\":\"t\",\"partitionIds\":[0,1]}],\
             \"transactionLastUpdateTimestampMs\":8,\"transactionStartTimestampMs\":9,\"clientTransactionVersion\":2}}}"
        );
    }

    #[test]
    fn what_is_no_record_is_refused_and_leaves_nothing() {
        assert_eq!(printed(Family::Offsets, b"k", None).unwrap_err(), "Could not read version from key's buffer.");
        assert!(
            printed(Family::Offsets, b"\0\x01\0\x09g", None)
                .unwrap_err()
                .starts_with("Could not read record with version 0 from key's buffer")
        );
        assert_eq!(printed(Family::Offsets, KEY, Some(b"\0\x63")).unwrap_err(), "Found an unknown record version 99 for 1 type");
        assert!(printed(Family::Offsets, KEY, Some(b"\0\x04\0")).is_err());
        let huge = b"\0\0\0\x01x";
        let many = b"\0\0\0\0\0\0\0\0\0\x07\0\x01\0\0\xea\x60\x04\x7f\xff\xff\xff";
        assert!(printed(Family::TransactionLog, huge, Some(many)).unwrap_err().contains("Tried to allocate a collection"));
    }

    #[test]
    fn texts_are_escaped_like_jacksons() {
        let mut out = String::new();
        print_text("a\"\\\u{8}\t\n\u{c}\r\u{1f}ø/", &mut out);
        assert_eq!(out, "\"a\\\"\\\\\\b\\t\\n\\f\\r\\u001Fø/\"");
    }
}
