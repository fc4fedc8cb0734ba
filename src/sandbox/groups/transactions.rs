//! Offsets that are committed with a transaction: TxnOffsetCommit, and what its end does to them.

use kafka_protocol::messages::txn_offset_commit_response::{TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic};
use kafka_protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use super::commit::{self, Committer, Wanted};
use super::{journal, owned};
use crate::sandbox::broker::{Broker, Call};

/// Answers a TxnOffsetCommit request whose producer may commit: the transaction and its epoch are checked already. The
/// offsets are pending until [`end`].
pub fn commit(broker: &mut Broker, call: &Call, request: &TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let instance = owned(request.group_instance_id.clone());
    let by = Committer {
        group: &request.group_id,
        member: &request.member_id,
        instance: instance.as_deref(),
        epoch: request.generation_id,
        version: None,
        now: call.now,
    };
    let wanted = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|one| Wanted {
            topic: &topic.name,
            partition: one.partition_index,
            offset: one.committed_offset,
            leader_epoch: one.committed_leader_epoch,
            metadata: one.committed_metadata.as_deref(),
            expires: None,
        })
    });
    let mut codes = commit::commit(broker, &by, Some(request.producer_id.0), &wanted.collect::<Vec<_>>()).into_iter();
    let topics = request.topics.iter().map(|topic| {
        let partitions =
            topic.partitions.iter().zip(&mut codes).map(|(one, code)| {
                TxnOffsetCommitResponsePartition::default().with_partition_index(one.partition_index).with_error_code(code)
            });
        TxnOffsetCommitResponseTopic::default().with_partitions(partitions.collect()).with_name(topic.name.clone())
    });
    TxnOffsetCommitResponse::default().with_topics(topics.collect())
}

/// Ends the transaction of a producer: what it has committed for groups becomes visible, or is dropped.
pub fn end(broker: &mut Broker, producer: i64, committed: bool, now: i64) {
    let groups = &mut broker.groups;
    groups.offsets.end(producer, committed, &mut groups.journal);
    journal::write(broker, now);
}
