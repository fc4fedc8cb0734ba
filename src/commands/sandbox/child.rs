//! Commands that run beside the broker.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::WithRawSiginfo;

use crate::commands::connect::SERVERS_VARIABLE;
use crate::failure::{Failure, plain_io};
use crate::signals::is_ignored;

/// Runs a command on a broker, to its end.
///
/// Whoever sends this process a signal means the command: it is passed on, and what the command makes of it is waited for.
/// The exception is what the terminal sends (Ctrl-C): that reaches the command by itself.
///
/// # Errors
/// As in a shell, [`Failure::Code`] with 127 for a command that is not there, with 126 for one that cannot be started.
pub(super) fn run_to_its_end(command: &mut Command, broker: SocketAddr) -> Result<ExitStatus, Failure> {
    let told = |error: &io::Error| Failure::failed(format!("cannot wait for a command: {}", plain_io(error)));
    // What is ignored here is ignored there, too, as long as nobody touches it.
    let signals = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    let mut signals = SignalsInfo::<WithRawSiginfo>::new(signals.chain([SIGCHLD])).map_err(|error| told(&error))?;
    let mut child = command.env(SERVERS_VARIABLE, broker.to_string()).spawn().map_err(|error| not_started(command, &error))?;
    for signal in &mut signals {
        if signal.si_signo == SIGCHLD {
            if let Some(status) = child.try_wait().map_err(|error| told(&error))? {
                return Ok(status);
            }
        } else if signal.si_code <= 0 {
            // Positive codes are the system's own.
            pass_on(signal.si_signo, &child);
        }
    }
    child.wait().map_err(|error| told(&error))
}

/// Sends the child, which has not been waited for yet, a signal.
fn pass_on(signal: i32, child: &Child) {
    if let (Ok(process), Ok(signal)) = (i32::try_from(child.id()), Signal::try_from(signal)) {
        // One that has just ended does not need it.
        let _ = kill(Pid::from_raw(process), signal);
    }
}

fn not_started(command: &Command, error: &io::Error) -> Failure {
    let code = if error.kind() == ErrorKind::NotFound { 127 } else { 126 };
    Failure::code(code, format!("cannot run {}: {}", command.get_program().display(), plain_io(error)))
}

/// The exit code that a shell gives for how a command ended.
pub(super) fn code_of(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}
