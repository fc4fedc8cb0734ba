//! Java's regular expressions, matched against a whole text (`String.matches`).

/// A compiled pattern.
///
/// The engine is fancy-regex, which has what topic patterns use: look-around, back references, possessive quantifiers and
/// intersections of character classes.
#[derive(Clone, Debug)]
pub struct Pattern(fancy_regex::Regex);

impl Pattern {
    /// Compiles `text`; `None` if it is no pattern.
    pub fn compile(text: &str) -> Option<Self> {
        fancy_regex::Regex::new(&format!(r"\A(?:{})\z", translate(text))).ok().map(Self)
    }

    /// Whether all of `text` matches. A pattern that needs too much backtracking does not match.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text).unwrap_or(false)
    }
}

/// Java's words for classes that the engine knows under another name.
fn translate(text: &str) -> String {
    const NAMES: [(&str, &str); 14] = [
        (r"\p{Lower}", "[a-z]"),
        (r"\p{Upper}", "[A-Z]"),
        (r"\p{ASCII}", r"[\x00-\x7F]"),
        (r"\p{Alpha}", "[a-zA-Z]"),
        (r"\p{Digit}", "[0-9]"),
        (r"\p{Alnum}", "[a-zA-Z0-9]"),
        (r"\p{Punct}", "[[:punct:]]"),
        (r"\p{Graph}", "[[:graph:]]"),
        (r"\p{Print}", "[[:print:]]"),
        (r"\p{Blank}", r"[ \t]"),
        (r"\p{Cntrl}", "[[:cntrl:]]"),
        (r"\p{XDigit}", "[0-9a-fA-F]"),
        (r"\p{Space}", r"[ \t\n\x0B\f\r]"),
        (r"\Z", r"\n?\z"),
    ];
    NAMES.iter().fold(text.to_owned(), |text, (java, ours)| text.replace(java, ours))
}

/// The topics that an expression of the command line means (Java's `TopicFilter.IncludeList`).
#[derive(Clone, Debug)]
pub struct IncludeList(Pattern);

impl IncludeList {
    /// Compiles an expression: a comma means "or", blanks do not count, and outer quotes are taken off.
    ///
    /// # Errors
    /// Java's sentence for a text that is no pattern.
    pub fn compile(expression: &str) -> Result<Self, String> {
        let text = expression.trim().replace(',', "|").replace(' ', "");
        let text = text.trim_matches(['"', '\'']);
        Pattern::compile(text).map(Self).ok_or_else(|| format!("{text} is an invalid regex."))
    }

    /// Whether the topic is meant.
    pub fn allows(&self, topic: &str) -> bool {
        self.0.matches(topic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_texts_and_know_javas_classes() {
        let matches = |pattern: &str, text: &str| Pattern::compile(pattern).unwrap().matches(text);
        assert!(matches("a.c", "abc") && !matches("a.c", "xabc"));
        assert!(matches("a|b", "b") && !matches("a|b", "ab"));
        assert!(matches(r"\p{Alpha}\d++", "x12"));
        assert!(matches(r"(?!__).*", "t") && !matches(r"(?!__).*", "__t"));
        assert!(matches(r"(.)\1", "aa"));
        assert!(matches("[a-z&&[^b]]", "a") && !matches("[a-z&&[^b]]", "b"));
        assert!(Pattern::compile("[").is_none());
    }

    #[test]
    fn an_include_list_is_a_pattern_with_commas() {
        let allows = |expression: &str, topic: &str| IncludeList::compile(expression).unwrap().allows(topic);
        assert!(allows("a, b", "b") && !allows("a, b", "ab"));
        assert!(allows("'orders.*'", "orders-1"));
        assert_eq!(IncludeList::compile("a**b(").unwrap_err(), "a**b( is an invalid regex.");
    }
}
