//! How far each partition has been consumed.

use std::collections::BTreeMap;

use crate::kafka::native::{Message, PartitionKey};

/// The offset to be committed for a partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Position {
    /// The offset of the next record to read.
    next: i64,
    /// The leader epoch of the last record, or -1.
    epoch: i32,
    /// Whether it has not been handed on yet.
    changed: bool,
    /// Whether nothing followed when it was reached.
    at_end: bool,
}

/// The positions of all partitions that anything is known of.
///
/// Records come in runs of one partition: a run is counted beside the map, and entered when it ends.
#[derive(Debug, Default)]
pub(super) struct Positions {
    known: BTreeMap<(String, i32), Position>,
    run: Option<(PartitionKey, (String, i32), Position)>,
}

impl Positions {
    /// Another batch begins: what told its partitions apart does not hold any longer.
    pub fn new_batch(&mut self) {
        if let Some((_, place, position)) = self.run.take() {
            self.known.insert(place, position);
        }
    }

    /// A record has been consumed.
    pub fn note(&mut self, message: Message<'_>) {
        let key = message.partition_key();
        let position = Position { next: message.offset() + 1, epoch: message.leader_epoch(), changed: true, at_end: false };
        match &mut self.run {
            Some((run, _, last)) if *run == key => *last = position,
            _ => {
                self.new_batch();
                self.run = Some((key, (message.topic(), message.partition()), position));
            }
        }
    }

    /// Nothing is left to consume before `next`.
    pub fn advance(&mut self, topic: &str, partition: i32, next: i64) {
        self.new_batch();
        let place = (topic.to_owned(), partition);
        let known = self.known.get(&place).map_or(-1, |position| position.next);
        if next > known {
            self.known.insert(place, Position { next, epoch: -1, changed: true, at_end: false });
        }
    }

    /// The partition ends at `end`, which may be behind transaction markers and gaps that no record told of.
    pub fn end(&mut self, topic: &str, partition: i32, end: i64) {
        self.advance(topic, partition, end);
        if let Some(position) = self.known.get_mut(&(topic.to_owned(), partition)) {
            position.at_end = position.next == end;
        }
    }

    /// A partition that is given up, or begun anew, has no position.
    pub fn forget(&mut self, topic: &str, partition: i32) {
        self.new_batch();
        self.known.remove(&(topic.to_owned(), partition));
    }

    /// The offset of the next record to read.
    pub fn next(&self, topic: &str, partition: i32) -> Option<i64> {
        let known = |place: &(String, i32)| place.0 == topic && place.1 == partition;
        let run = self.run.as_ref().filter(|(_, place, _)| known(place)).map(|(_, _, position)| position.next);
        run.or_else(|| self.known.get(&(topic.to_owned(), partition)).map(|position| position.next))
    }

    /// Whether everything that this partition has is known to be consumed.
    pub fn is_at_end(&self, topic: &str, partition: i32) -> bool {
        self.known.get(&(topic.to_owned(), partition)).is_some_and(|position| position.at_end)
    }

    /// What has changed since the last call: topics, partitions, offsets and leader epochs.
    pub fn take_changed(&mut self) -> Vec<(String, i32, i64, i32)> {
        let run = self.run.iter_mut().map(|(_, place, position)| (&*place, position));
        let changed = self
            .known
            .iter_mut()
            .chain(run)
            .filter_map(|(place, position)| std::mem::take(&mut position.changed).then_some((place, position)));
        changed.map(|((topic, partition), position)| (topic.clone(), *partition, position.next, position.epoch)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_only_grow_and_are_handed_on_once() {
        let mut positions = Positions::default();
        positions.advance("t", 0, 0);
        positions.advance("t", 1, 7);
        positions.advance("t", 1, 3);
        assert_eq!(positions.take_changed(), [("t".to_owned(), 0, 0, -1), ("t".to_owned(), 1, 7, -1)]);
        assert_eq!(positions.take_changed(), []);
        positions.advance("t", 1, 8);
        assert_eq!(positions.take_changed(), [("t".to_owned(), 1, 8, -1)]);
    }

    #[test]
    fn what_is_forgotten_may_begin_again_further_back() {
        let mut positions = Positions::default();
        positions.end("t", 0, 9);
        assert_eq!((positions.next("t", 0), positions.next("t", 1)), (Some(9), None));
        positions.forget("t", 0);
        assert_eq!(positions.next("t", 0), None);
        assert!(!positions.is_at_end("t", 0));
        positions.advance("t", 0, 4);
        assert_eq!(positions.take_changed(), [("t".to_owned(), 0, 4, -1)]);
    }

    #[test]
    fn an_end_counts_until_something_follows() {
        let mut positions = Positions::default();
        positions.end("t", 0, 0);
        assert!(positions.is_at_end("t", 0) && !positions.is_at_end("t", 1));
        positions.advance("t", 0, 4);
        assert!(!positions.is_at_end("t", 0));
        // An end that was reported before these records were consumed is no news.
        positions.end("t", 0, 3);
        assert!(!positions.is_at_end("t", 0));
        positions.end("t", 0, 5);
        assert!(positions.is_at_end("t", 0));
        assert_eq!(positions.take_changed(), [("t".to_owned(), 0, 5, -1)]);
    }
}
