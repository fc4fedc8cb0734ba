//! DeleteRecords (`KafkaApis`, `ReplicaManager`).

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use kafka_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::is_internal;
use crate::sandbox::broker::{Broker, Call};

/// The offset that asks for all records to be deleted.
const HIGH_WATERMARK: i64 = -1;

/// The start of a log that is not known.
const INVALID_LOW_WATERMARK: i64 = -1;

/// Answers a DeleteRecords request.
pub fn answer(broker: &mut Broker, _: &Call, request: DeleteRecordsRequest) -> DeleteRecordsResponse {
    // Of a partition that is named twice, the last offset holds.
    let mut wanted: BTreeMap<&str, BTreeMap<i32, i64>> = BTreeMap::new();
    for topic in &request.topics {
        let partitions = wanted.entry(&topic.name).or_default();
        partitions.extend(topic.partitions.iter().map(|partition| (partition.partition_index, partition.offset)));
    }
    let mut topics = Vec::with_capacity(wanted.len());
    for (name, partitions) in wanted {
        let partition = |(index, offset)| {
            let outcome = delete(broker, name, index, offset);
            let result = DeleteRecordsPartitionResult::default().with_partition_index(index);
            match outcome {
                Ok(start) => result.with_low_watermark(start),
                Err(error) => result.with_low_watermark(INVALID_LOW_WATERMARK).with_error_code(error.code()),
            }
        };
        let partitions = partitions.into_iter().map(partition).collect();
        topics.push(DeleteRecordsTopicResult::default().with_name(super::name(name)).with_partitions(partitions));
    }
    broker.changed.notify_waiters();
    DeleteRecordsResponse::default().with_topics(topics)
}

/// Deletes the records of a partition that stand before `offset`. Gives the new start of its log.
fn delete(broker: &mut Broker, topic: &str, partition: i32, offset: i64) -> Result<i64, ResponseError> {
    let has = |policy| broker.configs.topic_has(topic, "cleanup.policy", policy);
    let only_compacted = has("compact") && !has("delete");
    let log = broker.topics.partition_mut(topic, partition).ok_or(ResponseError::UnknownTopicOrPartition)?;
    if is_internal(topic) {
        return Err(ResponseError::InvalidTopicException);
    }
    if only_compacted {
        return Err(ResponseError::PolicyViolation);
    }
    let offset = if offset == HIGH_WATERMARK { log.end_offset() } else { offset };
    if offset < 0 || offset > log.end_offset() {
        return Err(ResponseError::OffsetOutOfRange);
    }
    if offset > log.start_offset() {
        log.delete_before(offset);
    }
    Ok(log.start_offset())
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};

    use super::*;
    use crate::sandbox::append;
    use crate::sandbox::log::batch::OwnRecord;
    use crate::sandbox::topics::testing::{broker, call};

    /// A broker with five records in `t-0`.
    fn filled() -> Broker {
        let mut broker = broker();
        broker.topics.insert("t", 1);
        for _ in 0..5 {
            append::own_records(&mut broker, "t", 0, &[OwnRecord::default()], 0);
        }
        broker
    }

    fn outcome(broker: &mut Broker, name: &str, index: i32, offset: i64) -> (i64, i16) {
        let partition = DeleteRecordsPartition::default().with_partition_index(index).with_offset(offset);
        let topic = DeleteRecordsTopic::default().with_name(crate::sandbox::topics::name(name)).with_partitions(vec![partition]);
        let response = answer(broker, &call(2), DeleteRecordsRequest::default().with_topics(vec![topic]));
        let result = &response.topics[0].partitions[0];
        (result.low_watermark, result.error_code)
    }

    #[test]
    fn records_go_from_the_start_of_the_log() {
        let mut broker = filled();
        assert_eq!(outcome(&mut broker, "t", 0, 2), (2, 0));
        assert_eq!(outcome(&mut broker, "t", 0, 1), (2, 0));
        assert_eq!(outcome(&mut broker, "t", 0, -1), (5, 0));
        assert_eq!(broker.topics.partition("t", 0).map(|log| (log.start_offset(), log.end_offset())), Some((5, 5)));
    }

    #[test]
    fn refusals() {
        let mut broker = filled();
        assert_eq!(outcome(&mut broker, "t", 0, 6), (-1, 1));
        assert_eq!(outcome(&mut broker, "t", 0, -2), (-1, 1));
        assert_eq!(outcome(&mut broker, "t", 1, 0), (-1, 3));
        assert_eq!(outcome(&mut broker, "x", 0, 0), (-1, 3));
        broker.topics.insert("__consumer_offsets", 1);
        assert_eq!(outcome(&mut broker, "__consumer_offsets", 0, 0), (-1, 17));
        broker.configs.set_topic("t", "cleanup.policy", "compact").unwrap();
        assert_eq!(outcome(&mut broker, "t", 0, 0), (-1, 44));
        broker.configs.set_topic("t", "cleanup.policy", "compact,delete").unwrap();
        assert_eq!(outcome(&mut broker, "t", 0, 1), (1, 0));
    }
}
