//! What the coordinator writes to `__consumer_offsets`.

use std::collections::HashMap;
use std::rc::Rc;

use bytes::Bytes;

use super::classic::ClassicGroup;
use super::consumer::{ConsumerGroup, Member, Partitions};
use super::offsets::Committed;
use super::{find, records};
use crate::sandbox::append;
use crate::sandbox::broker::Broker;
use crate::sandbox::log::batch::{HEADER, OwnRecord};

/// One record: the group it belongs to, its key, and its value; none says that the key is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub group: Rc<str>,
    pub key: Bytes,
    pub value: Option<Bytes>,
}

/// Records that are to be written: the last of each key, because that is what the topic keeps in the end.
#[derive(Debug, Default)]
pub struct Journal {
    records: Vec<Record>,
    places: HashMap<Bytes, usize>,
}

impl Journal {
    fn push(&mut self, group: &str, key: Bytes, value: Option<Bytes>) {
        let group = match self.records.last() {
            Some(last) if *last.group == *group => Rc::clone(&last.group),
            _ => group.into(),
        };
        self.put(Record { group, key, value });
    }

    fn put(&mut self, record: Record) {
        if let Some(before) = self.places.get(&record.key).and_then(|place| self.records.get_mut(*place)) {
            before.value = record.value;
            return;
        }
        self.places.insert(record.key.clone(), self.records.len());
        self.records.push(record);
    }

    /// The classic group as it is now.
    pub fn classic_group(&mut self, group: &ClassicGroup) {
        self.push(&group.id, records::group_key(&group.id), Some(records::group_value(group)));
    }

    pub fn classic_group_gone(&mut self, id: &str) {
        self.push(id, records::group_key(id), None);
    }

    pub fn offset(&mut self, group: &str, topic: &str, partition: i32, committed: &Committed) {
        self.push(group, records::offset_key(group, topic, partition), Some(records::offset_value(committed)));
    }

    pub fn offset_gone(&mut self, group: &str, topic: &str, partition: i32) {
        self.push(group, records::offset_key(group, topic, partition), None);
    }

    pub fn member(&mut self, group: &str, member: &Member) {
        self.push(group, records::consumer_key(records::MEMBER_METADATA, group, Some(&member.id)), Some(records::member_value(member)));
    }

    pub fn epoch(&mut self, group: &ConsumerGroup) {
        let value = records::epoch_value(group.epoch, group.metadata_hash);
        self.push(&group.id, records::consumer_key(records::GROUP_METADATA, &group.id, None), Some(value));
    }

    pub fn target(&mut self, group: &str, member: &str, target: &Partitions) {
        let key = records::consumer_key(records::TARGET_MEMBER, group, Some(member));
        self.push(group, key, Some(records::target_value(target)));
    }

    pub fn target_epoch(&mut self, group: &str, epoch: i32, now: i64) {
        let key = records::consumer_key(records::TARGET_METADATA, group, None);
        self.push(group, key, Some(records::target_epoch_value(epoch, now)));
    }

    pub fn current(&mut self, group: &str, member: &Member) {
        let key = records::consumer_key(records::CURRENT_MEMBER, group, Some(&member.id));
        self.push(group, key, Some(records::current_value(member)));
    }

    pub fn regex(&mut self, group: &str, regex: &str, topics: &[&str], now: i64) {
        let key = records::consumer_key(records::REGULAR_EXPRESSION, group, Some(regex));
        self.push(group, key, Some(records::regex_value(topics, now)));
    }

    pub fn regex_gone(&mut self, group: &str, regex: &str) {
        self.push(group, records::consumer_key(records::REGULAR_EXPRESSION, group, Some(regex)), None);
    }

    pub fn member_gone(&mut self, group: &str, member: &str) {
        for kind in [records::CURRENT_MEMBER, records::TARGET_MEMBER, records::MEMBER_METADATA] {
            self.push(group, records::consumer_key(kind, group, Some(member)), None);
        }
    }

    pub fn consumer_group_gone(&mut self, group: &ConsumerGroup) {
        for member in group.members.keys() {
            self.member_gone(&group.id, member);
        }
        self.push(&group.id, records::consumer_key(records::TARGET_METADATA, &group.id, None), None);
        for regex in group.patterns.keys() {
            self.regex_gone(&group.id, regex);
        }
        for kind in [records::PARTITION_METADATA, records::GROUP_METADATA] {
            self.push(&group.id, records::consumer_key(kind, &group.id, None), None);
        }
    }

    /// Puts the records of another journal behind those of this one.
    pub fn append(&mut self, mut other: Self) {
        for record in other.take() {
            self.put(record);
        }
    }

    pub fn take(&mut self) -> Vec<Record> {
        self.places.clear();
        std::mem::take(&mut self.records)
    }
}

/// Appends what the coordinator has to write to its topic, which is made first where it is missing.
pub fn write(broker: &mut Broker, now: i64) {
    let records = broker.groups.journal.take();
    if records.is_empty() {
        return;
    }
    if find::make_topic(broker, find::OFFSETS_TOPIC).is_err() {
        // The groups are kept all the same; only who reads their topic misses something, and a person has been told.
        return;
    }
    let mut last: Option<(Rc<str>, i32)> = None;
    let records = records.into_iter().map(|Record { group, key, value }| {
        let partition = match &last {
            Some((of, partition)) if *of == group => *partition,
            _ => find::partition_of(&broker.configs, &group),
        };
        last = Some((group, partition));
        (partition, OwnRecord { key: Some(key), value })
    });
    let records: Vec<(i32, OwnRecord)> = records.collect();
    let most = usize::try_from(broker.configs.topic_i64(find::OFFSETS_TOPIC, "max.message.bytes")).unwrap_or_default();
    for (partition, records) in batches(records, most) {
        append::own_records(broker, find::OFFSETS_TOPIC, partition, &records, now);
    }
}

/// What a record takes in a batch besides its key and value, at the most.
const PER_RECORD: usize = 32;

/// Records that belong together are one batch, as in Kafka, unless they are more than the `most` bytes that a batch of the
/// topic may have. One record that is larger by itself is a batch of its own.
fn batches(records: Vec<(i32, OwnRecord)>, most: usize) -> Vec<(i32, Vec<OwnRecord>)> {
    let mut batches: Vec<(i32, Vec<OwnRecord>)> = Vec::new();
    let mut used = 0;
    for (partition, record) in records {
        let bytes = PER_RECORD + [&record.key, &record.value].into_iter().flatten().map(Bytes::len).sum::<usize>();
        match batches.last_mut() {
            Some((of, together)) if *of == partition && used + bytes <= most => {
                together.push(record);
                used += bytes;
            }
            _ => {
                batches.push((partition, vec![record]));
                used = HEADER + bytes;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::log::batch::{Author, of_own_records};

    #[test]
    fn of_each_key_the_last_record_is_written() {
        let mut journal = Journal::default();
        journal.offset_gone("g", "t", 0);
        journal.classic_group_gone("g");
        journal.push("g", records::offset_key("g", "t", 0), Some(Bytes::from_static(b"v")));
        let values: Vec<_> = journal.take().into_iter().map(|record| record.value).collect();
        assert_eq!(values, [Some(Bytes::from_static(b"v")), None]);
        journal.classic_group_gone("g");
        assert_eq!(journal.take().len(), 1);
    }

    #[test]
    fn batches_are_as_large_as_the_topic_takes_them() {
        let record = |partition, length| (partition, OwnRecord { key: Some(vec![0; length].into()), value: None });
        let records = (0..100).map(|_| record(1, 100)).chain([record(2, 5000), record(2, 10), record(1, 10)]).collect();
        let batches = batches(records, 1000);
        let shape: Vec<(i32, usize)> = batches.iter().map(|(partition, records)| (*partition, records.len())).collect();
        assert_eq!(shape.iter().filter(|one| **one == (1, 7)).count(), 14);
        assert_eq!(&shape[14..], [(1, 2), (2, 1), (2, 1), (1, 1)]);
        let sizes = batches.iter().map(|(_, records)| of_own_records(records, Author::Broker, 0).bytes().len());
        assert_eq!(sizes.filter(|size| *size > 1000).count(), 1);
    }
}
