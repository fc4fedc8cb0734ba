//! The binary under test.

use std::ffi::OsStr;
use std::process::Command;
use std::time::Duration;

use super::process::{LOCALE, Output, run};

/// The binary.
pub const BINARY: &str = env!("CARGO_BIN_EXE_kafkabox");

/// How long a call may take unless a test says otherwise.
pub const LIMIT: Duration = Duration::from_secs(60);

/// Variables that change what the tools do. A test that is about one sets it itself.
const VARIABLES: [&str; 4] = ["KAFKABOX_OUTPUT", "KAFKA_BOOTSTRAP_SERVERS", "NO_COLOR", "CLICOLOR_FORCE"];

/// A call of the binary, or of a link to it.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.env("LC_ALL", LOCALE);
    command
}

/// Runs `kafkabox WORDS...`.
pub fn kafkabox<S: AsRef<OsStr>>(words: &[S]) -> Output {
    run(command(BINARY).args(words), b"", LIMIT)
}

/// Runs `kafkabox WORDS...`, the words split at spaces.
pub fn words(line: &str) -> Output {
    kafkabox(&line.split_whitespace().collect::<Vec<_>>())
}

/// Runs a line of bash in which `$kafkabox` is the binary; `pipefail` is on.
pub fn bash(line: &str, limit: Duration) -> Output {
    run(command("bash").env("kafkabox", BINARY).args(["-c", &format!("set -o pipefail; {line}")]), b"", limit)
}
