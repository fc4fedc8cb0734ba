//! `sandbox`: an in-memory broker to try the tools on, and to test scripts with.
//!
//! The command is always there; the broker itself is behind the cargo feature of the same name.

mod args;
#[cfg(feature = "sandbox")]
mod child;
#[cfg(feature = "sandbox")]
mod demo;
#[cfg(feature = "sandbox")]
mod run;

pub(super) use self::args::command;
#[cfg(feature = "sandbox")]
pub(super) use self::run::run;

/// Says what this build lacks.
#[cfg(not(feature = "sandbox"))]
pub(super) fn run(_: &mut crate::context::Context, matches: &clap::ArgMatches) -> Result<(), crate::failure::Failure> {
    args::action(matches)?;
    Err(crate::failure::Failure::failed("this kafkabox was built without its in-memory broker")
        .hinted("cargo install --path . --features sandbox builds one with it"))
}
