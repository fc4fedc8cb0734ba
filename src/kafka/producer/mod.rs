//! A handle that produces records to one topic, and counts each of them to its acknowledgement.

mod conf;
mod heavy;
mod partitioner;
mod size;
mod standing;
mod topic;
mod trouble;

use std::time::{Duration, Instant, SystemTime};

use conf::Limits;
use heavy::Heavy;
use partitioner::Partitioner;
use standing::Standing;
use topic::TopicConfig;
use trouble::Trouble;

use super::error::{Error, Result};
use super::native::{Happening, NativeError, NativeProducer, RecordBatch, Single, Undelivered, codes};
use super::settings::ClientSettings;
use super::wire::Deadline;

pub use super::native::{Delivered, RecordHeader};

/// How long a full queue is waited for before the library is asked again whether there is room.
const ROOM_PATIENCE: Duration = Duration::from_millis(5);

/// How long one look at the topic may take while records are flowing, and how often it is taken at most.
const REFRESH_PATIENCE: Duration = Duration::from_secs(1);

/// How long the library's own first look at the topic is waited for. It makes the library ready half a second earlier.
const INTRODUCTION: Duration = Duration::from_millis(500);

/// A record to be sent (Java's `ProducerRecord`).
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Record<'a> {
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Vec<RecordHeader<'a>>,
    /// Where it is to go; `None` leaves that to the key, as Java does.
    pub partition: Option<i32>,
    /// Milliseconds since 1970, at least 1; `None` for the present.
    pub timestamp: Option<i64>,
    /// Comes back with the record's fate.
    pub tag: usize,
}

impl Record<'_> {
    /// Whether the library takes it together with others.
    fn is_plain(&self) -> bool {
        self.headers.is_empty() && self.timestamp.is_none()
    }
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
#[derive(Debug, Default)]
pub struct Sent {
    /// How many records were neither taken nor refused. Some after `error`, and when waiting for room was stopped.
    pub left: usize,
    /// The tag of the first of them.
    pub first_left: Option<usize>,
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
    /// When a record has had an answer last, or the first of those has been sent that wait for one.
    moved: Instant,
    counts: Counts,
    /// Whether the fate of each record is kept, and not only of those that failed.
    detailed: bool,
    deliveries: Vec<Delivered>,
    failures: Vec<RecordFailure>,
    heavy: Heavy,
    standing: Standing,
    /// The last thing that went wrong with a connection.
    last_trouble: Option<String>,
    trouble: Trouble,
    fatal: Option<NativeError>,
}

impl Producer {
    /// Looks the topic up, waiting for it as long as `max.block.ms` allows, or until `given_up` is true, and starts a client.
    /// `detailed` tells whether [`deliveries`](Self::deliveries) are wanted.
    ///
    /// # Errors
    /// Settings that cannot be used, no broker that answers, and a topic that is not there or may not be written to.
    pub fn open(settings: &ClientSettings, topic: &str, detailed: bool, given_up: &dyn Fn() -> bool) -> Result<Self> {
        let limits = Limits::read(settings)?;
        let known = topic::look_up(settings, topic, Deadline::after(limits.topic_patience), given_up)?;
        let properties = conf::properties(settings, &limits, known.config);
        let native = NativeProducer::new(&properties, topic).map_err(Error::Settings)?;
        // The first answer may come over the bootstrap connection, which the library then gives up.
        let first = native.look_up(INTRODUCTION);
        let partitions = native.look_up(INTRODUCTION).or(first).unwrap_or(known.partitions);
        Ok(Self {
            native,
            partitioner: Partitioner::new(partitions, limits.ignore_keys, limits.stays()),
            limits,
            topic: topic.to_owned(),
            config: known.config,
            looked_up: Instant::now(),
            moved: Instant::now(),
            counts: Counts::default(),
            detailed,
            deliveries: Vec::new(),
            failures: Vec::new(),
            heavy: Heavy::default(),
            standing: Standing::new(settings.clone()),
            last_trouble: None,
            trouble: Trouble::default(),
            fatal: None,
        })
    }

    /// Hands records over, in their order. A full buffer is waited for, as long as `max.block.ms` without any progress;
    /// `waiting` is called meanwhile, and tells whether to go on waiting.
    pub fn send(&mut self, records: &[Record<'_>], waiting: &mut dyn FnMut(&mut Self) -> bool) -> Sent {
        self.refresh_topic();
        if self.counts.outstanding() == 0 {
            self.moved = Instant::now();
        }
        let mut rest = records;
        while let Some(first) = rest.first() {
            let plain = rest.iter().take_while(|record| record.is_plain()).count();
            let (part, later) = rest.split_at(plain.max(1));
            let mut sent = if plain > 0 { self.send_plain(part, waiting) } else { self.send_single(first, waiting) };
            if sent.left > 0 || sent.error.is_some() {
                sent.left += later.len();
                sent.first_left = sent.first_left.or_else(|| later.first().map(|record| record.tag));
                return sent;
            }
            rest = later;
        }
        Sent::default()
    }

    fn send_plain(&mut self, records: &[Record<'_>], waiting: &mut dyn FnMut(&mut Self) -> bool) -> Sent {
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
                return Sent { error: self.fatal_error(), ..Sent::default() };
            }
            if done > before {
                waiting_since = Instant::now();
            }
            if let Err(error) = self.wait_for_room(waiting_since, waiting) {
                self.counts.sent -= left as u64;
                return Sent { left, first_left: batch.tag(done), error };
            }
        }
    }

    fn send_single(&mut self, record: &Record<'_>, waiting: &mut dyn FnMut(&mut Self) -> bool) -> Sent {
        self.counts.sent += 1;
        let mut waiting_since = Instant::now();
        let Some(partition) = self.admit(record) else { return Sent::default() };
        let Record { key, value, ref headers, timestamp, tag, .. } = *record;
        let weight = heavy::weight(headers);
        loop {
            // The library does not count headers where it limits its memory.
            let before = self.counts.outstanding();
            let room = self.heavy.outstanding(self.counts) + weight <= self.limits.buffer_memory || before == 1;
            let outcome = room.then(|| self.native.produce_single(Single { partition, key, value, headers, timestamp, tag }));
            self.serve(Duration::ZERO);
            match outcome {
                Some(Ok(())) => {
                    self.heavy.note(self.counts.sent, weight);
                    return Sent { error: self.fatal_error(), ..Sent::default() };
                }
                Some(Err(error)) if error.code != codes::QUEUE_FULL => {
                    self.note_failures(vec![Undelivered { tag, error, partition, has_key: key.is_some(), perhaps_stored: false }]);
                    return Sent { error: self.fatal_error(), ..Sent::default() };
                }
                Some(Err(_)) | None => {
                    if let Err(error) = self.wait_for_room(waiting_since, waiting) {
                        self.counts.sent -= 1;
                        return Sent { left: 1, first_left: Some(tag), error };
                    }
                    if self.counts.outstanding() < before {
                        waiting_since = Instant::now();
                    }
                }
            }
        }
    }

    /// The partition of a record; a record that cannot be sent at all fails here, as it does in the Java client.
    fn admit(&mut self, record: &Record<'_>) -> Option<i32> {
        let size = size::upper_bound(record.key, record.value, &record.headers);
        let limits = &self.limits;
        let too_large = |limit: &str| format!("The message is {size} bytes when serialized which is larger than {limit}");
        let reason = if size > limits.max_request_size {
            too_large(&self.max_request_size_words())
        } else if size > limits.buffer_memory {
            too_large("the total memory buffer you have configured with the buffer.memory configuration.")
        } else {
            let partition = record.partition.unwrap_or_else(|| self.partitioner.partition(record.key, size));
            let (topic, count) = (&self.topic, self.partitioner.count());
            if !(0..count).contains(&partition) {
                format!("Partition {partition} of topic {topic} with partition count {count} is not present in metadata.")
            } else if let Some(error) = self.sure_refusal(record, size, partition) {
                self.fail(record.tag, error);
                return None;
            } else {
                return Some(partition);
            }
        };
        self.fail(record.tag, Error::Client(reason));
        None
    }

    fn fail(&mut self, tag: usize, error: Error) {
        self.counts.failed += 1;
        self.failures.push(RecordFailure { tag, error });
    }

    /// What the broker is going to say to a record that it cannot take. Sent all the same, the record would take those of its
    /// batch with it, and cost the idempotent producer a new beginning.
    fn sure_refusal(&self, record: &Record<'_>, upper_bound: usize, partition: i32) -> Option<Error> {
        if self.config.compacted && record.key.is_none() {
            return Some(trouble::keyless(&self.topic, partition));
        }
        if record.timestamp.is_some_and(|timestamp| self.config.timestamps.surely_forbid(timestamp, now())) {
            return Some(trouble::odd_timestamp());
        }
        let limit = self.config.max_message_bytes.filter(|limit| self.limits.uncompressed && upper_bound > *limit)?;
        (size::alone(record.key, record.value, &record.headers) > limit).then(trouble::too_large)
    }

    /// Waits for a moment.
    ///
    /// # Errors
    /// That it is in vain: nothing has moved for `max.block.ms`, or `waiting` says so (no error).
    fn wait_for_room(&mut self, since: Instant, waiting: &mut dyn FnMut(&mut Self) -> bool) -> std::result::Result<(), Option<Error>> {
        if !waiting(self) {
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
        while let Some(happening) = self.native.poll(patience, self.detailed) {
            patience = Duration::ZERO;
            match happening {
                Happening::Delivery { acknowledged, mut delivered, failed } => {
                    self.counts.acknowledged += acknowledged;
                    self.deliveries.append(&mut delivered);
                    if acknowledged > 0 {
                        self.trouble.is_over();
                    }
                    if acknowledged > 0 || !failed.is_empty() {
                        self.moved = Instant::now();
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
        let message = format!("The message of {length} bytes is larger than {}", self.max_request_size_words());
        self.fail(tag, Error::Client(message));
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

    /// The acknowledged records since the last call, if they were asked for.
    pub fn deliveries(&mut self) -> Vec<Delivered> {
        std::mem::take(&mut self.deliveries)
    }

    /// The failures since the last call.
    pub fn failures(&mut self) -> Vec<RecordFailure> {
        std::mem::take(&mut self.failures)
    }

    /// Why no more records can be sent at all, if so.
    pub fn fatal_error(&self) -> Option<Error> {
        self.fatal.as_ref().map(|error| Error::Client(format!("the producer cannot go on: {error}")))
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

/// Milliseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
