//! `java.lang.Double`, from text and to text.

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

/// `Double.toString`: at least one digit after the point, and powers of ten for what is smaller than 10⁻³ or at least 10⁷.
pub fn to_string(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        Some((digits, exponent)) => format!("{digits}E{exponent}"),
        None => scientific,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_javas() {
        let texts = [
            (1024.0, "1024.0"),
            (123_456_789_012.0, "1.23456789012E11"),
            (0.0005, "5.0E-4"),
            (0.001, "0.001"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (9.223_372_036_854_776e18, "9.223372036854776E18"),
            (-0.5, "-0.5"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (f64::INFINITY, "Infinity"),
            (f64::NAN, "NaN"),
        ];
        for (value, text) in texts {
            assert_eq!(to_string(value), text);
        }
    }

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
