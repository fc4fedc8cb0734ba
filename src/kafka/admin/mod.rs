//! Every admin request that the tools need, on the Kafka protocol itself.
//!
//! One method per request; plain [`model`](super::model) values in and out. The error code and the broker's own message
//! are kept at the level where the broker sent them: the request, or the item.

mod configs;
mod groups;
mod offsets;
mod quotas;
mod scram;
mod topics;

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use super::error::{BrokerError, Error, ErrorCode, Result};
use super::settings::ClientSettings;
use super::wire::{Backoff, Cluster, Deadline};

pub use configs::{AlterOp, ConfigChange};
pub use groups::GroupListings;
pub use offsets::Committed;
pub use scram::{CredentialChange, Upsertion};
pub use topics::{Described, PARTITIONS_PER_RESPONSE, Reassignments, Wanted};

/// What became of one item of a request.
pub type ItemResult<T> = std::result::Result<T, BrokerError>;

/// A handle for admin requests to one cluster (Java's `Admin`).
#[derive(Debug)]
pub struct Admin {
    cluster: Cluster,
    settings: ClientSettings,
    /// The groups that a listing has said to speak the classic protocol: nobody has to find that out again.
    classic: RefCell<HashSet<String>>,
}

impl Admin {
    /// Connects. All calls together may take `default.api.timeout.ms`.
    ///
    /// # Errors
    /// Those of [`Cluster::connect`].
    pub async fn connect(settings: ClientSettings) -> Result<Self> {
        let deadline = Deadline::after(settings.api_timeout);
        let cluster = Cluster::connect(settings.clone(), deadline).await?;
        Ok(Self { cluster, settings, classic: RefCell::default() })
    }

    /// Connects to controllers instead of brokers; `bootstrap.servers` names them here. They answer for configurations only.
    ///
    /// # Errors
    /// Those of [`Cluster::connect_to_controllers`].
    pub async fn connect_to_controllers(settings: ClientSettings) -> Result<Self> {
        let deadline = Deadline::after(settings.api_timeout);
        let cluster = Cluster::connect_to_controllers(settings.clone(), deadline).await?;
        Ok(Self { cluster, settings, classic: RefCell::default() })
    }

    /// The ids of the brokers that are up, in ascending order.
    ///
    /// # Errors
    /// Those of the metadata request.
    pub async fn broker_ids(&self) -> Result<Vec<i32>> {
        Ok(self.cluster.brokers().await?.iter().map(|broker| broker.id).collect())
    }

    /// The timeout that goes into requests which the controller may keep waiting, in milliseconds.
    fn timeout_ms(&self) -> i32 {
        i32::try_from(self.settings.request_timeout.as_millis()).unwrap_or(i32::MAX)
    }

    /// Sends `items`, and those again whose broker was the wrong one or not ready, for most of the time that is left.
    ///
    /// `send` gives one outcome per item, in the items' order. The result is in that order, too.
    ///
    /// # Errors
    /// A failure of a whole request. What the broker says of an item is that item's result.
    async fn per_item<I: Clone, T>(
        &self,
        what: &str,
        items: &[I],
        mut send: impl AsyncFnMut(&[I]) -> Result<Vec<ItemResult<T>>>,
    ) -> Result<Vec<ItemResult<T>>> {
        let mut settled: Vec<Option<ItemResult<T>>> = items.iter().map(|_| None).collect();
        let mut backoff = Backoff::new(self.settings.retry_backoff, self.settings.retry_backoff_max);
        let deadline = self.cluster.deadline().most();
        loop {
            let open: Vec<usize> = (0..items.len()).filter(|index| settled[*index].is_none()).collect();
            let batch: Vec<I> = open.iter().map(|index| items[*index].clone()).collect();
            let outcomes = self.cluster.retrying(what, async || send(&batch).await).await?;
            let pause = backoff.pause();
            let last_round = pause >= deadline.left();
            let mut misrouted = None;
            for (index, outcome) in open.into_iter().zip(outcomes) {
                match outcome {
                    Err(error) if error.code.is_transient() && !last_round => misrouted = Some(error.code),
                    outcome => settled[index] = Some(outcome),
                }
            }
            let Some(code) = misrouted else {
                return Ok(settled
                    .into_iter()
                    .map(|outcome| outcome.unwrap_or_else(|| Err(ErrorCode::UNKNOWN_SERVER_ERROR.into())))
                    .collect());
            };
            self.cluster.reroute(code);
            tokio::time::sleep(pause).await;
        }
    }
}

/// Puts a response's items into the order of the request; an item that the broker left out has an error of its own.
fn in_order<K: Eq + Hash, T>(
    wanted: impl IntoIterator<Item = K>,
    answered: impl IntoIterator<Item = (K, ItemResult<T>)>,
) -> Vec<ItemResult<T>> {
    let mut answered: HashMap<K, ItemResult<T>> = answered.into_iter().collect();
    let take = |key: K| match answered.remove(&key) {
        Some(outcome) => outcome,
        None => {
            Err(BrokerError { code: ErrorCode::UNKNOWN_SERVER_ERROR, message: Some("The broker's answer does not mention it.".into()) })
        }
    };
    wanted.into_iter().map(take).collect()
}

/// Whether the broker cannot, or will not, answer this request, so that a command can go on without it.
fn unavailable(error: &Error) -> bool {
    match error {
        Error::Unsupported { .. } => true,
        Error::Broker(broker) => matches!(broker.code, ErrorCode::UNSUPPORTED_VERSION | ErrorCode::CLUSTER_AUTHORIZATION_FAILED),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_put_into_the_requests_order_and_gaps_are_errors() {
        let answered = vec![("b", Ok(2)), ("a", Ok(1))];
        let ordered = in_order(["a", "b", "c"], answered);
        assert_eq!(ordered[0], Ok(1));
        assert_eq!(ordered[1], Ok(2));
        assert!(ordered[2].is_err());
    }
}
