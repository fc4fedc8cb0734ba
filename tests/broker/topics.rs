//! `topics`.

use serde_json::json;

use super::{Bench, rows};
use crate::support::client::unique;

#[test]
fn a_topic_from_its_creation_to_its_deletion() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("life");
    let create = format!("--create --topic {topic} --partitions 2 --config retention.ms=1000 --config cleanup.policy=compact,delete");
    assert_eq!(bench.call("topics", &create).succeeded(), format!("Created topic {topic}.\n"));
    assert_eq!(bench.call("topics", &format!("--list --topic {topic}")).succeeded(), format!("{topic}\n"));

    let text = bench.as_java("topics", &format!("--describe --topic {topic}"));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].starts_with(&format!("Topic: {topic}\tTopicId: ")), "{text}");
    assert!(lines[0].contains("\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: "), "{text}");
    assert_eq!(lines[1], format!("\tTopic: {topic}\tPartition: 0\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: "));

    assert_eq!(bench.call("topics", &format!("--alter --topic {topic} --partitions 5")).succeeded(), "");
    let described = rows(&bench.call("topics", &format!("--describe --topic {topic} --output json")));
    assert_eq!(described.iter().map(|row| row["partition"].clone()).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);

    assert_eq!(bench.call("topics", &format!("--delete --topic {topic}")).succeeded(), "");
    assert_eq!(bench.call("topics", &format!("--list --topic {topic}")).succeeded(), "\n");
}

#[test]
fn what_the_broker_refuses_is_told_on_both_streams() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(3);
    let cases = [
        (format!("--create --topic {topic}"), format!("Topic '{topic}' already exists.")),
        (format!("--alter --topic {topic} --partitions 3"), "Topic already has 3 partition(s).".to_owned()),
        (
            format!("--alter --topic {topic} --partitions 2"),
            format!("The topic {topic} currently has 3 partition(s); 2 would not be an increase."),
        ),
        (format!("--describe --topic {topic}-x"), format!("Topic '{topic}-x' does not exist as expected")),
        (format!("--delete --topic {topic}-x"), format!("Topic '{topic}-x' does not exist as expected")),
        (format!("--create --topic {topic}-x --config nosuch=1"), "Unknown topic config name: nosuch".to_owned()),
        (
            format!("--create --topic {topic}-x --replication-factor 2"),
            "Unable to replicate the partition 2 time(s): The target replication factor of 2 cannot be reached because only 1 \
             broker(s) are registered or some brokers have all their log directories cordoned."
                .to_owned(),
        ),
    ];
    for (line, message) in cases {
        let output = bench.call("topics", &line);
        assert_eq!(output.out(), format!("Error while executing topic command : {message}\n"), "{line}");
        let text = output.failed();
        assert!(text.starts_with(&format!("kafkabox topics: {message}")), "{line}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        // In the formats for scripts no sentence stands among the data.
        let output = bench.call("topics", &format!("{line} --output json"));
        output.failed();
        assert!(!output.out().contains("Error while executing"), "{output}");
    }
}

#[test]
fn one_failure_among_many_does_not_hide_the_rest() {
    let Some(bench) = Bench::one() else { return };
    let (small, big) = (bench.client.topic(1), bench.client.topic(4));
    let output = bench.call("topics", &format!("--alter --topic {small}|{big} --partitions 3 --output json"));
    output.failed();
    let outcomes: Vec<serde_json::Value> = serde_json::from_str(&output.out()).unwrap();
    assert_eq!(outcomes[0], json!({"topic": small, "outcome": "altered", "error": null}));
    assert_eq!(outcomes[1]["outcome"], "failed");
    let described = rows(&bench.call("topics", &format!("--describe --topic {small} --output json")));
    assert_eq!(described.len(), 3);
}

#[test]
fn formats_for_scripts() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let list = |format: &str| bench.call("topics", &format!("--list --topic {topic} --output {format}")).succeeded();
    assert_eq!(list("text"), format!("{topic}\n"));
    assert_eq!(list("json"), format!("[\n  {{\"topic\":\"{topic}\"}}\n]\n"));
    assert_eq!(list("tsv"), format!("topic\n{topic}\n"));
    assert_eq!(bench.call("topics", &format!("--list --topic {topic}-x --output json")).succeeded(), "[]\n");
    assert_eq!(bench.call("topics", &format!("--list --topic {topic}-x --output tsv")).succeeded(), "topic\n");

    let described = rows(&bench.call("topics", &format!("--describe --topic {topic} --output json")));
    let row = &described[0];
    assert_eq!(row["topic"], json!(topic));
    assert_eq!((&row["leader"], &row["replicas"], &row["elr"]), (&json!(1), &json!([1]), &json!([])));
    assert_eq!(row["under_replicated"], json!(false));
    let tsv = bench.call("topics", &format!("--describe --topic {topic} --output tsv")).succeeded();
    let (header, line) = tsv.trim_end().split_once('\n').unwrap();
    let cell = |name| line.split('\t').nth(header.split('\t').position(|column| column == name).unwrap()).unwrap();
    assert_eq!((cell("topic"), cell("partition"), cell("leader"), cell("elr")), (topic.as_str(), "0", "1", ""));
}

#[test]
fn a_topic_is_found_by_its_id() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let described = rows(&bench.call("topics", &format!("--describe --topic {topic} --output json")));
    let id = described[0]["topic_id"].as_str().unwrap();
    let text = bench.as_java("topics", &format!("--describe --topic-id {id}"));
    assert!(text.starts_with(&format!("Topic: {topic}\tTopicId: {id}\t")), "{text}");
}
