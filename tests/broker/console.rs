//! `console-producer` and `console-consumer`, with real pipes and signals.

use std::time::Duration;

use super::{Bench, rows};
use crate::support::client::unique;
use crate::support::kafkabox::{BINARY, LIMIT, bash, command, kafkabox};
use crate::support::process::Live;

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
fn the_environment_leaves_records_as_they_are() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let server = format!("--bootstrap-server {} --topic {topic}", bench.servers);
    let produce = bash(&format!("echo a | KAFKABOX_OUTPUT=json $kafkabox console-producer {server}"), LIMIT);
    assert_eq!((produce.succeeded(), produce.err()), (String::new(), String::new()));
    let consume = bash(&format!("KAFKABOX_OUTPUT=json $kafkabox console-consumer {server} --from-beginning --max-messages 1"), LIMIT);
    assert_eq!(consume.succeeded(), "a\n");
}

/// They are data also where they go to the log.
#[test]
fn records_on_stderr_are_no_secrets() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    assert_eq!(bench.feed("console-producer", &format!("--topic {topic}"), b"pssst-9f3a\n").succeeded(), "");
    let formatter = "--formatter org.apache.kafka.tools.consumer.LoggingMessageFormatter --command-property ssl.key.password=pssst-9f3a";
    let output = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --max-messages 1 {formatter}"));
    output.succeeded();
    assert!(output.err().contains("value:pssst-9f3a"), "{output}");
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
