//! Transactions from request to log.

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::txn_offset_commit_request::{TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic};
use kafka_protocol::messages::{
    AddPartitionsToTxnRequest, DescribeTransactionsRequest, EndTxnRequest, InitProducerIdRequest, ListTransactionsRequest, TransactionalId,
    TxnOffsetCommitRequest,
};
use kafka_protocol::protocol::StrBytes;

use super::*;
use crate::sandbox::broker::Call;
use crate::sandbox::topics::{self, testing};

fn id(id: &str) -> TransactionalId {
    StrBytes::from_string(id.to_owned()).into()
}

fn init(broker: &mut Broker, version: i16, name: Option<&str>, timeout: i32, was: (i64, i16)) -> (i16, i64, i16) {
    let request = InitProducerIdRequest::default()
        .with_transactional_id(name.map(id))
        .with_transaction_timeout_ms(timeout)
        .with_producer_id(was.0.into())
        .with_producer_epoch(was.1);
    let response = requests::init(broker, &testing::call(version), request);
    (response.error_code, response.producer_id.0, response.producer_epoch)
}

fn add(broker: &mut Broker, version: i16, epoch: i16, places: &[(&str, i32)]) -> Vec<i16> {
    let topic =
        |(name, index): &(&str, i32)| AddPartitionsToTxnTopic::default().with_name(topics::name(name)).with_partitions(vec![*index]);
    let request = AddPartitionsToTxnRequest::default()
        .with_v3_and_below_transactional_id(id("tx"))
        .with_v3_and_below_producer_id(0.into())
        .with_v3_and_below_producer_epoch(epoch)
        .with_v3_and_below_topics(places.iter().map(topic).collect());
    let response = requests::add_partitions(broker, &testing::call(version), request);
    let codes = response.results_by_topic_v3_and_below.iter().flat_map(|topic| &topic.results_by_partition);
    codes.map(|partition| partition.partition_error_code).collect()
}

fn end(broker: &mut Broker, version: i16, epoch: i16, committed: bool) -> (i16, i64, i16) {
    let request = EndTxnRequest::default()
        .with_transactional_id(id("tx"))
        .with_producer_id(0.into())
        .with_producer_epoch(epoch)
        .with_committed(committed);
    let response = requests::end(broker, &testing::call(version), request);
    (response.error_code, response.producer_id.0, response.producer_epoch)
}

/// A broker with topic `t` and a producer of transactional id `tx`: id 0, epoch 0.
fn started() -> Broker {
    let mut broker = testing::broker();
    broker.topics.insert("t", 2);
    assert_eq!(init(&mut broker, 5, Some("tx"), 60_000, (-1, -1)), (0, 0, 0));
    broker
}

fn ends(broker: &Broker) -> Vec<i64> {
    broker.topics.get("t").map(|topic| topic.partitions.iter().map(crate::sandbox::log::PartitionLog::end_offset).collect()).unwrap()
}

#[test]
fn producers_are_refused_at_once() {
    let mut broker = started();
    assert_eq!(init(&mut broker, 5, None, 60_000, (-1, -1)), (0, 1, 0));
    assert_eq!(init(&mut broker, 5, Some("tx"), 60_000, (0, -1)), (42, -1, -1));
    assert_eq!(init(&mut broker, 5, Some("tx"), 60_000, (-1, 0)), (42, -1, -1));
    assert_eq!(init(&mut broker, 5, Some(""), 60_000, (-1, -1)), (42, -1, -1));
    assert_eq!(init(&mut broker, 5, Some("tx"), 0, (-1, -1)), (50, -1, -1));
    assert_eq!(init(&mut broker, 5, Some("tx"), 900_001, (-1, -1)), (50, -1, -1));
    assert_eq!(init(&mut broker, 4, Some("tx"), 60_000, (9, 0)), (90, -1, -1));
    assert_eq!(init(&mut broker, 3, Some("tx"), 60_000, (9, 0)), (47, -1, -1));
}

#[test]
fn a_commit_puts_markers_into_the_partitions_of_the_transaction() {
    let mut broker = started();
    assert_eq!(add(&mut broker, 3, 0, &[("t", 0)]), [0]);
    assert_eq!(end(&mut broker, 4, 0, true), (0, -1, -1));
    assert_eq!(ends(&broker), [1, 0]);
    // The same again changes nothing.
    assert_eq!(end(&mut broker, 4, 0, true), (0, -1, -1));
    assert_eq!(ends(&broker), [1, 0]);
    assert_eq!(end(&mut broker, 4, 0, false).0, 48);
    assert_eq!(end(&mut broker, 4, 9, true).0, 90);
    assert_eq!(end(&mut broker, 1, 9, true).0, 47);
}

#[test]
fn the_new_protocol_tells_the_next_epoch() {
    let mut broker = started();
    assert_eq!(admit(&mut broker, 12, "tx", (0, 0), ("t", 1), 0), Ok(()));
    assert_eq!(end(&mut broker, 5, 0, true), (0, 0, 1));
    assert_eq!(ends(&broker), [0, 1]);
    assert_eq!(end(&mut broker, 5, 0, true), (0, 0, 1));
    assert_eq!(end(&mut broker, 5, 1, true), (48, -1, -1));
}

#[test]
fn partitions_join_all_or_none() {
    let mut broker = started();
    assert_eq!(add(&mut broker, 3, 0, &[("t", 0), ("x", 0)]), [55, 3]);
    assert_eq!(add(&mut broker, 3, 1, &[("t", 0)]), [90]);
    assert_eq!(add(&mut broker, 1, 1, &[("t", 0)]), [47]);
    assert_eq!(end(&mut broker, 4, 0, true).0, 48);
}

#[test]
fn a_batch_needs_its_partition_in_the_transaction() {
    let mut broker = started();
    let code = |broker: &mut Broker, version, name: &str, writer| {
        admit(broker, version, name, writer, ("t", 0), 0).map_err(|refusal| (refusal.code, refusal.message))
    };
    let words = Some("Partition was not added to the transaction".to_owned());
    assert_eq!(code(&mut broker, 10, "tx", (0, 0)), Err((48, words)));
    assert_eq!(code(&mut broker, 11, "tx", (0, 0)), Err((120, None)));
    assert_eq!(code(&mut broker, 11, "tx", (0, 1)), Err((47, None)));
    assert_eq!(code(&mut broker, 11, "tx", (1, 0)), Err((49, None)));
    assert_eq!(code(&mut broker, 11, "other", (0, 0)), Err((49, None)));
    assert_eq!(code(&mut broker, 12, "tx", (0, 0)), Ok(()));
    assert_eq!(code(&mut broker, 11, "tx", (0, 0)), Ok(()));
}

#[test]
fn the_next_producer_and_the_time_abort_what_is_open() {
    let mut broker = started();
    add(&mut broker, 3, 0, &[("t", 0)]);
    assert_eq!(init(&mut broker, 5, Some("tx"), 60_000, (-1, -1)), (51, -1, -1));
    assert_eq!(ends(&broker), [1, 0]);
    assert_eq!(init(&mut broker, 5, Some("tx"), 60_000, (-1, -1)), (0, 0, 2));
    add(&mut broker, 3, 2, &[("t", 0)]);
    let Call { now, .. } = testing::call(0);
    sweep(&mut broker, now + 60_000);
    assert_eq!(ends(&broker), [1, 0]);
    sweep(&mut broker, now + 60_001);
    assert_eq!(ends(&broker), [2, 0]);
    assert_eq!(end(&mut broker, 4, 2, true).0, 90);
}

#[test]
fn offsets_need_the_group_in_the_transaction() {
    let mut broker = started();
    let topic = TxnOffsetCommitRequestTopic::default()
        .with_name(topics::name("t"))
        .with_partitions(vec![TxnOffsetCommitRequestPartition::default()]);
    let request = TxnOffsetCommitRequest::default()
        .with_transactional_id(id("tx"))
        .with_group_id(StrBytes::from_static_str("g").into())
        .with_producer_id(0.into())
        .with_topics(vec![topic]);
    let mut code =
        |version| requests::commit_offsets(&mut broker, &testing::call(version), request.clone()).topics[0].partitions[0].error_code;
    assert_eq!(code(3), 48);
    assert_eq!(code(4), 120);
    assert_eq!(code(5), 0);
    assert_eq!(code(3), 0);
}

#[test]
fn tools_are_told_of_transactions() {
    let mut broker = started();
    add(&mut broker, 3, 0, &[("t", 0), ("t", 1)]);
    let call = testing::call(2);
    let list = |broker: &mut Broker, request| {
        let response = describe::list(broker, &call, request);
        (response.error_code, response.transaction_states.len(), response.unknown_state_filters.len())
    };
    let all = ListTransactionsRequest::default;
    assert_eq!(list(&mut broker, all()), (0, 1, 0));
    let state = |state| all().with_state_filters(vec![StrBytes::from_static_str(state)]);
    assert_eq!(list(&mut broker, state("Ongoing")), (0, 1, 0));
    assert_eq!(list(&mut broker, state("Empty")), (0, 0, 0));
    assert_eq!(list(&mut broker, state("Nonsense")), (0, 0, 1));
    let pattern = |pattern| all().with_transactional_id_pattern(Some(StrBytes::from_static_str(pattern)));
    assert_eq!(list(&mut broker, pattern("t.")), (0, 1, 0));
    assert_eq!(list(&mut broker, pattern("t")), (0, 0, 0));
    assert_eq!(list(&mut broker, pattern("(")).0, ResponseError::InvalidRegularExpression.code());
    assert_eq!(list(&mut broker, all().with_duration_filter(0)), (0, 0, 0));
    assert_eq!(list(&mut broker, all().with_producer_id_filters(vec![5.into()])), (0, 0, 0));
    let request = DescribeTransactionsRequest::default().with_transactional_ids(vec![id("tx"), id(""), id("x")]);
    let states = describe::describe(&mut broker, &call, request).transaction_states;
    let codes: Vec<i16> = states.iter().map(|state| state.error_code).collect();
    assert_eq!(codes, [0, 42, 105]);
    assert_eq!((states[0].transaction_state.as_str(), states[0].transaction_start_time_ms), ("Ongoing", 1000));
    assert_eq!(states[0].topics[0].partitions, [0, 1]);
}

#[test]
fn an_idle_transactional_id_makes_room() {
    let mut broker = testing::broker();
    for number in 0..=MOST {
        assert_eq!(init(&mut broker, 5, Some(&format!("tx{number}")), 60_000, (-1, -1)).0, 0);
    }
    assert_eq!(broker.transactions.by_id.len(), MOST);
}
