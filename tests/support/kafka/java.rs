//! The Java tools.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::Release;
use crate::support::process::{Exit, LOCALE, Output, run};

/// How many Java tools run at once: each takes the better part of a core.
const AT_ONCE: usize = 2;

const LOG_SETTINGS: &str =
    concat!("-Dlog4j2.configurationFile=", env!("CARGO_MANIFEST_DIR"), "/tests/support/kafka/log4j2-tools.properties");

/// Runs a Java tool in `directory`.
pub fn run_tool<S: AsRef<OsStr>>(release: &Release, tool: &str, args: &[S], stdin: &[u8], directory: &Path, limit: Duration) -> Output {
    let class = Release::tool_class(tool);
    let archive = release.beside(&format!("{class}.jsa"));
    let fresh = release.beside(&format!("{class}.jsa.{}", std::process::id()));
    // Classes read from an archive halve the time to start. The first run of a tool on a machine writes it.
    let writes = !archive.exists() && first_try(class);
    let sharing = if writes {
        format!("-XX:ArchiveClassesAtExit={}", fresh.display())
    } else {
        format!("-XX:SharedArchiveFile={}", archive.display())
    };
    let mut command = Command::new("java");
    command
        .args([&sharing, "-Xlog:disable", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256M", LOG_SETTINGS, "-cp"])
        .arg(release.class_path())
        .arg(class)
        .args(args)
        // Java reads its arguments, and writes, in the character set of the locale.
        .env("LC_ALL", LOCALE)
        .current_dir(directory);
    let output = with_permit(|| run(&mut command, stdin, limit));
    if writes {
        // A run that failed has not loaded what a normal one needs. Whether the archive can be kept only costs time.
        let _ = if output.exit == Exit::Code(0) { fs::rename(&fresh, &archive) } else { fs::remove_file(&fresh) };
    }
    output
}

fn first_try(class: &str) -> bool {
    static TRIED: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    TRIED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(class.to_owned())
}

fn with_permit<T>(work: impl FnOnce() -> T) -> T {
    static RUNNING: Mutex<usize> = Mutex::new(0);
    static ENDED: Condvar = Condvar::new();
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    *ENDED.wait_while(running, |running| *running >= AT_ONCE).unwrap_or_else(PoisonError::into_inner) += 1;
    let result = work();
    *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
    ENDED.notify_one();
    result
}
