//! The five tools at work: what a newcomer sees first.

use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;

use anyhow::Context as _;

use super::child;
use crate::context::Context;
use crate::failure::Failure;
use crate::multicall::BINARY;

/// The main jobs, in the order of a working day, as a person types them.
const STEPS: [&str; 8] = [
    "kafkabox topics --create --topic orders --partitions 3",
    "seq 1 1000 | kafkabox console-producer --topic orders",
    "kafkabox topics --describe --topic orders",
    "kafkabox console-consumer --topic orders --group audit --from-beginning --max-messages 5",
    "kafkabox consumer-groups --describe --group audit",
    "kafkabox consumer-groups --describe --group audit --output json",
    "kafkabox configs --alter --entity-type topics --entity-name orders --add-config retention.ms=3600000",
    "kafkabox configs --describe --entity-type topics --entity-name orders",
];

/// Where the shell of a step finds this binary.
const SELF_VARIABLE: &str = "KAFKABOX_SELF";

/// Runs the steps on a broker, each command line shown before its output.
///
/// # Errors
/// A step that fails ends the demonstration.
pub(super) fn show(context: &mut Context, broker: SocketAddr) -> Result<(), Failure> {
    let binary = std::env::current_exe().context("cannot find this binary")?;
    for step in STEPS {
        writeln!(context.stdout(), "$ {step}")?;
        context.stdout().flush()?;
        let mut shell = Command::new("sh");
        shell.env(SELF_VARIABLE, &binary).args(["-c", &format!("{BINARY}() {{ \"${SELF_VARIABLE}\" \"$@\"; }}\n{step}")]);
        match child::code_of(child::run_to_its_end(&mut shell, broker)?) {
            0 => writeln!(context.stdout())?,
            code @ (129 | 130 | 143) => return Err(Failure::Code(code, None)),
            code => return Err(Failure::failed(format!("'{step}' ended with exit code {code}"))),
        }
    }
    context.explain(&format!("The broker of this demonstration is gone; '{BINARY} sandbox' starts one that stays.\n"));
    Ok(())
}
