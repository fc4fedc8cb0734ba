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
    assert_eq!(outcomes[0], json!({"topic": small, "outcome": "altered", "partitions": 3, "replication_factor": null, "error": null}));
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

#[test]
fn a_dry_run_changes_nothing() {
    let Some(bench) = Bench::one() else { return };
    let (topic, other) = (bench.client.topic(2), unique("dry"));
    let call = |line: &str| bench.call("topics", &format!("{line} --dry-run"));
    assert_eq!(
        call(&format!("--create --topic {other} --partitions 3 --config retention.ms=5")).succeeded(),
        format!("Would create topic {other} with PartitionCount: 3 and ReplicationFactor: 1.\n")
    );
    assert_eq!(call(&format!("--create --topic {topic} --if-not-exists")).succeeded(), format!("Would leave topic {topic} as it is.\n"));
    assert_eq!(
        call(&format!("--alter --topic {topic} --partitions 4")).succeeded(),
        format!("Would grow topic {topic} to PartitionCount: 4.\n")
    );
    assert_eq!(
        call(&format!("--alter --topic {topic} --partitions 3 --replica-assignment 1,1,1")).succeeded(),
        format!("Would grow topic {topic} to PartitionCount: 3.\n")
    );
    assert_eq!(call(&format!("--delete --topic {topic}.*")).succeeded(), format!("Would delete topic {topic}.\n"));

    // The broker refuses what it would refuse.
    for (line, message) in [
        (format!("--create --topic {topic}"), format!("Topic '{topic}' already exists.")),
        (format!("--create --topic {other} --replica-assignment 9"), "9".to_owned()),
        (format!("--create --topic {other} --config remote.storage.enable=true"), "Tiered Storage".to_owned()),
        (format!("--alter --topic {topic} --partitions 2"), "Topic already has 2 partition(s).".to_owned()),
        (format!("--alter --topic {other} --partitions 2"), format!("Topic '{other}' does not exist as expected")),
        (format!("--delete --topic {other}"), format!("Topic '{other}' does not exist as expected")),
    ] {
        let output = call(&line);
        assert!(output.out().starts_with("Error while executing topic command : ") && output.out().contains(&message), "{output}");
        output.failed();
    }

    // In every form, and still nothing has changed.
    assert_eq!(
        call(&format!("--create --topic {other} --output json")).succeeded(),
        format!(
            "[\n  {{\"topic\":\"{other}\",\"outcome\":\"would_create\",\"partitions\":1,\"replication_factor\":1,\"error\":null}}\n]\n"
        )
    );
    assert_eq!(
        call(&format!("--delete --topic {topic} --output tsv")).succeeded(),
        format!("topic\toutcome\tpartitions\treplication_factor\terror\n{topic}\twould_delete\t\t\t\n")
    );
    assert!(call(&format!("--alter --topic {topic} --partitions 3 --output table")).succeeded().contains("would_alter"));
    assert_eq!(bench.call("topics", &format!("--list --topic {topic}|{other}")).succeeded(), format!("{topic}\n"));
    assert_eq!(rows(&bench.call("topics", &format!("--describe --topic {topic} --output json"))).len(), 2);
}

#[test]
fn what_no_broker_need_refuse_has_its_row_too() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("refused");
    for (line, message) in [
        ("--partitions 0", "The partitions must be greater than 0"),
        ("--replica-assignment 1:1", "Partition replica lists may not contain duplicate entries: 1"),
        ("--config nosuch=1", "Unknown topic config name: nosuch"),
    ] {
        for line in [format!("{line} --dry-run"), line.to_owned()] {
            let output = bench.call("topics", &format!("--create --topic {topic} {line} --output json"));
            let expected = json!([{"topic": topic, "outcome": "failed", "partitions": null, "replication_factor": null, "error": message}]);
            assert_eq!(serde_json::from_str::<serde_json::Value>(&output.out()).unwrap(), expected, "{line}");
            assert_eq!(output.failed(), format!("kafkabox topics: {message}\n"));
        }
    }
}

#[test]
fn a_dry_run_is_for_changes() {
    let Some(bench) = Bench::one() else { return };
    for action in ["--list", "--describe"] {
        let text = bench.call("topics", &format!("{action} --dry-run")).failed();
        let option = action.trim_start_matches('-');
        assert!(text.contains(&format!("Option \"[dry-run]\" can't be used with option \"[{option}]\"")), "{text}");
    }
}

#[test]
fn scripts_are_told_in_their_form_that_there_is_nothing() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("nothing");
    for line in [
        format!("--describe --topic {topic}"),
        format!("--describe --topic {topic}.*"),
        "--describe --topic-id bm9zdWNodG9waWNpZDAwMA".to_owned(),
        format!("--alter --topic {topic} --partitions 2"),
        format!("--delete --topic {topic}"),
    ] {
        let output = bench.call("topics", &format!("{line} --output json"));
        assert_eq!(output.out(), "[]\n", "{line}");
        assert!(output.failed().contains("does not exist as expected"), "{output}");
        let output = bench.call("topics", &format!("{line} --output tsv"));
        assert_eq!(output.out().lines().count(), 1, "{output}");
        assert!(output.out().starts_with("topic\t"), "{output}");
        output.failed();
        let output = bench.call("topics", &format!("{line} --output table"));
        assert_eq!(output.out(), "", "{line}");
        output.failed();
        let output = bench.call("topics", &format!("{line} --if-exists --output json"));
        assert_eq!(output.succeeded(), "[]\n", "{line}");
    }
}

#[test]
fn rows_of_a_description_have_every_fact() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("facts");
    bench.call("topics", &format!("--create --topic {topic} --config retention.ms=7 --config cleanup.policy=compact,delete")).succeeded();
    let described = rows(&bench.call("topics", &format!("--describe --topic {topic} --output json")));
    let mut row = described[0].clone();
    assert!(row["topic_id"].as_str().is_some_and(|id| id.len() == 22), "{row}");
    row["topic_id"] = json!("id");
    // The default of the cluster is a setting of this release.
    assert_eq!(
        row,
        json!({
            "topic": topic, "topic_id": "id", "partition": 0, "leader": 1, "replicas": [1], "isr": [1], "elr": [], "last_known_elr": [],
            "adding_replicas": [], "removing_replicas": [], "under_replicated": false, "at_min_isr": true, "under_min_isr": false,
            "offline": false, "partition_count": 1, "replication_factor": 1,
            "configs": {"cleanup.policy": "compact,delete", "min.insync.replicas": "1", "retention.ms": "7"},
            "error": null,
        })
    );
}

#[test]
fn mistakes_on_the_command_line_are_told_on_stderr_alone() {
    let Some(bench) = Bench::one() else { return };
    for (line, message) in [
        ("--list --nosuch", "nosuch is not a recognized option"),
        ("--list --create", "Command must include exactly one action"),
        ("--create --partitions 2", "Missing required argument \"[topic]\""),
        ("--describe --if-exists", "--topic or --topic-id is required to describe a topic"),
        ("--list --output xml", "output"),
    ] {
        let output = bench.call("topics", line);
        assert_eq!(output.out(), "", "{line}");
        let text = output.failed();
        assert!(text.starts_with("kafkabox topics: ") && text.contains(message) && text.lines().count() == 1, "{text}");
    }
}

#[test]
fn servers_that_are_none_come_with_a_word_of_what_they_should_be() {
    use crate::support::kafkabox::kafkabox;
    for (words, message) in [
        (
            ["topics", "--list", "--bootstrap-server", "localhost"],
            "Invalid url in bootstrap.servers: localhost; give --bootstrap-server HOST:PORT",
        ),
        (
            ["topics", "--list", "--bootstrap-server", ""],
            "You must set either bootstrap.servers or bootstrap.controllers; give --bootstrap-server HOST:PORT",
        ),
        (["topics", "--list", "--broker-list", "localhost:1"], "broker-list is not a recognized option; did you mean --bootstrap-server?"),
        (
            ["topics", "--list", "--zookeeper", "localhost:1"],
            "--zookeeper cannot work any more: Kafka has no ZooKeeper any more: use --bootstrap-server HOST:PORT",
        ),
    ] {
        let output = kafkabox(&words);
        assert_eq!(output.out(), "");
        assert!(output.failed().starts_with(&format!("kafkabox topics: {message}")), "{output}");
    }
}

#[test]
fn several_topics_of_which_all_fail() {
    let Some(bench) = Bench::one() else { return };
    let topics: Vec<String> = (0..4).map(|_| bench.client.topic(3)).collect();
    let line = format!("--alter --topic {} --partitions 2", topics.join(","));
    // The one that Java tells is told as Java does; the others are told too.
    bench.as_java("topics", &line);
    let text = bench.call("topics", &line).failed();
    assert_eq!(text.lines().count(), 4, "{text}");
    for topic in &topics {
        assert!(text.contains(&format!("The topic {topic} currently has 3 partition(s); 2 would not be an increase.")), "{text}");
    }
}
