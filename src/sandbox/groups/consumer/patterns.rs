//! Subscriptions by regular expression, which the broker resolves.

use std::collections::BTreeSet;

use fancy_regex::Regex;
use kafka_protocol::error::ResponseError;

use crate::sandbox::error::Refusal;
use crate::sandbox::expression;
use crate::sandbox::topics::Topics;

/// How many expressions the members of one group may subscribe with. A broker has no such limit; what they match is looked up
/// for all of them when a topic comes or goes.
pub const MOST: usize = 100;

/// Reads an expression in the syntax of RE2, which a broker takes. It has to match the whole of a topic's name.
///
/// # Errors
/// INVALID_REGULAR_EXPRESSION with what is wrong.
pub fn read(regex: &str) -> Result<Regex, Refusal> {
    expression::read(regex).map_err(|why| {
        let message = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {why}.");
        Refusal::saying(ResponseError::InvalidRegularExpression, message)
    })
}

/// The topics that an expression matches. It is read anew each time, because it may be far larger than what it matches.
pub fn matched(regex: &str, topics: &Topics) -> BTreeSet<String> {
    let Ok(regex) = expression::read(regex) else { return BTreeSet::new() };
    // An expression that gives up matches nothing.
    let matches = |name: &&str| regex.is_match(name).unwrap_or(false);
    topics.iter().map(|(name, _)| name).filter(matches).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_has_to_match() {
        let mut topics = Topics::default();
        for name in ["orders", "orders-eu", "my-orders", "payments"] {
            topics.insert(name, 1);
        }
        let matched = |regex| matched(regex, &topics).into_iter().collect::<Vec<_>>();
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
            assert_eq!(read(wrong).unwrap_err(), Refusal::saying(ResponseError::InvalidRegularExpression, message));
        }
    }
}
