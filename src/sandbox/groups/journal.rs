//! What the coordinator writes to `__consumer_offsets`.

use bytes::Bytes;

use super::classic::ClassicGroup;
use super::consumer::{ConsumerGroup, Member, Partitions};
use super::offsets::Committed;
use super::{find, records};
use crate::sandbox::append;
use crate::sandbox::broker::Broker;
use crate::sandbox::log::batch::OwnRecord;

/// One record: the partition it belongs to, its key, and its value; none says that the key is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub partition: i32,
    pub key: Bytes,
    pub value: Option<Bytes>,
}

/// Records that are to be written.
#[derive(Debug, Default)]
pub struct Journal {
    records: Vec<Record>,
}

impl Journal {
    fn push(&mut self, group: &str, key: Bytes, value: Option<Bytes>) {
        self.records.push(Record { partition: find::partition_of(group), key, value });
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

    pub fn take(&mut self) -> Vec<Record> {
        std::mem::take(&mut self.records)
    }
}

/// Appends what the coordinator has to write to its topic, which is made first where it is missing.
pub fn write(broker: &mut Broker, now: i64) {
    let records = broker.groups.journal.take();
    if records.is_empty() {
        return;
    }
    find::make_topic(broker, find::OFFSETS_TOPIC);
    // Records that belong together are one batch, as in Kafka.
    for together in records.chunk_by(|one, next| one.partition == next.partition) {
        let partition = together.first().map_or(0, |record| record.partition);
        let own = together.iter().map(|record| OwnRecord { key: Some(record.key.clone()), value: record.value.clone() });
        append::own_records(broker, find::OFFSETS_TOPIC, partition, &own.collect::<Vec<_>>(), now);
    }
}
