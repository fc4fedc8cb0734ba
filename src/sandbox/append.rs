//! The way of a batch into the log.

use kafka_protocol::error::ResponseError;

use super::broker::Broker;
use super::error::Refusal;
use super::log::batch::{self, Author, Batch, OwnRecord};
use super::log::memory::Place;
use super::log::producers::Repeated;
use super::log::records::{self, Glance};
use super::log::{Aborted, PartitionLog};
use super::topics::metadata::LEADER_EPOCH;

/// Where a batch came to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    pub base_offset: i64,
    /// The broker's time in milliseconds since 1970 for a topic with `LogAppendTime`; else -1.
    pub append_time: i64,
    /// The start of the log.
    pub log_start: i64,
}

/// Why a batch was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub refusal: Refusal,
    /// The records that are at fault: their index in the batch, and what is wrong.
    pub records: Vec<(i32, String)>,
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Self { refusal, records: Vec::new() }
    }
}

/// What a topic's settings say about batches.
#[derive(Clone, Copy, Debug)]
struct Rules {
    max_message_bytes: i64,
    min_insync_replicas: i64,
    compacted: bool,
    append_time: bool,
    oldest: i64,
    newest: i64,
}

/// Appends a batch that a producer sent.
///
/// # Errors
/// Why it is not taken: an unknown partition, a batch that is too large or damaged, records that the topic's settings do not
/// allow, a sequence that does not follow.
pub fn from_producer(broker: &mut Broker, topic: &str, partition: i32, batch: &Batch, acks: i16, now: i64) -> Result<Appended, Rejected> {
    let rules = rules(broker, topic, now);
    let log = broker.topics.partition_mut(topic, partition).ok_or(Refusal::bare(ResponseError::UnknownTopicOrPartition))?;
    if acks == -1 && rules.min_insync_replicas > 1 {
        return Err(Refusal::bare(ResponseError::NotEnoughReplicas).into());
    }
    check_batch(batch, rules)?;
    if let Some(repeated) = check_producer(log, batch)? {
        return Ok(Appended { base_offset: repeated.base_offset, append_time: repeated.append_time, log_start: log.start_offset() });
    }
    let glances = records::glances(batch).map_err(|_| Refusal::bare(ResponseError::CorruptMessage))?;
    check_records(&glances, rules, topic, partition)?;
    let append_time = rules.append_time.then_some(now);
    let placed = batch.placed(log.end_offset(), LEADER_EPOCH, append_time);
    let appended = Appended { base_offset: placed.base_offset(), append_time: append_time.unwrap_or(-1), log_start: log.start_offset() };
    if placed.producer_id() >= 0 {
        log.producers.note(&placed, appended.append_time, now);
    }
    store(broker, topic, partition, placed);
    Ok(appended)
}

/// Appends records of the broker's own to a partition, if there is one.
pub fn own_records(broker: &mut Broker, topic: &str, partition: i32, records: &[OwnRecord], now: i64) {
    if let Some(log) = broker.topics.partition(topic, partition) {
        let batch = batch::of_own_records(records, Author::Broker, now).placed(log.end_offset(), LEADER_EPOCH, None);
        store(broker, topic, partition, batch);
    }
}

/// Appends the marker that ends a producer's transaction to a partition, if there is one.
pub fn marker(broker: &mut Broker, topic: &str, partition: i32, producer_id: i64, epoch: i16, committed: bool, now: i64) {
    let Some(log) = broker.topics.partition_mut(topic, partition) else { return };
    // Version 0 of a marker's key and value: the kind, and the coordinator's epoch.
    let key = [0, 0, 0, u8::from(committed)];
    let value = [0; 6];
    let record = OwnRecord { key: Some(key.to_vec().into()), value: Some(value.to_vec().into()) };
    let placed = batch::of_own_records(&[record], Author::Marker { producer_id, epoch }, now).placed(log.end_offset(), LEADER_EPOCH, None);
    let began = log.producers.end_transaction(producer_id, epoch);
    if let Some(first_offset) = began.filter(|_| !committed) {
        log.note_aborted(Aborted { producer_id, first_offset, last_offset: placed.base_offset() });
    }
    store(broker, topic, partition, placed);
}

/// Puts a batch into the log, tells those who wait, and drops the oldest batches when there are too many bytes.
fn store(broker: &mut Broker, topic: &str, partition: i32, batch: Batch) {
    let Some(id) = broker.topics.get(topic).map(|topic| topic.id) else { return };
    let Some(log) = broker.topics.partition_mut(topic, partition) else { return };
    let place = Place { topic: id, partition, base_offset: batch.base_offset() };
    let charge = broker.memory.charge(batch.bytes().len(), place);
    log.push(batch, charge);
    make_room(broker);
    broker.changed.notify_waiters();
}

fn make_room(broker: &mut Broker) {
    let Broker { memory, topics, dropped, .. } = broker;
    while let Some(place) = memory.next_to_go() {
        let Some(name) = topics.name_of(place.topic).map(str::to_owned) else { continue };
        let log = topics.partition_mut(&name, place.partition);
        if let Some(start) = log.and_then(|log| log.drop_oldest(place.base_offset)) {
            dropped.note(&name, place.partition, start, memory.limit());
        }
    }
    memory.tidy(|place| {
        let log = topics.name_of(place.topic).and_then(|name| topics.partition(name, place.partition));
        log.is_some_and(|log| log.has_batch_at(place.base_offset))
    });
}

fn rules(broker: &Broker, topic: &str, now: i64) -> Rules {
    let number = |key| broker.configs.topic_i64(topic, key);
    Rules {
        max_message_bytes: number("max.message.bytes"),
        min_insync_replicas: number("min.insync.replicas"),
        compacted: broker.configs.topic(topic, "cleanup.policy").split(',').any(|policy| policy.trim() == "compact"),
        append_time: broker.configs.topic(topic, "message.timestamp.type") == "LogAppendTime",
        oldest: now.saturating_sub(number("message.timestamp.before.max.ms")),
        newest: now.saturating_add(number("message.timestamp.after.max.ms")),
    }
}

/// What `LogValidator` and `UnifiedLog` of the reference release look at before the records.
fn check_batch(batch: &Batch, rules: Rules) -> Result<(), Refusal> {
    let invalid = || Err(Refusal::bare(ResponseError::InvalidRecord));
    if batch.base_offset() != 0 {
        return invalid();
    }
    if i64::try_from(batch.bytes().len()).is_ok_and(|length| length > rules.max_message_bytes) {
        return Err(Refusal::bare(ResponseError::MessageTooLarge));
    }
    if !batch.is_intact() {
        return Err(Refusal::bare(ResponseError::CorruptMessage));
    }
    let delta = batch.last_offset_delta();
    if batch.count() <= 0 || delta.checked_add(1) != Some(batch.count()) || batch.is_control() {
        return invalid();
    }
    if batch.producer_id() >= 0 && batch.base_sequence() < 0 {
        return invalid();
    }
    Ok(())
}

fn check_producer(log: &PartitionLog, batch: &Batch) -> Result<Option<Repeated>, Refusal> {
    if batch.producer_id() < 0 { Ok(None) } else { log.producers.check(batch) }
}

fn check_records(glances: &[Glance], rules: Rules, topic: &str, partition: i32) -> Result<(), Rejected> {
    if (0..).zip(glances).any(|(expected, record)| record.offset_delta != expected) {
        return Err(Refusal::bare(ResponseError::InvalidRecord).into());
    }
    let in_time =
        |record: &Glance| rules.append_time || record.timestamp == -1 || (rules.oldest..=rules.newest).contains(&record.timestamp);
    let mut faults = Vec::new();
    let mut late = false;
    for (index, record) in (0..).zip(glances) {
        if rules.compacted && !record.has_key {
            faults.push((index, format!("Compacted topic cannot accept message without key in topic partition {topic}-{partition}")));
        } else if !in_time(record) {
            late = true;
            let range = format!("[{}, {}]", rules.oldest, rules.newest);
            let what = format!("Timestamp {} of message with offset {}", record.timestamp, record.offset_delta);
            faults.push((index, format!("{what} is out of range. The timestamp should be within {range}")));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let refusal = if late {
        Refusal::saying(ResponseError::InvalidTimestamp, "One or more records have been rejected due to invalid timestamp")
    } else {
        let first: Vec<String> =
            faults.iter().take(3).map(|(index, fault)| format!("RecordError(batchIndex={index}, message='{fault}')")).collect();
        Refusal::saying(
            ResponseError::InvalidRecord,
            format!(
                "One or more records have been rejected due to {} record errors in total, and only showing the first three errors at most: [{}]",
                faults.len(),
                first.join(", ")
            ),
        )
    };
    Err(Rejected { refusal, records: faults })
}
