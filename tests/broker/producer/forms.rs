//! The forms of input and output that the Java tool does not have.

use std::fs;

use super::super::Bench;
use super::numbers;
use crate::support::kafkabox::{LIMIT, bash};

#[test]
fn envelopes_become_the_records_that_they_tell_of() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(3);
    let input = concat!(
        r#"{"topic":"other","partition":2,"offset":77,"timestamp":1500000000000,"timestamp_type":"CreateTime","#,
        r#""headers":[{"key":"h","value":"1"},{"key":"h","value":null},{"key":"g","value":""}],"key":"k","value":"a\tb\nc\u0000"}"#,
        "\n\n",
        r#"{"partition":2,"timestamp":1500000000001,"key":"","value":null}"#,
        "\r\n",
        r#" { "value" : {"base64":"/w=="} , "key" : null, "partition":2, "timestamp":1500000000002 } "#,
    );
    assert_eq!(bench.produce(&topic, "--input jsonl", input).succeeded(), "");
    let properties = ["print.timestamp=true", "print.headers=true", "print.key=true", "null.literal=~", "line.separator=|"];
    let read = bench.records(&topic, 2, 3, &properties);
    assert_eq!(
        read,
        "CreateTime:1500000000000\th:1,h:~,g:\tk\ta\tb\nc\0|CreateTime:1500000000001\tNO_HEADERS\t\t~|\
         CreateTime:1500000000002\tNO_HEADERS\t~\t\u{fffd}|"
    );
    // Without a partition the key decides, as in Java.
    assert_eq!(bench.produce(&topic, "--input jsonl", r#"{"key":"a","value":"by key"}"#).succeeded(), "");
    let by_key = kafkabox::java::murmur2::partition_for_key(b"a", 3);
    assert!(bench.records(&topic, by_key, if by_key == 2 { 4 } else { 1 }, &[]).ends_with("by key\n"));
}

#[test]
fn envelopes_that_cannot_be_sent_are_named_by_their_lines() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let told = |input: &str| bench.produce(&topic, "--input jsonl", input).failed();
    let torn = told("{\"value\":\"a\"}\n{\n\"value\":\"b\"}\n");
    assert!(torn.contains("line 2: EOF while parsing an object (column 1): the whole object has to be on one line"), "{torn}");
    assert!(torn.contains("sent 1 record, 1 acknowledged, 0 failed"), "{torn}");
    let strayed = told("{\"value\":\"a\",\"partition\":5}\n");
    assert!(strayed.contains("line 1: Partition 5 of topic") && strayed.contains("with partition count 1"), "{strayed}");
    assert!(told("{\"value\":\"a\",\"timestamp\":0}").contains("line 1: the timestamp 0 cannot be sent"));
    let mixed = told("{\"value\":\"a\",\"key\":7}");
    assert!(mixed.contains("line 1: invalid type: integer `7`, expected a string, null, or {\"base64\":\"...\"}"), "{mixed}");
    bench.client.await_records(&topic, 1);
}

#[test]
fn a_row_for_each_record() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(2);
    let text = bench.produce(&topic, "--output json", numbers(0..1000)).succeeded();
    let rows: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.iter().all(|row| row["topic"] == topic.as_str() && row["timestamp"].as_i64().unwrap() > 1_600_000_000_000));
    let mut lines: Vec<i64> = rows.iter().map(|row| row["line"].as_i64().unwrap()).collect();
    lines.sort_unstable();
    assert!(lines.into_iter().eq(1..=1000));
    for partition in [0, 1] {
        let own: Vec<&serde_json::Value> = rows.iter().filter(|row| row["partition"] == partition).collect();
        let offsets: Vec<i64> = own.iter().map(|row| row["offset"].as_i64().unwrap()).collect();
        assert!(offsets.iter().copied().eq(0..i64::try_from(own.len()).unwrap()), "{offsets:?}");
        if !own.is_empty() {
            let values = bench.records(&topic, partition, own.len(), &[]);
            assert!(values.lines().zip(&own).all(|(value, row)| row["line"] == value.parse::<i64>().unwrap() + 1));
        }
    }
    let text = bench.produce(&topic, "--output tsv --request-required-acks 0", "x\n").succeeded();
    let fields: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(fields[0], ["topic", "partition", "offset", "timestamp", "line"]);
    assert_eq!((fields[1][0], fields[1][2], fields[1][4]), (topic.as_str(), "", "1"));
    assert_eq!(fields.len(), 2);
    // What Java says on stdout about old options is no row.
    let output = bench.produce(&topic, "--output json --producer-property acks=all", "x\n");
    assert!(output.succeeded().starts_with('{') && output.err().contains("--producer-property is deprecated"), "{output}");
}

#[test]
fn a_file_as_input() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let file = directory.path().join("input");
    fs::write(&file, "one\ntwo").unwrap();
    let output = bench.produce(&topic, &format!("--input-file {}", file.display()), "not this\n");
    assert_eq!((output.succeeded(), output.err()), (String::new(), String::new()));
    let line = format!("$kafkabox console-producer --bootstrap-server {} --topic {topic} < {}", bench.servers, file.display());
    assert_eq!(bash(&line, LIMIT).succeeded(), "");
    assert_eq!(bench.records(&topic, 0, 4, &[]), "one\ntwo\none\ntwo\n");
}

#[test]
fn a_person_sees_how_much_of_a_file_has_been_sent() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let file = directory.path().join("input");
    fs::write(&file, ("x".repeat(99) + "\n").repeat(30_000)).unwrap();
    // So little room, and so long a wait for more, that it takes longer than what is not worth a bar.
    let slow = "--max-memory-bytes 1000000 --timeout 100";
    let line = format!(
        "script -qec \"$kafkabox console-producer --bootstrap-server {} --topic {topic} --input-file {} {slow}\" /dev/null < /dev/null",
        bench.servers,
        file.display()
    );
    let text = bash(&line, LIMIT).succeeded();
    let parts = ["producing [", "MiB/2.86 MiB", "iB/s", " records/s ", "s left"];
    assert!(parts.iter().all(|part| text.contains(part)), "{text}");
    bench.client.await_records(&topic, 30_000);
}

#[test]
fn what_was_rejected_can_be_fed_again() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.topic_with("max.message.bytes", "2000"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    // Every seventh line is too large, and every eleventh has no key.
    let line = |number: u32| match number {
        number if number % 7 == 0 => format!("{number}\t{}\n", "x".repeat(2500)),
        number if number % 11 == 0 => format!("{number}\r\n"),
        number => format!("{number}\tvalue\n"),
    };
    let input: String = (1..=5000).map(line).collect();
    let keyed = "--reader-property parse.key=true";
    let told = bench.produce(&topic, &format!("{keyed} --reject-file {}", rejects.display()), &input).failed();
    let expected: String = (1..=5000).filter(|number| number % 7 == 0 || number % 11 == 0).map(line).collect();
    assert_eq!(fs::read_to_string(&rejects).unwrap(), expected, "{told}");
    let again = bench.client.topic(1);
    let more = "--reader-property ignore.error=true --command-property max.request.size=5000 --input-file";
    bench.produce(&again, &format!("{keyed} {more} {}", rejects.display()), "").succeeded();
    let count = |topic: &str, count| bench.client.await_records(topic, count);
    let lines = i64::try_from(expected.lines().count()).unwrap();
    count(&again, lines);
    count(&topic, 5000 - lines);
}

#[test]
fn a_person_gets_a_prompt() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    // The system's `script` gives a program a terminal.
    let line = format!(
        "printf 'one\ntwo\n' | script -qec \"$kafkabox console-producer --bootstrap-server {} --topic {topic}\" /dev/null",
        bench.servers
    );
    let output = bash(&line, LIMIT);
    let text = output.succeeded();
    assert_eq!(text.matches('>').count(), 3, "{output}");
    bench.client.await_records(&topic, 2);
    let piped = bench.produce(&topic, "", "three\n");
    assert_eq!(piped.succeeded(), "");
}
