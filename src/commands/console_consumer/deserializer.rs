//! The deserializers that come with Kafka, and how Java prints what they give.

use std::collections::BTreeMap;
use std::io::Write as _;

use crate::java::charset::Charset;
use crate::java::float;

/// The package of Kafka's own deserializers.
const PACKAGE: &str = "org.apache.kafka.common.serialization.";

/// Turns bytes into what Java's `toString` of the deserialized value gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deserializer {
    Text(Charset),
    /// The bytes themselves. (Java prints an object's identity here.)
    ByteArray,
    ByteBuffer,
    Bytes,
    Short,
    Integer,
    Long,
    Float,
    Double,
    Boolean,
    Uuid(Charset),
    Void,
}

/// The names of the classes, without what all of them have in common.
const CLASSES: [(&str, Deserializer); 12] = [
    ("String", Deserializer::Text(Charset::Utf8)),
    ("ByteArray", Deserializer::ByteArray),
    ("ByteBuffer", Deserializer::ByteBuffer),
    ("Bytes", Deserializer::Bytes),
    ("Short", Deserializer::Short),
    ("Integer", Deserializer::Integer),
    ("Long", Deserializer::Long),
    ("Float", Deserializer::Float),
    ("Double", Deserializer::Double),
    ("Boolean", Deserializer::Boolean),
    ("UUID", Deserializer::Uuid(Charset::Utf8)),
    ("Void", Deserializer::Void),
];

impl Deserializer {
    /// The deserializer that the property `role` (`key.deserializer`, say) names, if it does.
    ///
    /// # Errors
    /// A class that is not known, and an encoding that is not.
    pub fn configured(role: &str, properties: &BTreeMap<String, String>) -> Result<Option<Self>, String> {
        let Some(class) = properties.get(role) else { return Ok(None) };
        let unknown = || format!("{class} is no deserializer that is known here");
        let charset = || {
            let side = if role == "key.deserializer" { "key" } else { "value" };
            let name = properties
                .get(&format!("{role}.{side}.deserializer.encoding"))
                .or_else(|| properties.get(&format!("{role}.deserializer.encoding")));
            name.map_or(Ok(Charset::Utf8), |name| {
                Charset::parse(name).ok_or_else(|| format!("the encoding {name} is none of {}", Charset::NAMES))
            })
        };
        let name = class.strip_prefix(PACKAGE).and_then(|class| class.strip_suffix("Deserializer"));
        let (_, known) = CLASSES.into_iter().find(|(known, _)| Some(*known) == name).ok_or_else(unknown)?;
        Ok(Some(match known {
            Self::Text(_) => Self::Text(charset()?),
            Self::Uuid(_) => Self::Uuid(charset()?),
            known => known,
        }))
    }

    /// The names of the classes.
    pub fn classes() -> String {
        format!("{PACKAGE}...Deserializer with one of {}", CLASSES.map(|(name, _)| name).join(", "))
    }

    /// Appends the text of `bytes` to `out`.
    ///
    /// # Errors
    /// Java's sentence for bytes that are no such value; nothing has been appended then.
    pub fn print(self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let text = match self {
            Self::ByteArray => {
                out.extend_from_slice(bytes);
                return Ok(());
            }
            Self::Text(charset) => {
                out.extend_from_slice(charset.decode(bytes).as_bytes());
                return Ok(());
            }
            Self::Bytes => {
                print_escaped(bytes, out);
                return Ok(());
            }
            Self::ByteBuffer => format!("java.nio.HeapByteBuffer[pos=0 lim={0} cap={0}]", bytes.len()),
            Self::Short => i16::from_be_bytes(exactly(bytes, "ShortDeserializer")?).to_string(),
            Self::Integer => i32::from_be_bytes(exactly(bytes, "IntegerDeserializer")?).to_string(),
            Self::Long => i64::from_be_bytes(exactly(bytes, "LongDeserializer")?).to_string(),
            // Java leaves the name out for these two.
            Self::Float => float::float(f32::from_be_bytes(exactly(bytes, "Deserializer")?)),
            Self::Double => float::double(f64::from_be_bytes(exactly(bytes, "Deserializer")?)),
            Self::Boolean => match exactly::<1>(bytes, "BooleanDeserializer")? {
                [0] => "false".to_owned(),
                [1] => "true".to_owned(),
                [other] => return Err(format!("Unexpected byte received by BooleanDeserializer: {}", other.cast_signed())),
            },
            Self::Uuid(charset) => uuid(&charset.decode(bytes)).ok_or("Error parsing data into UUID")?,
            Self::Void => return Err("Data should be null for a VoidDeserializer.".to_owned()),
        };
        out.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

fn exactly<const N: usize>(bytes: &[u8], deserializer: &str) -> Result<[u8; N], String> {
    bytes.try_into().map_err(|_| format!("Size of data received by {deserializer} is not {N}"))
}

/// `Bytes.toString`: what is not printable ASCII, and the backslash, in hexadecimal.
fn print_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    for &byte in bytes {
        if (b' '..=b'~').contains(&byte) && byte != b'\\' {
            out.push(byte);
        } else {
            // Writing to memory cannot fail.
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
}

/// `UUID.fromString(text).toString()`: groups may be short, and of longer ones the last digits count.
fn uuid(text: &str) -> Option<String> {
    if text.encode_utf16().count() > 36 {
        return None;
    }
    let groups: Vec<i64> = text.split('-').map(|group| i64::from_str_radix(group, 16).ok()).collect::<Option<_>>()?;
    let widths = [8, 4, 4, 4, 12];
    if groups.len() != widths.len() {
        return None;
    }
    let groups = groups.iter().zip(widths).map(|(group, width)| format!("{:0width$x}", group & ((1 << (4 * width)) - 1)));
    Some(groups.collect::<Vec<_>>().join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(deserializer: Deserializer, bytes: &[u8]) -> Result<String, String> {
        let mut out = Vec::new();
        deserializer.print(bytes, &mut out).map(|()| String::from_utf8(out).unwrap())
    }

    fn configured(properties: &[(&str, &str)]) -> Result<Option<Deserializer>, String> {
        let properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Deserializer::configured("value.deserializer", &properties)
    }

    #[test]
    fn numbers_are_big_endian_and_of_exact_length() {
        assert_eq!(text(Deserializer::Short, b"\x80\0").unwrap(), "-32768");
        assert_eq!(text(Deserializer::Integer, b"abcd").unwrap(), "1633837924");
        assert_eq!(text(Deserializer::Integer, b"null").unwrap(), "1853189228");
        assert_eq!(text(Deserializer::Long, b"\xff\xff\xff\xff\xff\xff\xff\xff").unwrap(), "-1");
        assert_eq!(text(Deserializer::Float, b"\x3f\xc0\0\0").unwrap(), "1.5");
        assert_eq!(text(Deserializer::Double, b"\x3f\xf8\0\0\0\0\0\0").unwrap(), "1.5");
        assert_eq!(text(Deserializer::Short, b"abc").unwrap_err(), "Size of data received by ShortDeserializer is not 2");
        assert_eq!(text(Deserializer::Integer, b"").unwrap_err(), "Size of data received by IntegerDeserializer is not 4");
        assert_eq!(text(Deserializer::Long, b"null").unwrap_err(), "Size of data received by LongDeserializer is not 8");
        assert_eq!(text(Deserializer::Float, b"abc").unwrap_err(), "Size of data received by Deserializer is not 4");
        assert_eq!(text(Deserializer::Double, b"abc").unwrap_err(), "Size of data received by Deserializer is not 8");
    }

    #[test]
    fn booleans_are_one_byte() {
        assert_eq!(text(Deserializer::Boolean, b"\0").unwrap(), "false");
        assert_eq!(text(Deserializer::Boolean, b"\x01").unwrap(), "true");
        assert_eq!(text(Deserializer::Boolean, b"\xff").unwrap_err(), "Unexpected byte received by BooleanDeserializer: -1");
        assert_eq!(text(Deserializer::Boolean, b"").unwrap_err(), "Size of data received by BooleanDeserializer is not 1");
    }

    #[test]
    fn bytes_in_three_ways() {
        assert_eq!(text(Deserializer::Bytes, b"a\\b\tc\n~\x7f").unwrap(), "a\\x5Cb\\x09c\\x0A~\\x7F");
        assert_eq!(text(Deserializer::ByteBuffer, b"abc").unwrap(), "java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]");
        assert_eq!(text(Deserializer::ByteArray, b"abc").unwrap(), "abc");
    }

    #[test]
    fn uuids_are_brought_into_form() {
        let uuid = |bytes| text(Deserializer::Uuid(Charset::Utf8), bytes);
        assert_eq!(uuid(b"123E4567-E89B-12D3-A456-42661417400F").unwrap(), "123e4567-e89b-12d3-a456-42661417400f");
        assert_eq!(uuid(b"1-2-3-4-5").unwrap(), "00000001-0002-0003-0004-000000000005");
        for bad in [&b"abc"[..], b"1-2-3-4", b"1-2-3-4-5-6", b"1--3-4-5", b"123e4567-e89b-12d3-a456-4266141740000"] {
            assert_eq!(uuid(bad).unwrap_err(), "Error parsing data into UUID");
        }
    }

    #[test]
    fn void_takes_nothing() {
        assert_eq!(text(Deserializer::Void, b"null").unwrap_err(), "Data should be null for a VoidDeserializer.");
    }

    #[test]
    fn classes_and_encodings_are_configured_by_name() {
        let class = "org.apache.kafka.common.serialization.StringDeserializer";
        let latin1 = Some(Deserializer::Text(Charset::Latin1));
        assert_eq!(configured(&[]).unwrap(), None);
        assert_eq!(configured(&[("value.deserializer", class)]).unwrap(), Some(Deserializer::Text(Charset::Utf8)));
        let general = ("value.deserializer.deserializer.encoding", "ISO-8859-1");
        assert_eq!(configured(&[("value.deserializer", class), general]).unwrap(), latin1);
        let special = ("value.deserializer.value.deserializer.encoding", "latin1");
        assert_eq!(
            configured(&[("value.deserializer", class), ("value.deserializer.deserializer.encoding", "UTF-16"), special]).unwrap(),
            latin1
        );
        let unknown = configured(&[("value.deserializer", class), ("value.deserializer.deserializer.encoding", "NO-SUCH")]);
        assert_eq!(
            unknown.unwrap_err(),
            "the encoding NO-SUCH is none of UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE, UTF-16LE, windows-1252"
        );
        for class in ["com.example.NoDeserializer", "org.apache.kafka.common.serialization.ListDeserializer", "StringDeserializer", ""] {
            assert_eq!(configured(&[("value.deserializer", class)]).unwrap_err(), format!("{class} is no deserializer that is known here"));
        }
    }
}
