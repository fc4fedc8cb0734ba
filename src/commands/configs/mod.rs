//! `configs`: mirrors kafka-configs.sh.

use clap::{ArgMatches, Command};

use crate::context::Context;
use crate::failure::Failure;

pub(super) fn command() -> Command {
    Command::new("configs")
}

pub(super) fn run(_context: &mut Context, _matches: &ArgMatches) -> Result<(), Failure> {
    Err(Failure::failed("stub"))
}
