//! Starting the broker, and what runs beside it.

use std::io::{ErrorKind, Write};
use std::process::Command;

use anyhow::Context as _;
use clap::ArgMatches;

use super::args::{Action, Start, action};
use super::{child, demo};
use crate::commands::connect::SERVERS_VARIABLE;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::sandbox::{DEFAULT_MEMORY, Options, Sandbox};
use crate::signals;

pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    match action(matches)? {
        Action::Serve(how) => serve(context, how),
        Action::Run(how, program, words) => beside(context, how, Command::new(program).args(words)),
        Action::Demo(how) => {
            let sandbox = start(context, how)?;
            demo::show(context, sandbox.address())
        }
    }
}

/// A broker until a signal comes.
fn serve(context: &mut Context, how: Start) -> Result<(), Failure> {
    let topic = how.topics.first().map(|(name, _)| name.clone());
    let mut signals = signals::Coming::catch().context("cannot catch signals")?;
    let sandbox = start(context, how)?;
    writeln!(context.stdout(), "{}", sandbox.address())?;
    context.stdout().flush()?;
    context.explain(&next_commands(&sandbox.address().to_string(), topic.as_deref()));
    Err(Failure::Signalled(signals.wait()))
}

/// A broker for as long as a command runs.
fn beside(context: &Context, how: Start, command: &mut Command) -> Result<(), Failure> {
    let sandbox = start(context, how)?;
    match child::code_of(child::run_to_its_end(command, sandbox.address())?) {
        0 => Ok(()),
        code => Err(Failure::Code(code, None)),
    }
}

fn start(context: &Context, how: Start) -> Result<Sandbox, Failure> {
    let Start { port, topics, memory } = how;
    let memory = memory.unwrap_or(DEFAULT_MEMORY);
    Sandbox::start(Options { port, topics, memory, log: Box::new(context.teller()) }).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => {
            Failure::failed(format!("port {port} of 127.0.0.1 is in use")).hinted("--port takes another, and any free one if it is 0")
        }
        // What the broker itself refuses is told in its words.
        ErrorKind::Other => Failure::failed(error.to_string()),
        _ => Failure::failed(format!("cannot listen on port {port} of 127.0.0.1: {}", plain_io(&error))),
    })
}

/// What to type next, in another terminal.
fn next_commands(address: &str, topic: Option<&str>) -> String {
    let first = match topic {
        Some(topic) => format!("kafkabox topics --describe --topic {topic}"),
        None => "kafkabox topics --create --topic orders --partitions 3".to_owned(),
    };
    let topic = topic.unwrap_or("orders");
    format!(
        "This is an in-memory broker, for trying and testing. Ctrl-C ends it, and its data. In another terminal:\n\n  \
         export {SERVERS_VARIABLE}={address}\n  \
         {first}\n  \
         seq 1 100 | kafkabox console-producer --topic {topic}\n  \
         kafkabox console-consumer --topic {topic} --from-beginning --group audit --max-messages 60\n\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_commands_fit_the_topics_that_are_there() {
        let text = next_commands("127.0.0.1:9", Some("clicks"));
        assert!(text.contains("\n  export KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:9\n  kafkabox topics --describe --topic clicks\n"), "{text}");
        assert!(!text.contains("orders"), "{text}");
        assert!(next_commands("127.0.0.1:9", None).contains("\n  kafkabox topics --create --topic orders --partitions 3\n"));
    }
}
