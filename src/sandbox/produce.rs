//! Produce: records from clients.

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::{BatchIndexAndErrorMessage, PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};
use kafka_protocol::protocol::StrBytes;

use super::api::Unanswerable;
use super::append::{self, Appended, Rejected};
use super::broker::{Broker, Call};
use super::error::Refusal;
use super::log::batch::{Batch, Misshapen};
use super::transactions;

/// Answers a Produce request; one with `acks=0` gets no answer.
///
/// # Errors
/// That a request which gets no answer failed: its producer can only be told by the end of the connection.
pub fn answer(broker: &mut Broker, call: &Call, request: ProduceRequest) -> Result<Option<ProduceResponse>, Unanswerable> {
    let acks = request.acks;
    let id = request.transactional_id.as_ref().map(|id| id.as_str());
    let responses: Vec<TopicProduceResponse> =
        request.topic_data.into_iter().map(|topic| produce_to_topic(broker, call, topic, acks, id)).collect();
    if acks != 0 {
        return Ok(Some(ProduceResponse::default().with_responses(responses)));
    }
    let failed = responses.iter().flat_map(|topic| &topic.partition_responses).find(|partition| partition.error_code != 0);
    match failed {
        Some(partition) => Err(Unanswerable(format!("records sent with acks=0 were refused with error {}", partition.error_code))),
        None => Ok(None),
    }
}

fn produce_to_topic(broker: &mut Broker, call: &Call, topic: TopicProduceData, acks: i16, id: Option<&str>) -> TopicProduceResponse {
    // Since version 13 topics are named by their ids.
    let by_id = call.version >= 13;
    let name = if by_id { broker.topics.name_of(topic.topic_id).map(str::to_owned) } else { Some(topic.name.to_string()) };
    let partition = |data: PartitionProduceData| {
        let index = data.index;
        let outcome = match &name {
            None => Err(Refusal::bare(ResponseError::UnknownTopicId).into()),
            Some(name) => produce_to_partition(broker, call, name, acks, id, data),
        };
        answered(call, index, outcome)
    };
    let partitions = topic.partition_data.into_iter().map(partition).collect();
    TopicProduceResponse::default().with_name(topic.name).with_topic_id(topic.topic_id).with_partition_responses(partitions)
}

fn produce_to_partition(
    broker: &mut Broker,
    call: &Call,
    topic: &str,
    acks: i16,
    id: Option<&str>,
    data: PartitionProduceData,
) -> Result<Appended, Rejected> {
    if !(-1..=1).contains(&acks) {
        return Err(Refusal::bare(ResponseError::InvalidRequiredAcks).into());
    }
    let batches = Batch::split(data.records.unwrap_or_default()).map_err(|misshapen| match misshapen {
        Misshapen::Cut => Refusal::bare(ResponseError::CorruptMessage),
        Misshapen::Old => Refusal::bare(ResponseError::UnsupportedForMessageFormat),
    })?;
    // All versions that are answered carry one batch for each partition.
    let [batch] = &batches[..] else { return Err(Refusal::bare(ResponseError::InvalidRecord).into()) };
    if batch.is_transactional() && broker.topics.partition(topic, data.index).is_some() {
        let id = id.ok_or(Refusal::bare(ResponseError::TransactionalIdAuthorizationFailed))?;
        transactions::admit(broker, call.version, id, (batch.producer_id(), batch.producer_epoch()), (topic, data.index), call.now)?;
    }
    append::from_producer(broker, topic, data.index, batch, acks, call.now)
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
