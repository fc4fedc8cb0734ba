//! OffsetCommit.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};
use uuid::Uuid;

use super::offsets::{self, Committed};
use super::{Group, Groups, consumer, journal, not_found, owned};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};
use crate::sandbox::topics::Topics;

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

/// One offset that is to be committed.
pub struct Wanted<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub leader_epoch: i32,
    pub metadata: Option<&'a str>,
    pub expires: Option<i64>,
}

/// Answers an OffsetCommit request.
pub fn answer(broker: &mut Broker, call: &Call, request: OffsetCommitRequest) -> OffsetCommitResponse {
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
    let wanted = request.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|one| Wanted {
            topic: &topic.name,
            partition: one.partition_index,
            offset: one.committed_offset,
            leader_epoch: one.committed_leader_epoch,
            metadata: one.committed_metadata.as_deref(),
            expires,
        })
    });
    let mut codes = commit(broker, &by, None, &wanted.collect::<Vec<_>>()).into_iter();
    let topics = request.topics.iter().map(|topic| {
        let partitions =
            topic.partitions.iter().zip(&mut codes).map(|(one, code)| {
                OffsetCommitResponsePartition::default().with_partition_index(one.partition_index).with_error_code(code)
            });
        OffsetCommitResponseTopic::default().with_partitions(partitions.collect()).with_name(topic.name.clone())
    });
    OffsetCommitResponse::default().with_topics(topics.collect())
}

/// Commits offsets, or keeps them for the end of the producer's transaction. The answer has an error code for each.
pub fn commit(broker: &mut Broker, by: &Committer<'_>, producer: Option<i64>, wanted: &[Wanted<'_>]) -> Vec<i16> {
    let Broker { groups, topics, configs, .. } = broker;
    let places: Vec<Option<There<'_>>> = wanted.iter().map(|one| place(topics, one.topic, one.partition)).collect();
    let there: Vec<There<'_>> = places.iter().flatten().copied().collect();
    // The group is asked for only if a partition is there.
    let allowed = if there.is_empty() { Ok(()) } else { groups.allow_commit(by, topics, &there) };
    let longest = usize::try_from(configs.broker_i64("offset.metadata.max.bytes")).unwrap_or_default();
    let one = |(wanted, place): (&Wanted<'_>, &Option<There<'_>>)| {
        let outcome = match (place, &allowed) {
            (None, _) => Err(Refusal::bare(ResponseError::UnknownTopicOrPartition)),
            (Some(_), Err(refusal)) => Err(refusal.clone()),
            (Some(place), Ok(())) => groups.commit(by, producer, wanted, place.id, longest),
        };
        code_of(&outcome)
    };
    let codes = wanted.iter().zip(&places).map(one).collect();
    journal::write(broker, by.now);
    codes
}

/// A partition that is there.
#[derive(Clone, Copy, Debug)]
pub struct There<'a> {
    topic: &'a str,
    id: Uuid,
    partition: i32,
}

fn place<'a>(topics: &Topics, topic: &'a str, partition: i32) -> Option<There<'a>> {
    known(topics, topic, partition).map(|id| There { topic, id, partition })
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
    fn allow_commit(&mut self, by: &Committer<'_>, topics: &Topics, places: &[There<'_>]) -> Result<(), Refusal> {
        let outcome = self.check_commit(by, topics, places);
        // Producers know no member epochs: to them a stale one is an illegal generation.
        let stale = |refusal: &Refusal| by.version.is_none() && refusal.code == ResponseError::StaleMemberEpoch.code();
        outcome.map_err(|refusal| if stale(&refusal) { Refusal::bare(ResponseError::IllegalGeneration) } else { refusal })
    }

    fn check_commit(&mut self, by: &Committer<'_>, topics: &Topics, places: &[There<'_>]) -> Result<(), Refusal> {
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
                    places.iter().try_for_each(|place| consumer::check_partition(member, epoch, (place.topic, place.id), place.partition))
                }
            },
        }
    }

    /// Commits one offset, or keeps it for the end of the producer's transaction. Its metadata may have `longest` of Java's
    /// characters.
    fn commit(
        &mut self,
        by: &Committer<'_>,
        producer: Option<i64>,
        wanted: &Wanted<'_>,
        topic_id: Uuid,
        longest: usize,
    ) -> Result<(), Refusal> {
        let metadata = wanted.metadata.unwrap_or_default();
        if metadata.encode_utf16().count() > longest {
            return Err(Refusal::bare(ResponseError::OffsetMetadataTooLarge));
        }
        if !self.offsets.has_room(offsets::size(by.group, wanted.topic, metadata)) {
            return Err(Refusal::bare(ResponseError::PolicyViolation));
        }
        let committed = Committed {
            offset: wanted.offset,
            leader_epoch: wanted.leader_epoch,
            metadata: metadata.to_owned(),
            timestamp: by.now,
            expires: wanted.expires,
            topic_id,
            sequence: 0,
        };
        match producer {
            None => self.offsets.put(by.group, wanted.topic, wanted.partition, committed, &mut self.journal),
            Some(producer) => self.offsets.put_pending(producer, by.group, wanted.topic, wanted.partition, committed),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};

    use super::*;
    use crate::sandbox::groups::{LONGEST_ID, find, text};
    use crate::sandbox::topics::{name, testing};

    /// Commits offset 0, 1, 2 and so on for these partitions of the topic `t`, which has one.
    fn committed(broker: &mut Broker, group: &str, partitions: &[i32]) -> Vec<i16> {
        let one = |(offset, index): (i64, &i32)| {
            OffsetCommitRequestPartition::default().with_partition_index(*index).with_committed_offset(offset)
        };
        let topic = OffsetCommitRequestTopic::default().with_name(name("t"));
        let topic = topic.with_partitions((0..).zip(partitions).map(one).collect());
        let request = OffsetCommitRequest::default()
            .with_group_id(text(group).into())
            .with_generation_id_or_member_epoch(-1)
            .with_topics(vec![topic]);
        let response = answer(broker, &testing::call(8), request);
        response.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code).collect()
    }

    fn started() -> Broker {
        let mut broker = testing::broker();
        broker.topics.insert("t", 1);
        broker
    }

    #[test]
    fn a_partition_that_is_named_often_is_written_once() {
        let mut broker = started();
        assert_eq!(committed(&mut broker, "g", &vec![0; 20_000]), vec![0; 20_000]);
        assert_eq!(broker.groups.offsets.get("g", "t", 0).map(|committed| committed.offset), Some(19_999));
        let log = broker.topics.partition(find::OFFSETS_TOPIC, find::partition_of(&broker.configs, "g")).unwrap();
        assert_eq!(log.end_offset(), 1);
    }

    #[test]
    fn a_group_whose_id_is_too_long_is_not_made() {
        let mut broker = started();
        let longest = "g".repeat(LONGEST_ID);
        assert_eq!(committed(&mut broker, &longest, &[0, 1]), [0, 3]);
        assert_eq!(committed(&mut broker, &format!("{longest}g"), &[0, 1]), [ResponseError::InvalidGroupId.code(), 3]);
        assert_eq!(broker.groups.by_id.len(), 1);
    }
}
