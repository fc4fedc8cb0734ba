//! What kafka-consumer-groups.sh prints, to the byte; and the same as rows.

mod delete;
mod list;
mod members;
mod offsets;
mod partitions;
mod regex;
mod reset;
mod state;
mod watch;

pub(super) use delete::{DeletedGroups, DeletedOffsets};
pub(super) use list::Listings;
pub(super) use members::MembersReport;
pub(super) use offsets::OffsetsReport;
pub(super) use regex::RegexVerdict;
pub(super) use reset::{GroupPlan, ResetReport};
pub(super) use state::StatesReport;
pub(super) use watch::{Watched, WatchedGroup, WatchedRow};

use crate::kafka::error::{BrokerError, ErrorCode};

/// What stands in a column that has nothing to tell.
const MISSING: &str = "-";

/// What kafka-consumer-groups.sh prints on stdout for a failure.
pub(in crate::commands) fn java_error(message: &str) -> String {
    format!("\nError: Executing consumer group command failed due to {message}\n")
}

/// A coordinator's error in Java's words. Java's client has words of its own for a group that it may not even look for, which
/// it finds out before anything else.
pub(super) fn java_refusal(group: &str, error: &BrokerError) -> String {
    // What is no group of consumers is found out by the client, without an answer that would be an error.
    if error.code == ErrorCode::INCONSISTENT_GROUP_PROTOCOL {
        return format!("java.lang.IllegalArgumentException: {}", error.text());
    }
    // The broker's words about it are empty; other refusals have none at all.
    if error.code != ErrorCode::GROUP_AUTHORIZATION_FAILED || error.message.as_deref() != Some("") {
        return error.java_text();
    }
    let key = format!("CoordinatorKey(idValue='{group}', type=GROUP)");
    let words = format!("FindCoordinator request for groupId `{key}` failed due to authorization failure");
    BrokerError { code: error.code, message: Some(words) }.java_text()
}

/// `%-Ns`: blanks behind a text up to a width, in UTF-16 units as in Java.
fn left(text: &str, width: usize) -> String {
    text.to_owned() + &" ".repeat(width.saturating_sub(units(text)))
}

/// The length of a text in Java.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The width of a column: at least `least`, and that of its widest text.
fn width<'a>(least: usize, texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(units).fold(least, usize::max)
}

/// A value, or what stands for none.
fn or_missing<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| MISSING.to_owned(), |value| value.to_string())
}

/// One group of a report: what it has to tell, or why it has nothing.
#[derive(Debug)]
pub(super) struct GroupReport<T> {
    pub group: String,
    pub told: Result<T, String>,
    /// What is worth saying of its state, for stderr.
    pub note: Option<String>,
}

impl<T> GroupReport<T> {
    /// A group of whose state nothing is said.
    pub fn new(group: impl Into<String>, told: Result<T, String>) -> Self {
        Self { group: group.into(), told, note: None }
    }

    fn error(&self) -> Option<&String> {
        self.told.as_ref().err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn text(report: &dyn crate::render::Report) -> String {
        let mut out = Vec::new();
        report.text(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_group_that_may_not_be_looked_for_has_words_of_its_own() {
        let refusal = |message: Option<&str>| {
            java_refusal("g", &BrokerError { code: ErrorCode::GROUP_AUTHORIZATION_FAILED, message: message.map(str::to_owned) })
        };
        let unfound = "org.apache.kafka.common.errors.GroupAuthorizationException: FindCoordinator request for groupId \
                     `CoordinatorKey(idValue='g', type=GROUP)` failed due to authorization failure";
        assert_eq!(refusal(Some("")), unfound);
        assert_eq!(refusal(None), "org.apache.kafka.common.errors.GroupAuthorizationException: Group authorization failed.");
        let not_found = BrokerError::from(ErrorCode::GROUP_ID_NOT_FOUND);
        assert_eq!(java_refusal("g", &not_found), not_found.java_text());
    }

    #[test]
    fn columns_are_padded_in_utf16_units() {
        assert_eq!(left("ab", 4), "ab  ");
        assert_eq!(left("abcde", 4), "abcde");
        assert_eq!(left("ü", 3), "ü  ");
        assert_eq!(width(3, ["ab", "abcd"].into_iter()), 4);
    }
}
