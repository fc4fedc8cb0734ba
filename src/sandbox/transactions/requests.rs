//! What producers ask: InitProducerId, AddPartitionsToTxn, AddOffsetsToTxn, TxnOffsetCommit, EndTxn (`KafkaApis`).

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::add_partitions_to_txn_response::{
    AddPartitionsToTxnPartitionResult, AddPartitionsToTxnResult, AddPartitionsToTxnTopicResult,
};
use kafka_protocol::messages::txn_offset_commit_response::{TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic};
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, EndTxnRequest, EndTxnResponse,
    InitProducerIdRequest, InitProducerIdResponse, TxnOffsetCommitRequest, TxnOffsetCommitResponse,
};

use super::state::{Initialised, NONE, Producer, Protocol, Transaction};
use super::{LONGEST_ID, admit_place, finish};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};
use crate::sandbox::groups::{self, find};

/// The first version of EndTxn, and of TxnOffsetCommit, whose clients speak [`Protocol::Bumping`].
const BUMPING: i16 = 5;

/// The first version of AddPartitionsToTxn that names several transactions; brokers send it to each other.
const BATCHED: i16 = 4;

/// Answers an InitProducerId request.
pub fn init(broker: &mut Broker, call: &Call, request: InitProducerIdRequest) -> InitProducerIdResponse {
    match initialise(broker, call, &request) {
        Ok(producer) => InitProducerIdResponse::default().with_producer_id(producer.id.into()).with_producer_epoch(producer.epoch),
        Err(refusal) => {
            let response = InitProducerIdResponse::default().with_error_code(for_version(refusal.code, call.version, 4));
            response.with_producer_id(i64::from(NONE).into()).with_producer_epoch(NONE)
        }
    }
}

fn initialise(broker: &mut Broker, call: &Call, request: &InitProducerIdRequest) -> Result<Producer, Refusal> {
    let was = match (request.producer_id.0, request.producer_epoch) {
        (-1, NONE) => None,
        (-1, _) | (_, NONE) => return Err(Refusal::bare(ResponseError::InvalidRequest)),
        (id, epoch) => Some(Producer { id, epoch }),
    };
    let Broker { transactions, producer_ids, configs, .. } = broker;
    let Some(id) = &request.transactional_id else { return Ok(Producer { id: producer_ids.fresh(), epoch: 0 }) };
    if id.is_empty() || id.len() > LONGEST_ID {
        return Err(Refusal::bare(ResponseError::InvalidRequest));
    }
    let timeout = request.transaction_timeout_ms;
    if timeout <= 0 || i64::from(timeout) > configs.broker_i64("transaction.max.timeout.ms") {
        return Err(Refusal::bare(ResponseError::InvalidTransactionTimeout));
    }
    if !transactions.by_id.contains_key(id.as_str()) {
        transactions.make_room()?;
        transactions.by_id.insert(id.to_string(), Transaction::new(producer_ids.fresh(), timeout, call.now));
    }
    let transaction = transactions.known(id)?;
    match transaction.initialise(was, timeout, producer_ids, call.now).map_err(Refusal::bare)? {
        Initialised::Ready => Ok(transaction.producer),
        Initialised::Aborted(ended) => {
            finish(broker, &ended, call.now);
            Err(Refusal::bare(ResponseError::ConcurrentTransactions))
        }
    }
}

/// Answers an AddPartitionsToTxn request.
pub fn add_partitions(broker: &mut Broker, call: &Call, request: AddPartitionsToTxnRequest) -> AddPartitionsToTxnResponse {
    if call.version < BATCHED {
        let producer = Producer { id: request.v3_and_below_producer_id.0, epoch: request.v3_and_below_producer_epoch };
        let wanted = Wanted { id: &request.v3_and_below_transactional_id, producer, verify_only: false };
        let results = add_topics(broker, call, &wanted, &request.v3_and_below_topics);
        return AddPartitionsToTxnResponse::default().with_results_by_topic_v3_and_below(results);
    }
    let results = request.transactions.iter().map(|transaction| {
        let producer = Producer { id: transaction.producer_id.0, epoch: transaction.producer_epoch };
        let wanted = Wanted { id: &transaction.transactional_id, producer, verify_only: transaction.verify_only };
        let results = add_topics(broker, call, &wanted, &transaction.topics);
        AddPartitionsToTxnResult::default().with_transactional_id(transaction.transactional_id.clone()).with_topic_results(results)
    });
    AddPartitionsToTxnResponse::default().with_results_by_transaction(results.collect())
}

/// Whose transaction partitions are to be added to, or looked up in.
struct Wanted<'a> {
    id: &'a str,
    producer: Producer,
    verify_only: bool,
}

fn add_topics(
    broker: &mut Broker,
    call: &Call,
    wanted: &Wanted<'_>,
    topics: &[AddPartitionsToTxnTopic],
) -> Vec<AddPartitionsToTxnTopicResult> {
    let places = topics.iter().flat_map(|topic| topic.partitions.iter().map(|index| (topic.name.to_string(), *index)));
    let places: Vec<(String, i32)> = places.collect();
    let is_known = |broker: &Broker, (topic, index): &(String, i32)| broker.topics.partition(topic, *index).is_some();
    let all_known = places.iter().all(|place| is_known(broker, place));
    let outcome =
        if all_known && !wanted.verify_only { broker.transactions.add(wanted.id, wanted.producer, &places, call.now) } else { Ok(()) };
    let code = |broker: &mut Broker, place: &(String, i32)| {
        if !is_known(broker, place) {
            return ResponseError::UnknownTopicOrPartition.code();
        }
        // One unknown partition keeps the others out.
        if !all_known {
            return ResponseError::OperationNotAttempted.code();
        }
        if wanted.verify_only {
            let known = broker.transactions.known(wanted.id);
            return code_of(&known.and_then(|known| known.verify(wanted.producer, &place.0, place.1).map_err(Refusal::bare)));
        }
        for_version(code_of(&outcome), call.version, 2)
    };
    let mut results = Vec::with_capacity(topics.len());
    for topic in topics {
        let one = |index: &i32| {
            let code = code(broker, &(topic.name.to_string(), *index));
            AddPartitionsToTxnPartitionResult::default().with_partition_index(*index).with_partition_error_code(code)
        };
        let partitions = topic.partitions.iter().map(one).collect();
        results.push(AddPartitionsToTxnTopicResult::default().with_name(topic.name.clone()).with_results_by_partition(partitions));
    }
    results
}

/// Answers an AddOffsetsToTxn request: the group's partition of `__consumer_offsets` joins the transaction.
pub fn add_offsets(broker: &mut Broker, call: &Call, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse {
    let producer = Producer { id: request.producer_id.0, epoch: request.producer_epoch };
    let outcome = find::make_topic(broker, find::OFFSETS_TOPIC).map_err(Refusal::bare).and_then(|()| {
        let place = (find::OFFSETS_TOPIC.to_owned(), find::partition_of(&broker.configs, &request.group_id));
        broker.transactions.add(&request.transactional_id, producer, &[place], call.now)
    });
    AddOffsetsToTxnResponse::default().with_error_code(for_version(code_of(&outcome), call.version, 2))
}

/// Answers a TxnOffsetCommit request.
pub fn commit_offsets(broker: &mut Broker, call: &Call, request: TxnOffsetCommitRequest) -> TxnOffsetCommitResponse {
    let producer = Producer { id: request.producer_id.0, epoch: request.producer_epoch };
    let adds = call.version >= BUMPING;
    let outcome = find::make_topic(broker, find::OFFSETS_TOPIC).map_err(Refusal::bare).and_then(|()| {
        let place = (find::OFFSETS_TOPIC, find::partition_of(&broker.configs, &request.group_id));
        admit_place(&mut broker.transactions, adds, &request.transactional_id, producer, place, call.now)
    });
    let refusal = match outcome {
        Ok(()) => return groups::transactions::commit(broker, call, &request),
        // Only since version 4 clients know that the transaction can be what is amiss.
        Err(refusal) if refusal.code == ResponseError::TransactionAbortable.code() && call.version < 4 => {
            Refusal::bare(ResponseError::InvalidTxnState)
        }
        Err(refusal) => refusal,
    };
    let topics = request.topics.iter().map(|topic| {
        let partition = |index: i32| {
            let is_known = broker.topics.partition(&topic.name, index).is_some();
            let code = if is_known { refusal.code } else { ResponseError::UnknownTopicOrPartition.code() };
            TxnOffsetCommitResponsePartition::default().with_partition_index(index).with_error_code(code)
        };
        let partitions = topic.partitions.iter().map(|one| partition(one.partition_index)).collect();
        TxnOffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    TxnOffsetCommitResponse::default().with_topics(topics.collect())
}

/// Answers an EndTxn request.
pub fn end(broker: &mut Broker, call: &Call, request: EndTxnRequest) -> EndTxnResponse {
    let outcome = end_transaction(broker, call, &request);
    let response = EndTxnResponse::default().with_error_code(for_version(code_of(&outcome), call.version, 2));
    match outcome {
        Ok(producer) if call.version >= BUMPING => response.with_producer_id(producer.id.into()).with_producer_epoch(producer.epoch),
        _ => response,
    }
}

fn end_transaction(broker: &mut Broker, call: &Call, request: &EndTxnRequest) -> Result<Producer, Refusal> {
    let Broker { transactions, producer_ids, .. } = broker;
    let transaction = transactions.known(&request.transactional_id)?;
    let asking = Producer { id: request.producer_id.0, epoch: request.producer_epoch };
    let protocol = if call.version >= BUMPING { Protocol::Bumping } else { Protocol::Classic };
    let ended = transaction.end(asking, request.committed, protocol, producer_ids, call.now).map_err(Refusal::bare)?;
    let producer = transaction.producer;
    if let Some(ended) = ended {
        finish(broker, &ended, call.now);
    }
    Ok(producer)
}

/// A code as a client of that version knows it: before `knows` there is no PRODUCER_FENCED.
fn for_version(code: i16, version: i16, knows: i16) -> i16 {
    let fenced = code == ResponseError::ProducerFenced.code();
    if fenced && version < knows { ResponseError::InvalidProducerEpoch.code() } else { code }
}
