//! `console-consumer --exit-at-end` in a group whose members come and go.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::super::Bench;
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Exit, Live, reap};
use crate::support::wait::eventually;

/// A topic of four partitions with so many records each, and all of the lines.
fn filled(bench: &Bench, counts: [u32; 4]) -> (String, Vec<String>) {
    let topic = bench.client.topic(4);
    let value = |partition: i32, number: u32| format!("{partition}-{number:097}");
    let places = (0..).zip(counts).flat_map(|(partition, count)| (0..count).map(move |number| (partition, number)));
    let records: Vec<Record> = places.clone().map(|(partition, number)| Record::value(value(partition, number)).to(partition)).collect();
    // So many are more than wait for the brokers at once.
    for some in records.chunks(50_000) {
        bench.client.produce(&topic, some, &Config::new(), None).unwrap();
    }
    (topic, places.map(|(partition, number)| value(partition, number)).collect())
}

/// The words for a member that reads to the end, and soon hears when the group changes.
fn words<'a>(bench: &'a Bench, topic: &'a str, group: &'a str) -> impl Iterator<Item = &'a str> {
    let line = ["console-consumer", "--bootstrap-server", &bench.servers, "--topic", topic, "--group", group];
    line.into_iter().chain("--from-beginning --exit-at-end --command-property heartbeat.interval.ms=100".split(' '))
}

#[track_caller]
fn are_all<'a>(read: impl Iterator<Item = &'a str>, mut expected: Vec<String>) {
    let mut read: Vec<&str> = read.collect();
    read.sort_unstable();
    expected.sort_unstable();
    assert!(read == expected, "{} lines of {}", read.len(), expected.len());
}

#[test]
fn what_was_finished_before_the_group_changed_is_finished_after_it() {
    let Some(bench) = Bench::one() else { return };
    let group = unique("changes");
    let (topic, expected) = filled(&bench, [1, 200_000, 1, 200_000]);
    let other = bench.client.member(&group, std::slice::from_ref(&topic), &Config::new(), true).unwrap();
    let mut consumer = command(BINARY).args(words(&bench, &topic, &group)).stdout(Stdio::piped()).spawn().unwrap();
    let mut read = BufReader::new(consumer.stdout.take().unwrap()).lines().map(Result::unwrap);
    // It has a short and a long partition. With nobody who reads on, it rests soon after it has finished the short one.
    let mut lines: Vec<String> = Vec::new();
    while !lines.last().is_some_and(|line| line.starts_with("0-") || line.starts_with("2-")) {
        lines.push(read.next().unwrap());
    }
    drop(other);
    // It hears of that while it is in the middle: the reader is slow until the group has come to rest.
    eventually("the group is at rest", LIMIT, || {
        lines.extend(read.by_ref().take(500));
        bench.client.is_group(&group, "Stable", 1)
    });
    let rest = std::thread::spawn(move || read.collect::<Vec<_>>());
    let exit = reap(&mut consumer, LIMIT);
    // It may still run, which is a failure; what it has printed ends then.
    let _ = consumer.kill();
    lines.extend(rest.join().unwrap());
    assert_eq!(exit, Ok(Exit::Code(0)), "after {} lines of {}", lines.len(), expected.len());
    are_all(lines.iter().map(|line| &**line), expected);
}

#[test]
fn nothing_while_the_group_waits_for_another_member_is_no_end() {
    let Some(bench) = Bench::one() else { return };
    let group = unique("waits");
    let (topic, expected) = filled(&bench, [100_000; 4]);
    let settings = [("session.timeout.ms", "6000"), ("max.poll.interval.ms", "12000")];
    let slow = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let slow = bench.client.member(&group, std::slice::from_ref(&topic), &slow, true).unwrap();
    let mut consumer = Live::start(command(BINARY).args(words(&bench, &topic, &group)));
    consumer.lines(1, LIMIT);
    consumer.signal("STOP");
    // The group changes, and waits until the slow member is given up.
    slow.stall();
    let third = bench.client.member(&group, std::slice::from_ref(&topic), &Config::new(), false).unwrap();
    bench.client.group_is(&group, "PreparingRebalance", 3).unwrap();
    consumer.signal("CONT");
    drop(third);
    are_all(consumer.end(LIMIT).succeeded().lines(), expected);
}
