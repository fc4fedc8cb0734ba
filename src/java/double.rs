//! `java.lang.Double` from text; [`float`](super::float) gives it back as text.

/// `Double.parseDouble`; `None` where Java throws.
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
        digits => {
            let digits = digits.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(digits);
            match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                Some(digits) => parse_hexadecimal(digits)?,
                None => parse_digits(digits)?,
            }
        }
    };
    Some(if negative { -value } else { value })
}

fn parse_digits(text: &str) -> Option<f64> {
    // Rust knows words that Java does not, "inf" among them.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-'));
    let starts_with_a_number = text.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    if plain && starts_with_a_number { text.parse().ok() } else { None }
}

/// `1.8p-3`: hexadecimal digits, and after the `p` the power of two that they are multiplied by. Exact for 13 digits.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (digits, power) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || power.is_empty() || power.starts_with("+-") {
        return None;
    }
    let digit = |value: f64, digit: char| Some(value * 16.0 + f64::from(digit.to_digit(16)?));
    let mantissa = whole.chars().chain(fraction.chars()).try_fold(0.0, digit)?;
    let places = i32::try_from(fraction.len()).ok()?;
    Some(mantissa * 2_f64.powi(power.parse::<i32>().ok()?.saturating_sub(places.saturating_mul(4))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_reads_is_read_and_nothing_else() {
        for (text, value) in [("10", 10.0), (" 1e3 ", 1000.0), ("+.5", 0.5), ("-5", -5.0), ("5.", 5.0), ("1d", 1.0), ("2.5F", 2.5)] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        for (text, value) in [("0x1p10", 1024.0), ("-0X1.8p1d", -3.0), ("0x.8p+1", 1.0), ("0xFp-4", 0.9375), ("0x0p0", 0.0)] {
            assert_eq!(parse(text), Some(value), "{text}");
        }
        assert!(parse("NaN").is_some_and(f64::is_nan));
        assert_eq!(parse("-Infinity"), Some(f64::NEG_INFINITY));
        for text in ["", "fast", "inf", "nan", "1_000", "--5", "+-5", "1e", "d", ".", "0x1", "0xp1", "0x1p", "0x1pz", "0xg1p1"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
