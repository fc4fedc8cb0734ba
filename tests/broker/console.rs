//! `console-producer` and `console-consumer`, with real pipes and signals.

use std::path::Path;
use std::time::Duration;

use super::{Bench, rows};
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, bash, command, kafkabox};
use crate::support::process::{Exit, Live};

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
fn records_are_sent_before_the_input_ends_and_a_signal_loses_none() {
    let Some(bench) = Bench::one() else { return };
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let topic = bench.client.topic(1);
        let mut producer = live(&bench, "console-producer", &format!("--topic {topic}"));
        producer.write("a\nb\n");
        bench.client.await_records(&topic, 2);
        producer.write("c\n");
        bench.client.await_records(&topic, 3);
        producer.signal(signal);
        let output = producer.end(LIMIT);
        assert_eq!((output.exit, output.out()), (Exit::Code(code), String::new()), "{output}");
        bench.client.await_records(&topic, 3);
    }
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

#[test]
fn records_that_cannot_be_delivered_are_counted() {
    let Some(bench) = Bench::one() else { return };
    let (missing, small) = (unique("nosuch"), unique("small"));
    let output = bench.feed("console-producer", &format!("--topic {missing}"), b"a\nb\n");
    let text = output.failed();
    let begin = format!("kafkabox console-producer: Topic {missing} not present in metadata after ");
    assert!(text.starts_with(&begin) && text.lines().count() == 1, "{text}");

    let limit = Config::from([("max.message.bytes".to_owned(), "1000".to_owned())]);
    let one = kafkabox::kafka::model::Layout::Counts { partitions: Some(1), replication_factor: None };
    bench.client.create(&small, one, &limit).unwrap();
    let output = bench.feed("console-producer", &format!("--topic {small}"), "x".repeat(3000).as_bytes());
    let text = output.failed();
    assert!(text.starts_with("kafkabox console-producer: sent 1 record, 0 acknowledged, 1 failed: line 1: "), "{text}");
    assert!(text.ends_with("(MESSAGE_TOO_LARGE)\n") && text.lines().count() == 1, "{text}");
    bench.client.await_records(&small, 0);
}

#[test]
fn a_record_without_a_key_on_a_compacted_topic_is_named_by_its_line() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("compacted");
    let one = kafkabox::kafka::model::Layout::Counts { partitions: Some(1), replication_factor: None };
    bench.client.create(&topic, one, &Config::from([("cleanup.policy".to_owned(), "compact".to_owned())])).unwrap();
    let line = format!("--topic {topic} --reader-property parse.key=true --reader-property ignore.error=true");
    let text = bench.feed("console-producer", &line, b"k\tv\nplain\n").failed();
    assert!(text.contains("line 2: Compacted topic cannot accept message without key in topic partition"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_second_signal_ends_a_tool_at_once() {
    // Nobody answers: what the tool has begun cannot be brought to an end.
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("second");
    bench.client.create(&topic, kafkabox::kafka::model::Layout::Assignment(vec![vec![2]]), &Config::new()).unwrap();
    let mut producer = live(&bench, "console-producer", &format!("--topic {topic}"));
    producer.write("first\n");
    bench.client.await_records(&topic, 1);
    let away = bench.cluster.away(2);
    producer.write("a\nb\n");
    producer.signal("TERM");
    std::thread::park_timeout(Duration::from_millis(300));
    producer.signal("TERM");
    let output = producer.end(Duration::from_secs(3));
    drop(away);
    assert_eq!(output.exit, Exit::Code(143), "{output}");
}

#[test]
fn a_broker_that_goes_and_comes_back_in_the_middle_of_a_stream() {
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("stream");
    let layout = kafkabox::kafka::model::Layout::Assignment(vec![vec![2, 3, 1]]);
    bench.client.create(&topic, layout, &Config::new()).unwrap();
    let mut producer = live(&bench, "console-producer", &format!("--topic {topic}"));
    let lines = |range: std::ops::Range<u32>| range.map(|number| number.to_string() + "\n").collect::<String>();
    producer.write(&lines(0..1000));
    bench.client.await_records(&topic, 1000);
    // The leader of the only partition.
    let away = bench.cluster.away(2);
    producer.write(&lines(1000..2000));
    drop(away);
    producer.write(&lines(2000..3000));
    producer.signal("TERM");
    let output = producer.end(LIMIT);
    // Lines that were not read yet are not sent; those that were are there once.
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    let text = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --timeout-ms 5000")).succeeded();
    let count = u32::try_from(text.lines().count()).unwrap();
    assert!(count >= 2000, "{count}");
    assert_eq!(text, lines(0..count));
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

#[test]
fn the_input_may_be_a_file_without_a_last_line_end() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let directory = tempfile::tempdir().unwrap();
    let file: &Path = &directory.path().join("input");
    std::fs::write(file, "one\ntwo").unwrap();
    let line = format!("$kafkabox console-producer --bootstrap-server {} --topic {topic} < {}", bench.servers, file.display());
    assert_eq!(bash(&line, LIMIT).succeeded(), "");
    bench.client.await_records(&topic, 2);
    let text = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --max-messages 2")).succeeded();
    assert_eq!(text, "one\ntwo\n");
}
