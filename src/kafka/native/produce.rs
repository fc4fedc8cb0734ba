//! The native side of the producer: batches go in by `rd_kafka_produce_batch`, delivery reports come back as events.

use std::ffi::{c_char, c_void};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings as sys;

use super::client::{Client, Conf, NativeError, Queue, millis, taken};
use super::codes;
use super::message::Message;
use super::raw::{RawMessage, rd_kafka_header_add};
use super::topic::{Topic, TopicMetadata};

/// How many delivery reports are taken out of an event at a time.
const REPORTS: usize = 256;

/// A client that produces to one topic.
#[derive(Debug)]
pub(in crate::kafka) struct NativeProducer {
    topic: Topic,
    queue: Queue,
    // As the consumer's: it is left to the system, because one of the threads that its end waits for may be looking up a
    // host's name for as long as that takes.
    client: Arc<ManuallyDrop<Client>>,
}

/// The partitions that a topic has in the eyes of the library, which refuses records for any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct Partitions {
    /// How many there are, at least 1.
    pub count: i32,
    /// Those with a leader, in ascending order.
    pub available: Vec<i32>,
}

/// What has happened since it was last asked.
#[derive(Debug)]
pub(in crate::kafka) enum Happening {
    /// The fate of records: how many were acknowledged (and where, if that was asked for), and which were not.
    Delivery { acknowledged: u64, delivered: Vec<Delivered>, failed: Vec<Undelivered> },
    /// A problem of the connection to a broker, or of the client as a whole.
    Trouble(NativeError),
}

/// A record that was acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// The record's own.
    pub tag: usize,
    pub partition: i32,
    /// `None` if the broker was not to say it (`acks=0`).
    pub offset: Option<i64>,
    /// Milliseconds since 1970, as the broker has it.
    pub timestamp: Option<i64>,
}

/// A record that was not acknowledged.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::kafka) struct Undelivered {
    /// What [`RecordBatch::push`] was given.
    pub tag: usize,
    pub error: NativeError,
    pub partition: i32,
    pub has_key: bool,
    /// Whether it may be in the topic all the same: it was sent, and nobody knows what has become of it.
    pub perhaps_stored: bool,
}

/// A header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHeader<'a> {
    pub key: &'a [u8],
    pub value: Option<&'a [u8]>,
}

/// A record that goes in by itself: one with headers, or with a timestamp of its own.
#[derive(Clone, Copy, Debug)]
pub(in crate::kafka) struct Single<'a> {
    pub partition: i32,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: &'a [RecordHeader<'a>],
    /// Milliseconds since 1970, at least 1: the library takes 0 for the present.
    pub timestamp: Option<i64>,
    /// Comes back with the record's report.
    pub tag: usize,
}

impl NativeProducer {
    /// Starts a client with these properties for this topic.
    ///
    /// # Errors
    /// The library's words for a property that it does not take.
    pub fn new(properties: &[(String, String)], topic: &str) -> Result<Self, String> {
        let mut conf = Conf::new(sys::RD_KAFKA_EVENT_DR | sys::RD_KAFKA_EVENT_ERROR);
        for (name, value) in properties {
            conf.set(name, value)?;
        }
        let client = Client::new(sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, conf)?;
        let topic = Topic::new(&client, topic).map_err(|error| error.text)?;
        Ok(Self { topic, queue: client.main_queue(), client: Arc::new(ManuallyDrop::new(client)) })
    }

    /// Lets the library look at the topic, no longer than `patience`, and tells what it knows afterwards.
    ///
    /// Its idempotent producer asks for an id when it gets metadata from a broker, and otherwise tries every half second.
    pub fn look_up(&self, patience: Duration) -> Option<Partitions> {
        self.client.metadata(Some(&self.topic), patience).ok()?.first().and_then(partitions)
    }

    /// Hands records over, from index `from` on. The library copies them.
    ///
    /// The result is the index of the first record for which there was no room; all before it are either taken, or were
    /// given to `refused`.
    pub fn produce(&self, batch: &mut RecordBatch<'_>, from: usize, mut refused: impl FnMut(Undelivered)) -> usize {
        let messages = &mut batch.messages[from..];
        let count = i32::try_from(messages.len()).unwrap_or(i32::MAX);
        let flags = sys::RD_KAFKA_MSG_F_COPY | sys::RD_KAFKA_MSG_F_PARTITION;
        // SAFETY: topic and messages are valid for the call; keys and values live as long as the batch, and are copied.
        let taken = unsafe { sys::rd_kafka_produce_batch(self.topic.as_ptr(), 0, flags, messages.as_mut_ptr().cast(), count) };
        if taken == count {
            return batch.messages.len();
        }
        for (index, message) in messages.iter().enumerate() {
            match message.code {
                0 => {}
                codes::QUEUE_FULL => return from + index,
                _ => refused(undelivered(message, false)),
            }
        }
        batch.messages.len()
    }

    /// Hands one record over. The library copies it.
    ///
    /// # Errors
    /// [`codes::QUEUE_FULL`], or what else the library has against the record.
    pub fn produce_single(&self, record: Single<'_>) -> Result<(), NativeError> {
        use sys::rd_kafka_vtype_t as kind;
        type Value = sys::rd_kafka_vu_s__bindgen_ty_1;
        let headers = Headers::new(record.headers)?;
        let bytes = |bytes: Option<&[u8]>| Value {
            mem: sys::rd_kafka_vu_s__bindgen_ty_1__bindgen_ty_1 { ptr: pointer(bytes), size: bytes.map_or(0, <[u8]>::len) },
        };
        let arguments = [
            (kind::RD_KAFKA_VTYPE_RKT, Value { rkt: self.topic.as_ptr() }),
            (kind::RD_KAFKA_VTYPE_PARTITION, Value { i32_: record.partition }),
            (kind::RD_KAFKA_VTYPE_MSGFLAGS, Value { i: sys::RD_KAFKA_MSG_F_COPY }),
            (kind::RD_KAFKA_VTYPE_TIMESTAMP, Value { i64_: record.timestamp.unwrap_or(0) }),
            (kind::RD_KAFKA_VTYPE_KEY, bytes(record.key)),
            (kind::RD_KAFKA_VTYPE_VALUE, bytes(record.value)),
            (kind::RD_KAFKA_VTYPE_HEADERS, Value { headers: headers.0.as_ptr() }),
            (kind::RD_KAFKA_VTYPE_OPAQUE, Value { ptr: record.tag as *mut c_void }),
        ]
        .map(|(vtype, u)| sys::rd_kafka_vu_t { vtype, u });
        // SAFETY: client, topic, headers and bytes are valid for the call; key and value are copied.
        let error = unsafe { sys::rd_kafka_produceva(self.client.as_ptr(), arguments.as_ptr(), arguments.len()) };
        taken(error)?;
        // The record owns its headers now.
        std::mem::forget(headers);
        Ok(())
    }

    /// What has happened, waiting for it no longer than `patience`; where acknowledged records went only if `detailed`.
    pub fn poll(&self, patience: Duration, detailed: bool) -> Option<Happening> {
        let event = self.queue.poll(patience)?;
        let (mut acknowledged, mut delivered, mut failed) = (0, Vec::new(), Vec::new());
        if event.kind() != sys::RD_KAFKA_EVENT_DR {
            return Some(event.error().map_or(Happening::Delivery { acknowledged, delivered, failed }, Happening::Trouble));
        }
        let mut messages: [*const sys::rd_kafka_message_t; REPORTS] = [ptr::null(); REPORTS];
        loop {
            // SAFETY: the event is valid, and the array is as long as said.
            let count = unsafe { sys::rd_kafka_event_message_array(event.as_ptr(), messages.as_mut_ptr(), REPORTS) };
            if count == 0 {
                return Some(Happening::Delivery { acknowledged, delivered, failed });
            }
            for message in messages[..count].iter().filter_map(|message| NonNull::new(message.cast_mut().cast::<RawMessage>())) {
                // SAFETY: the event owns the message, and lives until the end of this function.
                let raw = unsafe { message.as_ref() };
                if raw.code != 0 {
                    // SAFETY: the message is one of the library's, and valid as above.
                    let status = unsafe { sys::rd_kafka_message_status(message.as_ptr().cast()) };
                    failed.push(undelivered(raw, status != sys::rd_kafka_msg_status_t::RD_KAFKA_MSG_STATUS_NOT_PERSISTED));
                    continue;
                }
                acknowledged += 1;
                if detailed {
                    let timestamp = Message { raw: message, batch: PhantomData }.timestamp();
                    delivered.push(Delivered {
                        tag: raw.private as usize,
                        partition: raw.partition,
                        offset: Some(raw.offset).filter(|offset| *offset >= 0),
                        timestamp: timestamp.map(|(millis, _)| millis),
                    });
                }
            }
        }
    }

    /// What another thread needs to flush.
    pub fn flusher(&self) -> Flusher {
        Flusher { client: Arc::clone(&self.client) }
    }

    /// Why the client cannot go on at all, if so.
    pub fn fatal_error(&self) -> Option<NativeError> {
        self.client.fatal_error()
    }
}

/// Sends what lingers.
#[derive(Debug)]
pub(in crate::kafka) struct Flusher {
    client: Arc<ManuallyDrop<Client>>,
}

impl Flusher {
    /// Sends what lingers, and waits until all reports have been taken by [`NativeProducer::poll`], or `patience` is over.
    pub fn flush(&self, patience: Duration) {
        // SAFETY: the handle is valid. What the call returns, the delivery reports tell as well.
        let _ = unsafe { sys::rd_kafka_flush(self.client.as_ptr(), millis(patience)) };
    }
}

/// Records on their way to [`NativeProducer::produce`].
pub(in crate::kafka) struct RecordBatch<'a> {
    messages: Vec<RawMessage>,
    borrowed: PhantomData<&'a [u8]>,
}

impl<'a> RecordBatch<'a> {
    /// Room for `capacity` records without growing.
    pub fn with_capacity(capacity: usize) -> Self {
        Self { messages: Vec::with_capacity(capacity), borrowed: PhantomData }
    }

    /// Adds a record; `tag` comes back with its report.
    pub fn push(&mut self, partition: i32, key: Option<&'a [u8]>, value: Option<&'a [u8]>, tag: usize) {
        self.messages.push(RawMessage {
            code: 0,
            topic: ptr::null_mut(),
            partition,
            value: pointer(value).cast(),
            value_length: value.map_or(0, <[u8]>::len),
            key: pointer(key).cast(),
            key_length: key.map_or(0, <[u8]>::len),
            offset: 0,
            private: tag as *mut c_void,
        });
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// The tag of the record at `index`.
    pub fn tag(&self, index: usize) -> Option<usize> {
        self.messages.get(index).map(|message| message.private as usize)
    }
}

/// The address of bytes for a call that only reads them; null stands for null, also when bytes are empty they are not null.
fn pointer(bytes: Option<&[u8]>) -> *mut c_void {
    bytes.map_or(ptr::null_mut(), |bytes| bytes.as_ptr().cast_mut().cast())
}

/// What the library knows of a topic's partitions; `None` if that is not enough to produce to it.
fn partitions(topic: &TopicMetadata) -> Option<Partitions> {
    let count = i32::try_from(topic.partitions.len()).ok().filter(|count| topic.code == 0 && *count > 0)?;
    let mut available = topic.partitions.clone();
    available.retain(|partition| !topic.leaderless.contains(partition));
    available.sort_unstable();
    Some(Partitions { count, available })
}

/// What the report says of a record.
///
/// The broker's own words are not asked for: `rd_kafka_message_produce_errstr` of librdkafka 2.12 points into the broker's
/// answer, which has been freed before the report arrives.
fn undelivered(message: &RawMessage, perhaps_stored: bool) -> Undelivered {
    Undelivered {
        tag: message.private as usize,
        error: NativeError::new(message.code, None),
        partition: message.partition,
        has_key: !message.key.is_null(),
        perhaps_stored,
    }
}

/// Headers that no record owns yet.
struct Headers(NonNull<sys::rd_kafka_headers_t>);

impl Headers {
    fn new(headers: &[RecordHeader<'_>]) -> Result<Self, NativeError> {
        // SAFETY: no pointers go in; the result is owned here.
        let list = unsafe { sys::rd_kafka_headers_new(headers.len()) };
        let list = Self(NonNull::new(list).unwrap_or_else(|| unreachable!("rd_kafka_headers_new never returns null")));
        for header in headers {
            let (name, value) = (header.key.as_ptr().cast::<c_char>(), pointer(header.value));
            let (name_size, value_size) = (header.key.len().cast_signed(), header.value.map_or(0, <[u8]>::len).cast_signed());
            // SAFETY: the bytes are valid for the call, as long as said, and are copied.
            let code = unsafe { rd_kafka_header_add(list.0.as_ptr(), name, name_size, value, value_size) };
            if code != 0 {
                return Err(NativeError::new(code, None));
            }
        }
        Ok(list)
    }
}

impl Drop for Headers {
    fn drop(&mut self) {
        // SAFETY: `produce_single` forgets headers that a record has taken, so these are still ours.
        unsafe { sys::rd_kafka_headers_destroy(self.0.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn producer(extra: &[(&str, &str)]) -> NativeProducer {
        // Nobody listens on port 1, so every record waits until its time is over.
        let properties = [("bootstrap.servers", "127.0.0.1:1")].iter().chain(extra);
        let properties: Vec<(String, String)> = properties.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        NativeProducer::new(&properties, "t").unwrap()
    }

    fn single<'a>(headers: &'a [RecordHeader<'a>]) -> Single<'a> {
        Single { partition: 0, key: Some(b"k"), value: None, headers, timestamp: Some(5), tag: 9 }
    }

    #[test]
    fn a_full_queue_stops_the_batch_where_it_became_full() {
        let producer = producer(&[("queue.buffering.max.messages", "2")]);
        let mut batch = RecordBatch::with_capacity(4);
        for tag in 0..4 {
            batch.push(0, None, Some(b"x"), tag);
        }
        let refused = |undelivered| panic!("refused: {undelivered:?}");
        assert_eq!(producer.produce(&mut batch, 0, refused), 2);
        assert_eq!(producer.produce(&mut batch, 2, refused), 2);
        let full = producer.produce_single(single(&[RecordHeader { key: b"h", value: None }])).unwrap_err();
        assert_eq!(full.code, codes::QUEUE_FULL);
    }

    #[test]
    fn what_is_too_large_is_refused_alone_and_the_rest_is_taken() {
        let producer = producer(&[("message.max.bytes", "1000")]);
        let large = [b'x'; 2000];
        let mut batch = RecordBatch::with_capacity(3);
        batch.push(0, None, Some(b"small"), 1);
        batch.push(0, None, Some(&large), 2);
        batch.push(0, Some(b""), None, 3);
        let mut refused = Vec::new();
        assert_eq!(
            producer.produce(&mut batch, 0, |undelivered| refused.push((undelivered.tag, undelivered.error.code, undelivered.has_key))),
            3
        );
        assert_eq!(refused, [(2, 10, false)]);
    }

    #[test]
    fn every_record_gets_a_report_with_its_tag() {
        let producer = producer(&[("message.timeout.ms", "1"), ("linger.ms", "0")]);
        let mut batch = RecordBatch::with_capacity(2);
        batch.push(0, None, Some(b"a"), 7);
        batch.push(0, None, Some(b"b"), 8);
        assert_eq!(producer.produce(&mut batch, 0, |_| ()), 2);
        producer.produce_single(single(&[RecordHeader { key: b"h\xff", value: Some(b"") }])).unwrap();
        let mut tags = Vec::new();
        while tags.len() < 3 {
            let happening = producer.poll(Duration::from_secs(20), true).expect("records expire and are reported");
            if let Happening::Delivery { acknowledged, delivered, failed } = happening {
                assert_eq!((acknowledged, delivered), (0, vec![]));
                tags.extend(failed.into_iter().map(|undelivered| undelivered.tag));
            }
        }
        tags.sort_unstable();
        assert_eq!(tags, [7, 8, 9]);
    }
}
