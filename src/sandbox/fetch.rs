//! Fetch: records to clients.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest, FetchResponse};
use tokio::time::{Instant, timeout_at};

use super::broker::{Broker, Call, Shared};
use super::topics::metadata::LEADER_EPOCH;

/// `fetch.max.bytes` of a broker: no answer has more, whatever the client asks for.
const MAX_BYTES: usize = 57_671_680;

/// The isolation level of readers that see only what was committed.
const READ_COMMITTED: i8 = 1;

/// Answers a Fetch request as soon as there is enough, or the time is over.
pub async fn answer(shared: &Shared, call: &Call, request: FetchRequest) -> Option<FetchResponse> {
    if request.session_id != 0 && request.session_epoch > 0 {
        // No session is ever given out: every request names all its partitions.
        return Some(FetchResponse::default().with_error_code(ResponseError::FetchSessionIdNotFound.code()));
    }
    let until = Instant::now() + Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
    let enough = usize::try_from(request.min_bytes).unwrap_or_default();
    loop {
        // Whoever appends between the look and the wait is heard, too.
        let changed = shared.changed.notified();
        let attempt = Attempt::new(&shared.broker.borrow(), call, &request);
        if attempt.length >= enough || attempt.failed || timeout_at(until, changed).await.is_err() {
            return Some(FetchResponse::default().with_responses(attempt.topics));
        }
    }
}

/// What there is for a request at one moment.
struct Attempt {
    topics: Vec<FetchableTopicResponse>,
    /// Bytes of records.
    length: usize,
    /// Whether some partition has an error, which the client is told without waiting.
    failed: bool,
}

impl Attempt {
    fn new(broker: &Broker, call: &Call, request: &FetchRequest) -> Self {
        let mut attempt = Self { topics: Vec::new(), length: 0, failed: false };
        let limit = usize::try_from(request.max_bytes).unwrap_or_default().min(MAX_BYTES);
        for topic in &request.topics {
            let partitions = topic.partitions.iter().map(|wanted| {
                let data = read(broker, call, request, topic, wanted, limit.saturating_sub(attempt.length), attempt.length == 0);
                attempt.length += data.records.as_ref().map_or(0, Bytes::len);
                attempt.failed |= data.error_code != 0;
                data
            });
            let partitions = partitions.collect();
            let topic = FetchableTopicResponse::default().with_topic(topic.topic.clone()).with_topic_id(topic.topic_id);
            attempt.topics.push(topic.with_partitions(partitions));
        }
        attempt
    }
}

fn read(
    broker: &Broker,
    call: &Call,
    request: &FetchRequest,
    topic: &FetchTopic,
    wanted: &FetchPartition,
    limit: usize,
    is_first: bool,
) -> PartitionData {
    let data = PartitionData::default().with_partition_index(wanted.partition).with_last_stable_offset(-1).with_log_start_offset(-1);
    let data = data.with_records(Some(Bytes::new()));
    let refused = |error: ResponseError| data.clone().with_error_code(error.code()).with_high_watermark(-1);
    // Since version 13 topics are named by their ids.
    let name = if call.version >= 13 { broker.topics.name_of(topic.topic_id) } else { Some(topic.topic.as_str()) };
    let Some(name) = name else { return refused(ResponseError::UnknownTopicId) };
    let Some(log) = broker.topics.partition(name, wanted.partition) else { return refused(ResponseError::UnknownTopicOrPartition) };
    if wanted.current_leader_epoch > LEADER_EPOCH {
        return refused(ResponseError::UnknownLeaderEpoch);
    }
    let committed = request.isolation_level == READ_COMMITTED;
    let until = if committed { log.last_stable_offset() } else { log.end_offset() };
    let data = data
        .with_high_watermark(log.end_offset())
        .with_last_stable_offset(log.last_stable_offset())
        .with_log_start_offset(if call.version >= 5 { log.start_offset() } else { -1 });
    if !(log.start_offset()..=log.end_offset()).contains(&wanted.fetch_offset) {
        return data.with_error_code(ResponseError::OffsetOutOfRange.code());
    }
    let partition_limit = usize::try_from(wanted.partition_max_bytes).unwrap_or_default();
    let records = log.read(wanted.fetch_offset, until, limit.min(partition_limit), is_first);
    let aborted = committed.then(|| {
        let aborted = log.aborted_between(wanted.fetch_offset, until);
        aborted
            .map(|one| AbortedTransaction::default().with_producer_id(one.producer_id.into()).with_first_offset(one.first_offset))
            .collect()
    });
    data.with_records(Some(records)).with_aborted_transactions(aborted)
}
