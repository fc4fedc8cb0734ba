//! `java.lang.Double` from text; [`float`](super::float) gives it back as text.

/// `Double.parseDouble`, without its hexadecimal form; `None` where Java throws.
pub fn parse(text: &str) -> Option<f64> {
    let text = text.trim_matches(|c| c <= ' ');
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let value = match digits {
        "NaN" => f64::NAN,
        "Infinity" => f64::INFINITY,
        // Java's literals may end with their type.
        digits => parse_digits(digits.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(digits))?,
    };
    Some(if negative { -value } else { value })
}

fn parse_digits(text: &str) -> Option<f64> {
    // Rust knows words that Java does not, "inf" among them.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let starts_with_a_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if plain && starts_with_a_number { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_reads_is_read_and_nothing_else() {
        for (text, value) in [("10", 10.0), (" 1e3 ", 1000.0), ("+.5", 0.5), ("-5", -5.0), ("5.", 5.0), ("1d", 1.0), ("2.5F", 2.5)] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan));
        assert_eq!(parse("-Infinity"), Some(f64::NEG_INFINITY));
        for text in ["", "fast", "inf", "nan", "1_000", "--5", "+-5", "1e", "d", "."] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
