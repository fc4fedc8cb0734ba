//! OffsetFetch: what groups have committed.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{GroupId, OffsetFetchRequest, OffsetFetchResponse};
use kafka_protocol::protocol::StrBytes;

use super::offsets::Committed;
use super::{Group, Groups, journal, owned, text};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::Refusal;
use crate::sandbox::topics;

/// Since this version a request asks for several groups.
const MANY_GROUPS: i16 = 8;

/// Since this version the answer has an error for the group, and a request may ask for all that a group has committed.
const GROUP_ERROR: i16 = 2;

/// What is asked of one group: partitions by topic, or all.
struct Question {
    group: String,
    member: Option<String>,
    epoch: i32,
    topics: Option<Vec<(String, Vec<i32>)>>,
}

/// What is known of one partition.
struct Found {
    partition: i32,
    offset: i64,
    leader_epoch: i32,
    metadata: String,
    error: i16,
}

type Topics = Vec<(String, Vec<Found>)>;

/// Answers an OffsetFetch request.
pub fn answer(broker: &mut Broker, call: &Call, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let stable = request.require_stable;
    let response = if call.version >= MANY_GROUPS {
        let groups = request.groups.into_iter().map(|group| {
            let question = question(group);
            let answer = look(broker, &question, stable);
            many(question.group, answer)
        });
        OffsetFetchResponse::default().with_groups(groups.collect())
    } else {
        let topics =
            request.topics.map(|topics| topics.into_iter().map(|topic| (topic.name.to_string(), topic.partition_indexes)).collect());
        let question = Question { group: request.group_id.to_string(), member: None, epoch: -1, topics };
        let answer = look(broker, &question, stable);
        one(answer, question, call.version)
    };
    journal::write(broker, call.now);
    response
}

fn question(group: OffsetFetchRequestGroup) -> Question {
    Question {
        group: group.group_id.to_string(),
        member: owned(group.member_id),
        epoch: group.member_epoch,
        topics: group.topics.map(|topics| topics.into_iter().map(|topic| (topic.name.to_string(), topic.partition_indexes)).collect()),
    }
}

fn look(broker: &mut Broker, question: &Question, stable: bool) -> Result<Topics, Refusal> {
    let Broker { groups, topics, .. } = broker;
    groups.offsets.drop_gone(&question.group, topics, &mut groups.journal);
    groups.fetch(question, stable)
}

impl Groups {
    fn fetch(&self, question: &Question, stable: bool) -> Result<Topics, Refusal> {
        // A group that is not there has committed nothing.
        if let Some(Group::Consumer(group)) = self.by_id.get(&question.group) {
            group.check_fetch(question.member.as_deref(), question.epoch)?;
        }
        let found = |topic: &str, partition: i32, committed: Option<&Committed>| {
            if stable && self.offsets.is_unstable(&question.group, topic, partition) {
                return nothing(partition, ResponseError::UnstableOffsetCommit.code());
            }
            committed.map_or_else(
                || nothing(partition, 0),
                |committed| Found {
                    partition,
                    offset: committed.offset,
                    leader_epoch: committed.leader_epoch,
                    metadata: committed.metadata.clone(),
                    error: 0,
                },
            )
        };
        let Some(asked) = &question.topics else {
            let all = self.offsets.of(&question.group);
            let all = all.map(|(topic, partitions)| {
                let partitions = partitions.iter().map(|(partition, committed)| found(topic, *partition, Some(committed)));
                (topic.to_owned(), partitions.collect())
            });
            return Ok(all.collect());
        };
        let topics = asked.iter().map(|(topic, partitions)| {
            let one = |partition: &i32| found(topic, *partition, self.offsets.get(&question.group, topic, *partition));
            (topic.clone(), partitions.iter().map(one).collect())
        });
        Ok(topics.collect())
    }
}

/// The answer for a partition without an offset.
fn nothing(partition: i32, error: i16) -> Found {
    Found { partition, offset: -1, leader_epoch: -1, metadata: String::new(), error }
}

fn many(group: String, answer: Result<Topics, Refusal>) -> OffsetFetchResponseGroup {
    let response = OffsetFetchResponseGroup::default().with_group_id(GroupId(StrBytes::from_string(group)));
    let found = match answer {
        Ok(found) => found,
        Err(refusal) => return response.with_error_code(refusal.code),
    };
    let partition = |found: Found| {
        OffsetFetchResponsePartitions::default()
            .with_partition_index(found.partition)
            .with_committed_offset(found.offset)
            .with_committed_leader_epoch(found.leader_epoch)
            .with_metadata(Some(text(&found.metadata)))
            .with_error_code(found.error)
    };
    let topic = |(name, found): (String, Vec<Found>)| {
        OffsetFetchResponseTopics::default().with_name(topics::name(&name)).with_partitions(found.into_iter().map(partition).collect())
    };
    response.with_topics(found.into_iter().map(topic).collect())
}

fn one(answer: Result<Topics, Refusal>, question: Question, version: i16) -> OffsetFetchResponse {
    let response = OffsetFetchResponse::default();
    let found = match answer {
        Ok(found) => found,
        Err(refusal) if version >= GROUP_ERROR => return response.with_error_code(refusal.code),
        Err(refusal) => {
            let failed = |partitions: Vec<i32>| partitions.into_iter().map(|partition| nothing(partition, refusal.code)).collect();
            question.topics.unwrap_or_default().into_iter().map(|(topic, partitions)| (topic, failed(partitions))).collect()
        }
    };
    let partition = |found: Found| {
        OffsetFetchResponsePartition::default()
            .with_partition_index(found.partition)
            .with_committed_offset(found.offset)
            .with_committed_leader_epoch(found.leader_epoch)
            .with_metadata(Some(text(&found.metadata)))
            .with_error_code(found.error)
    };
    let topic = |(name, found): (String, Vec<Found>)| {
        OffsetFetchResponseTopic::default().with_name(topics::name(&name)).with_partitions(found.into_iter().map(partition).collect())
    };
    response.with_topics(found.into_iter().map(topic).collect())
}
