//! The state of the one broker.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

use super::Log;
use super::configs::Configs;
use super::dropped::Dropped;
use super::groups::Groups;
use super::log::memory::Memory;
use super::producer_ids::ProducerIds;
use super::quotas::Quotas;
use super::scram::Credentials;
use super::topics::Topics;
use super::transactions::Transactions;

/// The id of the one broker.
pub const NODE_ID: i32 = 1;

/// The id of the cluster, of the form that Kafka makes them of.
pub const CLUSTER_ID: &str = "kafkabox-sandbox-clust";

/// All that the broker knows.
pub struct Broker {
    pub address: SocketAddr,
    pub topics: Topics,
    pub groups: Groups,
    pub configs: Configs,
    pub quotas: Quotas,
    pub credentials: Credentials,
    pub producer_ids: ProducerIds,
    pub transactions: Transactions,
    pub memory: Memory,
    pub dropped: Dropped,
    /// Told when records were appended, or a partition came or went: what waits in a fetch looks again.
    pub changed: Rc<Notify>,
}

/// The broker, and who waits for it to change. Everything runs on one thread; a handler lets go of the broker before it
/// waits.
pub struct Shared {
    pub broker: RefCell<Broker>,
    pub changed: Rc<Notify>,
    log: Rc<dyn Fn(&str)>,
}

impl Shared {
    /// A broker that listens on `address` and keeps up to `memory` bytes of batches.
    pub fn new(address: SocketAddr, memory: usize, log: Log) -> Self {
        let log: Rc<dyn Fn(&str)> = Rc::from(log as Box<dyn Fn(&str)>);
        let changed = Rc::new(Notify::new());
        let broker = Broker {
            address,
            topics: Topics::default(),
            groups: Groups::default(),
            configs: Configs::new(address),
            quotas: Quotas::default(),
            credentials: Credentials::default(),
            producer_ids: ProducerIds::default(),
            transactions: Transactions::default(),
            memory: Memory::new(memory),
            dropped: Dropped::new(Rc::clone(&log)),
            changed: Rc::clone(&changed),
        };
        Self { broker: RefCell::new(broker), changed, log }
    }

    /// Tells a person something.
    pub fn tell(&self, message: &str) {
        (self.log)(message);
    }
}

/// Who asks, and how.
#[derive(Clone, Debug)]
pub struct Call {
    /// The number of the request's kind.
    pub key: i16,
    /// The version of the request.
    pub version: i16,
    /// `client.id`, empty if the client has none.
    pub client_id: String,
    /// The client's address as Java prints it.
    pub client_host: String,
    /// When it came, in milliseconds since 1970.
    pub now: i64,
}

/// Milliseconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// A broker of its own for a unit test, with enough memory for anything.
#[cfg(test)]
pub fn for_tests() -> Broker {
    let address = SocketAddr::from(([127, 0, 0, 1], 9092));
    Shared::new(address, usize::MAX, Box::new(|_| ())).broker.into_inner()
}
