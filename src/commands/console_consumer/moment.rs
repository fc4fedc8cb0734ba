//! Points in time for `--offset`: `@` and a date with a time, a time ago, or milliseconds since 1970.

use std::ops::RangeInclusive;
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// The units of a time ago, in milliseconds.
const UNITS: [(&str, i64); 6] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Numbers that are a time of this century as seconds, and of the first years of Kafka's clock, 1970 to 1973, as milliseconds.
const SECONDS: RangeInclusive<i64> = 1_000_000_000..=99_999_999_999;

/// Whether `--offset` tells a time.
pub(super) fn is_one(offset: &str) -> bool {
    offset.starts_with('@')
}

/// The milliseconds since 1970. A date without a zone is in UTC, as with the Java tools.
///
/// # Errors
/// What is no point in time, and what seems to count seconds: `date +%s` would silently mean everything.
pub(super) fn parse(offset: &str) -> Result<i64, String> {
    if let Some(seconds) = offset.strip_prefix('@').and_then(|text| text.parse().ok()).filter(|number| SECONDS.contains(number)) {
        return Err(format!("'{offset}' seems to count seconds: write @{seconds}000 for milliseconds since 1970, or a date of 1970"));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_1970(offset, i64::try_from(now.as_millis()).unwrap_or(i64::MAX)).ok_or_else(|| {
        format!("'{offset}' is no point in time: write @2026-11-20T10:00:00Z, @-1h (with ms, s, m, h, d or w) or @1763632800000 (milliseconds since 1970)")
    })
}

fn since_1970(offset: &str, now: i64) -> Option<i64> {
    let text = offset.strip_prefix('@')?;
    if let Some(ago) = text.strip_prefix('-') {
        let (number, unit) = ago.split_at(ago.find(|c: char| !c.is_ascii_digit())?);
        let (_, millis) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        return Some(now.saturating_sub(number.parse::<i64>().ok()?.checked_mul(millis)?).max(0));
    }
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let zoned = text.parse::<Timestamp>().ok();
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    // A date-time with a zone is one without as well, to this parser.
    let point = zoned.or_else(|| if text.ends_with(['Z', 'z']) { None } else { utc(text.parse().ok()?) });
    let point = point.or_else(|| utc(text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))?;
    Some(point.as_millisecond().max(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_ways_to_say_a_time() {
        let now = 1_763_632_800_000;
        for (text, millis) in [
            ("@2025-11-20T10:00:00Z", now),
            ("@2025-11-20T11:00:00+01:00", now),
            ("@2025-11-20T10:00:00", now),
            ("@2025-11-20T10:00:00.250Z", now + 250),
            ("@2025-11-20 10:00", now),
            ("@2025-11-20", now - 36_000_000),
            ("@-1h", now - 3_600_000),
            ("@-90s", now - 90_000),
            ("@-250ms", now - 250),
            ("@-2d", now - 172_800_000),
            ("@-1w", now - 604_800_000),
            ("@-0s", now),
            ("@1763632800000", now),
            ("@0", 0),
            ("@-99999w", 0),
        ] {
            assert_eq!(since_1970(text, now), Some(millis), "{text}");
        }
        for text in ["@", "@-", "@-h", "@-1", "@-1y", "@1h", "@+1h", "@yesterday", "@2025-13-01", "@-9223372036854775807w", "5"] {
            assert_eq!(since_1970(text, now), None, "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_examples() {
        assert!(is_one("@x") && !is_one("5"));
        assert!(parse("@x").unwrap_err().starts_with("'@x' is no point in time: write @2026-11-20T10:00:00Z, @-1h"));
    }

    #[test]
    fn seconds_are_refused_with_the_milliseconds_that_are_meant() {
        assert!(parse("@1763632800").unwrap_err().starts_with("'@1763632800' seems to count seconds: write @1763632800000 "));
        assert_eq!((parse("@1763632800000"), parse("@999999999")), (Ok(1_763_632_800_000), Ok(999_999_999)));
    }
}
