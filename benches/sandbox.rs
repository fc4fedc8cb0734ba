//! The in-memory broker: how soon it answers, what it takes, and how fast records go in and out.
//!
//! ```sh
//! cargo bench --bench sandbox
//! ```
//!
//! It fails where a figure is beyond what the sandbox promises: 10 ms from the start of the process to the first answer,
//! 10 MB of memory when idle, and 3 s for a million records of 50 bytes, in or out, by our tools.
//!
//! Clients are whole processes, ours and kcat (`apt-get install kcat`; without it its lines are missing). Nothing else should
//! run on the machine meanwhile.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const BINARY: &str = env!("CARGO_BIN_EXE_kafkabox");

/// Records that go in and out: lines of 49 bytes and their end.
const RECORDS: usize = 1_000_000;

/// What is promised: to the first answer, when idle in MB, and for all records one way by our tools.
const MOST_TO_START: Duration = Duration::from_millis(10);
const MOST_WHEN_IDLE: f64 = 10.0;
const MOST_FOR_RECORDS: Duration = Duration::from_secs(3);

/// How often each figure is taken; the median is told.
const RUNS: usize = 5;
const STARTS: usize = 20;

fn main() -> ExitCode {
    let mut unkept = Vec::new();
    let mut promise = |what: &str, holds: bool| {
        if !holds {
            unkept.push(what.to_owned());
        }
    };
    let start = median((0..STARTS).map(|_| Running::start().1));
    say(&format!("start of the process to the first answer: {:.1} ms", start.as_secs_f64() * 1e3));
    promise("the first answer comes within 10 ms of the start", start <= MOST_TO_START);
    let (broker, _) = Running::start();
    let idle = broker.memory();
    say(&format!("memory when idle: {idle:.1} MB"));
    promise("an idle broker takes up to 10 MB", idle <= MOST_WHEN_IDLE);

    let directory = tempfile::tempdir().expect("a temporary directory");
    let lines = directory.path().join("lines");
    let mut text = String::with_capacity(RECORDS * 50);
    for number in 0..RECORDS {
        writeln!(text, "{number:049}").expect("memory");
    }
    fs::write(&lines, text).expect("a temporary file");
    let (lines, servers) = (lines.display(), &broker.servers);
    let has_kcat = Command::new("kcat").arg("-V").output().is_ok();
    for round in 0..RUNS {
        timed(&format!("{BINARY} topics --bootstrap-server {servers} --create --topic t{round} --partitions 3"));
    }
    let ours_in =
        (0..RUNS).map(|round| timed(&format!("{BINARY} console-producer --bootstrap-server {servers} --topic t{round} < {lines}")));
    let took = tell("kafkabox console-producer", ours_in);
    promise("console-producer writes a million records in 3 s", took <= MOST_FOR_RECORDS);
    // The last of the topics: the first may have been dropped for it.
    let last = RUNS - 1;
    let consume =
        format!("{BINARY} console-consumer --bootstrap-server {servers} --topic t{last} --from-beginning --max-messages {RECORDS}");
    let took = tell("kafkabox console-consumer", (0..RUNS).map(|_| timed(&consume)));
    promise("console-consumer reads a million records in 3 s", took <= MOST_FOR_RECORDS);
    if has_kcat {
        timed(&format!("{BINARY} topics --bootstrap-server {servers} --create --topic k --partitions 3"));
        tell("kcat -P", (0..1).map(|_| timed(&format!("kcat -b {servers} -P -t k -l {lines}"))));
        tell("kcat -C", (0..RUNS).map(|_| timed(&format!("kcat -b {servers} -C -t k -o beginning -e -q"))));
    }
    say(&format!("memory then: {:.0} MB (the limit for records is 256 MB)", broker.memory()));
    for promise in &unkept {
        say(&format!("NOT KEPT: {promise}"));
    }
    if unkept.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A broker in a process of its own.
struct Running {
    child: Child,
    servers: String,
}

impl Running {
    /// Starts one, and tells how long it took to its first answer.
    fn start() -> (Self, Duration) {
        let start = Instant::now();
        let mut child = Command::new(BINARY).args(["sandbox", "--port", "0"]).stdout(Stdio::piped()).spawn().expect("the binary");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("a pipe")).read_line(&mut line).expect("its first line");
        let servers = line.split_whitespace().find(|word| word.starts_with("127.0.0.1:")).expect("an address").to_owned();
        let mut stream = TcpStream::connect(&servers).expect("a connection");
        // ApiVersions in version 0, without a client id.
        stream.write_all(&[0, 0, 0, 10, 0, 18, 0, 0, 0, 0, 0, 1, 0xff, 0xff]).expect("a request");
        let mut length = [0; 4];
        stream.read_exact(&mut length).expect("an answer");
        (Self { child, servers }, start.elapsed())
    }

    /// The resident memory in MB.
    fn memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(f64::NAN);
        kilobytes / 1024.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It holds nothing that could be lost.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a line to its end.
fn timed(line: &str) -> Duration {
    let start = Instant::now();
    let output = Command::new("bash").args(["-c", &format!("exec {line}")]).stdout(Stdio::null()).stderr(Stdio::piped()).output();
    let (took, output) = (start.elapsed(), output.expect("bash"));
    assert!(output.status.success(), "'{line}' failed: {}", String::from_utf8_lossy(&output.stderr));
    took
}

/// Tells the median, and gives it.
fn tell(name: &str, runs: impl Iterator<Item = Duration>) -> Duration {
    let median = median(runs);
    say(&format!("{name:<26} {RECORDS} records of 50 bytes: {:.2} s", median.as_secs_f64()));
    median
}

fn median(values: impl Iterator<Item = Duration>) -> Duration {
    let mut values: Vec<Duration> = values.collect();
    values.sort();
    values[values.len() / 2]
}

fn say(text: &str) {
    // A report that nobody can read is of no use; nor is a panic about it.
    let _ = writeln!(io::stdout(), "{text}");
}
