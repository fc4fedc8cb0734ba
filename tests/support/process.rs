//! Running a program to its end, or to a deadline.

use std::fmt;
use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// The locale of every program that is compared: some machines have none set, and then Java prints `?` for what is not
/// ASCII.
pub const LOCALE: &str = "C.UTF-8";

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Code(i32),
    Signal(i32),
    /// It had to be killed when its time was over.
    Timeout,
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "{code}"),
            Self::Signal(signal) => write!(f, "signal {signal}"),
            Self::Timeout => f.write_str("timeout"),
        }
    }
}

/// What a program left behind.
#[derive(Clone, Debug)]
pub struct Output {
    pub exit: Exit,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub took: Duration,
}

impl Output {
    pub fn out(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub fn err(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// The text of stdout, of a program that succeeded.
    #[track_caller]
    pub fn succeeded(&self) -> String {
        assert_eq!(self.exit, Exit::Code(0), "{self}");
        self.out()
    }

    /// The text of stderr, of a program that ended with exit code 1.
    #[track_caller]
    pub fn failed(&self) -> String {
        assert_eq!(self.exit, Exit::Code(1), "{self}");
        self.err()
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {} after {:?}\n--- stdout\n{}\n--- stderr\n{}", self.exit, self.took, self.out(), self.err())
    }
}

/// Runs `command` with `stdin` as its input. When `limit` has passed, it and all of its children are killed.
pub fn run(command: &mut Command, stdin: &[u8], limit: Duration) -> Output {
    run_into(Stdio::piped(), command, stdin, limit)
}

/// As [`run`], with stdout somewhere else.
pub fn run_into(stdout: impl Into<Stdio>, command: &mut Command, stdin: &[u8], limit: Duration) -> Output {
    let start = Instant::now();
    command.process_group(0).stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let group = child.id();
    let (input, mut out, mut err) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (done, is_done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            // A program need not read its input; that it did not shows in what it prints.
            let _ = input.map(|mut pipe| pipe.write_all(stdin));
        });
        let out = scope.spawn(move || everything(out.as_mut()));
        let err = scope.spawn(move || everything(err.as_mut()));
        let guard = scope.spawn(move || {
            let late = is_done.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
            if late {
                signal("KILL", &format!("-{group}"));
            }
            late
        });
        let status = child.wait().expect("the child can be waited for");
        let (stdout, stderr) = (out.join().expect("stdout"), err.join().expect("stderr"));
        drop(done);
        let exit = if guard.join().expect("the guard") { Exit::Timeout } else { exit(status) };
        Output { exit, stdout, stderr, took: start.elapsed() }
    })
}

fn everything(pipe: Option<&mut impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
    }
    bytes
}

pub fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, Some(signal)) => Exit::Signal(signal),
        (None, None) => panic!("{status}"),
    }
}

/// Sends a signal, by its name, to a process or (with a minus in front) to a process group.
pub fn signal(name: &str, process: &str) {
    // By the shell: not every machine has the program. The process may be gone already.
    let _ = Command::new("sh").args(["-c", r#"kill -s "$1" -- "$2""#, "kill", name, process]).stderr(Stdio::null()).status();
}

/// Waits for a child that was told to end.
pub fn reap(child: &mut Child, limit: Duration) -> Result<Exit, String> {
    super::wait::wait_for("the end of a process", limit, || match child.try_wait() {
        Ok(Some(status)) => Ok(exit(status)),
        Ok(None) => Err("it runs".to_owned()),
        Err(error) => Err(error.to_string()),
    })
}

/// A program that runs while the test talks to it.
#[derive(Debug)]
pub struct Live {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: mpsc::Receiver<Vec<u8>>,
    stderr: Arc<Mutex<Vec<u8>>>,
    complains: Option<thread::JoinHandle<()>>,
    read: Vec<u8>,
}

impl Live {
    pub fn start(command: &mut Command) -> Self {
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (mut out, mut err) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
        let (chunks, stdout) = mpsc::channel();
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut buffer) {
                if chunks.send(buffer[..count].to_vec()).is_err() {
                    return;
                }
            }
        });
        let stderr = Arc::new(Mutex::new(Vec::new()));
        let said = Arc::clone(&stderr);
        let complains = Some(thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = err.read(&mut buffer) {
                said.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..count]);
            }
        }));
        Self { stdin: child.stdin.take(), child, stdout, stderr, complains, read: Vec::new() }
    }

    /// Its process id.
    #[cfg_attr(not(feature = "sandbox"), allow(dead_code, reason = "only the sandbox's tests look at processes"))]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Writes to its stdin.
    pub fn write(&mut self, text: &str) {
        self.stdin.as_mut().expect("stdin is open").write_all(text.as_bytes()).expect("the program reads");
    }

    /// Waits until `lines` lines have been printed on stdout, and gives them all.
    #[track_caller]
    pub fn lines(&mut self, lines: usize, limit: Duration) -> String {
        let start = Instant::now();
        while self.read.split(|byte| *byte == b'\n').count() <= lines {
            match self.stdout.recv_timeout(limit.saturating_sub(start.elapsed())) {
                Ok(chunk) => self.read.extend(chunk),
                Err(reason) => panic!("{lines} lines were expected ({reason}): {}", String::from_utf8_lossy(&self.read)),
            }
        }
        String::from_utf8_lossy(&self.read).into_owned()
    }

    /// Waits until it has said something on stderr.
    #[track_caller]
    pub fn says(&self, text: &str, limit: Duration) {
        super::wait::eventually(&format!("'{text}' on stderr"), limit, || {
            let said = String::from_utf8_lossy(&self.stderr.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
            if said.contains(text) { Ok(()) } else { Err(said) }
        });
    }

    /// Waits until it has read what was written, and reads on: until its thread of this name sleeps.
    #[track_caller]
    pub fn has_read(&self, thread: &str, limit: Duration) {
        super::wait::eventually("the input is read", limit, || {
            let threads = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).map_err(|error| error.to_string())?;
            let state = |path: std::path::PathBuf| {
                let stat = std::fs::read_to_string(path.join("stat")).ok()?;
                let (name, rest) = stat.split_once('(')?.1.rsplit_once(") ")?;
                (name == thread).then(|| rest.chars().next())?
            };
            match threads.flatten().find_map(|entry| state(entry.path())) {
                Some('S') => Ok(()),
                state => Err(format!("the state of its thread '{thread}' is {state:?}")),
            }
        });
    }

    /// Whether it has not ended yet.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Closes its stdin.
    pub fn close(&mut self) {
        self.stdin = None;
    }

    /// The most memory that it has had, in bytes.
    pub fn most_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the system tells");
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        kilobytes.expect("a number") * 1024
    }

    /// Takes its stdin over, to write from another thread.
    pub fn take_stdin(&mut self) -> ChildStdin {
        self.stdin.take().expect("stdin is open")
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        signal(name, &self.child.id().to_string());
    }

    /// Waits for its end. Its stdin stays open until then.
    #[track_caller]
    pub fn end(mut self, limit: Duration) -> Output {
        let start = Instant::now();
        let exit = reap(&mut self.child, limit).unwrap_or(Exit::Timeout);
        // What it left running would hold the pipes open.
        signal("KILL", &format!("-{}", self.child.id()));
        self.read.extend(self.stdout.iter().flatten());
        let _ = self.complains.take().map(|thread| thread.join().expect("stderr"));
        let stderr = std::mem::take(&mut *self.stderr.lock().unwrap_or_else(PoisonError::into_inner));
        Output { exit, stdout: std::mem::take(&mut self.read), stderr, took: start.elapsed() }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // A test that fails in the middle leaves nothing running.
        if let Ok(None) = self.child.try_wait() {
            signal("KILL", &format!("-{}", self.child.id()));
            let _ = self.child.wait();
        }
    }
}
