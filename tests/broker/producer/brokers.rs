//! Brokers that are gone, come back, or do not get on.

use std::io::Write as _;
use std::time::{Duration, Instant};

use kafkabox::kafka::model::Layout;

use super::super::Bench;
use super::{IN_A_HURRY, SOON, numbers, text};
use crate::support::client::{Config, unique};
use crate::support::kafka::{Away, Cluster};
use crate::support::kafkabox::LIMIT;
use crate::support::process::Exit;
use crate::support::wait::eventually;

#[test]
fn a_partition_without_a_leader() {
    let Some(bench) = Bench::three_alone() else { return };
    let (topic, directory) = (unique("leaderless"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    bench.client.create(&topic, Layout::Assignment(vec![vec![2]]), &Config::new()).unwrap();
    let away = bench.cluster.away(2);
    let output = bench.produce(&topic, &format!("{IN_A_HURRY} --reject-file {}", rejects.display()), "a\nb\n");
    drop(away);
    let told = output.failed();
    assert!(told.contains(&format!("no acknowledgement for 3 s: {topic}-0 has no leader")), "{told}");
    assert!(told.contains("sent 2 records, 0 acknowledged, 2 failed: line 1 and 1 more: not acknowledged in time"), "{told}");
    assert!(told.contains(&format!("(last trouble: {topic}-0 has no leader)")), "{told}");
    assert!(output.took < SOON && !told.contains("may be in the topic"), "{output}");
    assert_eq!(text(&rejects), "a\nb\n");
    bench.client.await_records(&topic, 0);
}

#[test]
fn too_few_replicas_in_sync() {
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("few");
    let all = Config::from([("min.insync.replicas".to_owned(), "3".to_owned())]);
    bench.client.create(&topic, Layout::Assignment(vec![vec![1, 2, 3]]), &all).unwrap();
    let away = bench.cluster.away(2);
    let waits = bench.produce(&topic, IN_A_HURRY, "a\n");
    let tries = bench.produce(&topic, "--message-send-max-retries 2 --retry-backoff-ms 10", "a\n");
    let unasked = bench.produce(&topic, "--request-required-acks 1", "b\n");
    drop(away);
    let told = waits.failed();
    let hindrance = format!("{topic}-0 has 2 in-sync replicas, and min.insync.replicas is 3");
    assert!(told.contains(&format!("no acknowledgement for 3 s: {hindrance}")), "{told}");
    assert!(told.contains("line 1: not acknowledged in time") && told.contains(&format!("(last trouble: {hindrance})")), "{told}");
    assert!(waits.took < SOON, "{waits}");
    let told = tries.failed();
    assert!(told.contains("line 1: ") && told.contains("NOT_ENOUGH_REPLICAS") && tries.took < SOON, "{tries}");
    unasked.succeeded();
    bench.client.await_records(&topic, 1);
}

#[test]
fn a_broker_that_goes_and_comes_back_in_the_middle_of_a_stream() {
    let Some(bench) = Bench::three_alone() else { return };
    // One that hands over what it leads, and one that has no time for that.
    for go in [Cluster::away, Cluster::killed] {
        nothing_is_lost_and_nothing_is_there_twice(&bench, go);
    }
}

fn nothing_is_lost_and_nothing_is_there_twice(bench: &Bench, go: fn(&'static Cluster, usize) -> Away) {
    let topic = unique("stream");
    let layout = Layout::Assignment(vec![vec![2, 3, 1]]);
    bench.client.create(&topic, layout, &Config::new()).unwrap();
    let mut producer = bench.live_producer(&topic, "--output json");
    producer.write(&numbers(0..1000));
    bench.client.await_records(&topic, 1000);
    producer.write(&numbers(1000..1500));
    // The leader of the only partition, with records on their way.
    let away = go(bench.cluster, 2);
    producer.write(&numbers(1500..2000));
    drop(away);
    producer.write(&numbers(2000..3000));
    producer.signal("TERM");
    let output = producer.end(LIMIT);
    // Lines that were not read yet are not sent; those that were are there once.
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    let text = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --timeout-ms 5000")).succeeded();
    let count = u32::try_from(text.lines().count()).unwrap();
    assert!(count >= 2000, "{count}");
    assert_eq!(text, numbers(0..count));
    // Each of them has been told, with the place where it is.
    let row = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let told: Vec<(i64, i64)> =
        output.out().lines().map(row).map(|row| (row["offset"].as_i64().unwrap(), row["line"].as_i64().unwrap())).collect();
    assert!(told.into_iter().eq((0..i64::from(count)).map(|offset| (offset, offset + 1))));
}

#[test]
fn a_leader_that_goes_costs_nothing() {
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("handover");
    bench.client.create(&topic, Layout::Assignment(vec![vec![2, 3, 1], vec![3, 1, 2]]), &Config::new()).unwrap();
    let mut producer = bench.live_producer(&topic, "--reader-property parse.key=true");
    let keyed = |range: std::ops::Range<u32>| range.map(|number| format!("{}\t{number}\n", number % 10)).collect::<Vec<_>>().concat();
    producer.write(&keyed(0..2000));
    bench.client.await_records(&topic, 2000);
    let away = bench.cluster.away(2);
    producer.write(&keyed(2000..4000));
    producer.close();
    let output = producer.end(LIMIT);
    assert_eq!(output.exit, Exit::Code(0), "{output}");
    drop(away);
    bench.client.await_records(&topic, 4000);
}

#[test]
fn a_topic_that_is_deleted_in_the_middle() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let mut producer = bench.live_producer(&topic, IN_A_HURRY);
    producer.write("a\n");
    bench.client.await_records(&topic, 1);
    bench.call("topics", &format!("--delete --topic {topic}")).succeeded();
    producer.write("b\nc\n");
    let gone = format!("{topic}: This server does not host this topic-partition. (UNKNOWN_TOPIC_OR_PARTITION)");
    producer.says(&format!("no acknowledgement for 3 s: {gone}; waiting until delivery.timeout.ms is over"), SOON);
    producer.close();
    let output = producer.end(LIMIT);
    let told = output.failed();
    assert!(told.contains("sent 3 records, 1 acknowledged, 2 failed: line 2 and 1 more: ") && told.matches(&gone).count() == 2, "{told}");
}

#[test]
fn records_that_no_answer_came_to_may_be_in_the_topic() {
    let Some(bench) = Bench::one_alone() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let mut producer = bench.live_producer(&topic, &format!("{IN_A_HURRY} --reject-file {}", rejects.display()));
    producer.write("a\n");
    bench.client.await_records(&topic, 1);
    let held = bench.cluster.held(1);
    producer.write("b\n");
    producer.close();
    let output = producer.end(LIMIT);
    drop(held);
    let told = output.failed();
    assert!(told.contains("sent 2 records, 1 acknowledged, 1 failed: line 2: not acknowledged in time: "), "{told}");
    assert!(told.contains(" (it may be in the topic all the same); 1 line is in "), "{told}");
    assert_eq!(text(&rejects), "b\n");
}

#[test]
fn a_broker_that_is_held_stops_the_reading_and_memory_does_not_grow() {
    let Some(bench) = Bench::one_alone() else { return };
    let directory = tempfile::tempdir().unwrap();
    // Short lines, long lines, and lines that are headers most of all: each kind has an overhead of its own. Lines that are no
    // records wait for those before them.
    let many = (0..20).map(|number| format!("h{number}:v")).collect::<Vec<_>>().join(",") + "\tv\n";
    let (short, long) = ("x\n".to_owned(), "y".repeat(100_000) + "\n");
    let kinds = [
        ("", &short, &short),
        ("", &long, &long),
        ("--reader-property parse.headers=true", &many, &many),
        ("--reader-property parse.headers=true", &many, &long),
    ];
    for (index, (line, first, text)) in kinds.into_iter().enumerate() {
        let (topic, rejects) = (bench.client.topic(4), directory.path().join(index.to_string()));
        let mut producer = bench.live_producer(&topic, &format!("{line} --reject-file {}", rejects.display()));
        producer.write(first);
        eventually("the first record", SOON, || {
            let out = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --max-messages 1 --timeout-ms 1000"));
            if out.out().is_empty() { Err("none yet".to_owned()) } else { Ok(()) }
        });
        let held = bench.cluster.held(1);
        // It has to have something to wait for.
        producer.write(first);
        let mut stdin = producer.take_stdin();
        let block = text.repeat((1 << 20) / text.len());
        let written = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&written);
        // It writes until the producer goes away.
        let writer = std::thread::spawn(move || {
            while stdin.write_all(block.as_bytes()).is_ok() {
                count.fetch_add(block.len(), std::sync::atomic::Ordering::Relaxed);
            }
        });
        let (mut last, mut since) = (usize::MAX, Instant::now());
        eventually("the reading stops for a second", LIMIT, || {
            let now = written.load(std::sync::atomic::Ordering::Relaxed);
            if std::mem::replace(&mut last, now) != now {
                since = Instant::now();
            }
            if since.elapsed() > Duration::from_secs(1) { Ok(()) } else { Err(format!("{now} bytes so far")) }
        });
        let memory = producer.most_memory();
        drop(held);
        producer.signal("TERM");
        let output = producer.end(LIMIT);
        writer.join().unwrap();
        assert!(memory < 150_000_000, "kind {index}: {memory} bytes");
        assert_eq!(output.exit, Exit::Code(143), "{output}");
    }
}
