//! What the producer takes from its settings, and what librdkafka is told beyond their translation.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::topic::TopicConfig;
use crate::kafka::error::{Error, Result};
use crate::kafka::settings::ClientSettings;

/// How long a topic is waited for that nobody knows, when `max.block.ms` was not given: as long as a broker may take to
/// create it, but not a whole minute for a misspelt name.
const UNKNOWN_TOPIC_PATIENCE: Duration = Duration::from_secs(5);

/// What one look at the topic may take, even if nothing was to be waited for: asking takes a moment.
const ONE_LOOK: Duration = Duration::from_millis(500);

/// `batch.size` when none was given, in bytes. Java's own default is the unit of a memory pool, and costs throughput here.
const BATCH_SIZE: usize = 1_000_000;

/// What `batch.size` is in Java when nothing was said; it also paces the choice of partitions.
const JAVA_BATCH_SIZE: usize = 16384;

/// `buffer.memory` pays for this many bytes of a record at least, so that small records do not outgrow it: the library
/// needs about 176 bytes beside each one's own. Fewer records on their way are quicker, too: processors' caches hold them.
const BYTES_PER_RECORD: usize = 256;

/// The first pause before a connection is tried again, in milliseconds. The library spends half of it at every start,
/// between the connection to a bootstrap server and the one to the same broker under its own name.
const RECONNECT_BACKOFF_MS: u32 = 20;

/// The settings that this handle applies itself, or has to know.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// `max.request.size`, in bytes.
    pub max_request_size: usize,
    /// `buffer.memory`, in bytes.
    pub buffer_memory: usize,
    /// `batch.size` as given, in bytes.
    pub batch_size: Option<usize>,
    /// `max.block.ms`.
    pub max_block: Duration,
    /// How long the topic may take to appear.
    pub topic_patience: Duration,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: Duration,
    /// `delivery.timeout.ms`.
    pub delivery_timeout: Duration,
    /// Whether keys play no part in the choice of a partition.
    pub ignore_keys: bool,
    /// Whether a batch is as large as its records.
    pub uncompressed: bool,
}

impl Limits {
    /// Reads the settings.
    ///
    /// # Errors
    /// A transactional id: the Java tool hangs with one, because it never begins a transaction.
    pub fn read(settings: &ClientSettings) -> Result<Self> {
        if settings.properties.contains_key("transactional.id") {
            return Err(Error::Settings(
                "transactional.id cannot be used: each record is sent on its own, and nothing begins or commits a transaction".to_owned(),
            ));
        }
        let max_block = settings.max_block();
        let patience = if settings.properties.contains_key("max.block.ms") { max_block } else { max_block.min(UNKNOWN_TOPIC_PATIENCE) };
        Ok(Self {
            max_request_size: settings.max_request_size(),
            buffer_memory: settings.buffer_memory(),
            batch_size: settings.batch_size(),
            max_block,
            topic_patience: patience.max(ONE_LOOK),
            metadata_max_age: settings.metadata_max_age(),
            delivery_timeout: settings.delivery_timeout(),
            ignore_keys: settings.ignores_keys(),
            uncompressed: !settings.compresses(),
        })
    }

    /// After how many bytes records without a key move to another partition, at least and at most.
    pub fn stays(&self) -> RangeInclusive<usize> {
        self.batch_size.map_or(JAVA_BATCH_SIZE..=BATCH_SIZE, |batch_size| batch_size..=batch_size)
    }
}

/// What librdkafka is told: the translated settings, then what this handle wants otherwise.
///
/// A batch is kept within what the topic takes. A larger one would be refused with all its records, which the Java client
/// then sends again in smaller batches, and the library does not.
pub(super) fn properties(settings: &ClientSettings, limits: &Limits, topic: TopicConfig) -> Vec<(String, String)> {
    let batch_size = limits.batch_size.unwrap_or(BATCH_SIZE).min(topic.max_message_bytes.unwrap_or(usize::MAX));
    let mut own = vec![
        ("batch.size", batch_size.clamp(1, 2_147_483_647).to_string()),
        // Batches are bounded by their bytes alone, as in Java.
        ("batch.num.messages", "1000000".to_owned()),
        ("queue.buffering.max.messages", (limits.buffer_memory / BYTES_PER_RECORD).clamp(1, 2_147_483_647).to_string()),
        ("enable.metrics.push", "false".to_owned()),
    ];
    if !settings.properties.contains_key("reconnect.backoff.ms") {
        own.push(("reconnect.backoff.ms", RECONNECT_BACKOFF_MS.to_string()));
    }
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value));
    settings.librdkafka().into_iter().chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::settings::{Role, Sources};

    fn settings(properties: &[&str]) -> ClientSettings {
        let sources = Sources {
            arguments: properties.iter().map(|property| (*property).to_owned()).collect(),
            bootstrap_servers: Some("h:1".to_owned()),
            ..Sources::default()
        };
        ClientSettings::resolve(Role::Producer, &sources).unwrap().settings
    }

    /// The last value, which is the one that counts.
    fn told(given: &[&str], max_message_bytes: Option<usize>, name: &str) -> Option<String> {
        let settings = settings(given);
        let topic = TopicConfig { max_message_bytes, ..TopicConfig::default() };
        let properties = properties(&settings, &Limits::read(&settings).unwrap(), topic);
        properties.into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    #[test]
    fn a_batch_fits_what_the_topic_takes() {
        assert_eq!(told(&[], None, "batch.size").as_deref(), Some("1000000"));
        assert_eq!(told(&[], Some(2000), "batch.size").as_deref(), Some("2000"));
        assert_eq!(told(&["batch.size=500"], Some(2000), "batch.size").as_deref(), Some("500"));
        assert_eq!(told(&["batch.size=0"], Some(2000), "batch.size").as_deref(), Some("1"));
    }

    #[test]
    fn small_records_do_not_outgrow_the_buffer() {
        assert_eq!(told(&[], None, "queue.buffering.max.messages").as_deref(), Some("131072"));
        assert_eq!(told(&["buffer.memory=1"], None, "queue.buffering.max.messages").as_deref(), Some("1"));
    }

    #[test]
    fn the_users_reconnect_backoff_stands() {
        assert_eq!(told(&[], None, "reconnect.backoff.ms").as_deref(), Some("20"));
        assert_eq!(told(&["reconnect.backoff.ms=70"], None, "reconnect.backoff.ms").as_deref(), Some("70"));
    }

    #[test]
    fn an_unknown_topic_is_waited_for_as_long_as_was_said() {
        let patience = |given: &[&str]| Limits::read(&settings(given)).unwrap().topic_patience;
        assert_eq!(patience(&[]), Duration::from_secs(5));
        assert_eq!(patience(&["max.block.ms=60000"]), Duration::from_secs(60));
        assert_eq!(patience(&["max.block.ms=2000"]), Duration::from_secs(2));
        assert_eq!(patience(&["max.block.ms=0"]), ONE_LOOK);
    }

    #[test]
    fn the_users_numbers_are_read_as_java_reads_them() {
        let read = |given: &[&str]| Limits::read(&settings(given)).unwrap();
        assert_eq!((read(&[]).batch_size, read(&[]).stays()), (None, 16384..=1_000_000));
        assert_eq!(read(&["batch.size= +500 "]).stays(), 500..=500);
        assert_eq!(read(&[]).metadata_max_age, Duration::from_secs(300));
        assert_eq!(read(&["metadata.max.age.ms=12000"]).metadata_max_age, Duration::from_secs(12));
    }

    #[test]
    fn keys_are_ignored_when_the_user_wants_it() {
        let ignored = |given: &[&str]| Limits::read(&settings(given)).unwrap().ignore_keys;
        assert!(!ignored(&[]));
        assert!(ignored(&["partitioner.ignore.keys=true"]));
        assert!(ignored(&["partitioner.class=org.apache.kafka.clients.producer.UniformStickyPartitioner"]));
        // A partitioner named outweighs it.
        assert!(!ignored(&[
            "partitioner.ignore.keys=true",
            "partitioner.class=org.apache.kafka.clients.producer.internals.DefaultPartitioner"
        ]));
    }

    #[test]
    fn transactions_are_refused() {
        let refusal = Limits::read(&settings(&["transactional.id=x"])).unwrap_err().to_string();
        assert!(refusal.starts_with("transactional.id cannot be used"), "{refusal}");
    }
}
