//! Command lines that are refused, and those that are taken in spite of their look.

use super::help::TOOLS;
use crate::support::kafkabox::{BINARY, LIMIT, bash, command, kafkabox, words};
use crate::support::process::{Output, run};

/// The one line on stderr of a usage error. Nothing else may have been printed.
#[track_caller]
fn refusal(output: &Output) -> String {
    let text = output.failed();
    assert_eq!(text.lines().count(), 1, "{output}");
    assert_eq!(output.out(), "", "{output}");
    text
}

/// A line that goes nowhere: nobody listens on port 1, which is found out quickly.
const SERVER: &str = "--bootstrap-server 127.0.0.1:1";

#[test]
fn unknown_options_are_named_with_the_nearest_known_one() {
    assert_eq!(
        refusal(&words(&format!("topics {SERVER} --list --nosuch"))),
        "kafkabox topics: nosuch is not a recognized option; kafkabox topics --help lists the options\n"
    );
    assert_eq!(
        refusal(&words(&format!("topics {SERVER} --lists"))),
        "kafkabox topics: lists is not a recognized option; did you mean --list?\n"
    );
}

#[test]
fn zookeeper_is_answered_with_what_replaced_it() {
    for tool in TOOLS {
        for form in ["--zookeeper zk:2181", "-zookeeper zk:2181", "--zookeeper=zk:2181"] {
            let expected = format!(
                "kafkabox {tool}: --zookeeper cannot work any more: Kafka has no ZooKeeper any more: use --bootstrap-server HOST:PORT\
                 ; kafkabox {tool} --help lists the options\n"
            );
            assert_eq!(refusal(&words(&format!("{tool} {form}"))), expected);
        }
    }
}

#[test]
fn an_option_without_its_argument() {
    let text = refusal(&words(&format!("topics {SERVER} --list --topic")));
    assert!(text.starts_with("kafkabox topics: Option topic requires an argument; "), "{text}");
}

#[test]
fn an_option_that_takes_one_value_given_twice() {
    // kafka-topics.sh notices only while it works, and then prints an error of its operation.
    let output = words(&format!("topics {SERVER} --list --topic a --topic b"));
    let message = "Found multiple arguments for option topic, but you asked for only one";
    assert!(output.failed().starts_with(&format!("kafkabox topics: {message}")), "{output}");
    assert_eq!(output.out(), format!("Error while executing topic command : {message}\n"));
}

#[test]
fn javas_sentence_is_for_javas_format() {
    let line = format!("topics {SERVER} --list --topic a --topic b");
    for form in ["--output json", "-output=tsv", "--output table"] {
        assert!(refusal(&words(&format!("{line} {form}"))).contains("Found multiple arguments for option topic"), "{form}");
    }
    let line: Vec<&str> = line.split_whitespace().collect();
    let output = run(command(BINARY).env("KAFKABOX_OUTPUT", "json").args(line), b"", LIMIT);
    assert!(refusal(&output).contains("Found multiple arguments for option topic"), "{output}");
    // Java has no option of this name, and so nothing to say about it.
    for form in ["--output json --output tsv", "--output xml", "--output text --output text"] {
        let text = refusal(&words(&format!("topics {SERVER} --list {form}")));
        assert!(text.contains("option output"), "{text}");
    }
}

#[test]
fn every_form_of_an_option_is_understood() {
    // Each line fails on what is not there, after its options were understood.
    for form in ["--partitions x", "--partitions=x", "-partitions x", "-partitions=x"] {
        let output = words(&format!("topics {SERVER} --create --topic t {form}"));
        assert!(output.failed().starts_with("kafkabox topics: Cannot parse argument 'x' of option partitions"), "{form}: {output}");
    }
    for form in ["-list -bootstrap-server=127.0.0.1:1", "-bootstrap-server 127.0.0.1:1 --list --list"] {
        let text = words(&format!("topics {form}")).failed();
        assert!(text.starts_with("kafkabox topics: cannot reach 127.0.0.1:1"), "{form}: {text}");
    }
}

#[test]
fn stray_words_are_told_and_ignored() {
    let text = words(&format!("topics list {SERVER} --list")).failed();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "kafkabox topics: warning: ignored the word 'list', which belongs to no option");
    assert!(lines[1].starts_with("kafkabox topics: cannot reach 127.0.0.1:1"), "{text}");
    assert_eq!(lines.len(), 2, "{text}");
}

#[test]
fn what_java_checks_before_it_connects() {
    let cases = [
        ("", "Command must include exactly one action: --list, --describe, --create, --alter or --delete"),
        ("--list --describe", "Command must include exactly one action: --list, --describe, --create, --alter or --delete"),
        ("--create", "Missing required argument \"[topic]\""),
        ("--describe --partitions 3", "Option \"[partitions]\" can't be used with option \"[describe]\""),
    ];
    for (line, message) in cases {
        let text = refusal(&words(&format!("topics {SERVER} {line}")));
        assert!(text.starts_with(&format!("kafkabox topics: {message}; ")), "{line}: {text}");
    }
    let text = refusal(&words("topics --list"));
    assert!(text.starts_with("kafkabox topics: --bootstrap-server must be specified"), "{text}");
}

#[test]
fn the_environment_may_name_the_servers_and_the_output() {
    let with = |variable: &str, value: &str, line: &[&str]| run(command(BINARY).env(variable, value).args(line), b"", LIMIT).failed();
    let text = with("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1", &["topics", "--list"]);
    assert!(text.starts_with("kafkabox topics: cannot reach 127.0.0.1:1"), "{text}");
    let text = with("KAFKABOX_OUTPUT", "xml", &["topics", "--bootstrap-server", "127.0.0.1:1", "--list"]);
    assert!(text.starts_with("kafkabox topics: KAFKABOX_OUTPUT is 'xml'; one of text, table, json, tsv"), "{text}");
}

#[test]
fn the_environment_leaves_the_java_names_as_they_are() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("kafka-topics.sh");
    std::os::unix::fs::symlink(BINARY, &script).unwrap();
    let line = ["--bootstrap-server", "127.0.0.1:1", "--list", "--topic", "a", "--topic", "b"];
    let java = "Error while executing topic command : Found multiple arguments for option topic, but you asked for only one\n";
    let output = run(command(&script).env("KAFKABOX_OUTPUT", "json").args(line), b"", LIMIT);
    assert_eq!((output.failed().is_empty(), output.out().as_str()), (false, java), "{output}");
    let output = run(command(&script).args(line).args(["--output", "json"]), b"", LIMIT);
    assert_eq!((output.failed().is_empty(), output.out().as_str()), (false, ""), "{output}");
    // Empty is not set.
    let output = run(command(BINARY).env("KAFKABOX_OUTPUT", "").arg("topics").args(line), b"", LIMIT);
    assert_eq!((output.failed().is_empty(), output.out().as_str()), (false, java), "{output}");
}

#[test]
fn an_output_that_is_none() {
    let output = words(&format!("topics {SERVER} --list --output xml"));
    let text = output.failed();
    assert!(text.contains("'xml'") && text.contains("one of text, table, json, tsv"), "{text}");
}

#[test]
fn arguments_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let word = std::ffi::OsStr::from_bytes(b"\xff");
    for tool in TOOLS {
        let text = refusal(&kafkabox(&[tool.as_ref(), "--bootstrap-server".as_ref(), word]));
        assert!(text.starts_with(&format!("kafkabox {tool}: ")) && text.contains("is not valid UTF-8"), "{text}");
    }
    let text = refusal(&kafkabox(&[word]));
    assert!(text.starts_with("kafkabox: the command '\u{fffd}' is not valid UTF-8; one of topics, "), "{text}");
}

#[test]
fn a_closed_stdin_is_no_reason_to_fail() {
    for tool in TOOLS {
        let output = bash(&format!("$kafkabox {tool} --help <&-"), LIMIT);
        assert!(output.succeeded().contains("Usage: "), "{output}");
    }
    let text = bash(&format!("$kafkabox topics {SERVER} --list <&-"), LIMIT).failed();
    assert!(text.starts_with("kafkabox topics: cannot reach 127.0.0.1:1"), "{text}");
}
