//! The state of the one broker.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::Log;
use super::changes::Changes;
use super::configs::Configs;
use super::dropped::Dropped;
use super::groups::Groups;
use super::log::memory::Memory;
use super::notices::Notices;
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
    /// Where it listens: what clients are told to connect to.
    pub address: SocketAddr,
    /// The topics, and all records in them.
    pub topics: Topics,
    /// The groups, their members, and the offsets that they have committed.
    pub groups: Groups,
    /// What is configured, for the broker too.
    pub configs: Configs,
    /// The quotas of clients, which hold nobody up.
    pub quotas: Quotas,
    /// The SCRAM credentials, with which nobody can log in.
    pub credentials: Credentials,
    /// The source of ids for producers.
    pub producer_ids: ProducerIds,
    /// The transactional ids, and what is open of them.
    pub transactions: Transactions,
    /// The account of the memory that batches take.
    pub memory: Memory,
    /// Tells a person about batches that went for want of it.
    pub dropped: Dropped,
    /// Tells a person what clients are not told.
    pub notices: Notices,
    /// Told when records were appended, or a partition came or went: what waits in a fetch looks again.
    pub changed: Rc<Changes>,
}

/// The broker, and who waits for it to change. Everything runs on one thread; a handler lets go of the broker before it
/// waits.
pub struct Shared {
    /// The broker, borrowed for no longer than a handler runs without waiting.
    pub broker: RefCell<Broker>,
    /// The broker's own, for those who wait without having borrowed it.
    pub changed: Rc<Changes>,
    log: Rc<dyn Fn(&str)>,
}

impl Shared {
    /// A broker that listens on `address` and keeps up to `memory` bytes of batches.
    pub fn new(address: SocketAddr, memory: usize, log: Log) -> Self {
        let log: Rc<dyn Fn(&str)> = Rc::from(log as Box<dyn Fn(&str)>);
        let changed = Rc::<Changes>::default();
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
            notices: Notices::new(Rc::clone(&log)),
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
