//! Subscriptions by regular expression, which the broker resolves.

use std::collections::BTreeSet;

use fancy_regex::Regex;
use kafka_protocol::error::ResponseError;

use crate::sandbox::error::Refusal;
use crate::sandbox::topics::Topics;

/// The longest expression that is taken, in bytes. A broker has no such limit.
const MAX_LENGTH: usize = 4096;

/// A regular expression, and the topics that it matches.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    pub topics: BTreeSet<String>,
}

impl Pattern {
    /// Reads an expression in the syntax of RE2, which a broker takes. It has to match the whole of a topic's name.
    ///
    /// # Errors
    /// INVALID_REGULAR_EXPRESSION with what is wrong.
    pub fn read(regex: &str) -> Result<Self, Refusal> {
        let wrong = |why: &str| {
            let message = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {why}.");
            Refusal::saying(ResponseError::InvalidRegularExpression, message)
        };
        if regex.len() > MAX_LENGTH {
            return Err(wrong("it is longer than the sandbox takes"));
        }
        // These look around or back: RE2 has nothing of the kind, and they could take for ever.
        if ["(?=", "(?!", "(?<=", "(?<!", "(?>"].iter().any(|look| regex.contains(look)) || has_back_reference(regex) {
            return Err(wrong("invalid or unsupported Perl syntax"));
        }
        // By itself first, so that `a)|(b` is no expression.
        let whole = Regex::new(regex).and_then(|_| Regex::new(&format!(r"\A(?:{regex})\z")));
        let regex = whole.map_err(|error| wrong(&error.to_string()))?;
        Ok(Self { regex, topics: BTreeSet::new() })
    }

    /// Looks again what it matches. True if that has changed.
    pub fn resolve(&mut self, topics: &Topics) -> bool {
        // An expression that gives up matches nothing.
        let matches = |name: &&str| self.regex.is_match(name).unwrap_or(false);
        let found: BTreeSet<String> = topics.iter().map(|(name, _)| name).filter(matches).map(str::to_owned).collect();
        let changed = found != self.topics;
        self.topics = found;
        changed
    }
}

fn has_back_reference(regex: &str) -> bool {
    let mut bytes = regex.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && bytes.next().is_some_and(|next| matches!(next, b'1'..=b'9' | b'k' | b'G' | b'K')) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(regex: &str) -> Vec<String> {
        let mut topics = Topics::default();
        for name in ["orders", "orders-eu", "my-orders", "payments"] {
            topics.insert(name, 1);
        }
        let mut pattern = Pattern::read(regex).unwrap();
        pattern.resolve(&topics);
        pattern.topics.into_iter().collect()
    }

    #[test]
    fn the_whole_name_has_to_match() {
        assert_eq!(matched("orders"), ["orders"]);
        assert_eq!(matched("orders.*"), ["orders", "orders-eu"]);
        assert_eq!(matched("orders|payments"), ["orders", "payments"]);
    }

    #[test]
    fn what_re2_does_not_know_is_refused() {
        for wrong in ["a(?=b)", r"(a)\1", "(?<!a)b"] {
            let refusal = Pattern::read(wrong).unwrap_err();
            let message = format!("SubscribedTopicRegex `{wrong}` is not a valid regular expression: invalid or unsupported Perl syntax.");
            assert_eq!(refusal, Refusal::saying(ResponseError::InvalidRegularExpression, message));
        }
        assert!(Pattern::read("[").is_err());
        assert!(Pattern::read("a)|(b").is_err());
        assert!(Pattern::read(r"\\1").is_ok());
    }
}
