//! `console-consumer`: mirrors kafka-console-consumer.sh.

use clap::{ArgMatches, Command};

use crate::context::Context;
use crate::failure::Failure;

pub(super) fn command() -> Command {
    Command::new("console-consumer")
}

pub(super) fn run(_context: &mut Context, _matches: &ArgMatches) -> Result<(), Failure> {
    Err(Failure::failed("stub"))
}
