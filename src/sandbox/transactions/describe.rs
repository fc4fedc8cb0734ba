//! What tools ask: ListTransactions, DescribeTransactions, DescribeProducers (`TransactionStateManager`, `KafkaApis`).

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_producers_response::{PartitionResponse, ProducerState, TopicResponse};
use kafka_protocol::messages::describe_transactions_response::{TopicData, TransactionState as Described};
use kafka_protocol::messages::list_transactions_response::TransactionState as Listed;
use kafka_protocol::messages::{
    DescribeProducersRequest, DescribeProducersResponse, DescribeTransactionsRequest, DescribeTransactionsResponse,
    ListTransactionsRequest, ListTransactionsResponse, TransactionalId,
};
use kafka_protocol::protocol::StrBytes;

use super::state::{State, Transaction};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::budget::Budget;
use crate::sandbox::error::Refusal;
use crate::sandbox::expression;
use crate::sandbox::log::producers::ActiveProducer;
use crate::sandbox::topics::names;

/// How many bytes a partition takes in an answer, roughly.
const PER_PARTITION: usize = 128;

/// Answers a ListTransactions request.
pub fn list(broker: &mut Broker, call: &Call, request: ListTransactionsRequest) -> ListTransactionsResponse {
    let pattern = match request.transactional_id_pattern.as_ref().filter(|pattern| !pattern.is_empty()) {
        None => None,
        Some(pattern) => match expression::read(pattern) {
            Ok(pattern) => Some(pattern),
            Err(_) => return ListTransactionsResponse::default().with_error_code(ResponseError::InvalidRegularExpression.code()),
        },
    };
    let is_wanted = |id: &str, transaction: &Transaction| {
        let producers = &request.producer_id_filters;
        let states = &request.state_filters;
        (producers.is_empty() || producers.iter().any(|producer| producer.0 == transaction.producer.id))
            && (states.is_empty() || states.iter().any(|state| state.as_str() == transaction.state.name()))
            && (request.duration_filter < 0 || call.now.saturating_sub(transaction.started) > request.duration_filter)
            && pattern.as_ref().is_none_or(|pattern| pattern.is_match(id).unwrap_or(false))
    };
    let listed = |(id, transaction): (&String, &Transaction)| {
        Listed::default()
            .with_transactional_id(named(id))
            .with_producer_id(transaction.producer.id.into())
            .with_transaction_state(StrBytes::from_static_str(transaction.state.name()))
    };
    let states = broker.transactions.by_id.iter().filter(|(id, transaction)| is_wanted(id, transaction)).map(listed).collect();
    let unknown = request.state_filters.iter().filter(|state| !State::NAMES.contains(&state.as_str())).cloned().collect();
    ListTransactionsResponse::default().with_transaction_states(states).with_unknown_state_filters(unknown)
}

/// Answers a DescribeTransactions request.
pub fn describe(broker: &mut Broker, _: &Call, request: DescribeTransactionsRequest) -> DescribeTransactionsResponse {
    let mut budget = Budget::default();
    let one = |id: &TransactionalId| {
        let described = Described::default().with_transactional_id(id.clone());
        if let Err(refusal) = budget.check() {
            return described.with_error_code(refusal.code);
        }
        if id.is_empty() {
            return described.with_error_code(ResponseError::InvalidRequest.code());
        }
        let Some(transaction) = broker.transactions.by_id.get(id.as_str()) else {
            return described.with_error_code(ResponseError::TransactionalIdNotFound.code());
        };
        budget.spend(PER_PARTITION * (1 + transaction.partitions.len()));
        let mut topics: BTreeMap<&str, Vec<i32>> = BTreeMap::new();
        for (topic, partition) in &transaction.partitions {
            topics.entry(topic).or_default().push(*partition);
        }
        let topic = |(topic, partitions)| TopicData::default().with_topic(crate::sandbox::topics::name(topic)).with_partitions(partitions);
        described
            .with_producer_id(transaction.producer.id.into())
            .with_producer_epoch(transaction.producer.epoch)
            .with_transaction_state(StrBytes::from_static_str(transaction.state.name()))
            .with_transaction_timeout_ms(transaction.timeout_ms)
            .with_transaction_start_time_ms(transaction.started)
            .with_topics(topics.into_iter().map(topic).collect())
    };
    DescribeTransactionsResponse::default().with_transaction_states(request.transactional_ids.iter().map(one).collect())
}

/// Answers a DescribeProducers request.
pub fn producers(broker: &mut Broker, _: &Call, request: DescribeProducersRequest) -> DescribeProducersResponse {
    let mut budget = Budget::default();
    let topics = request.topics.iter().map(|topic| {
        let name = topic.name.as_str();
        let partition = |index: &i32| {
            let response = PartitionResponse::default().with_partition_index(*index);
            let producers = budget.check().and_then(|()| active(broker, name, *index));
            budget.spend(producers.iter().map(|producers| PER_PARTITION + size_of::<ProducerState>() * producers.len()).sum());
            match producers {
                Ok(producers) => response.with_error_message(None).with_active_producers(producers),
                Err(refusal) => response.with_error_code(refusal.code).with_error_message(refusal.text()),
            }
        };
        let partitions = topic.partition_indexes.iter().map(partition).collect();
        TopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    DescribeProducersResponse::default().with_topics(topics.collect())
}

fn active(broker: &Broker, topic: &str, partition: i32) -> Result<Vec<ProducerState>, Refusal> {
    names::check(topic)?;
    let unknown = ResponseError::UnknownTopicOrPartition;
    if broker.topics.get(topic).is_none() {
        return Err(Refusal::saying(unknown, "This server does not host this topic-partition."));
    }
    let log = broker.topics.partition(topic, partition).ok_or(Refusal::bare(unknown))?;
    let state = |producer: ActiveProducer| {
        ProducerState::default()
            .with_producer_id(producer.id.into())
            .with_producer_epoch(producer.epoch.into())
            .with_last_sequence(producer.last_sequence)
            .with_last_timestamp(producer.last_timestamp)
            .with_coordinator_epoch(0)
            .with_current_txn_start_offset(producer.open_since.unwrap_or(-1))
    };
    Ok(log.producers.active().into_iter().map(state).collect())
}

fn named(id: &str) -> TransactionalId {
    StrBytes::from_string(id.to_owned()).into()
}
