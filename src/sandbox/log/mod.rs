//! The records of a partition.

pub mod batch;
mod codec;
pub mod memory;
pub mod producers;
pub mod records;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::ops::ControlFlow;

use bytes::{Bytes, BytesMut};

use self::batch::Batch;
use self::memory::Charge;
use self::producers::Producers;

/// A batch in its place.
#[derive(Debug)]
pub struct Stored {
    pub batch: Batch,
    _charge: Charge,
}

/// A transaction that was aborted (`AbortedTxn`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTxn {
    pub producer_id: i64,
    pub first_offset: i64,
    /// Where its marker stands.
    pub last_offset: i64,
}

/// A record's place, and its timestamp in milliseconds since 1970; -1 for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampAndOffset {
    pub offset: i64,
    pub timestamp: i64,
}

/// The log of one partition. There is one replica, so that the end of the log is the high watermark.
#[derive(Debug, Default)]
pub struct PartitionLog {
    start: i64,
    end: i64,
    batches: VecDeque<Stored>,
    aborted: VecDeque<AbortedTxn>,
    pub producers: Producers,
}

impl PartitionLog {
    /// The first offset that can be read.
    pub fn start_offset(&self) -> i64 {
        self.start
    }

    /// The offset of the next record.
    pub fn end_offset(&self) -> i64 {
        self.end
    }

    /// Up to where no transaction is open. One whose beginning was deleted counts from the log's start.
    pub fn last_stable_offset(&self) -> i64 {
        self.producers.first_open().map_or(self.end, |first| first.max(self.start))
    }

    /// Puts a batch, which has the log's next offset, at the end.
    pub fn push(&mut self, batch: Batch, charge: Charge) {
        self.end = batch.last_offset().saturating_add(1);
        self.batches.push_back(Stored { batch, _charge: charge });
    }

    /// Notes an aborted transaction.
    pub fn note_aborted(&mut self, aborted: AbortedTxn) {
        self.aborted.push_back(aborted);
    }

    /// The aborted transactions that have records in `from..to`.
    pub fn aborted_between(&self, from: i64, to: i64) -> impl Iterator<Item = &AbortedTxn> {
        self.aborted.iter().filter(move |aborted| aborted.last_offset >= from && aborted.first_offset < to)
    }

    /// Forgets the records before `offset`. Whole batches go; of one that is cut through, readers skip the beginning.
    pub fn delete_before(&mut self, offset: i64) {
        self.start = offset.clamp(self.start, self.end);
        while self.batches.front().is_some_and(|stored| stored.batch.last_offset() < self.start) {
            if let Some(stored) = self.batches.pop_front() {
                self.producers.forget_with(&stored.batch);
            }
        }
        while self.aborted.front().is_some_and(|aborted| aborted.last_offset < self.start) {
            self.aborted.pop_front();
        }
    }

    /// Forgets the oldest batch, if it is the one that begins at `base_offset`. Gives the log's new start.
    pub fn drop_oldest(&mut self, base_offset: i64) -> Option<i64> {
        let oldest = self.batches.front().filter(|stored| stored.batch.base_offset() == base_offset)?;
        self.delete_before(oldest.batch.last_offset().saturating_add(1));
        Some(self.start)
    }

    /// Whether a batch begins at that offset.
    pub fn has_batch_at(&self, base_offset: i64) -> bool {
        self.batches.binary_search_by_key(&base_offset, |stored| stored.batch.base_offset()).is_ok()
    }

    /// Whole batches from the one with `offset` on, those that end before `until`, up to `limit` bytes; with `at_least_one`
    /// the first one in any case. Gives also the offset that follows them.
    pub fn read(&self, offset: i64, until: i64, limit: usize, at_least_one: bool) -> (Bytes, i64) {
        let mut length = 0_usize;
        let fitting = self.between(offset, until).take_while(|batch| {
            let fits = length + batch.bytes().len() <= limit || (length == 0 && at_least_one);
            length += batch.bytes().len();
            fits
        });
        let batches: Vec<&Batch> = fitting.collect();
        let next = batches.last().map_or(offset, |batch| batch.last_offset().saturating_add(1));
        match batches[..] {
            [one] => (one.bytes().clone(), next),
            _ => {
                let mut all = BytesMut::with_capacity(batches.iter().map(|batch| batch.bytes().len()).sum());
                for batch in batches {
                    all.extend_from_slice(batch.bytes());
                }
                (all.freeze(), next)
            }
        }
    }

    /// The batches from the one with `offset` on, those that end before `until`.
    fn between(&self, offset: i64, until: i64) -> impl Iterator<Item = &Batch> {
        let first = self.batches.partition_point(|stored| stored.batch.last_offset() < offset);
        self.batches.range(first..).map(|stored| &stored.batch).take_while(move |batch| batch.last_offset() < until)
    }

    /// How many bytes [`read`](Self::read) would find, counted no further than `enough`.
    pub fn length(&self, offset: i64, until: i64, enough: usize) -> usize {
        let mut length = 0_usize;
        for batch in self.between(offset, until) {
            if length >= enough {
                break;
            }
            length += batch.bytes().len();
        }
        length
    }

    /// The first record whose timestamp is `timestamp` or later.
    pub fn find_by_timestamp(&self, timestamp: i64) -> Option<TimestampAndOffset> {
        self.search(|batch| batch.max_timestamp() >= timestamp, |record| record >= timestamp)
    }

    /// The first record that has the newest timestamp of all.
    pub fn find_newest(&self) -> Option<TimestampAndOffset> {
        let newest = self.batches.iter().map(|stored| stored.batch.max_timestamp()).max()?;
        self.search(|batch| batch.max_timestamp() == newest, |record| record == newest)
    }

    /// Batches say the truth about their newest timestamp: it was written into them when they came.
    fn search(&self, may_have: impl Fn(&Batch) -> bool, is: impl Fn(i64) -> bool) -> Option<TimestampAndOffset> {
        let batches = self.batches.iter().map(|stored| &stored.batch).filter(|batch| may_have(batch));
        for batch in batches {
            let (mut found, mut budget) = (None, u64::MAX);
            // What cannot be read was refused when it came.
            let _ = records::visit(batch, &mut budget, |record| {
                let offset = batch.base_offset() + record.offset_delta;
                if offset < self.start || !is(record.timestamp) {
                    return ControlFlow::Continue(());
                }
                found = Some(TimestampAndOffset { offset, timestamp: record.timestamp });
                ControlFlow::Break(())
            });
            if found.is_some() {
                return found;
            }
        }
        None
    }
}
