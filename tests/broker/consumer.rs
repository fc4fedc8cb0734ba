//! `console-consumer`: where it starts and ends, and what it commits.

mod rebalances;
mod trouble;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::console::live;
use super::{Bench, rows};
use crate::support::client::{Config, Record, Transaction, unique};
use crate::support::kafkabox::{LIMIT, bash};
use crate::support::process::Exit;
use crate::support::wait::eventually;
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
        // `timeout` sends two, one to the process and one to its group.
        consumer.signal(signal);
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
        let group = unique("busy");
        let read = |more: &str| {
            let output = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --exit-at-end {more}"));
            output.succeeded().lines().count()
        };
        assert!(read("") >= 1000);
        let read = [(); 3].map(|()| read(&format!("--group {group}")));
        over.store(true, Ordering::Relaxed);
        // What came behind the end is left to the next member.
        let rows = rows(&bench.call("consumer-groups", &format!("--describe --group {group} --output json")));
        let committed: u64 = rows.iter().map(|row| row["current_offset"].as_u64().unwrap()).sum();
        assert_eq!(u64::try_from(read.iter().sum::<usize>()).unwrap(), committed, "{read:?}");
    });
}

#[test]
fn an_offset_beyond_the_end_is_out_of_range_with_an_end_and_without() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &["a", "b"].map(Record::value), &Config::new(), None).unwrap();
    let read = |reset: &str, more: &str| {
        let line = format!("--topic {topic} --partition 0 --offset 99 {more} --command-property auto.offset.reset={reset}");
        bench.call("console-consumer", &line)
    };
    for more in ["--exit-at-end", "--max-messages 2"] {
        assert_eq!(read("earliest", more).succeeded(), "a\nb\n");
        let text = read("none", more).failed();
        assert!(text.contains(&format!("Undefined offset with no reset policy for partitions: [{topic}-0]")), "{text}");
    }
    let output = read("latest", "--exit-at-end");
    assert_eq!(output.succeeded(), "");
    assert!(output.err().contains(&format!("offset 99 of {topic}-0 is out of range; going on at its end")), "{output}");
    let output = read("earliest", "--exit-at-end --isolation-level read_committed");
    assert!(output.err().contains(&format!("offset 99 of {topic}-0 is beyond what is committed, which ends at 2")), "{output}");
}

/// Eleven records whose offsets lie far apart, as a compacted topic has them.
fn compacted(bench: &Bench) -> String {
    let topic = unique("compacted");
    let settings = [("cleanup.policy", "compact"), ("segment.ms", "1000"), ("min.cleanable.dirty.ratio", "0.01")];
    let settings: Config = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    bench.client.create(&topic, Layout::Counts { partitions: Some(1), replication_factor: None }, &settings).unwrap();
    let now = i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let record = |key: String, value: String, minutes: i64| Record {
        key: Some(key.into_bytes()),
        timestamp: Some(now - 60_000 * minutes),
        ..Record::value(value)
    };
    // Each round begins a segment, as its records are a minute younger. The last one is never cleaned.
    for round in 0..5 {
        let records: Vec<Record> =
            (0..100).map(|number| record(format!("k{}", number % 10), format!("{round}-{number}"), 10 - round)).collect();
        bench.client.produce(&topic, &records, &Config::new(), None).unwrap();
    }
    bench.client.produce(&topic, &[record("end".to_owned(), "end".to_owned(), 0)], &Config::new(), None).unwrap();
    topic
}

#[test]
fn the_end_of_a_compacted_topic() {
    let Some(bench) = Bench::one() else { return };
    let topic = compacted(&bench);
    let kept = (490..500).map(|offset| format!("Offset:{offset}\t4-{}\n", offset - 400));
    let expected = kept.chain(["Offset:500\tend\n".to_owned()]).collect::<Vec<_>>().concat();
    let read = |more: &str| {
        let line = format!("--topic {topic} --exit-at-end --formatter-property print.offset=true {more}");
        bench.call("console-consumer", &line).succeeded()
    };
    // The cleaner runs every 15 seconds. What it has not removed yet is read as well, to the same end.
    eventually("the topic is compacted", Duration::from_secs(90), || {
        let text = read("--from-beginning");
        if text == expected { Ok(()) } else { Err(text) }
    });
    let last = |count: usize| expected.split_inclusive('\n').skip(11 - count).collect::<String>();
    assert_eq!(read("--tail 3"), last(3));
    assert_eq!(read("--tail 50"), expected);
    assert_eq!(read("--partition 0 --offset 7"), expected);
    assert_eq!(read("--partition 0 --offset 495"), last(6));
    let group = unique("compacted");
    assert_eq!(read(&format!("--from-beginning --group {group}")), expected);
    assert_eq!(committed(&bench, &group, &topic), Some(501));
    bench
        .as_java("console-consumer", &format!("--topic {topic} --from-beginning --max-messages 11 --formatter-property print.offset=true"));
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
