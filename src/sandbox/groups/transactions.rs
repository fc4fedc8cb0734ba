//! Offsets that are committed with a transaction: TxnOffsetCommit, and what its end does to them.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::txn_offset_commit_request::{TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic};
use kafka_protocol::messages::txn_offset_commit_response::{TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic};
use kafka_protocol::messages::{TxnOffsetCommitRequest, TxnOffsetCommitResponse};

use super::commit::{Committer, Wanted, known};
use super::{Groups, journal, owned};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};

/// Answers a TxnOffsetCommit request whose producer may commit: the transaction and its epoch are checked already. The
/// offsets are pending until [`Groups::end_transaction`].
pub fn commit(broker: &mut Broker, call: &Call, request: &TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let Broker { groups, topics, .. } = broker;
    let instance = owned(request.group_instance_id.clone());
    let by = Committer {
        group: &request.group_id,
        member: &request.member_id,
        instance: instance.as_deref(),
        epoch: request.generation_id,
        version: None,
        now: call.now,
    };
    let mut places = Vec::new();
    for topic in &request.topics {
        for partition in topic.partitions.iter().map(|partition| partition.partition_index) {
            places.extend(known(topics, &topic.name, partition).map(|id| (topic.name.to_string(), id, partition)));
        }
    }
    let allowed = if places.is_empty() { Ok(()) } else { groups.allow_commit(&by, topics, &places).map_err(as_generation) };
    let mut one = |topic: &TxnOffsetCommitRequestTopic, one: &TxnOffsetCommitRequestPartition| {
        let outcome = match (known(topics, &topic.name, one.partition_index), &allowed) {
            (None, _) => Err(Refusal::bare(ResponseError::UnknownTopicOrPartition)),
            (Some(_), Err(refusal)) => Err(refusal.clone()),
            (Some(topic_id), Ok(())) => {
                let wanted = Wanted {
                    topic: &topic.name,
                    topic_id,
                    partition: one.partition_index,
                    offset: one.committed_offset,
                    leader_epoch: one.committed_leader_epoch,
                    metadata: owned(one.committed_metadata.clone()),
                    expires: None,
                };
                groups.commit(&by, Some(request.producer_id.0), wanted)
            }
        };
        TxnOffsetCommitResponsePartition::default().with_partition_index(one.partition_index).with_error_code(code_of(&outcome))
    };
    let answered = request.topics.iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| one(topic, partition)).collect();
        TxnOffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    let response = TxnOffsetCommitResponse::default().with_topics(answered.collect());
    journal::write(broker, call.now);
    response
}

/// Producers know no member epochs: to them a stale one is an illegal generation.
fn as_generation(refusal: Refusal) -> Refusal {
    if refusal.code == ResponseError::StaleMemberEpoch.code() { Refusal::bare(ResponseError::IllegalGeneration) } else { refusal }
}

/// Ends the transaction of a producer: what it has committed for groups becomes visible, or is dropped.
pub fn end(broker: &mut Broker, producer: i64, committed: bool, now: i64) {
    broker.groups.end_transaction(producer, committed);
    journal::write(broker, now);
}

impl Groups {
    fn end_transaction(&mut self, producer: i64, committed: bool) {
        self.offsets.end(producer, committed, &mut self.journal);
    }
}
