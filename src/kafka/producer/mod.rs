//! A handle that produces records to one topic, and counts each of them to its acknowledgement.

mod conf;
mod partitioner;
mod size;
mod topic;

use std::time::{Duration, Instant};

use conf::Limits;
use partitioner::Partitioner;
use topic::TopicConfig;

use super::error::{BrokerError, Error, ErrorCode, Result};
use super::native::{Happening, NativeError, NativeProducer, RecordBatch, Undelivered, codes};
use super::settings::ClientSettings;
use super::wire::Deadline;

pub use super::native::RecordHeader;

/// How long a full queue is waited for before the library is asked again whether there is room.
const ROOM_PATIENCE: Duration = Duration::from_millis(5);

/// How long one look at the topic may take while records are flowing, and how often it is taken at most.
const REFRESH_PATIENCE: Duration = Duration::from_secs(1);

/// How long the library's own first look at the topic is waited for. It makes the library ready half a second earlier.
const INTRODUCTION: Duration = Duration::from_millis(500);

/// What befalls a record whose batch is refused because of another one.
const SAME_BATCH: &str = "It was part of a batch in which the broker rejected another record.";

/// A record to be sent (Java's `ProducerRecord`).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Vec<RecordHeader<'a>>,
    /// Comes back when the record fails.
    pub tag: usize,
}

/// A record that failed.
#[derive(Debug)]
pub struct RecordFailure {
    /// The tag of the [`Record`].
    pub tag: usize,
    pub error: Error,
}

/// What has become of the records so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Handed over.
    pub sent: u64,
    /// Acknowledged as `acks` asks for.
    pub acknowledged: u64,
    /// Refused, by this handle or by a broker, or not acknowledged in time.
    pub failed: u64,
}

impl Counts {
    /// How many records nobody has said anything about yet.
    pub fn outstanding(self) -> u64 {
        self.sent - self.acknowledged - self.failed
    }
}

/// How far [`Producer::send`] got.
#[derive(Debug)]
pub struct Sent {
    /// How many records were taken. Fewer than all after `error`, and when waiting for room was stopped.
    pub taken: usize,
    /// Why no more records can be sent.
    pub error: Option<Error>,
}

/// A producer for one topic.
#[derive(Debug)]
pub struct Producer {
    native: NativeProducer,
    partitioner: Partitioner,
    limits: Limits,
    topic: String,
    config: TopicConfig,
    looked_up: Instant,
    counts: Counts,
    failures: Vec<RecordFailure>,
    /// The last thing that went wrong with a connection.
    last_trouble: Option<String>,
    trouble: Trouble,
    fatal: Option<NativeError>,
}

impl Producer {
    /// Looks the topic up, waiting for it as long as `max.block.ms` allows, and starts a client.
    ///
    /// # Errors
    /// Settings that cannot be used, no broker that answers, and a topic that is not there or may not be written to.
    pub fn open(settings: &ClientSettings, topic: &str) -> Result<Self> {
        let limits = Limits::read(settings)?;
        let known = topic::look_up(settings, topic, Deadline::after(limits.topic_patience))?;
        let properties = conf::properties(settings, &limits, known.config);
        let native = NativeProducer::new(&properties, topic).map_err(Error::Settings)?;
        // The first answer may come over the bootstrap connection, which the library then gives up.
        let first = native.look_up(INTRODUCTION);
        let partitions = native.look_up(INTRODUCTION).or(first).unwrap_or(known.partitions);
        Ok(Self {
            native,
            partitioner: Partitioner::new(partitions, limits.ignore_keys, limits.sticky_bytes()),
            limits,
            topic: topic.to_owned(),
            config: known.config,
            looked_up: Instant::now(),
            counts: Counts::default(),
            failures: Vec::new(),
            last_trouble: None,
            trouble: Trouble::default(),
            fatal: None,
        })
    }

    /// Hands records over, in their order. A full buffer is waited for, as long as `max.block.ms` without any progress;
    /// `stop` is asked meanwhile whether to give up waiting.
    pub fn send(&mut self, records: &[Record<'_>], stop: &dyn Fn() -> bool) -> Sent {
        self.refresh_topic();
        let mut taken = 0;
        while taken < records.len() {
            let rest = &records[taken..];
            let plain = rest.iter().take_while(|record| record.headers.is_empty()).count();
            let part = if plain > 0 { self.send_plain(&rest[..plain], stop) } else { self.send_with_headers(&rest[0], stop) };
            taken += part.taken;
            if part.error.is_some() || part.taken < plain.max(1) {
                return Sent { taken, error: part.error };
            }
        }
        Sent { taken, error: None }
    }

    fn send_plain(&mut self, records: &[Record<'_>], stop: &dyn Fn() -> bool) -> Sent {
        let mut batch = RecordBatch::with_capacity(records.len());
        for record in records {
            if let Some(partition) = self.admit(record) {
                batch.push(partition, record.key, record.value, record.tag);
            }
        }
        self.counts.sent += records.len() as u64;
        let (mut done, mut waiting_since) = (0, Instant::now());
        loop {
            let before = done;
            let mut refused = Vec::new();
            done = self.native.produce(&mut batch, done, |undelivered| refused.push(undelivered));
            self.note_failures(refused);
            self.serve(Duration::ZERO);
            let left = batch.len() - done;
            if left == 0 {
                return Sent { taken: records.len(), error: self.fatal_error() };
            }
            if done > before {
                waiting_since = Instant::now();
            }
            if let Err(error) = self.wait_for_room(waiting_since, stop) {
                self.counts.sent -= left as u64;
                return Sent { taken: records.len() - left, error };
            }
        }
    }

    fn send_with_headers(&mut self, record: &Record<'_>, stop: &dyn Fn() -> bool) -> Sent {
        self.counts.sent += 1;
        let waiting_since = Instant::now();
        let Some(partition) = self.admit(record) else { return Sent { taken: 1, error: None } };
        loop {
            let outcome = self.native.produce_with_headers(partition, record.key, record.value, &record.headers, record.tag);
            self.serve(Duration::ZERO);
            match outcome {
                Err(error) if error.code == codes::QUEUE_FULL => {
                    if let Err(error) = self.wait_for_room(waiting_since, stop) {
                        self.counts.sent -= 1;
                        return Sent { taken: 0, error };
                    }
                }
                Err(error) => {
                    self.note_failures(vec![Undelivered { tag: record.tag, error, partition, has_key: record.key.is_some() }]);
                    return Sent { taken: 1, error: self.fatal_error() };
                }
                Ok(()) => return Sent { taken: 1, error: self.fatal_error() },
            }
        }
    }

    /// The partition of a record; a record that is too large fails here, as it does in the Java client.
    fn admit(&mut self, record: &Record<'_>) -> Option<i32> {
        let size = size::upper_bound(record.key, record.value, &record.headers);
        let limits = &self.limits;
        let reason = if size > limits.max_request_size {
            self.max_request_size_words()
        } else if size > limits.buffer_memory {
            "the total memory buffer you have configured with the buffer.memory configuration.".to_owned()
        } else {
            return Some(self.partitioner.partition(record.key, size));
        };
        let message = format!("The message is {size} bytes when serialized which is larger than {reason}");
        self.counts.failed += 1;
        self.failures.push(RecordFailure { tag: record.tag, error: Error::Client(message) });
        None
    }

    /// Waits for a moment.
    ///
    /// # Errors
    /// That it is in vain: nothing has moved for `max.block.ms`, or `stop` says so (no error).
    fn wait_for_room(&mut self, since: Instant, stop: &dyn Fn() -> bool) -> std::result::Result<(), Option<Error>> {
        if stop() {
            return Err(None);
        }
        if since.elapsed() >= self.limits.max_block {
            let request = "room in the buffer (buffer.memory)".to_owned();
            return Err(Some(Error::Timeout { request, after: self.limits.max_block, last: self.last_trouble.clone() }));
        }
        self.serve(ROOM_PATIENCE);
        Ok(())
    }

    /// Looks after what has happened, waiting for the first event no longer than `patience`.
    pub fn serve(&mut self, patience: Duration) {
        let mut patience = patience;
        while let Some(happening) = self.native.poll(patience) {
            patience = Duration::ZERO;
            match happening {
                Happening::Delivery { acknowledged, failed } => {
                    self.counts.acknowledged += acknowledged;
                    if acknowledged > 0 {
                        self.trouble.is_over();
                    }
                    self.note_failures(failed);
                }
                Happening::Trouble(error) => self.note_trouble(&error),
            }
        }
    }

    /// Begins to send what lingers, in a thread of its own that ends when every report has been taken (by
    /// [`serve`](Self::serve)), or after `patience`.
    ///
    /// # Errors
    /// The system gives no thread: what lingers is sent when `linger.ms` is over.
    pub fn start_flush(&self, patience: Duration) -> std::io::Result<()> {
        let flusher = self.native.flusher();
        std::thread::Builder::new().name("flush".to_owned()).spawn(move || flusher.flush(patience))?;
        Ok(())
    }

    /// Counts a record of `length` bytes or more as failed that nobody has kept, because it is larger than a record may be.
    pub fn refuse_too_long(&mut self, tag: usize, length: u64) {
        self.counts.sent += 1;
        self.counts.failed += 1;
        let message = format!("The message of {length} bytes is larger than {}", self.max_request_size_words());
        self.failures.push(RecordFailure { tag, error: Error::Client(message) });
    }

    /// `max.request.size`, in bytes.
    pub fn max_request_size(&self) -> usize {
        self.limits.max_request_size
    }

    /// `delivery.timeout.ms`.
    pub fn delivery_timeout(&self) -> Duration {
        self.limits.delivery_timeout
    }

    fn max_request_size_words(&self) -> String {
        format!("{}, which is the value of the max.request.size configuration.", self.limits.max_request_size)
    }

    /// What has become of the records so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The failures since the last call.
    pub fn failures(&mut self) -> Vec<RecordFailure> {
        std::mem::take(&mut self.failures)
    }

    /// Why nothing moves, if that has not been told yet and something waits.
    pub fn trouble(&mut self) -> Option<String> {
        if self.counts.outstanding() > 0 { self.trouble.tell() } else { None }
    }

    /// Why no more records can be sent at all, if so.
    pub fn fatal_error(&self) -> Option<Error> {
        self.fatal.as_ref().map(|error| Error::Client(format!("the producer cannot go on: {error}")))
    }

    fn note_failures(&mut self, failed: Vec<Undelivered>) {
        self.counts.failed += failed.len() as u64;
        if failed.iter().any(|undelivered| undelivered.error.code == codes::FATAL) {
            self.fatal = self.native.fatal_error();
        }
        for undelivered in failed {
            self.failures.push(RecordFailure { tag: undelivered.tag, error: self.reason(undelivered) });
        }
    }

    /// Why a record was not acknowledged: Java's sentence for the broker's code, or what the library says.
    fn reason(&self, undelivered: Undelivered) -> Error {
        let Undelivered { error, partition, has_key, .. } = undelivered;
        match (error.code, i16::try_from(error.code)) {
            (1.., Ok(code)) => {
                let code = ErrorCode(code);
                let message = match (code, self.config.compacted, has_key) {
                    // The broker refuses the whole batch. Its own words would tell which records are to blame.
                    (ErrorCode::INVALID_RECORD, true, false) => {
                        format!("Compacted topic cannot accept message without key in topic partition {}-{partition}.", self.topic)
                    }
                    (ErrorCode::INVALID_RECORD, true, true) => SAME_BATCH.to_owned(),
                    _ => code.message(),
                };
                BrokerError { code, message: Some(format!("{message} ({})", code.name())) }.into()
            }
            (codes::MSG_TIMED_OUT, _) => Error::Timeout {
                request: "its acknowledgement (delivery.timeout.ms)".to_owned(),
                after: self.limits.delivery_timeout,
                last: self.last_trouble.clone(),
            },
            (codes::INVALID_DIFFERENT_RECORD, _) => Error::Client(SAME_BATCH.to_owned()),
            _ => Error::Client(error.text),
        }
    }

    fn note_trouble(&mut self, error: &NativeError) {
        match error.code {
            codes::FATAL => self.fatal = self.native.fatal_error(),
            codes::ALL_BROKERS_DOWN => {
                let reason = self.last_trouble.clone().unwrap_or_else(|| "the brokers do not answer".to_owned());
                self.trouble.note(reason);
            }
            code => {
                let text = in_few_words(&error.text);
                if matches!(code, codes::AUTHENTICATION | codes::SSL) {
                    self.trouble.note(text.clone());
                }
                self.last_trouble = Some(text);
            }
        }
    }

    /// Learns of new partitions and lost leaders as often as the Java client does. It does not matter if that fails. The
    /// library is asked, and not a broker: it refuses records for partitions that it has not heard of itself.
    fn refresh_topic(&mut self) {
        if self.looked_up.elapsed() < self.limits.metadata_max_age.max(REFRESH_PATIENCE) {
            return;
        }
        if let Some(partitions) = self.native.look_up(REFRESH_PATIENCE) {
            self.partitioner.update(partitions);
        }
        self.looked_up = Instant::now();
    }
}

/// A trouble with the brokers, told once for as long as it lasts.
#[derive(Debug, Default)]
struct Trouble {
    untold: Option<String>,
    lasting: bool,
}

impl Trouble {
    fn note(&mut self, reason: String) {
        if !self.lasting {
            self.untold = Some(reason);
        }
    }

    fn tell(&mut self) -> Option<String> {
        self.lasting |= self.untold.is_some();
        self.untold.take()
    }

    /// Something was acknowledged.
    fn is_over(&mut self) {
        *self = Self::default();
    }
}

/// The library's `HOST:PORT/ID: Connect to ADDRESS failed: REASON (after ...)` as `HOST:PORT: REASON`.
fn in_few_words(text: &str) -> String {
    let text = text.split(" (after ").next().unwrap_or(text);
    let Some((broker, reason)) = text.split_once(": ") else { return text.to_owned() };
    let address = broker.rsplit_once('/').map_or(broker, |(address, _)| address);
    let reason = reason.split_once(" failed: ").filter(|(what, _)| what.starts_with("Connect to ")).map_or(reason, |(_, why)| why);
    format!("{address}: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_trouble_is_told_once() {
        let mut trouble = Trouble::default();
        assert_eq!(trouble.tell(), None);
        trouble.note("a".to_owned());
        assert_eq!(trouble.tell().as_deref(), Some("a"));
        trouble.note("b".to_owned());
        assert_eq!(trouble.tell(), None);
        trouble.is_over();
        trouble.note("c".to_owned());
        assert_eq!(trouble.tell().as_deref(), Some("c"));
    }

    #[test]
    fn the_librarys_sentences_become_short() {
        let long = "h:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)";
        assert_eq!(in_few_words(long), "h:9092: Connection refused");
        assert_eq!(in_few_words("h:9092/1: Disconnected (after 5ms in state UP)"), "h:9092: Disconnected");
        assert_eq!(in_few_words("odd"), "odd");
    }
}
