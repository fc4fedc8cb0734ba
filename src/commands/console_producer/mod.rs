//! `console-producer`: mirrors kafka-console-producer.sh.

use clap::{ArgMatches, Command};

use crate::context::Context;
use crate::failure::Failure;

pub(super) fn command() -> Command {
    Command::new("console-producer")
}

pub(super) fn run(_context: &mut Context, _matches: &ArgMatches) -> Result<(), Failure> {
    Err(Failure::failed("stub"))
}
