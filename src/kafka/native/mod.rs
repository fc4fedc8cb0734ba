//! librdkafka through `rdkafka-sys`: the batch calls of the hot paths that the safe crate does not offer.
//!
//! This is the only module with `unsafe`: one call per block, each with the reason why it is sound. What is public here
//! is safe to use in any way.
#![allow(unsafe_code)]

mod batch;
mod client;
pub(in crate::kafka) mod codes;
mod consume;
mod message;
mod partitions;
mod produce;
mod raw;
mod rebalance;
mod topic;
mod words;

pub use batch::Batch;
pub(in crate::kafka) use batch::{Owned, StreamError};
pub(in crate::kafka) use client::NativeError;
pub(in crate::kafka) use consume::{EARLIEST, LATEST, NativeConsumer, Offsets};
pub use message::Message;
pub(in crate::kafka) use message::PartitionKey;
pub use produce::{Delivered, RecordHeader};
pub(in crate::kafka) use produce::{Happening, NativeProducer, Partitions, RecordBatch, Single, Undelivered};
pub(in crate::kafka) use rebalance::Change;
pub(in crate::kafka) use topic::{Topic, TopicMetadata};
pub(in crate::kafka) use words::Words;
