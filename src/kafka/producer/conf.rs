//! The producer's properties, with Java's defaults and checks, and what becomes of them in librdkafka.

use std::str::FromStr;
use std::time::Duration;

use crate::kafka::error::{Error, Result};
use crate::kafka::settings::{ClientSettings, Endpoint};

/// How long a record waits for company when nothing was said (`linger.ms` of Kafka 4): who types a line should not wait.
const LINGER_MS: i64 = 5;

/// How long a topic is waited for that nobody knows, when `max.block.ms` was not given: as long as a broker may take to
/// create it, but not a whole minute for a misspelt name.
const UNKNOWN_TOPIC_PATIENCE: Duration = Duration::from_secs(5);

/// librdkafka's `batch.size` when none was given. Java's own default is a memory pool's unit, and costs throughput here.
const BATCH_SIZE: usize = 1_000_000;

/// What `batch.size` is in Java when nothing was said; it also paces the choice of partitions.
const JAVA_BATCH_SIZE: usize = 16384;

/// `buffer.memory` pays for this many bytes of a record at least, so that small records do not outgrow it: the library
/// needs about 176 bytes beside each one's own.
const BYTES_PER_RECORD: usize = 128;

/// The settings that this handle applies itself, or has to know.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// `max.request.size`, in bytes.
    pub max_request_size: usize,
    /// `buffer.memory`, in bytes.
    pub buffer_memory: usize,
    /// `batch.size` as given.
    pub batch_size: Option<usize>,
    /// `max.block.ms`.
    pub max_block: Duration,
    /// How long the topic may take to appear.
    pub topic_patience: Duration,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: Duration,
    /// `delivery.timeout.ms`.
    pub delivery_timeout: Duration,
    /// `partitioner.ignore.keys`.
    pub ignore_keys: bool,
}

impl Limits {
    /// Reads the settings.
    ///
    /// # Errors
    /// A value that cannot be used, in Java's words.
    pub fn read(settings: &ClientSettings) -> Result<Self> {
        let given = Given(settings);
        let max_block = given.millis("max.block.ms", 60_000, 0)?;
        Ok(Self {
            max_request_size: given.bytes("max.request.size", 1_048_576)?,
            buffer_memory: given.bytes("buffer.memory", 33_554_432)?,
            batch_size: given.text("batch.size").map(|_| given.bytes("batch.size", JAVA_BATCH_SIZE)).transpose()?,
            max_block,
            topic_patience: if given.text("max.block.ms").is_some() { max_block } else { max_block.min(UNKNOWN_TOPIC_PATIENCE) },
            metadata_max_age: given.millis("metadata.max.age.ms", 300_000, 0)?,
            delivery_timeout: delivery_timeout(given)?,
            ignore_keys: given.flag("partitioner.ignore.keys", false)?,
        })
    }

    /// After how many bytes records without a key move to another partition.
    pub fn sticky_bytes(&self) -> usize {
        self.batch_size.unwrap_or(JAVA_BATCH_SIZE)
    }
}

/// What librdkafka is told. `max_message_bytes` is the topic's limit for a batch: a batch beyond it would be refused with
/// all its records, which Java then sends again in smaller ones and the library does not.
///
/// # Errors
/// A value that cannot be used, or two that do not go together, in Java's words.
pub(super) fn properties(settings: &ClientSettings, limits: &Limits, max_message_bytes: Option<usize>) -> Result<Vec<(String, String)>> {
    let given = Given(settings);
    refuse_transactions(given)?;
    let servers: Vec<String> = settings.bootstrap_servers.iter().map(Endpoint::to_string).collect();
    let batch_size = limits.batch_size.unwrap_or(BATCH_SIZE).min(max_message_bytes.unwrap_or(usize::MAX)).max(1);
    let mut properties = vec![
        ("bootstrap.servers", servers.join(",")),
        ("client.id", settings.client_id.clone()),
        ("message.max.bytes", limits.max_request_size.clamp(1000, 1_000_000_000).to_string()),
        ("batch.size", batch_size.to_string()),
        ("queue.buffering.max.kbytes", limits.buffer_memory.div_ceil(1024).clamp(1, 2_147_483_647).to_string()),
        ("queue.buffering.max.messages", (limits.buffer_memory / BYTES_PER_RECORD).clamp(1, 2_147_483_647).to_string()),
        // Batches are bounded by their bytes alone, as in Java.
        ("batch.num.messages", "1000000".to_owned()),
        ("delivery.timeout.ms", limits.delivery_timeout.as_millis().to_string()),
        ("linger.ms", given.number("linger.ms", LINGER_MS, 0, i64::MAX)?.min(900_000).to_string()),
        ("compression.type", given.one_of("compression.type", "none", &["none", "gzip", "snappy", "lz4", "zstd"])?),
        ("metadata.max.age.ms", limits.metadata_max_age.as_millis().clamp(1, 86_400_000).to_string()),
        ("topic.metadata.propagation.max.ms", limits.max_block.as_millis().min(3_600_000).to_string()),
        ("retry.backoff.ms", given.number("retry.backoff.ms", 100, 0, i64::MAX)?.clamp(1, 300_000).to_string()),
        ("retry.backoff.max.ms", given.number("retry.backoff.max.ms", 1000, 0, i64::MAX)?.clamp(1, 300_000).to_string()),
        ("enable.metrics.push", "false".to_owned()),
    ];
    let request_timeout = given.number("request.timeout.ms", 30_000, 0, i64::from(i32::MAX))?;
    properties.push(("socket.timeout.ms", request_timeout.clamp(10, 300_000).to_string()));
    properties.push(("request.timeout.ms", request_timeout.clamp(1, 900_000).to_string()));
    match given.number("send.buffer.bytes", -1, -1, i64::from(i32::MAX))? {
        -1 => {}
        bytes => properties.push(("socket.send.buffer.bytes", bytes.min(100_000_000).to_string())),
    }
    properties.extend(guarantees(given)?);
    Ok(properties.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// The Java tool hangs with a transactional id, because it never begins a transaction.
fn refuse_transactions(given: Given<'_>) -> Result<()> {
    match given.text("transactional.id") {
        Some(_) => Err(Error::Settings(
            "transactional.id cannot be used: each record is sent on its own, and nothing begins or commits a transaction".to_owned(),
        )),
        None => Ok(()),
    }
}

/// `acks`, `retries`, `max.in.flight.requests.per.connection` and `enable.idempotence`: the last gives way to the first two
/// unless it was asked for (`ProducerConfig.postProcessAndValidateIdempotenceConfigs`).
fn guarantees(given: Given<'_>) -> Result<Vec<(&'static str, String)>> {
    const IN_FLIGHT: &str = "max.in.flight.requests.per.connection";
    let acks = given.one_of("acks", "all", &["all", "-1", "0", "1"])?;
    let retries = given.number("retries", i64::from(i32::MAX), 0, i64::from(i32::MAX))?;
    let in_flight = given.number(IN_FLIGHT, 5, 1, i64::from(i32::MAX))?;
    let asked_for = given.text("enable.idempotence").is_some();
    let mut idempotence = given.flag("enable.idempotence", true)?;
    let conflict = if !matches!(acks.as_str(), "all" | "-1") {
        Some("Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.")
    } else if retries == 0 {
        Some("Must set retries to non-zero when using the idempotent producer.")
    } else {
        None
    };
    match conflict {
        Some(sentence) if idempotence && asked_for => return Err(Error::Settings(sentence.to_owned())),
        Some(_) => idempotence = false,
        None => {}
    }
    if idempotence && in_flight > 5 {
        return Err(Error::Settings(format!("Must set {IN_FLIGHT} to at most 5 to use the idempotent producer.")));
    }
    Ok(vec![
        ("acks", acks),
        ("retries", retries.to_string()),
        (IN_FLIGHT, in_flight.min(1_000_000).to_string()),
        ("enable.idempotence", idempotence.to_string()),
    ])
}

fn delivery_timeout(given: Given<'_>) -> Result<Duration> {
    let linger = given.millis("linger.ms", LINGER_MS, 0)?;
    let request = given.millis("request.timeout.ms", 30_000, 0)?;
    let timeout = given.millis("delivery.timeout.ms", 120_000, 0)?;
    if timeout >= linger + request {
        return Ok(timeout);
    }
    if given.text("delivery.timeout.ms").is_some() {
        return Err(Error::Settings("delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms".to_owned()));
    }
    Ok(linger + request)
}

/// The properties as texts, read by Java's types.
#[derive(Clone, Copy)]
struct Given<'a>(&'a ClientSettings);

impl<'a> Given<'a> {
    fn text(self, name: &str) -> Option<&'a str> {
        self.0.properties.get(name).map(|value| value.trim())
    }

    fn number(self, name: &str, default: i64, min: i64, max: i64) -> Result<i64> {
        let Some(text) = self.text(name) else { return Ok(default) };
        let kind = if max == i64::from(i32::MAX) { "INT" } else { "LONG" };
        let number = i64::from_str(text).ok().filter(|number| *number <= max);
        let number = number.ok_or_else(|| invalid(name, text, &format!("Not a number of type {kind}")))?;
        if number < min { Err(invalid(name, text, &format!("Value must be at least {min}"))) } else { Ok(number) }
    }

    fn bytes(self, name: &str, default: usize) -> Result<usize> {
        let default = i64::try_from(default).unwrap_or(i64::MAX);
        let max = if name == "buffer.memory" { i64::MAX } else { i64::from(i32::MAX) };
        Ok(usize::try_from(self.number(name, default, 0, max)?).unwrap_or(usize::MAX))
    }

    fn millis(self, name: &str, default: i64, min: i64) -> Result<Duration> {
        Ok(Duration::from_millis(self.number(name, default, min, i64::MAX)?.unsigned_abs()))
    }

    fn flag(self, name: &str, default: bool) -> Result<bool> {
        match self.text(name) {
            None => Ok(default),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(invalid(name, text, "Expected value to be either true or false")),
        }
    }

    fn one_of(self, name: &str, default: &str, values: &[&str]) -> Result<String> {
        let text = self.text(name).unwrap_or(default);
        if values.contains(&text) {
            return Ok(text.to_owned());
        }
        Err(invalid(name, text, &format!("String must be one of: {}", values.join(", "))))
    }
}

fn invalid(name: &str, value: &str, reason: &str) -> Error {
    Error::Settings(format!("Invalid value {value} for configuration {name}: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::settings::Role;

    fn settings(properties: &[(&str, &str)]) -> ClientSettings {
        let mut settings = ClientSettings::new(Role::Producer, "h:1").unwrap();
        settings.properties = properties.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        settings
    }

    fn told(given: &[(&str, &str)], max_message_bytes: Option<usize>, name: &str) -> String {
        let settings = settings(given);
        let properties = properties(&settings, &Limits::read(&settings).unwrap(), max_message_bytes).unwrap();
        properties.into_iter().find(|(known, _)| known == name).unwrap().1
    }

    fn refusal(given: &[(&str, &str)]) -> String {
        let settings = settings(given);
        let outcome = Limits::read(&settings).and_then(|limits| properties(&settings, &limits, None));
        outcome.unwrap_err().to_string()
    }

    #[test]
    fn idempotence_is_on_and_gives_way_unless_it_was_asked_for() {
        assert_eq!(told(&[], None, "enable.idempotence"), "true");
        assert_eq!(told(&[("acks", "1")], None, "enable.idempotence"), "false");
        assert_eq!(told(&[("retries", "0")], None, "enable.idempotence"), "false");
        let asked = ("enable.idempotence", "true");
        assert!(refusal(&[asked, ("acks", "0")]).starts_with("Must set acks to all"));
        assert!(refusal(&[asked, ("retries", "0")]).starts_with("Must set retries to non-zero"));
        let in_flight = ("max.in.flight.requests.per.connection", "10");
        assert!(refusal(&[in_flight]).ends_with("at most 5 to use the idempotent producer."));
        assert_eq!(told(&[in_flight, ("enable.idempotence", "false")], None, "enable.idempotence"), "false");
    }

    #[test]
    fn a_batch_fits_what_the_topic_takes() {
        assert_eq!(told(&[], None, "batch.size"), "1000000");
        assert_eq!(told(&[], Some(2000), "batch.size"), "2000");
        assert_eq!(told(&[("batch.size", "0")], Some(2000), "batch.size"), "1");
    }

    #[test]
    fn values_are_refused_in_javas_words() {
        assert_eq!(refusal(&[("batch.size", "-1")]), "Invalid value -1 for configuration batch.size: Value must be at least 0");
        assert_eq!(refusal(&[("linger.ms", "soon")]), "Invalid value soon for configuration linger.ms: Not a number of type LONG");
        assert_eq!(
            refusal(&[("compression.type", "GZIP")]),
            "Invalid value GZIP for configuration compression.type: String must be one of: none, gzip, snappy, lz4, zstd"
        );
        assert!(refusal(&[("delivery.timeout.ms", "10")]).starts_with("delivery.timeout.ms should be equal to or larger"));
        assert!(refusal(&[("transactional.id", "x")]).starts_with("transactional.id cannot be used"));
    }

    #[test]
    fn an_unknown_topic_is_waited_for_as_long_as_was_said() {
        let patience = |given: &[(&str, &str)]| Limits::read(&settings(given)).unwrap().topic_patience;
        assert_eq!(patience(&[]), Duration::from_secs(5));
        assert_eq!(patience(&[("max.block.ms", "60000")]), Duration::from_secs(60));
    }
}
