//! Values: whether they are of a config's type, and in its bounds (`ConfigDef`).

use super::definitions::{Definition, Kind, Rule};

/// A value as the broker shows it: numbers and lists in their usual form, nothing around them.
///
/// # Errors
/// What is wrong with it, in the words of Java's `ConfigException`.
pub fn read(definition: &Definition, value: &str) -> Result<String, String> {
    let trimmed = trim(value);
    let no_number = |kind| invalid(definition.name, value, &format!("Not a number of type {kind}"));
    let read = match definition.kind {
        Kind::Boolean if trimmed.eq_ignore_ascii_case("true") => "true".to_owned(),
        Kind::Boolean if trimmed.eq_ignore_ascii_case("false") => "false".to_owned(),
        Kind::Boolean => return Err(invalid(definition.name, value, "Expected value to be either true or false")),
        Kind::String | Kind::Password => trimmed.to_owned(),
        Kind::Int => trimmed.parse::<i32>().map_err(|_| no_number("INT"))?.to_string(),
        Kind::Short => trimmed.parse::<i16>().map_err(|_| no_number("SHORT"))?.to_string(),
        Kind::Long => trimmed.parse::<i64>().map_err(|_| no_number("LONG"))?.to_string(),
        Kind::Double => java_double(parse_double(trimmed).ok_or_else(|| no_number("DOUBLE"))?),
        Kind::List => return read_list(definition, trimmed),
        Kind::Class if definition.default == Some(trimmed) => trimmed.to_owned(),
        // There is no class that could be loaded.
        Kind::Class => return Err(invalid(definition.name, value, &format!("Class {value} could not be found."))),
    };
    check(definition, &read)?;
    Ok(read)
}

/// The elements of a list as `ConfigDef` splits them.
pub fn elements(list: &str) -> Vec<&str> {
    let trimmed = trim(list);
    if trimmed.is_empty() { Vec::new() } else { trimmed.split(',').map(trim).collect() }
}

fn read_list(definition: &Definition, trimmed: &str) -> Result<String, String> {
    let mut list = elements(trimmed);
    let name = definition.name;
    if let Rule::List(empty_allowed, words) = definition.rule {
        let mut seen = Vec::new();
        list.retain(|element| {
            !seen.contains(element) && {
                seen.push(*element);
                true
            }
        });
        if !empty_allowed && list.is_empty() {
            let valid = if words.is_empty() { "any non-empty value".to_owned() } else { format!("[{}]", words.replace(',', ", ")) };
            return Err(format!("Configuration '{name}' must not be empty. Valid values include: {valid}"));
        }
        for element in &list {
            if element.is_empty() {
                return Err(format!("Configuration '{name}' values must not be empty."));
            }
            if !words.is_empty() && !words.split(',').any(|word| word == *element) {
                return Err(one_of(name, element, words));
            }
        }
    }
    if definition.rule == Rule::Replicas && !list.iter().all(|pair| is_replica(pair)) && list.concat() != "*" {
        let wanted = format!(
            "{name} must be the literal '*' or a list of replicas in the following format: \
             [partitionId]:[brokerId],[partitionId]:[brokerId],..."
        );
        return Err(invalid(name, &format!("[{}]", list.join(", ")), &wanted));
    }
    Ok(list.join(","))
}

fn check(definition: &Definition, value: &str) -> Result<(), String> {
    let name = definition.name;
    match definition.rule {
        Rule::Range(min, max) => {
            let below =
                |one: &str, other: &str| matches!((parse_double(one), parse_double(other)), (Some(one), Some(other)) if one < other);
            match (min, max) {
                (Some(min), _) if below(value, min) => Err(invalid(name, value, &format!("Value must be at least {min}"))),
                (_, Some(max)) if below(max, value) => Err(invalid(name, value, &format!("Value must be no more than {max}"))),
                _ => Ok(()),
            }
        }
        Rule::OneOf(words) if !words.split(',').any(|word| word == value) => Err(one_of(name, value, words)),
        Rule::OneOfAnyCase(words) if !words.split(',').any(|word| word == value.to_uppercase()) => {
            Err(invalid(name, value, &format!("String must be one of (case insensitive): {}", words.replace(',', ", "))))
        }
        Rule::Filled if value.is_empty() => Err(invalid(name, value, "String must be non-empty")),
        Rule::GzipLevel if !matches!(value.parse(), Ok(-1 | 1..=9)) => {
            Err(invalid(name, value, "Value must be between 1 and 9 or equal to -1"))
        }
        Rule::OffsetReset if !is_offset_reset(value) => Err(invalid(
            name,
            value,
            &format!(
                "Invalid value `{value}` for configuration {name}. The value must be either 'earliest', 'latest' or of the \
                 format 'by_duration:<PnDTnHnMn.nS>'."
            ),
        )),
        _ => Ok(()),
    }
}

/// The sentence of `ConfigException`.
pub fn invalid(name: &str, value: &str, why: &str) -> String {
    format!("Invalid value {value} for configuration {name}: {why}")
}

fn one_of(name: &str, value: &str, words: &str) -> String {
    invalid(name, value, &format!("String must be one of: {}", words.replace(',', ", ")))
}

/// What Java's `String.trim` leaves.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// `partition:broker`, or nothing.
fn is_replica(pair: &str) -> bool {
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    pair.is_empty() || pair.split_once(':').is_some_and(|(partition, broker)| number(partition) && number(broker))
}

/// `earliest`, `latest` or `by_duration:` with a duration of ISO 8601 that is not negative.
fn is_offset_reset(value: &str) -> bool {
    match value.split_once(':') {
        None => value == "earliest" || value == "latest",
        Some(("by_duration", duration)) => is_duration(duration),
        Some(_) => false,
    }
}

/// Whether `java.time.Duration` reads that text, without signs.
fn is_duration(text: &str) -> bool {
    let text = text.to_ascii_uppercase();
    let Some(text) = text.strip_prefix('P') else { return false };
    let (days, time) = text.split_once('T').map_or((text, None), |(days, time)| (days, Some(time)));
    in_units(days, "D") && time.is_none_or(|time| !time.is_empty() && in_units(time, "HMS")) && !(days.is_empty() && time.is_none())
}

/// Whether the text consists of numbers with these units, in this order, each at most once.
fn in_units(text: &str, units: &str) -> bool {
    let mut rest = text;
    for unit in units.chars() {
        if let Some((number, after)) = rest.split_once(unit) {
            let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
            let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            if whole.is_empty() || !digits(whole) || !digits(fraction) || (number.contains('.') && unit != 'S') {
                return false;
            }
            rest = after;
        }
    }
    rest.is_empty()
}

/// What Java's `Double.parseDouble` reads, but for its hexadecimal form.
fn parse_double(text: &str) -> Option<f64> {
    let bare = text.strip_suffix(['d', 'D', 'f', 'F']).filter(|bare| bare.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
    let bare = bare.unwrap_or(text);
    if bare.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) && !matches!(bare, "NaN" | "Infinity" | "-Infinity") {
        return None;
    }
    bare.parse().ok()
}

/// What Java's `Double.toString` writes.
fn java_double(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if value == 0.0 || value.is_nan() || (1e-3..1e7).contains(&value.abs()) {
        return format!("{value:?}");
    }
    let text = format!("{value:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::super::definitions::{broker, group, topic};
    use super::*;

    fn of_topic(name: &str, value: &str) -> Result<String, String> {
        read(topic().get(name).unwrap(), value)
    }

    #[test]
    fn values_are_shown_in_their_usual_form() {
        assert_eq!(of_topic("retention.ms", " +5 "), Ok("5".into()));
        assert_eq!(of_topic("preallocate", "TRUE"), Ok("true".into()));
        assert_eq!(of_topic("min.cleanable.dirty.ratio", ".50"), Ok("0.5".into()));
        assert_eq!(of_topic("min.cleanable.dirty.ratio", "1"), Ok("1.0".into()));
        assert_eq!(of_topic("min.cleanable.dirty.ratio", "0.0001"), Ok("1.0E-4".into()));
        assert_eq!(of_topic("cleanup.policy", "compact , delete,compact"), Ok("compact,delete".into()));
        assert_eq!(of_topic("cleanup.policy", ""), Ok(String::new()));
        assert_eq!(of_topic("leader.replication.throttled.replicas", "0:1,1:1"), Ok("0:1,1:1".into()));
        assert_eq!(of_topic("leader.replication.throttled.replicas", "*"), Ok("*".into()));
    }

    #[test]
    fn what_is_no_value_is_refused_in_javas_words() {
        let refused = |name, value: &str, why: &str| {
            assert_eq!(of_topic(name, value), Err(format!("Invalid value {value} for configuration {name}: {why}")));
        };
        refused("retention.ms", "abc", "Not a number of type LONG");
        refused("retention.ms", "-2", "Value must be at least -1");
        refused("max.message.bytes", "2147483648", "Not a number of type INT");
        refused("min.cleanable.dirty.ratio", "1.5", "Value must be no more than 1");
        refused("preallocate", "yes", "Expected value to be either true or false");
        refused("compression.type", "LZ4", "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer");
        refused("cleanup.policy", "foo", "String must be one of: compact, delete");
        refused("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1");
        assert_eq!(of_topic("cleanup.policy", "delete,"), Err("Configuration 'cleanup.policy' values must not be empty.".into()));
        assert_eq!(
            of_topic("follower.replication.throttled.replicas", "0:1, x"),
            Err("Invalid value [0:1, x] for configuration follower.replication.throttled.replicas: \
                 follower.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: \
                 [partitionId]:[brokerId],[partitionId]:[brokerId],..."
                .into())
        );
    }

    #[test]
    fn classes_are_not_loaded() {
        let definition = broker().get("principal.builder.class").unwrap();
        let refused = "Invalid value x.Y for configuration principal.builder.class: Class x.Y could not be found.";
        assert_eq!(read(definition, "x.Y"), Err(refused.into()));
        assert!(read(definition, definition.default.unwrap()).is_ok());
    }

    #[test]
    fn where_share_groups_start() {
        let definition = group().get("share.auto.offset.reset").unwrap();
        let good = ["latest", "earliest", "by_duration:PT1H30M", "by_duration:P1DT0.5S", "by_duration:p2d"];
        assert!(good.iter().all(|value| read(definition, value).is_ok()));
        let bad = ["none", "LATEST", "by_duration:", "by_duration:P", "by_duration:PT", "by_duration:1H", "by_duration:PT1.5H", "x:P1D"];
        assert!(bad.iter().all(|value| read(definition, value).is_err()));
    }
}
