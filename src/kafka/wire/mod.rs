//! The Kafka protocol over TCP: one connection, the cluster that it leads to, and the time that a command may take.
//!
//! Only the codec is borrowed (crate `kafka-protocol`). Everything above this module sees typed requests and responses,
//! and [`Error`](crate::kafka::error::Error)s that name the broker and the reason.

use std::time::Duration;

use super::error::{Error, Result};
use super::settings::ClientSettings;

mod cluster;
mod connection;
mod deadline;
#[cfg(test)]
pub(super) mod fake;
mod stream;

pub use cluster::{Broker, Cluster, Peers, Target};
pub use connection::Connection;
pub use deadline::{Backoff, Deadline};
pub use stream::find_host;

/// Runs requests to their end, on this thread.
///
/// # Errors
/// Those of `work`, and that the system refuses what waiting takes.
pub fn block_on<T, E: From<Error>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::Client(format!("cannot start: {error}")))?;
    let outcome = runtime.block_on(work);
    // The system's look-up of a name cannot be called off. Nobody waits for its end once the command has its outcome.
    runtime.shutdown_background();
    outcome
}

/// Makes sure that a broker answers, before a client of librdkafka is started: that one goes on trying, and tells less.
///
/// # Errors
/// Those of [`Cluster::connect`], after no more than `patience`.
pub fn reach(settings: &ClientSettings, patience: Duration) -> Result<()> {
    block_on(async { Cluster::connect(settings.clone(), Deadline::after(patience)).await.map(drop) })
}

/// The most bytes of a text in the Kafka protocol. A broker closes the connection on a longer one, without a word.
const MAX_TEXT: usize = 32_767;

/// Makes sure that the protocol has room for a text, which `what` names.
///
/// # Errors
/// [`Error::Client`]; it does not repeat the text.
pub fn ensure_fits(what: &str, text: &str) -> Result<()> {
    match text.len() {
        ..=MAX_TEXT => Ok(()),
        length => Err(Error::Client(format!("{what} has {length} bytes, and the Kafka protocol has room for {MAX_TEXT}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_text_has_as_many_bytes_as_java_can_send() {
        assert!(ensure_fits("x", &"é".repeat(16_383)).is_ok() && ensure_fits("x", &"y".repeat(32_767)).is_ok());
        let error = ensure_fits("the value of x", &"é".repeat(16_384)).unwrap_err();
        assert_eq!(error.to_string(), "the value of x has 32768 bytes, and the Kafka protocol has room for 32767");
    }

    #[test]
    fn what_blocks_in_the_background_does_not_hold_up_the_end() {
        let start = Instant::now();
        let outcome: Result<i32> = block_on(async {
            tokio::task::spawn_blocking(|| std::thread::sleep(Duration::from_secs(20)));
            // Lets the blocking thread start: what has not started would not be waited for anyway.
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(7)
        });
        assert!(matches!(outcome, Ok(7)));
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    }
}
