//! What a program takes from its start to its end: time, CPU, memory.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Default)]
pub struct Figures {
    pub wall: Duration,
    pub cpu: Duration,
    /// The most resident memory, in bytes.
    pub memory: u64,
}

pub fn has_kcat() -> bool {
    Command::new("kcat").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}

/// Runs a line, with a file as its input, to its end.
#[allow(clippy::zombie_processes, reason = "`wait` waits, with what tells more")]
pub fn run(line: &str, input: &Path) -> Figures {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words).stdin(File::open(input).expect("the input")).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let child = command.spawn().unwrap_or_else(|error| panic!("'{line}': {error}"));
    let (figures, succeeded) = wait(&child, start);
    assert!(succeeded, "'{line}' failed");
    figures
}

/// Waits for a child, and reads what it has used before it is gone.
pub fn wait(child: &Child, start: Instant) -> (Figures, bool) {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
    let process = nix::unistd::Pid::from_raw(child.id().cast_signed());
    // Its entry stays until it is waited for; its memory is gone by then, so that is looked at while it runs.
    let mut memory = 0;
    loop {
        memory = memory.max(most_memory(child));
        match waitid(Id::Pid(process), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT) {
            Ok(WaitStatus::StillAlive) => std::thread::sleep(Duration::from_millis(5)),
            _ => break,
        }
    }
    let wall = start.elapsed();
    let cpu = cpu(child);
    let status = waitpid(process, None).expect("a child");
    (Figures { wall, cpu, memory }, matches!(status, WaitStatus::Exited(_, 0)))
}

pub fn most_memory(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    line.unwrap_or(0) * 1024
}

/// User and system time of a process, in the ticks of /proc (a hundredth of a second).
fn cpu(child: &Child) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks: u64 = [11, 12].iter().filter_map(|index| fields.get(*index)?.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// The middle of each figure.
pub fn median(taken: &[Figures]) -> Figures {
    fn middle<T: Ord + Copy + Default>(values: impl Iterator<Item = T>) -> T {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        values.get(values.len() / 2).copied().unwrap_or_default()
    }
    Figures {
        wall: middle(taken.iter().map(|figures| figures.wall)),
        cpu: middle(taken.iter().map(|figures| figures.cpu)),
        memory: middle(taken.iter().map(|figures| figures.memory)),
    }
}

pub fn say(text: &str) {
    // A report that nobody can read is of no use; nor is a panic about it.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Tells what a program took for so many records, and how kafkabox stands beside it.
#[allow(clippy::cast_precision_loss, reason = "figures for people")]
pub fn report(name: &str, records: usize, ours: Figures, this: Figures) {
    let millions = records as f64 / 1e6;
    say(&format!(
        "  {name:<9} {:>5.2} M/s  {:>5.2} CPU-s/M  {:>4} MB   kafkabox beside it: {:.2} of the throughput, {:.2} of the CPU",
        millions / this.wall.as_secs_f64(),
        this.cpu.as_secs_f64() / millions,
        this.memory / 1_000_000,
        this.wall.as_secs_f64() / ours.wall.as_secs_f64(),
        ours.cpu.as_secs_f64() / this.cpu.as_secs_f64(),
    ));
}
