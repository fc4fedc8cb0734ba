//! Produce: records from clients.

use kafka_protocol::error::{ParseResponseErrorCode, ResponseError};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};
use kafka_protocol::protocol::StrBytes;

use super::api::Unanswerable;
use super::append::{self, Appended, Rejected, Rules};
use super::broker::{Broker, Call};
use super::error::Refusal;
use super::log::batch::{Batch, Misshapen};
use super::log::records;
use super::topics::is_internal;
use super::transactions;

/// The one client that may write to the broker's own topics.
const ADMIN_CLIENT: &str = "__admin_client";

/// The number of a codec that producers older than Kafka 2.1 do not know.
const ZSTD: i16 = 4;

/// Answers a Produce request; one with `acks=0` gets no answer.
///
/// # Errors
/// That a request which gets no answer failed: its producer can only be told by the end of the connection.
pub fn answer(broker: &mut Broker, call: &Call, request: ProduceRequest) -> Result<Option<ProduceResponse>, Unanswerable> {
    let acks = request.acks;
    let mut sender = Sender { call, acks, id: request.transactional_id.as_ref().map(|id| id.as_str()), budget: records::BUDGET };
    let responses: Vec<TopicProduceResponse> =
        request.topic_data.into_iter().map(|topic| produce_to_topic(broker, &mut sender, topic)).collect();
    if acks != 0 {
        return Ok(Some(ProduceResponse::default().with_responses(responses)));
    }
    let failed = responses.iter().flat_map(|topic| &topic.partition_responses).find(|partition| partition.error_code != 0);
    match failed {
        Some(partition) => {
            let reason = partition.error_code.err().map(|error| format!("{error:?}")).unwrap_or_default();
            Err(Unanswerable(format!("records sent with acks=0 were refused: {reason}")))
        }
        None => Ok(None),
    }
}

/// Who sends, and how.
struct Sender<'a> {
    call: &'a Call,
    acks: i16,
    /// The transactional id.
    id: Option<&'a str>,
    /// How many bytes the batches of this request may decompress to yet.
    budget: u64,
}

fn produce_to_topic(broker: &mut Broker, sender: &mut Sender<'_>, topic: TopicProduceData) -> TopicProduceResponse {
    let call = sender.call;
    // Since version 13 topics are named by their ids.
    let by_id = call.version >= 13;
    let name = if by_id { broker.topics.name_of(topic.topic_id).map(str::to_owned) } else { Some(topic.name.to_string()) };
    let rules = name.as_deref().map(|name| Rules::of(broker, name, call.now));
    let partition = |data: PartitionProduceData| {
        let index = data.index;
        let outcome = match (&name, &rules) {
            (Some(name), Some(rules)) => produce_to_partition(broker, sender, name, rules, data),
            _ => Err(Refusal::bare(ResponseError::UnknownTopicId).into()),
        };
        answered(call, index, outcome)
    };
    let partitions = topic.partition_data.into_iter().map(partition).collect();
    TopicProduceResponse::default().with_name(topic.name).with_topic_id(topic.topic_id).with_partition_responses(partitions)
}

fn produce_to_partition(
    broker: &mut Broker,
    sender: &mut Sender<'_>,
    topic: &str,
    rules: &Rules,
    data: PartitionProduceData,
) -> Result<Appended, Rejected> {
    let Sender { call, acks, id, ref mut budget } = *sender;
    if !(-1..=1).contains(&acks) {
        return Err(Refusal::bare(ResponseError::InvalidRequiredAcks).into());
    }
    if is_internal(topic) && call.client_id != ADMIN_CLIENT {
        return Err(Refusal::bare(ResponseError::InvalidTopicException).into());
    }
    let batches = Batch::split(data.records.unwrap_or_default()).map_err(|misshapen| match misshapen {
        Misshapen::Cut => Refusal::bare(ResponseError::CorruptMessage),
        Misshapen::Old => Refusal::bare(ResponseError::InvalidRecord),
    })?;
    // All versions that are answered carry one batch for each partition.
    let [batch] = &batches[..] else { return Err(Refusal::bare(ResponseError::InvalidRecord).into()) };
    if batch.codec() == ZSTD && call.version < 7 {
        return Err(Refusal::bare(ResponseError::UnsupportedCompressionType).into());
    }
    if batch.is_transactional() && broker.topics.partition(topic, data.index).is_some() {
        let id = id.ok_or(Refusal::bare(ResponseError::TransactionalIdAuthorizationFailed))?;
        transactions::admit(broker, call.version, id, (batch.producer_id(), batch.producer_epoch()), (topic, data.index), call.now)?;
    }
    append::from_producer(broker, (topic, data.index), batch, rules, budget)
}

fn answered(call: &Call, index: i32, outcome: Result<Appended, Rejected>) -> PartitionProduceResponse {
    let response = PartitionProduceResponse::default().with_index(index);
    match outcome {
        Ok(appended) => response
            .with_base_offset(appended.base_offset)
            .with_log_append_time_ms(appended.append_time)
            .with_log_start_offset(if call.version >= 5 { appended.log_start } else { -1 }),
        Err(rejected) => {
            let response = response.with_error_code(rejected.refusal.code).with_base_offset(-1).with_log_append_time_ms(-1);
            let response = response.with_log_start_offset(-1);
            if call.version < 8 {
                return response;
            }
            let fault = |(index, message): (i32, String)| {
                let message = Some(StrBytes::from_string(message));
                BatchIndexAndErrorMessage::default().with_batch_index(index).with_batch_index_error_message(message)
            };
            response.with_error_message(rejected.refusal.text()).with_record_errors(rejected.records.into_iter().map(fault).collect())
        }
    }
}
