//! What stdout may turn out to be: a pipe that nobody reads, and a full disk.

use std::fs::File;

use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Output, run_into};

const PRINTING: [&[&str]; 4] = [&["--help"], &["--version"], &["topics", "--help"], &["configs", "--version"]];

fn into_closed_pipe(words: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    run_into(writer, command(BINARY).args(words), b"", LIMIT)
}

#[test]
fn a_reader_that_has_gone_is_a_normal_end() {
    for words in PRINTING {
        let output = into_closed_pipe(words);
        output.succeeded();
        assert_eq!(output.err(), "", "{words:?}");
    }
}

#[test]
fn a_reader_that_has_gone_does_not_excuse_a_failure() {
    let text = into_closed_pipe(&["topics", "--nosuch"]).failed();
    assert!(text.starts_with("kafkabox topics: nosuch is not a recognized option"), "{text}");
}

#[test]
fn a_full_disk_is_told_in_one_line() {
    for words in PRINTING {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let text = run_into(full, command(BINARY).args(words), b"", LIMIT).failed();
        assert!(text.ends_with(": cannot write the output: No space left on device\n"), "{words:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}
