//! A record as one line of JSON, without loss: what `console-consumer --output json` writes, `console-producer --input
//! jsonl` reads.
//!
//! ```json
//! {"topic":"t","partition":0,"offset":7,"timestamp":1500000000000,"timestamp_type":"CreateTime","headers":[{"key":"h","value":null}],"key":"k","value":"v"}
//! ```
//!
//! Keys, values and the parts of headers are strings; `null` is null, and not the empty string. Bytes that are not UTF-8 are
//! `{"base64":"..."}` in the same place, so that `jq .value` never takes them for nothing.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// A record with everything that Kafka knows of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    pub topic: Option<Cow<'a, str>>,
    pub partition: Option<i32>,
    pub offset: Option<i64>,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
    pub timestamp_type: Option<TimestampType>,
    /// In their order; names may come more than once.
    pub headers: Vec<Header<'a>>,
    pub key: Option<Cow<'a, [u8]>>,
    pub value: Option<Cow<'a, [u8]>>,
}

/// A header of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Header<'a> {
    pub key: Cow<'a, [u8]>,
    pub value: Option<Cow<'a, [u8]>>,
}

/// Who set the timestamp of a record, by Java's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub(super) enum TimestampType {
    CreateTime,
    LogAppendTime,
}

impl TimestampType {
    /// Java's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreateTime => "CreateTime",
            Self::LogAppendTime => "LogAppendTime",
        }
    }
}

impl<'a> Envelope<'a> {
    /// Appends the record to `out`, with a line's end.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"topic\":");
        put_bytes(out, self.topic.as_deref().map(str::as_bytes));
        out.extend_from_slice(b",\"partition\":");
        put_number(out, self.partition.map(i64::from));
        out.extend_from_slice(b",\"offset\":");
        put_number(out, self.offset);
        out.extend_from_slice(b",\"timestamp\":");
        put_number(out, self.timestamp);
        out.extend_from_slice(b",\"timestamp_type\":");
        put_bytes(out, self.timestamp_type.map(|kind| kind.name().as_bytes()));
        out.extend_from_slice(b",\"headers\":[");
        for (index, header) in self.headers.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"{\"key\":" } else { b",{\"key\":" });
            put_bytes(out, Some(&header.key));
            out.extend_from_slice(b",\"value\":");
            put_bytes(out, header.value.as_deref());
            out.push(b'}');
        }
        out.extend_from_slice(b"],\"key\":");
        put_bytes(out, self.key.as_deref());
        out.extend_from_slice(b",\"value\":");
        put_bytes(out, self.value.as_deref());
        out.extend_from_slice(b"}\n");
    }

    /// Reads a line, with or without its end. Everything but `value` may be left out, and means null then.
    ///
    /// # Errors
    /// What is wrong with the line, and in which column. A field that is not known is wrong: it would be lost.
    pub fn decode(line: &'a [u8]) -> Result<Self, String> {
        // serde would take an array of the fields, too.
        if line.trim_ascii_start().starts_with(b"[") {
            return Err("an array, expected an object".to_owned());
        }
        let fields: Fields<'a> = serde_json::from_slice(line).map_err(|error| in_one_line(&error))?;
        Ok(Self {
            topic: fields.topic.map(|topic| topic.0),
            partition: fields.partition,
            offset: fields.offset,
            timestamp: fields.timestamp,
            timestamp_type: fields.timestamp_type,
            headers: fields.headers.unwrap_or_default().into_iter().map(HeaderFields::header).collect(),
            key: fields.key.map(|key| key.0),
            value: fields.value.map(|value| value.0),
        })
    }
}

/// Bytes as a string where they are UTF-8, and as base64 where not.
fn put_bytes(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let Some(bytes) = bytes else { return out.extend_from_slice(b"null") };
    // Most bytes need no escape, and it is quicker to find that out first, for all of them at once.
    let escapes = bytes.iter().fold(0, |escapes, byte| escapes | u8::from(*byte < b' ' || matches!(byte, b'"' | b'\\')));
    match std::str::from_utf8(bytes) {
        Ok(_) if escapes == 0 => {
            out.push(b'"');
            out.extend_from_slice(bytes);
            out.push(b'"');
        }
        Ok(text) => put_json(out, text),
        Err(_) => {
            out.extend_from_slice(b"{\"base64\":\"");
            out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            out.extend_from_slice(b"\"}");
        }
    }
}

fn put_number(out: &mut Vec<u8>, number: Option<i64>) {
    put_json(out, &number);
}

fn put_json(out: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Neither strings nor numbers can fail, nor can memory.
    let _ = serde_json::to_writer(out, value);
}

/// serde_json counts lines by itself, and this one is in the middle of others.
fn in_one_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    match text.strip_suffix(&place) {
        Some(reason) => format!("{reason} (column {})", error.column()),
        None => text,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Fields<'a> {
    #[serde(borrow)]
    topic: Option<Text<'a>>,
    partition: Option<i32>,
    offset: Option<i64>,
    timestamp: Option<i64>,
    timestamp_type: Option<TimestampType>,
    headers: Option<Vec<HeaderFields<'a>>>,
    key: Option<Bytes<'a>>,
    #[serde(deserialize_with = "required")]
    value: Option<Bytes<'a>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with key and value")]
struct HeaderFields<'a> {
    #[serde(borrow)]
    key: Bytes<'a>,
    #[serde(deserialize_with = "required")]
    value: Option<Bytes<'a>>,
}

impl<'a> HeaderFields<'a> {
    fn header(self) -> Header<'a> {
        Header { key: self.key.0, value: self.value.map(|value| value.0) }
    }
}

/// A null has to be said: a record without a value deletes others.
fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes<'de>>, D::Error> {
    Option::deserialize(deserializer)
}

/// A string, borrowed from the line if it has no escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Strings;
        impl<'de> Visitor<'de> for Strings {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }
        deserializer.deserialize_str(Strings).map(Self)
    }
}

/// A string, or `{"base64":"..."}`.
struct Bytes<'a>(Cow<'a, [u8]>);

impl<'de: 'a, 'a> Deserialize<'de> for Bytes<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StringsAndObjects;
        impl<'de> Visitor<'de> for StringsAndObjects {
            type Value = Cow<'de, [u8]>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, null, or {\"base64\":\"...\"}")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text.as_bytes()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.as_bytes().to_vec()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let text: Text<'_> = match map.next_key::<Text<'_>>()? {
                    Some(Text(name)) if name == "base64" => map.next_value()?,
                    Some(Text(name)) => return Err(Error::unknown_field(&name, &["base64"])),
                    None => return Err(Error::missing_field("base64")),
                };
                if let Some(Text(name)) = map.next_key()? {
                    return Err(Error::custom(format!("there is nothing beside `base64`, and not `{name}`")));
                }
                let bytes = STANDARD.decode(text.0.as_bytes()).map_err(|error| Error::custom(format!("not base64: {error}")))?;
                Ok(Cow::Owned(bytes))
            }
        }
        deserializer.deserialize_any(StringsAndObjects).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(envelope: &Envelope<'_>) -> String {
        let mut out = Vec::new();
        envelope.encode(&mut out);
        String::from_utf8(out).unwrap()
    }

    fn decoded(line: &str) -> Result<Envelope<'_>, String> {
        Envelope::decode(line.as_bytes())
    }

    fn bytes(bytes: &[u8]) -> Cow<'_, [u8]> {
        Cow::Borrowed(bytes)
    }

    fn full() -> Envelope<'static> {
        Envelope {
            topic: Some("t".into()),
            partition: Some(3),
            offset: Some(42),
            timestamp: Some(1_500_000_000_000),
            timestamp_type: Some(TimestampType::LogAppendTime),
            headers: vec![
                Header { key: Cow::Borrowed(b"h"), value: Some(bytes(b"1")) },
                Header { key: Cow::Borrowed(b"h"), value: None },
                Header { key: Cow::Borrowed(b"\xff"), value: Some(bytes(b"")) },
            ],
            key: Some(bytes(b"")),
            value: Some(bytes("a \"ü\"\n\0\\".as_bytes())),
        }
    }

    #[test]
    fn one_object_per_line_with_the_fields_in_their_order() {
        let expected = concat!(
            r#"{"topic":"t","partition":3,"offset":42,"timestamp":1500000000000,"timestamp_type":"LogAppendTime","#,
            r#""headers":[{"key":"h","value":"1"},{"key":"h","value":null},{"key":{"base64":"/w=="},"value":""}],"#,
            r#""key":"","value":"a \"ü\"\n\u0000\\"}"#,
            "\n"
        );
        assert_eq!(encoded(&full()), expected);
        assert_eq!(decoded(expected).unwrap(), full());
    }

    #[test]
    fn null_and_empty_are_kept_apart() {
        let bare = Envelope::default();
        let expected = concat!(
            r#"{"topic":null,"partition":null,"offset":null,"timestamp":null,"timestamp_type":null,"headers":[],"#,
            r#""key":null,"value":null}"#,
            "\n"
        );
        assert_eq!(encoded(&bare), expected);
        assert_eq!(decoded(expected).unwrap(), bare);
    }

    #[test]
    fn only_the_value_is_needed() {
        assert_eq!(decoded(r#"{"value":"v"}"#).unwrap(), Envelope { value: Some(bytes(b"v")), ..Envelope::default() });
        assert_eq!(decoded(" { \"value\" : null , \"headers\" : null }\r\n").unwrap(), Envelope::default());
        assert_eq!(decoded(r#"{"key":"k"}"#).unwrap_err(), "missing field `value` (column 11)");
        assert_eq!(decoded(r#"{"value":"v","headers":[{"key":"k"}]}"#).unwrap_err(), "missing field `value` (column 35)");
    }

    #[test]
    fn what_would_be_lost_or_is_no_record_is_refused() {
        for (line, reason) in [
            ("", "EOF while parsing a value (column 0)"),
            ("[null,null,null,null,null,null,null,\"v\"]", "an array, expected an object"),
            ("5", "invalid type: integer `5`, expected an object (column 1)"),
            (r#"{"value":"v"} {"value":"w"}"#, "trailing characters (column 15)"),
            (r#"{"value":"v","leader":1}"#, "unknown field `leader`"),
            (r#"{"value":"v","value":"w"}"#, "duplicate field `value`"),
            (r#"{"value":{"a":1}}"#, "unknown field `a`, expected `base64`"),
            (r#"{"value":{"base64":"AA==","b":"c"}}"#, "there is nothing beside `base64`, and not `b`"),
            (r#"{"value":{"base64":"A"}}"#, "not base64: "),
            (r#"{"value":5}"#, r#"invalid type: integer `5`, expected a string, null, or {"base64":"..."}"#),
            (r#"{"value":"\ud800"}"#, "unexpected end of hex escape"),
            (r#"{"value":"v","partition":4000000000}"#, "invalid value: integer `4000000000`, expected i32"),
            (r#"{"value":"v","timestamp_type":"Never"}"#, "unknown variant `Never`"),
        ] {
            let refusal = decoded(line).unwrap_err();
            assert!(refusal.starts_with(reason), "{line}: {refusal}");
        }
        assert!(Envelope::decode(b"{\"value\":\"\xff\"}").unwrap_err().starts_with("invalid unicode code point"));
    }

    /// A small generator (splitmix64).
    struct Arbitrary(u64);

    impl Arbitrary {
        fn number(&mut self) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = self.0;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            bits ^ (bits >> 31)
        }

        fn below(&mut self, bound: u64) -> u64 {
            self.number() % bound
        }

        fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
            (self.below(4) > 0).then(|| make(self))
        }

        fn signed(&mut self) -> i64 {
            let bits = self.below(64);
            (self.number() >> bits).cast_signed()
        }

        fn text(&mut self) -> String {
            // Every range that JSON or UTF-8 treats in its own way.
            const RANGES: [(u64, u64); 6] =
                [(0, 0x20), (0x20, 0x80), (0x80, 0x800), (0x800, 0xd800), (0xe000, 0x1_0000), (0x1_0000, 0x11_0000)];
            let length = self.below(20);
            let character = |_| {
                let (start, end) = RANGES[usize::try_from(self.below(6)).unwrap()];
                char::from_u32(u32::try_from(start + self.below(end - start)).unwrap()).unwrap()
            };
            (0..length).map(character).collect()
        }

        fn bytes(&mut self) -> Cow<'static, [u8]> {
            match self.below(3) {
                0 => self.text().into_bytes().into(),
                1 => (0..self.below(20)).map(|_| u8::try_from(self.below(256)).unwrap()).collect::<Vec<u8>>().into(),
                // Text that is cut off in the middle of a character, more often than not.
                _ => {
                    let mut bytes = self.text().into_bytes();
                    bytes.pop();
                    bytes.into()
                }
            }
        }

        fn envelope(&mut self) -> Envelope<'static> {
            let headers = (0..self.below(4)).map(|_| Header { key: self.bytes(), value: self.maybe(Self::bytes) }).collect();
            Envelope {
                topic: self.maybe(|arbitrary| arbitrary.text().into()),
                partition: self.maybe(|arbitrary| i32::try_from(arbitrary.below(1 << 31)).unwrap()),
                offset: self.maybe(Self::signed),
                timestamp: self.maybe(Self::signed),
                timestamp_type: self.maybe(|arbitrary| match arbitrary.below(2) {
                    0 => TimestampType::CreateTime,
                    _ => TimestampType::LogAppendTime,
                }),
                headers,
                key: self.maybe(Self::bytes),
                value: self.maybe(Self::bytes),
            }
        }
    }

    #[test]
    fn any_record_comes_back_as_it_was() {
        let mut arbitrary = Arbitrary(1);
        for _ in 0..20_000 {
            let envelope = arbitrary.envelope();
            let line = encoded(&envelope);
            assert_eq!(line.matches(['\n', '\r']).count(), 1, "{line}");
            assert_eq!(decoded(&line).as_ref(), Ok(&envelope), "{line}");
            // As any other program understands it.
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(decoded(&value.to_string()).as_ref(), Ok(&envelope), "{line}");
        }
    }
}
