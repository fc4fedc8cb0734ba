//! Command lines of kafka-topics.sh.

use super::*;
use crate::cli;

fn read(words: &str) -> Result<Request, String> {
    cli::request_of(command(), words, request)
}

fn creation(words: &str) -> Creation {
    match read(&format!("--create --topic t {words}")).unwrap().action {
        Action::Create(creation) => creation,
        other => panic!("{other:?}"),
    }
}

#[test]
fn exactly_one_action() {
    let message = "Command must include exactly one action: --list, --describe, --create, --alter or --delete";
    assert_eq!(read("").unwrap_err(), message);
    assert_eq!(read("--list --describe").unwrap_err(), message);
}

#[test]
fn options_that_do_not_go_together() {
    let refused = [
        ("--list --partitions 3", "Option \"[partitions]\" can't be used with option \"[list]\""),
        ("--create --topic t --if-exists", "Option \"[if-exists]\" can't be used with option \"[create]\""),
        (
            "--create --topic t --replica-assignment 1 --partitions 1",
            "Option \"[replica-assignment]\" can't be used with option \"[partitions]\"",
        ),
        (
            "--describe --unavailable-partitions --topics-with-overrides",
            "Option \"[unavailable-partitions]\" can't be used with option \"[topics-with-overrides]\"",
        ),
        ("--list --dry-run", "Option \"[dry-run]\" can't be used with option \"[list]\""),
        ("--delete", "Missing required argument \"[topic]\""),
        ("--alter --topic t", "Missing required argument \"[partitions]\""),
    ];
    for (words, message) in refused {
        assert_eq!(read(words).unwrap_err(), message, "{words}");
    }
}

#[test]
fn numbers_are_checked_before_the_broker_sees_them() {
    assert_eq!(creation("--partitions 0").counts().unwrap_err(), "The partitions must be greater than 0");
    assert_eq!(
        creation("--replication-factor 40000").counts().unwrap_err(),
        "The replication factor must be between 1 and 32767 inclusive"
    );
    assert_eq!(creation("").counts().unwrap(), Layout::Counts { partitions: None, replication_factor: None });
    assert_eq!(creation("--replica-assignment 1:2").given().unwrap().assignment, Some(vec![vec![1, 2]]));
    assert_eq!(creation("--replica-assignment=").given().unwrap().assignment, None);
}

#[test]
fn settings_are_pairs_and_the_last_of_a_name_wins() {
    let pairs = creation("--config segment.ms=1 --config retention.ms=2 --config segment.ms=3").config_pairs().unwrap();
    assert_eq!(pairs, [("segment.ms".to_owned(), "3".to_owned()), ("retention.ms".to_owned(), "2".to_owned())]);
    assert!(creation("--config a=").config_pairs().unwrap_err().starts_with("requirement failed: Invalid topic config"));
}

#[test]
fn the_zero_id_counts_as_none() {
    let selection = |id: &str| Selection { topic_id: Some(id.to_owned()), ..Selection::default() };
    assert_eq!(selection("AAAAAAAAAAAAAAAAAAAAAA").wanted_id(), Ok(None));
    assert_eq!(selection("AAAAAAAAAAAAAAAAAAAAAA==").wanted_id(), Ok(None));
    assert_eq!(selection("A*").wanted_id().unwrap_err(), "Illegal base64 character 2a");
    assert!(selection("AAAA").wanted_id().unwrap_err().starts_with("Input string `AAAA` decoded as 3 bytes, which"));
    assert!(selection(&"A".repeat(25)).wanted_id().unwrap_err().contains("is too long to be decoded"));
    assert!(selection("x").wanted_id().is_err());
}

#[test]
fn a_deleted_config_only_warns() {
    let request = read("--alter --topic t --partitions 2 --delete-config a --delete-config b").unwrap();
    assert_eq!(request.warnings.len(), 1);
}
#[test]
fn options_of_describe_alone_are_told_elsewhere() {
    let request = read("--delete --topic t --topic-id x --partition-size-limit-per-response 5").unwrap();
    assert_eq!(
        request.warnings,
        [
            "warning: ignored --topic-id, which goes with --describe only",
            "warning: ignored --partition-size-limit-per-response, which goes with --describe only",
        ]
    );
    assert!(read("--describe --topic-id x --partition-size-limit-per-response 5").unwrap().warnings.is_empty());
}

#[test]
fn java_says_on_stdout_that_the_id_goes_before_the_name() {
    assert_eq!(read("--describe --if-exists --topic t --topic-id x").unwrap().stdout_warning, Some(ID_BEFORE_NAME));
    assert_eq!(read("--describe --topic t --topic-id x").unwrap().stdout_warning, None);
    assert_eq!(read("--describe --if-exists --topic t").unwrap().stdout_warning, None);
}
