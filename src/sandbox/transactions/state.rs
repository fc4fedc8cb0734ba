//! One transactional id: its producer, and the transaction that is open (`TransactionMetadata`, `TransactionCoordinator`).
//!
//! A broker first writes that a transaction is about to end, and then the markers; here both happen at once, so that the
//! states in between are never seen.

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;

use crate::sandbox::producer_ids::ProducerIds;

/// The producer id or epoch of nobody.
pub const NONE: i16 = -1;

/// What a transactional id does (`TransactionState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Empty,
    Ongoing,
    CompleteCommit,
    CompleteAbort,
}

impl State {
    /// All names of states, those too that are never seen here.
    pub const NAMES: [&str; 8] =
        ["Ongoing", "PrepareCommit", "PrepareAbort", "CompleteCommit", "CompleteAbort", "Empty", "Dead", "PrepareEpochFence"];

    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
        }
    }
}

/// How clients and the broker speak about transactions (`transaction.version`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// A producer keeps its epoch from one transaction to the next.
    Classic,
    /// Each transaction has an epoch of its own (KIP-890).
    Bumping,
}

/// A producer's id and epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Producer {
    pub id: i64,
    pub epoch: i16,
}

/// A transaction that has ended: what its markers say, and where they go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    pub marker: Producer,
    pub committed: bool,
    pub partitions: BTreeSet<(String, i32)>,
}

/// One transactional id.
#[derive(Clone, Debug)]
pub struct Transaction {
    pub producer: Producer,
    /// The id before the last change; the same one, unless its epochs were used up.
    previous_id: i64,
    last_epoch: i16,
    pub timeout_ms: i32,
    pub state: State,
    pub partitions: BTreeSet<(String, i32)>,
    /// When the last transaction began, in milliseconds since 1970; -1 for none.
    pub started: i64,
    pub updated: i64,
}

/// What becomes of a producer that introduces itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Initialised {
    Ready,
    /// A transaction was open, and is aborted; the producer has to come again.
    Aborted(Ended),
}

impl Transaction {
    /// The state of a transactional id that nobody has used yet.
    pub fn new(id: i64, timeout_ms: i32, now: i64) -> Self {
        Self {
            producer: Producer { id, epoch: NONE },
            previous_id: NONE.into(),
            last_epoch: NONE,
            timeout_ms,
            state: State::Empty,
            partitions: BTreeSet::new(),
            started: -1,
            updated: now,
        }
    }

    /// Gives the producer the next epoch, so that one of the same transactional id from before is fenced. Who goes on after
    /// an error tells which producer it `was` (KIP-360).
    ///
    /// # Errors
    /// PRODUCER_FENCED when another one has come since.
    pub fn initialise(
        &mut self,
        was: Option<Producer>,
        timeout_ms: i32,
        ids: &mut ProducerIds,
        now: i64,
    ) -> Result<Initialised, ResponseError> {
        let is_known = |was: &Producer| {
            self.producer.epoch == NONE || was.id == self.producer.id || (was.id == self.previous_id && is_exhausted(was.epoch))
        };
        if was.as_ref().is_some_and(|was| !is_known(was)) {
            return Err(ResponseError::ProducerFenced);
        }
        if self.state == State::Ongoing {
            return Ok(Initialised::Aborted(self.abort(ids, now)));
        }
        let current = self.producer;
        if is_exhausted(current.epoch) && was.is_none_or(|was| was.epoch == current.epoch) {
            self.producer = Producer { id: ids.fresh(), epoch: 0 };
            self.last_epoch = if was.is_some() { current.epoch } else { NONE };
        } else {
            match was {
                None => self.last_epoch = NONE,
                Some(was) if current.epoch == NONE || was.epoch == current.epoch => self.last_epoch = current.epoch,
                // The answer to the request before was lost.
                Some(was) if was.epoch == self.last_epoch => return Ok(self.ready(current.id, timeout_ms, now)),
                Some(_) => return Err(ResponseError::ProducerFenced),
            }
            self.producer.epoch = current.epoch.saturating_add(1);
        }
        Ok(self.ready(current.id, timeout_ms, now))
    }

    fn ready(&mut self, previous_id: i64, timeout_ms: i32, now: i64) -> Initialised {
        self.previous_id = previous_id;
        self.timeout_ms = timeout_ms;
        self.state = State::Empty;
        self.partitions.clear();
        self.started = -1;
        self.updated = now;
        Initialised::Ready
    }

    /// Whether `producer` is the one that has the transactional id now.
    ///
    /// # Errors
    /// Another id, and another epoch.
    pub fn check(&self, producer: Producer) -> Result<(), ResponseError> {
        if self.producer.id != producer.id {
            return Err(ResponseError::InvalidProducerIdMapping);
        }
        if self.producer.epoch != producer.epoch {
            return Err(ResponseError::ProducerFenced);
        }
        Ok(())
    }

    /// Whether the transaction is open and has that partition.
    ///
    /// # Errors
    /// Another producer, and TRANSACTION_ABORTABLE for a partition that was not added.
    pub fn verify(&self, producer: Producer, topic: &str, partition: i32) -> Result<(), ResponseError> {
        self.check(producer)?;
        let has = self.partitions.contains(&(topic.to_owned(), partition));
        if has { Ok(()) } else { Err(ResponseError::TransactionAbortable) }
    }

    /// Adds partitions to the transaction, which begins with the first.
    ///
    /// # Errors
    /// Another producer.
    pub fn add(&mut self, producer: Producer, partitions: &[(String, i32)], now: i64) -> Result<(), ResponseError> {
        self.check(producer)?;
        if self.state != State::Ongoing {
            self.started = now;
            self.state = State::Ongoing;
        }
        self.partitions.extend(partitions.iter().cloned());
        self.updated = now;
        Ok(())
    }

    /// Commits or aborts. None for what is done already: the answer to the request before was lost.
    ///
    /// # Errors
    /// Another producer, and INVALID_TXN_STATE where there is nothing that could end so.
    pub fn end(
        &mut self,
        producer: Producer,
        committed: bool,
        protocol: Protocol,
        ids: &mut ProducerIds,
        now: i64,
    ) -> Result<Option<Ended>, ResponseError> {
        match protocol {
            Protocol::Classic => {
                self.check(producer)?;
                match (self.state, committed) {
                    (State::Ongoing, _) => Ok(Some(self.complete(committed, self.producer, now))),
                    (State::CompleteCommit, true) | (State::CompleteAbort, false) => Ok(None),
                    _ => Err(ResponseError::InvalidTxnState),
                }
            }
            Protocol::Bumping => self.end_and_bump(producer, committed, ids, now),
        }
    }

    fn end_and_bump(
        &mut self,
        producer: Producer,
        committed: bool,
        ids: &mut ProducerIds,
        now: i64,
    ) -> Result<Option<Ended>, ResponseError> {
        let overflowed = self.previous_id == producer.id && producer.epoch == i16::MAX - 1 && self.producer.epoch == 0;
        let is_retry = overflowed || producer.epoch.checked_add(1) == Some(self.producer.epoch);
        if self.producer.id != producer.id && !overflowed {
            return Err(ResponseError::InvalidProducerIdMapping);
        }
        let has_ended = matches!(self.state, State::CompleteCommit | State::CompleteAbort);
        if producer.epoch != self.producer.epoch && !(has_ended && is_retry) {
            return Err(ResponseError::ProducerFenced);
        }
        match (self.state, committed, is_retry) {
            (State::CompleteCommit, true, true) | (State::CompleteAbort, false, true) => Ok(None),
            // A transaction without partitions can be aborted, and gets its marker nowhere.
            (State::Ongoing, _, _) | (State::Empty, false, _) | (State::CompleteCommit | State::CompleteAbort, false, false) => {
                Ok(Some(self.bump(committed, ids, now)))
            }
            _ => Err(ResponseError::InvalidTxnState),
        }
    }

    /// Aborts the open transaction, whatever its producer thinks of that: it is fenced.
    pub fn abort(&mut self, ids: &mut ProducerIds, now: i64) -> Ended {
        self.bump(false, ids, now)
    }

    /// Whether the open transaction has lasted longer than its producer asked for.
    pub fn is_over(&self, now: i64) -> bool {
        self.state == State::Ongoing && self.started.saturating_add(self.timeout_ms.into()) < now
    }

    fn bump(&mut self, committed: bool, ids: &mut ProducerIds, now: i64) -> Ended {
        let current = self.producer;
        if self.state != State::Ongoing {
            self.started = now;
        }
        self.last_epoch = current.epoch;
        let marker = Producer { epoch: current.epoch.saturating_add(1), ..current };
        let ended = self.complete(committed, marker, now);
        self.producer = if is_exhausted(current.epoch) { Producer { id: ids.fresh(), epoch: 0 } } else { marker };
        ended
    }

    fn complete(&mut self, committed: bool, marker: Producer, now: i64) -> Ended {
        self.previous_id = self.producer.id;
        self.state = if committed { State::CompleteCommit } else { State::CompleteAbort };
        self.updated = now;
        Ended { marker, committed, partitions: std::mem::take(&mut self.partitions) }
    }
}

/// Whether no producer may have a later epoch: the last one is kept for fencing.
fn is_exhausted(epoch: i16) -> bool {
    epoch >= i16::MAX - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: i32 = 60_000;

    /// A transactional id whose producer has come once, and the source of ids.
    fn begun() -> (Transaction, ProducerIds) {
        let mut ids = ProducerIds::default();
        let mut transaction = Transaction::new(ids.fresh(), TIMEOUT, 0);
        assert_eq!(transaction.initialise(None, TIMEOUT, &mut ids, 0), Ok(Initialised::Ready));
        (transaction, ids)
    }

    fn producer(id: i64, epoch: i16) -> Producer {
        Producer { id, epoch }
    }

    fn place() -> Vec<(String, i32)> {
        vec![("t".to_owned(), 0)]
    }

    #[test]
    fn each_producer_that_comes_fences_the_one_before() {
        let (mut transaction, mut ids) = begun();
        assert_eq!(transaction.producer, producer(0, 0));
        transaction.initialise(None, TIMEOUT, &mut ids, 1).unwrap();
        assert_eq!(transaction.producer, producer(0, 1));
        assert_eq!(transaction.add(producer(0, 0), &place(), 2), Err(ResponseError::ProducerFenced));
        assert_eq!(transaction.add(producer(7, 1), &place(), 2), Err(ResponseError::InvalidProducerIdMapping));
        assert_eq!(transaction.add(producer(0, 1), &place(), 2), Ok(()));
        assert_eq!((transaction.state, transaction.started), (State::Ongoing, 2));
    }

    #[test]
    fn who_goes_on_after_an_error_says_who_it_was() {
        let (mut transaction, mut ids) = begun();
        let mut again = |transaction: &mut Transaction, was| transaction.initialise(Some(was), TIMEOUT, &mut ids, 1);
        assert_eq!(again(&mut transaction, producer(0, 0)), Ok(Initialised::Ready));
        assert_eq!(transaction.producer, producer(0, 1));
        // The same again, whose answer was lost.
        assert_eq!(again(&mut transaction, producer(0, 0)), Ok(Initialised::Ready));
        assert_eq!(transaction.producer, producer(0, 1));
        assert_eq!(again(&mut transaction, producer(5, 0)), Err(ResponseError::ProducerFenced));
        assert_eq!(again(&mut transaction, producer(0, 7)), Err(ResponseError::ProducerFenced));
    }

    #[test]
    fn an_open_transaction_is_aborted_by_the_next_producer() {
        let (mut transaction, mut ids) = begun();
        transaction.add(producer(0, 0), &place(), 1).unwrap();
        let Ok(Initialised::Aborted(ended)) = transaction.initialise(None, TIMEOUT, &mut ids, 2) else { panic!("not aborted") };
        let partitions = place().into_iter().collect();
        assert_eq!(ended, Ended { marker: producer(0, 1), committed: false, partitions });
        assert_eq!(transaction.initialise(None, TIMEOUT, &mut ids, 3), Ok(Initialised::Ready));
        assert_eq!(transaction.producer, producer(0, 2));
    }

    #[test]
    fn used_up_epochs_give_a_new_id() {
        let (mut transaction, mut ids) = begun();
        transaction.producer.epoch = i16::MAX - 1;
        transaction.initialise(None, TIMEOUT, &mut ids, 1).unwrap();
        assert_eq!(transaction.producer, producer(1, 0));
        transaction.producer.epoch = i16::MAX - 1;
        transaction.add(producer(1, i16::MAX - 1), &place(), 1).unwrap();
        let ended = transaction.end(producer(1, i16::MAX - 1), true, Protocol::Bumping, &mut ids, 2).unwrap().unwrap();
        assert_eq!((ended.marker, transaction.producer), (producer(1, i16::MAX), producer(2, 0)));
        // The answer was lost: the old producer may ask again.
        assert_eq!(transaction.end(producer(1, i16::MAX - 1), true, Protocol::Bumping, &mut ids, 2), Ok(None));
    }

    #[test]
    fn how_the_classic_protocol_ends() {
        let (mut transaction, mut ids) = begun();
        let mut end = |transaction: &mut Transaction, epoch, committed| {
            transaction.end(producer(0, epoch), committed, Protocol::Classic, &mut ids, 9).map(|ended| ended.map(|ended| ended.marker))
        };
        assert_eq!(end(&mut transaction, 0, true), Err(ResponseError::InvalidTxnState));
        assert_eq!(end(&mut transaction, 0, false), Err(ResponseError::InvalidTxnState));
        transaction.add(producer(0, 0), &place(), 1).unwrap();
        assert_eq!(end(&mut transaction, 1, true), Err(ResponseError::ProducerFenced));
        assert_eq!(end(&mut transaction, 0, true), Ok(Some(producer(0, 0))));
        assert_eq!(end(&mut transaction, 0, true), Ok(None));
        assert_eq!(end(&mut transaction, 0, false), Err(ResponseError::InvalidTxnState));
        transaction.add(producer(0, 0), &place(), 1).unwrap();
        assert_eq!(end(&mut transaction, 0, false), Ok(Some(producer(0, 0))));
        assert_eq!(end(&mut transaction, 0, false), Ok(None));
        assert_eq!(end(&mut transaction, 0, true), Err(ResponseError::InvalidTxnState));
    }

    #[test]
    fn how_the_protocol_with_new_epochs_ends() {
        let (mut transaction, mut ids) = begun();
        let mut end = |transaction: &mut Transaction, epoch, committed| {
            transaction.end(producer(0, epoch), committed, Protocol::Bumping, &mut ids, 9).map(|ended| ended.map(|ended| ended.marker))
        };
        assert_eq!(end(&mut transaction, 0, true), Err(ResponseError::InvalidTxnState));
        assert_eq!(end(&mut transaction, -1, false), Err(ResponseError::ProducerFenced));
        assert_eq!(end(&mut transaction, 0, false), Ok(Some(producer(0, 1))));
        assert_eq!((transaction.state, transaction.producer), (State::CompleteAbort, producer(0, 1)));
        assert_eq!(end(&mut transaction, 0, false), Ok(None));
        assert_eq!(end(&mut transaction, 0, true), Err(ResponseError::InvalidTxnState));
        assert_eq!(end(&mut transaction, 1, true), Err(ResponseError::InvalidTxnState));
        transaction.add(producer(0, 1), &place(), 1).unwrap();
        assert_eq!(end(&mut transaction, 0, true), Err(ResponseError::ProducerFenced));
        assert_eq!(end(&mut transaction, 1, true), Ok(Some(producer(0, 2))));
        assert_eq!(end(&mut transaction, 1, true), Ok(None));
        assert_eq!(end(&mut transaction, 1, false), Err(ResponseError::InvalidTxnState));
        assert_eq!(end(&mut transaction, 2, true), Err(ResponseError::InvalidTxnState));
        assert_eq!(end(&mut transaction, 2, false), Ok(Some(producer(0, 3))));
    }

    #[test]
    fn a_transaction_is_over_when_its_time_is() {
        let (mut transaction, mut ids) = begun();
        assert!(!transaction.is_over(i64::MAX));
        transaction.add(producer(0, 0), &place(), 1000).unwrap();
        assert!(!transaction.is_over(1000 + i64::from(TIMEOUT)));
        assert!(transaction.is_over(1001 + i64::from(TIMEOUT)));
        assert_eq!(transaction.abort(&mut ids, 70_000).marker, producer(0, 1));
        assert_eq!(transaction.verify(producer(0, 0), "t", 0), Err(ResponseError::ProducerFenced));
        assert_eq!(transaction.verify(producer(0, 1), "t", 0), Err(ResponseError::TransactionAbortable));
    }
}
