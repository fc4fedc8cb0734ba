//! Command lines to requests.

use std::ffi::OsString;

use super::*;
use crate::cli;

fn read(words: &str) -> Result<Request, String> {
    let complaint = |failure: &Failure| failure.complaint().unwrap().message.clone();
    let command = cli::applet(command());
    let words = format!("--bootstrap-server h:1 {words}");
    let parsed = cli::parse(&command, words.split_whitespace().map(OsString::from)).map_err(|refusal| complaint(&refusal.failure))?;
    request(&parsed.matches).map_err(|failure| complaint(&failure))
}

fn refused(words: &str) -> String {
    read(words).unwrap_err()
}

#[test]
fn mistakes_are_told_in_javas_order_and_words() {
    let cases = [
        ("--list --describe --group g", "Option \"[group]\" can't be used with option \"[list]\""),
        ("--describe", "Option [describe] takes one of these options: [group], [all-groups]"),
        ("--describe --group g --all-groups", "Option \"[group]\" can't be used with option \"[all-groups]\""),
        ("--describe --group g --topic t", "Option \"[topic]\" can't be used with option \"[describe]\""),
        ("--describe --group g --members --state", "Option [describe] takes at most one of these options: [members], [offsets], [state]"),
        ("--describe --group g --state stable", "Option [describe] does not take a value for [state]"),
        ("--list --members", "Option(s) [members] are unavailable given other options on the command line"),
        ("--delete --group g --topic t", "The consumer does not support topic-specific offset deletion from a consumer group."),
        ("--delete-offsets --group g", "Option [delete-offsets] takes the following options: [group], [topic]"),
        ("--delete-offsets --group g --group h --topic t", "Found multiple arguments for option group, but you asked for only one"),
    ];
    for (words, message) in cases {
        assert_eq!(refused(words), message, "{words}");
    }
    assert!(refused("--describe --delete --group g").starts_with("Command must include exactly one action: --list, --describe,"));
    assert!(refused("").starts_with("Command must include exactly one action"));
}

#[test]
fn a_reset_needs_a_scope_and_one_scenario() {
    let cases = [
        ("--reset-offsets --all-topics --to-latest", "Option [reset-offsets] takes one of these options: [group], [all-groups]"),
        ("--reset-offsets --group g --to-latest", "One of the reset scopes should be defined: --all-topics, --topic."),
        (
            "--reset-offsets --group g --all-topics --to-latest --shift-by -1",
            "Option \"[to-latest]\" can't be used with option \"[shift-by]\"",
        ),
        (
            "--reset-offsets --group g --all-topics --to-latest --dry-run --execute",
            "Option [reset-offsets] only accepts one of [execute] and [dry-run]",
        ),
        ("--reset-offsets --group g --topic t --to-datetime 2023-11-14T22:13:20", "Unparseable date: \"2023-11-14T22:13:20Z\""),
        ("--reset-offsets --group g --topic t --by-duration 1D", "Text cannot be parsed to a Duration: '1D'"),
    ];
    for (words, message) in cases {
        assert_eq!(refused(words), message, "{words}");
    }
    assert!(refused("--reset-offsets --group g --all-topics").contains("requires one of the following scenarios: [[to-offset], "));
}

#[test]
fn negative_numbers_are_values() {
    let action = read("--reset-offsets --group g --all-topics --shift-by -5 --execute").unwrap().action;
    let Action::Reset(reset) = action else { panic!("{action:?}") };
    assert_eq!((reset.scenario, reset.execute), (Scenario::ShiftBy(-5), true));
}

#[test]
fn what_a_reset_leaves_open_is_said() {
    assert_eq!(read("--reset-offsets --group g --all-topics --to-latest").unwrap().warnings.len(), 1);
    assert_eq!(read("--reset-offsets --group g --all-topics --to-latest --dry-run").unwrap().warnings.len(), 0);
    let short = "--reset-offsets --group g --all-topics --dry-run --to-datetime 2023-11-14T22:13:20.5";
    assert_eq!(read(short).unwrap().warnings.len(), 1);
}

#[test]
fn a_listing_may_show_columns_without_filtering() {
    let action = read("--list --state --type classic").unwrap().action;
    let listing = Listing { show_state: true, show_type: true, states: vec![], kinds: vec![GroupType::Classic] };
    assert_eq!(action, Action::List(listing));
}

#[test]
fn a_deletion_cannot_be_tried() {
    assert_eq!(refused("--delete --group g --dry-run"), "--delete cannot be tried with --dry-run: it always deletes");
    assert_eq!(
        refused("--delete-offsets --group g --topic t --dry-run"),
        "--delete-offsets cannot be tried with --dry-run: it always deletes"
    );
}

#[test]
fn options_without_effect_are_named() {
    let warnings = |words: &str| read(words).unwrap().warnings;
    assert_eq!(
        warnings("--reset-offsets --group g --all-topics --topic t --to-latest --execute"),
        ["--topic has no effect with --all-topics"]
    );
    assert_eq!(
        warnings("--reset-offsets --group g --all-topics --topic t --from-file f --execute"),
        ["--topic has no effect with --from-file", "--all-topics has no effect with --from-file"]
    );
    assert_eq!(
        warnings("--reset-offsets --group g --topic t --from-file f --execute"),
        ["--topic is only looked up with --from-file: the file says which partitions are reset"]
    );
    assert_eq!(
        warnings("--describe --group g --to-earliest --execute --export"),
        ["to-earliest", "execute", "export"].map(|option| format!("--{option} has no effect with --describe"))
    );
    assert_eq!(
        warnings("--list --all-groups --dry-run"),
        ["dry-run", "all-groups"].map(|option| format!("--{option} has no effect with --list"))
    );
    assert_eq!(warnings("--validate-regex x --group g"), ["--group has no effect with --validate-regex"]);
    assert!(warnings("--delete --all-groups").is_empty() && warnings("--describe --all-groups").is_empty());
}
