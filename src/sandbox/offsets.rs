//! Offsets of a log: by time, and by epoch.

use std::collections::HashSet;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::broker::{Broker, Call};
use super::log::{PartitionLog, TimestampAndOffset};
use super::topics::metadata::LEADER_EPOCH;

/// What a request may ask for in place of a timestamp (`ListOffsetsRequest`).
mod special {
    pub const LATEST: i64 = -1;
    pub const EARLIEST: i64 = -2;
    pub const MAX_TIMESTAMP: i64 = -3;
    pub const EARLIEST_LOCAL: i64 = -4;
    pub const LATEST_TIERED: i64 = -5;
    pub const EARLIEST_PENDING_UPLOAD: i64 = -6;
}

/// The isolation level of readers that see only what was committed.
const READ_COMMITTED: i8 = 1;

/// Answers a ListOffsets request.
pub fn list(broker: &mut Broker, call: &Call, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let committed = request.isolation_level == READ_COMMITTED;
    let mut seen = HashSet::new();
    let mut twice = HashSet::new();
    for topic in &request.topics {
        for partition in &topic.partitions {
            let place = (topic.name.to_string(), partition.partition_index);
            if !seen.insert(place.clone()) {
                twice.insert(place);
            }
        }
    }
    let topics = request.topics.into_iter().map(|topic| {
        let partition = |wanted: &kafka_protocol::messages::list_offsets_request::ListOffsetsPartition| {
            let response = ListOffsetsPartitionResponse::default().with_partition_index(wanted.partition_index);
            let outcome = if twice.contains(&(topic.name.to_string(), wanted.partition_index)) {
                Err(ResponseError::InvalidRequest)
            } else {
                match broker.topics.partition(&topic.name, wanted.partition_index) {
                    None => Err(ResponseError::UnknownTopicOrPartition),
                    Some(_) if wanted.current_leader_epoch > LEADER_EPOCH => Err(ResponseError::UnknownLeaderEpoch),
                    Some(_) if !is_known(wanted.timestamp, call.version) => Err(ResponseError::UnsupportedVersion),
                    Some(log) => Ok(look_up(log, wanted.timestamp, committed)),
                }
            };
            match outcome {
                Ok(found) => {
                    let known = if call.version >= 4 && found.offset >= 0 { LEADER_EPOCH } else { -1 };
                    response.with_offset(found.offset).with_timestamp(found.timestamp).with_leader_epoch(known)
                }
                Err(error) => response.with_error_code(error.code()).with_offset(-1).with_timestamp(-1),
            }
        };
        ListOffsetsTopicResponse::default().with_partitions(topic.partitions.iter().map(partition).collect()).with_name(topic.name)
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

/// Whether a request of that version may ask for `timestamp`.
fn is_known(timestamp: i64, version: i16) -> bool {
    match timestamp {
        special::EARLIEST_PENDING_UPLOAD => version >= 11,
        special::LATEST_TIERED => version >= 9,
        special::EARLIEST_LOCAL => version >= 8,
        special::MAX_TIMESTAMP => version >= 7,
        _ => timestamp >= special::EARLIEST,
    }
}

/// The offset that `timestamp` asks for, which may be one of the special ones; -1 where there is none.
fn look_up(log: &PartitionLog, timestamp: i64, committed: bool) -> TimestampAndOffset {
    let readable = if committed { log.last_stable_offset() } else { log.end_offset() };
    let plain = |offset| TimestampAndOffset { offset, timestamp: -1 };
    let found = match timestamp {
        special::LATEST => return plain(readable),
        special::EARLIEST | special::EARLIEST_LOCAL => return plain(log.start_offset()),
        // Nothing is ever moved to another storage.
        special::LATEST_TIERED | special::EARLIEST_PENDING_UPLOAD => None,
        special::MAX_TIMESTAMP => log.find_newest(),
        _ => log.find_by_timestamp(timestamp),
    };
    found.filter(|found| found.offset < readable).unwrap_or(plain(-1))
}

/// Answers an OffsetForLeaderEpoch request.
pub fn for_leader_epoch(broker: &mut Broker, _: &Call, request: OffsetForLeaderEpochRequest) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partition = |wanted: &OffsetForLeaderPartition| {
            let response = EpochEndOffset::default().with_partition(wanted.partition).with_leader_epoch(-1).with_end_offset(-1);
            match broker.topics.partition(&topic.topic, wanted.partition) {
                None => response.with_error_code(ResponseError::UnknownTopicOrPartition.code()),
                Some(_) if wanted.current_leader_epoch > LEADER_EPOCH => response.with_error_code(ResponseError::UnknownLeaderEpoch.code()),
                Some(log) if wanted.leader_epoch == LEADER_EPOCH => {
                    response.with_leader_epoch(LEADER_EPOCH).with_end_offset(log.end_offset())
                }
                Some(_) => response,
            }
        };
        OffsetForLeaderTopicResult::default().with_partitions(topic.partitions.iter().map(partition).collect()).with_topic(topic.topic)
    });
    OffsetForLeaderEpochResponse::default().with_topics(topics.collect())
}
