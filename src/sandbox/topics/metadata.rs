//! Metadata: the cluster and its topics, for clients.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{MetadataRequest, MetadataResponse};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::{Topic, create, is_internal, names};
use crate::sandbox::broker::{Broker, CLUSTER_ID, Call, NODE_ID};
use crate::sandbox::error::Refusal;

/// Leader epoch of every partition: its leader never changes.
pub const LEADER_EPOCH: i32 = 0;

/// Answers a Metadata request.
pub fn answer(broker: &mut Broker, call: &Call, request: MetadataRequest) -> MetadataResponse {
    // Version 0 asks for all topics with an empty list, later ones with none.
    let wanted = request.topics.filter(|topics| call.version > 0 || !topics.is_empty());
    let topics = match wanted {
        None => broker.topics.iter().map(|(name, topic)| described(name, topic)).collect(),
        Some(wanted) => {
            // Before version 4 every question for a topic creates it.
            let may_create = request.allow_auto_topic_creation || call.version < 4;
            let one = |asked: &kafka_protocol::messages::metadata_request::MetadataRequestTopic| match &asked.name {
                Some(name) if asked.topic_id.is_nil() => by_name(broker, name, may_create),
                _ => by_id(broker, asked.topic_id),
            };
            wanted.iter().map(one).collect()
        }
    };
    let this = MetadataResponseBroker::default()
        .with_node_id(NODE_ID.into())
        .with_host(StrBytes::from_string(broker.address.ip().to_string()))
        .with_port(broker.address.port().into());
    MetadataResponse::default()
        .with_brokers(vec![this])
        .with_cluster_id((call.version >= 2).then(|| StrBytes::from_static_str(CLUSTER_ID)))
        .with_controller_id(if call.version >= 1 { NODE_ID } else { -1 }.into())
        .with_topics(topics)
}

fn by_name(broker: &mut Broker, name: &str, may_create: bool) -> MetadataResponseTopic {
    if broker.topics.get(name).is_none() {
        let made = match names::check(name) {
            Ok(()) if may_create && !is_internal(name) => create::simply(broker, name, None),
            Ok(()) => Err(Refusal::bare(ResponseError::UnknownTopicOrPartition)),
            refused => refused,
        };
        if let Err(refusal) = made {
            return nameless().with_error_code(refusal.code).with_name(Some(super::name(name)));
        }
    }
    match broker.topics.get(name) {
        Some(topic) => described(name, topic),
        None => nameless().with_error_code(ResponseError::UnknownTopicOrPartition.code()).with_name(Some(super::name(name))),
    }
}

fn by_id(broker: &Broker, id: Uuid) -> MetadataResponseTopic {
    let found = broker.topics.name_of(id).and_then(|name| broker.topics.get(name).map(|topic| described(name, topic)));
    found.unwrap_or_else(|| nameless().with_error_code(ResponseError::UnknownTopicId.code()).with_name(None).with_topic_id(id))
}

fn described(name: &str, topic: &Topic) -> MetadataResponseTopic {
    let partition = |index| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(NODE_ID.into())
            .with_leader_epoch(LEADER_EPOCH)
            .with_replica_nodes(vec![NODE_ID.into()])
            .with_isr_nodes(vec![NODE_ID.into()])
    };
    let partitions = (0..).zip(&topic.partitions).map(|(index, _)| partition(index)).collect();
    nameless().with_name(Some(super::name(name))).with_topic_id(topic.id).with_is_internal(is_internal(name)).with_partitions(partitions)
}

fn nameless() -> MetadataResponseTopic {
    // Without authorisation nobody is told what he may do: the value of a request that did not ask.
    MetadataResponseTopic::default().with_topic_authorized_operations(i32::MIN)
}
