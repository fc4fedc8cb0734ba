//! What a partition knows of its producers: the last batches of each, so that one sent again is told from a new one, and
//! where an open transaction began (`org.apache.kafka.storage.internals.log.ProducerStateManager`).

use std::collections::{BTreeSet, HashMap, VecDeque};

use kafka_protocol::error::ResponseError;

use super::batch::Batch;
use super::memory::{Charge, Memory};
use crate::sandbox::error::Refusal;

/// How many of a producer's batches are remembered: no client has more of them on their way.
const REMEMBERED: usize = 5;

/// How many producers a partition remembers. The one that has been silent longest makes room, as it does in a broker after
/// `producer.id.expiration.ms`.
const MOST: usize = 1_000;

/// Roughly how many bytes of memory it takes to remember a producer.
const PER_PRODUCER: usize = 2 * size_of::<(i64, Producer)>() + 8 * size_of::<Taken>() + 64;

/// A batch that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Taken {
    first_sequence: i32,
    last_sequence: i32,
    base_offset: i64,
    append_time: i64,
}

/// One producer. Without an open transaction it is remembered for as long as the last of its batches is there, so that what
/// is remembered is limited as batches are.
#[derive(Debug)]
struct Producer {
    epoch: i16,
    taken: VecDeque<Taken>,
    /// The offset at which its open transaction began.
    open_since: Option<i64>,
    last_seen: i64,
    _charge: Charge,
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
    /// Those without an open transaction: when they were last seen, and their ids.
    idle: BTreeSet<(i64, i64)>,
    /// Where the open transactions began.
    open: BTreeSet<i64>,
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
            // The epoch came with a marker.
            None if first == 0 => Ok(None),
            Some(last) if first == last.last_sequence.checked_add(1).unwrap_or_default() => Ok(None),
            None | Some(_) => Err(Refusal::bare(ResponseError::OutOfOrderSequenceNumber)),
        }
    }

    /// Notes a batch that was taken and stands in the log as `batch`.
    pub fn note(&mut self, batch: &Batch, append_time: i64, now: i64, memory: &Memory) {
        self.make_room(batch.producer_id());
        let epoch = batch.producer_epoch();
        let fresh = || Producer { epoch, taken: VecDeque::new(), open_since: None, last_seen: now, _charge: memory.hold(PER_PRODUCER) };
        let id = batch.producer_id();
        let producer = self.by_id.entry(id).or_insert_with(fresh);
        self.idle.remove(&(producer.last_seen, id));
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
            self.open.insert(batch.base_offset());
        }
        if producer.open_since.is_none() {
            self.idle.insert((now, id));
        }
    }

    /// Notes the marker that ends a transaction. Gives the offset at which the transaction began here, if it wrote here.
    pub fn end_transaction(&mut self, producer_id: i64, epoch: i16) -> Option<i64> {
        let producer = self.by_id.get_mut(&producer_id)?;
        if producer.epoch != epoch {
            producer.epoch = epoch;
            producer.taken.clear();
        }
        let began = producer.open_since.take()?;
        self.open.remove(&began);
        self.idle.insert((producer.last_seen, producer_id));
        Some(began)
    }

    /// Forgets a batch's producer, if it was the last one of its batches that is gone now.
    pub fn forget_with(&mut self, batch: &Batch) {
        let id = batch.producer_id();
        let has_more = |producer: &Producer| producer.taken.back().is_some_and(|taken| taken.base_offset > batch.base_offset());
        let Some(producer) = self.by_id.get(&id).filter(|producer| producer.open_since.is_none() && !has_more(producer)) else { return };
        self.idle.remove(&(producer.last_seen, id));
        self.by_id.remove(&id);
    }

    /// Where the oldest open transaction began.
    pub fn first_open(&self) -> Option<i64> {
        self.open.first().copied()
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
        if let Some((_, silent)) = self.idle.pop_first() {
            self.by_id.remove(&silent);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::*;
    use crate::sandbox::log::batch::{Author, OwnRecord, of_own_records};

    fn memory() -> Memory {
        Memory::new(usize::MAX)
    }

    /// A batch of `count` records of producer 7.
    fn sent(epoch: i16, sequence: i32, count: usize, transactional: bool) -> Batch {
        let mut bytes = BytesMut::from(&of_own_records(&vec![OwnRecord::default(); count], Author::Broker, 0).bytes()[..]);
        bytes[22] |= u8::from(transactional) << 4;
        bytes[43..51].copy_from_slice(&7_i64.to_be_bytes());
        bytes[51..53].copy_from_slice(&epoch.to_be_bytes());
        bytes[53..57].copy_from_slice(&sequence.to_be_bytes());
        Batch::split(bytes.freeze()).unwrap().remove(0)
    }

    fn code(outcome: Result<Option<Repeated>, Refusal>) -> i16 {
        outcome.map_or_else(|refusal| refusal.code, |_| 0)
    }

    #[test]
    fn a_batch_that_comes_again_is_known_and_a_gap_is_refused() {
        let mut producers = Producers::default();
        for (sequence, offset) in [(0, 0), (2, 2), (4, 4)] {
            let batch = sent(0, sequence, 2, false);
            assert_eq!(producers.check(&batch), Ok(None));
            producers.note(&batch.at(offset, 0), -1, 0, &memory());
        }
        assert_eq!(producers.check(&sent(0, 2, 2, false)), Ok(Some(Repeated { base_offset: 2, append_time: -1 })));
        assert_eq!(code(producers.check(&sent(0, 7, 1, false))), ResponseError::OutOfOrderSequenceNumber.code());
        assert_eq!(code(producers.check(&sent(0, 2, 1, false))), ResponseError::OutOfOrderSequenceNumber.code());
        assert_eq!(producers.check(&sent(0, 6, 1, false)), Ok(None));
    }

    #[test]
    fn a_new_epoch_begins_at_zero_and_ends_the_old_one() {
        let mut producers = Producers::default();
        producers.note(&sent(1, 0, 2, false).at(0, 0), -1, 0, &memory());
        assert_eq!(code(producers.check(&sent(2, 2, 1, false))), ResponseError::OutOfOrderSequenceNumber.code());
        assert_eq!(producers.check(&sent(2, 0, 1, false)), Ok(None));
        assert_eq!(code(producers.check(&sent(0, 2, 1, false))), ResponseError::InvalidProducerEpoch.code());
    }

    #[test]
    fn a_transaction_is_open_from_its_first_record_to_its_marker() {
        let mut producers = Producers::default();
        producers.note(&sent(0, 0, 2, true).at(5, 0), -1, 0, &memory());
        producers.note(&sent(0, 2, 2, true).at(7, 0), -1, 0, &memory());
        assert_eq!(producers.first_open(), Some(5));
        assert_eq!(code(producers.check(&sent(0, 4, 1, false))), ResponseError::InvalidTxnState.code());
        assert_eq!(producers.end_transaction(7, 0), Some(5));
        assert_eq!(producers.first_open(), None);
        assert_eq!(producers.end_transaction(7, 0), None);
        assert_eq!(producers.end_transaction(8, 0), None);
    }

    #[test]
    fn after_a_marker_with_a_new_epoch_sequences_begin_anew() {
        let mut producers = Producers::default();
        producers.note(&sent(0, 0, 2, true).at(5, 0), -1, 0, &memory());
        producers.end_transaction(7, 1);
        assert_eq!(code(producers.check(&sent(1, 2, 1, true))), ResponseError::OutOfOrderSequenceNumber.code());
        assert_eq!(producers.check(&sent(1, 0, 1, true)), Ok(None));
        // One that kept its epoch goes on.
        producers.note(&sent(1, 0, 2, true).at(8, 0), -1, 0, &memory());
        producers.end_transaction(7, 1);
        assert_eq!(producers.check(&sent(1, 2, 1, true)), Ok(None));
    }

    #[test]
    fn the_producer_that_was_silent_longest_makes_room() {
        let mut producers = Producers::default();
        for id in 0..=i64::try_from(MOST).unwrap() {
            let mut bytes = BytesMut::from(&sent(0, 0, 1, id == 0).bytes()[..]);
            bytes[43..51].copy_from_slice(&id.to_be_bytes());
            producers.note(&Batch::split(bytes.freeze()).unwrap()[0], -1, id, &memory());
        }
        let ids: Vec<i64> = producers.active().iter().map(|producer| producer.id).collect();
        assert_eq!(ids.len(), MOST);
        // The first has an open transaction.
        assert_eq!(ids[..3], [0, 2, 3]);
    }

    #[test]
    fn a_producer_goes_with_the_last_of_its_batches() {
        let (mut producers, memory) = (Producers::default(), Memory::new(PER_PRODUCER));
        let (first, second) = (sent(0, 0, 2, false).at(5, 0), sent(0, 2, 2, false).at(7, 0));
        producers.note(&first, -1, 0, &memory);
        producers.note(&second, -1, 1, &memory);
        producers.forget_with(&first);
        assert_eq!(producers.active().len(), 1);
        producers.forget_with(&second);
        assert!(producers.active().is_empty() && producers.idle.is_empty());
        // One with an open transaction stays until the marker is gone, too.
        let open = sent(0, 0, 2, true).at(9, 0);
        producers.note(&open, -1, 2, &memory);
        producers.forget_with(&open);
        assert_eq!(producers.active().len(), 1);
        producers.end_transaction(7, 0);
        producers.forget_with(&sent(0, 0, 1, true).at(11, 0));
        assert!(producers.active().is_empty());
    }
}
