//! `console-consumer` when things go wrong: brokers, permissions, signals, and readers that do not read.

use std::fs::File;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::super::Bench;
use super::super::console::live;
use super::{lines, values};
use crate::support::client::{Config, Guarded, Operation, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Exit, run, run_into};
use crate::support::relay::relay;
use crate::support::wait::eventually;
use kafkabox::kafka::model::Layout;

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

/// Writes so many lines, and gives them. They have 100 bytes each.
fn filled(bench: &Bench, topic: &str, count: u32) -> String {
    let text = (0..count).map(|number| format!("{number:099}\n")).collect::<Vec<_>>().concat();
    assert_eq!(bench.feed("console-producer", &format!("--topic {topic}"), text.as_bytes()).succeeded(), "");
    text
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

/// A stream is read while the leader of its only partition is killed, and stays away.
fn survives_a_kill(bench: &Bench, group: &str) {
    let topic = unique("killed");
    bench.client.create(&topic, Layout::Assignment(vec![vec![2, 3, 1]]), &Config::new()).unwrap();
    // Several times what a consumer fetches ahead.
    let text = filled(bench, &topic, 200_000);
    let mut consumer = live(bench, "console-consumer", &format!("--topic {topic} --from-beginning --exit-at-end {group}"));
    let begun = consumer.lines(1, LIMIT).len();
    // It rests until the broker is dead, so that it is in the middle when it finds out.
    consumer.signal("STOP");
    let killed = bench.cluster.killed(2);
    consumer.signal("CONT");
    let output = consumer.end(LIMIT);
    drop(killed);
    assert!(begun < text.len() / 2, "{begun} bytes had come already");
    let read = output.succeeded();
    assert!(read == text, "{} lines {group}: {}", read.lines().count(), output.err());
}

#[test]
fn a_leader_that_is_killed_costs_no_record() {
    let Some(bench) = Bench::three_alone() else { return };
    survives_a_kill(&bench, "");
    survives_a_kill(&bench, &format!("--group {}", unique("killed")));
}

/// Reads a topic of 200,000 records to its end, with these options, too, and does something to the topic as soon as the first
/// of them has come. Gives the topic, and why the reading failed.
fn disturbed(bench: &Bench, more: &str, disturb: impl FnOnce(&str)) -> (String, String) {
    let topic = bench.client.topic(1);
    filled(bench, &topic, 200_000);
    let mut consumer = live(bench, "console-consumer", &format!("--topic {topic} --from-beginning --exit-at-end {more}"));
    consumer.lines(1, LIMIT);
    consumer.signal("STOP");
    disturb(&topic);
    consumer.signal("CONT");
    let text = consumer.end(LIMIT).failed();
    (topic, text)
}

#[test]
fn a_topic_that_is_deleted_has_no_end_to_wait_for() {
    let Some(bench) = Bench::one() else { return };
    for more in [String::new(), format!("--group {}", unique("deleted"))] {
        let (topic, text) = disturbed(&bench, &more, |topic| {
            bench.call("topics", &format!("--delete --topic {topic}")).succeeded();
        });
        assert!(text.contains(&format!("the topic '{topic}' does not exist any longer")), "{text}");
    }
}

#[test]
fn a_topic_that_is_made_anew_has_lost_its_records() {
    let Some(bench) = Bench::one() else { return };
    for more in [String::new(), format!("--group {}", unique("anew"))] {
        let (topic, text) = disturbed(&bench, &more, |topic| {
            bench.call("topics", &format!("--delete --topic {topic}")).succeeded();
            bench.call("topics", &format!("--create --topic {topic}")).succeeded();
            bench.client.produce(topic, &values(0..10), &Config::new(), None).unwrap();
        });
        assert!(text.contains(&format!("{topic}-0 has lost records since the start: it ended at 200000 then")), "{text}");
    }
}

/// How many answers are stale.
const STALE: usize = 3;

#[test]
fn a_first_answer_that_is_stale_changes_nothing() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    bench.client.produce(&topic, &values(0..10), &Config::new(), None).unwrap();
    let replaced = |frame: &[u8], old: &str, new: &str| {
        let at = frame.windows(old.len()).position(|window| window == old.as_bytes())?;
        Some([&frame[..at], new.as_bytes(), &frame[at + old.len()..]].concat())
    };
    for (more, expected) in [("--from-beginning", lines(0..10)), ("--tail 3", lines(7..10)), ("", String::new())] {
        // It may learn of the broker's own address first, and ask there.
        eventually("the first questions go through the relay", LIMIT, || {
            let (name, other, asked) = (topic.clone(), topic.replace('-', "_"), Arc::new(AtomicUsize::new(0)));
            // The first ones to ask for the topic (the library and the program) hear what a broker says that does not know it yet.
            let server = relay(&bench.servers, {
                let asked = Arc::clone(&asked);
                move |request, ask| match replaced(request, &name, &other) {
                    Some(request) if asked.fetch_add(1, Ordering::Relaxed) < STALE => {
                        ask(&request).map(|answer| replaced(&answer, &other, &name))
                    }
                    _ => ask(request).map(Some),
                }
            });
            let words = ["console-consumer", "--bootstrap-server", &server, "--topic", &topic, "--exit-at-end"];
            let output = run(command(BINARY).args(words).args(more.split_whitespace()), b"", LIMIT);
            assert_eq!(output.succeeded(), expected, "{more}: {output}");
            let asked = asked.load(Ordering::Relaxed);
            if asked >= STALE { Ok(()) } else { Err(format!("{asked} did")) }
        });
    }
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
    eventually("the consumer ends", LIMIT, || {
        if !consumer.runs() {
            return Ok(());
        }
        consumer.signal("TERM");
        Err("it runs".to_owned())
    });
    let took = start.elapsed();
    let output = consumer.end(LIMIT);
    drop(held);
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    assert!(took < Duration::from_secs(5), "{took:?}: {output}");
}

#[test]
fn a_missing_permission_is_told_at_once() {
    let Some(bench) = Bench::guarded() else { return };
    let (open, shown, hidden, group) = (bench.client.topic(1), bench.client.topic(1), bench.client.topic(1), unique("closed"));
    for topic in [&open, &shown] {
        bench.client.produce(topic, &[Record::value("a")], &Config::new(), None).unwrap();
    }
    bench.client.allow(Guarded::Topic, &shown, "*", Operation::Describe).unwrap();
    bench.client.allow(Guarded::Topic, &hidden, "somebody", Operation::Read).unwrap();
    bench.client.allow(Guarded::Group, &group, "somebody", Operation::Read).unwrap();
    for (line, refusal) in [
        (format!("--topic {shown} --from-beginning"), format!("{shown}: Topic authorization failed.")),
        (format!("--topic {shown} --from-beginning --exit-at-end"), format!("{shown}: Topic authorization failed.")),
        (format!("--topic {hidden}"), format!("{hidden}: Topic authorization failed.")),
        (format!("--topic {hidden} --partition 0 --offset 5 --exit-at-end"), format!("{hidden}: Topic authorization failed.")),
        (format!("--topic {hidden} --group {}", unique("open")), format!("{hidden}: Topic authorization failed.")),
        (format!("--topic {open} --group {group}"), format!("{group}: Group authorization failed.")),
    ] {
        let output = bench.call("console-consumer", &line);
        assert!(output.failed().contains(&refusal), "{line}: {output}");
        assert!(output.took < Duration::from_secs(20), "{line}: {output}");
    }
    // What may not be seen does not hinder the rest, and neither does a group that is not joined.
    let text = bench.call("console-consumer", &format!("--include {open}|{hidden} --from-beginning --exit-at-end")).succeeded();
    assert_eq!(text, "a\n");
}

#[test]
fn a_member_that_is_dropped_for_its_slow_reader_says_so_and_loses_nothing() {
    let Some(bench) = Bench::one() else { return };
    // Several times what is received at once.
    has_a_slow_reader(&bench, 20_000);
}

#[test]
fn a_member_that_is_dropped_when_it_has_received_everything_loses_nothing() {
    let Some(bench) = Bench::one() else { return };
    has_a_slow_reader(&bench, 5000);
}

/// A group's only member has nobody who reads its output of `count` lines, until the group has dropped it.
fn has_a_slow_reader(bench: &Bench, count: u32) {
    let (topic, group) = (bench.client.topic(1), unique("slow"));
    let text = filled(bench, &topic, count);
    let mut slow = command(BINARY);
    slow.args(["console-consumer", "--bootstrap-server", &bench.servers, "--topic", &topic, "--group", &group]);
    slow.args(["--from-beginning", "--exit-at-end", "--command-property", "session.timeout.ms=6000"]);
    slow.args(["--command-property", "max.poll.interval.ms=6000"]);
    let slow = slow.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    bench.client.group_rests(&group, 1).unwrap();
    // Nobody reads: the pipe is full soon, and no record is taken any longer.
    bench.client.group_is(&group, "Empty", 0).unwrap();
    let output = slow.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    assert!(told.contains("no records were taken for longer than max.poll.interval.ms"), "{told}");
    let read = String::from_utf8_lossy(&output.stdout);
    let mut numbers: Vec<&str> = read.lines().collect();
    // What the pipe held, and one more portion, may be there twice.
    assert!(numbers.len() <= text.lines().count() + 3000, "{} lines", numbers.len());
    numbers.sort_unstable();
    numbers.dedup();
    assert!(numbers.into_iter().eq(text.lines()), "lines are missing");
}
