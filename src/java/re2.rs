//! The syntax of RE2, as RE2/J checks it: brokers match the patterns of KIP-848 subscriptions with it, not with
//! `java.util.regex`.
//!
//! Only validity is decided here; nothing is matched.

use std::collections::HashSet;

/// RE2/J's words for what is wrong with a pattern.
pub type Complaint = &'static str;

const INTERNAL_ERROR: Complaint = "regexp/syntax: internal error";
const INVALID_CHAR_RANGE: Complaint = "invalid character class range";
const INVALID_ESCAPE: Complaint = "invalid escape sequence";
const INVALID_NAMED_CAPTURE: Complaint = "invalid named capture";
const INVALID_PERL_OP: Complaint = "invalid or unsupported Perl syntax";
const INVALID_REPEAT_OP: Complaint = "invalid nested repetition operator";
const INVALID_REPEAT_SIZE: Complaint = "invalid repeat count";
const MISSING_BRACKET: Complaint = "missing closing ]";
const MISSING_PAREN: Complaint = "missing closing )";
const MISSING_REPEAT_ARGUMENT: Complaint = "missing argument to repetition operator";
const TRAILING_BACKSLASH: Complaint = "trailing backslash at end of expression";
const DUPLICATE_NAMED_CAPTURE: Complaint = "duplicate capture group name";

/// The largest number of repetitions that can be asked for.
const MAX_REPEAT: u32 = 1000;

const POSIX_CLASSES: [&str; 14] =
    ["alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct", "space", "upper", "word", "xdigit"];

/// Checks a pattern.
///
/// # Errors
/// What RE2/J's `PatternSyntaxException.getDescription` says.
pub fn check(pattern: &str) -> Result<(), Complaint> {
    let mut checker = Checker { rest: pattern, depth: 0, repeatable: false, repeated: false, names: HashSet::new() };
    while !checker.rest.is_empty() {
        let after_repetition = std::mem::take(&mut checker.repeated);
        checker.item(after_repetition)?;
    }
    if checker.depth > 0 { Err(MISSING_PAREN) } else { Ok(()) }
}

struct Checker<'a> {
    rest: &'a str,
    /// How many parentheses are open.
    depth: usize,
    /// Whether there is something that a repetition could apply to.
    repeatable: bool,
    /// Whether the last item was a repetition.
    repeated: bool,
    names: HashSet<&'a str>,
}

impl Checker<'_> {
    /// Reads one item of the pattern.
    fn item(&mut self, after_repetition: bool) -> Result<(), Complaint> {
        match self.peek() {
            Some('(') => return self.open(),
            Some('|') => {
                self.skip("|");
                self.repeatable = false;
                return Ok(());
            }
            Some(')') => {
                self.skip(")");
                self.depth = self.depth.checked_sub(1).ok_or(INTERNAL_ERROR)?;
            }
            Some('[') => self.class()?,
            Some('*' | '+' | '?') => {
                self.next();
                return self.repetition(after_repetition);
            }
            Some('{') => {
                if let Some((counts, rest)) = counts(self.rest) {
                    self.rest = rest;
                    counts?;
                    return self.repetition(after_repetition);
                }
                self.next();
            }
            Some('\\') => return self.backslash(),
            _ => _ = self.next(),
        }
        self.repeatable = true;
        Ok(())
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn skip(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// What follows a repetition operator.
    fn repetition(&mut self, after_repetition: bool) -> Result<(), Complaint> {
        self.skip("?");
        if after_repetition {
            return Err(INVALID_REPEAT_OP);
        }
        if !self.repeatable {
            return Err(MISSING_REPEAT_ARGUMENT);
        }
        self.repeated = true;
        Ok(())
    }

    fn open(&mut self) -> Result<(), Complaint> {
        if self.skip("(?P<") || self.skip("(?<") {
            let (name, rest) = self.rest.split_once('>').ok_or(INVALID_NAMED_CAPTURE)?;
            if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
                return Err(INVALID_NAMED_CAPTURE);
            }
            if !self.names.insert(name) {
                return Err(DUPLICATE_NAMED_CAPTURE);
            }
            self.rest = rest;
        } else if self.skip("(?") {
            // Flags for the rest of the surrounding group, or for a group of their own.
            if !self.flags()? {
                return Ok(());
            }
        } else {
            self.skip("(");
        }
        self.depth += 1;
        self.repeatable = false;
        Ok(())
    }

    /// Reads flags; whether a group opens behind them.
    fn flags(&mut self) -> Result<bool, Complaint> {
        let (mut negated, mut complete) = (false, true);
        loop {
            match self.next() {
                Some('i' | 'm' | 's' | 'U') => complete = true,
                Some('-') if !negated => (negated, complete) = (true, false),
                Some(end @ (':' | ')')) if complete => return Ok(end == ':'),
                _ => return Err(INVALID_PERL_OP),
            }
        }
    }

    fn backslash(&mut self) -> Result<(), Complaint> {
        if self.skip("\\Q") {
            let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
            self.repeatable |= !quoted.is_empty();
            self.rest = rest;
            return Ok(());
        }
        if !["\\A", "\\b", "\\B", "\\z"].iter().any(|known| self.skip(known)) && !self.named_class()? {
            self.escape()?;
        }
        self.repeatable = true;
        Ok(())
    }

    /// Reads `\d`, `\pN` and their like, if that is what comes.
    fn named_class(&mut self) -> Result<bool, Complaint> {
        if ["\\d", "\\D", "\\s", "\\S", "\\w", "\\W"].iter().any(|known| self.skip(known)) {
            return Ok(true);
        }
        if !self.skip("\\p") && !self.skip("\\P") {
            return Ok(false);
        }
        let name = if self.skip("{") {
            let (name, rest) = self.rest.split_once('}').ok_or(INVALID_CHAR_RANGE)?;
            self.rest = rest;
            name.strip_prefix('^').unwrap_or(name)
        } else {
            let start = self.rest;
            let letter = self.next().ok_or(INVALID_CHAR_RANGE)?;
            &start[..letter.len_utf8()]
        };
        if is_unicode_class(name) { Ok(true) } else { Err(INVALID_CHAR_RANGE) }
    }

    /// Reads an escaped character.
    fn escape(&mut self) -> Result<u32, Complaint> {
        self.skip("\\");
        let octal = |character: Option<char>| character.and_then(|character| character.to_digit(8));
        let first = self.next().ok_or(TRAILING_BACKSLASH)?;
        match first {
            // One digit alone would be a back reference, which RE2 does not have.
            '0'..='7' if first == '0' || octal(self.peek()).is_some() => {
                let mut value = octal(Some(first)).unwrap_or_default();
                for _ in 0..2 {
                    let Some(digit) = octal(self.peek()) else { break };
                    value = value * 8 + digit;
                    self.next();
                }
                Ok(value)
            }
            'x' => self.hexadecimal().ok_or(INVALID_ESCAPE),
            'a' => Ok(7),
            't' => Ok(9),
            'n' => Ok(10),
            'v' => Ok(11),
            'f' => Ok(12),
            'r' => Ok(13),
            other if !other.is_ascii_alphanumeric() => Ok(other.into()),
            _ => Err(INVALID_ESCAPE),
        }
    }

    fn hexadecimal(&mut self) -> Option<u32> {
        let digits = if self.skip("{") {
            let (digits, rest) = self.rest.split_once('}')?;
            self.rest = rest;
            digits
        } else {
            let (digits, rest) = self.rest.split_at_checked(2)?;
            self.rest = rest;
            digits
        };
        let value = digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?;
        value.filter(|value| *value <= char::MAX.into())
    }

    /// Reads `[...]`.
    fn class(&mut self) -> Result<(), Complaint> {
        self.skip("[");
        self.skip("^");
        let mut first = true;
        while first || !self.rest.starts_with(']') {
            first = false;
            if self.rest.starts_with("[:")
                && let Some((name, rest)) = self.rest[2..].split_once(":]")
            {
                if !POSIX_CLASSES.contains(&name.strip_prefix('^').unwrap_or(name)) {
                    return Err(INVALID_CHAR_RANGE);
                }
                self.rest = rest;
                continue;
            }
            if self.named_class()? {
                continue;
            }
            let low = self.class_character()?;
            let is_range = self.rest.starts_with('-') && self.rest.len() > 1 && !self.rest.starts_with("-]");
            if is_range && self.skip("-") && self.class_character()? < low {
                return Err(INVALID_CHAR_RANGE);
            }
        }
        self.skip("]");
        Ok(())
    }

    fn class_character(&mut self) -> Result<u32, Complaint> {
        match self.peek() {
            None => Err(MISSING_BRACKET),
            Some('\\') => self.escape(),
            Some(character) => {
                self.next();
                Ok(character.into())
            }
        }
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`: whether the numbers can be, and what follows. Anything else is plain text.
fn counts(text: &str) -> Option<(Result<(), Complaint>, &str)> {
    let (inside, rest) = text.strip_prefix('{')?.split_once('}')?;
    let (least, most) = match inside.split_once(',') {
        None => (count(inside)?, None),
        Some((least, "")) => (count(least)?, None),
        Some((least, most)) => (count(least)?, Some(count(most)?)),
    };
    let fits = least <= MAX_REPEAT && most.is_none_or(|most| most <= MAX_REPEAT && least <= most);
    Some((if fits { Ok(()) } else { Err(INVALID_REPEAT_SIZE) }, rest))
}

/// A number without leading zeros; one that is too large for words is only large.
fn count(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    plain.then(|| digits.parse().unwrap_or(u32::MAX))
}

/// Whether a name is a general category, a script, or `Any`.
fn is_unicode_class(name: &str) -> bool {
    let plain =
        name.starts_with(|first: char| first.is_ascii_uppercase()) && name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    // Long names of categories, and names with "Is" in front, are Perl's.
    let known = |property: &str| fancy_regex::Regex::new(&format!("\\p{{{property}={name}}}")).is_ok();
    plain && (name == "Any" || name.len() <= 2 && known("gc") || name.len() > 2 && !name.starts_with("Is") && known("sc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_patterns() {
        let patterns = [
            "",
            "a*?",
            "a{1000}",
            "a{0}",
            "a{,2}",
            "a{2,}",
            "a{-1}",
            "a{",
            "a{x}",
            "{",
            r"\0",
            r"\07",
            r"\08",
            "(?<n>a)",
            "(?P<1n>a)",
            "(?:a)",
            "(?i)a",
            "(?imsU)a",
            "(?-i)a",
            "(?i-s:a)*",
            "(?)",
            "()",
            "(|)",
            "^*",
            "$*",
            r"[\d-z]",
            "[a-]",
            "[-a]",
            "[a-b-c]",
            "[[a]",
            "[[:alpha:]]",
            "[[:^alpha:]]",
            "[[:alpha]",
            r"\p{Greek}",
            r"\p{^Greek}",
            r"\pN",
            r"\PN",
            r"\p{Lu}\p{Latin}\p{Any}",
            r"\Qab",
            r"\Qa(\E*",
            r"\z\A\b\B",
            r"\x41\x{41}\x{10FFFF}",
            r"\a\f\n\r\t\v",
            r"\_\-\é",
            r"\d\D\s\S\w\W",
            "a||b",
            "a{1,2",
            "a{01}",
            "a{1,01}",
            "a{1, 2}",
            "(?P<a>(?P<b>c))",
            "[a&&b]",
            "[]a]",
            "[^]a]",
        ];
        for pattern in patterns {
            assert_eq!(check(pattern), Ok(()), "{pattern}");
        }
    }

    #[test]
    fn invalid_patterns_in_re2js_words() {
        let refused: [(Complaint, &[&str]); 12] = [
            (INTERNAL_ERROR, &["a)", ")"]),
            (MISSING_PAREN, &["a(", "((((", "(?:a"]),
            (MISSING_BRACKET, &["[a", "[", "[]", "[^]"]),
            (MISSING_REPEAT_ARGUMENT, &["*a", "{2}", "a|*", "|*", "(*)", r"\Q\E*"]),
            (INVALID_REPEAT_OP, &["a**", "a+*", "a*??", "a??*", "a{2}{3}", "a{2}*", "a*{2}", "^**", "a++"]),
            (INVALID_REPEAT_SIZE, &["a{2,1}", "a{1001}", "a{2,1001}", "a{999999999999}"]),
            (TRAILING_BACKSLASH, &["\\", "a\\"]),
            (
                INVALID_ESCAPE,
                &[r"\8", r"\1", r"[a-\d]", r"\E", r"\C", r"\Z", r"\h", r"\x4", r"\xG", r"\x{110000}", r"\x{}", r"\u0041", r"[\b]", r"[\Q]"],
            ),
            (INVALID_NAMED_CAPTURE, &["(?P<n", "(?P<>a)", "(?P<n-1>a)", "(?P<é>a)", "(?<=a)", "(?<!a)"]),
            (DUPLICATE_NAMED_CAPTURE, &["(?P<n>a)(?P<n>b)", "(?P<n>a)(?<n>b)"]),
            (INVALID_PERL_OP, &["(?P=n)", "(?P>n)", "(?=a)", "(?!a)", "(?#c)", "(?", "(?i", "(?x)a", "(?i-)", "(?--i)a", "(?-)"]),
            (
                INVALID_CHAR_RANGE,
                &["[z-a]", "[a--]", "[[:foo:]]", r"\p{Foo}", r"\p", r"\p{", r"\pX", r"[\p{Foo}]", r"[\x{41}-\x{40}]", r"\p{IsLatin}"],
            ),
        ];
        for (complaint, patterns) in refused {
            for pattern in patterns {
                assert_eq!(check(pattern), Err(complaint), "{pattern}");
            }
        }
    }
}
