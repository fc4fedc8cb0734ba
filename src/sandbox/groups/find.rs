//! FindCoordinator: who coordinates a group or a transaction. Here it is always the one broker.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};

use super::text;
use crate::sandbox::broker::{Broker, Call, NODE_ID};
use crate::sandbox::configs::{Configs, Stored};
use crate::sandbox::topics::create;

/// The topic of the groups, and that of the transactions.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";
const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// The config that says how many partitions the topic of the groups has.
const OFFSETS_PARTITIONS: &str = "offsets.topic.num.partitions";

/// The first version that asks for several coordinators at once.
const BATCHED: i16 = 4;

/// Answers a FindCoordinator request. The topic that the coordinator keeps its state in is there afterwards; a broker
/// makes it at this moment as well, and has the client ask again until it is ready.
pub fn answer(broker: &mut Broker, call: &Call, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let known = match request.key_type {
        0 => Some(OFFSETS_TOPIC),
        1 => Some(TRANSACTIONS_TOPIC),
        _ => None,
    };
    let error = known.map_or(Err(ResponseError::InvalidRequest), |topic| make_topic(broker, topic)).err();
    let code = error.map_or(0, |error| error.code());
    let node = if error.is_none() { NODE_ID } else { -1 };
    let host = if error.is_none() { broker.address.ip().to_string() } else { String::new() };
    let port = if error.is_none() { i32::from(broker.address.port()) } else { -1 };
    if call.version < BATCHED {
        let message = error.map_or_else(|| "NONE".to_owned(), |error| error.to_string());
        let response =
            FindCoordinatorResponse::default().with_error_code(code).with_node_id(node.into()).with_host(text(&host)).with_port(port);
        return if call.version >= 1 { response.with_error_message(Some(text(&message))) } else { response };
    }
    let one = |key: kafka_protocol::protocol::StrBytes| {
        Coordinator::default().with_key(key).with_error_code(code).with_node_id(node.into()).with_host(text(&host)).with_port(port)
    };
    FindCoordinatorResponse::default().with_coordinators(request.coordinator_keys.into_iter().map(one).collect())
}

/// Makes a topic of the broker's own, if it is not there.
///
/// # Errors
/// COORDINATOR_NOT_AVAILABLE: there is no room for it, which a person is told.
pub fn make_topic(broker: &mut Broker, name: &str) -> Result<(), ResponseError> {
    if broker.topics.get(name).is_some() {
        return Ok(());
    }
    let set = |key: &str| broker.configs.broker(key).unwrap_or_default();
    let own = if name == OFFSETS_TOPIC {
        [("compression.type", "producer".to_owned()), ("segment.bytes", set("offsets.topic.segment.bytes"))].to_vec()
    } else {
        [
            ("compression.type", "uncompressed".to_owned()),
            ("segment.bytes", set("transaction.state.log.segment.bytes")),
            ("unclean.leader.election.enable", "false".to_owned()),
        ]
        .to_vec()
    };
    let mut configs: Stored = own.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    configs.insert("cleanup.policy".to_owned(), "compact".to_owned());
    let partitions = if name == OFFSETS_TOPIC { OFFSETS_PARTITIONS } else { "transaction.state.log.num.partitions" };
    let partitions = usize::try_from(broker.configs.broker_i64(partitions)).unwrap_or_default();
    create::make(broker, name, partitions, &configs).map_err(|refusal| {
        broker.notices.tell(&format!("topic {name} was not made: {}", refusal.message.unwrap_or_default()));
        ResponseError::CoordinatorNotAvailable
    })
}

/// The partition of `__consumer_offsets` that a group belongs to.
pub fn partition_of(configs: &Configs, group: &str) -> i32 {
    // The hash of a Java string; its smallest value has no absolute value, and is taken for 0.
    let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    let partitions = i32::try_from(configs.broker_i64(OFFSETS_PARTITIONS)).unwrap_or(i32::MAX);
    hash.checked_abs().unwrap_or(0).checked_rem(partitions).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::sandbox::topics::testing;

    #[test]
    fn a_group_belongs_to_the_partition_of_its_hash() {
        let partition_of = |group| partition_of(&testing::broker().configs, group);
        assert_eq!(partition_of(""), 0);
        // "my-group".hashCode() is -1906497762 in Java.
        assert_eq!(partition_of("my-group"), 12);
        // "polygenelubricants".hashCode() is the smallest integer.
        assert_eq!(partition_of("polygenelubricants"), 0);
    }

    #[test]
    fn the_topics_are_made_with_their_configs_and_only_if_there_is_room() {
        let mut broker = testing::broker();
        broker.topics.insert("full", 99_950);
        let ask = |broker: &mut Broker, kind| answer(broker, &testing::call(3), FindCoordinatorRequest::default().with_key_type(kind));
        assert_eq!(ask(&mut broker, 0).error_code, 0);
        assert_eq!(broker.topics.get(OFFSETS_TOPIC).map(|topic| topic.partitions.len()), Some(50));
        let told = |key| broker.configs.topic(OFFSETS_TOPIC, key);
        assert_eq!((told("cleanup.policy"), told("segment.bytes")), ("compact".into(), "104857600".into()));
        let refused = ask(&mut broker, 1);
        assert_eq!((refused.error_code, refused.node_id.0), (ResponseError::CoordinatorNotAvailable.code(), -1));
        assert!(broker.topics.get(TRANSACTIONS_TOPIC).is_none());
    }
}
