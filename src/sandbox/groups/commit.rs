//! OffsetCommit.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};
use uuid::Uuid;

use super::offsets::Committed;
use super::{Group, Groups, consumer, journal, not_found, owned};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};
use crate::sandbox::topics::Topics;

/// The longest metadata of an offset, in Java's characters (`offset.metadata.max.bytes`).
const MAX_METADATA: usize = 4096;

/// Who commits.
pub struct Committer<'a> {
    pub group: &'a str,
    pub member: &'a str,
    pub instance: Option<&'a str>,
    pub epoch: i32,
    /// The version of the OffsetCommit; none for one in a transaction.
    pub version: Option<i16>,
    pub now: i64,
}

/// One offset that is to be committed. The topic has an id where it is there.
pub struct Wanted<'a> {
    pub topic: &'a str,
    pub topic_id: Uuid,
    pub partition: i32,
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: Option<String>,
    pub expires: Option<i64>,
}

/// Answers an OffsetCommit request.
pub fn answer(broker: &mut Broker, call: &Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
    let Broker { groups, topics, .. } = broker;
    let places = places(&request, topics);
    let instance = owned(request.group_instance_id);
    let by = Committer {
        group: &request.group_id,
        member: &request.member_id,
        instance: instance.as_deref(),
        epoch: request.generation_id_or_member_epoch,
        version: Some(call.version),
        now: call.now,
    };
    let expires = (request.retention_time_ms >= 0).then(|| call.now.saturating_add(request.retention_time_ms));
    // The group is asked for only if a partition is there.
    let allowed = if places.is_empty() { Ok(()) } else { groups.allow_commit(&by, topics, &places) };
    let mut commit = |topic: &OffsetCommitRequestTopic, one: &OffsetCommitRequestPartition| {
        let outcome = match (known(topics, &topic.name, one.partition_index), &allowed) {
            (None, _) => Err(Refusal::bare(ResponseError::UnknownTopicOrPartition)),
            (Some(_), Err(refusal)) => Err(refusal.clone()),
            (Some(topic_id), Ok(())) => groups.commit(&by, None, wanted(topic, one, topic_id, expires)),
        };
        OffsetCommitResponsePartition::default().with_partition_index(one.partition_index).with_error_code(code_of(&outcome))
    };
    let answered = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| commit(&topic, partition)).collect();
        OffsetCommitResponseTopic::default().with_name(topic.name).with_partitions(partitions)
    });
    let response = OffsetCommitResponse::default().with_topics(answered.collect());
    journal::write(broker, call.now);
    response
}

fn wanted<'a>(topic: &'a OffsetCommitRequestTopic, one: &OffsetCommitRequestPartition, topic_id: Uuid, expires: Option<i64>) -> Wanted<'a> {
    Wanted {
        topic: &topic.name,
        topic_id,
        partition: one.partition_index,
        offset: one.committed_offset,
        leader_epoch: one.committed_leader_epoch,
        metadata: owned(one.committed_metadata.clone()),
        expires,
    }
}

/// The partitions of a request that are there.
fn places(request: &OffsetCommitRequest, topics: &Topics) -> Vec<(String, Uuid, i32)> {
    let mut places = Vec::new();
    for topic in &request.topics {
        for partition in topic.partitions.iter().map(|partition| partition.partition_index) {
            places.extend(known(topics, &topic.name, partition).map(|id| (topic.name.to_string(), id, partition)));
        }
    }
    places
}

/// The id of a topic that has that partition.
pub fn known(topics: &Topics, name: &str, partition: i32) -> Option<Uuid> {
    topics.partition(name, partition)?;
    topics.get(name).map(|topic| topic.id)
}

impl Groups {
    /// Refuses a commit as a whole, if the committer may not. A group that nobody has heard of is made by a commit
    /// without a generation.
    ///
    /// # Errors
    /// What the broker says to it.
    pub fn allow_commit(&mut self, by: &Committer<'_>, topics: &Topics, places: &[(String, Uuid, i32)]) -> Result<(), Refusal> {
        if !self.by_id.contains_key(by.group) {
            if by.epoch >= 0 {
                let speaks_epochs = by.version.is_some_and(|version| version >= 9);
                return Err(if speaks_epochs { not_found(by.group) } else { Refusal::bare(ResponseError::IllegalGeneration) });
            }
            self.check_room(by.group)?;
            self.classic_or_new(by.group);
        }
        self.offsets.drop_gone(by.group, topics, &mut self.journal);
        match self.by_id.get_mut(by.group) {
            None => Err(not_found(by.group)),
            Some(Group::Classic(group)) => {
                group.check_commit(by.member, by.instance, by.epoch, by.version.is_none(), by.now).map_err(Refusal::bare)
            }
            Some(Group::Consumer(group)) => match group.check_commit(by.member, by.instance, by.epoch, by.version)? {
                None => Ok(()),
                Some((member, epoch)) => {
                    places.iter().try_for_each(|(topic, id, partition)| consumer::check_partition(member, epoch, (topic, *id), *partition))
                }
            },
        }
    }

    /// Commits one offset, or keeps it for the end of the producer's transaction.
    ///
    /// # Errors
    /// That its metadata is too long, or that the sandbox keeps too many.
    pub fn commit(&mut self, by: &Committer<'_>, producer: Option<i64>, wanted: Wanted<'_>) -> Result<(), Refusal> {
        let metadata = wanted.metadata.unwrap_or_default();
        if metadata.encode_utf16().count() > MAX_METADATA {
            return Err(Refusal::bare(ResponseError::OffsetMetadataTooLarge));
        }
        if !self.offsets.has_room(1, metadata.len()) {
            return Err(Refusal::saying(ResponseError::UnknownServerError, "The sandbox keeps no more offsets."));
        }
        let committed = Committed {
            offset: wanted.offset,
            leader_epoch: wanted.leader_epoch,
            metadata,
            timestamp: by.now,
            expires: wanted.expires,
            topic_id: wanted.topic_id,
            sequence: 0,
        };
        match producer {
            None => self.offsets.put(by.group, wanted.topic, wanted.partition, committed, &mut self.journal),
            Some(producer) => self.offsets.put_pending(producer, by.group, wanted.topic, wanted.partition, committed),
        }
        Ok(())
    }
}
