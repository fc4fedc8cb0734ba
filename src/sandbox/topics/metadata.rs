//! Metadata: the cluster and its topics, for clients (`KafkaApis.handleTopicMetadataRequest`).

use std::collections::HashSet;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{MetadataRequest, MetadataResponse};
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::{OPERATIONS, Topic, create, is_internal, names};
use crate::sandbox::broker::{Broker, CLUSTER_ID, Call, NODE_ID};
use crate::sandbox::cluster;

/// Leader epoch of every partition: its leader never changes.
pub const LEADER_EPOCH: i32 = 0;

/// Answers a Metadata request.
pub fn answer(broker: &mut Broker, call: &Call, request: MetadataRequest) -> MetadataResponse {
    // Version 0 asks for all topics with an empty list, later ones with none.
    let wanted = request.topics.as_ref().filter(|topics| call.version > 0 || !topics.is_empty());
    if wanted.is_some_and(|topics| topics.iter().any(|topic| !is_readable(call, topic))) {
        return refused(wanted.map_or(&[], Vec::as_slice));
    }
    let mut topics = match wanted {
        None => broker.topics.iter().map(|(name, topic)| described(name, topic)).collect(),
        // One id makes all names meaningless.
        Some(wanted) if wanted.iter().any(|topic| !topic.topic_id.is_nil()) => by_id(broker, wanted),
        Some(wanted) => {
            // Before version 4 every question for a topic creates it.
            let may_create = request.allow_auto_topic_creation || call.version < 4;
            by_name(broker, wanted, may_create && broker.configs.broker_bool("auto.create.topics.enable"))
        }
    };
    if request.include_topic_authorized_operations {
        for topic in &mut topics {
            topic.topic_authorized_operations = OPERATIONS;
        }
    }
    let this = MetadataResponseBroker::default()
        .with_node_id(NODE_ID.into())
        .with_host(StrBytes::from_string(broker.address.ip().to_string()))
        .with_port(broker.address.port().into());
    let response = MetadataResponse::default()
        .with_brokers(vec![this])
        .with_cluster_id((call.version >= 2).then(|| StrBytes::from_static_str(CLUSTER_ID)))
        .with_controller_id(if call.version >= 1 { NODE_ID } else { -1 }.into())
        .with_topics(topics);
    if request.include_cluster_authorized_operations && (8..=10).contains(&call.version) {
        response.with_cluster_authorized_operations(cluster::OPERATIONS)
    } else {
        response
    }
}

/// Versions 10 and 11 have room for ids, but may not be asked for them.
fn is_readable(call: &Call, topic: &MetadataRequestTopic) -> bool {
    call.version >= 12 || (topic.name.is_some() && topic.topic_id.is_nil())
}

fn refused(topics: &[MetadataRequestTopic]) -> MetadataResponse {
    let one = |topic: &MetadataRequestTopic| {
        nameless()
            .with_error_code(ResponseError::InvalidRequest.code())
            .with_name(Some(topic.name.clone().unwrap_or_default()))
            .with_topic_id(topic.topic_id)
    };
    MetadataResponse::default().with_topics(topics.iter().map(one).collect())
}

/// Each topic once, those that there are first. One that is created now is not there yet for who asks: a broker hears of it
/// from the controller later.
fn by_name(broker: &mut Broker, wanted: &[MetadataRequestTopic], may_create: bool) -> Vec<MetadataResponseTopic> {
    let mut seen = HashSet::new();
    let mut known = Vec::new();
    let mut others = Vec::new();
    for name in wanted.iter().filter_map(|topic| topic.name.as_ref()).filter(|name| seen.insert(name.as_str())) {
        match broker.topics.get(name) {
            Some(topic) => known.push(described(name, topic)),
            None => others.push(name),
        }
    }
    for name in others {
        let code = match names::check(name) {
            Err(refusal) => refusal.code,
            Ok(()) => {
                if may_create
                    && !is_internal(name)
                    && let Err(refusal) = create::simply(broker, name, None)
                {
                    // What the controller thinks of it is written to the broker's log only.
                    broker.notices.tell(&format!("topic {} was not made: {}", name.as_str(), refusal.message.unwrap_or_default()));
                }
                ResponseError::UnknownTopicOrPartition.code()
            }
        };
        known.push(nameless().with_error_code(code).with_name(Some(name.clone())).with_is_internal(is_internal(name)));
    }
    known
}

fn by_id(broker: &Broker, wanted: &[MetadataRequestTopic]) -> Vec<MetadataResponseTopic> {
    let mut seen = HashSet::from([Uuid::nil()]);
    let (mut known, mut unknown) = (Vec::new(), Vec::new());
    for id in wanted.iter().map(|topic| topic.topic_id).filter(|id| seen.insert(*id)) {
        match broker.topics.name_of(id).and_then(|name| broker.topics.get(name).map(|topic| described(name, topic))) {
            Some(topic) => known.push(topic),
            None => {
                let code = ResponseError::UnknownTopicId.code();
                unknown.push(nameless().with_error_code(code).with_name(None).with_topic_id(id));
            }
        }
    }
    unknown.append(&mut known);
    unknown
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
    // The value of a request that did not ask who may do what.
    MetadataResponseTopic::default().with_topic_authorized_operations(i32::MIN)
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use kafka_protocol::protocol::Encodable;

    use super::*;
    use crate::sandbox::broker::Shared;
    use crate::sandbox::notices::Notices;
    use crate::sandbox::topics::testing::{broker, call};

    fn named(names: &[&str]) -> MetadataRequest {
        let topic = |name: &&str| MetadataRequestTopic::default().with_name(Some(crate::sandbox::topics::name(name)));
        MetadataRequest::default().with_topics(Some(names.iter().map(topic).collect()))
    }

    fn told(response: &MetadataResponse) -> Vec<(Option<&str>, i16, usize)> {
        let one = |topic: &'_ MetadataResponseTopic| (topic.error_code, topic.partitions.len());
        let name = |topic| -> Option<&str> { Option::as_ref(topic).map(|name: &kafka_protocol::messages::TopicName| name.as_str()) };
        response.topics.iter().map(|topic| (name(&topic.name), one(topic).0, one(topic).1)).collect()
    }

    #[test]
    fn a_topic_is_told_of_once_and_what_is_missing_comes_last() {
        let mut broker = broker();
        broker.topics.insert("a", 2);
        let request = named(&["x/y", "a", "b", "a"]).with_allow_auto_topic_creation(false);
        let response = answer(&mut broker, &call(12), request);
        assert_eq!(told(&response), [(Some("a"), 0, 2), (Some("x/y"), 17, 0), (Some("b"), 3, 0)]);
        assert!(broker.topics.get("b").is_none());
    }

    #[test]
    fn asking_for_a_topic_creates_it_for_the_next_time() {
        let mut broker = broker();
        assert_eq!(told(&answer(&mut broker, &call(3), named(&["b"]).with_allow_auto_topic_creation(false))), [(Some("b"), 3, 0)]);
        assert_eq!(told(&answer(&mut broker, &call(12), named(&["b", "c"]))), [(Some("b"), 0, 1), (Some("c"), 3, 0)]);
        assert_eq!(told(&answer(&mut broker, &call(12), named(&["c"]))), [(Some("c"), 0, 1)]);
        assert_eq!(told(&answer(&mut broker, &call(12), named(&["__transaction_state"]))), [(Some("__transaction_state"), 3, 0)]);
        assert!(broker.topics.get("__transaction_state").is_none());
    }

    #[test]
    fn a_person_is_told_why_a_topic_is_not_created() {
        let said = Rc::new(RefCell::new(Vec::new()));
        let (address, log) = (broker().address, Rc::clone(&said));
        let notices = Notices::new(Rc::new(move |message: &str| log.borrow_mut().push(message.to_owned())));
        let mut broker = Broker { notices, ..Shared::new(address, 1, Box::new(|_| ())).broker.into_inner() };
        broker.topics.insert("full", 100_000);
        let asked = named(&["b", "c"]);
        assert_eq!(told(&answer(&mut broker, &call(12), asked)), [(Some("b"), 3, 0), (Some("c"), 3, 0)]);
        let why = "topic b was not made: The sandbox holds up to 100000 partitions; 100000 are there, and 1 more were asked for.";
        assert_eq!(*said.borrow(), [why]);
    }

    #[test]
    fn topics_are_found_by_id() {
        let mut broker = broker();
        broker.topics.insert("a", 2);
        let (known, unknown) = (broker.topics.get("a").unwrap().id, Uuid::from_u128(7));
        let by_id = |id| MetadataRequestTopic::default().with_topic_id(id).with_name(None);
        let topics = vec![by_id(known), by_id(unknown), by_id(known), by_id(Uuid::nil())];
        let request = MetadataRequest::default().with_topics(Some(topics));
        assert_eq!(told(&answer(&mut broker, &call(12), request.clone())), [(None, 100, 0), (Some("a"), 0, 2)]);
        let early = answer(&mut broker, &call(11), request);
        assert!(early.topics.iter().all(|topic| topic.error_code == 42));
    }

    #[test]
    fn every_version_can_be_written() {
        let mut broker = broker();
        broker.topics.insert("a", 2);
        for version in 0..=13 {
            let mut request = named(&["a", "b/c"]);
            request.include_topic_authorized_operations = version >= 8;
            request.include_cluster_authorized_operations = (8..=10).contains(&version);
            let response = answer(&mut broker, &call(version), request);
            response.encode(&mut bytes::BytesMut::new(), version).unwrap();
        }
        // An empty list asks for all topics in version 0, and for none later.
        assert_eq!(answer(&mut broker, &call(0), named(&[])).topics.len(), 1);
        assert_eq!(answer(&mut broker, &call(1), named(&[])).topics.len(), 0);
    }
}
