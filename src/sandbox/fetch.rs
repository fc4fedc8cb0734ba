//! Fetch: records to clients.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{FetchRequest, FetchResponse};
use tokio::time::{Instant, timeout_at};

use super::broker::{Broker, Call, Shared};
use super::changes::Partition;
use super::log::{AbortedTxn, PartitionLog};
use super::topics::metadata::LEADER_EPOCH;

/// `fetch.max.bytes` of a broker: no answer has more, whatever the client asks for.
const MAX_BYTES: usize = 57_671_680;

/// The isolation level of readers that see only what was committed.
const READ_COMMITTED: i8 = 1;

/// Answers a Fetch request as soon as there is enough, or the time is over.
pub async fn answer(shared: &Shared, call: &Call, request: FetchRequest) -> Option<FetchResponse> {
    if request.session_epoch > 0 {
        // No session is ever given out: every request names all its partitions.
        return Some(FetchResponse::default().with_error_code(ResponseError::FetchSessionIdNotFound.code()));
    }
    let until = Instant::now() + Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
    if !is_ready(&shared.broker.borrow(), call, &request) {
        let wait = shared.changed.wait_for(partitions(&shared.broker.borrow(), call, &request));
        while timeout_at(until, wait.changed()).await.is_ok() && !is_ready(&shared.broker.borrow(), call, &request) {}
    }
    Some(collect(&shared.broker.borrow(), call, &request))
}

/// The partitions that a request waits for. All of them are there: for one that is not, nobody waits.
fn partitions(broker: &Broker, call: &Call, request: &FetchRequest) -> Vec<Partition> {
    let id = |topic: &FetchTopic| if call.version >= 13 { Some(topic.topic_id) } else { Some(broker.topics.get(&topic.topic)?.id) };
    let named = request.topics.iter().filter_map(|topic| Some((id(topic)?, &topic.partitions)));
    named.flat_map(|(id, partitions)| partitions.iter().map(move |wanted| (id, wanted.partition))).collect()
}

/// Whether there is as much as the client wants to wait for, or an error that it is told at once.
fn is_ready(broker: &Broker, call: &Call, request: &FetchRequest) -> bool {
    let enough = usize::try_from(request.min_bytes).unwrap_or_default();
    let mut length = 0_usize;
    for topic in &request.topics {
        for wanted in &topic.partitions {
            match Span::of(broker, call, request, topic, wanted) {
                Ok(span) => length = length.saturating_add(span.log.length(span.from, span.until, enough.saturating_sub(length))),
                Err(_) => return true,
            }
        }
    }
    length >= enough
}

/// What there is for a request at this moment.
fn collect(broker: &Broker, call: &Call, request: &FetchRequest) -> FetchResponse {
    let mut left = usize::try_from(request.max_bytes).unwrap_or_default().min(MAX_BYTES);
    let mut is_first = true;
    let mut topics = Vec::with_capacity(request.topics.len());
    for topic in &request.topics {
        let mut partitions = Vec::with_capacity(topic.partitions.len());
        for wanted in &topic.partitions {
            let data = match Span::of(broker, call, request, topic, wanted) {
                Ok(span) => {
                    let limit = left.min(usize::try_from(wanted.partition_max_bytes).unwrap_or_default());
                    let (records, next) = span.log.read(span.from, span.until, limit, is_first);
                    left = left.saturating_sub(records.len());
                    is_first &= records.is_empty();
                    span.data(call).with_records(Some(records)).with_aborted_transactions(span.aborted(next))
                }
                Err(data) => *data,
            };
            partitions.push(data.with_partition_index(wanted.partition));
        }
        let topic = FetchableTopicResponse::default().with_topic(topic.topic.clone()).with_topic_id(topic.topic_id);
        topics.push(topic.with_partitions(partitions));
    }
    FetchResponse::default().with_responses(topics)
}

/// The part of a log that a client may see.
struct Span<'a> {
    log: &'a PartitionLog,
    from: i64,
    until: i64,
    committed: bool,
}

impl<'a> Span<'a> {
    /// The part that is asked for.
    ///
    /// # Errors
    /// What the client is told in place of records.
    fn of(
        broker: &'a Broker,
        call: &Call,
        request: &FetchRequest,
        topic: &FetchTopic,
        wanted: &FetchPartition,
    ) -> Result<Self, Box<PartitionData>> {
        let refused = |error: ResponseError| {
            let data = PartitionData::default().with_error_code(error.code()).with_records(Some(Bytes::new()));
            Box::new(data.with_high_watermark(-1).with_last_stable_offset(-1).with_log_start_offset(-1))
        };
        // Since version 13 topics are named by their ids.
        let name = if call.version >= 13 { broker.topics.name_of(topic.topic_id) } else { Some(topic.topic.as_str()) };
        let name = name.ok_or_else(|| refused(ResponseError::UnknownTopicId))?;
        let log = broker.topics.partition(name, wanted.partition).ok_or_else(|| refused(ResponseError::UnknownTopicOrPartition))?;
        if wanted.current_leader_epoch > LEADER_EPOCH {
            return Err(refused(ResponseError::UnknownLeaderEpoch));
        }
        let committed = request.isolation_level == READ_COMMITTED;
        let until = if committed { log.last_stable_offset() } else { log.end_offset() };
        if !(log.start_offset()..=log.end_offset()).contains(&wanted.fetch_offset) {
            return Err(refused(ResponseError::OffsetOutOfRange));
        }
        Ok(Self { log, from: wanted.fetch_offset, until, committed })
    }

    fn data(&self, call: &Call) -> PartitionData {
        PartitionData::default()
            .with_high_watermark(self.log.end_offset())
            .with_last_stable_offset(self.log.last_stable_offset())
            .with_log_start_offset(if call.version >= 5 { self.log.start_offset() } else { -1 })
    }

    /// The aborted transactions whose records before the offset `next` a reader of what was committed must skip.
    fn aborted(&self, next: i64) -> Option<Vec<AbortedTransaction>> {
        let one = |aborted: &AbortedTxn| {
            AbortedTransaction::default().with_producer_id(aborted.producer_id.into()).with_first_offset(aborted.first_offset)
        };
        self.committed.then(|| self.log.aborted_between(self.from, next).map(one).collect())
    }
}
