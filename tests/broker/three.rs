//! Three brokers, one of which is away for a while.

use serde_json::json;

use super::{Bench, rows, rows_of_failure};
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::run;
use kafkabox::kafka::model::Layout;

#[test]
fn a_broker_that_is_away() {
    let Some(bench) = Bench::three_alone() else { return };
    let (spread, lone) = (unique("away"), unique("away"));
    let client = &bench.client;
    client.create(&spread, Layout::Assignment(vec![vec![1, 2, 3], vec![2, 3, 1], vec![3, 1, 2]]), &Config::new()).unwrap();
    client.create(&lone, Layout::Assignment(vec![vec![2]]), &Config::new()).unwrap();
    let away = bench.cluster.away(2);

    let text = bench.as_java("topics", &format!("--describe --topic {spread} --under-replicated-partitions"));
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.lines().all(|line| !line.split("Isr: ").nth(1).unwrap().split('\t').next().unwrap().contains('2')), "{text}");
    let text = bench.as_java("topics", &format!("--describe --topic {lone} --unavailable-partitions"));
    assert!(text.contains("\tLeader: none\tReplicas: 2\t"), "{text}");
    let rows = rows(&bench.call("topics", &format!("--describe --topic {lone} --output json")));
    assert_eq!((&rows[0]["leader"], &rows[0]["offline"]), (&json!(null), &json!(true)));

    // The list of servers begins with one that lives, and with one that does not.
    for order in [[0, 1, 2], [1, 0, 2]] {
        let servers: Vec<&str> = bench.servers.split(',').collect();
        let servers = order.map(|index| servers[index]).join(",");
        let words = ["topics", "--bootstrap-server", &servers, "--list", "--topic", &spread];
        assert_eq!(crate::support::kafkabox::kafkabox(&words).succeeded(), format!("{spread}\n"));
    }
    let output = bench.call("topics", &format!("--create --topic {spread}-x --replica-assignment 2"));
    output.failed();
    let refusal = "All brokers specified in the manual partition assignment for partition 0 are fenced or in controlled shutdown.";
    assert_eq!(output.out(), format!("Error while executing topic command : {refusal}\n"));

    // What has a leader can be written and read.
    assert_eq!(bench.feed("console-producer", &format!("--topic {spread}"), b"a\nb\nc\n").succeeded(), "");
    client.await_records(&spread, 3);
    let text = bench.call("console-consumer", &format!("--topic {spread} --from-beginning --max-messages 3")).succeeded();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["a", "b", "c"]);

    drop(away);
    let text = bench.as_java("topics", &format!("--describe --topic {spread}|{lone} --under-replicated-partitions"));
    assert_eq!(text, "");
}

#[test]
fn offsets_of_a_partition_without_a_leader() {
    let Some(bench) = Bench::three_alone() else { return };
    let (topic, group) = (unique("leaderless"), unique("group"));
    let client = &bench.client;
    client.create(&topic, Layout::Assignment(vec![vec![1], vec![2]]), &Config::new()).unwrap();
    client.produce(&topic, &[Record::value("a").to(0), Record::value("b").to(1)], &Config::new(), None).unwrap();
    client.commit(&group, &[(topic.clone(), 0, 1, None), (topic.clone(), 1, 0, None)]).unwrap();
    let away = bench.cluster.away(2);
    let line = format!("--describe --group {group}");
    let [json, tsv, table] = ["json", "tsv", "table"].map(|format| bench.call("consumer-groups", &format!("{line} --output {format}")));
    let text = bench.call("consumer-groups", &line);
    bench.as_java("consumer-groups", &line);
    let limited = bench.call("consumer-groups", &format!("{line} --fail-if-lag-over 9"));
    drop(away);
    let why = format!("group {group}, partition {topic}-1: There is no leader for this topic-partition");
    for output in [&json, &tsv, &table, &limited] {
        assert!(output.failed().contains(&why), "{output}");
    }
    // Java's own form ends as Java does, and says why on stderr.
    text.succeeded();
    assert!(text.err().contains(&why), "{text}");
    let rows = rows_of_failure(&json);
    assert_eq!((&rows[0]["partition"], &rows[0]["lag"], &rows[0]["error"]), (&json!(0), &json!(0), &json!(null)));
    assert_eq!((&rows[1]["partition"], &rows[1]["log_end_offset"], &rows[1]["lag"]), (&json!(1), &json!(null), &json!(null)));
    assert!(rows[1]["error"].as_str().unwrap().contains("no leader"), "{json}");
}

#[test]
fn a_silent_broker_does_not_take_the_time_of_the_others() {
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("silent");
    let client = &bench.client;
    client.create(&topic, Layout::Assignment(vec![vec![1], vec![3]]), &Config::new()).unwrap();
    // Some of so many have a coordinator that answers.
    let groups: Vec<String> = (0..12).map(|_| unique("group")).collect();
    for group in &groups {
        client.commit(group, &[(topic.clone(), 0, 0, None), (topic.clone(), 1, 0, None)]).unwrap();
    }
    let held = bench.cluster.held(2);
    let words = ["consumer-groups", "--bootstrap-server", &bench.servers, "--describe", "--all-groups", "--timeout", "4000"];
    let output = run(command(BINARY).args(words).args(["--output", "json"]), b"", LIMIT);
    drop(held);
    let rows = rows_of_failure(&output);
    assert!(output.err().contains("broker 2 cannot be asked for its groups"), "{output}");
    let known = |group: &&String| rows.iter().filter(|row| row["group"] == **group).filter(|row| row["lag"] == json!(0)).count() == 2;
    assert!(groups.iter().any(|group| known(&group)), "{output}");
}

#[test]
fn a_reassignment_in_flight() {
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("moving");
    let client = &bench.client;
    client.create(&topic, Layout::Assignment(vec![vec![1, 3], vec![3, 1]]), &Config::new()).unwrap();
    let away = bench.cluster.away(2);
    client.reassign(&topic, 0, &[1, 2]).unwrap();

    let text = bench.as_java("topics", &format!("--describe --topic {topic}"));
    assert!(text.contains("\tReplicas: 1,2,3\tIsr: 1,3\tAdding Replicas: 2\tRemoving Replicas: 3\t"), "{text}");
    let rows = rows(&bench.call("topics", &format!("--describe --topic {topic} --output json")));
    assert_eq!((&rows[0]["adding_replicas"], &rows[0]["removing_replicas"]), (&json!([2]), &json!([3])));
    assert_eq!((&rows[1]["adding_replicas"], &rows[1]["removing_replicas"]), (&json!([]), &json!([])));
    assert_eq!(rows[0]["under_replicated"], json!(false));
    assert_eq!(rows[0]["replication_factor"], json!(2));
    // Nothing is missing of what was there before.
    assert_eq!(bench.as_java("topics", &format!("--describe --topic {topic} --under-replicated-partitions")), "");

    drop(away);
    let moved = || bench.call("topics", &format!("--describe --topic {topic}")).succeeded();
    crate::support::wait::eventually("the partition has moved", std::time::Duration::from_secs(60), || {
        let text = moved();
        if text.contains("Replicas: 1,2\t") && !text.contains("Adding") { Ok(()) } else { Err(text) }
    });
}
