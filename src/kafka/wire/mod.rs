//! The Kafka protocol over TCP: one connection, the cluster that it leads to, and the time that a command may take.
//!
//! Only the codec is borrowed (crate `kafka-protocol`). Everything above this module sees typed requests and responses,
//! and [`Error`](crate::kafka::error::Error)s that name the broker and the reason.

mod cluster;
mod connection;
mod deadline;
mod stream;

pub use cluster::{Broker, Cluster, Peers, Target};
pub use connection::Connection;
pub use deadline::{Backoff, Deadline};
