//! `--add-config` and `--delete-config`: words to keys and values.

/// Settings by name, in the order in which they were named first; of a repeated name the last value.
pub(super) type Settings = Vec<(String, String)>;

/// Parses the value of `--add-config`: `k1=v1,k2=[v1,v2],k3=`. Commas and equals signs inside brackets do not separate.
///
/// # Errors
/// Java's sentence for what is no list of pairs.
pub(super) fn parse_added(text: &str) -> Result<Settings, String> {
    let mut parts = split_outside_brackets(text, ',');
    // As Java splits: trailing empty parts do not count, and only a text without any comma is one part even if it is empty.
    while parts.last().is_some_and(|part| part.is_empty()) && !text.is_empty() {
        parts.pop();
    }
    let mut settings = Settings::new();
    for part in parts {
        let [name, value] = split_outside_brackets(part, '=')[..] else {
            return Err("Invalid entity config: all configs to be added must be in the format \"key=val\" or  \"key=[val1,val2]\" \
                        to group values which contain commas."
                .to_owned());
        };
        put(&mut settings, name.trim().to_owned(), value.replace(['[', ']'], "").trim().to_owned());
    }
    Ok(settings)
}

/// Whether a value of `--add-config` has brackets other than those around it, which are left out with them.
pub(super) fn loses_brackets(text: &str) -> bool {
    let bracket = |c: char| matches!(c, '[' | ']');
    split_outside_brackets(text, ',').into_iter().any(|part| {
        let value = part.split_once('=').map_or("", |(_, value)| value.trim());
        value.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(value).contains(bracket)
    })
}

/// Adds a setting, in the place of one of the same name.
pub(super) fn put(settings: &mut Settings, name: String, value: String) {
    match settings.iter_mut().find(|(known, _)| *known == name) {
        Some(setting) => setting.1 = value,
        None => settings.push((name, value)),
    }
}

/// Parses the values of `--delete-config`: names separated by commas.
///
/// # Errors
/// A value behind a name, which may be a password: to Java that is a name which nothing has.
pub(super) fn parse_deleted<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Vec<String>, String> {
    let names = texts.into_iter().flat_map(|text| {
        let names: Vec<&str> = text.split(',').filter(|name| !name.is_empty()).collect();
        // As in jopt-simple, a text without any name in it is a name itself.
        if names.is_empty() { vec![text] } else { names }
    });
    let name = |text: &str| match text.split_once('=') {
        None => Ok(text.trim().to_owned()),
        Some((name, _)) => Err(format!("--delete-config takes names alone, and {} has a value", name.trim())),
    };
    names.map(name).collect()
}

/// Refuses a name that Java does not let through. `$` is for the loggers of inner classes.
///
/// # Errors
/// Java's sentence.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '.' | '_' | '-');
    if name.chars().all(legal) { Ok(()) } else { Err(format!("Invalid character found for config key: {name}")) }
}

/// Splits where Java's `separator(?=[^\]]*(?:\[|$))` matches: at a separator whose next bracket does not close.
fn split_outside_brackets(text: &str, separator: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in text.match_indices(separator) {
        let after = at + separator.len_utf8();
        let next_bracket = text[after..].chars().find(|c| matches!(c, '[' | ']'));
        if next_bracket != Some(']') {
            parts.push(&text[start..at]);
            start = after;
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(text: &str) -> Vec<String> {
        parse_added(text).unwrap().into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn brackets_group_commas_and_equals_signs() {
        assert_eq!(added("k1=v1,k2=[v1,v2,v2],k3=v3"), ["k1=v1", "k2=v1,v2,v2", "k3=v3"]);
        assert_eq!(added("SCRAM-SHA-512=[iterations=8192,password=se=cr,et]"), ["SCRAM-SHA-512=iterations=8192,password=se=cr,et"]);
        assert_eq!(added("r=[0:1,1:1],s=[*]"), ["r=0:1,1:1", "s=*"]);
    }

    #[test]
    fn blanks_empty_values_and_trailing_commas() {
        assert_eq!(added(" retention.ms = 55 , segment.ms = 7 "), ["retention.ms=55", "segment.ms=7"]);
        assert_eq!(added("a=,b="), ["a=", "b="]);
        assert_eq!(added("a=1,"), ["a=1"]);
        assert_eq!(added("a=1,b=2,a=3"), ["a=3", "b=2"]);
    }

    #[test]
    fn brackets_inside_a_value_are_noticed() {
        for text in ["a=[[0-9]+]", "a=b[1]c", "a=[x", "a=1,b=[p]w]"] {
            assert!(loses_brackets(text), "{text}");
        }
        for text in ["a=[1,2],b=3", "a = [x] ", "a="] {
            assert!(!loses_brackets(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_pairs_is_refused() {
        assert!(added(",").is_empty() && added(",,").is_empty());
        for text in ["", "a", ",a=1", "a=1,,b=2", "a=b=c", "a=1,b"] {
            assert!(parse_added(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_to_delete_are_split_at_commas() {
        assert_eq!(parse_deleted(["a, b,,c", "d"]).unwrap(), ["a", "b", "c", "d"]);
        assert_eq!(parse_deleted([""]).unwrap(), [""]);
        assert_eq!(parse_deleted([","]).unwrap(), [","]);
        assert_eq!(parse_deleted(["a, my.password =x"]).unwrap_err(), "--delete-config takes names alone, and my.password has a value");
    }

    #[test]
    fn names_have_javas_letters() {
        assert!(check_name("org.apache.kafka.Outer$Inner-x_1").is_ok());
        assert_eq!(check_name("a b").unwrap_err(), "Invalid character found for config key: a b");
    }
}
