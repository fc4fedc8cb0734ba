//! From a slot to an open connection.

use std::rc::Rc;
use std::time::Duration;

use kafka_protocol::messages::MetadataRequest;
use tokio::task::JoinSet;

use super::{Cluster, Peers, Shared, Slot};
use crate::kafka::error::{Error, Result};
use crate::kafka::settings::Endpoint;
use crate::kafka::wire::{Backoff, Connection, Deadline};

/// How long refused connections are tried again: a broker that restarts is back within a moment or not at all.
const CONNECT_GRACE: Duration = Duration::from_secs(2);

/// How long the next bootstrap server waits for the one before it.
const CONNECT_STAGGER: Duration = Duration::from_millis(250);

impl Cluster {
    /// The connection that is kept under `slot`, opened if there is none that is of use. Callers that want it at the same time
    /// share one, and the reason why there is none.
    pub(super) async fn connection(&self, slot: Slot) -> Result<Shared> {
        let opening = {
            let mut connections = self.connections.borrow_mut();
            connections.retain(|_, opening| match opening.get() {
                Some(Ok(connection)) => !connection.is_broken(),
                Some(Err(_)) => false,
                None => true,
            });
            connections.entry(slot).or_default().clone()
        };
        opening.get_or_init(|| self.open(slot)).await.clone()
    }

    async fn open(&self, slot: Slot) -> Result<Shared> {
        let Slot::Broker(id) = slot else { return self.open_bootstrap().await.map(Rc::new) };
        let endpoint = self.endpoint(id).await?;
        // The bootstrap connection serves its broker's own requests too, once it is known which broker that is.
        if let Some(shared) = self.bootstrap_connection(&endpoint) {
            return Ok(shared);
        }
        // Others may have to be asked after it: one broker that is silent does not get all the time.
        let allowed = self.settings.connection_setup_timeout.min(self.deadline.left() / 2);
        let open = async || Connection::open(&endpoint, &self.settings.client_id, self.deadline.step(allowed)).await;
        self.with_grace(open).await.map(Rc::new).map_err(away)
    }

    /// The bootstrap connection, if it leads to `endpoint`.
    fn bootstrap_connection(&self, endpoint: &Endpoint) -> Option<Shared> {
        let connections = self.connections.borrow();
        let shared = connections.get(&Slot::Bootstrap)?.get()?.as_ref().ok()?;
        (!shared.is_broken() && shared.target() == endpoint.to_string()).then(|| shared.clone())
    }

    async fn endpoint(&self, id: i32) -> Result<Endpoint> {
        if !self.brokers.borrow().contains_key(&id) {
            Box::pin(self.learn_nodes()).await?;
        }
        self.brokers.borrow().get(&id).map(|broker| broker.endpoint.clone()).ok_or_else(|| Error::Unreachable {
            target: format!("broker {id}"),
            reason: format!("the cluster lists only {} as running", self.known_ids()),
        })
    }

    fn known_ids(&self) -> String {
        self.brokers.borrow().keys().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    async fn open_bootstrap(&self) -> Result<Connection> {
        let connection = self.with_grace(async || self.race_bootstrap().await).await.map_err(never_a_broker)?;
        if self.peers == Peers::Brokers && connection.version::<MetadataRequest>().is_err() {
            return Err(Error::Controller { target: connection.target().to_owned() });
        }
        Ok(connection)
    }

    /// Repeats an attempt to connect for as long as a restarting broker may take. While it starts or ends, the system may accept
    /// a connection for it and close it again.
    async fn with_grace<T>(&self, mut attempt: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        let grace = Deadline::after(CONNECT_GRACE.min(self.deadline.left()));
        let mut backoff = self.backoff();
        loop {
            let outcome = attempt().await;
            let pause = backoff.pause();
            let again = matches!(outcome, Err(Error::Unreachable { .. } | Error::Disconnected { .. }));
            if !again || pause >= grace.left() {
                return outcome;
            }
            tokio::time::sleep(pause).await;
        }
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff::new(self.settings.retry_backoff, self.settings.retry_backoff_max)
    }

    /// Tries the bootstrap servers in order, the next one as soon as the one before has failed or hesitates.
    async fn race_bootstrap(&self) -> Result<Connection> {
        let deadline = self.deadline.step(self.settings.connection_setup_timeout);
        let mut waiting = self.settings.bootstrap_servers.iter().cloned();
        let mut attempts = JoinSet::new();
        let mut failures = Vec::new();
        loop {
            if let Some(endpoint) = waiting.next() {
                let client_id = self.settings.client_id.clone();
                attempts.spawn(async move { Connection::open(&endpoint, &client_id, deadline).await });
            }
            let hesitation = if waiting.len() == 0 { deadline.left() + CONNECT_STAGGER } else { CONNECT_STAGGER };
            match tokio::time::timeout(hesitation, attempts.join_next()).await {
                Ok(Some(Ok(Ok(winner)))) => return Ok(winner),
                Ok(Some(Ok(Err(error)))) => failures.push(error),
                Ok(Some(Err(panic))) => failures.push(Error::Client(panic.to_string())),
                Ok(None) if waiting.len() == 0 => return Err(join_failures(failures)),
                Ok(None) | Err(_) => {}
            }
        }
    }
}

/// What closes every connection before it has answered anything is no broker.
fn never_a_broker(error: Error) -> Error {
    match error {
        Error::Disconnected { target, reason } => {
            Error::NotKafka { target, reason: format!("{reason} (a TLS listener does so, or a proxy whose broker is down)") }
        }
        error => error,
    }
}

/// Where the cluster says that a broker is, there is one: what closes every connection stands in for it while it is down.
fn away(error: Error) -> Error {
    match error {
        Error::Disconnected { target, reason } => Error::Unreachable { target, reason },
        error => error,
    }
}

/// One error for several servers that all failed: each with its reason.
fn join_failures(mut failures: Vec<Error>) -> Error {
    if failures.len() == 1 {
        return failures.remove(0);
    }
    let late = failures.iter().find_map(|error| match error {
        Error::Timeout { after, .. } => Some(*after),
        _ => None,
    });
    let reasons: Vec<String> = failures
        .iter()
        .filter(|error| !matches!(error, Error::Timeout { .. }))
        .map(|error| match error {
            Error::Unreachable { target, reason } | Error::NotKafka { target, reason } | Error::Disconnected { target, reason } => {
                format!("{target}: {reason}")
            }
            other => other.to_string(),
        })
        .collect();
    let reasons = reasons.join("; ");
    match late {
        Some(after) => Error::Timeout {
            request: "a connection to any bootstrap server".to_owned(),
            after,
            last: Some(reasons).filter(|reasons| !reasons.is_empty()),
        },
        None => Error::Unreachable { target: "any bootstrap server".to_owned(), reason: reasons },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_failures_become_one_line_with_each_reason() {
        let refused = |port: u16| Error::Unreachable { target: format!("h:{port}"), reason: "Connection refused".into() };
        assert_eq!(join_failures(vec![refused(1)]).to_string(), "cannot reach h:1: Connection refused");
        assert_eq!(
            join_failures(vec![refused(1), refused(2)]).to_string(),
            "cannot reach any bootstrap server: h:1: Connection refused; h:2: Connection refused"
        );
        let late = |port: u16| Error::Timeout { request: format!("h:{port}"), after: Duration::from_millis(1), last: None };
        assert_eq!(
            join_failures(vec![refused(1), late(2)]).to_string(),
            "timed out after 1 ms while waiting for a connection to any bootstrap server (last attempt: h:1: Connection refused)"
        );
        assert_eq!(
            join_failures(vec![late(1), late(2)]).to_string(),
            "timed out after 1 ms while waiting for a connection to any bootstrap server"
        );
    }
}
