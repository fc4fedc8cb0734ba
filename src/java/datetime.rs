//! Points in time as the Java tools read them.

use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Reads `YYYY-MM-DDThh:mm:ss.sss`, with `Z`, `+hh`, `+hhmm` or `+hh:mm` behind it or in UTC, into milliseconds since 1970
/// (`Utils.getDateTime`, which is a `SimpleDateFormat` that is not lenient).
///
/// As in Java a number may have fewer digits than shown, and what follows the last dot is a number of milliseconds: `.5`
/// is five of them. Unlike there, text after the end is refused, and `+0530` has its minutes.
///
/// # Errors
/// Java's sentence for what is no point in time.
pub fn parse(text: &str) -> Result<i64, String> {
    let Some((_, clock)) = text.split_once('T').filter(|(_, clock)| !clock.is_empty()) else {
        return Err("Error parsing timestamp. It does not contain a 'T' according to ISO8601 format".to_owned());
    };
    let zoned = if clock.contains(['+', '-', 'Z']) { text.to_owned() } else { format!("{text}Z") };
    milliseconds(&zoned).ok_or_else(|| format!("Unparseable date: \"{zoned}\""))
}

fn milliseconds(text: &str) -> Option<i64> {
    let (date, clock) = text.split_once('T')?;
    let mut date = date.split('-');
    let date_of = |part: Option<&str>| number(part?);
    let (year, month, day) = (date_of(date.next())?, date_of(date.next())?, date_of(date.next())?);
    let (clock, offset) = clock.split_at(clock.find(['+', '-', 'Z'])?);
    let (clock, millis) = clock.split_once('.')?;
    let mut clock = clock.split(':');
    let (hour, minute, second) = (date_of(clock.next())?, date_of(clock.next())?, date_of(clock.next())?);
    if date.next().is_some() || clock.next().is_some() {
        return None;
    }
    let small = |number: i64| i8::try_from(number).ok();
    let millis = number(millis).filter(|millis| *millis < 1000)?;
    let date = Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok()?;
    // Java knows no leap seconds either.
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, i32::try_from(millis).ok()? * 1_000_000).ok()?;
    Some(zone(offset)?.to_timestamp(date.to_datetime(time)).ok()?.as_millisecond())
}

/// `Z`, or a sign with hours and perhaps minutes.
fn zone(text: &str) -> Option<Offset> {
    if text == "Z" {
        return Some(Offset::UTC);
    }
    let (sign, digits) = text.split_at_checked(1)?;
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at_checked(2)?,
        _ => digits.split_once(':').filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2)?,
    };
    let (hours, minutes) = (number(hours).filter(|hours| *hours < 24)?, number(minutes).filter(|minutes| *minutes < 60)?);
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Offset::from_seconds(if sign == "-" { -seconds } else { seconds }).ok()
}

/// Digits alone: no sign, no blanks.
fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_in_time_with_and_without_a_zone() {
        let instant = Ok(1_700_000_000_500);
        for text in [
            "2023-11-14T22:13:20.500",
            "2023-11-14T22:13:20.500Z",
            "2023-11-14T23:13:20.500+01:00",
            "2023-11-14T23:13:20.500+01",
            "2023-11-15T03:43:20.500+0530",
            "2023-11-14T16:43:20.500-05:30",
        ] {
            assert_eq!(parse(text), instant, "{text}");
        }
        assert_eq!(parse("2023-11-14T22:13:20.5"), Ok(1_700_000_000_005));
        assert_eq!(parse("1970-1-1T0:0:1.0"), Ok(1000));
        assert_eq!(parse("1969-12-31T23:59:59.999"), Ok(-1));
    }

    #[test]
    fn what_is_no_point_in_time_is_refused_in_javas_words() {
        let no_time = "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format";
        assert_eq!(parse("2023-11-14").unwrap_err(), no_time);
        assert_eq!(parse("2023-11-14T").unwrap_err(), no_time);
        assert_eq!(parse("2023-11-14T22:13:20").unwrap_err(), "Unparseable date: \"2023-11-14T22:13:20Z\"");
        for text in [
            "2023-02-29T00:00:00.000",
            "2023-13-01T00:00:00.000",
            "2023-11-14T24:00:00.000",
            "2023-11-14T22:13:20.1000",
            "2023-11-14T22:13:20.500Zx",
            "2023-11-14T22:13:20.500+1",
            "2023-11-14T22:13:20.500+01:60",
            "T.Z",
            "x-1-1T0:0:0.0",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
