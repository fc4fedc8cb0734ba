//! FindCoordinator: who coordinates a group or a transaction. Here it is always the one broker.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse};

use super::text;
use crate::sandbox::broker::{Broker, Call, NODE_ID};

/// The topic of the groups, and that of the transactions.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";
const TRANSACTIONS_TOPIC: &str = "__transaction_state";

/// How many partitions each of them has (`offsets.topic.num.partitions`, `transaction.state.log.num.partitions`).
const PARTITIONS: u16 = 50;

/// How a broker makes them.
const OFFSETS_CONFIGS: [(&str, &str); 3] =
    [("cleanup.policy", "compact"), ("compression.type", "producer"), ("segment.bytes", "104857600")];
const TRANSACTIONS_CONFIGS: [(&str, &str); 4] = [
    ("cleanup.policy", "compact"),
    ("compression.type", "uncompressed"),
    ("segment.bytes", "104857600"),
    ("unclean.leader.election.enable", "false"),
];

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
    if let Some(topic) = known {
        make_topic(broker, topic);
    }
    let code = if known.is_some() { 0 } else { ResponseError::InvalidRequest.code() };
    let node = if known.is_some() { NODE_ID } else { -1 };
    let host = if known.is_some() { broker.address.ip().to_string() } else { String::new() };
    let port = if known.is_some() { i32::from(broker.address.port()) } else { -1 };
    if call.version < BATCHED {
        let message = if known.is_some() { "NONE".to_owned() } else { ResponseError::InvalidRequest.to_string() };
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
pub fn make_topic(broker: &mut Broker, name: &str) {
    if broker.topics.get(name).is_none() {
        broker.topics.insert(name, usize::from(PARTITIONS));
        let configs: &[(&str, &str)] = if name == OFFSETS_TOPIC { &OFFSETS_CONFIGS } else { &TRANSACTIONS_CONFIGS };
        for (key, value) in configs {
            // They are configs of every topic, with values that are in their bounds.
            let _ = broker.configs.set_topic(name, key, value);
        }
    }
}

/// The partition of `__consumer_offsets` that a group belongs to.
pub fn partition_of(group: &str) -> i32 {
    // The hash of a Java string; its smallest value has no absolute value, and is taken for 0.
    let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % i32::from(PARTITIONS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_belongs_to_the_partition_of_its_hash() {
        assert_eq!(partition_of(""), 0);
        // "my-group".hashCode() is -1906497762 in Java.
        assert_eq!(partition_of("my-group"), 12);
        // "polygenelubricants".hashCode() is the smallest integer.
        assert_eq!(partition_of("polygenelubricants"), 0);
    }
}
