//! The last records of each partition, merged by time.
//!
//! Reading begins as many offsets before the end as records are wanted. Where markers, aborted transactions and compaction
//! leave fewer records than that, it goes further back, in growing steps.

use std::collections::{BTreeMap, VecDeque};

use super::{Batch, Consumer};
use crate::kafka::error::{Error, Result};
use crate::kafka::native::{Offsets, Owned};

/// By how much each step back is larger than the one before.
const GROWTH: i64 = 4;

/// The last records of one partition, as far as they have been found.
struct Part<T> {
    /// The offset of the partition's first record.
    first: i64,
    /// What is being read: from here ...
    from: i64,
    /// ... to here.
    to: i64,
    /// Where the partition ended at the start.
    end: i64,
    step: i64,
    /// Found in the steps before; later than everything that is still to be found.
    kept: VecDeque<T>,
    /// Found in this step.
    found: VecDeque<T>,
    done: bool,
}

impl<T> Part<T> {
    fn new(first: i64, end: i64, wanted: usize) -> Self {
        let step = i64::try_from(wanted).unwrap_or(i64::MAX);
        let from = end.saturating_sub(step).max(first);
        let (kept, found) = (VecDeque::new(), VecDeque::new());
        Self { first, from, to: end, end, step, kept, found, done: from >= end || wanted == 0 }
    }

    fn add(&mut self, offset: i64, record: T, wanted: usize) {
        if self.done || !(self.from..self.to).contains(&offset) {
            return;
        }
        self.found.push_back(record);
        if self.found.len() + self.kept.len() > wanted {
            self.found.pop_front();
        }
    }

    /// The step is over. True if another one is to follow.
    fn goes_further_back(&mut self, wanted: usize) -> bool {
        self.found.append(&mut self.kept);
        std::mem::swap(&mut self.found, &mut self.kept);
        self.done = self.kept.len() >= wanted || self.from <= self.first;
        if !self.done {
            self.step = self.step.saturating_mul(GROWTH);
            self.to = self.from;
            self.from = self.to.saturating_sub(self.step).max(self.first);
        }
        !self.done
    }
}

/// The last records, while they are gathered.
pub(super) struct Tail {
    wanted: usize,
    parts: BTreeMap<(String, i32), Part<Owned>>,
    /// Ends of partitions that came with the batch that is in hand.
    ends: BTreeMap<(String, i32), i64>,
}

impl Tail {
    pub fn new(wanted: usize) -> Self {
        Self { wanted, parts: BTreeMap::new(), ends: BTreeMap::new() }
    }

    /// Adds a partition. Gives the offset to begin with, if there is anything to read.
    pub fn add(&mut self, topic: &str, partition: i32, first: i64, end: i64) -> Option<i64> {
        let part = Part::new(first, end, self.wanted);
        let from = (!part.done).then_some(part.from);
        self.parts.insert((topic.to_owned(), partition), part);
        from
    }

    /// Nothing is left to read in a partition before `offset`, once the records in hand have been looked at.
    pub fn end(&mut self, topic: &str, partition: i32, offset: i64) {
        self.ends.insert((topic.to_owned(), partition), offset);
    }

    fn is_done(&self) -> bool {
        self.parts.values().all(|part| part.done)
    }
}

impl Consumer {
    /// Keeps what belongs to the last records, and gives it when it is complete. `batch` is what came, and the ends that came
    /// with it have been noted.
    pub(super) fn gather(&mut self, batch: &mut Batch) {
        let Some(tail) = &mut self.tail else { return };
        // How far each partition has been read by now.
        let mut read = std::mem::take(&mut tail.ends);
        for owned in batch.take() {
            let message = owned.lend();
            let (place, offset) = ((message.topic(), message.partition()), message.offset());
            if let Some(part) = tail.parts.get_mut(&place) {
                part.add(offset, owned, tail.wanted);
                let read = read.entry(place).or_insert(0);
                *read = (*read).max(offset + 1);
            }
        }
        for ((topic, partition), next) in read {
            self.end_step(&topic, partition, next);
        }
        if self.tail.as_ref().is_some_and(Tail::is_done)
            && let Some(tail) = self.tail.take()
            && let Err(error) = self.give(tail, batch)
        {
            self.failure.get_or_insert(error);
        }
    }

    /// Nothing is left to read in a partition before `next`: its step may be over.
    fn end_step(&mut self, topic: &str, partition: i32, next: i64) {
        let Some(tail) = &mut self.tail else { return };
        let Some(part) = tail.parts.get_mut(&(topic.to_owned(), partition)) else { return };
        if part.done || next < part.to {
            return;
        }
        let further = part.goes_further_back(tail.wanted).then_some(part.from);
        let Some((handle, _)) = self.fetched.get(topic) else { return };
        handle.stop(partition);
        if let Some(from) = further
            && let Err(error) = self.native.begin(handle, partition, from)
        {
            self.failure.get_or_insert(Error::Client(error.text));
        }
    }

    /// Gives the records, and goes on with those that follow, if that is wanted.
    fn give(&mut self, tail: Tail, batch: &mut Batch) -> Result<()> {
        let ends: Offsets = tail.parts.iter().map(|((topic, partition), part)| (topic.clone(), *partition, part.end)).collect();
        let records = tail.parts.into_values().map(|part| part.kept);
        batch.put(merged(records, |owned| owned.lend().timestamp().map_or(-1, |(millis, _)| millis)));
        if let Some(pinned) = &mut self.pinned {
            for (topic, partition, end) in ends {
                pinned.reach(&topic, partition, end);
            }
            return Ok(());
        }
        for (topic, partition, end) in ends {
            if let Some((handle, _)) = self.fetched.get(&topic) {
                self.native.begin(handle, partition, end).map_err(|error| Error::Client(error.text))?;
            }
        }
        Ok(())
    }
}

/// Merges sequences by time. Each one keeps its order: what is older than something before it comes right behind that.
fn merged<T>(sequences: impl Iterator<Item = VecDeque<T>>, time: impl Fn(&T) -> i64) -> Vec<T> {
    let mut timed: Vec<(i64, T)> = Vec::new();
    for sequence in sequences {
        let mut latest = i64::MIN;
        for item in sequence {
            latest = latest.max(time(&item));
            timed.push((latest, item));
        }
    }
    timed.sort_by_key(|(time, _)| *time);
    timed.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads the partition whose records have these offsets as a consumer would; the steps that it takes, and what it finds.
    fn last(offsets: &[i64], first: i64, end: i64, wanted: usize) -> (Vec<(i64, i64)>, Vec<i64>) {
        let mut part = Part::new(first, end, wanted);
        let mut steps = Vec::new();
        while !part.done {
            steps.push((part.from, part.to));
            for &offset in offsets {
                part.add(offset, offset, wanted);
            }
            part.goes_further_back(wanted);
        }
        (steps, part.kept.into())
    }

    #[test]
    fn a_partition_without_gaps_takes_one_step() {
        let offsets: Vec<i64> = (0..100).collect();
        assert_eq!(last(&offsets, 0, 100, 3), (vec![(97, 100)], vec![97, 98, 99]));
        assert_eq!(last(&offsets, 95, 100, 10), (vec![(95, 100)], vec![95, 96, 97, 98, 99]));
        assert_eq!(last(&offsets, 0, 100, 0), (vec![], vec![]));
        assert_eq!(last(&[], 100, 100, 5), (vec![], vec![]));
    }

    #[test]
    fn gaps_lead_further_back_to_exactly_as_many() {
        // Only every tenth offset has a record.
        let offsets: Vec<i64> = (0..100).filter(|offset| offset % 10 == 0).collect();
        assert_eq!(last(&offsets, 0, 100, 3), (vec![(97, 100), (85, 97), (37, 85)], vec![70, 80, 90]));
        assert_eq!(last(&[0], 0, 100, 2).1, [0]);
    }

    #[test]
    fn merging_goes_by_time_and_keeps_each_order() {
        let sequences = [VecDeque::from([(1, 'a'), (5, 'b'), (2, 'c'), (7, 'd')]), VecDeque::from([(3, 'x'), (6, 'y'), (9, 'z')])];
        let letters: String = merged(sequences.into_iter(), |(time, _)| *time).into_iter().map(|(_, letter)| letter).collect();
        assert_eq!(letters, "axbcydz");
    }
}
