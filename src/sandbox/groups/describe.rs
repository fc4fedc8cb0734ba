//! DescribeGroups, for classic groups, and ConsumerGroupDescribe.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup as DescribedConsumerGroup, Member as DescribedMember, TopicPartitions,
};
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, DescribeGroupsRequest, DescribeGroupsResponse, GroupId,
};
use kafka_protocol::protocol::Encodable;
use uuid::Uuid;

use super::classic::{ClassicGroup, State};
use super::consumer::{ConsumerGroup, Member, Partitions};
use super::{Group, Groups, text};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::budget::Budget;
use crate::sandbox::error::Refusal;
use crate::sandbox::topics::{self, Topics};

/// Since this version of DescribeGroups a group that is not there is an error.
const TELLS_MISSING: i16 = 6;

/// What may be done with a group, as bits by the numbers of `AclOperation`: read, delete, describe, describe its configs
/// and alter them. Without an authorizer everybody may.
const OPERATIONS: i32 = 1 << 3 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

/// How many bytes a member, or a group, takes in an answer besides those that are sent.
const PER_MEMBER: usize = 512;

/// Answers a DescribeGroups request.
pub fn classic(broker: &mut Broker, call: &Call, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    let mut budget = Budget::default();
    let one = |id: GroupId| match budget.check().and_then(|()| broker.groups.classic(&id)) {
        Ok(group) => {
            let described = described(group).with_group_id(id);
            budget.spend(PER_MEMBER * (1 + described.members.len()) + described.compute_size(call.version).unwrap_or_default());
            if request.include_authorized_operations { described.with_authorized_operations(OPERATIONS) } else { described }
        }
        Err(refusal) if refusal.code == ResponseError::PolicyViolation.code() => {
            let message = refusal.text().filter(|_| call.version >= TELLS_MISSING);
            DescribedGroup::default().with_group_id(id).with_error_code(refusal.code).with_error_message(message)
        }
        Err(refusal) => {
            let dead = DescribedGroup::default().with_group_id(id).with_group_state(text("Dead"));
            if call.version >= TELLS_MISSING {
                dead.with_error_code(refusal.code).with_error_message(refusal.text())
            } else if request.include_authorized_operations {
                // To old clients this is no error, so they are told what they may do.
                dead.with_authorized_operations(OPERATIONS)
            } else {
                dead
            }
        }
    };
    DescribeGroupsResponse::default().with_groups(request.groups.into_iter().map(one).collect())
}

fn described(group: &ClassicGroup) -> DescribedGroup {
    // What members say is told only while all agree on the protocol that they say it in.
    let protocol = group.protocol.as_deref().filter(|_| group.state == State::Stable);
    let member = |member: &super::classic::Member| {
        DescribedGroupMember::default()
            .with_member_id(text(&member.id))
            .with_group_instance_id(member.instance.as_deref().map(text))
            .with_client_id(text(&member.client_id))
            .with_client_host(text(&member.client_host))
            .with_member_metadata(member.metadata(protocol))
            .with_member_assignment(member.assignment.clone())
    };
    DescribedGroup::default()
        .with_group_state(text(group.state.name()))
        .with_protocol_type(text(group.protocol_type.as_deref().unwrap_or_default()))
        .with_protocol_data(text(protocol.unwrap_or_default()))
        .with_members(group.members.values().map(member).collect())
}

/// Answers a ConsumerGroupDescribe request.
pub fn consumer(broker: &mut Broker, call: &Call, request: ConsumerGroupDescribeRequest) -> ConsumerGroupDescribeResponse {
    let mut budget = Budget::default();
    let one = |id: GroupId| match budget.check().and_then(|()| broker.groups.consumer(&id)) {
        Ok(group) => {
            let described = described_consumer(group, &broker.topics, call.version).with_group_id(id);
            budget.spend(PER_MEMBER * (1 + described.members.len()) + described.compute_size(call.version).unwrap_or_default());
            if request.include_authorized_operations { described.with_authorized_operations(OPERATIONS) } else { described }
        }
        Err(refusal) => {
            DescribedConsumerGroup::default().with_group_id(id).with_error_code(refusal.code).with_error_message(refusal.text())
        }
    };
    ConsumerGroupDescribeResponse::default().with_groups(request.group_ids.into_iter().map(one).collect())
}

fn described_consumer(group: &ConsumerGroup, topics: &Topics, version: i16) -> DescribedConsumerGroup {
    let nothing = Partitions::new();
    let member = |member: &Member| {
        let mut current = Partitions::new();
        for (topic, partitions) in member.assigned.iter().chain(&member.revoking) {
            current.entry(*topic).or_default().extend(partitions.keys());
        }
        let described = DescribedMember::default()
            .with_member_id(text(&member.id))
            .with_instance_id(member.instance.as_deref().map(text))
            .with_rack_id(member.rack.as_deref().map(text))
            .with_member_epoch(member.epoch)
            .with_client_id(text(&member.client_id))
            .with_client_host(text(&member.client_host))
            .with_subscribed_topic_names(member.names.iter().map(|name| topics::name(name)).collect())
            .with_subscribed_topic_regex(member.regex.as_deref().map(text))
            .with_assignment(assignment(&current, topics))
            .with_target_assignment(assignment(group.target.get(&member.id).unwrap_or(&nothing), topics));
        // 1 is a member of the consumer protocol.
        if version >= 1 { described.with_member_type(1) } else { described }
    };
    DescribedConsumerGroup::default()
        .with_group_state(text(group.state()))
        .with_group_epoch(group.epoch)
        .with_assignment_epoch(group.target_epoch)
        .with_assignor_name(text(group.assignor()))
        .with_members(group.members.values().map(member).collect())
}

/// Partitions with the names of their topics; topics that have gone are left out.
fn assignment(partitions: &Partitions, topics: &Topics) -> Assignment {
    let named = |(id, partitions): (&Uuid, &std::collections::BTreeSet<i32>)| {
        let name = topics::name(topics.name_of(*id)?);
        let partitions = partitions.iter().copied().collect();
        Some(TopicPartitions::default().with_topic_id(*id).with_topic_name(name).with_partitions(partitions))
    };
    Assignment::default().with_topic_partitions(partitions.iter().filter_map(named).collect())
}

impl Groups {
    fn classic(&self, id: &str) -> Result<&ClassicGroup, Refusal> {
        match self.get(id)? {
            Group::Classic(group) => Ok(group),
            Group::Consumer(_) => Err(Refusal::saying(ResponseError::GroupIdNotFound, format!("Group {id} is not a classic group."))),
        }
    }

    fn consumer(&self, id: &str) -> Result<&ConsumerGroup, Refusal> {
        if id.is_empty() {
            return Err(Refusal::bare(ResponseError::InvalidGroupId));
        }
        match self.get(id)? {
            Group::Consumer(group) => Ok(group),
            Group::Classic(_) => Err(Refusal::saying(ResponseError::GroupIdNotFound, format!("Group {id} is not a consumer group."))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::topics::testing;

    /// A group whose members keep as much as a group's members may.
    fn with_large_group() -> Broker {
        let mut broker = testing::broker();
        let mut group = ConsumerGroup::new("g");
        for number in 0..100 {
            let mut member = Member::new(&format!("m{number}"));
            member.names = (0..100).map(|topic| format!("{topic:0>100}")).collect();
            group.members.insert(member.id.clone(), member);
        }
        broker.groups.by_id.insert("g".into(), Group::Consumer(group));
        broker
    }

    #[test]
    fn a_group_that_is_named_often_is_told_of_until_the_answer_is_large() {
        let mut broker = with_large_group();
        let request = ConsumerGroupDescribeRequest::default().with_group_ids(vec![GroupId(text("g")); 10_000]);
        let response = consumer(&mut broker, &testing::call(1), request);
        let told = response.groups.iter().filter(|group| group.error_code == 0).count();
        assert!((10..100).contains(&told), "{told}");
        assert_eq!(response.groups.len(), 10_000);
        let last = response.groups.last().unwrap();
        assert_eq!((last.error_code, last.members.len()), (ResponseError::PolicyViolation.code(), 0));
        assert!(response.compute_size(1).unwrap() < 100 << 20);
    }

    #[test]
    fn a_classic_group_as_well() {
        let mut broker = testing::broker();
        broker.groups.by_id.insert("g".into(), Group::Classic(ClassicGroup::new("g")));
        let request = |times| DescribeGroupsRequest::default().with_groups(vec![GroupId(text("g")); times]);
        let errors = |response: &DescribeGroupsResponse| response.groups.iter().filter(|group| group.error_code != 0).count();
        // A broker answers repeats like any other.
        assert_eq!(errors(&classic(&mut broker, &testing::call(6), request(100))), 0);
        assert!(errors(&classic(&mut broker, &testing::call(0), request(200_000))) > 0);
    }
}
