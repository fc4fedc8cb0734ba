//! Consumer groups: list, describe, delete.

use std::collections::{BTreeMap, HashSet};

use futures_util::future::{join, join_all};
use kafka_protocol::messages::consumer_group_describe_response::{self as modern, Assignment};
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::{ConsumerGroupDescribeRequest, DeleteGroupsRequest, DescribeGroupsRequest, GroupId, ListGroupsRequest};
use kafka_protocol::protocol::StrBytes;

use super::{Admin, ItemResult, in_order, unavailable};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::model::{Coordinator, GroupDescription, GroupListing, GroupMember, GroupState, GroupType, TopicPartition};
use crate::kafka::wire::Target;

/// The protocol type of groups of consumers; that of groups which only hold offsets is empty.
const CONSUMER_PROTOCOL: &str = "consumer";

/// How long a topic's name is at most, in bytes (Java's `Topic.MAX_NAME_LENGTH`).
const LONGEST_TOPIC: usize = 249;

/// The consumer groups of all brokers that answered.
#[derive(Debug, Default)]
pub struct GroupListings {
    /// In the brokers' order.
    pub groups: Vec<GroupListing>,
    /// Why a broker did not answer, with its id.
    pub failures: Vec<(i32, Error)>,
}

impl Admin {
    /// Lists the consumer groups of all brokers; where `states` or `kinds` name some, only those.
    ///
    /// # Errors
    /// Those of the metadata request. A broker that fails has its own error; if all do, it is the result.
    pub async fn list_groups(&self, states: &[GroupState], kinds: &[GroupType]) -> Result<GroupListings> {
        let brokers = self.broker_ids().await?;
        let answers = join_all(brokers.iter().map(|id| self.list_groups_of(*id, states, kinds))).await;
        let mut groups = Vec::new();
        let mut known = HashSet::new();
        let mut failures = Vec::new();
        for (id, answer) in brokers.iter().zip(answers) {
            match answer {
                // A group that moves while the brokers are asked may be listed twice.
                Ok(listings) => {
                    let new: Vec<GroupListing> = listings.into_iter().filter(|listing| known.insert(listing.group.clone())).collect();
                    self.cluster.keep_coordinator(*id, new.iter().map(|listing| &listing.group));
                    let classic = new.iter().filter(|listing| listing.kind == Some(GroupType::Classic));
                    self.classic.borrow_mut().extend(classic.map(|listing| listing.group.clone()));
                    groups.extend(new);
                }
                Err(error) => failures.push((*id, error)),
            }
        }
        if failures.len() == brokers.len()
            && let Some((_, error)) = failures.pop()
        {
            return Err(error);
        }
        Ok(GroupListings { groups, failures })
    }

    async fn list_groups_of(&self, broker: i32, states: &[GroupState], kinds: &[GroupType]) -> Result<Vec<GroupListing>> {
        let target = Target::Broker(broker);
        let kinds = if kinds.is_empty() { &GroupType::OF_CONSUMER_GROUPS } else { kinds };
        let response = self
            .cluster
            .retrying("ListGroups", async || {
                let version = self.cluster.version::<ListGroupsRequest>(&target).await?;
                let mut request = ListGroupsRequest::default();
                if version >= 4 {
                    request.states_filter = states.iter().map(|state| StrBytes::from_static_str(state.name())).collect();
                } else if !states.is_empty() {
                    return Err(Error::Unsupported { target: format!("broker {broker}"), request: "listing groups by state".to_owned() });
                }
                if version >= 5 {
                    request.types_filter = kinds.iter().map(|kind| StrBytes::from_static_str(kind.name())).collect();
                } else if !kinds.contains(&GroupType::Classic) {
                    // What such a broker lists is classic, and it does not say so.
                    return Err(Error::Unsupported { target: format!("broker {broker}"), request: "listing groups by type".to_owned() });
                }
                let response = self.cluster.send(&target, &request).await?;
                BrokerError::check(response.error_code, None)?;
                Ok(response)
            })
            .await?;
        let told = |name: &StrBytes| Some(name.to_string()).filter(|name| !name.is_empty());
        let listings = response.groups.iter().filter(|group| matches!(group.protocol_type.as_str(), "" | CONSUMER_PROTOCOL));
        let listings = listings.map(|group| GroupListing {
            group: group.group_id.to_string(),
            kind: told(&group.group_type).map(|name| GroupType::parse(&name)),
            state: told(&group.group_state).map(|name| GroupState::parse(&name)),
        });
        Ok(listings.filter(|group| group.kind.is_none_or(|kind| kinds.contains(&kind))).collect())
    }

    /// Describes groups of either protocol, in their order. No name may be there twice.
    ///
    /// # Errors
    /// Those of finding coordinators; a group that cannot be described is that group's result.
    pub async fn describe_groups(&self, groups: &[String]) -> Result<Vec<ItemResult<GroupDescription>>> {
        self.per_coordinator("DescribeGroups", groups, async |coordinator, groups| self.describe_groups_at(coordinator, groups).await).await
    }

    /// Deletes groups. No name may be there twice.
    ///
    /// # Errors
    /// Those of finding coordinators; a refusal is that group's result.
    pub async fn delete_groups(&self, groups: &[String]) -> Result<Vec<ItemResult<()>>> {
        self.per_coordinator("DeleteGroups", groups, async |coordinator, groups| {
            let request = DeleteGroupsRequest::default().with_groups_names(groups.iter().map(|group| group_id(group)).collect());
            let response = self.cluster.send(&Target::Broker(coordinator), &request).await?;
            let answered = response.results.iter().map(|result| (result.group_id.to_string(), BrokerError::check(result.error_code, None)));
            Ok(in_order(groups.iter().cloned(), answered))
        })
        .await
    }

    /// Sends one request per coordinator for all its groups, to all coordinators at once; groups whose coordinator has
    /// moved or is gone are sent again. The result is in the groups' order.
    pub(super) async fn per_coordinator<T>(
        &self,
        what: &str,
        groups: &[String],
        send: impl AsyncFn(i32, &[String]) -> Result<Vec<ItemResult<T>>>,
    ) -> Result<Vec<ItemResult<T>>> {
        self.per_item(what, groups, async |groups| {
            let mut answered = Vec::with_capacity(groups.len());
            let mut batches: BTreeMap<i32, Vec<String>> = BTreeMap::new();
            for (group, coordinator) in self.cluster.coordinators(groups).await? {
                match coordinator {
                    Ok(id) => batches.entry(id).or_default().push(group),
                    // The cluster has already waited for a coordinator: this is final.
                    Err(error) => answered.push((group, Err(settled(error)))),
                }
            }
            let calls = batches.iter().map(async |(id, groups)| (groups, send(*id, groups).await));
            for (groups, outcome) in join_all(calls).await {
                match outcome {
                    Ok(outcomes) => answered.extend(groups.iter().cloned().zip(outcomes)),
                    Err(error) => {
                        let error = of_each_group(error);
                        answered.extend(groups.iter().map(|group| (group.clone(), Err(error.clone()))));
                    }
                }
            }
            Ok(in_order(groups.iter().cloned(), answered))
        })
        .await
    }

    async fn describe_groups_at(&self, id: i32, groups: &[String]) -> Result<Vec<ItemResult<GroupDescription>>> {
        let broker = self.cluster.broker(id).await?.ok_or(ErrorCode::COORDINATOR_NOT_AVAILABLE).map_err(BrokerError::from)?;
        let coordinator = Coordinator { id, host: broker.endpoint.host, port: broker.endpoint.port };
        let (classic, others): (Vec<String>, Vec<String>) = groups.iter().cloned().partition(|group| self.classic.borrow().contains(group));
        let described = join(self.describe_known_classic(&coordinator, &classic), self.describe_either(&coordinator, &others)).await;
        let outcomes = classic.into_iter().zip(described.0?).chain(others.into_iter().zip(described.1?));
        Ok(in_order(groups.iter().cloned(), outcomes))
    }

    /// Describes groups that a listing has said to be classic; they may have changed since then.
    async fn describe_known_classic(&self, coordinator: &Coordinator, groups: &[String]) -> Result<Vec<ItemResult<GroupDescription>>> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let outcomes = self.describe_classic(coordinator, groups).await?;
        let gone =
            |outcome: &ItemResult<GroupDescription>| outcome.as_ref().is_err_and(|error| error.code == ErrorCode::GROUP_ID_NOT_FOUND);
        if outcomes.iter().any(gone) { self.describe_either(coordinator, groups).await } else { Ok(outcomes) }
    }

    async fn describe_either(&self, coordinator: &Coordinator, groups: &[String]) -> Result<Vec<ItemResult<GroupDescription>>> {
        if groups.is_empty() {
            return Ok(Vec::new());
        }
        let mut outcomes = self.describe_modern(coordinator, groups).await?;
        // The coordinator does not know, or does not tell, which protocol a group speaks: what is no group of the new
        // protocol is asked for as one of the old.
        let is_open = |outcome: &ItemResult<GroupDescription>| {
            outcome.as_ref().is_err_and(|error| matches!(error.code, ErrorCode::GROUP_ID_NOT_FOUND | ErrorCode::UNSUPPORTED_VERSION))
        };
        let open: Vec<usize> = (0..outcomes.len()).filter(|index| is_open(&outcomes[*index])).collect();
        if open.is_empty() {
            return Ok(outcomes);
        }
        let classic: Vec<String> = open.iter().map(|index| groups[*index].clone()).collect();
        for (index, outcome) in open.into_iter().zip(self.describe_classic(coordinator, &classic).await?) {
            let unknown = outcome.as_ref().is_err_and(|error| error.code == ErrorCode::GROUP_ID_NOT_FOUND);
            let told = outcomes[index].as_ref().is_err_and(|error| error.message.is_some());
            // Of two answers "not found", the first one says more.
            if !(unknown && told) {
                outcomes[index] = outcome;
            }
        }
        Ok(outcomes)
    }

    async fn describe_modern(&self, coordinator: &Coordinator, groups: &[String]) -> Result<Vec<ItemResult<GroupDescription>>> {
        let request = ConsumerGroupDescribeRequest::default().with_group_ids(groups.iter().map(|group| group_id(group)).collect());
        let response = match self.cluster.send(&Target::Broker(coordinator.id), &request).await {
            Err(error) if unavailable(&error) => {
                return Ok(groups.iter().map(|_| Err(ErrorCode::UNSUPPORTED_VERSION.into())).collect());
            }
            outcome => outcome?,
        };
        let answered = response.groups.iter().map(|group| (group.group_id.to_string(), from_modern(group, coordinator)));
        Ok(in_order(groups.iter().cloned(), answered))
    }

    async fn describe_classic(&self, coordinator: &Coordinator, groups: &[String]) -> Result<Vec<ItemResult<GroupDescription>>> {
        let request = DescribeGroupsRequest::default().with_groups(groups.iter().map(|group| group_id(group)).collect());
        let response = self.cluster.send(&Target::Broker(coordinator.id), &request).await?;
        let answered = response.groups.iter().map(|group| (group.group_id.to_string(), from_classic(group, coordinator)));
        Ok(in_order(groups.iter().cloned(), answered))
    }
}

/// A group's name as the codec wants it.
pub(super) fn group_id(group: &str) -> GroupId {
    GroupId(StrBytes::from_string(group.to_owned()))
}

/// The failure of a whole request as that of each of its items: a coordinator that is gone is looked for anew.
fn of_each_group(error: Error) -> BrokerError {
    match error {
        Error::Broker(error) => error,
        Error::Disconnected { .. } | Error::Unreachable { .. } => {
            BrokerError { code: ErrorCode::COORDINATOR_NOT_AVAILABLE, message: Some(error.to_string()) }
        }
        other => BrokerError { code: ErrorCode::UNKNOWN_SERVER_ERROR, message: Some(other.to_string()) },
    }
}

/// An error that nobody retries any more.
fn settled(error: BrokerError) -> BrokerError {
    if error.code.is_transient() {
        return BrokerError { code: ErrorCode::UNKNOWN_SERVER_ERROR, message: Some(error.text()) };
    }
    error
}

fn from_modern(group: &modern::DescribedGroup, coordinator: &Coordinator) -> ItemResult<GroupDescription> {
    BrokerError::check(group.error_code, group.error_message.as_deref())?;
    let member = |member: &modern::Member| GroupMember {
        id: member.member_id.to_string(),
        instance_id: member.instance_id.as_deref().map(str::to_owned),
        client_id: member.client_id.to_string(),
        host: member.client_host.to_string(),
        assignment: partitions(&member.assignment),
        target_assignment: Some(partitions(&member.target_assignment)),
        epoch: Some(member.member_epoch),
        upgraded: (member.member_type != -1).then_some(member.member_type == 1),
    };
    Ok(GroupDescription {
        group: group.group_id.to_string(),
        state: GroupState::parse(&group.group_state),
        assignor: group.assignor_name.to_string(),
        coordinator: coordinator.clone(),
        members: group.members.iter().map(member).collect(),
        group_epoch: Some(group.group_epoch),
        target_assignment_epoch: Some(group.assignment_epoch),
    })
}

fn partitions(assignment: &Assignment) -> Vec<TopicPartition> {
    let topics = assignment.topic_partitions.iter();
    let partitions =
        topics.flat_map(|topic| topic.partitions.iter().map(|partition| TopicPartition::new(topic.topic_name.to_string(), *partition)));
    ordered(partitions)
}

fn from_classic(group: &classic::DescribedGroup, coordinator: &Coordinator) -> ItemResult<GroupDescription> {
    BrokerError::check(group.error_code, group.error_message.as_deref())?;
    let name = group.group_id.to_string();
    if !matches!(group.protocol_type.as_str(), "" | CONSUMER_PROTOCOL) {
        let message = format!("GroupId {name} is not a consumer group ({}).", group.protocol_type.as_str());
        return Err(BrokerError { code: ErrorCode::INCONSISTENT_GROUP_PROTOCOL, message: Some(message) });
    }
    let members: std::result::Result<Vec<GroupMember>, BrokerError> = group
        .members
        .iter()
        .map(|member| {
            Ok(GroupMember {
                id: member.member_id.to_string(),
                instance_id: member.group_instance_id.as_deref().map(str::to_owned),
                client_id: member.client_id.to_string(),
                host: member.client_host.to_string(),
                assignment: classic_assignment(&member.member_assignment)?,
                target_assignment: None,
                epoch: None,
                upgraded: None,
            })
        })
        .collect();
    Ok(GroupDescription {
        group: name,
        state: GroupState::parse(&group.group_state),
        assignor: group.protocol_data.to_string(),
        coordinator: coordinator.clone(),
        members: members?,
        group_epoch: None,
        target_assignment_epoch: None,
    })
}

/// Reads what a member of the classic protocol was given; nothing at all before its first rebalance has ended.
fn classic_assignment(bytes: &[u8]) -> ItemResult<Vec<TopicPartition>> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let unreadable =
        || BrokerError { code: ErrorCode::UNKNOWN_SERVER_ERROR, message: Some("The assignment of a member cannot be read.".to_owned()) };
    assigned(bytes).map(|partitions| ordered(partitions.into_iter())).ok_or_else(unreadable)
}

/// The version, the partitions by topic, and data of the assignor's own (Java's `ConsumerProtocol`); later versions only add
/// to the end.
///
/// The bytes come from another client, by way of a broker that does not look at them: no length in them is believed before
/// that much has been read.
fn assigned(mut bytes: &[u8]) -> Option<Vec<TopicPartition>> {
    let bytes = &mut bytes;
    let mut partitions = Vec::new();
    let version = i16::from_be_bytes(take(bytes)?);
    let topics = i32::from_be_bytes(take(bytes)?);
    if version < 0 || topics < 0 {
        return None;
    }
    for _ in 0..topics {
        // Every partition below has the name for its own: a long one would make gigabytes of a few megabytes.
        let length = usize::try_from(i16::from_be_bytes(take(bytes)?)).ok().filter(|length| *length <= LONGEST_TOPIC)?;
        let topic = std::str::from_utf8(bytes.split_off(..length)?).ok()?;
        let count = i32::from_be_bytes(take(bytes)?);
        if count < 0 {
            return None;
        }
        for _ in 0..count {
            partitions.push(TopicPartition::new(topic, i32::from_be_bytes(take(bytes)?)));
        }
    }
    let data = i32::from_be_bytes(take(bytes)?);
    let fits = usize::try_from(data).map_or(data == -1, |length| length <= bytes.len());
    fits.then_some(partitions)
}

/// The next bytes, if there are so many.
fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn ordered(partitions: impl Iterator<Item = TopicPartition>) -> Vec<TopicPartition> {
    let mut partitions: Vec<TopicPartition> = partitions.collect();
    partitions.sort();
    partitions.dedup();
    partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_of_the_classic_protocol_are_read_and_ordered() {
        let bytes = [0, 1, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 255, 255, 255, 255];
        assert_eq!(classic_assignment(&bytes).unwrap(), [TopicPartition::new("t", 0), TopicPartition::new("t", 1)]);
        assert_eq!(classic_assignment(&[]).unwrap(), []);
    }

    #[test]
    fn an_assignment_that_claims_more_than_it_has_is_refused() {
        let whole = [0, 1, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 1, 9];
        assert!(classic_assignment(&whole).is_ok());
        for length in 1..whole.len() {
            assert!(classic_assignment(&whole[..length]).is_err(), "{length}");
        }
        let topics = [0, 0, 0x7f, 0xff, 0xff, 0xff, 0, 1, b't', 0, 0, 0, 0];
        let partitions = [0, 0, 0, 0, 0, 1, 0, 1, b't', 0x7f, 0xff, 0xff, 0xff, 0, 0, 0, 0];
        let negative = [0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        for bytes in [&topics[..], &partitions, &negative] {
            assert!(classic_assignment(bytes).is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn an_assignment_with_a_name_that_no_topic_has_is_refused() {
        let of_length = |length: usize| {
            let name = vec![b't'; length];
            let length = u16::try_from(length).unwrap().to_be_bytes();
            [&[0, 0, 0, 0, 0, 1], &length[..], &name, &[0, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0, 0]].concat()
        };
        assert_eq!(classic_assignment(&of_length(LONGEST_TOPIC)).unwrap().len(), 1);
        assert!(classic_assignment(&of_length(LONGEST_TOPIC + 1)).is_err());
    }

    #[test]
    fn a_lost_coordinator_is_looked_for_again_and_other_failures_are_final() {
        let lost = of_each_group(Error::Disconnected { target: "h:1".into(), reason: "gone".into() });
        assert!(lost.code.is_transient());
        assert_eq!(lost.text(), "lost the connection to h:1: gone");
        assert!(!settled(lost).code.is_transient());
        assert!(!of_each_group(Error::Client("x".into())).code.is_transient());
    }

    #[test]
    fn a_group_of_connectors_is_no_consumer_group() {
        let coordinator = Coordinator { id: 1, host: "h".into(), port: 1 };
        let group =
            classic::DescribedGroup::default().with_group_id(group_id("c")).with_protocol_type(StrBytes::from_static_str("connect"));
        assert_eq!(from_classic(&group, &coordinator).unwrap_err().text(), "GroupId c is not a consumer group (connect).");
    }
}
