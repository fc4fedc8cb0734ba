//! `topics` and `consumer-groups` against brokers of older releases.

use super::{Bench, rows};
use crate::support::client::{Config, Record, unique};
use crate::support::kafka;

/// A topic's life on an older broker.
fn topics(bench: &Bench) {
    let topic = unique("older");
    let call = |line: &str| bench.call("topics", line);
    assert_eq!(call(&format!("--create --topic {topic} --dry-run")).succeeded().lines().count(), 1);
    assert_eq!(call(&format!("--list --topic {topic}")).succeeded(), "\n");
    assert_eq!(
        call(&format!("--create --topic {topic} --partitions 2 --config retention.ms=1000")).succeeded(),
        format!("Created topic {topic}.\n")
    );
    let output = call(&format!("--create --topic {topic}"));
    assert_eq!(output.out(), format!("Error while executing topic command : Topic '{topic}' already exists.\n"));
    output.failed();
    assert_eq!(call(&format!("--create --topic {topic} --if-not-exists")).succeeded(), "");
    assert_eq!(call(&format!("--list --topic {topic}.*")).succeeded(), format!("{topic}\n"));

    let text = call(&format!("--describe --topic {topic}")).succeeded();
    assert_eq!(call(&format!("--describe --topic {topic}.*")).succeeded(), text);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    assert!(lines[0].ends_with("\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: retention.ms=1000"), "{text}");
    assert_eq!(lines[2], format!("\tTopic: {topic}\tPartition: 1\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: "));
    let described = rows(&call(&format!("--describe --topic {topic} --output json")));
    let id = described[0]["topic_id"].as_str().unwrap();
    let by_id = call(&format!("--describe --topic-id {id}")).succeeded();
    assert!(by_id.ends_with(&format!("\tTopic: {topic}\tPartition: 1\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: N/A\tLastKnownElr: N/A\n")));
    assert_eq!(call(&format!("--describe --topic {topic} --at-min-isr-partitions")).succeeded().lines().count(), 2);
    assert_eq!(call(&format!("--describe --topic {topic} --under-replicated-partitions")).succeeded(), "");

    assert_eq!(call(&format!("--alter --topic {topic} --partitions 3")).succeeded(), "");
    call(&format!("--alter --topic {topic} --partitions 3")).failed();
    assert_eq!(call(&format!("--alter --topic {topic} --partitions 4 --replica-assignment 1,1,1,1")).succeeded(), "");
    assert_eq!(rows(&call(&format!("--describe --topic {topic} --output json"))).len(), 4);
    assert_eq!(call(&format!("--delete --topic {topic}.* --dry-run")).succeeded(), format!("Would delete topic {topic}.\n"));
    assert_eq!(call(&format!("--delete --topic {topic}.*")).succeeded(), "");
    assert_eq!(call(&format!("--list --topic {topic}")).succeeded(), "\n");
    call(&format!("--delete --topic {topic}")).failed();
}

/// A group's life on an older broker.
fn groups(bench: &Bench) {
    let (topic, group) = (bench.client.topic(1), unique("older"));
    bench.client.produce(&topic, &[Record::value("a"), Record::value("b")], &Config::new(), None).unwrap();
    bench.client.commit(&group, &[(topic.clone(), 0, 1, None)]).unwrap();
    let call = |line: &str| bench.call("consumer-groups", line);
    for line in ["--list", "--list --type classic", "--list --state empty"] {
        assert!(call(line).succeeded().contains(&group), "{line}");
    }
    let told = rows(&call(&format!("--describe --group {group} --output json")));
    assert_eq!((told[0]["current_offset"].as_i64(), told[0]["lag"].as_i64()), (Some(1), Some(1)));
    call(&format!("--describe --group {group} --fail-if-lag-over 0")).failed();
    assert!(call(&format!("--reset-offsets --group {group} --all-topics --to-latest --execute")).succeeded().contains(&topic));
    call(&format!("--describe --group {group} --fail-if-lag-over 0")).succeeded();
    let unknown = unique("unknown");
    let text = call(&format!("--describe --group {unknown}")).failed();
    assert!(text.contains(&unknown), "{text}");
    call(&format!("--delete --group {group}")).succeeded();
    assert!(!call("--list").succeeded().contains(&group));
}

#[test]
fn topics_and_groups_of_kafka_3_9() {
    let Some(cluster) = kafka::release_3_9() else { return };
    let bench = Bench::on(cluster);
    topics(&bench);
    groups(&bench);
}

#[test]
fn topics_and_groups_of_kafka_4_0() {
    let Some(cluster) = kafka::release_4_0() else { return };
    let bench = Bench::on(cluster);
    topics(&bench);
    groups(&bench);
}
