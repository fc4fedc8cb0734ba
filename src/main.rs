//! The binary: everything else is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    kafkabox::multicall::main(std::env::args_os())
}
