//! `consumer-groups`: mirrors kafka-consumer-groups.sh.

use clap::{ArgMatches, Command};

use crate::context::Context;
use crate::failure::Failure;

pub(super) fn command() -> Command {
    Command::new("consumer-groups")
}

pub(super) fn run(_context: &mut Context, _matches: &ArgMatches) -> Result<(), Failure> {
    Err(Failure::failed("stub"))
}
