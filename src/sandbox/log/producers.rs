//! What a partition knows of its producers: the last batches of each, so that one sent again is told from a new one, and
//! where an open transaction began (`org.apache.kafka.storage.internals.log.ProducerStateManager`).

use std::collections::{HashMap, VecDeque};

use kafka_protocol::error::ResponseError;

use super::batch::Batch;
use crate::sandbox::error::Refusal;

/// How many of a producer's batches are remembered: no client has more of them on their way.
const REMEMBERED: usize = 5;

/// How many producers a partition remembers. The one that has been silent longest makes room, as it does in a broker after
/// `producer.id.expiration.ms`.
const MOST: usize = 10_000;

/// A batch that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taken {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    append_time: i64,
}

/// One producer.
#[derive(Clone, Debug)]
struct Producer {
    epoch: i16,
    taken: VecDeque<Taken>,
    /// The offset at which its open transaction began.
    open_since: Option<i64>,
    last_seen: i64,
}

/// One producer, as a tool is told of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveProducer {
    pub id: i64,
    pub epoch: i16,
    pub last_sequence: i32,
    pub last_timestamp: i64,
    pub open_since: Option<i64>,
}

/// The producers of one partition.
#[derive(Debug, Default)]
pub struct Producers {
    by_id: HashMap<i64, Producer>,
}

/// A batch that is there already: what its producer was told then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repeated {
    pub base_offset: i64,
    pub append_time: i64,
}

impl Producers {
    /// Whether the next batch of its producer can be taken, or was taken before.
    ///
    /// # Errors
    /// An epoch that is over, and a sequence with a gap.
    pub fn check(&self, batch: &Batch) -> Result<Option<Repeated>, Refusal> {
        let Some(known) = self.by_id.get(&batch.producer_id()) else { return Ok(None) };
        let (epoch, first) = (batch.producer_epoch(), batch.base_sequence());
        if epoch < known.epoch {
            return Err(Refusal::bare(ResponseError::InvalidProducerEpoch));
        }
        if epoch > known.epoch {
            return if first == 0 { Ok(None) } else { Err(Refusal::bare(ResponseError::OutOfOrderSequenceNumber)) };
        }
        let repeated = known.taken.iter().find(|taken| taken.first_sequence == first && taken.last_sequence == batch.last_sequence());
        if let Some(taken) = repeated {
            return Ok(Some(Repeated { base_offset: taken.base_offset, append_time: taken.append_time }));
        }
        if known.open_since.is_some() && !batch.is_transactional() {
            return Err(Refusal::bare(ResponseError::InvalidTxnState));
        }
        match known.taken.back() {
            // After a marker, or from the log's start on, any sequence is the next one.
            None => Ok(None),
            Some(last) if first == last.last_sequence.checked_add(1).unwrap_or_default() => Ok(None),
            Some(_) => Err(Refusal::bare(ResponseError::OutOfOrderSequenceNumber)),
        }
    }

    /// Notes a batch that was taken and stands in the log as `batch`.
    pub fn note(&mut self, batch: &Batch, append_time: i64, now: i64) {
        self.make_room(batch.producer_id());
        let epoch = batch.producer_epoch();
        let fresh = || Producer { epoch, taken: VecDeque::new(), open_since: None, last_seen: now };
        let producer = self.by_id.entry(batch.producer_id()).or_insert_with(fresh);
        if producer.epoch != epoch {
            producer.epoch = epoch;
            producer.taken.clear();
        }
        producer.last_seen = now;
        producer.taken.push_back(Taken {
            first_sequence: batch.base_sequence(),
            last_sequence: batch.last_sequence(),
            base_offset: batch.base_offset(),
            append_time,
        });
        if producer.taken.len() > REMEMBERED {
            producer.taken.pop_front();
        }
        if batch.is_transactional() && producer.open_since.is_none() {
            producer.open_since = Some(batch.base_offset());
        }
    }

    /// Notes the marker that ends a transaction. Gives the offset at which the transaction began here, if it wrote here.
    pub fn end_transaction(&mut self, producer_id: i64, epoch: i16) -> Option<i64> {
        let producer = self.by_id.get_mut(&producer_id)?;
        if producer.epoch != epoch {
            producer.epoch = epoch;
            producer.taken.clear();
        }
        producer.open_since.take()
    }

    /// Where the oldest open transaction began.
    pub fn first_open(&self) -> Option<i64> {
        self.by_id.values().filter_map(|producer| producer.open_since).min()
    }

    /// The producers that are remembered, by their ids.
    pub fn active(&self) -> Vec<ActiveProducer> {
        let active = |(id, producer): (&i64, &Producer)| ActiveProducer {
            id: *id,
            epoch: producer.epoch,
            last_sequence: producer.taken.back().map_or(-1, |taken| taken.last_sequence),
            last_timestamp: producer.last_seen,
            open_since: producer.open_since,
        };
        let mut all: Vec<ActiveProducer> = self.by_id.iter().map(active).collect();
        all.sort_by_key(|producer| producer.id);
        all
    }

    fn make_room(&mut self, newcomer: i64) {
        if self.by_id.len() < MOST || self.by_id.contains_key(&newcomer) {
            return;
        }
        let idle = self.by_id.iter().filter(|(_, producer)| producer.open_since.is_none());
        if let Some(silent) = idle.min_by_key(|(_, producer)| producer.last_seen).map(|(id, _)| *id) {
            self.by_id.remove(&silent);
        }
    }
}
