//! The tools against the in-memory broker: what a machine with Rust alone can verify.

mod amplify;
mod clients;
mod command;
mod parity;
mod robust;
mod victim;

use kafkabox::sandbox::{Options, Sandbox};

/// A broker as the parity cases expect it.
pub fn start() -> Sandbox {
    Sandbox::start(Options::default()).expect("a free port")
}
