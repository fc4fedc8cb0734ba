//! Java's regular expressions: matched against a whole text (`String.matches`), and cutting one (`Pattern.split`).

mod translate;

use std::borrow::Cow;

use memchr::memmem;
use translate::translate;

/// A compiled pattern.
///
/// The engine is fancy-regex, which has what topic patterns use: look-around, back references, possessive quantifiers and
/// intersections of character classes.
#[derive(Clone, Debug)]
pub struct Pattern(fancy_regex::Regex);

impl Pattern {
    /// Compiles `text`; `None` if it is no pattern.
    pub fn compile(text: &str) -> Option<Self> {
        let text = translate(text)?;
        // By itself first: `a)|(b` is no pattern, but would become another one between the parentheses.
        fancy_regex::Regex::new(&text).ok()?;
        fancy_regex::Regex::new(&format!(r"\A(?:{text})\z")).ok().map(Self)
    }

    /// Whether all of `text` matches.
    ///
    /// # Errors
    /// A sentence for a pattern that needs too much backtracking to tell.
    pub fn matches(&self, text: &str) -> Result<bool, String> {
        self.0.is_match(text).map_err(|_| format!("The regex needs too many steps to be matched against '{text}'"))
    }
}

/// A pattern at whose matches a text is cut (`Pattern.split`).
///
/// The text may be any bytes: what is no UTF-8 matches as U+FFFD, and stays as it is in the parts.
#[derive(Clone, Debug)]
pub struct Separator {
    /// A pattern without any special character is its own only match.
    literal: Option<memmem::Finder<'static>>,
    regex: fancy_regex::Regex,
}

impl Separator {
    /// Compiles `text`; `None` if it is no pattern.
    pub fn compile(text: &str) -> Option<Self> {
        let plain = !text.is_empty() && !text.contains(|c| r"\.[]{}()<>*+-=!?^$|&#".contains(c));
        let literal = plain.then(|| memmem::Finder::new(text).into_owned());
        Some(Self { literal, regex: fancy_regex::Regex::new(&translate(text)?).ok()? })
    }

    /// The parts of `text`. Empty ones at the end do not count; a text without a match is one part, also an empty one.
    pub fn split<'a>(&self, text: &'a [u8]) -> Vec<&'a [u8]> {
        let cuts = match &self.literal {
            Some(literal) => literal.find_iter(text).map(|start| (start, start + literal.needle().len())).collect(),
            None => self.cuts(text),
        };
        if cuts.is_empty() {
            return vec![text];
        }
        let mut parts = Vec::with_capacity(cuts.len() + 1);
        let mut from = 0;
        for (start, end) in cuts {
            parts.push(&text[from..start]);
            from = end;
        }
        parts.push(&text[from..]);
        while parts.last().is_some_and(|part| part.is_empty()) {
            parts.pop();
        }
        parts
    }

    /// Where the matches are that cut, in bytes.
    fn cuts(&self, bytes: &[u8]) -> Vec<(usize, usize)> {
        let (text, offsets) = decode(bytes);
        let text = text.as_ref();
        let mut cuts = Vec::new();
        let mut from = 0;
        while from <= text.len() {
            // A pattern that needs too much backtracking does not match.
            let Ok(Some(found)) = self.regex.find_from_pos(text, from) else { break };
            let (start, end) = (found.start(), found.end());
            // As in Java, a match of nothing at the very beginning does not cut.
            if end > 0 {
                cuts.push((offsets.original(start), offsets.original(end)));
            }
            // The next match may begin where this one ends, unless this one was empty.
            from = if start == end { end + text[end..].chars().next().map_or(1, char::len_utf8) } else { end };
        }
        cuts
    }
}

/// Where in the original bytes a place of the decoded text is.
enum Offsets {
    Same,
    Table(Vec<usize>),
}

impl Offsets {
    fn original(&self, place: usize) -> usize {
        match self {
            Self::Same => place,
            Self::Table(table) => table[place],
        }
    }
}

fn decode(bytes: &[u8]) -> (Cow<'_, str>, Offsets) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), Offsets::Same);
    }
    let (mut text, mut table, mut at) = (String::new(), Vec::new(), 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        table.extend(at..at + chunk.valid().len());
        at += chunk.valid().len();
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            table.resize(text.len(), at);
            at += chunk.invalid().len();
        }
    }
    table.push(at);
    (Cow::Owned(text), Offsets::Table(table))
}

/// The topics that an expression of the command line means (Java's `TopicFilter.IncludeList`).
#[derive(Clone, Debug)]
pub struct IncludeList {
    pattern: Pattern,
    /// The names that it means, where it is made of nothing else.
    names: Option<Vec<String>>,
}

impl IncludeList {
    /// Compiles an expression: a comma means "or", blanks do not count, and outer quotes are taken off.
    ///
    /// # Errors
    /// Java's sentence for a text that is no pattern.
    pub fn compile(expression: &str) -> Result<Self, String> {
        let text = expression.trim_matches(|c: char| c <= ' ').replace(',', "|").replace(' ', "");
        let text = text.trim_matches(['"', '\'']);
        let pattern = Pattern::compile(text).ok_or_else(|| format!("{text} is an invalid regex."))?;
        // A dot is a character of many names, but stands for any.
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '|'));
        let names = || text.split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Ok(Self { pattern, names: plain.then(names) })
    }

    /// The names that are meant, if the expression is nothing but names: then nobody has to look through all topics.
    pub fn names(&self) -> Option<&[String]> {
        self.names.as_deref()
    }

    /// Whether the topic is meant.
    ///
    /// # Errors
    /// Those of [`Pattern::matches`].
    pub fn allows(&self, topic: &str) -> Result<bool, String> {
        self.pattern.matches(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts_and_know_javas_classes() {
        let matches = |pattern: &str, text: &str| Pattern::compile(pattern).unwrap().matches(text).unwrap();
        assert!(matches("a.c", "abc") && !matches("a.c", "xabc"));
        assert!(matches("a|b", "b") && !matches("a|b", "ab"));
        assert!(matches(r"\p{Alpha}\d++", "x12"));
        assert!(matches(r"(?!__).*", "t") && !matches(r"(?!__).*", "__t"));
        assert!(matches(r"(.)\1", "aa"));
        assert!(matches("[a-z&&[^b]]", "a") && !matches("[a-z&&[^b]]", "b"));
        assert!(Pattern::compile("[").is_none());
    }

    #[test]
    fn an_unbalanced_pattern_is_none_however_it_would_look_between_parentheses() {
        for text in ["rv)|(zzz", "a)(b", ")", "(", "a)"] {
            assert!(Pattern::compile(text).is_none(), "{text}");
        }
        assert_eq!(IncludeList::compile("rv)|(zzz").unwrap_err(), "rv)|(zzz is an invalid regex.");
    }

    #[test]
    fn a_pattern_that_needs_too_many_steps_is_an_error_and_no_answer() {
        let error = Pattern::compile(r"(?:(x+x+)+)\1y").unwrap().matches(&"x".repeat(60)).unwrap_err();
        assert!(error.starts_with("The regex needs too many steps to be matched against 'xxx"), "{error}");
    }

    fn split(pattern: &str, text: &[u8]) -> Vec<String> {
        Separator::compile(pattern).unwrap().split(text).into_iter().map(|part| part.escape_ascii().to_string()).collect()
    }

    #[test]
    fn separators_cut_as_pattern_split_does() {
        // Printed by Pattern.split of JDK 17.
        assert_eq!(split(",", b"a,b,,"), ["a", "b"]);
        assert_eq!(split(",", b""), [""]);
        assert_eq!(split(",", b","), [""; 0]);
        assert_eq!(split(",", b",a"), ["", "a"]);
        assert_eq!(split("|", b"a|b"), ["a", "|", "b"]);
        assert_eq!(split(r"\|", b"a|b"), ["a", "b"]);
        assert_eq!(split(".", b"a.b"), [""; 0]);
        assert_eq!(split("[,;]", b"a,b;c"), ["a", "b", "c"]);
        assert_eq!(split("", b"abc"), ["a", "b", "c"]);
        assert_eq!(split("x*", b"axxb"), ["a", "", "b"]);
        assert_eq!(split("(?=b)", b"abab"), ["a", "ba", "b"]);
        assert_eq!(split("a*", b"baab"), ["b", "", "b"]);
        assert!(Separator::compile("[").is_none());
    }

    #[test]
    fn bytes_that_are_no_text_stay_as_they_are() {
        assert_eq!(split("[,]", b"\xff,\xc5\x82,a\xfe"), [r"\xff", r"\xc5\x82", r"a\xfe"]);
        assert_eq!(split("::", b"\xff::b"), [r"\xff", "b"]);
        assert_eq!(split("", b"\xff\xfe"), [r"\xff", r"\xfe"]);
    }

    #[test]
    fn an_include_list_is_a_pattern_with_commas() {
        let allows = |expression: &str, topic: &str| IncludeList::compile(expression).unwrap().allows(topic).unwrap();
        assert!(allows("a, b", "b") && !allows("a, b", "ab"));
        assert!(allows("'orders.*'", "orders-1"));
        assert_eq!(IncludeList::compile("a**b(").unwrap_err(), "a**b( is an invalid regex.");
    }

    #[test]
    fn an_include_list_may_be_nothing_but_names() {
        let names = |expression: &str| IncludeList::compile(expression).unwrap().names().map(|names| names.join(" "));
        assert_eq!(names("a-1,,b_2|c").as_deref(), Some("a-1 b_2 c"));
        assert_eq!(names("'orders'").as_deref(), Some("orders"));
        assert_eq!(names("").as_deref(), Some(""));
        for expression in ["a.b", "a*", "(a)", r"\Qa\E", "[a]"] {
            assert_eq!(names(expression), None, "{expression}");
        }
    }
}
