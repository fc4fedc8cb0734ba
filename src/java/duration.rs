//! `java.time.Duration.parse`: ISO 8601 with days as the largest unit.

const NANOS: i128 = 1_000_000_000;

/// The nanoseconds of a text such as `PT1H` or `-P1DT2.5S`; `None` for what Java does not take.
pub fn parse(text: &str) -> Option<i128> {
    let upper = text.to_ascii_uppercase();
    let (negated, rest) = sign(&upper);
    let rest = rest.strip_prefix('P')?;
    let (days, time) = rest.split_once('T').map_or((rest, None), |(days, time)| (days, Some(time)));
    if days.is_empty() && time.is_none() || time.is_some_and(str::is_empty) {
        return None;
    }
    let mut nanos = 0;
    let left = take(days, 'D', 86_400, &mut nanos)?;
    if !left.is_empty() {
        return None;
    }
    let left = take(time.unwrap_or(""), 'H', 3_600, &mut nanos)?;
    let left = take(left, 'M', 60, &mut nanos)?;
    if !left.is_empty() {
        nanos += seconds(left.strip_suffix('S')?)?;
    }
    // Java keeps the seconds in 64 bits.
    let fits = i64::try_from(nanos / NANOS).is_ok();
    fits.then_some(if negated { -nanos } else { nanos })
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Takes a number with its unit from the front, if the unit is there; gives what is left.
fn take<'a>(text: &'a str, unit: char, seconds: i128, nanos: &mut i128) -> Option<&'a str> {
    let Some((number, rest)) = text.split_once(unit) else { return Some(text) };
    *nanos += whole(number)?.checked_mul(seconds * NANOS)?;
    Some(rest)
}

fn whole(text: &str) -> Option<i128> {
    let (negative, digits) = sign(text);
    let digits = digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)?;
    let value = i128::from(digits.parse::<i64>().ok()?);
    Some(if negative { -value } else { value })
}

fn seconds(text: &str) -> Option<i128> {
    let Some((number, fraction)) = text.split_once(['.', ',']) else { return Some(whole(text)? * NANOS) };
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction: i128 = format!("{fraction:0<9}").parse().ok()?;
    let value = whole(number)? * NANOS;
    Some(if number.starts_with('-') { value - fraction } else { value + fraction })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_hours_minutes_and_seconds_add_up() {
        let second = |count: i128| Some(count * NANOS);
        assert_eq!(parse("PT1H"), second(3_600));
        assert_eq!(parse("P1DT2H3M4S"), second(93_784));
        assert_eq!(parse("p2d"), second(172_800));
        assert_eq!(parse("-PT1M"), second(-60));
        assert_eq!(parse("PT-1M+30S"), second(-30));
        assert_eq!(parse("PT0.5S"), Some(NANOS / 2));
        assert_eq!(parse("PT-0,25S"), Some(-NANOS / 4));
        assert_eq!(parse("PT1.S"), second(1));
    }

    #[test]
    fn what_java_does_not_take_is_no_duration() {
        for text in [
            "",
            "P",
            "PT",
            "P1DT",
            "1H",
            "PT1",
            "P1H",
            "PT1M1H",
            "P1Y",
            "PT1.0000000000S",
            "PTS",
            "PT1HX",
            "PT.5S",
            "PT99999999999999999999S",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
