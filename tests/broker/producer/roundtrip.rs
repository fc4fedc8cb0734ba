//! From one topic to another through both tools: nothing of a record is lost, whatever is in it.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Instant;

use kafkabox::kafka::model::Layout;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Headers as _, Message as _};
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::super::Bench;
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{LIMIT, bash};

const PARTITIONS: i32 = 3;

const RECORDS: usize = 500;

/// Text that JSON, lines or terminals could take for something else.
const AWKWARD: [&str; 9] = [
    "a\tb\nc\r\nd\u{0}e\u{1b}[1m\u{7f}",
    "\"quoted\" and \\ and /",
    r#"{"base64":"/w=="}"#,
    "null",
    "\u{feff}\u{2028}\u{2029}\u{85}",
    "\u{fffd} \u{d7ff}\u{e000}\u{10ffff}",
    "ä e\u{301} \u{202e}",
    " ",
    r"\u0000\ud800",
];

/// A small generator (xorshift64*): the seed that a failure names repeats it.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }

    fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.roll(length as u64)).expect("below a length")
    }

    fn text(&mut self) -> String {
        (0..self.roll(3)).map(|_| AWKWARD[self.index(AWKWARD.len())]).collect()
    }

    /// Null, empty, text, bytes that are mostly no UTF-8, or a lot of them.
    fn bytes(&mut self) -> Option<Vec<u8>> {
        let some = |dice: &mut Self, most| (0..dice.roll(most)).map(|_| dice.roll(256).to_le_bytes()[0]).collect();
        match self.roll(8) {
            0 => None,
            1 => Some(Vec::new()),
            2..=4 => Some(self.text().into_bytes()),
            5 | 6 => Some(some(self, 6)),
            _ => Some(some(self, 20_000)),
        }
    }

    /// A record without a NUL in a header's name: librdkafka's consumer ends names there.
    fn record(&mut self) -> Record {
        Record {
            key: self.bytes(),
            value: self.bytes(),
            headers: (0..self.roll(4)).map(|_| (self.text().replace('\0', "0"), self.bytes())).collect(),
            partition: i32::try_from(self.roll(PARTITIONS.unsigned_abs().into())).ok(),
            timestamp: [1, 1_500_000_000_000, 1_500_000_000_000 + i64::try_from(self.roll(1000)).expect("small")]
                .get(self.index(3))
                .copied(),
        }
    }
}

/// A record in a topic, with its place first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Stored {
    partition: i32,
    offset: i64,
    timestamp: Option<i64>,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(String, Option<Vec<u8>>)>,
}

/// The records of a topic, partition by partition.
fn stored(servers: &str, topic: &str, count: usize) -> Vec<Stored> {
    let consumer: BaseConsumer = ClientConfig::new().set("bootstrap.servers", servers).set("group.id", "none").create().unwrap();
    let mut partitions = TopicPartitionList::new();
    for partition in 0..PARTITIONS {
        partitions.add_partition_offset(topic, partition, Offset::Beginning).unwrap();
    }
    consumer.assign(&partitions).unwrap();
    let (start, mut records) = (Instant::now(), Vec::new());
    while records.len() < count {
        let message = consumer.poll(LIMIT.saturating_sub(start.elapsed()));
        let message = message.unwrap_or_else(|| panic!("{topic} has {} records", records.len())).unwrap();
        let header = |header: rdkafka::message::Header<'_, &[u8]>| (header.key.to_owned(), header.value.map(<[u8]>::to_vec));
        records.push(Stored {
            partition: message.partition(),
            offset: message.offset(),
            timestamp: message.timestamp().to_millis(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(<[u8]>::to_vec),
            headers: message.headers().into_iter().flat_map(|headers| headers.iter().map(header)).collect(),
        });
    }
    records.sort_unstable();
    records
}

#[test]
fn what_the_consumer_prints_the_producer_makes_the_same_records_of() {
    let Some(bench) = Bench::one() else { return };
    let seed = RandomState::new().build_hasher().finish() | 1;
    let mut dice = Dice(seed);
    let records: Vec<Record> = (0..RECORDS).map(|_| dice.record()).collect();
    let (from, to) = (unique("from"), unique("to"));
    // Some are half a century old.
    let kept = Config::from([("retention.ms".to_owned(), "-1".to_owned())]);
    for topic in [&from, &to] {
        bench.client.create(topic, Layout::Counts { partitions: Some(PARTITIONS), replication_factor: None }, &kept).unwrap();
    }
    bench.client.produce(&from, &records, &Config::new(), None).unwrap();
    let server = format!("--bootstrap-server {}", bench.servers);
    let consume = format!("$kafkabox console-consumer {server} --topic {from} --from-beginning --max-messages {RECORDS} --output json");
    let copy = bash(&format!("{consume} | $kafkabox console-producer {server} --topic {to} --input jsonl"), LIMIT);
    assert_eq!(copy.succeeded(), "", "seed {seed}");
    bench.client.await_records(&to, i64::try_from(RECORDS).unwrap());
    let (original, copied) = (stored(&bench.servers, &from, RECORDS), stored(&bench.servers, &to, RECORDS));
    assert_eq!(original.len(), RECORDS);
    for (original, copied) in original.iter().zip(&copied) {
        assert_eq!(original, copied, "seed {seed}");
    }
}
