//! Committed offsets, and those that wait for the end of a transaction (`OffsetMetadataManager`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use uuid::Uuid;

use super::journal::Journal;
use crate::sandbox::topics::Topics;

/// How many offsets may be kept, pending ones included. A broker has no such limit.
const MAX_OFFSETS: usize = 200_000;

/// How many bytes their metadata, and the names that they are kept under, may have.
const MAX_BYTES: usize = 64 << 20;

/// One committed offset. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    pub offset: i64,
    /// The epoch of the leader that the record was read from, -1 if the client does not tell.
    pub leader_epoch: i32,
    pub metadata: String,
    pub timestamp: i64,
    /// Until when the client wants it kept, if it said so. It is told, and nothing expires.
    pub expires: Option<i64>,
    pub topic_id: Uuid,
    /// The place of the commit among all commits: the end of a transaction does not undo what came after.
    pub sequence: u64,
}

/// Something for each partition of a topic that a group commits.
#[derive(Debug)]
struct Places<T>(BTreeMap<String, BTreeMap<String, BTreeMap<i32, T>>>);

impl<T> Default for Places<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Places<T> {
    fn of(&self, group: &str) -> impl Iterator<Item = (&str, &BTreeMap<i32, T>)> {
        self.0.get(group).into_iter().flatten().map(|(topic, partitions)| (topic.as_str(), partitions))
    }

    /// The partitions of a group for whose value that holds.
    fn places(&self, group: &str, holds: impl Fn(&str, &T) -> bool) -> Vec<(String, i32)> {
        let mut found = Vec::new();
        for (topic, partitions) in self.of(group) {
            let there = partitions.iter().filter(|(_, value)| holds(topic, value));
            found.extend(there.map(|(partition, _)| (topic.to_owned(), *partition)));
        }
        found
    }

    fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&T> {
        self.0.get(group)?.get(topic)?.get(&partition)
    }

    fn get_mut(&mut self, group: &str, topic: &str, partition: i32) -> Option<&mut T> {
        self.0.get_mut(group)?.get_mut(topic)?.get_mut(&partition)
    }

    fn entry(&mut self, group: &str, topic: &str, partition: i32) -> Entry<'_, i32, T> {
        self.0.entry(group.to_owned()).or_default().entry(topic.to_owned()).or_default().entry(partition)
    }

    fn take(&mut self, group: &str, topic: &str, partition: i32) -> Option<T> {
        let topics = self.0.get_mut(group)?;
        let partitions = topics.get_mut(topic)?;
        let gone = partitions.remove(&partition)?;
        if partitions.is_empty() {
            topics.remove(topic);
        }
        if topics.is_empty() {
            self.0.remove(group);
        }
        Some(gone)
    }
}

/// All offsets.
#[derive(Debug, Default)]
pub struct Offsets {
    committed: Places<Committed>,
    /// What transactions will commit, by the id of their producer.
    pending: Places<BTreeMap<i64, Committed>>,
    /// The groups that a producer has offsets pending for, and how many.
    waiting: BTreeMap<i64, BTreeMap<String, usize>>,
    count: usize,
    bytes: usize,
    sequence: u64,
}

impl Offsets {
    /// Whether one offset more may be kept, with that many bytes of names and metadata.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.count < MAX_OFFSETS && self.bytes.saturating_add(bytes) <= MAX_BYTES
    }

    /// The offset that a group has committed for a partition.
    pub fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&Committed> {
        self.committed.get(group, topic, partition)
    }

    /// All that a group has committed.
    pub fn of(&self, group: &str) -> impl Iterator<Item = (&str, &BTreeMap<i32, Committed>)> {
        self.committed.of(group)
    }

    /// Commits.
    pub fn put(&mut self, group: &str, topic: &str, partition: i32, mut committed: Committed, journal: &mut Journal) {
        self.sequence += 1;
        committed.sequence = self.sequence;
        journal.offset(group, topic, partition, &committed);
        self.store(group, topic, partition, committed);
    }

    fn store(&mut self, group: &str, topic: &str, partition: i32, committed: Committed) {
        self.note(group, topic, &committed);
        let before = match self.committed.entry(group, topic, partition) {
            Entry::Occupied(mut there) => Some(there.insert(committed)),
            Entry::Vacant(free) => {
                free.insert(committed);
                None
            }
        };
        if let Some(before) = before {
            self.forget(group, topic, &before);
        }
    }

    fn note(&mut self, group: &str, topic: &str, kept: &Committed) {
        self.count += 1;
        self.bytes += size(group, topic, &kept.metadata);
    }

    fn forget(&mut self, group: &str, topic: &str, gone: &Committed) {
        self.count -= 1;
        self.bytes -= size(group, topic, &gone.metadata);
    }

    /// Keeps an offset that a transaction will commit.
    pub fn put_pending(&mut self, producer: i64, group: &str, topic: &str, partition: i32, mut committed: Committed) {
        self.sequence += 1;
        committed.sequence = self.sequence;
        self.note(group, topic, &committed);
        match self.pending.entry(group, topic, partition).or_default().insert(producer, committed) {
            Some(before) => self.forget(group, topic, &before),
            None => *self.waiting.entry(producer).or_default().entry(group.to_owned()).or_default() += 1,
        }
    }

    /// Whether a transaction may still commit an offset for that partition.
    pub fn is_unstable(&self, group: &str, topic: &str, partition: i32) -> bool {
        self.pending.get(group, topic, partition).is_some()
    }

    /// Commits what a producer's transaction has, or drops it.
    pub fn end(&mut self, producer: i64, commit: bool, journal: &mut Journal) {
        let groups: Vec<String> = self.waiting.get(&producer).into_iter().flat_map(BTreeMap::keys).cloned().collect();
        for group in groups {
            for (topic, partition) in self.pending.places(&group, |_, of| of.contains_key(&producer)) {
                let Some(committed) = self.take_pending(producer, &group, &topic, partition) else { continue };
                let newer = self.get(&group, &topic, partition).is_some_and(|other| other.sequence > committed.sequence);
                if commit && !newer {
                    journal.offset(&group, &topic, partition, &committed);
                    self.store(&group, &topic, partition, committed);
                }
            }
        }
    }

    fn take_pending(&mut self, producer: i64, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        let producers = self.pending.get_mut(group, topic, partition)?;
        let gone = producers.remove(&producer)?;
        if producers.is_empty() {
            self.pending.take(group, topic, partition);
        }
        self.forget(group, topic, &gone);
        self.waits_no_longer(producer, group);
        Some(gone)
    }

    /// One offset less is pending for a group in a producer's transaction.
    fn waits_no_longer(&mut self, producer: i64, group: &str) {
        let Some(groups) = self.waiting.get_mut(&producer) else { return };
        if let Some(count) = groups.get_mut(group) {
            *count -= 1;
            if *count == 0 {
                groups.remove(group);
            }
        }
        if groups.is_empty() {
            self.waiting.remove(&producer);
        }
    }

    /// Deletes what is committed and pending for a partition.
    pub fn delete(&mut self, group: &str, topic: &str, partition: i32, journal: &mut Journal) {
        let pending = self.pending.take(group, topic, partition).unwrap_or_default();
        let gone = self.committed.take(group, topic, partition);
        if gone.is_some() || !pending.is_empty() {
            journal.offset_gone(group, topic, partition);
        }
        for producer in pending.keys() {
            self.waits_no_longer(*producer, group);
        }
        for gone in pending.values().chain(&gone) {
            self.forget(group, topic, gone);
        }
    }

    /// Deletes all that a group has committed and has pending.
    pub fn delete_group(&mut self, group: &str, journal: &mut Journal) {
        let mut places = self.committed.places(group, |_, _| true);
        places.extend(self.pending.places(group, |_, _| true));
        for (topic, partition) in places {
            self.delete(group, &topic, partition, journal);
        }
    }

    /// Deletes what was committed for topics that have gone since, or were made anew: a broker does that when a topic is
    /// deleted.
    pub fn drop_gone(&mut self, group: &str, topics: &Topics, journal: &mut Journal) {
        let gone = |topic: &str, committed: &Committed| topics.get(topic).is_none_or(|there| there.id != committed.topic_id);
        for (topic, partition) in self.committed.places(group, gone) {
            self.delete(group, &topic, partition, journal);
        }
    }
}

/// How many bytes an offset is taken to need: its metadata, and the names that are written with it.
pub fn size(group: &str, topic: &str, metadata: &str) -> usize {
    group.len() + topic.len() + metadata.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(offset: i64) -> Committed {
        Committed { offset, leader_epoch: -1, metadata: "m".into(), timestamp: 0, expires: None, topic_id: Uuid::nil(), sequence: 0 }
    }

    fn offset(offsets: &Offsets, partition: i32) -> Option<i64> {
        offsets.get("g", "t", partition).map(|committed| committed.offset)
    }

    #[test]
    fn a_transaction_commits_at_its_end() {
        let (mut offsets, mut journal) = (Offsets::default(), Journal::default());
        offsets.put("g", "t", 0, at(1), &mut journal);
        offsets.put_pending(7, "g", "t", 0, at(2));
        offsets.put_pending(8, "g", "t", 1, at(3));
        assert_eq!((offset(&offsets, 0), offsets.is_unstable("g", "t", 0)), (Some(1), true));
        offsets.end(7, true, &mut journal);
        offsets.end(8, false, &mut journal);
        assert_eq!((offset(&offsets, 0), offset(&offsets, 1)), (Some(2), None));
        assert!(!offsets.is_unstable("g", "t", 0) && !offsets.is_unstable("g", "t", 1));
        assert_eq!((offsets.count, offsets.bytes), (1, 3));
    }

    #[test]
    fn a_transaction_does_not_undo_a_later_commit() {
        let (mut offsets, mut journal) = (Offsets::default(), Journal::default());
        offsets.put_pending(7, "g", "t", 0, at(2));
        offsets.put("g", "t", 0, at(9), &mut journal);
        offsets.end(7, true, &mut journal);
        assert_eq!(offset(&offsets, 0), Some(9));
    }

    #[test]
    fn what_is_deleted_leaves_nothing() {
        let (mut offsets, mut journal) = (Offsets::default(), Journal::default());
        offsets.put("g", "t", 0, at(1), &mut journal);
        offsets.put("g", "u", 0, at(1), &mut journal);
        offsets.put_pending(7, "g", "t", 1, at(2));
        offsets.delete("g", "t", 0, &mut journal);
        assert_eq!(offset(&offsets, 0), None);
        offsets.delete_group("g", &mut journal);
        assert!(offsets.committed.0.is_empty() && offsets.pending.0.is_empty() && offsets.waiting.is_empty());
        assert_eq!((offsets.count, offsets.bytes), (0, 0));
        let gone = journal.take().iter().filter(|record| record.value.is_none()).count();
        assert_eq!(gone, 3);
    }

    #[test]
    fn names_count_as_metadata_does() {
        let (mut offsets, topic) = (Offsets::default(), "t".repeat((1 << 20) - 2));
        for partition in 0..64 {
            assert!(offsets.has_room(1 << 20));
            offsets.put_pending(7, "g", &topic, partition, at(1));
        }
        assert!(!offsets.has_room(1));
        offsets.end(7, false, &mut Journal::default());
        assert!(offsets.has_room(1 << 20));
    }

    #[test]
    fn offsets_of_a_topic_that_was_made_anew_are_gone() {
        let (mut offsets, mut journal, mut topics) = (Offsets::default(), Journal::default(), Topics::default());
        topics.insert("t", 1);
        let id = topics.get("t").unwrap().id;
        offsets.put("g", "t", 0, Committed { topic_id: id, ..at(1) }, &mut journal);
        offsets.drop_gone("g", &topics, &mut journal);
        assert_eq!(offset(&offsets, 0), Some(1));
        topics.insert("t", 1);
        offsets.drop_gone("g", &topics, &mut journal);
        assert_eq!(offset(&offsets, 0), None);
    }
}
