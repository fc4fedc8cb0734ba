//! The types of properties, and what Java says about a value that has not its property's type (Java's `ConfigDef`).

use crate::java::duration;

/// The type of a property, with the values it allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Boolean,
    Short(Bounds),
    Int(Bounds),
    Long(Bounds),
    Double(f64, f64),
    Text,
    NonEmpty,
    OneOf(&'static [&'static str]),
    /// In any case; the canonical value is in lower case.
    OneOfAnyCase(&'static [&'static str]),
    /// One of two words, for which Java has a sentence of its own.
    EitherOf(&'static str, &'static str),
    List,
    Class,
    Password,
    /// `compression.gzip.level`: -1, or 1 to 9.
    GzipLevel,
    /// `auto.offset.reset`.
    OffsetReset,
}

/// The smallest and the largest number, where there is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

impl Bounds {
    pub const ANY: Self = Self { min: None, max: None };

    pub const fn at_least(min: i64) -> Self {
        Self { min: Some(min), max: None }
    }

    pub const fn between(min: i64, max: i64) -> Self {
        Self { min: Some(min), max: Some(max) }
    }
}

/// A value that has its property's type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Boolean(bool),
    Number(i64),
    Double(f64),
    Text(String),
    List(Vec<String>),
}

impl Value {
    /// The canonical text: what librdkafka may be given.
    pub fn text(&self) -> String {
        match self {
            Self::Boolean(value) => value.to_string(),
            Self::Number(value) => value.to_string(),
            Self::Double(value) => format!("{value:?}"),
            Self::Text(value) => value.clone(),
            Self::List(items) => items.join(","),
        }
    }

    pub fn items(&self) -> &[String] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }
}

impl Kind {
    /// Reads the text of property `name` as Java does.
    ///
    /// # Errors
    /// Java's sentence. The value of a password is never a part of it: any text is one.
    pub fn parse(self, name: &str, text: &str) -> Result<Value, String> {
        let trimmed = trim(text);
        match self {
            Self::Boolean if trimmed.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
            Self::Boolean if trimmed.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
            Self::Boolean => Err(invalid(name, text, "Expected value to be either true or false")),
            Self::Short(bounds) => number(name, text, bounds, "SHORT", |text| text.parse::<i16>().ok().map(i64::from)),
            Self::Int(bounds) => number(name, text, bounds, "INT", |text| text.parse::<i32>().ok().map(i64::from)),
            Self::GzipLevel => match number(name, text, Bounds::ANY, "INT", |text| text.parse::<i32>().ok().map(i64::from))? {
                Value::Number(level) if level != -1 && !(1..=9).contains(&level) => {
                    Err(invalid(name, &level.to_string(), "Value must be between 1 and 9 or equal to -1"))
                }
                level => Ok(level),
            },
            Self::Long(bounds) => number(name, text, bounds, "LONG", |text| text.parse().ok()),
            Self::Double(min, max) => double(name, text, min, max),
            Self::NonEmpty if trimmed.is_empty() => Err(invalid(name, trimmed, "String must be non-empty")),
            Self::Text | Self::NonEmpty | Self::Class | Self::Password => Ok(Value::Text(trimmed.to_owned())),
            Self::OneOf(allowed) if allowed.contains(&trimmed) => Ok(Value::Text(trimmed.to_owned())),
            Self::OneOf(allowed) => Err(invalid(name, trimmed, &format!("String must be one of: {}", allowed.join(", ")))),
            Self::OneOfAnyCase(allowed) if allowed.iter().any(|word| word.eq_ignore_ascii_case(trimmed)) => {
                Ok(Value::Text(trimmed.to_ascii_lowercase()))
            }
            Self::OneOfAnyCase(allowed) => {
                Err(invalid(name, trimmed, &format!("String must be one of (case insensitive): {}", allowed.join(", "))))
            }
            Self::EitherOf(one, other) if [one, other].contains(&trimmed) => Ok(Value::Text(trimmed.to_owned())),
            Self::EitherOf(one, other) => Err(twice_invalid(name, trimmed, &format!("The value must either be '{one}' or '{other}'."))),
            Self::List if trimmed.is_empty() => Ok(Value::List(Vec::new())),
            // Java's pattern takes blanks around the commas away.
            Self::List => Ok(Value::List(trimmed.split(',').map(|item| trim(item).to_owned()).collect())),
            Self::OffsetReset if matches!(trimmed, "earliest" | "latest" | "none") => Ok(Value::Text(trimmed.to_owned())),
            Self::OffsetReset if trimmed.strip_prefix("by_duration:").and_then(duration::parse).is_some_and(|nanos| nanos >= 0) => {
                Ok(Value::Text(trimmed.to_owned()))
            }
            Self::OffsetReset => Err(twice_invalid(
                name,
                trimmed,
                "The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.",
            )),
        }
    }
}

/// `String.trim`: everything up to the space counts as blank.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

pub(super) fn invalid(name: &str, value: &str, why: &str) -> String {
    format!("Invalid value {value} for configuration {name}: {why}")
}

/// Some of Java's own validators repeat the whole sentence.
fn twice_invalid(name: &str, value: &str, why: &str) -> String {
    invalid(name, value, &format!("Invalid value `{value}` for configuration {name}. {why}"))
}

fn number(name: &str, text: &str, bounds: Bounds, kind: &str, parse: impl Fn(&str) -> Option<i64>) -> Result<Value, String> {
    let value = parse(trim(text)).ok_or_else(|| invalid(name, text, &format!("Not a number of type {kind}")))?;
    match bounds {
        Bounds { min: Some(min), .. } if value < min => Err(invalid(name, &value.to_string(), &format!("Value must be at least {min}"))),
        Bounds { max: Some(max), .. } if value > max => {
            Err(invalid(name, &value.to_string(), &format!("Value must be no more than {max}")))
        }
        _ => Ok(Value::Number(value)),
    }
}

fn double(name: &str, text: &str, min: f64, max: f64) -> Result<Value, String> {
    // Java takes a literal's suffix, too.
    let digits = trim(text).trim_end_matches(['d', 'D', 'f', 'F']);
    let value: f64 = digits.parse().map_err(|_| invalid(name, text, "Not a number of type DOUBLE"))?;
    if value < min {
        return Err(invalid(name, &format!("{value:?}"), &format!("Value must be at least {min:?}")));
    }
    if value > max {
        return Err(invalid(name, &format!("{value:?}"), &format!("Value must be no more than {max:?}")));
    }
    Ok(Value::Double(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(kind: Kind, name: &str, text: &str) -> String {
        kind.parse(name, text).unwrap_err()
    }

    #[test]
    fn numbers_are_decimal_and_checked_before_librdkafka_could_misread_them() {
        let millis = Kind::Int(Bounds::at_least(0));
        for (text, value) in [("+010", 10), (" 5 ", 5), ("-0", 0), ("2147483647", 2_147_483_647), ("5\u{1}", 5)] {
            assert_eq!(millis.parse("x", text), Ok(Value::Number(value)), "{text}");
        }
        for text in ["10abc", " 5x ", "", "0x10", "5.5", "2147483648", "5\u{a0}"] {
            let expected = format!("Invalid value {text} for configuration request.timeout.ms: Not a number of type INT");
            assert_eq!(complaint(millis, "request.timeout.ms", text), expected);
        }
        assert_eq!(
            complaint(millis, "request.timeout.ms", " -5 "),
            "Invalid value -5 for configuration request.timeout.ms: Value must be at least 0"
        );
        assert_eq!(
            complaint(Kind::Long(Bounds::at_least(0)), "linger.ms", "0x10"),
            "Invalid value 0x10 for configuration linger.ms: Not a number of type LONG"
        );
        assert_eq!(
            complaint(Kind::Short(Bounds::between(0, 900)), "s", "99999"),
            "Invalid value 99999 for configuration s: Not a number of type SHORT"
        );
        assert_eq!(
            complaint(Kind::Short(Bounds::between(0, 900)), "s", "901"),
            "Invalid value 901 for configuration s: Value must be no more than 900"
        );
        assert_eq!(
            complaint(Kind::GzipLevel, "compression.gzip.level", "10"),
            "Invalid value 10 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1"
        );
    }

    #[test]
    fn doubles_are_shown_as_java_shows_them() {
        let factor = Kind::Double(0.5, 1.0);
        assert_eq!(factor.parse("f", "1d"), Ok(Value::Double(1.0)));
        assert_eq!(complaint(factor, "f", "2"), "Invalid value 2.0 for configuration f: Value must be no more than 1.0");
        assert_eq!(complaint(factor, "f", "0.1"), "Invalid value 0.1 for configuration f: Value must be at least 0.5");
        assert_eq!(complaint(factor, "f", "x"), "Invalid value x for configuration f: Not a number of type DOUBLE");
    }

    #[test]
    fn booleans_and_words() {
        assert_eq!(Kind::Boolean.parse("b", " TRUE "), Ok(Value::Boolean(true)));
        assert_eq!(
            complaint(Kind::Boolean, "enable.metrics.push", " yes "),
            "Invalid value  yes  for configuration enable.metrics.push: Expected value to be either true or false"
        );
        assert_eq!(
            complaint(Kind::OneOf(&["all", "-1", "0", "1"]), "acks", " 2 "),
            "Invalid value 2 for configuration acks: String must be one of: all, -1, 0, 1"
        );
        let any_case = Kind::OneOfAnyCase(&["CONSUMER", "CLASSIC"]);
        assert_eq!(any_case.parse("group.protocol", "Consumer "), Ok(Value::Text("consumer".into())));
        assert_eq!(
            complaint(any_case, "group.protocol", "x"),
            "Invalid value x for configuration group.protocol: String must be one of (case insensitive): CONSUMER, CLASSIC"
        );
        assert_eq!(
            complaint(Kind::NonEmpty, "group.instance.id", " "),
            "Invalid value  for configuration group.instance.id: String must be non-empty"
        );
        assert_eq!(
            complaint(Kind::EitherOf("implicit", "explicit"), "share.acknowledgement.mode", "x"),
            "Invalid value x for configuration share.acknowledgement.mode: Invalid value `x` for configuration \
             share.acknowledgement.mode. The value must either be 'implicit' or 'explicit'."
        );
    }

    #[test]
    fn lists_keep_their_empty_items_for_those_who_refuse_them() {
        assert_eq!(Kind::List.parse("l", " a , b,").unwrap().items(), ["a", "b", ""]);
        assert_eq!(Kind::List.parse("l", "  ").unwrap().items(), [""; 0]);
    }

    #[test]
    fn offsets_reset_to_a_word_or_a_duration() {
        for text in ["earliest", "latest", "none", "by_duration:PT1H", "by_duration:P1DT2H3M4.5S"] {
            assert!(Kind::OffsetReset.parse("auto.offset.reset", text).is_ok(), "{text}");
        }
        for text in ["smallest", "Latest", "", "by_duration", "by_duration:x", "by_duration:-PT1H"] {
            assert_eq!(
                complaint(Kind::OffsetReset, "auto.offset.reset", text),
                format!(
                    "Invalid value {text} for configuration auto.offset.reset: Invalid value `{text}` for configuration auto.offset.reset. \
                     The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
                )
            );
        }
    }
}
