//! Whole-process comparisons with the Java tools and kcat, on a real broker.
//!
//! ```sh
//! cargo bench                  all of them
//! cargo bench -- list          those whose name contains "list"
//! ```
//!
//! Commands take turns (A B C A B C ...), so that a machine whose speed drifts is unfair to none; what counts is the ratio of
//! the medians. kcat is taken from the path (`apt-get install kcat`); without it its column is missing. Nothing else should
//! run on the machine meanwhile.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use support::kafka::{self, Cluster, Release};
use support::kafkabox::BINARY;

#[path = "../tests/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;

/// Records of the throughput comparisons: a line of 99 bytes and its end each.
const RECORDS: usize = 1_000_000;

/// One way to do a job.
struct Contender {
    name: &'static str,
    /// A command line.
    line: String,
    runs: usize,
}

/// What one way took: medians over its runs.
struct Figures {
    name: &'static str,
    wall: Duration,
    cpu: Duration,
}

fn main() {
    let filter = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    let Some(cluster) = kafka::one() else {
        say("the comparisons need a JDK (17 or newer) and Maven");
        std::process::exit(1);
    };
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, job) in jobs() {
        if name.contains(&filter) {
            report(name, &measure(&job(cluster, directory.path())));
        }
    }
}

type Job = fn(&Cluster, &Path) -> Vec<Contender>;

fn jobs() -> [(&'static str, Job); 3] {
    [("list topics", list), ("produce 1 M lines of 100 bytes", produce), ("consume 1 M records of 100 bytes", consume)]
}

fn list(cluster: &Cluster, _: &Path) -> Vec<Contender> {
    let servers = cluster.servers();
    for index in 0..20 {
        quietly(&format!("{BINARY} topics --bootstrap-server {servers} --create --if-not-exists --topic list-{index} --partitions 4"));
    }
    contenders(
        (format!("{BINARY} topics --bootstrap-server {servers} --list"), 50),
        (format!("kcat -b {servers} -L"), 50),
        (java(cluster, "topics", &format!("--bootstrap-server {servers} --list")), 5),
    )
}

fn produce(cluster: &Cluster, directory: &Path) -> Vec<Contender> {
    let servers = cluster.servers();
    let lines = lines(directory);
    let topic = support::client::Client::new(&servers).topic(8);
    contenders(
        (format!("{BINARY} console-producer --bootstrap-server {servers} --topic {topic} < {lines}"), 5),
        (format!("kcat -b {servers} -P -t {topic} -X enable.idempotence=true -l {lines}"), 5),
        (java(cluster, "console-producer", &format!("--bootstrap-server {servers} --topic {topic} < {lines}")), 2),
    )
}

fn consume(cluster: &Cluster, directory: &Path) -> Vec<Contender> {
    let servers = cluster.servers();
    let lines = lines(directory);
    let topic = support::client::Client::new(&servers).topic(8);
    quietly(&format!("{BINARY} console-producer --bootstrap-server {servers} --topic {topic} < {lines}"));
    let all = format!("--bootstrap-server {servers} --topic {topic} --from-beginning --max-messages {RECORDS}");
    contenders(
        (format!("{BINARY} console-consumer {all}"), 5),
        (format!("kcat -b {servers} -C -t {topic} -o beginning -e -q"), 5),
        (java(cluster, "console-consumer", &all), 2),
    )
}

fn contenders(ours: (String, usize), kcat: (String, usize), java: (String, usize)) -> Vec<Contender> {
    let named = [("kafkabox", ours), ("kcat", kcat), ("java", java)];
    let there = |name: &str| name != "kcat" || Command::new("kcat").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    named.into_iter().filter(|(name, _)| there(name)).map(|(name, (line, runs))| Contender { name, line, runs }).collect()
}

/// A Java tool as its script would run it: no shortcuts at its start.
fn java(cluster: &Cluster, tool: &str, args: &str) -> String {
    let (class_path, class) = (cluster.release().class_path(), Release::tool_class(tool));
    format!("java -Xmx512M -server -XX:+UseG1GC -cp '{class_path}' {class} {args}")
}

/// A file of [`RECORDS`] different lines of 100 bytes.
fn lines(directory: &Path) -> String {
    let file = directory.join("lines");
    if !file.exists() {
        let mut text = String::with_capacity(RECORDS * 100);
        for number in 0..RECORDS {
            writeln!(text, "{number:099}").expect("memory");
        }
        fs::write(&file, text).expect("a temporary file");
    }
    file.display().to_string()
}

/// Lets the contenders take turns, after one run each that does not count.
fn measure(contenders: &[Contender]) -> Vec<Figures> {
    let mut taken: Vec<Vec<(Duration, Duration)>> = vec![Vec::new(); contenders.len()];
    for round in 0..=contenders.iter().map(|contender| contender.runs).max().unwrap_or(0) {
        for (contender, taken) in contenders.iter().zip(&mut taken).filter(|(contender, _)| round <= contender.runs) {
            let figures = quietly(&contender.line);
            if round > 0 {
                taken.push(figures);
            }
        }
    }
    let figures = contenders.iter().zip(taken).map(|(contender, taken)| Figures {
        name: contender.name,
        wall: median(taken.iter().map(|(wall, _)| *wall)),
        cpu: median(taken.iter().map(|(_, cpu)| *cpu)),
    });
    figures.collect()
}

fn median(values: impl Iterator<Item = Duration>) -> Duration {
    let mut values: Vec<Duration> = values.collect();
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Runs a line to its end; wall-clock time and CPU time. A shell, which costs more than the shortest of these commands, is
/// asked for redirections and quotes alone.
fn quietly(line: &str) -> (Duration, Duration) {
    let mut command = if line.contains(['<', '\'']) {
        let mut shell = Command::new("bash");
        shell.args(["-c", &format!("exec {line}")]);
        shell
    } else {
        let mut words = line.split(' ');
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        command
    };
    let (start, before) = (Instant::now(), children_cpu());
    let output = command.stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let (wall, cpu) = (start.elapsed(), children_cpu().saturating_sub(before));
    let output = output.unwrap_or_else(|error| panic!("'{line}': {error}"));
    assert!(output.status.success(), "'{line}' failed: {}", String::from_utf8_lossy(&output.stderr));
    (wall, cpu)
}

/// The CPU time of all children that have ended.
fn children_cpu() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("the system counts");
    let time = |time: TimeVal| Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or(0));
    time(usage.user_time()) + time(usage.system_time())
}

fn report(name: &str, figures: &[Figures]) {
    say(&format!("\n{name}"));
    let Some(ours) = figures.first() else { return };
    for contender in figures {
        let ratio = |ours: Duration, theirs: Duration| ours.as_secs_f64() / theirs.as_secs_f64().max(1e-9);
        say(&format!(
            "  {:<10} wall {:>9.2} ms   cpu {:>9.2} ms   kafkabox/this: wall {:.2}, cpu {:.2}",
            contender.name,
            contender.wall.as_secs_f64() * 1e3,
            contender.cpu.as_secs_f64() * 1e3,
            ratio(ours.wall, contender.wall),
            ratio(ours.cpu, contender.cpu),
        ));
    }
}

fn say(text: &str) {
    // A report that nobody can read is of no use; nor is a panic about it.
    let _ = writeln!(io::stdout(), "{text}");
}
