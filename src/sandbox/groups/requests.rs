//! The requests of members: of classic groups, and of those of KIP-848.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::consumer_group_heartbeat_response::{Assignment, TopicPartitions};
use kafka_protocol::messages::leave_group_response::MemberResponse;
use kafka_protocol::messages::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, HeartbeatRequest, HeartbeatResponse, JoinGroupRequest,
    JoinGroupResponse, LeaveGroupRequest, LeaveGroupResponse, SyncGroupRequest, SyncGroupResponse,
};
use tokio::sync::oneshot;
use uuid::Uuid;

use super::classic::{ClassicGroup, Join, Sync, failed, refused};
use super::consumer::{ConsumerGroup, Heartbeat, Reply, Settings};
use super::journal::{self, Journal};
use super::{Group, Groups, not_found, owned, text};
use crate::sandbox::broker::{Broker, Call, Shared};
use crate::sandbox::configs::Configs;
use crate::sandbox::error::Refusal;
use crate::sandbox::topics::Topics;

/// Answers a JoinGroup request, when the generation that it joins is complete.
pub async fn join(shared: &Shared, call: &Call, request: JoinGroupRequest) -> Option<JoinGroupResponse> {
    let id = request.member_id.to_string();
    let (answer, answered) = oneshot::channel();
    let refusal = {
        let broker = &mut *shared.broker.borrow_mut();
        let refusal = broker.groups.join(call, request, &broker.configs, answer).err();
        journal::write(broker, call.now);
        refusal
    };
    let response = match refusal {
        Some(error) => refused(&id, error.code()),
        // The group has lost the member in the meantime.
        None => answered.await.unwrap_or_else(|_| refused(&id, ResponseError::UnknownMemberId.code())),
    };
    let protocol = response.protocol_name.clone().filter(|name| !name.is_empty());
    // Old versions have an empty name for none.
    let protocol = if call.version < 7 { Some(protocol.unwrap_or_default()) } else { protocol };
    Some(response.with_protocol_name(protocol))
}

/// Answers a SyncGroup request, when the leader has brought the assignments.
pub async fn sync(shared: &Shared, call: &Call, request: SyncGroupRequest) -> Option<SyncGroupResponse> {
    let (answer, answered) = oneshot::channel();
    let refusal = {
        let broker = &mut *shared.broker.borrow_mut();
        let refusal = broker.groups.sync(call, request, answer).err();
        journal::write(broker, call.now);
        refusal
    };
    Some(match refusal {
        Some(error) => failed(error),
        None => answered.await.unwrap_or_else(|_| failed(ResponseError::UnknownMemberId)),
    })
}

/// Answers a Heartbeat request of a classic member.
pub fn heartbeat(broker: &mut Broker, call: &Call, request: HeartbeatRequest) -> HeartbeatResponse {
    let instance = owned(request.group_instance_id);
    let outcome = match broker.groups.member_of(&request.group_id) {
        Ok(group) => group.heartbeat(&request.member_id, instance.as_deref(), request.generation_id, call.now),
        Err(error) => Err(error),
    };
    HeartbeatResponse::default().with_error_code(outcome.err().map_or(0, |error| error.code()))
}

/// Answers a LeaveGroup request.
pub fn leave(broker: &mut Broker, call: &Call, request: LeaveGroupRequest) -> LeaveGroupResponse {
    let members: Vec<(String, Option<String>)> = if call.version < 3 {
        vec![(request.member_id.to_string(), None)]
    } else {
        request.members.into_iter().map(|member| (member.member_id.to_string(), owned(member.group_instance_id))).collect()
    };
    let outcomes = match broker.groups.leave(&request.group_id, &members, call.now) {
        Ok(outcomes) => outcomes,
        Err(error) => return LeaveGroupResponse::default().with_error_code(error.code()),
    };
    journal::write(broker, call.now);
    let code = |outcome: &Result<(), ResponseError>| outcome.err().map_or(0, |error| error.code());
    if call.version < 3 {
        return LeaveGroupResponse::default().with_error_code(outcomes.first().map_or(0, code));
    }
    let one = |((id, instance), outcome): (&(String, Option<String>), &Result<(), ResponseError>)| {
        let instance = instance.as_deref().map(text);
        MemberResponse::default().with_member_id(text(id)).with_group_instance_id(instance).with_error_code(code(outcome))
    };
    LeaveGroupResponse::default().with_members(members.iter().zip(&outcomes).map(one).collect())
}

/// Answers a ConsumerGroupHeartbeat request.
pub fn consumer_heartbeat(broker: &mut Broker, call: &Call, request: ConsumerGroupHeartbeatRequest) -> ConsumerGroupHeartbeatResponse {
    let group = request.group_id.to_string();
    let ask = asked(call, request);
    let Broker { groups, topics, configs, .. } = broker;
    let settings = Settings {
        session_timeout: configs.group_i64(&group, "consumer.session.timeout.ms"),
        assignment_interval: configs.group_i64(&group, "consumer.assignment.interval.ms"),
        max_size: usize::try_from(configs.broker_i64("group.consumer.max.size")).unwrap_or_default(),
    };
    let interval = i32::try_from(configs.group_i64(&group, "consumer.heartbeat.interval.ms")).unwrap_or(i32::MAX);
    let outcome = ask.check(&group).and_then(|()| groups.consumer_heartbeat(&group, ask, topics, settings, call.now));
    journal::write(broker, call.now);
    let reply = match outcome {
        Ok(reply) => reply,
        Err(refusal) => return ConsumerGroupHeartbeatResponse::default().with_error_code(refusal.code).with_error_message(refusal.text()),
    };
    let topic = |(id, partitions): (Uuid, std::collections::BTreeMap<i32, i32>)| {
        TopicPartitions::default().with_topic_id(id).with_partitions(partitions.into_keys().collect())
    };
    let assignment = reply.assignment.map(|topics| Assignment::default().with_topic_partitions(topics.into_iter().map(topic).collect()));
    // Who leaves is not told when to come back.
    let interval = if reply.epoch < 0 { 0 } else { interval };
    ConsumerGroupHeartbeatResponse::default()
        .with_member_id(Some(text(&reply.id)))
        .with_member_epoch(reply.epoch)
        .with_heartbeat_interval_ms(interval)
        .with_assignment(assignment)
}

fn asked(call: &Call, request: ConsumerGroupHeartbeatRequest) -> Heartbeat {
    let partitions = request.topic_partitions;
    Heartbeat {
        version: call.version,
        client_id: call.client_id.clone(),
        client_host: call.client_host.clone(),
        id: request.member_id.to_string(),
        epoch: request.member_epoch,
        instance: owned(request.instance_id),
        rack: owned(request.rack_id),
        rebalance_timeout: request.rebalance_timeout_ms,
        names: request.subscribed_topic_names.map(|names| names.iter().map(|name| name.to_string()).collect()),
        regex: owned(request.subscribed_topic_regex),
        assignor: owned(request.server_assignor),
        owned: partitions.map(|topics| topics.into_iter().map(|topic| (topic.topic_id, topic.partitions)).collect()),
    }
}

impl Groups {
    fn join(
        &mut self,
        call: &Call,
        request: JoinGroupRequest,
        configs: &Configs,
        answer: oneshot::Sender<JoinGroupResponse>,
    ) -> Result<(), ResponseError> {
        let id: &str = &request.group_id;
        if id.is_empty() {
            return Err(ResponseError::InvalidGroupId);
        }
        let sessions = configs.broker_i64("group.min.session.timeout.ms")..=configs.broker_i64("group.max.session.timeout.ms");
        if !sessions.contains(&request.session_timeout_ms.into()) {
            return Err(ResponseError::InvalidSessionTimeout);
        }
        let is_new = match self.by_id.get(id) {
            Some(Group::Classic(_)) => false,
            // The migration between the protocols is disabled.
            Some(Group::Consumer(other)) if !other.members.is_empty() => return Err(ResponseError::InconsistentGroupProtocol),
            Some(Group::Consumer(_)) | None => true,
        };
        if is_new && !request.member_id.is_empty() {
            return Err(ResponseError::UnknownMemberId);
        }
        self.check_room(id).map_err(without_words)?;
        let held = request.protocols.iter().map(|protocol| protocol.name.len() + protocol.metadata.len()).sum();
        self.check_size(id, held).map_err(without_words)?;
        let join = Join {
            version: call.version,
            client_id: call.client_id.clone(),
            client_host: call.client_host.clone(),
            id: request.member_id.to_string(),
            instance: owned(request.group_instance_id),
            protocol_type: request.protocol_type.to_string(),
            protocols: request.protocols.into_iter().map(|protocol| (protocol.name.to_string(), protocol.metadata)).collect(),
            // Version 0 has one time-out for both.
            rebalance_timeout: if call.version == 0 { request.session_timeout_ms } else { request.rebalance_timeout_ms },
            session_timeout: request.session_timeout_ms,
            max_size: usize::try_from(configs.broker_i64("group.max.size")).unwrap_or_default(),
        };
        // Who is refused leaves no group behind, and does not end one.
        if is_new && !ClassicGroup::new(id).suits(&join) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        self.classic_or_new(id);
        let Self { by_id, journal, .. } = self;
        if let Some(Group::Classic(group)) = by_id.get_mut(id) {
            if is_new {
                journal.classic_group(group);
            }
            group.join(join, answer, call.now, journal);
        }
        Ok(())
    }

    fn sync(&mut self, call: &Call, request: SyncGroupRequest, answer: oneshot::Sender<SyncGroupResponse>) -> Result<(), ResponseError> {
        if call.version >= 5 && (request.protocol_type.is_none() || request.protocol_name.is_none()) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        let assignments = request.assignments.into_iter().map(|one| (one.member_id.to_string(), one.assignment));
        let sync = Sync {
            id: request.member_id.to_string(),
            instance: owned(request.group_instance_id),
            generation: request.generation_id,
            protocol_type: owned(request.protocol_type),
            protocol: owned(request.protocol_name),
            assignments: assignments.collect(),
        };
        self.member_of(&request.group_id)?;
        let held = sync.assignments.values().map(bytes::Bytes::len).sum();
        // What was assigned before goes as this comes: the group may grow by the difference at most.
        self.check_size(&request.group_id, held).map_err(without_words)?;
        let Self { by_id, journal, .. } = self;
        if let Some(Group::Classic(group)) = by_id.get_mut(&**request.group_id) {
            group.sync(sync, answer, call.now, journal);
        }
        Ok(())
    }

    /// The group that a classic member says to be in. A group of the other kind has no such members.
    fn member_of(&mut self, id: &str) -> Result<&mut ClassicGroup, ResponseError> {
        if id.is_empty() {
            return Err(ResponseError::InvalidGroupId);
        }
        match self.by_id.get_mut(id) {
            Some(Group::Classic(group)) => Ok(group),
            Some(Group::Consumer(_)) | None => Err(ResponseError::UnknownMemberId),
        }
    }

    fn leave(&mut self, id: &str, members: &[(String, Option<String>)], now: i64) -> Result<Vec<Result<(), ResponseError>>, ResponseError> {
        if id.is_empty() {
            return Err(ResponseError::InvalidGroupId);
        }
        let Self { by_id, journal, .. } = self;
        match by_id.get_mut(id) {
            Some(Group::Classic(group)) => Ok(group.leave(members, now, journal)),
            Some(Group::Consumer(_)) | None => Ok(vec![Err(ResponseError::UnknownMemberId); members.len()]),
        }
    }

    fn consumer_heartbeat(
        &mut self,
        id: &str,
        mut ask: Heartbeat,
        topics: &Topics,
        settings: Settings,
        now: i64,
    ) -> Result<Reply, Refusal> {
        let no_consumer_group = || Refusal::saying(ResponseError::GroupIdNotFound, format!("Group {id} is not a consumer group."));
        let joins = ask.epoch == 0;
        let is_new = match self.by_id.get(id) {
            Some(Group::Consumer(_)) => false,
            Some(Group::Classic(_)) if !joins => return Err(no_consumer_group()),
            Some(Group::Classic(group)) if !group.is_empty() => {
                let message = format!("Cannot upgrade classic group {id} to consumer group because online upgrade is disabled.");
                return Err(Refusal::saying(ResponseError::GroupIdNotFound, message));
            }
            None if ask.epoch < 0 => return Err(not_found(id)),
            None if !joins => return Err(Refusal::saying(ResponseError::GroupIdNotFound, format!("Consumer group {id} not found."))),
            Some(Group::Classic(_)) | None => true,
        };
        self.check_room(id)?;
        if ask.id.is_empty() {
            ask.id = short(Uuid::new_v4());
        }
        self.check_size(id, ask.held())?;
        let Self { by_id, journal, .. } = self;
        if is_new {
            // The group comes, and takes the place of an empty one, only if its first member is not refused.
            let (mut group, mut written) = (ConsumerGroup::new(id), Journal::default());
            let reply = group.heartbeat(&ask, topics, settings, now, &mut written)?;
            if by_id.insert(id.to_owned(), Group::Consumer(group)).is_some() {
                journal.classic_group_gone(id);
            }
            journal.append(written);
            return Ok(reply);
        }
        match by_id.get_mut(id) {
            Some(Group::Consumer(group)) if ask.epoch < 0 => group.leave(&ask, journal),
            Some(Group::Consumer(group)) => group.heartbeat(&ask, topics, settings, now, journal),
            Some(Group::Classic(_)) | None => Err(no_consumer_group()),
        }
    }
}

/// A refusal in an answer that has no place for a sentence.
fn without_words(refusal: Refusal) -> ResponseError {
    ResponseError::try_from_code(refusal.code).unwrap_or(ResponseError::UnknownServerError)
}

/// An id as Kafka writes its own: in the letters of base64 that may stand in a URL.
fn short(id: Uuid) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 22 letters of six bits hold four bits more than there are.
    let (id, mut out) = (id.as_u128(), String::with_capacity(22));
    for place in (0..22_u32).rev() {
        let bits = if place == 0 { id << 4 } else { id >> (place * 6 - 4) };
        out.extend(LETTERS.get(usize::try_from(bits & 63).unwrap_or_default()).map(|letter| char::from(*letter)));
    }
    out
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;

    use super::*;
    use crate::sandbox::groups::{MAX_HELD_BY_GROUP, find};
    use crate::sandbox::log::PartitionLog;
    use crate::sandbox::topics::testing;

    fn joining(regex: Option<&str>) -> ConsumerGroupHeartbeatRequest {
        ConsumerGroupHeartbeatRequest::default()
            .with_group_id(text("g").into())
            .with_member_id(text("m"))
            .with_rebalance_timeout_ms(60_000)
            .with_subscribed_topic_names(Some(vec![crate::sandbox::topics::name("t")]))
            .with_subscribed_topic_regex(regex.map(text))
            .with_topic_partitions(Some(Vec::new()))
    }

    fn classic(protocols: Vec<JoinGroupRequestProtocol>) -> JoinGroupRequest {
        let request = JoinGroupRequest::default().with_group_id(text("g").into()).with_protocol_type(text("consumer"));
        request.with_session_timeout_ms(10_000).with_rebalance_timeout_ms(10_000).with_protocols(protocols)
    }

    fn written(broker: &Broker) -> i64 {
        let log = broker.topics.partition(find::OFFSETS_TOPIC, find::partition_of(&broker.configs, "g"));
        log.map_or(0, PartitionLog::end_offset)
    }

    #[test]
    fn a_member_that_is_refused_leaves_the_group_as_it_was() {
        let mut broker = testing::broker();
        let wrong = consumer_heartbeat(&mut broker, &testing::call(1), joining(Some("(")));
        assert_eq!(wrong.error_code, ResponseError::InvalidRegularExpression.code());
        assert!(broker.groups.by_id.is_empty());
        let long = "r".repeat(MAX_HELD_BY_GROUP + 1);
        let large = consumer_heartbeat(&mut broker, &testing::call(1), joining(Some(&long)));
        assert_eq!(large.error_code, ResponseError::GroupMaxSizeReached.code());
        assert!(broker.groups.by_id.is_empty());
        // A group that somebody committed for is a classic one, and empty.
        broker.groups.by_id.insert("g".into(), Group::Classic(ClassicGroup::new("g")));
        consumer_heartbeat(&mut broker, &testing::call(1), joining(Some("(")));
        assert!(matches!(broker.groups.by_id.get("g"), Some(Group::Classic(_))));
        assert_eq!(written(&broker), 0);
        assert_eq!(consumer_heartbeat(&mut broker, &testing::call(1), joining(None)).error_code, 0);
        assert!(matches!(broker.groups.by_id.get("g"), Some(Group::Consumer(_))));
        assert!(written(&broker) > 1);
    }

    #[test]
    fn a_classic_member_that_is_refused_as_well() {
        let mut broker = testing::broker();
        let configs = Configs::new(broker.address);
        let join = |broker: &mut Broker, request| broker.groups.join(&testing::call(9), request, &configs, oneshot::channel().0);
        assert_eq!(join(&mut broker, classic(Vec::new())), Err(ResponseError::InconsistentGroupProtocol));
        assert!(broker.groups.by_id.is_empty());
        broker.groups.by_id.insert("g".into(), Group::Consumer(ConsumerGroup::new("g")));
        assert_eq!(join(&mut broker, classic(Vec::new())), Err(ResponseError::InconsistentGroupProtocol));
        assert!(matches!(broker.groups.by_id.get("g"), Some(Group::Consumer(_))));
        assert_eq!(join(&mut broker, classic(vec![JoinGroupRequestProtocol::default().with_name(text("range"))])), Ok(()));
        assert!(matches!(broker.groups.by_id.get("g"), Some(Group::Classic(_))));
    }

    #[test]
    fn the_interval_is_the_configured_one() {
        let mut broker = testing::broker();
        assert_eq!(consumer_heartbeat(&mut broker, &testing::call(1), joining(None)).heartbeat_interval_ms, 1_000);
    }

    #[test]
    fn an_id_is_written_as_kafka_does() {
        assert_eq!(short(Uuid::from_u128(0)), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(short(Uuid::from_u128(1)), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(short(Uuid::from_u128(u128::MAX)), "_____________________w");
    }
}
