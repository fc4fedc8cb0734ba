//! Failures of single groups and partitions, while the command goes on with the others.

use std::fmt::Display;

use super::text::{java_error, java_refusal};
use crate::failure::Failure;
use crate::kafka::error::{BrokerError, Error, ErrorCode};

/// A group's error, which ends the Java tool.
pub(super) fn of_group(group: &str, error: &BrokerError) -> Failure {
    Failure::failed(named(group, error)).java_stdout(|_| java_error(&unseen(group, error)))
}

/// The same where the Java tool wraps it once more: while it gathers what a reset needs.
pub(super) fn of_reset(group: &str, error: &BrokerError) -> Failure {
    let java = format!("java.util.concurrent.ExecutionException: {}", unseen(group, error));
    Failure::failed(named(group, error)).java_stdout(|_| java_error(&java))
}

/// What Java says of a group that cannot be looked at. That takes the permission which finding its coordinator takes, so Java
/// never comes further than that; a listing saves the finding here.
fn unseen(group: &str, error: &BrokerError) -> String {
    let forbidden = error.code == ErrorCode::GROUP_AUTHORIZATION_FAILED && error.message.is_none();
    let unfound = BrokerError { message: Some(String::new()), ..error.clone() };
    java_refusal(group, if forbidden { &unfound } else { error })
}

/// A group's error with the group's name in it. Coordinators begin their own sentences with it; the client's sentences for
/// a code never have it.
fn named(group: &str, error: &BrokerError) -> String {
    match &error.message {
        Some(words) if words.starts_with(&format!("Group {group} ")) => words.clone(),
        _ if group.is_empty() => format!("group '': {error}"),
        _ => format!("group {group}: {error}"),
    }
}

/// A broker that did not answer.
pub(super) fn of_broker(id: i32, error: &Error) -> Failure {
    Failure::failed(format!("broker {id} cannot be asked for its groups, which are left out: {error}"))
}

/// The failures of a group's partitions: one for each reason, with all the partitions that it is the reason for.
pub(super) fn of_partitions<P: Display>(group: &str, failures: impl IntoIterator<Item = (P, impl AsRef<str>)>) -> Vec<Failure> {
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for (partition, why) in failures {
        let why = why.as_ref();
        match reasons.iter_mut().find(|(reason, _)| reason == why) {
            Some((_, partitions)) => partitions.push(partition.to_string()),
            None => reasons.push((why.to_owned(), vec![partition.to_string()])),
        }
    }
    let failure = |(why, partitions): (String, Vec<String>)| {
        let word = if partitions.len() == 1 { "partition" } else { "partitions" };
        Failure::failed(format!("group {group}, {word} {}: {why}", partitions.join(", ")))
    };
    reasons.into_iter().map(failure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::model::TopicPartition;

    #[test]
    fn partitions_that_fail_for_one_reason_are_told_in_one_line() {
        let partitions: Vec<TopicPartition> = (0..3).map(|number| TopicPartition::new("t", number)).collect();
        let failures = of_partitions("g", partitions.iter().zip(["gone", "lost", "gone"]));
        let messages: Vec<&str> = failures.iter().map(|failure| failure.complaint().unwrap().message.as_str()).collect();
        assert_eq!(messages, ["group g, partitions t-0, t-2: gone", "group g, partition t-1: lost"]);
    }

    #[test]
    fn a_groups_error_names_it_once() {
        let not_found = BrokerError { code: ErrorCode::GROUP_ID_NOT_FOUND, message: Some("Group g not found.".into()) };
        let failure = of_group("g", &not_found);
        let complaint = failure.complaint().unwrap();
        assert_eq!(complaint.message, "Group g not found.");
        let class = "org.apache.kafka.common.errors.GroupIdNotFoundException";
        let java = format!("\nError: Executing consumer group command failed due to {class}: Group g not found.\n");
        assert_eq!(complaint.java_stdout.as_ref(), Some(&java));
        assert_eq!(named("h", &not_found), "group h: Group g not found.");
    }

    #[test]
    fn a_group_is_named_even_if_the_sentence_has_its_letters() {
        let away = BrokerError::from(ErrorCode::COORDINATOR_NOT_AVAILABLE);
        assert_eq!(named("e", &away), "group e: The coordinator is not available.");
        assert_eq!(named("coordinator", &away), "group coordinator: The coordinator is not available.");
        let forbidden = BrokerError::from(ErrorCode::GROUP_AUTHORIZATION_FAILED);
        assert!(named("authorization", &forbidden).starts_with("group authorization: "));
    }
}
