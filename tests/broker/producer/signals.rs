//! Ends that somebody asks for.

use std::time::Duration;

use kafkabox::kafka::model::Layout;

use super::super::Bench;
use super::{IN_A_HURRY, SOON, numbers, text};
use crate::support::client::{Config, unique};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Exit, Live};
use crate::support::wait::eventually;

#[test]
fn records_are_sent_before_the_input_ends_and_a_signal_loses_none() {
    let Some(bench) = Bench::one() else { return };
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let topic = bench.client.topic(1);
        let mut producer = bench.live_producer(&topic, "");
        producer.write("a\nb\n");
        bench.client.await_records(&topic, 2);
        producer.write("c\n");
        bench.client.await_records(&topic, 3);
        producer.signal(signal);
        let output = producer.end(LIMIT);
        assert_eq!((output.exit, output.out()), (Exit::Code(code), String::new()), "{output}");
        bench.client.await_records(&topic, 3);
    }
}

#[test]
fn a_second_signal_ends_a_tool_at_once() {
    // Nobody answers: what the tool has begun cannot be brought to an end.
    let Some(bench) = Bench::three_alone() else { return };
    let topic = unique("second");
    bench.client.create(&topic, Layout::Assignment(vec![vec![2]]), &Config::new()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let rejects = directory.path().join("rejects");
    let mut producer = bench.live_producer(&topic, &format!("--reject-file {}", rejects.display()));
    producer.write("first\n");
    bench.client.await_records(&topic, 1);
    let away = bench.cluster.away(2);
    producer.write("a\nb\n");
    producer.signal("TERM");
    producer.says("waiting for the acknowledgement of 2 records; another signal ends that at once", SOON);
    producer.signal("TERM");
    let output = producer.end(Duration::from_secs(3));
    drop(away);
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    assert_eq!(text(&rejects), "a\nb\n");
}

#[test]
fn the_first_signal_sends_what_was_read() {
    let Some(bench) = Bench::one_alone() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let line = format!("--reject-file {} --reader-property parse.key=true", rejects.display());
    let mut producer = bench.live_producer(&topic, &line);
    producer.write("k\tfirst\n");
    bench.client.await_records(&topic, 1);
    let held = bench.cluster.held(1);
    producer.write("k\tsecond\nk\tthird\nbegun");
    producer.has_read("input", SOON);
    producer.signal("INT");
    producer.says("waiting for the acknowledgement of 2 records; another signal ends that at once", SOON);
    drop(held);
    let output = producer.end(LIMIT);
    assert_eq!(output.exit, Exit::Code(130), "{output}");
    let told = output.err();
    let ended = "ended by a signal: sent 3 records, 3 acknowledged, 0 failed; line 4 had begun (5 bytes) and was not sent\n";
    assert!(told.ends_with(ended), "{told}");
    assert!(!rejects.exists(), "a part of a line is no line to be fed again");
    bench.client.await_records(&topic, 3);
}

#[test]
fn a_file_that_takes_no_lines_is_told_after_a_signal_too() {
    let Some(bench) = Bench::one_alone() else { return };
    let (topic, directory) = (bench.client.topic(1), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    std::fs::write(&rejects, "old\n").unwrap();
    // As on a disk that is full: no file may get longer.
    let line = format!(
        "trap '' XFSZ; ulimit -f 0; exec {BINARY} console-producer --bootstrap-server {} --topic {topic} --reject-file {} {IN_A_HURRY}",
        bench.servers,
        rejects.display()
    );
    let mut producer = Live::start(command("bash").args(["-c", &line]));
    producer.write("a\n");
    bench.client.await_records(&topic, 1);
    let held = bench.cluster.held(1);
    producer.write("b\nc\n");
    producer.has_read("input", SOON);
    producer.signal("TERM");
    let output = producer.end(LIMIT);
    drop(held);
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    let kept = format!("; cannot write {}, so that not every line is kept that was not acknowledged: File too large\n", rejects.display());
    assert!(output.err().contains("1 acknowledged, 2 failed") && output.err().ends_with(&kept), "{output}");
    assert_eq!(text(&rejects), "old\n");
}

#[test]
fn a_signal_while_the_topic_is_looked_for_loses_nothing() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (unique("nosuch"), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    let mut producer = bench.live_producer(&topic, &format!("--max-block-ms 60000 --reject-file {}", rejects.display()));
    producer.write("a\nb\n");
    producer.has_read("input", SOON);
    producer.signal("INT");
    let output = producer.end(SOON);
    assert_eq!(output.exit, Exit::Code(130), "{output}");
    let kept = format!("; 2 more lines had been read and were not sent; 2 lines are in {}\n", rejects.display());
    assert!(output.err().contains("ended by a signal: sent 0 records") && output.err().ends_with(&kept), "{output}");
    assert_eq!(text(&rejects), "a\nb\n");
}

#[test]
fn every_line_of_a_run_that_is_ended_is_in_the_topic_or_in_the_file() {
    let Some(bench) = Bench::one() else { return };
    let (topic, directory) = (bench.client.topic(2), tempfile::tempdir().unwrap());
    let rejects = directory.path().join("rejects");
    // So little room that most of what is read waits.
    let line = format!("--reject-file {} --max-memory-bytes 20000 --timeout 200", rejects.display());
    let mut producer = bench.live_producer(&topic, &line);
    let mut stdin = producer.take_stdin();
    let writer = std::thread::spawn(move || {
        // The producer goes away in the middle.
        let _ = std::io::Write::write_all(&mut stdin, numbers(0..2_000_000).as_bytes());
    });
    eventually("some records", SOON, || {
        let text = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --max-messages 1 --timeout-ms 1000"));
        if text.out().is_empty() { Err("none yet".to_owned()) } else { Ok(()) }
    });
    producer.signal("TERM");
    let output = producer.end(LIMIT);
    writer.join().unwrap();
    assert_eq!(output.exit, Exit::Code(143), "{output}");
    let kept = std::fs::read_to_string(&rejects).unwrap_or_default();
    let sent = bench.call("console-consumer", &format!("--topic {topic} --from-beginning --timeout-ms 5000")).succeeded();
    let mut all: Vec<u32> = sent.lines().chain(kept.lines()).filter_map(|line| line.parse().ok()).collect();
    all.sort_unstable();
    assert!(all.len() > 1000 && (kept.is_empty() || kept.ends_with('\n')), "{output}");
    assert!(all.iter().copied().eq(0..u32::try_from(all.len()).unwrap()), "{output}");
}
