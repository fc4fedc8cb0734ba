//! SIGINT, SIGTERM and SIGHUP (a terminal that is gone) for commands that have something to bring to an end first.
//!
//! The first signal is only noted: the command stops reading, finishes what it has begun, and reports. A later one ends the
//! process at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{io, thread};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Incoming;
use signal_hook::{flag, low_level};

use crate::failure::Failure;

/// Signals that follow so closely are the first one: `timeout` sends one to its child and to its process group, and so do
/// wrappers that pass on what the terminal has sent to all of them already.
const BURST: Duration = Duration::from_millis(500);

/// The signals that this process has been sent since [`Signals::catch`].
#[derive(Clone, Debug)]
pub struct Signals {
    noted: Arc<AtomicUsize>,
}

impl Signals {
    /// Takes the signals over from the system, except SIGHUP where the caller (`nohup`) has it ignored.
    ///
    /// # Errors
    /// Those of the system.
    pub fn catch() -> io::Result<Self> {
        let noted = Arc::new(AtomicUsize::new(0));
        for signal in taken_over() {
            // In the handler itself, so that a call that the signal has interrupted finds it noted.
            flag::register_usize(signal, Arc::clone(&noted), signal.unsigned_abs() as usize)?;
        }
        let mut incoming = Incoming::new(taken_over())?;
        // The command may be stuck where it cannot look for signals, as in writing to a reader that does not read.
        thread::Builder::new().name("signals".to_owned()).spawn(move || {
            let mut first = None;
            for signal in &mut incoming.forever() {
                if first.get_or_insert_with(Instant::now).elapsed() >= BURST {
                    low_level::exit(128 + signal);
                }
            }
        })?;
        Ok(Self { noted })
    }

    /// The number of the signal that asks this command to end, if one does.
    pub fn received(&self) -> Option<i32> {
        i32::try_from(self.noted.load(Ordering::Relaxed)).ok().filter(|signal| *signal != 0)
    }

    /// How a command ends that a signal has asked to.
    ///
    /// # Errors
    /// [`Failure::Signalled`], if there was a signal.
    pub fn outcome(&self) -> Result<(), Failure> {
        self.received().map_or(Ok(()), |signal| Err(Failure::Signalled(signal)))
    }
}

/// The same signals for a command that has nothing else to do than to wait for one.
#[derive(Debug)]
pub struct Coming(Incoming);

impl Coming {
    /// Takes the signals over from the system, as [`Signals::catch`] does.
    ///
    /// # Errors
    /// Those of the system.
    pub fn catch() -> io::Result<Self> {
        Ok(Self(Incoming::new(taken_over())?))
    }

    /// Waits for a signal, and gives its number.
    pub fn wait(&mut self) -> i32 {
        // Only a handle that is closed ends the waiting, and there is none.
        self.0.forever().next().unwrap_or(SIGTERM)
    }
}

/// The signals that end a command.
fn taken_over() -> impl Iterator<Item = i32> {
    [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| *signal != SIGHUP || !is_ignored(SIGHUP))
}

/// Whether this process was started with a signal ignored: the mask of ignored signals in the system's word about it.
pub fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal - 1)) != 0)
}
