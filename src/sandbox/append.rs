//! The way of a batch into the log.

use std::ops::ControlFlow;

use kafka_protocol::error::ResponseError;

use super::broker::Broker;
use super::error::Refusal;
use super::log::batch::{self, Author, Batch, OwnRecord};
use super::log::memory::Place;
use super::log::producers::Repeated;
use super::log::records::{self, RecordView};
use super::log::{AbortedTxn, PartitionLog};
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

/// What a topic's settings say about batches at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    max_message_bytes: i64,
    compacted: bool,
    log_append_time: bool,
    oldest: i64,
    newest: i64,
    now: i64,
}

impl Rules {
    /// The rules of a topic, `now` being milliseconds since 1970.
    pub fn of(broker: &Broker, topic: &str, now: i64) -> Self {
        let number = |key| broker.configs.topic_i64(topic, key);
        Self {
            max_message_bytes: number("max.message.bytes"),
            compacted: broker.configs.topic(topic, "cleanup.policy").split(',').any(|policy| policy.trim() == "compact"),
            log_append_time: broker.configs.topic(topic, "message.timestamp.type") == "LogAppendTime",
            oldest: now.saturating_sub(number("message.timestamp.before.max.ms")),
            newest: now.saturating_add(number("message.timestamp.after.max.ms")),
            now,
        }
    }
}

/// Appends a batch that a producer sent. What its records take decompressed is taken from `budget`.
///
/// # Errors
/// Why it is not taken: an unknown partition, a batch that is too large or damaged, records that the topic's settings do not
/// allow, a sequence that does not follow.
pub fn from_producer(
    broker: &mut Broker,
    (topic, partition): (&str, i32),
    batch: &Batch,
    rules: &Rules,
    budget: &mut u64,
) -> Result<Appended, Rejected> {
    let log = broker.topics.partition_mut(topic, partition).ok_or(Refusal::bare(ResponseError::UnknownTopicOrPartition))?;
    check_batch(batch, rules)?;
    if let Some(repeated) = check_producer(log, batch)? {
        return Ok(Appended { base_offset: repeated.base_offset, append_time: repeated.append_time, log_start: log.start_offset() });
    }
    let newest = check_records(batch, rules, (topic, partition), budget)?;
    let max_timestamp = if rules.log_append_time { rules.now } else { newest };
    let placed = batch.placed(log.end_offset(), LEADER_EPOCH, max_timestamp, rules.log_append_time);
    let append_time = if rules.log_append_time { rules.now } else { -1 };
    let appended = Appended { base_offset: placed.base_offset(), append_time, log_start: log.start_offset() };
    if placed.producer_id() >= 0 {
        log.producers.note(&placed, append_time, rules.now, &broker.memory);
    }
    store(broker, topic, partition, placed);
    Ok(appended)
}

/// Appends records of the broker's own to a partition, if there is one.
pub fn own_records(broker: &mut Broker, topic: &str, partition: i32, records: &[OwnRecord], now: i64) {
    if let Some(log) = broker.topics.partition(topic, partition) {
        let batch = batch::of_own_records(records, Author::Broker, now).at(log.end_offset(), LEADER_EPOCH);
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
    let placed = batch::of_own_records(&[record], Author::Marker { producer_id, epoch }, now).at(log.end_offset(), LEADER_EPOCH);
    let began = log.producers.end_transaction(producer_id, epoch);
    if let Some(first_offset) = began.filter(|_| !committed) {
        log.note_aborted(AbortedTxn { producer_id, first_offset, last_offset: placed.base_offset() });
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
    broker.changed.appended(id, partition);
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

/// What `LogValidator` and `UnifiedLog` of the reference release look at before the records.
fn check_batch(batch: &Batch, rules: &Rules) -> Result<(), Refusal> {
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

/// What `LogValidator` looks at in the records. Gives the newest of their timestamps.
fn check_records(batch: &Batch, rules: &Rules, place: (&str, i32), budget: &mut u64) -> Result<i64, Rejected> {
    let mut newest = -1;
    let mut expected = 0..;
    let mut faults = Faults::default();
    let visited = records::visit(batch, budget, |record| {
        if expected.next() != Some(record.offset_delta) {
            faults.gap = true;
            return ControlFlow::Break(());
        }
        newest = newest.max(record.timestamp);
        faults.look(batch, rules, place, &record);
        ControlFlow::Continue(())
    });
    visited.map_err(|_| Refusal::bare(ResponseError::CorruptMessage))?;
    faults.outcome().map(|()| newest)
}

/// What is wrong with the records of a batch.
#[derive(Default)]
struct Faults {
    records: Vec<(i32, String)>,
    /// Whether some of it is about timestamps.
    in_time: bool,
    /// Whether the offsets do not follow each other.
    gap: bool,
}

impl Faults {
    fn look(&mut self, batch: &Batch, rules: &Rules, (topic, partition): (&str, i32), record: &RecordView) {
        let at = record.timestamp;
        let complaint = if rules.compacted && record.key.is_none() {
            format!("Compacted topic cannot accept message without key in topic partition {topic}-{partition}")
        } else if !rules.log_append_time && at != -1 {
            if (rules.oldest..=rules.newest).contains(&at) {
                return;
            }
            self.in_time = true;
            let range = format!("[{}, {}]", rules.oldest, rules.newest);
            let offset = record.offset_delta;
            format!("Timestamp {at} of message with offset {offset} is out of range. The timestamp should be within {range}")
        } else if batch.has_append_time() {
            self.in_time = true;
            let (offset, key, value) = (record.offset_delta, record.key.unwrap_or_default(), record.value.unwrap_or_default());
            let told = format!("DefaultRecord(offset={offset}, timestamp={at}, key={key} bytes, value={value} bytes)");
            format!("Invalid timestamp type in message {told}. Producer should not set timestamp type to LogAppendTime.")
        } else {
            return;
        };
        self.records.push((i32::try_from(record.offset_delta).unwrap_or(i32::MAX), complaint));
    }

    fn outcome(self) -> Result<(), Rejected> {
        if self.gap {
            return Err(Refusal::bare(ResponseError::InvalidRecord).into());
        }
        if self.records.is_empty() {
            return Ok(());
        }
        let refusal = if self.in_time {
            Refusal::saying(ResponseError::InvalidTimestamp, "One or more records have been rejected due to invalid timestamp")
        } else {
            let told = |(index, fault): &(i32, String)| format!("RecordError(batchIndex={index}, message='{fault}')");
            let first: Vec<String> = self.records.iter().take(3).map(told).collect();
            let (count, first) = (self.records.len(), first.join(", "));
            let rejected = format!("One or more records have been rejected due to {count} record errors in total");
            Refusal::saying(ResponseError::InvalidRecord, format!("{rejected}, and only showing the first three errors at most: [{first}]"))
        };
        Err(Rejected { refusal, records: self.records })
    }
}

#[cfg(test)]
mod tests {
    use bytes::{Bytes, BytesMut};

    use super::*;
    use crate::sandbox::broker::for_tests;
    use crate::sandbox::topics::create;

    const NOW: i64 = 1_700_000_000_000;

    fn broker() -> Broker {
        let mut broker = for_tests();
        create::simply(&mut broker, "t", Some(1)).unwrap();
        broker
    }

    /// Records of the time `NOW`, with a key each or with none.
    fn batch(count: usize, keyed: bool) -> Batch {
        let record = OwnRecord { key: keyed.then(|| Bytes::from_static(b"k")), value: Some(Bytes::from_static(b"v")) };
        batch::of_own_records(&vec![record; count], Author::Broker, NOW)
    }

    fn changed(batch: &Batch, change: impl FnOnce(&mut BytesMut)) -> Batch {
        let mut bytes = BytesMut::from(&batch.bytes()[..]);
        change(&mut bytes);
        let crc = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        Batch::split(bytes.freeze()).unwrap().remove(0)
    }

    fn code(outcome: Result<Appended, Rejected>) -> i16 {
        outcome.map_or_else(|rejected| rejected.refusal.code, |_| 0)
    }

    fn append(broker: &mut Broker, batch: &Batch) -> Result<Appended, Rejected> {
        append_to(broker, ("t", 0), batch, NOW)
    }

    fn append_to(broker: &mut Broker, place: (&str, i32), batch: &Batch, now: i64) -> Result<Appended, Rejected> {
        let rules = Rules::of(broker, place.0, now);
        from_producer(broker, place, batch, &rules, &mut { u64::MAX })
    }

    #[test]
    fn batches_get_the_offsets_that_follow() {
        let mut broker = broker();
        let appended = |base_offset| Appended { base_offset, append_time: -1, log_start: 0 };
        assert_eq!(append(&mut broker, &batch(3, true)), Ok(appended(0)));
        assert_eq!(append(&mut broker, &batch(1, true)), Ok(appended(3)));
        assert_eq!(code(append_to(&mut broker, ("t", 1), &batch(1, true), NOW)), ResponseError::UnknownTopicOrPartition.code());
        assert_eq!(code(append_to(&mut broker, ("u", 0), &batch(1, true), NOW)), ResponseError::UnknownTopicOrPartition.code());
    }

    #[test]
    fn a_batch_that_is_not_what_it_says_is_refused() {
        let mut broker = broker();
        let whole = batch(2, true);
        let damaged = {
            let mut bytes = BytesMut::from(&whole.bytes()[..]);
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            Batch::split(bytes.freeze()).unwrap().remove(0)
        };
        assert_eq!(code(append(&mut broker, &damaged)), ResponseError::CorruptMessage.code());
        let invalid = ResponseError::InvalidRecord.code();
        assert_eq!(code(append(&mut broker, &changed(&whole, |bytes| bytes[7] = 1))), invalid, "an offset of its own");
        assert_eq!(code(append(&mut broker, &changed(&whole, |bytes| bytes[26] = 2))), invalid, "more offsets than records");
        assert_eq!(code(append(&mut broker, &changed(&whole, |bytes| bytes[22] |= 1 << 5))), invalid, "a control batch");
        assert_eq!(code(append(&mut broker, &changed(&whole, |bytes| bytes[43] = 0))), invalid, "a producer without a sequence");
        assert_eq!(code(append(&mut broker, &changed(&whole, |bytes| bytes[64] = 2))), invalid, "the first record's offset is not 0");
        assert_eq!(broker.topics.partition("t", 0).unwrap().end_offset(), 0);
    }

    #[test]
    fn the_topics_settings_hold() {
        let mut broker = broker();
        let size = batch(2, false).bytes().len();
        broker.configs.set_topic("t", "max.message.bytes", &(size - 1).to_string()).unwrap();
        assert_eq!(code(append(&mut broker, &batch(2, false))), ResponseError::MessageTooLarge.code());
        broker.configs.set_topic("t", "max.message.bytes", &size.to_string()).unwrap();
        assert_eq!(code(append(&mut broker, &batch(2, false))), 0);
        broker.configs.set_topic("t", "message.timestamp.type", "LogAppendTime").unwrap();
        assert_eq!(append(&mut broker, &batch(1, false)).unwrap().append_time, NOW);
        // No topic has more replicas in sync than it has replicas: the smaller number counts.
        broker.configs.set_topic("t", "min.insync.replicas", "2").unwrap();
        assert_eq!(code(append(&mut broker, &batch(1, false))), 0);
    }

    #[test]
    fn a_compacted_topic_names_the_records_without_a_key() {
        let mut broker = broker();
        broker.configs.set_topic("t", "cleanup.policy", "compact,delete").unwrap();
        assert_eq!(code(append(&mut broker, &batch(2, true))), 0);
        let rejected = append(&mut broker, &batch(2, false)).unwrap_err();
        let fault = "Compacted topic cannot accept message without key in topic partition t-0";
        assert_eq!(rejected.records, [(0, fault.to_owned()), (1, fault.to_owned())]);
        let expected = format!(
            "One or more records have been rejected due to 2 record errors in total, and only showing the first three errors at \
             most: [RecordError(batchIndex=0, message='{fault}'), RecordError(batchIndex=1, message='{fault}')]"
        );
        assert_eq!(rejected.refusal, Refusal::saying(ResponseError::InvalidRecord, expected));
    }

    #[test]
    fn a_timestamp_that_is_too_far_from_now_is_refused() {
        let mut broker = broker();
        let hours_ago = NOW - 7_200_000;
        let rejected = append_to(&mut broker, ("t", 0), &batch(1, false), hours_ago).unwrap_err();
        let expected = "One or more records have been rejected due to invalid timestamp";
        assert_eq!(rejected.refusal, Refusal::saying(ResponseError::InvalidTimestamp, expected));
        let (oldest, newest) = (hours_ago.saturating_sub(i64::MAX), hours_ago + 3_600_000);
        let fault =
            format!("Timestamp {NOW} of message with offset 0 is out of range. The timestamp should be within [{oldest}, {newest}]");
        assert_eq!(rejected.records, [(0, fault)]);
    }

    #[test]
    fn only_the_broker_sets_the_time_of_appending() {
        let mut broker = broker();
        let claimed = changed(&batch(1, true), |bytes| {
            bytes[22] |= 1 << 3;
            bytes[35..43].copy_from_slice(&(-1_i64).to_be_bytes());
        });
        let rejected = append(&mut broker, &claimed).unwrap_err();
        assert_eq!(rejected.refusal.code, ResponseError::InvalidTimestamp.code());
        let fault = "Invalid timestamp type in message DefaultRecord(offset=0, timestamp=-1, key=1 bytes, value=1 bytes). Producer \
                     should not set timestamp type to LogAppendTime.";
        assert_eq!(rejected.records, [(0, fault.to_owned())]);
    }

    #[test]
    fn the_newest_timestamp_is_that_of_the_records() {
        let mut broker = broker();
        let lying = changed(&batch(1, true), |bytes| bytes[35..43].copy_from_slice(&(NOW + 5).to_be_bytes()));
        append(&mut broker, &lying).unwrap();
        let log = broker.topics.partition("t", 0).unwrap();
        assert_eq!(log.find_newest().map(|found| found.timestamp), Some(NOW));
        assert_eq!(log.find_by_timestamp(NOW + 1), None);
        let (bytes, next) = log.read(0, 1, usize::MAX, true);
        assert!(Batch::split(bytes).unwrap()[0].is_intact());
        assert_eq!(next, 1);
    }

    #[test]
    fn what_records_take_decompressed_has_a_bound() {
        let mut broker = broker();
        let rules = Rules::of(&broker, "t", NOW);
        let mut budget = 100;
        assert_eq!(code(from_producer(&mut broker, ("t", 0), &batch(5, true), &rules, &mut budget)), 0);
        assert_eq!(budget, 55);
        let code = code(from_producer(&mut broker, ("t", 0), &batch(7, true), &rules, &mut budget));
        assert_eq!(code, ResponseError::CorruptMessage.code());
    }

    #[test]
    fn an_open_transaction_whose_beginning_is_gone_counts_from_the_start() {
        let mut broker = broker();
        let transactional = changed(&batch(3, false), |bytes| {
            bytes[22] |= 1 << 4;
            bytes[43..57].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0]);
        });
        append(&mut broker, &transactional).unwrap();
        let log = broker.topics.partition_mut("t", 0).unwrap();
        assert_eq!(log.last_stable_offset(), 0);
        log.delete_before(2);
        assert_eq!(log.last_stable_offset(), 2);
    }

    #[test]
    fn memory_is_made_by_dropping_the_oldest_and_said_so() {
        let said = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let mut broker = broker();
        broker.dropped = crate::sandbox::dropped::Dropped::new({
            let said = std::rc::Rc::clone(&said);
            std::rc::Rc::new(move |message: &str| said.borrow_mut().push(message.to_owned()))
        });
        broker.memory = crate::sandbox::log::memory::Memory::new(1000);
        for _ in 0..10 {
            append(&mut broker, &batch(10, true)).unwrap();
        }
        let log = broker.topics.partition("t", 0).unwrap();
        assert_eq!(log.end_offset(), 100);
        assert!(log.start_offset() > 0 && log.start_offset() % 10 == 0 && log.start_offset() < 100, "{}", log.start_offset());
        let said = said.borrow();
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("1 batch was dropped, the oldest; t-0 now starts at offset 10"), "{}", said[0]);
    }

    #[test]
    fn markers_end_transactions_and_name_the_aborted() {
        let mut broker = broker();
        let transactional = |sequence: u8| {
            changed(&batch(1, false), |bytes| {
                bytes[22] |= 1 << 4;
                bytes[43..57].copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, sequence]);
            })
        };
        append(&mut broker, &transactional(0)).unwrap();
        append(&mut broker, &batch(1, true)).unwrap();
        let log = |broker: &Broker| {
            let log = broker.topics.partition("t", 0).unwrap();
            (log.last_stable_offset(), log.end_offset(), log.aborted_between(0, 99).copied().collect::<Vec<_>>())
        };
        assert_eq!(log(&broker), (0, 2, vec![]));
        marker(&mut broker, "t", 0, 7, 0, false, NOW);
        assert_eq!(log(&broker), (3, 3, vec![AbortedTxn { producer_id: 7, first_offset: 0, last_offset: 2 }]));
        append(&mut broker, &transactional(1)).unwrap();
        assert_eq!(log(&broker).0, 3);
        marker(&mut broker, "t", 0, 7, 0, true, NOW);
        assert_eq!((log(&broker).0, log(&broker).2.len()), (5, 1));
    }
}
