//! OffsetDelete and DeleteGroups.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse, OffsetDeleteRequest, OffsetDeleteResponse};

use super::{Group, Groups, commit, journal};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};

/// Answers an OffsetDelete request.
pub fn offsets(broker: &mut Broker, call: &Call, request: OffsetDeleteRequest) -> OffsetDeleteResponse {
    let Broker { groups, topics, .. } = broker;
    if let Err(refusal) = groups.check_offset_delete(&request.group_id) {
        return OffsetDeleteResponse::default().with_error_code(refusal.code);
    }
    let mut one = |topic: &str, partition: i32| {
        let code = if commit::known(topics, topic, partition).is_none() {
            ResponseError::UnknownTopicOrPartition.code()
        } else {
            code_of(&groups.delete_offset(&request.group_id, topic, partition))
        };
        OffsetDeleteResponsePartition::default().with_partition_index(partition).with_error_code(code)
    };
    let answered = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|partition| one(&topic.name, partition.partition_index)).collect();
        OffsetDeleteResponseTopic::default().with_name(topic.name).with_partitions(partitions)
    });
    let response = OffsetDeleteResponse::default().with_topics(answered.collect());
    journal::write(broker, call.now);
    response
}

/// Answers a DeleteGroups request.
pub fn groups(broker: &mut Broker, call: &Call, request: DeleteGroupsRequest) -> DeleteGroupsResponse {
    let groups = &mut broker.groups;
    let results = request.groups_names.into_iter().map(|group| {
        let outcome = groups.delete(&group);
        DeletableGroupResult::default().with_group_id(group).with_error_code(code_of(&outcome))
    });
    let response = DeleteGroupsResponse::default().with_results(results.collect());
    journal::write(broker, call.now);
    response
}

impl Groups {
    fn check_offset_delete(&self, group: &str) -> Result<(), Refusal> {
        if group.is_empty() {
            return Err(Refusal::bare(ResponseError::InvalidGroupId));
        }
        match self.get(group)? {
            Group::Classic(group) => group.check_offset_delete().map_err(Refusal::bare),
            Group::Consumer(_) => Ok(()),
        }
    }

    fn delete_offset(&mut self, group: &str, topic: &str, partition: i32) -> Result<(), Refusal> {
        let reads = match self.get(group)? {
            Group::Classic(group) => group.reads(topic),
            Group::Consumer(group) => group.reads(topic),
        };
        if reads {
            return Err(Refusal::bare(ResponseError::GroupSubscribedToTopic));
        }
        self.offsets.delete(group, topic, partition, &mut self.journal);
        Ok(())
    }

    fn delete(&mut self, id: &str) -> Result<(), Refusal> {
        if !self.get(id)?.is_empty() {
            return Err(Refusal::bare(ResponseError::NonEmptyGroup));
        }
        self.offsets.delete_group(id, &mut self.journal);
        match self.by_id.remove(id) {
            Some(Group::Consumer(group)) => self.journal.consumer_group_gone(&group),
            Some(Group::Classic(_)) | None => self.journal.classic_group_gone(id),
        }
        Ok(())
    }
}
