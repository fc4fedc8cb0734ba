//! OffsetFetch: what groups have committed.

use std::collections::BTreeSet;

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
use crate::sandbox::budget::Budget;
use crate::sandbox::error::Refusal;

/// Since this version a request asks for several groups.
const MANY_GROUPS: i16 = 8;

/// Since this version the answer has an error for the group, and a request may ask for all that a group has committed.
const GROUP_ERROR: i16 = 2;

/// What is asked of one group: partitions by topic, or all.
struct Question {
    group: String,
    member: Option<String>,
    epoch: i32,
    topics: Option<Vec<(StrBytes, Vec<i32>)>>,
}

/// What is known of one partition.
struct Found {
    partition: i32,
    offset: i64,
    leader_epoch: i32,
    metadata: StrBytes,
    error: i16,
}

impl Found {
    /// Roughly how many bytes of memory it takes to tell it.
    fn size(&self) -> usize {
        128 + self.metadata.len()
    }
}

type Topics = Vec<(StrBytes, Vec<Found>)>;

/// Answers an OffsetFetch request.
pub fn answer(broker: &mut Broker, call: &Call, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let mut questions: Vec<Question> = if call.version >= MANY_GROUPS {
        request.groups.into_iter().map(question).collect()
    } else {
        let topics = request.topics.map(|topics| topics.into_iter().map(|topic| (topic.name.0, topic.partition_indexes)).collect());
        vec![Question { group: request.group_id.to_string(), member: None, epoch: -1, topics }]
    };
    let Broker { groups, topics, .. } = broker;
    for group in questions.iter().map(|question| &question.group).collect::<BTreeSet<_>>() {
        groups.offsets.drop_gone(group, topics, &mut groups.journal);
    }
    let mut budget = Budget::default();
    let mut look = |question: &Question| budget.check().and_then(|()| groups.fetch(question, request.require_stable, &mut budget));
    let response = match questions.pop() {
        Some(question) if call.version < MANY_GROUPS => one(look(&question), question, call.version),
        last => {
            let groups = questions.into_iter().chain(last).map(|question| {
                let answer = look(&question);
                many(question.group, answer)
            });
            OffsetFetchResponse::default().with_groups(groups.collect())
        }
    };
    journal::write(broker, call.now);
    response
}

fn question(group: OffsetFetchRequestGroup) -> Question {
    Question {
        group: group.group_id.to_string(),
        member: owned(group.member_id),
        epoch: group.member_epoch,
        topics: group.topics.map(|topics| topics.into_iter().map(|topic| (topic.name.0, topic.partition_indexes)).collect()),
    }
}

impl Groups {
    fn fetch(&self, question: &Question, stable: bool, budget: &mut Budget) -> Result<Topics, Refusal> {
        // A group that is not there has committed nothing.
        if let Some(Group::Consumer(group)) = self.by_id.get(&question.group) {
            group.check_fetch(question.member.as_deref(), question.epoch)?;
        }
        let mut found = |topic: &str, partition: i32, committed: Option<&Committed>| {
            if let Err(refusal) = budget.check() {
                return nothing(partition, refusal.code);
            }
            let unstable = stable && self.offsets.is_unstable(&question.group, topic, partition);
            let found = match committed {
                _ if unstable => nothing(partition, ResponseError::UnstableOffsetCommit.code()),
                None => nothing(partition, 0),
                Some(Committed { offset, leader_epoch, metadata, .. }) => {
                    Found { partition, offset: *offset, leader_epoch: *leader_epoch, metadata: text(metadata), error: 0 }
                }
            };
            budget.spend(found.size());
            found
        };
        let Some(asked) = &question.topics else {
            let all = self.offsets.of(&question.group);
            let all = all.map(|(topic, partitions)| {
                let partitions = partitions.iter().map(|(partition, committed)| found(topic, *partition, Some(committed)));
                (text(topic), partitions.collect())
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
    Found { partition, offset: -1, leader_epoch: -1, metadata: StrBytes::default(), error }
}

/// What was found, in the types of the answer: the one about a single group has its own, with the same fields.
macro_rules! told {
    ($found:expr, $topic:ty, $partition:ty) => {{
        let partition = |found: Found| {
            <$partition>::default()
                .with_partition_index(found.partition)
                .with_committed_offset(found.offset)
                .with_committed_leader_epoch(found.leader_epoch)
                .with_metadata(Some(found.metadata))
                .with_error_code(found.error)
        };
        let topic = |(name, found): (StrBytes, Vec<Found>)| {
            <$topic>::default().with_name(name.into()).with_partitions(found.into_iter().map(partition).collect())
        };
        $found.into_iter().map(topic).collect()
    }};
}

fn many(group: String, answer: Result<Topics, Refusal>) -> OffsetFetchResponseGroup {
    let response = OffsetFetchResponseGroup::default().with_group_id(GroupId(StrBytes::from_string(group)));
    let found = match answer {
        Ok(found) => found,
        Err(refusal) => return response.with_error_code(refusal.code),
    };
    response.with_topics(told!(found, OffsetFetchResponseTopics, OffsetFetchResponsePartitions))
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
    response.with_topics(told!(found, OffsetFetchResponseTopic, OffsetFetchResponsePartition))
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopics;

    use super::*;
    use crate::sandbox::groups::journal::Journal;
    use crate::sandbox::topics::{name, testing};

    /// A group that has committed with much metadata.
    fn started() -> Broker {
        let mut broker = testing::broker();
        broker.topics.insert("t", 1);
        let topic_id = broker.topics.get("t").unwrap().id;
        let metadata = "m".repeat(4096);
        let committed = Committed { offset: 5, leader_epoch: -1, metadata, timestamp: 0, expires: None, topic_id, sequence: 0 };
        broker.groups.offsets.put("g", "t", 0, committed, &mut Journal::default());
        broker
    }

    fn groups(groups: Vec<OffsetFetchRequestGroup>) -> Vec<OffsetFetchResponseGroup> {
        answer(&mut started(), &testing::call(9), OffsetFetchRequest::default().with_groups(groups)).groups
    }

    #[test]
    fn a_group_that_is_named_often_is_told_of_until_the_answer_is_large() {
        let asked = OffsetFetchRequestGroup::default().with_group_id(GroupId(text("g"))).with_topics(None);
        let told = groups(vec![asked; 100_000]);
        assert_eq!(told.len(), 100_000);
        assert_eq!(told[9_999].topics[0].partitions[0].committed_offset, 5);
        let refused = |group: &&OffsetFetchResponseGroup| group.error_code == ResponseError::PolicyViolation.code();
        assert!(told.iter().filter(refused).count() > 80_000);
    }

    #[test]
    fn a_partition_as_well() {
        let topic = OffsetFetchRequestTopics::default().with_name(name("t")).with_partition_indexes(vec![0; 100_000]);
        let told = groups(vec![OffsetFetchRequestGroup::default().with_group_id(GroupId(text("g"))).with_topics(Some(vec![topic]))]);
        let partitions = &told[0].topics[0].partitions;
        assert_eq!((partitions.len(), partitions[9_999].committed_offset), (100_000, 5));
        let refused = |found: &&OffsetFetchResponsePartitions| found.error_code == ResponseError::PolicyViolation.code();
        assert!(partitions.iter().filter(refused).count() > 80_000);
    }
}
