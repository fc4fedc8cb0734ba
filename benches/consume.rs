//! `console-consumer` beside `kcat -C` and kafka-console-consumer.sh, on a real broker as kafka-server-start.sh starts it.
//!
//! ```sh
//! cargo bench --bench consume                  all of it, with 5 million records
//! cargo bench --bench consume -- throughput    throughput alone; also: first-record, memory
//! KAFKABOX_RECORDS=1000000 cargo bench --bench consume
//! ```
//!
//! Programs take turns (A B C A B C ...), so that a machine whose speed drifts is unfair to none; what counts are the medians.
//! kcat is taken from the path (`apt-get install kcat`). Nothing else should run on the machine meanwhile.

use std::fmt::Write as _;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{Figures, has_kcat, median, most_memory, report, run, say};
use support::client::Client;
use support::kafka::{self, Cluster, Release};
use support::kafkabox::BINARY;

mod measure;
#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

/// The bytes of a record's value, and the line end that a reader gets with it.
const LINE: usize = 100;

const PARTITIONS: i32 = 8;

/// How often each program runs, after one run that does not count; Java, which takes longer, runs twice.
const ROUNDS: usize = 5;

/// How long a slow reader reads.
const SLOW: Duration = Duration::from_secs(10);
/// How much of each tenth of a second it takes.
const SIP: usize = 100_000;

fn main() {
    let filter = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let directory = tempfile::tempdir().expect("a temporary directory");
    let Some(cluster) = kafka::to_measure(&directory.path().join("broker")) else {
        say("the comparisons need a JDK (17 or newer) and Maven");
        std::process::exit(1);
    };
    let records: usize = std::env::var("KAFKABOX_RECORDS").ok().and_then(|records| records.parse().ok()).unwrap_or(5_000_000);
    let topic = filled(&cluster, directory.path(), records);
    for (name, part) in [("throughput", throughput as fn(&Cluster, &str, usize)), ("first-record", first_record), ("memory", memory)] {
        if name.contains(&filter) {
            part(&cluster, &topic, records);
        }
    }
    cluster.end();
}

/// A topic with so many records.
fn filled(cluster: &Cluster, directory: &Path, records: usize) -> String {
    let file = directory.join("lines");
    let mut text = String::with_capacity(records * LINE);
    for number in 0..records {
        writeln!(text, "{number:0width$}", width = LINE - 1).expect("memory");
    }
    fs::write(&file, text).expect("a temporary file");
    let client = Client::new(&cluster.servers());
    let topic = client.topic(PARTITIONS);
    run(&format!("{BINARY} console-producer --bootstrap-server {} --topic {topic}", cluster.servers()), &file);
    client.await_records(&topic, i64::try_from(records).expect("not so many"));
    fs::remove_file(&file).expect("it is there");
    topic
}

/// The three programs that read all of a topic, and how often each of them runs.
fn programs(cluster: &Cluster, topic: &str, records: usize) -> [(&'static str, String, usize); 3] {
    let servers = cluster.servers();
    let (class_path, class) = (cluster.release().class_path(), Release::tool_class("console-consumer"));
    let java = format!("java -Xmx512M -server -XX:+UseG1GC -cp {class_path} {class} --bootstrap-server {servers}");
    [
        (
            "kafkabox",
            format!("{BINARY} console-consumer --bootstrap-server {servers} --topic {topic} --from-beginning --exit-at-end"),
            ROUNDS,
        ),
        ("kcat", format!("kcat -b {servers} -C -e -q -o beginning -t {topic}"), ROUNDS),
        ("java", format!("{java} --topic {topic} --from-beginning --max-messages {records}"), 2),
    ]
}

fn throughput(cluster: &Cluster, topic: &str, records: usize) {
    let programs = programs(cluster, topic, records);
    let mut taken: [Vec<Figures>; 3] = Default::default();
    for round in 0..=ROUNDS {
        for ((name, line, rounds), taken) in programs.iter().zip(&mut taken) {
            if round > *rounds || *name == "kcat" && !has_kcat() {
                continue;
            }
            let figures = run(line, Path::new("/dev/null"));
            if round > 0 {
                taken.push(figures);
            }
        }
    }
    say(&format!("{records} records of {LINE} bytes, {PARTITIONS} partitions"));
    let ours = median(&taken[0]);
    for ((name, ..), taken) in programs.iter().zip(&taken).filter(|(_, taken)| !taken.is_empty()) {
        report(name, records, ours, median(taken));
    }
}

/// From the start of the process to the first bytes that it prints.
fn first_record(cluster: &Cluster, topic: &str, records: usize) {
    say("the first record");
    for (name, line, rounds) in programs(cluster, topic, records) {
        if name == "kcat" && !has_kcat() {
            continue;
        }
        let mut taken: Vec<Duration> = (0..rounds * 4).map(|_| first_bytes(&line)).collect();
        taken.sort_unstable();
        let millis = |index: usize| taken[index].as_secs_f64() * 1e3;
        let last = taken.len() - 1;
        say(&format!("  {name:<9} median {:>6.1} ms, the longest of {} {:.1} ms", millis(last / 2), taken.len(), millis(last)));
    }
}

fn first_bytes(line: &str) -> Duration {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().unwrap_or_else(|error| panic!("'{line}': {error}"));
    let mut first = [0; 1];
    child.stdout.as_mut().expect("piped").read_exact(&mut first).expect("a record");
    let taken = start.elapsed();
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    taken
}

/// What is needed at most while the reader is slow.
fn memory(cluster: &Cluster, topic: &str, records: usize) {
    say(&format!("a reader that takes {} MB a second, after {} s", 10 * SIP / 1_000_000, SLOW.as_secs()));
    for (name, line, _) in programs(cluster, topic, records) {
        if name == "kcat" && !has_kcat() {
            continue;
        }
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("'{line}': {error}"));
        let (mut stdout, mut sip, start) = (child.stdout.take().expect("piped"), vec![0; SIP], Instant::now());
        for sips in 1.. {
            if start.elapsed() >= SLOW || stdout.read_exact(&mut sip).is_err() {
                break;
            }
            // The next one is taken when its time has come, however long this one took.
            std::thread::sleep((start + sips * Duration::from_millis(100)).saturating_duration_since(Instant::now()));
        }
        say(&format!("  {name:<9} {:>4} MB resident", most_memory(&child) / 1_000_000));
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }
}
