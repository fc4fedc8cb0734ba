//! Committed offsets, and those that wait for the end of a transaction (`OffsetMetadataManager`).

use std::collections::BTreeMap;

use uuid::Uuid;

use super::journal::Journal;
use crate::sandbox::topics::Topics;

/// How many offsets may be kept, pending ones included. A broker has no such limit.
const MAX_OFFSETS: usize = 200_000;

/// How many bytes their metadata may have.
const MAX_METADATA: usize = 64 << 20;

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

type ByTopic = BTreeMap<String, BTreeMap<i32, Committed>>;

/// A partition of a topic that a group commits.
type Place = (String, String, i32);

/// All offsets.
#[derive(Debug, Default)]
pub struct Offsets {
    by_group: BTreeMap<String, ByTopic>,
    /// What the transactions of a producer will commit.
    pending: BTreeMap<i64, BTreeMap<Place, Committed>>,
    count: usize,
    metadata: usize,
    sequence: u64,
}

impl Offsets {
    /// Whether that many offsets more may be kept, with that many bytes of metadata.
    pub fn has_room(&self, count: usize, metadata: usize) -> bool {
        self.count.saturating_add(count) <= MAX_OFFSETS && self.metadata.saturating_add(metadata) <= MAX_METADATA
    }

    /// The offset that a group has committed for a partition.
    pub fn get(&self, group: &str, topic: &str, partition: i32) -> Option<&Committed> {
        self.by_group.get(group)?.get(topic)?.get(&partition)
    }

    /// All that a group has committed.
    pub fn of(&self, group: &str) -> impl Iterator<Item = (&str, &BTreeMap<i32, Committed>)> {
        self.by_group.get(group).into_iter().flatten().map(|(topic, partitions)| (topic.as_str(), partitions))
    }

    /// Commits.
    pub fn put(&mut self, group: &str, topic: &str, partition: i32, mut committed: Committed, journal: &mut Journal) {
        self.sequence += 1;
        committed.sequence = self.sequence;
        journal.offset(group, topic, partition, &committed);
        self.store(group, topic, partition, committed);
    }

    fn store(&mut self, group: &str, topic: &str, partition: i32, committed: Committed) {
        self.count += 1;
        self.metadata += committed.metadata.len();
        let topics = self.by_group.entry(group.to_owned()).or_default();
        let before = topics.entry(topic.to_owned()).or_default().insert(partition, committed);
        self.forget(before.as_ref());
    }

    fn forget(&mut self, gone: Option<&Committed>) {
        if let Some(gone) = gone {
            self.count -= 1;
            self.metadata -= gone.metadata.len();
        }
    }

    /// Keeps an offset that a transaction will commit.
    pub fn put_pending(&mut self, producer: i64, group: &str, topic: &str, partition: i32, mut committed: Committed) {
        self.sequence += 1;
        committed.sequence = self.sequence;
        self.count += 1;
        self.metadata += committed.metadata.len();
        let place = (group.to_owned(), topic.to_owned(), partition);
        let before = self.pending.entry(producer).or_default().insert(place, committed);
        self.forget(before.as_ref());
    }

    /// Whether a transaction may still commit an offset for that partition.
    pub fn is_unstable(&self, group: &str, topic: &str, partition: i32) -> bool {
        let place = (group.to_owned(), topic.to_owned(), partition);
        self.pending.values().any(|places| places.contains_key(&place))
    }

    /// Commits what a producer's transaction has, or drops it.
    pub fn end(&mut self, producer: i64, commit: bool, journal: &mut Journal) {
        for ((group, topic, partition), committed) in self.pending.remove(&producer).unwrap_or_default() {
            self.forget(Some(&committed));
            let newer = self.get(&group, &topic, partition).is_some_and(|other| other.sequence > committed.sequence);
            if commit && !newer {
                journal.offset(&group, &topic, partition, &committed);
                self.store(&group, &topic, partition, committed);
            }
        }
    }

    /// Deletes what is committed and pending for a partition.
    pub fn delete(&mut self, group: &str, topic: &str, partition: i32, journal: &mut Journal) {
        let place = (group.to_owned(), topic.to_owned(), partition);
        let pending: Vec<_> = self.pending.values_mut().filter_map(|places| places.remove(&place)).collect();
        self.pending.retain(|_, places| !places.is_empty());
        let gone = self.take(group, topic, partition);
        if gone.is_some() || !pending.is_empty() {
            journal.offset_gone(group, topic, partition);
        }
        for gone in pending.iter().chain(&gone) {
            self.forget(Some(gone));
        }
    }

    fn take(&mut self, group: &str, topic: &str, partition: i32) -> Option<Committed> {
        let topics = self.by_group.get_mut(group)?;
        let partitions = topics.get_mut(topic)?;
        let gone = partitions.remove(&partition)?;
        if partitions.is_empty() {
            topics.remove(topic);
        }
        if topics.is_empty() {
            self.by_group.remove(group);
        }
        Some(gone)
    }

    /// Deletes all that a group has committed and has pending.
    pub fn delete_group(&mut self, group: &str, journal: &mut Journal) {
        let committed =
            self.of(group).flat_map(|(topic, partitions)| partitions.keys().map(move |partition| (topic.to_owned(), *partition)));
        let mut places: Vec<(String, i32)> = committed.collect();
        let pending = self.pending.values().flat_map(BTreeMap::keys).filter(|(of, _, _)| of == group);
        places.extend(pending.map(|(_, topic, partition)| (topic.clone(), *partition)));
        for (topic, partition) in places {
            self.delete(group, &topic, partition, journal);
        }
    }

    /// Deletes what was committed for topics that have gone since, or were made anew: a broker does that when a topic is
    /// deleted.
    pub fn drop_gone(&mut self, group: &str, topics: &Topics, journal: &mut Journal) {
        let gone = |topic: &str, committed: &Committed| topics.get(topic).is_none_or(|there| there.id != committed.topic_id);
        let mut places: Vec<(String, i32)> = Vec::new();
        for (topic, partitions) in self.of(group) {
            let gone = partitions.iter().filter(|(_, committed)| gone(topic, committed));
            places.extend(gone.map(|(partition, _)| (topic.to_owned(), *partition)));
        }
        for (topic, partition) in places {
            self.delete(group, &topic, partition, journal);
        }
    }
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
        assert_eq!((offsets.count, offsets.metadata), (1, 1));
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
        assert!(offsets.by_group.is_empty() && offsets.pending.is_empty());
        assert_eq!((offsets.count, offsets.metadata), (0, 0));
        let gone = journal.take().iter().filter(|record| record.value.is_none()).count();
        assert_eq!(gone, 3);
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
