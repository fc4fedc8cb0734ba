//! Waiting for a condition, with a deadline. No test pauses in any other way.

use std::time::{Duration, Instant};

/// How often a condition is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// Asks until `condition` gives a value.
///
/// # Errors
/// The last reason, once `limit` has passed.
pub fn wait_for<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Result<T, String>) -> Result<T, String> {
    let start = Instant::now();
    loop {
        match condition() {
            Ok(value) => return Ok(value),
            Err(reason) if start.elapsed() > limit => return Err(format!("{what}: not within {limit:?}: {reason}")),
            Err(_) => std::thread::park_timeout(INTERVAL),
        }
    }
}

/// As [`wait_for`], and fails the test at the deadline.
#[track_caller]
pub fn eventually<T>(what: &str, limit: Duration, condition: impl FnMut() -> Result<T, String>) -> T {
    wait_for(what, limit, condition).unwrap_or_else(|reason| panic!("{reason}"))
}
