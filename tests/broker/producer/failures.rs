//! What is wrong with records, topics and files: each is told with its line, and what is right goes through.

use std::fs::{self, File};
use std::os::fd::OwnedFd;

use super::super::Bench;
use super::{SOON, text};
use crate::support::client::unique;
use crate::support::kafkabox::{BINARY, LIMIT, bash, command};
use crate::support::process::run_into;

/// What stderr begins with.
const NAME: &str = "kafkabox console-producer: ";

#[test]
fn a_topic_that_is_not_there() {
    let Some(bench) = Bench::one() else { return };
    let (missing, directory) = (unique("nosuch"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let output = bench.produce(&missing, &format!("--reject-file {}", rejects.display()), "a\nb\n");
    let told = output.failed();
    assert!(told.starts_with(&format!("{NAME}line 1: Topic {missing} not present in metadata after ")), "{told}");
    let kept = format!("; 2 more lines had been read and were not sent; 2 lines are in {}; check --topic", rejects.display());
    assert!(told.contains(&kept) && told.lines().count() == 1, "{told}");
    assert!(output.took < SOON, "{output}");
    assert_eq!(text(&rejects), "a\nb\n");
    let output = bench.produce(&missing, "--max-block-ms 0", "a\n");
    assert!(output.failed().contains("not present in metadata after 500 ms") && output.took < SOON, "{output}");
    // Java finds nothing wrong when there is nothing to send.
    assert_eq!(bench.produce(&missing, "--max-block-ms 0", "").succeeded(), "");
}

#[test]
fn a_topic_that_cannot_be() {
    let Some(bench) = Bench::one() else { return };
    for name in ["bad!", "..", &"x".repeat(250)] {
        let directory = tempfile::tempdir().unwrap();
        let rejects = directory.path().join("rejects");
        let output = bench.produce(name, &format!("--reject-file {}", rejects.display()), "a\nb");
        let told = output.failed();
        assert!(told.starts_with(&format!("{NAME}line 1: topic '{name}': ")) && told.contains("INVALID_TOPIC_EXCEPTION"), "{told}");
        assert!(told.lines().count() == 1 && output.took < SOON, "{output}");
        assert_eq!(text(&rejects), "a\nb");
    }
}

#[test]
fn a_record_too_large_for_the_client() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    // One that fits into memory at once, and one that is never kept as a whole.
    let (large, huge) = ("x".repeat(1_100_000), "y".repeat(5_000_000));
    let line = format!("--reject-file {} --output tsv", rejects.display());
    let output = bench.produce(&topic, &line, format!("a\n{large}\r\nb\n{huge}\nc\n"));
    let told = output.failed();
    let reason = "The message is 1100088 bytes when serialized which is larger than 1048576, which is the value of the max.request.size";
    assert!(told.contains(&format!("{NAME}line 2: {reason}")), "{told}");
    assert!(told.contains("line 4: The message of 5000000 bytes is larger than 1048576"), "{told}");
    assert!(told.contains("sent 5 records, 3 acknowledged, 2 failed: line 2: "), "{told}");
    assert!(told.ends_with(&format!("; 2 lines are in {}\n", rejects.display())), "{told}");
    assert_eq!(text(&rejects), format!("{large}\r\n{huge}\n"));
    assert_eq!(bench.records(&topic, 0, 3, &[]), "a\nb\nc\n");
    let lines: Vec<String> = output.out().lines().map(|row| row.rsplit('\t').next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["line", "1", "3", "5"]);
}

#[test]
fn a_line_that_is_larger_than_all_that_is_kept_at_a_time() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.topic_with("max.message.bytes", "100000000"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let room = "--command-property max.request.size=50000000 --command-property buffer.memory=60000000";
    let large = "x".repeat(30_000_000);
    bench.produce(&topic, &format!("{room} --reject-file {}", rejects.display()), format!("a\n{large}\nb\n")).succeeded();
    bench.client.await_records(&topic, 3);
    assert!(!rejects.exists());
}

#[test]
fn a_record_too_large_for_the_topic_alone_fails() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.topic_with("max.message.bytes", "1000"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let large = "x".repeat(3000);
    let output = bench.produce(&topic, &format!("--reject-file {}", rejects.display()), format!("a\n{large}\nb\n"));
    let told = output.failed();
    assert!(told.contains("sent 3 records, 2 acknowledged, 1 failed: line 2: ") && told.contains("(MESSAGE_TOO_LARGE)"), "{told}");
    assert_eq!(text(&rejects), format!("{large}\n"));
    bench.client.await_records(&topic, 2);
    // What is compressed may be small enough, and only the broker can tell.
    bench.produce(&topic, "--compression-codec zstd", format!("{large}\n")).succeeded();
    let noise: String = (0..3000_u32)
        .flat_map(|number| openssl::sha::sha256(&number.to_be_bytes())[..1].to_vec())
        .map(|byte| char::from(b'!' + byte % 64))
        .collect();
    let told = bench.produce(&topic, "--compression-codec gzip", format!("a\n{noise}\nb\n")).failed();
    assert!(told.contains("line 2: ") && told.contains("(MESSAGE_TOO_LARGE)"), "{told}");
}

#[test]
fn a_record_without_a_key_on_a_compacted_topic() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.topic_with("cleanup.policy", "compact"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let properties = "--reader-property parse.key=true --reader-property ignore.error=true";
    let told = bench.produce(&topic, &format!("{properties} --reject-file {}", rejects.display()), "k\tv\nplain\nl\tw\n").failed();
    assert!(told.contains("sent 3 records, 2 acknowledged, 1 failed: line 2: "), "{told}");
    assert!(told.contains("line 2: Compacted topic cannot accept message without key in topic partition"), "{told}");
    assert_eq!(text(&rejects), "plain\n");
    assert_eq!(bench.records(&topic, 0, 2, &["print.key=true"]), "k\tv\nl\tw\n");
}

#[test]
fn a_record_with_a_timestamp_that_the_topic_does_not_take() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.topic_with("message.timestamp.before.max.ms", "1000000000000"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let (late, early) = (r#"{"value":"b","timestamp":9223372036854775807}"#, r#"{"value":"d","timestamp":1}"#);
    let input = format!("{{\"value\":\"a\"}}\n{late}\n{{\"value\":\"c\",\"timestamp\":1600000000000}}\n{early}\n");
    let told = bench.produce(&topic, &format!("--input jsonl --reject-file {}", rejects.display()), input).failed();
    let reason = "line 2 and 1 more: The timestamp of the message is out of acceptable range. (INVALID_TIMESTAMP)";
    assert!(told.contains(&format!("sent 4 records, 2 acknowledged, 2 failed: {reason}")), "{told}");
    assert_eq!(text(&rejects), format!("{late}\n{early}\n"));
    assert_eq!(bench.records(&topic, 0, 2, &[]), "a\nc\n");
}

#[test]
fn lines_that_are_no_records() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let (keyed, input) = ("--reader-property parse.key=true", b"a\t1\nbad\r\nb\t2\n\nc\t3\n\xff\xfe".as_slice());
    // Java's way: the first one ends it, and what comes before is sent.
    let told = bench.produce(&topic, keyed, input).failed();
    assert!(told.starts_with(&format!("{NAME}No key separator found on line number 2: 'bad'; sent 1 record, 1 acknowledged")), "{told}");
    bench.client.await_records(&topic, 1);

    let rejects = directory.path().join("rejects");
    fs::write(&rejects, "from before").unwrap();
    let told = bench.produce(&topic, &format!("{keyed} --reject-file {}", rejects.display()), input).failed();
    let summary =
        "sent 3 records, 3 acknowledged, 0 failed, 3 lines that are no records: line 2 and 2 more: No key separator found; 3 lines are in ";
    assert!(told.contains(summary), "{told}");
    assert_eq!(fs::read(&rejects).unwrap(), b"from before\nbad\r\n\n\xff\xfe");
    bench.client.await_records(&topic, 4);
}

#[test]
fn rejects_without_a_place() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let keyed = "--reader-property parse.key=true --reject-file";
    let told = bench.produce(&topic, &format!("{keyed} /dev/full"), "a\t1\nbad\nb\t2\n").failed();
    assert!(told.contains("cannot write /dev/full") && told.contains("No space left on device"), "{told}");
    assert!(told.contains("acknowledged, 0 failed, 1 line that is no record: line 2: No key separator found"), "{told}");

    let told = bench.produce(&topic, &format!("{keyed} /nosuch/rejects"), "a\t1\n").failed();
    assert_eq!(told, format!("{NAME}--reject-file /nosuch/rejects: No such file or directory\n"));

    let file = directory.path().join("input");
    fs::write(&file, "bad\n").unwrap();
    let told = bench.produce(&topic, &format!("{keyed} {0} --input-file {0}", file.display()), "").failed();
    assert!(told.contains("this is the file that is read"), "{told}");
    assert_eq!(text(&file), "bad\n");
}

#[test]
fn inputs_that_cannot_be_read() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let told = |line: &str| {
        bash(&format!("$kafkabox console-producer --bootstrap-server {} --topic {topic} {line}", bench.servers), LIMIT).failed()
    };
    assert_eq!(told("< /tmp"), format!("{NAME}cannot read the input: Is a directory\n"));
    assert_eq!(told("0> /dev/null"), format!("{NAME}cannot read the input: Bad file descriptor\n"));
    assert_eq!(told("--input-file /tmp"), format!("{NAME}cannot read /tmp: Is a directory\n"));
    assert_eq!(told("--input-file /nosuch"), format!("{NAME}cannot read /nosuch: No such file or directory\n"));
    bench.client.await_records(&topic, 0);
}

#[test]
fn rows_that_cannot_be_written() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let full: OwnedFd = File::options().write(true).open("/dev/full").unwrap().into();
    let words = ["console-producer", "--bootstrap-server", &bench.servers, "--topic", &topic, "--output", "json"];
    let told = run_into(full, command(BINARY).args(words), b"a\n", LIMIT).failed();
    assert!(told.contains("cannot write the output: No space left on device; sent 1 record, 1 acknowledged, 0 failed"), "{told}");
    // Nobody wants rows: that is no reason not to send the records.
    let line =
        format!("seq 1 20000 | $kafkabox console-producer --bootstrap-server {} --topic {topic} --output json | true", bench.servers);
    bash(&line, LIMIT).succeeded();
    bench.client.await_records(&topic, 20_001);
}

#[test]
fn the_first_record_that_is_not_acknowledged_ends_a_synchronous_run() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.topic_with("max.message.bytes", "1000"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let large = "x".repeat(3000);
    let output = bench.produce(&topic, &format!("--sync --reject-file {}", rejects.display()), format!("a\n{large}\nb\nc"));
    let told = output.failed();
    assert!(told.starts_with(&format!("{NAME}line 2: ")) && told.contains("(MESSAGE_TOO_LARGE)"), "{told}");
    assert!(told.contains("sent 2 records, 1 acknowledged, 1 failed; 2 more lines had been read and were not sent"), "{told}");
    assert_eq!(text(&rejects), format!("{large}\nb\nc"));
    bench.client.await_records(&topic, 1);
}
