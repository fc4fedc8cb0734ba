//! Subscriptions by regular expression, which the broker resolves.

use std::collections::BTreeSet;

use fancy_regex::Regex;
use kafka_protocol::error::ResponseError;

use super::re2;
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
        if let Some(why) = re2::objection(regex) {
            return Err(wrong(why));
        }
        // What is left are characters and classes that there are none of.
        let whole = Regex::new(&format!(r"\A(?:{regex})\z"));
        let regex = whole.map_err(|_| wrong("invalid character class range"))?;
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
    fn what_is_no_expression_is_refused_in_the_brokers_words() {
        for (wrong, why) in
            [("[a", "missing closing ]"), ("[b-a]", "invalid character class range"), (r"\pX", "invalid character class range")]
        {
            let message = format!("SubscribedTopicRegex `{wrong}` is not a valid regular expression: {why}.");
            let refusal = Pattern::read(wrong).unwrap_err();
            assert_eq!(refusal, Refusal::saying(ResponseError::InvalidRegularExpression, message));
        }
    }
}
