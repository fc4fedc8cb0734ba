//! Reading no further than to the ends that the partitions have at the start.
//!
//! What counts is the position, not the number of records: transaction markers, aborted transactions and what compaction
//! has removed give no records, and on a busy topic more records always follow.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Batch, Consumer};
use crate::kafka::error::Error;
use crate::kafka::native::{LATEST, Message, Offsets, PartitionKey};

/// How long a member to whom the group gives nothing waits for something.
const NOTHING_GIVEN: Duration = Duration::from_secs(5);

/// The end of a partition: the offset that its next record would have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    offset: i64,
    reached: bool,
}

/// The ends of all partitions that are to be read.
#[derive(Debug, Default)]
pub(super) struct Ends {
    known: BTreeMap<(String, i32), End>,
    /// The first records behind the ends, of those that have been received and left out: who reads next begins there.
    left_out: BTreeMap<(String, i32), i64>,
    /// Partitions that seem to end before their ends, as long as nobody has answered whether they do.
    doubtful: BTreeSet<(String, i32)>,
    committed_only: bool,
}

impl Ends {
    /// No ends yet; `committed_only` tells whether they are those of what transactions have committed.
    pub fn new(committed_only: bool) -> Self {
        Self { committed_only, ..Self::default() }
    }

    /// Whether the partition may go on behind its end, with what is not committed yet.
    pub fn are_of_what_is_committed(&self) -> bool {
        self.committed_only
    }

    /// Adds partitions, none of which has been read yet.
    pub fn pin(&mut self, offsets: Offsets) {
        self.known.extend(offsets.into_iter().map(|(topic, partition, offset)| ((topic, partition), End { offset, reached: false })));
    }

    /// Whether any end is pinned.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Where to stop in a partition. What was not there at the start has nothing before its end.
    pub fn of(&self, topic: &str, partition: i32) -> i64 {
        self.known.get(&(topic.to_owned(), partition)).map_or(0, |end| end.offset)
    }

    /// Nothing is left to read before `offset`. True if that is news, and the partition is finished by it.
    pub fn reach(&mut self, topic: &str, partition: i32, offset: i64) -> bool {
        match self.known.get_mut(&(topic.to_owned(), partition)) {
            Some(end) if offset >= end.offset => !std::mem::replace(&mut end.reached, true),
            _ => false,
        }
    }

    /// A partition is given up, or read anew: what was received of it may not have been used.
    pub fn reopen(&mut self, topic: &str, partition: i32) {
        let place = (topic.to_owned(), partition);
        self.left_out.remove(&place);
        if let Some(end) = self.known.get_mut(&place) {
            end.reached = false;
        }
    }

    /// The first records behind the ends that have been received and left out.
    pub fn left_out(&self) -> &BTreeMap<(String, i32), i64> {
        &self.left_out
    }

    /// Whether a partition is finished.
    fn is_reached(&self, place: &(String, i32)) -> bool {
        self.known.get(place).is_none_or(|end| end.reached)
    }

    /// The partitions that are not finished.
    pub fn unreached(&self) -> impl Iterator<Item = &(String, i32)> {
        self.known.iter().filter(|(_, end)| !end.reached).map(|(place, _)| place)
    }

    /// Whether all partitions are finished.
    fn are_reached(&self) -> bool {
        self.known.values().all(|end| end.reached)
    }
}

impl Consumer {
    /// Whether everything has been received that was there at the start; never, unless that was asked for. In a group, what
    /// is asked is what the group has given to this member.
    pub fn is_complete(&self) -> bool {
        let Some(ends) = &self.pinned else { return false };
        // What was received may not have been printed when others got its partitions: then it comes again.
        if self.tail.is_some() || self.missing_since.is_some() || self.has_lost_its_partitions() {
            return false;
        }
        match &self.assigned {
            _ if !self.is_member() => ends.are_reached(),
            Some((since, assigned)) if assigned.is_empty() => since.elapsed() >= NOTHING_GIVEN,
            Some((_, assigned)) => assigned.iter().all(|place| ends.is_reached(place)),
            None => false,
        }
    }

    /// A partition seems to end before its end: then that is never reached. Whether it is so is asked for, as a new leader
    /// is late to know how far the partition goes. True if it is, which ends the reading.
    pub(super) fn has_lost_records(&mut self, topic: &str, partition: i32) -> bool {
        let Some(ends) = &self.pinned else { return false };
        let (place, end) = ([(topic.to_owned(), partition)], ends.of(topic, partition));
        let Ok(offsets) = self.offsets(&place, LATEST) else {
            self.pinned.get_or_insert_default().doubtful.extend(place);
            return false;
        };
        let Some((_, _, now)) = offsets.into_iter().find(|(_, _, now)| *now < end) else { return false };
        let lost = format!("{topic}-{partition} has lost records since the start: it ended at {end} then, and ends at {now} now");
        self.failure.get_or_insert(Error::Client(lost));
        true
    }

    /// Asks for the ends of which nobody has answered yet whether they can still come.
    pub(super) fn ask_again(&mut self) {
        for (topic, partition) in self.pinned.as_mut().map(|ends| std::mem::take(&mut ends.doubtful)).unwrap_or_default() {
            self.has_lost_records(&topic, partition);
        }
    }

    /// Nothing is left to read in a partition before `offset`.
    pub(super) fn reached(&mut self, topic: &str, partition: i32, offset: i64) {
        if let Some(tail) = &mut self.tail {
            tail.end(topic, partition, offset);
        } else if self.pinned.as_mut().is_some_and(|ends| ends.reach(topic, partition, offset)) {
            self.leave_alone(topic, partition);
        }
    }

    /// Fetches no more of a partition.
    fn leave_alone(&self, topic: &str, partition: i32) {
        match self.fetched.get(topic) {
            Some((handle, _)) => handle.stop(partition),
            None => self.native.pause(topic, partition),
        }
    }

    /// Cuts off what is behind the ends.
    pub(super) fn cut(&mut self, batch: &mut Batch) {
        let Some(ends) = &mut self.pinned else { return };
        let mut run: Option<(PartitionKey, i64)> = None;
        let mut finished: BTreeMap<(String, i32), i64> = BTreeMap::new();
        batch.retain(|message: Message<'_>| {
            let (key, offset) = (message.partition_key(), message.offset());
            let end = match run {
                Some((known, end)) if known == key => end,
                _ => ends.of(&message.topic(), message.partition()),
            };
            run = Some((key, end));
            if offset + 1 >= end {
                let place = (message.topic(), message.partition());
                if offset >= end {
                    ends.left_out.entry(place.clone()).or_insert(offset);
                }
                finished.entry(place).or_insert(end);
            }
            offset < end
        });
        for ((topic, partition), offset) in finished {
            self.reached(&topic, partition, offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends() -> Ends {
        let mut ends = Ends::default();
        ends.pin(vec![("t".to_owned(), 0, 7), ("t".to_owned(), 1, 0)]);
        ends
    }

    #[test]
    fn a_partition_is_finished_once_by_its_position() {
        let mut ends = ends();
        assert!(!ends.reach("t", 0, 6));
        assert!(ends.reach("t", 0, 9));
        assert!(!ends.reach("t", 0, 9), "it is no news");
        assert!(!ends.are_reached());
        assert_eq!(ends.unreached().collect::<Vec<_>>(), [&("t".to_owned(), 1)]);
        assert!(ends.reach("t", 1, 0));
        assert!(ends.are_reached());
        ends.reopen("t", 0);
        assert!(!ends.are_reached());
        assert!(ends.reach("t", 0, 7));
    }

    #[test]
    fn what_came_later_has_nothing_to_read() {
        let mut ends = ends();
        assert_eq!((ends.of("t", 0), ends.of("t", 2)), (7, 0));
        assert!(!ends.reach("t", 2, 5));
        assert!(ends.is_reached(&("t".to_owned(), 2)) && !ends.is_reached(&("t".to_owned(), 0)));
    }
}
