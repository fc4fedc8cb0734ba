//! `String.split`: what comes after the last separator is dropped when it is empty.

/// Splits as `String.split(String)` does: trailing empty parts do not count, and an empty text is one empty part.
pub fn split<'a>(text: &'a str, separator: &str) -> Vec<&'a str> {
    drop_trailing_empty(text, text.split(separator).collect())
}

/// Splits `key = value` pairs as `split("\\s*=\\s*")` does.
pub fn split_at_equals(text: &str) -> Vec<&str> {
    // Java's \s knows no Unicode.
    let blank = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];
    let count = text.matches('=').count();
    let parts = text.split('=').enumerate().map(|(index, part)| {
        let part = if index > 0 { part.trim_start_matches(blank) } else { part };
        if index < count { part.trim_end_matches(blank) } else { part }
    });
    drop_trailing_empty(text, parts.collect())
}

fn drop_trailing_empty<'a>(text: &'a str, mut parts: Vec<&'a str>) -> Vec<&'a str> {
    if parts.len() == 1 {
        return vec![text];
    }
    while parts.last().is_some_and(|part| part.is_empty()) {
        parts.pop();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailing_empty_parts_do_not_count() {
        assert_eq!(split("1:2,3", ","), ["1:2", "3"]);
        assert_eq!(split("1,,", ","), ["1"]);
        assert_eq!(split("", ","), [""]);
        assert_eq!(split(",", ","), [""; 0]);
        assert_eq!(split(",1", ","), ["", "1"]);
    }

    #[test]
    fn blanks_around_the_equals_sign_belong_to_it() {
        assert_eq!(split_at_equals("a = b"), ["a", "b"]);
        assert_eq!(split_at_equals("a="), ["a"]);
        assert_eq!(split_at_equals("=b"), ["", "b"]);
        assert_eq!(split_at_equals("a=1=2"), ["a", "1", "2"]);
        assert_eq!(split_at_equals(" a=b "), [" a", "b "]);
    }
}
