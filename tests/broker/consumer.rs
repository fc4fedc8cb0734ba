//! `console-consumer`: where it starts and ends, what it commits, and what it makes of trouble.

use std::fs::File;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::console::live;
use super::{Bench, rows};
use crate::support::client::{Config, Record, Transaction, unique};
use crate::support::kafkabox::{BINARY, LIMIT, bash, command};
use crate::support::process::{Exit, run_into};
use kafkabox::kafka::model::Layout;

/// What a group has committed for the one partition of a topic.
fn committed(bench: &Bench, group: &str, topic: &str) -> Option<i64> {
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --output json"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&output.out()).unwrap_or_default();
    rows.iter().find(|row| row["topic"] == topic).and_then(|row| row["current_offset"].as_i64())
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

fn values(range: std::ops::Range<u32>) -> Vec<Record> {
    range.map(|number| Record::value(number.to_string())).collect()
}

fn lines(range: std::ops::Range<u32>) -> String {
    range.map(|number| number.to_string() + "\n").collect()
}

#[test]
fn a_reader_that_leaves_while_nothing_comes_ends_the_consumer() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &[Record::value("only")], &Config::new(), None).unwrap();
    // No second record ever comes, whose writing would tell that the reader has gone.
    let line = format!("$kafkabox console-consumer --bootstrap-server {} --topic {topic} --from-beginning | head -n 1", bench.servers);
    assert_eq!(bash(&line, LIMIT).succeeded(), "only\n");
}

#[test]
fn the_end_is_found_behind_markers_and_aborted_transactions() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    for (values, ending) in [
        (["a", "b"], Some(Transaction::Commit)),
        (["x", "y"], Some(Transaction::Abort)),
        (["c", "d"], None),
        (["z", "z"], Some(Transaction::Abort)),
    ] {
        bench.client.produce(&topic, &values.map(Record::value), &Config::new(), ending).unwrap();
    }
    let call = |more: &str| bench.call("console-consumer", &format!("--topic {topic} --exit-at-end {more}")).succeeded();
    assert_eq!(call("--from-beginning"), "a\nb\nx\ny\nc\nd\nz\nz\n");
    assert_eq!(call("--from-beginning --isolation-level read_committed"), "a\nb\nc\nd\n");
    assert_eq!(call("--partition 0 --offset 2 --isolation-level read_committed"), "c\nd\n");
    assert_eq!(call(""), "", "by default everything is behind the end");
    assert_eq!(call("--tail 3 --isolation-level read_committed"), "b\nc\nd\n");
    let group = unique("at-end");
    assert_eq!(call(&format!("--from-beginning --group {group} --isolation-level read_committed")), "a\nb\nc\nd\n");
    // Three markers and the records before them: the next member has nothing left.
    assert_eq!(committed(&bench, &group, &topic), Some(11));
    assert_eq!(call(&format!("--from-beginning --group {group}")), "");
}

#[test]
fn the_end_of_a_topic_that_never_rests() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(2);
    bench.client.produce(&topic, &values(0..1000), &Config::new(), None).unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                bench.client.produce(&topic, &values(0..100), &Config::new(), None).unwrap();
            }
        });
        for more in [String::new(), format!("--group {}", unique("busy"))] {
            let output = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --exit-at-end {more}"));
            assert!(output.succeeded().lines().count() >= 1000, "{output}");
        }
        over.store(true, Ordering::Relaxed);
    });
}

#[test]
fn the_last_records_come_by_their_time_and_then_those_that_follow() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(3);
    let record = |partition: i32, time: i64| Record { timestamp: Some(time), ..Record::value(format!("{partition}@{time}")).to(partition) };
    let records: Vec<Record> =
        [(0, 1000), (1, 1001), (0, 1005), (1, 1004), (0, 1003), (1, 1007)].map(|(partition, time)| record(partition, time)).into();
    bench.client.produce(&topic, &records, &Config::new(), None).unwrap();
    let text = bench.call("console-consumer", &format!("--topic {topic} --tail 2 --exit-at-end")).succeeded();
    // A partition keeps its own order.
    assert_eq!(text, "1@1004\n0@1005\n0@1003\n1@1007\n");
    let mut following = live(&bench, "console-consumer", &format!("--topic {topic} --tail 1 --max-messages 3"));
    assert_eq!(following.lines(2, LIMIT), "0@1003\n1@1007\n");
    bench.client.produce(&topic, &[record(2, 1010)], &Config::new(), None).unwrap();
    assert_eq!(following.end(LIMIT).succeeded(), "0@1003\n1@1007\n2@1010\n");
}

#[test]
fn a_time_says_where_to_start_in_all_partitions() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(2);
    let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let hour = 3_600_000;
    let record =
        |partition: i32, hours: i64| Record { timestamp: Some(now - hours * hour), ..Record::value(hours.to_string()).to(partition) };
    let records = [record(0, 30), record(1, 28), record(0, 3), record(1, 1)];
    bench.client.produce(&topic, &records, &Config::new(), None).unwrap();
    let read = |offset: &str| {
        let text = bench.call("console-consumer", &format!("--topic {topic} --offset {offset} --exit-at-end")).succeeded();
        let mut lines: Vec<i32> = text.lines().map(|line| line.parse().unwrap()).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(read("@-1d"), [1, 3]);
    assert_eq!(read("@-2h"), [1]);
    assert_eq!(read("@2020-01-01"), [1, 3, 28, 30]);
    assert_eq!(read(&format!("@{}", now - 29 * hour)), [1, 3, 28]);
    assert_eq!(read("@-1s"), [0; 0]);
    // The same through a group's reset by duration (KIP-1106), which then stays where it is.
    let group = unique("duration");
    let read = || {
        let reset = "--command-property auto.offset.reset=by_duration:PT24H";
        let line = format!("--topic {topic} --group {group} {reset} --exit-at-end");
        bench.call("console-consumer", &line).succeeded().lines().count()
    };
    assert_eq!((read(), read()), (2, 0));
}

#[test]
fn a_topic_that_does_not_exist_is_told_soon_and_not_created() {
    let Some(bench) = Bench::one() else { return };
    let topic = unique("nosuch");
    for more in ["", "--exit-at-end", "--partition 0 --offset 5", "--timeout-ms 1000", "--group nosuch"] {
        let output = bench.call("console-consumer", &format!("--topic {topic} {more}"));
        assert!(output.failed().contains(&format!("the topic '{topic}' does not exist")), "{output}");
        assert!(output.took < Duration::from_secs(20), "{output}");
    }
    assert!(!bench.call("topics", "--list").succeeded().contains(&topic));
}

#[test]
fn new_topics_and_new_partitions_are_read_from_their_first_record() {
    let Some(bench) = Bench::one() else { return };
    let prefix = unique("growing");
    let topic = |name: &str| format!("{prefix}-{name}");
    let one = || Layout::Counts { partitions: Some(1), replication_factor: None };
    bench.client.create(&topic("a"), one(), &Config::new()).unwrap();
    let line = format!("--include {prefix}-.* --from-beginning --max-messages 3 --command-property metadata.max.age.ms=1000");
    let mut consumer = live(&bench, "console-consumer", &line);
    bench.client.produce(&topic("a"), &[Record::value("first")], &Config::new(), None).unwrap();
    assert_eq!(consumer.lines(1, LIMIT), "first\n");
    bench.client.create(&topic("b"), one(), &Config::new()).unwrap();
    bench.client.produce(&topic("b"), &[Record::value("new topic")], &Config::new(), None).unwrap();
    assert_eq!(consumer.lines(2, LIMIT), "first\nnew topic\n");
    bench.call("topics", &format!("--alter --topic {} --partitions 2", topic("a"))).succeeded();
    bench.client.produce(&topic("a"), &[Record::value("new partition").to(1)], &Config::new(), None).unwrap();
    assert_eq!(consumer.end(LIMIT).succeeded(), "first\nnew topic\nnew partition\n");
}

/// A stream is read while the leader of its only partition goes away and comes back.
fn outlives(bench: &Bench, broker: i32, group: Option<&str>) {
    let topic = unique("outlives");
    let replicas = if bench.cluster.running().len() > 1 { vec![2, 3, 1] } else { vec![1] };
    bench.client.create(&topic, Layout::Assignment(vec![replicas]), &Config::new()).unwrap();
    bench.client.produce(&topic, &values(0..5000), &Config::new(), None).unwrap();
    let group = group.map_or_else(String::new, |group| format!("--group {group}"));
    let mut consumer = live(bench, "console-consumer", &format!("--topic {topic} --from-beginning --max-messages 9000 {group}"));
    consumer.lines(5000, LIMIT);
    let away = bench.cluster.away(usize::try_from(broker).unwrap());
    if bench.cluster.running().is_empty() {
        drop(away);
        bench.client.produce(&topic, &values(5000..9000), &Config::new(), None).unwrap();
    } else {
        bench.client.produce(&topic, &values(5000..7000), &Config::new(), None).unwrap();
        drop(away);
        bench.client.produce(&topic, &values(7000..9000), &Config::new(), None).unwrap();
    }
    assert_eq!(consumer.end(LIMIT).succeeded(), lines(0..9000), "{group}");
}

#[test]
fn one_broker_that_comes_back_costs_no_record() {
    let Some(bench) = Bench::one_alone() else { return };
    outlives(&bench, 1, None);
    outlives(&bench, 1, Some(&unique("outlives")));
}

#[test]
fn a_leader_of_three_that_comes_back_costs_no_record() {
    let Some(bench) = Bench::three_alone() else { return };
    outlives(&bench, 2, None);
    outlives(&bench, 2, Some(&unique("outlives")));
}

#[test]
fn a_partition_without_a_leader_is_no_silent_wait() {
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("leaderless");
    bench.client.create(&topic, Layout::Assignment(vec![vec![2]]), &Config::new()).unwrap();
    let away = bench.cluster.away(2);
    let output = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --timeout-ms 2000"));
    drop(away);
    assert!(output.err().contains(&format!("{topic}-0 has no leader")), "{output}");
}

#[test]
fn a_second_signal_ends_a_consumer_at_once() {
    // Nobody answers: the last commit cannot be made, and would be tried for ten seconds.
    let Some(bench) = Bench::one_alone() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &values(0..10), &Config::new(), None).unwrap();
    let line = format!("--topic {topic} --from-beginning --group {}", unique("second"));
    let mut consumer = live(&bench, "console-consumer", &line);
    consumer.lines(10, LIMIT);
    let held = bench.cluster.held(1);
    let start = Instant::now();
    consumer.signal("TERM");
    while consumer.runs() && start.elapsed() < LIMIT {
        std::thread::park_timeout(Duration::from_millis(100));
        consumer.signal("TERM");
    }
    let took = start.elapsed();
    let output = consumer.end(LIMIT);
    drop(held);
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    assert!(took < Duration::from_secs(5), "{took:?}: {output}");
}

#[test]
fn json_tells_everything_about_a_record() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let full = Record {
        key: Some(Vec::new()),
        value: Some(b"\xff\x00".to_vec()),
        headers: vec![("h".to_owned(), Some(b"1".to_vec())), ("h".to_owned(), None)],
        timestamp: Some(1_500_000_000_000),
        ..Record::default()
    };
    bench.client.produce(&topic, &[full, Record { timestamp: Some(7), ..Record::default() }], &Config::new(), None).unwrap();
    let text = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --exit-at-end --output json")).succeeded();
    let records: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        records,
        [
            json!({"topic": topic, "partition": 0, "offset": 0, "timestamp": 1_500_000_000_000_i64, "timestamp_type": "CreateTime",
                   "headers": [{"key": "h", "value": "1"}, {"key": "h", "value": null}], "key": "", "value": {"base64": "/wA="}}),
            json!({"topic": topic, "partition": 0, "offset": 1, "timestamp": 7, "timestamp_type": "CreateTime", "headers": [],
                   "key": null, "value": null}),
        ]
    );
    let table = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --exit-at-end --output table")).succeeded();
    assert!(table.starts_with("PARTITION  OFFSET  TIME"), "{table}");
}
