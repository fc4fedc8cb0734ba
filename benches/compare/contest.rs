//! Contenders that take turns, and what each of them took.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::support::kafka::{self, Cluster, Release};
use crate::support::kafkabox::BINARY;

/// The most memory that may be needed for a cluster of thousands, in kilobytes.
const MEMORY_LIMIT: u64 = 100_000;

/// A comparison, told by its name.
pub type Job = fn(&str, &'static Cluster);

/// Runs those of `jobs` whose name contains `filter`, on a cluster of its own that `fill` fills.
///
/// A broker makes thousands of partitions quickly only where its files are in memory, so they are in /dev/shm where there is
/// such a thing.
pub fn on_wide_cluster(filter: &str, jobs: &[(&str, Job)], fill: fn(&Cluster)) {
    let chosen: Vec<&(&str, Job)> = jobs.iter().filter(|(name, _)| name.contains(filter)).collect();
    if chosen.is_empty() {
        return;
    }
    let memory = Path::new("/dev/shm");
    let builder = tempfile::Builder::new();
    let directory = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }.expect("a temporary directory");
    let cluster = kafka::to_measure(directory.path()).expect("a release");
    // It lives until the program ends, and what is prepared between two runs borrows it.
    let cluster: &'static Cluster = Box::leak(Box::new(cluster));
    fill(cluster);
    for (name, job) in chosen {
        job(name, cluster);
    }
    cluster.end();
}

/// One way to do a job.
pub struct Contender {
    pub name: &'static str,
    pub work: Work,
    pub runs: usize,
}

/// What a contender does.
pub enum Work {
    /// A command line.
    Line(String),
    /// Something in this process; it gives the time that counts.
    Here(Box<dyn FnMut() -> Duration>),
    /// A command line, with something before it that does not count.
    After(Box<dyn FnMut()>, String),
}

/// What one way took: medians over its runs.
struct Figures {
    name: &'static str,
    wall: Duration,
    /// Nothing for what this process does itself.
    cpu: Option<Duration>,
}

/// kafkabox, kcat if it is there, and the Java tool.
pub fn contenders(ours: (String, usize), kcat: (String, usize), java: (String, usize)) -> Vec<Contender> {
    let named = [("kafkabox", ours), ("kcat", kcat), ("java", java)];
    let there = |name: &str| name != "kcat" || Command::new("kcat").arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    named.into_iter().filter(|(name, _)| there(name)).map(|(name, (line, runs))| Contender::line(name, line, runs)).collect()
}

impl Contender {
    pub fn line(name: &'static str, line: String, runs: usize) -> Self {
        Self { name, work: Work::Line(line), runs }
    }
}

/// A Java tool as its script would run it: no shortcuts at its start.
pub fn java(cluster: &Cluster, tool: &str, args: &str) -> String {
    let (class_path, class) = (cluster.release().class_path(), Release::tool_class(tool));
    format!("java -Xmx512M -server -XX:+UseG1GC -cp '{class_path}' {class} {args}")
}

/// Lets the contenders take turns, after one run each that does not count, and reports.
pub fn hold(name: &str, mut contenders: Vec<Contender>) {
    let mut taken: Vec<Vec<(Duration, Option<Duration>)>> = vec![Vec::new(); contenders.len()];
    for round in 0..=contenders.iter().map(|contender| contender.runs).max().unwrap_or(0) {
        for (contender, taken) in contenders.iter_mut().zip(&mut taken).filter(|(contender, _)| round <= contender.runs) {
            let figures = match &mut contender.work {
                Work::Line(line) => timed(line),
                Work::Here(work) => (work(), None),
                Work::After(before, line) => {
                    before();
                    timed(line)
                }
            };
            if round > 0 {
                taken.push(figures);
            }
        }
    }
    let figures = contenders.iter().zip(taken).map(|(contender, taken)| Figures {
        name: contender.name,
        wall: median(taken.iter().map(|(wall, _)| *wall)),
        cpu: taken.iter().map(|(_, cpu)| *cpu).collect::<Option<Vec<_>>>().map(|cpu| median(cpu.into_iter())),
    });
    report(name, &figures.collect::<Vec<_>>());
}

fn timed(line: &str) -> (Duration, Option<Duration>) {
    let (wall, cpu) = quietly(line);
    (wall, Some(cpu))
}

fn median(values: impl Iterator<Item = Duration>) -> Duration {
    let mut values: Vec<Duration> = values.collect();
    values.sort();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// Runs a line to its end; wall-clock time and CPU time. A shell, which costs more than the shortest of these commands, is
/// asked for redirections and quotes alone.
pub fn quietly(line: &str) -> (Duration, Duration) {
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

/// Reports the most memory that a description of very much takes, and fails if that is too much. The pipe is full long before
/// all is printed, so the process is still there, with all that it knows, when the first of it has been read.
pub fn peak(name: &str, words: &[&str]) {
    let mut child = Command::new(BINARY).args(words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("a process");
    let mut output = child.stdout.take().expect("a pipe");
    output.read_exact(&mut [0; 1]).expect("the first byte");
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    io::copy(&mut output, &mut io::sink()).expect("the rest");
    assert!(child.wait().expect("an end").success());
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    say(&format!("\n{name}\n  kafkabox   at most {}", most.map_or("unknown on this system".to_owned(), |most| format!("{most} kB"))));
    assert!(most.is_none_or(|most| most < MEMORY_LIMIT), "more than {MEMORY_LIMIT} kB");
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
        let wall = format!("wall {:>9.2} ms", contender.wall.as_secs_f64() * 1e3);
        let ratios = format!("kafkabox/this: wall {:.2}", ratio(ours.wall, contender.wall));
        match (ours.cpu, contender.cpu) {
            (Some(ours), Some(theirs)) => say(&format!(
                "  {:<10} {wall}   cpu {:>9.2} ms   {ratios}, cpu {:.2}",
                contender.name,
                theirs.as_secs_f64() * 1e3,
                ratio(ours, theirs)
            )),
            _ => say(&format!("  {:<10} {wall}                      {ratios}", contender.name)),
        }
    }
}

pub fn say(text: &str) {
    // A report that nobody can read is of no use; nor is a panic about it.
    let _ = writeln!(io::stdout(), "{text}");
}
