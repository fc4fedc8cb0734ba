//! Ends the brokers with the test process, however that ends.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::support::process::{Exit, reap};
use crate::support::wait::eventually;

/// Reads `+GROUP` and `-GROUP` until the writer is gone, be it by a panic or by SIGKILL; then kills the process groups
/// that are left, and removes the directory of the run.
const SCRIPT: &str = r#"
groups=' '
while read -r change; do
  case $change in
    +*) groups="$groups${change#+} " ;;
    -*) groups="${groups%% ${change#-} *} ${groups#* ${change#-} }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$1" && break; done
"#;

/// A `sh` that outlives this process by a moment.
#[derive(Debug)]
pub struct Watchdog {
    directory: PathBuf,
    pipe: Mutex<ChildStdin>,
}

/// The watchdog of this run.
pub fn watchdog() -> &'static Watchdog {
    static WATCHDOG: OnceLock<Watchdog> = OnceLock::new();
    WATCHDOG.get_or_init(|| {
        let directory = tempfile::Builder::new().prefix("kafkabox-tests-").tempdir().expect("a temporary directory").keep();
        Watchdog { pipe: Mutex::new(start(&directory)), directory }
    })
}

/// Starts the watching, and gives the pipe whose end is its signal.
#[allow(clippy::zombie_processes, reason = "it is there to outlive this process")]
fn start(directory: &Path) -> ChildStdin {
    // In a group of its own, Ctrl-C does not reach it. Rust's pipes are not inherited: when this process ends, nobody
    // holds the writing end.
    let mut child = Command::new("sh")
        .args(["-c", SCRIPT, "watchdog"])
        .arg(directory)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh runs");
    child.stdin.take().expect("stdin is a pipe")
}

impl Watchdog {
    /// A new directory below that of the run.
    pub fn directory(&self, name: &str) -> PathBuf {
        let directory = Path::new(&self.directory).join(name);
        fs::create_dir_all(&directory).expect("a directory below the temporary one");
        directory
    }

    /// The process group that `leader` leads is to be killed at the end.
    pub fn guard(&self, leader: u32) {
        self.tell(&format!("+{leader}"));
    }

    /// The group has ended; its number may come to mean another one.
    pub fn release(&self, leader: u32) {
        self.tell(&format!("-{leader}"));
    }

    fn tell(&self, line: &str) {
        let mut pipe = self.pipe.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(pipe, "{line}").expect("the watchdog listens");
    }
}

#[test]
fn what_is_guarded_ends_with_the_pipe_and_what_was_released_does_not() {
    let spawn =
        || Command::new("tail").args(["-f", "/dev/null"]).process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let (mut guarded, mut released, mut last) = (spawn(), spawn(), spawn());
    let directory = tempfile::tempdir().unwrap().keep();
    fs::write(directory.join("file"), "x").unwrap();
    let mut pipe = start(&directory);
    writeln!(pipe, "+{}\n+{}\n+{}\n-{}", guarded.id(), released.id(), last.id(), released.id()).unwrap();
    drop(pipe);
    for child in [&mut guarded, &mut last] {
        assert_eq!(reap(child, Duration::from_secs(20)), Ok(Exit::Signal(9)));
    }
    eventually("the directory is removed", Duration::from_secs(20), || {
        if directory.exists() { Err("it is there".to_owned()) } else { Ok(()) }
    });
    assert_eq!(released.try_wait().unwrap(), None);
    released.kill().unwrap();
    released.wait().unwrap();
}
