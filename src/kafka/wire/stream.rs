//! Opening a byte stream to a broker: every address of a name at once, and the reason when none answers.
//!
//! TLS belongs here: a [`Stream`] is what the rest of the module reads and writes, whatever it is made of.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;

use super::Deadline;
use crate::kafka::error::{Error, Result, plain_io};
use crate::kafka::settings::Endpoint;

/// The bytes to and from one broker.
pub(super) type Stream = TcpStream;

/// Connects to the first address of `endpoint` that accepts.
///
/// # Errors
/// [`Error::Unreachable`] with the last address' reason when none accepts before the deadline; [`Error::Timeout`] when that is the
/// whole command's.
pub(super) async fn open(endpoint: &Endpoint, deadline: Deadline) -> Result<Stream> {
    let unreachable = |reason: String| Error::Unreachable { target: endpoint.to_string(), reason };
    let addresses = resolve(lookup_host((endpoint.host.as_str(), endpoint.port)), deadline).await.map_err(unreachable)?;
    let stream = match tokio::time::timeout(deadline.left(), connect_any(&addresses)).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return Err(unreachable(plain(&error))),
        Err(_) => {
            let silent = || unreachable("no answer to the connection request".to_owned());
            let late = |after| Error::Timeout { request: format!("a connection to {endpoint}"), after, last: None };
            return Err(deadline.whole().map_or_else(silent, late));
        }
    };
    // Requests are written whole, so waiting to fill a packet only costs time; a system that refuses the option still works.
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

/// Races the addresses, so that a name with a dead IPv6 address first costs nothing.
async fn connect_any(addresses: &[SocketAddr]) -> io::Result<Stream> {
    if let [only] = addresses {
        return TcpStream::connect(only).await;
    }
    let mut attempts = JoinSet::new();
    for address in addresses.iter().copied() {
        attempts.spawn(TcpStream::connect(address));
    }
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    while let Some(attempt) = attempts.join_next().await {
        match attempt {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = error,
            Err(panic) => last = io::Error::other(panic),
        }
    }
    Err(last)
}

/// Whether `host` is an address, or a name that has one.
///
/// # Errors
/// Why not, or that the name server does not say so before the deadline.
pub async fn find_host(host: &str, deadline: Deadline) -> std::result::Result<(), String> {
    resolve(lookup_host((host, 0)), deadline).await.map(drop)
}

/// The addresses that a look-up finds, or why it finds none before the deadline.
async fn resolve(
    lookup: impl Future<Output = io::Result<impl Iterator<Item = SocketAddr>>>,
    deadline: Deadline,
) -> std::result::Result<Vec<SocketAddr>, String> {
    match tokio::time::timeout(deadline.left(), lookup).await {
        Ok(Ok(addresses)) => Ok(addresses.collect()),
        Ok(Err(error)) => Err(format!("the name cannot be resolved ({})", plain(&error))),
        Err(_) => Err("the name cannot be resolved (no answer from the name server)".to_owned()),
    }
}

/// An I/O error without Rust's "(os error N)".
pub(super) fn plain(error: &io::Error) -> String {
    let text = plain_io(error);
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_that_stays_silent_is_told_apart_from_a_broker_that_does() {
        let outcome = crate::kafka::wire::block_on::<_, Error>(async {
            let silent = std::future::pending::<io::Result<std::vec::IntoIter<SocketAddr>>>();
            Ok(resolve(silent, Deadline::after(std::time::Duration::from_millis(10))).await)
        });
        assert_eq!(outcome.unwrap().unwrap_err(), "the name cannot be resolved (no answer from the name server)");
    }

    #[test]
    fn system_errors_lose_rusts_decoration() {
        assert_eq!(plain(&io::Error::from_raw_os_error(111)), "Connection refused");
        assert_eq!(
            plain(&io::Error::other("failed to lookup address information: Name or service not known")),
            "Name or service not known"
        );
    }
}
