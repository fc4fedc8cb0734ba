//! `console-producer` and `console-consumer`, with real pipes and signals.

use std::fs::File;
use std::time::Duration;

use super::{Bench, rows};
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, bash, command, kafkabox};
use crate::support::process::{Exit, Live, run_into};

/// The job that all of this is about: a hundred thousand lines in, the same lines out, and the group at its end.
/// `program` gives what is called for a tool.
fn main_job(bench: &Bench, program: impl Fn(&str) -> String) {
    let (topic, group, server) = (unique("job"), unique("job-group"), format!("--bootstrap-server {}", bench.servers));
    let call = |tool: &str, line: &str| bash(&format!("{} {server} {line}", program(tool)), Duration::from_secs(180));

    let text = call("topics", &format!("--create --topic {topic} --partitions 3")).succeeded();
    assert_eq!(text, format!("Created topic {topic}.\n"));
    bench.client.settle().unwrap();
    let text = call("configs", &format!("--alter --topic {topic} --add-config retention.ms=86400000")).succeeded();
    assert_eq!(text, format!("Completed updating config for topic {topic}.\n"));

    let produce = bash(&format!("seq 1 100000 | {} {server} --topic {topic}", program("console-producer")), Duration::from_secs(180));
    assert_eq!((produce.succeeded(), produce.err()), (String::new(), String::new()));
    bench.client.await_records(&topic, 100_000);

    let consume = bash(
        &format!(
            "{} {server} --topic {topic} --from-beginning --group {group} --max-messages 100000 | sort -n | cmp - <(seq 1 100000)",
            program("console-consumer")
        ),
        Duration::from_secs(180),
    );
    consume.succeeded();
    assert!(consume.err().contains("Processed a total of 100000 messages"), "{consume}");

    let describe = format!("--describe --group {group}");
    let (ours, java) = (call("consumer-groups", &describe), bench.java("consumer-groups", &describe));
    assert_eq!(ours.succeeded(), java.succeeded());
    let lags: Vec<String> =
        rows(&call("consumer-groups", &format!("{describe} --output json"))).iter().map(|row| row["lag"].to_string()).collect();
    assert_eq!(lags, ["0", "0", "0"]);
    bench.client.settle().unwrap();
    assert!(call("configs", &format!("--describe --topic {topic}")).succeeded().contains("  retention.ms=86400000 sensitive=false"));
}

#[test]
fn the_main_job() {
    let Some(bench) = Bench::one() else { return };
    main_job(&bench, |tool| format!("{BINARY} {tool}"));
}

#[test]
fn the_main_job_through_links() {
    let Some(bench) = Bench::one() else { return };
    let directory = tempfile::tempdir().unwrap();
    kafkabox(&["links".as_ref(), directory.path()]).succeeded();
    main_job(&bench, |tool| directory.path().join(format!("kafka-{tool}.sh")).display().to_string());
}

pub(super) fn live(bench: &Bench, tool: &str, line: &str) -> Live {
    Live::start(command(BINARY).args([tool, "--bootstrap-server", &bench.servers]).args(line.split_whitespace()))
}

#[test]
fn a_consumer_that_is_interrupted_commits_what_it_has_printed() {
    let Some(bench) = Bench::one() else { return };
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (topic, group) = (bench.client.topic(1), unique("interrupted"));
        bench.client.produce(&topic, &["a", "b", "c"].map(Record::value), &Config::new(), None).unwrap();
        let mut consumer = live(&bench, "console-consumer", &format!("--topic {topic} --from-beginning --group {group}"));
        assert_eq!(consumer.lines(3, LIMIT), "a\nb\nc\n");
        consumer.signal(signal);
        let output = consumer.end(LIMIT);
        assert_eq!((output.exit, output.out()), (Exit::Code(code), "a\nb\nc\n".to_owned()), "{output}");
        assert!(output.err().contains("Processed a total of 3 messages"), "{output}");
        let described = rows(&bench.call("consumer-groups", &format!("--describe --group {group} --output json")));
        assert_eq!(described[0]["current_offset"], 3, "{described:?}");
    }
}

#[test]
fn lines_come_out_as_records_arrive() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let mut consumer = live(&bench, "console-consumer", &format!("--topic {topic} --from-beginning --max-messages 2"));
    for (count, line) in [(1, "first"), (2, "second")] {
        bench.client.produce(&topic, &[Record::value(line)], &Config::new(), None).unwrap();
        assert!(consumer.lines(count, LIMIT).ends_with(&format!("{line}\n")));
    }
    assert_eq!(consumer.end(LIMIT).succeeded(), "first\nsecond\n");
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_consumer() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &vec![Record::value("x".repeat(100)); 2000], &Config::new(), None).unwrap();
    let line = format!("$kafkabox console-consumer --bootstrap-server {} --topic {topic} --from-beginning | head -n 1", bench.servers);
    let output = bash(&line, LIMIT);
    assert_eq!(output.succeeded(), "x".repeat(100) + "\n");
}

#[test]
fn a_full_disk_ends_the_consumer() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &[Record::value("a")], &Config::new(), None).unwrap();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let words = ["console-consumer", "--bootstrap-server", &bench.servers, "--topic", &topic, "--from-beginning", "--max-messages", "1"];
    let text = run_into(full, command(BINARY).args(words), b"", LIMIT).failed();
    assert!(text.contains("cannot write the output: No space left on device"), "{text}");
}

#[test]
fn keys_headers_and_nulls_make_the_round_trip() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let properties = "--reader-property parse.key=true --reader-property parse.headers=true --reader-property null.marker=NULL";
    let input = b"h1:v1,h2:\xc3\xbc\tkey\tvalue\nNULL\tNULL\tNULL\nh:NULL\t\t\n";
    assert_eq!(bench.feed("console-producer", &format!("--topic {topic} {properties}"), input).succeeded(), "");
    bench.client.await_records(&topic, 3);
    let print = ["print.headers", "print.key", "print.partition", "print.offset"].map(|name| format!("--formatter-property {name}=true"));
    let read = format!("--topic {topic} --from-beginning --max-messages 3 --timeout-ms 20000 {}", print.join(" "));
    let text = bench.as_java("console-consumer", &read);
    assert_eq!(
        text,
        "Partition:0\tOffset:0\th1:v1,h2:ü\tkey\tvalue\n\
         Partition:0\tOffset:1\tNO_HEADERS\tnull\tnull\n\
         Partition:0\tOffset:2\th:null\t\t\n"
    );
}

/// What a group has committed for the one partition of a topic.
fn committed(bench: &Bench, group: &str, topic: &str) -> Option<i64> {
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --output json"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&output.out()).unwrap_or_default();
    rows.iter().find(|row| row["topic"] == topic).and_then(|row| row["current_offset"].as_i64())
}

#[test]
fn a_group_commits_only_what_was_read_out() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &vec![Record::value("x".repeat(100)); 20_000], &Config::new(), None).unwrap();
    let call = |group: &str, more: &str| {
        let line = format!("--bootstrap-server {} --topic {topic} --from-beginning --group {group} {more}", bench.servers);
        bash(&format!("$kafkabox console-consumer {line}"), LIMIT)
    };
    let (some, head, full) = (unique("some"), unique("head"), unique("full"));

    assert_eq!(call(&some, "--max-messages 1234").succeeded().lines().count(), 1234);
    assert_eq!(committed(&bench, &some, &topic), Some(1234));

    assert_eq!(call(&head, "| head -n 1").succeeded().lines().count(), 1);
    // A pipe of Linux holds 64 KiB and a writer's buffer little more: most of the two megabytes was never taken.
    let offset = committed(&bench, &head, &topic).unwrap_or_default();
    assert!(offset < 5000, "{offset}");

    assert!(call(&full, "--max-messages 1000 > /dev/full").failed().contains("cannot write the output"));
    assert_eq!(committed(&bench, &full, &topic), None);
}

#[test]
fn nothing_to_read_is_no_failure() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let output = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --timeout-ms 1000"));
    assert_eq!(output.succeeded(), "");
    assert!(output.err().contains("Processed a total of 0 messages"), "{output}");
    assert_eq!(bench.feed("console-producer", &format!("--topic {topic}"), b"").succeeded(), "");
    bench.client.await_records(&topic, 0);
}
