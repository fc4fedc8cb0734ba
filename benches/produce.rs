//! `console-producer` beside `kcat -P` and kafka-console-producer.sh, on a real broker as kafka-server-start.sh starts it.
//!
//! ```sh
//! cargo bench --bench produce                  all of it, with 5 million lines
//! cargo bench --bench produce -- throughput    throughput alone
//! KAFKABOX_RECORDS=1000000 cargo bench --bench produce
//! ```
//!
//! Programs take turns (A B C A B C ...), so that a machine whose speed drifts is unfair to none; what counts are the medians.
//! kcat is taken from the path (`apt-get install kcat`). Nothing else should run on the machine meanwhile.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use measure::{Figures, has_kcat, median, most_memory, report, run, say};
use support::client::Client;
use support::kafka::{self, Cluster, Release};
use support::kafkabox::BINARY;

mod measure;

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

/// A line is 99 bytes and its end.
const LINE: usize = 100;

const PARTITIONS: i32 = 8;

/// How often each program runs, after one run that does not count.
const ROUNDS: usize = 5;

/// How long the broker is held while the producer is fed.
const HELD: Duration = Duration::from_secs(10);

type Part = fn(&Cluster, &Path);

const PARTS: [(&str, Part); 3] = [("throughput", throughput), ("first-line", first_line), ("memory", memory)];

fn main() {
    let filter = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let Some(cluster) = kafka::to_measure(&directory.path().join("broker")) else {
        say("the comparisons need a JDK (17 or newer) and Maven");
        std::process::exit(1);
    };
    for (name, part) in PARTS {
        if name.contains(&filter) {
            part(&cluster, directory.path());
        }
    }
    cluster.end();
}

fn throughput(cluster: &Cluster, directory: &Path) {
    let records: usize = std::env::var("KAFKABOX_RECORDS").ok().and_then(|records| records.parse().ok()).unwrap_or(5_000_000);
    let file = lines(directory, records);
    let (client, servers) = (Client::new(&cluster.servers()), cluster.servers());
    let java = {
        let (class_path, class) = (cluster.release().class_path(), Release::tool_class("console-producer"));
        format!("java -Xmx512M -server -XX:+UseG1GC -cp {class_path} {class} --bootstrap-server {servers}")
    };
    let programs = [
        ("kafkabox", format!("{BINARY} console-producer --bootstrap-server {servers} --topic"), ROUNDS),
        ("kcat", format!("kcat -b {servers} -P -X enable.idempotence=true -X acks=all -t"), ROUNDS),
        ("java", format!("{java} --topic"), 2),
    ];
    let mut taken: [Vec<Figures>; 3] = Default::default();
    for round in 0..=ROUNDS {
        for ((name, line, rounds), taken) in programs.iter().zip(&mut taken) {
            if round > *rounds || *name == "kcat" && !has_kcat() {
                continue;
            }
            let topic = client.topic(PARTITIONS);
            let figures = run(&format!("{line} {topic}"), &file);
            client.await_records(&topic, i64::try_from(records).expect("not so many"));
            let deleted = format!("{BINARY} topics --bootstrap-server {servers} --delete --topic {topic}");
            run(&deleted, Path::new("/dev/null"));
            if round > 0 {
                taken.push(figures);
            }
        }
    }
    say(&format!("{records} lines of {LINE} bytes, {PARTITIONS} partitions, acks=all, idempotence"));
    let ours = median(&taken[0]);
    for ((name, ..), taken) in programs.iter().zip(&taken).filter(|(_, taken)| !taken.is_empty()) {
        report(name, records, ours, median(taken));
    }
}

/// How long the lines of somebody who types take to their acknowledgement.
fn first_line(cluster: &Cluster, _: &Path) {
    let topic = Client::new(&cluster.servers()).topic(1);
    let words = ["console-producer", "--bootstrap-server", &cluster.servers(), "--topic", &topic, "--output", "tsv"];
    let mut first = Vec::new();
    let mut others = Vec::new();
    for _ in 0..20 {
        let mut child = Command::new(BINARY).args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("kafkabox");
        let (mut stdin, stdout) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let mut rows = BufReader::new(stdout).lines();
        // The header comes when it is ready for the first line.
        rows.next();
        for (index, text) in ["first\n", "second\n", "third\n"].iter().enumerate() {
            let start = Instant::now();
            stdin.write_all(text.as_bytes()).expect("kafkabox reads");
            rows.next();
            if index == 0 { first.push(start.elapsed()) } else { others.push(start.elapsed()) }
        }
        drop(stdin);
        child.wait().expect("kafkabox ends");
    }
    first.sort_unstable();
    others.sort_unstable();
    let millis = |times: &[Duration], share: usize| times[(times.len() - 1) * share / 100].as_secs_f64() * 1e3;
    say("a line that is typed, to its acknowledgement");
    for (name, times) in [("first", &first), ("others", &others)] {
        say(&format!("  {name:<9} median {:.1} ms, the longest of {} {:.1} ms", millis(times, 50), times.len(), millis(times, 100)));
    }
}

/// What is needed at most while the broker is held, and how much is read meanwhile.
fn memory(cluster: &Cluster, _: &Path) {
    say(&format!("fed as fast as it reads, with the broker held for {} s", HELD.as_secs()));
    let headers = (0..20).map(|number| format!("h{number}:v")).collect::<Vec<_>>().join(",");
    for (name, line, option) in [
        ("2 bytes", "x\n".to_owned(), ""),
        ("100 bytes", "x".repeat(99) + "\n", ""),
        ("100 kB", "x".repeat(99_999) + "\n", ""),
        ("headers", format!("{headers}\tx\n"), "parse.headers=true"),
    ] {
        let topic = Client::new(&cluster.servers()).topic(PARTITIONS);
        let mut command = Command::new(BINARY);
        command.args(["console-producer", "--bootstrap-server", &cluster.servers(), "--topic", &topic]);
        if !option.is_empty() {
            command.args(["--reader-property", option]);
        }
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::null()).process_group(0).spawn().expect("kafkabox");
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(line.as_bytes()).expect("kafkabox reads");
        Client::new(&cluster.servers()).await_records(&topic, 1);
        let held = cluster.held(1);
        let (read, block) = (Arc::new(AtomicU64::new(0)), line.repeat((1 << 20) / line.len()));
        let count = Arc::clone(&read);
        std::thread::spawn(move || {
            while stdin.write_all(block.as_bytes()).is_ok() {
                count.fetch_add(block.len() as u64, Ordering::Relaxed);
            }
        });
        // What is measured is what it reads in this time.
        std::thread::sleep(HELD);
        let most = most_memory(&child);
        support::process::signal("KILL", &child.id().to_string());
        child.wait().expect("it ends");
        drop(held);
        say(&format!("  {name:<9} {:>4} MB resident, {:>4} MB read", most / 1_000_000, read.load(Ordering::Relaxed) / 1_000_000));
    }
}

/// A file of different lines.
fn lines(directory: &Path, records: usize) -> PathBuf {
    let file = directory.join("lines");
    let mut text = String::with_capacity(records * LINE);
    for number in 0..records {
        writeln!(text, "{number:0width$}", width = LINE - 1).expect("memory");
    }
    fs::write(&file, text).expect("a temporary file");
    file
}
