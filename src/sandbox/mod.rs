//! An in-memory broker: one node, started in milliseconds, gone with the process.
//!
//! It is for trying the tools and for testing scripts, not for data. It answers the requests of ordinary clients
//! (librdkafka, the Java clients, kafka-python) as a single Kafka broker of release [`KAFKA_VERSION`](crate::KAFKA_VERSION)
//! would, in that release's words, up to the versions of requests that the codec knows. What it does not simulate:
//! replication (there is one broker), retention and compaction (a record stays until it is deleted, or the memory is needed),
//! a topic's own compression (`compression.type`: batches stay as their producer sent them), authorisation, TLS and SASL,
//! quotas and limits on connections (they are kept, and throttle nobody), groups with members of both protocols, share
//! groups.
//!
//! # How it is built
//!
//! ```text
//! Sandbox (a thread of its own)
//!    └── server.rs     accepts, reads frames, one request of a connection after the other
//!          ├── room.rs the memory that requests and answers on their way may take
//!          └── api.rs  the table of requests: versions and handlers
//!                ├── shape.rs                                          what a request looks like, before it is decoded
//!                ├── topics/ cluster.rs produce.rs fetch.rs offsets.rs what a broker does
//!                │     ├── append.rs                                   the way of a batch into the log
//!                │     └── log/                                        batches, producers, offsets, memory
//!                ├── groups/                                           what a group coordinator does
//!                ├── transactions/                                     what a transaction coordinator does
//!                └── configs/ quotas.rs scram.rs                       what is stored beside the records
//! ```
//!
//! Everything happens on one thread, so the state is a plain [`Broker`](broker::Broker) in a cell; a request that has to
//! wait (for records, for the members of a group) lets go of it meanwhile. The parts below the handlers know no clock and
//! no socket.

#![allow(clippy::needless_pass_by_value, reason = "the handlers of all requests look alike: they are given the request")]

mod api;
mod append;
mod broker;
mod budget;
mod changes;
mod cluster;
mod configs;
mod dropped;
mod error;
mod expression;
mod fetch;
mod groups;
mod log;
mod notices;
mod offsets;
mod produce;
mod producer_ids;
mod quotas;
mod room;
mod scram;
mod server;
mod shape;
mod topics;
mod transactions;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

pub use self::broker::NODE_ID;

/// The memory that batches may take, in bytes, unless [`Options`] say otherwise.
pub const DEFAULT_MEMORY: usize = 256 << 20;

/// Where the sandbox tells what a person should know: requests that cannot be read, batches that were dropped.
pub type Log = Box<dyn Fn(&str) + Send>;

/// How a sandbox is started.
pub struct Options {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Topics that are there from the start: name and number of partitions.
    pub topics: Vec<(String, i32)>,
    /// How many bytes of batches are kept; beyond it the oldest are dropped.
    pub memory: usize,
    pub log: Log,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, topics: Vec::new(), memory: DEFAULT_MEMORY, log: Box::new(|_| ()) }
    }
}

/// A running broker. It ends, and its data with it, when this value is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Starts a broker on 127.0.0.1. It accepts connections as soon as this returns.
    ///
    /// # Errors
    /// That the port cannot be had, that a topic is refused (in the broker's words), or what the system refuses.
    pub fn start(options: Options) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let (report, reported) = std::sync::mpsc::channel();
        let thread = thread::Builder::new().name("sandbox".into()).spawn(move || server::run(listener, options, stopped, &report))?;
        reported.recv().unwrap_or_else(|_| Err(io::Error::other("the sandbox's thread ended at its start")))?;
        Ok(Self { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Where it listens: what `--bootstrap-server` takes.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that has ended already does not listen.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
