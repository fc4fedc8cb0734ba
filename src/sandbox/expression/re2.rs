//! What the syntax of RE2, which a broker reads regular expressions in, has no place for.

use std::iter::Peekable;
use std::str::Chars;

/// The largest number of repetitions.
const MAX_REPEAT: u32 = 1000;

/// Escapes that other languages have a meaning for, and RE2 has none.
const NO_ESCAPES: &str = "123456789gkGHKNRXhyYZ";

/// What may be repeated at this place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Something,
    /// A repetition: a `?` after it says that it takes as little as it can.
    Repetition,
    /// A repetition that is as short as it can be.
    Lazy,
}

/// What is wrong with an expression, in the words of RE2/J. None if nothing was found; a pattern can be wrong all the same.
///
/// What it finds are all things that a backtracking engine could take for ever with, among others.
pub fn objection(regex: &str) -> Option<&'static str> {
    let mut rest = regex.chars().peekable();
    let mut groups = 0_usize;
    let mut before = Before::Nothing;
    while let Some(one) = rest.next() {
        before = match one {
            '\\' => match rest.next() {
                None => return Some("trailing backslash at end of expression"),
                Some(escaped) if NO_ESCAPES.contains(escaped) => return Some("invalid escape sequence"),
                Some('Q') => {
                    skip_quoted(&mut rest);
                    Before::Something
                }
                Some(_) => Before::Something,
            },
            '[' => {
                if !skip_class(&mut rest) {
                    return Some("missing closing ]");
                }
                Before::Something
            }
            '(' => {
                groups += 1;
                match group_start(&mut rest) {
                    None => return Some("invalid or unsupported Perl syntax"),
                    Some(Group::Flags) => {
                        groups -= 1;
                        before
                    }
                    Some(Group::Open) => Before::Nothing,
                }
            }
            ')' if groups == 0 => return Some("regexp/syntax: internal error"),
            ')' => {
                groups -= 1;
                Before::Something
            }
            '|' => Before::Nothing,
            '?' if before == Before::Repetition => Before::Lazy,
            '*' | '+' | '?' => match before {
                Before::Nothing => return Some("missing argument to repetition operator"),
                Before::Repetition | Before::Lazy => return Some("invalid nested repetition operator"),
                Before::Something => Before::Repetition,
            },
            '{' => match counts(&mut rest) {
                None => Before::Something,
                Some((least, most)) if least > MAX_REPEAT || most > MAX_REPEAT || least > most => return Some("invalid repeat count"),
                Some(_) if before == Before::Nothing => return Some("missing argument to repetition operator"),
                Some(_) if before != Before::Something => return Some("invalid nested repetition operator"),
                Some(_) => Before::Repetition,
            },
            _ => Before::Something,
        };
    }
    (groups > 0).then_some("missing closing )")
}

enum Group {
    Open,
    /// Only settings, for what follows.
    Flags,
}

/// Reads what stands after an opening parenthesis. None for what RE2 has no such group for.
fn group_start(rest: &mut Peekable<Chars<'_>>) -> Option<Group> {
    if rest.next_if_eq(&'?').is_none() {
        return Some(Group::Open);
    }
    if rest.next_if_eq(&'P').is_some() {
        return (rest.next() == Some('<')).then_some(Group::Open);
    }
    if rest.next_if_eq(&'<').is_some() {
        return rest.peek().is_some_and(|one| one.is_alphanumeric() || *one == '_').then_some(Group::Open);
    }
    loop {
        match rest.next()? {
            'i' | 'm' | 's' | 'U' | '-' => (),
            ':' => return Some(Group::Open),
            ')' => return Some(Group::Flags),
            _ => return None,
        }
    }
}

/// Goes past a class. False if it has no end.
fn skip_class(rest: &mut Peekable<Chars<'_>>) -> bool {
    rest.next_if_eq(&'^');
    // A bracket that comes first is one of the characters.
    rest.next_if_eq(&']');
    while let Some(one) = rest.next() {
        match one {
            ']' => return true,
            '\\' => drop(rest.next()),
            '[' if rest.peek() == Some(&':') => drop(rest.by_ref().find(|one| *one == ']')),
            _ => (),
        }
    }
    false
}

/// Goes past text that is quoted up to `\E`.
fn skip_quoted(rest: &mut Peekable<Chars<'_>>) {
    while let Some(one) = rest.next() {
        if one == '\\' && rest.next_if_eq(&'E').is_some() {
            return;
        }
    }
}

/// Reads `n}`, `n,}` or `n,m}`; none if it is anything else, which stands for itself then.
fn counts(rest: &mut Peekable<Chars<'_>>) -> Option<(u32, u32)> {
    let mut ahead = rest.clone();
    let inside: String = ahead.by_ref().take_while(|one| *one != '}').collect();
    let (least, most) = inside.split_once(',').unwrap_or((&inside, &inside));
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let least = number(least)?;
    let most = if most.is_empty() { least } else { number(most)? };
    // Without its end it is no repetition.
    if !rest.clone().any(|one| one == '}') {
        return None;
    }
    *rest = ahead;
    Some((least, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_re2_takes_is_not_objected_to() {
        for fine in [
            "orders",
            "a.*b+?c??",
            "(?:a|b)*",
            "(?i)a",
            "(?P<n>a)",
            "(?<n>a)",
            "[]a]",
            "[^]]",
            "[[:alpha:]-]",
            r"a\.b",
            "a{2",
            "a{,3}",
            "a{2,3}?",
            r"\Q(\E",
        ] {
            assert_eq!(objection(fine), None, "{fine}");
        }
    }

    #[test]
    fn the_words_are_those_of_the_reference_release() {
        let words = [
            ("(", "missing closing )"),
            ("a(?=b)", "invalid or unsupported Perl syntax"),
            ("(?>a)", "invalid or unsupported Perl syntax"),
            ("(?<!a)", "invalid or unsupported Perl syntax"),
            ("[a", "missing closing ]"),
            ("*a", "missing argument to repetition operator"),
            ("(+)", "missing argument to repetition operator"),
            (r"a\1", "invalid escape sequence"),
            ("a)", "regexp/syntax: internal error"),
            ("a)|(b", "regexp/syntax: internal error"),
            (r"a\", "trailing backslash at end of expression"),
            ("a**", "invalid nested repetition operator"),
            ("a++", "invalid nested repetition operator"),
            ("a{9999}", "invalid repeat count"),
            ("a{3,2}", "invalid repeat count"),
        ];
        for (regex, expected) in words {
            assert_eq!(objection(regex), Some(expected), "{regex}");
        }
    }
}
