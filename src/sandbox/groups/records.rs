//! The records of `__consumer_offsets`, byte for byte as the reference release writes them.
//!
//! A key starts with the number of its kind, a value with the version of its schema. The schemas are Kafka's
//! `group-coordinator/src/main/resources/common/message/*.json`.

use bytes::{BufMut, Bytes, BytesMut};
use uuid::Uuid;

use super::classic::ClassicGroup;
use super::consumer::{Epochs, Member, Partitions};
use super::offsets::Committed;

const OFFSET_COMMIT: i16 = 1;
const CLASSIC_GROUP: i16 = 2;
pub const GROUP_METADATA: i16 = 3;
pub const PARTITION_METADATA: i16 = 4;
pub const MEMBER_METADATA: i16 = 5;
pub const TARGET_METADATA: i16 = 6;
pub const TARGET_MEMBER: i16 = 7;
pub const CURRENT_MEMBER: i16 = 8;
pub const REGULAR_EXPRESSION: i16 = 16;

/// The key of a committed offset.
pub fn offset_key(group: &str, topic: &str, partition: i32) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(OFFSET_COMMIT);
    put_string(&mut out, Some(group));
    put_string(&mut out, Some(topic));
    out.put_i32(partition);
    out.freeze()
}

/// The value of a committed offset: version 4, or 1 for one that the client gave a time to live.
pub fn offset_value(committed: &Committed) -> Bytes {
    let mut out = BytesMut::new();
    if let Some(expires) = committed.expires {
        out.put_i16(1);
        out.put_i64(committed.offset);
        put_string(&mut out, Some(&committed.metadata));
        out.put_i64(committed.timestamp);
        out.put_i64(expires);
        return out.freeze();
    }
    out.put_i16(4);
    out.put_i64(committed.offset);
    out.put_i32(committed.leader_epoch);
    put_compact(&mut out, Some(&committed.metadata));
    out.put_i64(committed.timestamp);
    if committed.topic_id.is_nil() {
        put_varint(&mut out, 0);
    } else {
        put_tag(&mut out, committed.topic_id.as_bytes());
    }
    out.freeze()
}

/// The key of a classic group.
pub fn group_key(group: &str) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(CLASSIC_GROUP);
    put_string(&mut out, Some(group));
    out.freeze()
}

/// The value of a classic group, version 3.
pub fn group_value(group: &ClassicGroup) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(3);
    put_string(&mut out, Some(group.protocol_type.as_deref().unwrap_or_default()));
    out.put_i32(group.generation);
    put_string(&mut out, group.protocol.as_deref());
    put_string(&mut out, group.leader.as_deref());
    out.put_i64(group.changed_at.unwrap_or(-1));
    out.put_i32(length(group.members.len()));
    for member in group.members.values() {
        put_string(&mut out, Some(&member.id));
        put_string(&mut out, member.instance.as_deref());
        put_string(&mut out, Some(&member.client_id));
        put_string(&mut out, Some(&member.client_host));
        out.put_i32(member.rebalance_timeout);
        out.put_i32(member.session_timeout);
        for bytes in [&member.metadata(group.protocol.as_deref()), &member.assignment] {
            out.put_i32(length(bytes.len()));
            out.put_slice(bytes);
        }
    }
    out.freeze()
}

/// The key of a record of a KIP-848 group; some kinds have one for each member, or for each regular expression.
pub fn consumer_key(kind: i16, group: &str, of: Option<&str>) -> Bytes {
    let mut out = BytesMut::new();
    out.put_i16(kind);
    put_string(&mut out, Some(group));
    if of.is_some() {
        put_string(&mut out, of);
    }
    out.freeze()
}

pub fn epoch_value(epoch: i32, hash: i64) -> Bytes {
    let mut out = start();
    out.put_i32(epoch);
    if hash == 0 {
        put_varint(&mut out, 0);
    } else {
        put_tag(&mut out, &hash.to_be_bytes());
    }
    out.freeze()
}

pub fn member_value(member: &Member) -> Bytes {
    let mut out = start();
    put_compact(&mut out, member.instance.as_deref());
    put_compact(&mut out, member.rack.as_deref());
    put_compact(&mut out, Some(&member.client_id));
    put_compact(&mut out, Some(&member.client_host));
    put_varint(&mut out, member.names.len() + 1);
    for name in &member.names {
        put_compact(&mut out, Some(name));
    }
    put_compact(&mut out, member.regex.as_deref());
    out.put_i32(member.rebalance_timeout);
    put_compact(&mut out, member.assignor.as_deref());
    put_varint(&mut out, 0);
    out.freeze()
}

pub fn target_epoch_value(epoch: i32, now: i64) -> Bytes {
    let mut out = start();
    out.put_i32(epoch);
    put_tag(&mut out, &now.to_be_bytes());
    out.freeze()
}

pub fn target_value(target: &Partitions) -> Bytes {
    let mut out = start();
    put_varint(&mut out, target.len() + 1);
    for (topic, partitions) in target {
        put_topic(&mut out, *topic, partitions.iter().copied());
        put_varint(&mut out, 0);
    }
    put_varint(&mut out, 0);
    out.freeze()
}

pub fn current_value(member: &Member) -> Bytes {
    let mut out = start();
    out.put_i32(member.epoch);
    out.put_i32(member.previous_epoch);
    out.put_u8(member.state as u8);
    put_epochs(&mut out, &member.assigned);
    put_epochs(&mut out, &member.revoking);
    put_varint(&mut out, 0);
    out.freeze()
}

pub fn regex_value(topics: &[&str], now: i64) -> Bytes {
    let mut out = start();
    put_varint(&mut out, topics.len() + 1);
    for topic in topics {
        put_compact(&mut out, Some(topic));
    }
    // The version of the cluster's metadata: the sandbox has none.
    out.put_i64(0);
    out.put_i64(now);
    put_varint(&mut out, 0);
    out.freeze()
}

/// A value of version 0.
fn start() -> BytesMut {
    let mut out = BytesMut::new();
    out.put_i16(0);
    out
}

fn put_epochs(out: &mut BytesMut, topics: &Epochs) {
    put_varint(out, topics.len() + 1);
    for (topic, partitions) in topics {
        put_topic(out, *topic, partitions.keys().copied());
        let mut epochs = BytesMut::new();
        put_varint(&mut epochs, partitions.len() + 1);
        for epoch in partitions.values() {
            epochs.put_i32(*epoch);
        }
        put_tag(out, &epochs);
    }
}

fn put_topic(out: &mut BytesMut, topic: Uuid, partitions: impl ExactSizeIterator<Item = i32>) {
    out.put_slice(topic.as_bytes());
    put_varint(out, partitions.len() + 1);
    for partition in partitions {
        out.put_i32(partition);
    }
}

/// Ends a structure whose only tagged field is the one with number 0.
fn put_tag(out: &mut BytesMut, field: &[u8]) {
    put_varint(out, 1);
    put_varint(out, 0);
    put_varint(out, field.len());
    out.put_slice(field);
}

/// A string with its length in two bytes. One that is longer than that can tell is cut: no client's request can hold it.
fn put_string(out: &mut BytesMut, text: Option<&str>) {
    let Some(text) = text else { return out.put_i16(-1) };
    let bytes = text.as_bytes();
    let length = i16::try_from(bytes.len()).unwrap_or(i16::MAX);
    out.put_i16(length);
    out.put_slice(bytes.get(..usize::from(length.unsigned_abs())).unwrap_or_default());
}

fn put_compact(out: &mut BytesMut, text: Option<&str>) {
    let Some(text) = text else { return put_varint(out, 0) };
    put_varint(out, text.len() + 1);
    out.put_slice(text.as_bytes());
}

fn put_varint(out: &mut BytesMut, mut value: usize) {
    while value >= 0x80 {
        out.put_u8(u8::try_from(value & 0x7f).unwrap_or_default() | 0x80);
        value >>= 7;
    }
    out.put_u8(u8::try_from(value).unwrap_or_default());
}

fn length(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::groups::consumer::MemberState;

    #[test]
    fn a_committed_offset_is_written_in_version_4() {
        assert_eq!(&offset_key("g", "orders", 3)[..], b"\x00\x01\x00\x01g\x00\x06orders\x00\x00\x00\x03");
        let committed = Committed {
            offset: 5,
            leader_epoch: -1,
            metadata: "m".into(),
            timestamp: 7,
            expires: None,
            topic_id: Uuid::from_u128(1),
            sequence: 0,
        };
        let mut expected =
            b"\x00\x04\x00\x00\x00\x00\x00\x00\x00\x05\xff\xff\xff\xff\x02m\x00\x00\x00\x00\x00\x00\x00\x07\x01\x00\x10".to_vec();
        expected.extend([0; 15]);
        expected.push(1);
        assert_eq!(&offset_value(&committed)[..], &expected[..]);
        let short = Committed { expires: Some(9), ..committed };
        let expected = b"\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x01m\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x00\x00\x00\x00\x09";
        assert_eq!(&offset_value(&short)[..], expected);
    }

    #[test]
    fn an_empty_classic_group_is_written_in_version_3() {
        assert_eq!(&group_key("g")[..], b"\x00\x02\x00\x01g");
        let value = group_value(&ClassicGroup::new("g"));
        assert_eq!(&value[..], b"\x00\x03\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00");
    }

    #[test]
    fn a_member_of_kip_848_is_written_with_the_epochs_of_its_partitions() {
        assert_eq!(&consumer_key(CURRENT_MEMBER, "g", Some("m"))[..], b"\x00\x08\x00\x01g\x00\x01m");
        let mut member = Member::new("m");
        (member.epoch, member.previous_epoch) = (2, 0);
        member.state = MemberState::UnreleasedPartitions;
        member.assigned.insert(Uuid::from_u128(0), [(1, 2)].into());
        let mut expected = b"\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x02\x02".to_vec();
        expected.extend([0; 16]);
        expected.extend(b"\x02\x00\x00\x00\x01\x01\x00\x05\x02\x00\x00\x00\x02\x01\x00");
        assert_eq!(&current_value(&member)[..], &expected[..]);
        assert_eq!(&epoch_value(3, 0)[..], b"\x00\x00\x00\x00\x00\x03\x00");
        assert_eq!(&regex_value(&["a"], 1)[..], b"\x00\x00\x02\x02a\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00");
    }

    #[test]
    fn lengths_are_varints() {
        let mut out = BytesMut::new();
        put_varint(&mut out, 300);
        assert_eq!(&out[..], b"\xac\x02");
    }
}
