//! `new String(bytes, charset)`: decoding with Java's replacement of what is malformed.

use std::borrow::Cow;

/// A character encoding that Java knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    Utf8,
    Latin1,
    Ascii,
    /// Big endian unless a byte order mark says otherwise.
    Utf16,
    Utf16Be,
    Utf16Le,
    Windows1252,
}

/// What stands for malformed input.
const REPLACEMENT: char = '\u{fffd}';

impl Charset {
    /// The names of all of them.
    pub const NAMES: &str = "UTF-8, ISO-8859-1, US-ASCII, UTF-16, UTF-16BE, UTF-16LE, windows-1252";

    /// The encoding with this name or alias, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "unicode-1-1-utf-8" => Some(Self::Utf8),
            "iso-8859-1" | "iso8859_1" | "iso8859-1" | "iso_8859-1" | "latin1" | "l1" | "8859_1" | "cp819" | "ibm819" => Some(Self::Latin1),
            "us-ascii" | "ascii" | "ascii7" | "iso646-us" | "646" | "cp367" => Some(Self::Ascii),
            "utf-16" | "utf_16" | "utf16" | "unicode" | "unicodebig" => Some(Self::Utf16),
            "utf-16be" | "utf_16be" | "x-utf-16be" | "unicodebigunmarked" => Some(Self::Utf16Be),
            "utf-16le" | "utf_16le" | "x-utf-16le" | "unicodelittleunmarked" => Some(Self::Utf16Le),
            "windows-1252" | "cp1252" | "ibm-1252" => Some(Self::Windows1252),
            _ => None,
        }
    }

    /// Decodes; what is malformed becomes U+FFFD where Java puts one.
    pub fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Utf8 => utf8(bytes),
            Self::Latin1 => bytes.iter().map(|&byte| char::from(byte)).collect(),
            Self::Ascii => bytes.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { REPLACEMENT }).collect(),
            Self::Windows1252 => bytes.iter().map(|&byte| windows_1252(byte)).collect(),
            Self::Utf16 => match bytes {
                [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
                [0xfe, 0xff, rest @ ..] | rest => utf16(rest, u16::from_be_bytes),
            },
            Self::Utf16Be => utf16(bytes, u16::from_be_bytes),
            Self::Utf16Le => utf16(bytes, u16::from_le_bytes),
        }
    }
}

/// UTF-16 as Java's decoder takes it: a high surrogate and what follows it are malformed together.
fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let mut units = bytes.chunks(2).map(|pair| <[u8; 2]>::try_from(pair).ok().map(unit));
    let mut text = String::with_capacity(bytes.len() / 2);
    while let Some(first) = units.next() {
        let decoded = match first {
            Some(high @ 0xd800..0xdc00) => units.next().flatten().and_then(|low| char::decode_utf16([high, low]).next()?.ok()),
            Some(unit) => char::from_u32(unit.into()),
            None => None,
        };
        text.push(decoded.unwrap_or(REPLACEMENT));
    }
    text.into()
}

fn windows_1252(byte: u8) -> char {
    const FROM_80: [char; 32] = [
        '€',
        REPLACEMENT,
        '‚',
        'ƒ',
        '„',
        '…',
        '†',
        '‡',
        'ˆ',
        '‰',
        'Š',
        '‹',
        'Œ',
        REPLACEMENT,
        'Ž',
        REPLACEMENT,
        REPLACEMENT,
        '‘',
        '’',
        '“',
        '”',
        '•',
        '–',
        '—',
        '˜',
        '™',
        'š',
        '›',
        'œ',
        REPLACEMENT,
        'ž',
        'Ÿ',
    ];
    match byte {
        0x80..=0x9f => FROM_80[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

/// UTF-8 as `String` decodes it. It differs from the usual replacement in two things: an encoded surrogate is one malformed
/// sequence, and a sequence that is cut off by the end of the input is one too.
fn utf8(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let good = std::str::from_utf8(rest).map_or_else(|error| error.valid_up_to(), str::len);
        let (valid, bad) = rest.split_at(good);
        text.push_str(std::str::from_utf8(valid).unwrap_or_default());
        rest = bad;
        if !rest.is_empty() {
            text.push(REPLACEMENT);
            rest = &rest[malformed(rest)..];
        }
    }
    Cow::Owned(text)
}

fn continues(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

/// How many bytes, at the start of text that is not UTF-8, one replacement stands for.
fn malformed(bytes: &[u8]) -> usize {
    match *bytes {
        [0xe0, 0x80..=0x9f, ..] | [0xf0, 0x80..=0x8f, ..] | [0xf4, 0x90..=0xbf, ..] => 1,
        [0xe0..=0xef, second, third, ..] if continues(second) => 2 + usize::from(continues(third)),
        [0xe0..=0xef, second] if continues(second) => 2,
        [0xf0..=0xf4, second, third, _, ..] if continues(second) => 2 + usize::from(continues(third)),
        [0xf0..=0xf4, second, third] if continues(second) => 2 + usize::from(continues(third)),
        [0xf0..=0xf4, second] if continues(second) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_replaces_like_java() {
        let cases: [(&[u8], &str); 12] = [
            (b"plain", "plain"),
            ("zażółć 🦀".as_bytes(), "zażółć 🦀"),
            (b"a\xffb\xc3(", "a\u{fffd}b\u{fffd}("),
            // Cut off in the middle, and at the end.
            (b"\xe2\x82a\xf0\x9f\x98", "\u{fffd}a\u{fffd}"),
            (b"\xf0\x9f", "\u{fffd}"),
            (b"\xe2", "\u{fffd}"),
            // A surrogate is one sequence; an overlong form is a byte at a time.
            (b"\xed\xa0\x80", "\u{fffd}"),
            (b"\xed\xa0", "\u{fffd}"),
            (b"\xed\xa0A", "\u{fffd}A"),
            (b"\xc0\x80", "\u{fffd}\u{fffd}"),
            (b"\xf4\x90\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xf0\x9fA\x80", "\u{fffd}A\u{fffd}"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Charset::Utf8.decode(bytes), text, "{bytes:x?}");
        }
    }

    #[test]
    fn other_encodings() {
        assert_eq!(Charset::parse("ISO-8859-1").unwrap().decode(b"gr\xfcn"), "grün");
        assert_eq!(Charset::parse("US-ASCII").unwrap().decode(b"a\xe9"), "a\u{fffd}");
        assert_eq!(Charset::parse("Cp1252").unwrap().decode(b"\x80 \x9f"), "€ Ÿ");
        assert_eq!(Charset::parse("UTF-16").unwrap().decode(b"\xff\xfea\0"), "a");
        assert_eq!(Charset::parse("UTF-16").unwrap().decode(b"\0a\0"), "a\u{fffd}");
        assert_eq!(Charset::parse("UTF-16LE").unwrap().decode(b"\x3d\xd8\x00\xde"), "😀");
        assert_eq!(Charset::parse("NO-SUCH"), None);
    }

    #[test]
    fn utf16_replaces_like_java() {
        let cases: [(&[u8], &str); 6] = [
            // A high surrogate takes what follows it along; a low one stands alone.
            (b"\xd8\0\0a\0b", "\u{fffd}b"),
            (b"\xdc\0\0a", "\u{fffd}a"),
            (b"\xd8\0\xd8\0\xdc\0", "\u{fffd}\u{fffd}"),
            // Cut off at the end.
            (b"\0a\xd8\0", "a\u{fffd}"),
            (b"\xd8\0\xdc", "\u{fffd}"),
            // Byte order marks in the middle are characters, even the wrong way round.
            (b"\0a\xff\xfe\xfe\xff", "a\u{fffe}\u{feff}"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Charset::Utf16Be.decode(bytes), text, "{bytes:x?}");
        }
    }
}
