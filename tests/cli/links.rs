//! `kafkabox links`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::kafkabox::{BINARY, kafkabox, words};
use crate::support::process::Output;

const NAMES: [&str; 10] = [
    "kafka-configs",
    "kafka-configs.sh",
    "kafka-console-consumer",
    "kafka-console-consumer.sh",
    "kafka-console-producer",
    "kafka-console-producer.sh",
    "kafka-consumer-groups",
    "kafka-consumer-groups.sh",
    "kafka-topics",
    "kafka-topics.sh",
];

fn links(directory: &Path, more: &[&str]) -> Output {
    kafkabox(&[&["links", directory.to_str().unwrap()], more].concat())
}

fn names(directory: &Path) -> BTreeSet<String> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_script_gets_its_two_names() {
    let directory = tempfile::tempdir().unwrap();
    let text = links(directory.path(), &[]).succeeded();
    assert_eq!(text.lines().count(), NAMES.len());
    assert!(names(directory.path()).iter().eq(NAMES));
    for name in NAMES {
        assert_eq!(fs::read_link(directory.path().join(name)).unwrap(), Path::new(BINARY));
    }
}

#[test]
fn a_second_call_has_nothing_to_do() {
    let directory = tempfile::tempdir().unwrap();
    links(directory.path(), &[]).succeeded();
    fs::remove_file(directory.path().join("kafka-topics")).unwrap();
    let text = links(directory.path(), &[]).succeeded();
    assert_eq!(text, format!("{}/kafka-topics -> {BINARY}\n", directory.path().display()));
    assert_eq!(links(directory.path(), &[]).succeeded(), "");
}

#[test]
fn a_foreign_file_is_kept_and_nothing_is_changed() {
    let directory = tempfile::tempdir().unwrap();
    let foreign = directory.path().join("kafka-topics.sh");
    fs::write(&foreign, "#!/bin/sh\n").unwrap();
    let output = links(directory.path(), &[]);
    let expected = format!(
        "kafkabox links: {} is there and is not a link to this binary; nothing was changed; --force replaces it\n",
        foreign.display()
    );
    assert_eq!(output.failed(), expected);
    assert_eq!(output.out(), "");
    assert!(names(directory.path()).iter().eq(["kafka-topics.sh"]));
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "#!/bin/sh\n");
}

#[test]
fn force_replaces_files_but_never_a_directory() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("kafka-topics.sh"), "#!/bin/sh\n").unwrap();
    links(directory.path(), &["--force"]).succeeded();
    assert!(names(directory.path()).iter().eq(NAMES));
    assert_eq!(fs::read_link(directory.path().join("kafka-topics.sh")).unwrap(), Path::new(BINARY));

    let other = tempfile::tempdir().unwrap();
    fs::create_dir(other.path().join("kafka-topics.sh")).unwrap();
    fs::write(other.path().join("kafka-configs"), "#!/bin/sh\n").unwrap();
    for more in [&["--force"][..], &[]] {
        let output = links(other.path(), more);
        assert!(output.failed().ends_with("; nothing was changed\n") || more.is_empty(), "{output}");
        assert_eq!(output.out(), "");
        assert!(names(other.path()).iter().eq(["kafka-configs", "kafka-topics.sh"]));
        assert_eq!(fs::read_to_string(other.path().join("kafka-configs")).unwrap(), "#!/bin/sh\n");
    }
}

#[test]
fn the_directory_must_be_one() {
    assert_eq!(words("links /nosuch/directory").failed(), "kafkabox links: /nosuch/directory is not a directory\n");
    let text = words("links").failed();
    assert!(text.starts_with("kafkabox links: <DIR> is missing; "), "{text}");
}
