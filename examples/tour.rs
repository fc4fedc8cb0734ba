//! A tour of the tools: fetches and starts a real Apache Kafka, lets the five tools do their main jobs on it, and shows
//! each command line before its output.
//!
//! ```sh
//! cargo run --example tour
//! ```
//!
//! The first run fetches Kafka, with Maven.

use std::io::Write;
use std::process::{Command, ExitCode};

use support::kafka;

#[path = "../tests/support"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support {
    pub mod client;
    pub mod kafka;
    pub mod process;
    pub mod wait;
}

/// What a newcomer wants to see, in the order of a working day.
const STEPS: [&str; 7] = [
    "kafkabox topics --create --topic orders --partitions 3",
    "seq 1 100000 | kafkabox console-producer --topic orders",
    "kafkabox topics --describe --topic orders",
    "kafkabox console-consumer --topic orders --group audit --from-beginning --max-messages 99000 | tail -n 3",
    "kafkabox consumer-groups --describe --group audit",
    "kafkabox consumer-groups --describe --group audit --output json",
    "kafkabox configs --alter --entity-type topics --entity-name orders --add-config retention.ms=3600000",
];

fn main() -> ExitCode {
    // The library is the whole program: called with words, this example is kafkabox.
    if std::env::args_os().len() > 1 {
        return kafkabox::multicall::main(std::env::args_os());
    }
    match tour() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say(&format!("tour: {reason}"));
            ExitCode::FAILURE
        }
    }
}

fn tour() -> Result<(), String> {
    say(&format!("Starting Apache Kafka {} ...", kafkabox::KAFKA_VERSION));
    let cluster = kafka::one().ok_or("the tour needs a JDK (17 or newer) and Maven")?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    for step in STEPS {
        say(&format!("\n$ {step}"));
        let status = Command::new("bash")
            .args(["-c", &format!("kafkabox() {{ \"$program\" \"$@\"; }}; set -o pipefail; {step}")])
            .env("program", &program)
            .env("KAFKA_BOOTSTRAP_SERVERS", cluster.servers())
            .status()
            .map_err(|error| format!("bash: {error}"))?;
        if !status.success() {
            return Err(format!("'{step}' failed: {status}"));
        }
    }
    say("\nNext: cargo install --path . && kafkabox --help");
    Ok(())
}

/// Tells the visitor something, on stderr: the output of the tools is the only thing on stdout.
fn say(text: &str) {
    // A visitor who has closed stderr does not want to know.
    let _ = writeln!(std::io::stderr(), "{text}");
}
