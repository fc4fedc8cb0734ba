//! `Float.toString` and `Double.toString`.

/// A `float` as Java prints it.
pub fn float(value: f32) -> String {
    layout(&at_least_two(format!("{value:e}"), format!("{value:.1e}")), f64::from(value))
}

/// A `double` as Java prints it.
pub fn double(value: f64) -> String {
    layout(&at_least_two(format!("{value:e}"), format!("{value:.1e}")), value)
}

/// Java prints two digits at least, and so takes the nearest number of two digits where one would do: `4.9E-324`.
fn at_least_two(shortest: String, two: String) -> String {
    let has_one = !shortest.contains('.');
    if has_one && !two.contains(".0e") { two } else { shortest }
}

/// Brings the shortest digits, in Rust's `1.5e-7`, into Java's form: decimal from 0.001 to below ten million.
fn layout(scientific: &str, value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let (sign, digits) = scientific.strip_prefix('-').map_or(("", scientific), |digits| ("-", digits));
    if value.is_infinite() {
        return format!("{sign}Infinity");
    }
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.replace('.', "");
    if !(-3..7).contains(&exponent) {
        let (whole, fraction) = digits.split_at(1);
        return format!("{sign}{whole}.{}E{exponent}", if fraction.is_empty() { "0" } else { fraction });
    }
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1));
    }
    let point = exponent.unsigned_abs() as usize + 1;
    let padded = format!("{digits:0<width$}", width = point + 1);
    let (whole, fraction) = padded.split_at(point);
    format!("{sign}{whole}.{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let cases = [
            (0x0000_0000, "0.0"),
            (0x8000_0000, "-0.0"),
            (0x3f80_0000, "1.0"),
            (0x3fc0_0000, "1.5"),
            (0x3dcc_cccd, "0.1"),
            (0x47c3_5000, "100000.0"),
            (0x4b18_967f, "9999999.0"),
            (0x4b18_9680, "1.0E7"),
            (0x3a83_126f, "0.001"),
            (0x3a83_1000, "9.999275E-4"),
            (0x7f7f_ffff, "3.4028235E38"),
            (0x0000_0001, "1.4E-45"),
            (0x0000_0004, "5.6E-45"),
            (0x7fc0_0000, "NaN"),
            (0x7f80_0000, "Infinity"),
            (0xff80_0000, "-Infinity"),
            (0x4b80_0000, "1.6777216E7"),
            (0x4049_0fdb, "3.1415927"),
            (0xc2f6_e979, "-123.456"),
        ];
        for (bits, text) in cases {
            assert_eq!(float(f32::from_bits(bits)), text);
        }
    }

    #[test]
    fn doubles() {
        let cases = [
            (0.0, "0.0"),
            (1024.0, "1024.0"),
            (123_456_789_012.0, "1.23456789012E11"),
            (5.0e-4, "5.0E-4"),
            (0.01, "0.01"),
            (0.001, "0.001"),
            (10_000_000.0, "1.0E7"),
            (9.223_372_036_854_776e18, "9.223372036854776E18"),
            (-0.5, "-0.5"),
            (-0.0, "-0.0"),
            (f64::INFINITY, "Infinity"),
            (f64::NAN, "NaN"),
            (-1.0e-3, "-0.001"),
            (9_999_999.999, "9999999.999"),
            (1.0e7, "1.0E7"),
            (f64::MAX, "1.7976931348623157E308"),
            (std::f64::consts::PI, "3.141592653589793"),
        ];
        for (value, text) in cases {
            assert_eq!(double(value), text);
        }
    }
}
