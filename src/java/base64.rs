//! `Base64.getUrlDecoder()`, with its complaints.

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Decodes URL-safe base64, with its padding or without.
///
/// # Errors
/// Java's sentence for a text that is none.
pub fn decode_url(text: &str) -> Result<Vec<u8>, String> {
    // Java reads the text as Latin-1, in which other characters are question marks.
    let bytes: Vec<u8> = text.encode_utf16().map(|unit| u8::try_from(unit).unwrap_or(b'?')).collect();
    if bytes.len() == 1 {
        return Err("Input byte[] should at least have 2 bytes for base64 bytes".to_owned());
    }
    let mut decoded = Vec::with_capacity(bytes.len() * 3 / 4);
    let (mut bits, mut digits): (u32, u32) = (0, 0);
    let mut rest = bytes.iter().copied();
    while let Some(byte) = rest.next() {
        let Some(value) = (0_u32..).zip(DIGITS).find(|(_, digit)| **digit == byte).map(|(value, _)| value) else {
            if byte != b'=' {
                // A byte is a signed number in Java.
                let signed = i32::from(byte.cast_signed());
                let sign = if signed < 0 { "-" } else { "" };
                return Err(format!("Illegal base64 character {sign}{:x}", signed.unsigned_abs()));
            }
            // Padding comes after two digits, twice, or after three.
            if digits == 0 || digits == 2 && rest.next() != Some(b'=') {
                return Err("Input byte array has wrong 4-byte ending unit".to_owned());
            }
            break;
        };
        bits = bits << 6 | value;
        digits += 1;
        if digits == 4 {
            decoded.extend(&bits.to_be_bytes()[1..]);
            (bits, digits) = (0, 0);
        }
    }
    match digits {
        1 => return Err("Last unit does not have enough valid bits".to_owned()),
        2 => decoded.extend(&(bits << 12).to_be_bytes()[1..2]),
        3 => decoded.extend(&(bits << 6).to_be_bytes()[1..3]),
        _ => {}
    }
    match rest.len() {
        0 => Ok(decoded),
        left => Err(format!("Input byte array has incorrect ending byte at {}", bytes.len() - left)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_units_and_what_is_left() {
        assert_eq!(decode_url(""), Ok(vec![]));
        assert_eq!(decode_url("AQID"), Ok(vec![1, 2, 3]));
        assert_eq!(decode_url("AQI"), Ok(vec![1, 2]));
        assert_eq!(decode_url("AQI="), Ok(vec![1, 2]));
        assert_eq!(decode_url("_w=="), Ok(vec![255]));
    }

    #[test]
    fn mistakes_in_javas_words() {
        for (text, complaint) in [
            ("A", "Input byte[] should at least have 2 bytes for base64 bytes"),
            ("a b", "Illegal base64 character 20"),
            ("a/", "Illegal base64 character 2f"),
            ("a\u{e9}", "Illegal base64 character -17"),
            ("a\u{20ac}", "Illegal base64 character 3f"),
            ("====", "Input byte array has wrong 4-byte ending unit"),
            ("AQ=", "Input byte array has wrong 4-byte ending unit"),
            ("AQIDA", "Last unit does not have enough valid bits"),
            ("AQI=A", "Input byte array has incorrect ending byte at 4"),
        ] {
            assert_eq!(decode_url(text).unwrap_err(), complaint, "{text}");
        }
    }
}
