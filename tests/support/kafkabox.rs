//! The binary under test.

use std::ffi::OsStr;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::client::{Client, Config};
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

/// A member in a process of its own, which is killed as soon as its group of `count` is at rest.
pub fn killed_member(client: &Client, group: &str, topics: &[String], config: &Config, count: usize) -> Result<(), String> {
    let mut call = command(BINARY);
    call.args(["console-consumer", "--bootstrap-server", client.servers(), "--group", group, "--include", &topics.join("|")]);
    for (key, value) in config {
        call.args(["--command-property", &format!("{key}={value}")]);
    }
    let mut process = call.stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(|error| error.to_string())?;
    let rests = client.group_rests(group, count);
    process.kill().and_then(|()| process.wait()).map_err(|error| error.to_string())?;
    rests
}
