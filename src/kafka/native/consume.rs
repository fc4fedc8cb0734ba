//! The native side of the consumer.
//!
//! Messages stay in the library's memory: a [`Batch`] lends them out one by one, and gives them back together.

use std::collections::HashMap;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::time::{Duration, Instant};

use rdkafka::bindings as sys;

use super::client::{Client, Conf, NativeError, Queue, millis, owned_text};

/// `rd_kafka_message_t` with its error as a number: the declared enum must not hold a code that it does not know.
#[repr(C)]
struct RawMessage {
    code: i32,
    topic: *mut sys::rd_kafka_topic_t,
    partition: i32,
    value: *const u8,
    value_length: usize,
    key: *const u8,
    key_length: usize,
    offset: i64,
    private: *mut c_void,
}

/// `rd_kafka_topic_partition_t`, likewise.
#[repr(C)]
struct RawPartition {
    topic: *mut c_char,
    partition: i32,
    offset: i64,
    metadata: *mut c_void,
    metadata_size: usize,
    opaque: *mut c_void,
    code: i32,
    private: *mut c_void,
}

/// `rd_kafka_metadata_topic_t`, likewise.
#[repr(C)]
struct RawTopic {
    name: *mut c_char,
    partition_count: c_int,
    partitions: *const RawTopicPartition,
    code: i32,
}

/// `rd_kafka_metadata_partition_t`, likewise.
#[repr(C)]
struct RawTopicPartition {
    id: i32,
    code: i32,
    leader: i32,
    replica_count: c_int,
    replicas: *mut i32,
    isr_count: c_int,
    isrs: *mut i32,
}

/// What tells partitions apart within one batch, cheaper than names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct PartitionKey(usize, i32);

/// A message that a batch lends out.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    raw: NonNull<RawMessage>,
    batch: PhantomData<&'a ()>,
}

impl<'a> Message<'a> {
    fn raw(self) -> &'a RawMessage {
        // SAFETY: the batch keeps the message as long as `'a`, and every field can hold any value.
        unsafe { self.raw.as_ref() }
    }

    fn handle(self) -> *const sys::rd_kafka_message_t {
        self.raw.as_ptr().cast()
    }

    pub fn partition(self) -> i32 {
        self.raw().partition
    }

    pub fn offset(self) -> i64 {
        self.raw().offset
    }

    /// The key's bytes; `None` for a null key.
    pub fn key(self) -> Option<&'a [u8]> {
        // SAFETY: the library gives pointer and length together; they are valid as long as the message.
        unsafe { borrowed(self.raw().key, self.raw().key_length) }
    }

    /// The value's bytes; `None` for a null value.
    pub fn value(self) -> Option<&'a [u8]> {
        // SAFETY: the library gives pointer and length together; they are valid as long as the message.
        unsafe { borrowed(self.raw().value, self.raw().value_length) }
    }

    /// The topic's name.
    pub fn topic(self) -> String {
        if self.raw().topic.is_null() {
            return String::new();
        }
        // SAFETY: the topic is valid as long as the message.
        let name = unsafe { sys::rd_kafka_topic_name(self.raw().topic) };
        // SAFETY: the name lives as long as the topic.
        unsafe { owned_text(name) }.unwrap_or_default()
    }

    /// Which partition this is, for comparison with other messages of the same batch.
    pub(in crate::kafka) fn partition_key(self) -> PartitionKey {
        PartitionKey(self.raw().topic.addr(), self.raw().partition)
    }

    /// Milliseconds since 1970, and whether the broker set them when it appended the record; `None` if the record has none.
    pub fn timestamp(self) -> Option<(i64, bool)> {
        let mut kind: c_int = 0;
        // SAFETY: the message is valid, and `kind` has the size of the C enum.
        let millis = unsafe { sys::rd_kafka_message_timestamp(self.handle(), (&raw mut kind).cast()) };
        match kind {
            1 => Some((millis, false)),
            2 => Some((millis, true)),
            _ => None,
        }
    }

    /// The leader epoch of the record's batch, or -1.
    pub(in crate::kafka) fn leader_epoch(self) -> i32 {
        // SAFETY: the message is valid.
        unsafe { sys::rd_kafka_message_leader_epoch(self.handle()) }
    }

    /// The headers in their order; a name that is not UTF-8 has its bad bytes replaced.
    pub fn headers(self) -> Vec<(String, Option<&'a [u8]>)> {
        let mut list = ptr::null_mut();
        // SAFETY: the message is valid; the headers stay the message's.
        let found = unsafe { sys::rd_kafka_message_headers(self.handle(), &raw mut list) };
        if found != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Vec::new();
        }
        let mut headers = Vec::new();
        loop {
            let (mut name, mut value, mut length) = (ptr::null(), ptr::null(), 0);
            // SAFETY: the list is valid, and so are the places for the results.
            let found = unsafe { sys::rd_kafka_header_get_all(list, headers.len(), &raw mut name, &raw mut value, &raw mut length) };
            if found != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
                return headers;
            }
            // SAFETY: the name lives as long as the message.
            let name = unsafe { owned_text(name) }.unwrap_or_default();
            // SAFETY: the library gives pointer and length together; they are valid as long as the message.
            headers.push((name, unsafe { borrowed(value.cast(), length) }));
        }
    }

    fn error(self) -> Option<NativeError> {
        if self.raw().code == 0 {
            return None;
        }
        // SAFETY: the message is valid.
        let text = unsafe { sys::rd_kafka_message_errstr(self.handle()) };
        // SAFETY: the text lives as long as the message.
        Some(NativeError::new(self.raw().code, unsafe { owned_text(text) }))
    }
}

/// Bytes that the library holds; `None` where it has no pointer.
///
/// # Safety
/// A pointer that is not null is valid for `length` bytes during `'a`.
unsafe fn borrowed<'a>(bytes: *const u8, length: usize) -> Option<&'a [u8]> {
    if bytes.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { std::slice::from_raw_parts(bytes, length) })
}

/// An error that came in the stream of messages.
#[derive(Clone, Debug)]
pub(in crate::kafka) struct StreamError {
    pub error: NativeError,
    pub topic: String,
    pub partition: i32,
    /// For the end of a partition, the offset that the next record will have.
    pub offset: i64,
}

/// Messages that have been taken from a consumer.
pub struct Batch {
    consumer: Rc<NativeConsumer>,
    messages: Vec<*mut sys::rd_kafka_message_t>,
}

impl Batch {
    /// The messages, in the order in which they came.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_>> {
        self.messages.iter().map(|message| lent(*message))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Gives the messages back to the library.
    pub fn clear(&mut self) {
        for message in self.messages.drain(..) {
            give_back(message);
        }
    }

    /// Takes the next messages: those that are there, or the first one that comes before `patience` is over. What is in
    /// the stream beside messages is returned.
    pub(in crate::kafka) fn fill(&mut self, limit: usize, patience: Duration) -> Vec<StreamError> {
        self.clear();
        // The library waits until it has as many messages as it was asked for: so it is asked for one.
        let limit = if patience.is_zero() { limit } else { 1 };
        self.messages.resize(limit, ptr::null_mut());
        let queue = self.consumer.messages.as_ptr();
        // SAFETY: the queue is valid, and there is room for `limit` pointers.
        let count = unsafe { sys::rd_kafka_consume_batch_queue(queue, millis(patience), self.messages.as_mut_ptr(), limit) };
        self.messages.truncate(usize::try_from(count).unwrap_or(0));
        let mut errors = Vec::new();
        self.messages.retain(|message| match lent(*message).stream_error() {
            Some(error) => {
                errors.push(error);
                give_back(*message);
                false
            }
            None => true,
        });
        errors
    }
}

impl Message<'_> {
    fn stream_error(self) -> Option<StreamError> {
        let error = self.error()?;
        Some(StreamError { error, topic: self.topic(), partition: self.partition(), offset: self.offset() })
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.clear();
    }
}

fn lent<'a>(message: *mut sys::rd_kafka_message_t) -> Message<'a> {
    let raw = NonNull::new(message.cast()).unwrap_or_else(|| unreachable!("the library counted this message"));
    Message { raw, batch: PhantomData }
}

fn give_back(message: *mut sys::rd_kafka_message_t) {
    // SAFETY: the message came from the queue and is in no batch any more.
    unsafe { sys::rd_kafka_message_destroy(message) };
}

/// A topic, its partitions, or why the broker does not give them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct TopicMetadata {
    pub name: String,
    /// The broker's error code, 0 if there is none.
    pub code: i32,
    pub partitions: Vec<i32>,
}

/// Offsets by topic and partition.
pub(in crate::kafka) type Offsets = Vec<(String, i32, i64)>;

/// A consumer: in a group, or of partitions that it is told one by one.
pub(in crate::kafka) struct NativeConsumer {
    messages: Queue,
    events: Queue,
    // Nothing is gained by taking a client down at the end of the process, and time is lost: it is left to the system.
    client: ManuallyDrop<Client>,
}

impl NativeConsumer {
    /// Starts the client with `settings`; `group` tells whether it is going to subscribe.
    ///
    /// # Errors
    /// The library's words for settings that it does not take.
    pub fn start(settings: &[(String, String)], group: bool) -> Result<Rc<Self>, String> {
        let mut conf = Conf::new(sys::RD_KAFKA_EVENT_ERROR);
        for (name, value) in settings {
            conf.set(name, value)?;
        }
        let client = Client::new(sys::rd_kafka_type_t::RD_KAFKA_CONSUMER, conf)?;
        let messages = if group {
            // SAFETY: the client is valid, and it has a group's name.
            unsafe { sys::rd_kafka_queue_get_consumer(client.as_ptr()) }
        } else {
            // SAFETY: the client is valid.
            unsafe { sys::rd_kafka_queue_new(client.as_ptr()) }
        };
        Ok(Rc::new(Self { messages: Queue::owning(messages), events: client.main_queue(), client: ManuallyDrop::new(client) }))
    }

    /// Room for messages.
    pub fn batch(self: &Rc<Self>) -> Batch {
        Batch { consumer: Rc::clone(self), messages: Vec::new() }
    }

    /// The errors that have been reported since the last call.
    pub fn errors(&self) -> Vec<NativeError> {
        let event = || self.events.poll(Duration::ZERO);
        std::iter::from_fn(event).filter_map(|event| event.error()).collect()
    }

    /// Why the client cannot go on at all, if so.
    pub fn fatal_error(&self) -> Option<NativeError> {
        self.client.fatal_error()
    }

    /// Asks a broker for one topic, or for all of them.
    ///
    /// # Errors
    /// No broker answered in time, or the name cannot be a topic's.
    pub fn metadata(&self, topic: Option<&Topic>, patience: Duration) -> Result<Vec<TopicMetadata>, NativeError> {
        let mut metadata: *const sys::rd_kafka_metadata = ptr::null();
        let handle = topic.map_or(ptr::null_mut(), |topic| topic.0.as_ptr());
        let all = c_int::from(topic.is_none());
        // SAFETY: client and topic are valid, and so is the place for the result.
        let code = unsafe { sys::rd_kafka_metadata(self.client.as_ptr(), all, handle, &raw mut metadata, millis(patience)) } as i32;
        if code != 0 {
            return Err(NativeError::new(code, None));
        }
        // SAFETY: without an error the result is set; this field is a pointer.
        let first = unsafe { (*metadata).topics };
        // SAFETY: as above; this field is a number.
        let count = unsafe { (*metadata).topic_cnt };
        // SAFETY: the library gives pointer and length together, and they stay until the metadata is destroyed.
        let topics: &[RawTopic] = unsafe { listed(first.cast(), count) };
        let topics = topics.iter().map(topic_metadata).collect();
        // SAFETY: the metadata is not used afterwards.
        unsafe { sys::rd_kafka_metadata_destroy(metadata) };
        Ok(topics)
    }

    /// A topic of this client.
    ///
    /// # Errors
    /// The name cannot be a topic's.
    pub fn topic(&self, name: &str) -> Result<Topic, NativeError> {
        let invalid = || NativeError::new(INVALID_TOPIC, None);
        let name = CString::new(name).map_err(|_| invalid())?;
        // SAFETY: the client and the name are valid; there is no configuration to hand over.
        let topic = unsafe { sys::rd_kafka_topic_new(self.client.as_ptr(), name.as_ptr(), ptr::null_mut()) };
        NonNull::new(topic).map(Topic).ok_or_else(invalid)
    }

    /// Begins to fetch a partition, without any group.
    ///
    /// # Errors
    /// The library's reason not to.
    pub fn begin(&self, topic: &Topic, partition: i32, offset: i64) -> Result<(), NativeError> {
        // SAFETY: topic and queue are valid and belong to the same client.
        let failed = unsafe { sys::rd_kafka_consume_start_queue(topic.0.as_ptr(), partition, offset, self.messages.as_ptr()) } != 0;
        if !failed {
            return Ok(());
        }
        // SAFETY: no arguments; the error is the last one of this thread.
        Err(NativeError::new(unsafe { sys::rd_kafka_last_error() } as i32, None))
    }

    /// Joins the group with these topics.
    ///
    /// # Errors
    /// The library's reason not to.
    pub fn subscribe(&self, topics: &[String]) -> Result<(), NativeError> {
        let list = PartitionList::new(topics.iter().map(|topic| (topic.as_str(), -1, NO_OFFSET, -1)));
        // SAFETY: client and list are valid; the library copies the list.
        checked(unsafe { sys::rd_kafka_subscribe(self.client.as_ptr(), list.as_ptr()) } as i32)
    }

    /// The partitions that the group has given to this consumer.
    pub fn assignment(&self) -> Vec<(String, i32)> {
        let mut list = ptr::null_mut();
        // SAFETY: the client is valid, and so is the place for the result.
        let code = unsafe { sys::rd_kafka_assignment(self.client.as_ptr(), &raw mut list) } as i32;
        match NonNull::new(list) {
            Some(list) if code == 0 => PartitionList(list).entries().into_iter().map(|(topic, partition, _)| (topic, partition)).collect(),
            _ => Vec::new(),
        }
    }

    /// Notes offsets (with leader epochs) for the next commit. Partitions that have been given to others meanwhile do not
    /// count.
    pub fn store<'a>(&self, offsets: impl Iterator<Item = (&'a str, i32, i64, i32)>) {
        let list = PartitionList::new(offsets);
        // SAFETY: client and list are valid. What cannot be stored is no longer ours to store.
        unsafe { sys::rd_kafka_offsets_store(self.client.as_ptr(), list.as_ptr()) };
    }

    /// Commits what has been stored.
    ///
    /// # Errors
    /// The coordinator's refusal, or that it did not answer in time.
    pub fn commit(&self, patience: Duration) -> Result<(), NativeError> {
        // SAFETY: the client is valid.
        let answers = Queue::owning(unsafe { sys::rd_kafka_queue_new(self.client.as_ptr()) });
        let (client, queue) = (self.client.as_ptr(), answers.as_ptr());
        // SAFETY: client and queue are valid; without a list the stored offsets are meant, without a callback an event tells.
        let code = unsafe { sys::rd_kafka_commit_queue(client, ptr::null(), queue, None, ptr::null_mut()) } as i32;
        let error = match code {
            0 => match answers.poll(patience) {
                Some(event) => event.error(),
                None => Some(NativeError::new(sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__TIMED_OUT as i32, None)),
            },
            code => Some(NativeError::new(code, None)),
        };
        // Nothing to commit is no error.
        error.filter(|error| error.code != sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR__NO_OFFSET as i32).map_or(Ok(()), Err)
    }

    /// Leaves the group; gives up when that takes longer than `patience`.
    pub fn leave(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        // SAFETY: client and queue are valid; the queue is served below.
        let error = unsafe { sys::rd_kafka_consumer_close_queue(self.client.as_ptr(), self.messages.as_ptr()) };
        if !error.is_null() {
            // SAFETY: the error is ours and not used afterwards.
            unsafe { sys::rd_kafka_error_destroy(error) };
            return;
        }
        while !self.has_left() && Instant::now() < deadline {
            drop(self.messages.poll(Duration::from_millis(10)));
        }
    }

    fn has_left(&self) -> bool {
        // SAFETY: the client is valid.
        unsafe { sys::rd_kafka_consumer_closed(self.client.as_ptr()) != 0 }
    }

    /// The first offsets at or after a time, in milliseconds since 1970; negative where there is none.
    ///
    /// # Errors
    /// The brokers did not answer in time.
    pub fn offsets_at(&self, partitions: &[(String, i32)], time: i64, patience: Duration) -> Result<Offsets, NativeError> {
        let list = PartitionList::new(partitions.iter().map(|(topic, partition)| (topic.as_str(), *partition, time, -1)));
        // SAFETY: client and list are valid.
        checked(unsafe { sys::rd_kafka_offsets_for_times(self.client.as_ptr(), list.as_ptr(), millis(patience)) } as i32)?;
        Ok(list.entries())
    }
}

/// `INVALID_TOPIC_EXCEPTION`.
const INVALID_TOPIC: i32 = 17;

const NO_OFFSET: i64 = sys::RD_KAFKA_OFFSET_INVALID as i64;

fn checked(code: i32) -> Result<(), NativeError> {
    if code == 0 { Ok(()) } else { Err(NativeError::new(code, None)) }
}

/// An array of the library.
///
/// # Safety
/// `first` is null, or valid for `count` items during `'a`.
unsafe fn listed<'a, T>(first: *const T, count: c_int) -> &'a [T] {
    match usize::try_from(count) {
        // SAFETY: the caller's promise.
        Ok(count) if !first.is_null() => unsafe { std::slice::from_raw_parts(first, count) },
        _ => &[],
    }
}

fn topic_metadata(raw: &RawTopic) -> TopicMetadata {
    // SAFETY: the name lives as long as the metadata.
    let name = unsafe { owned_text(raw.name) }.unwrap_or_default();
    // SAFETY: the library gives pointer and length together.
    let partitions = unsafe { listed(raw.partitions, raw.partition_count) };
    TopicMetadata { name, code: raw.code, partitions: partitions.iter().map(|partition| partition.id).collect() }
}

/// A topic that a client knows. It must not outlive the client, which is never taken down.
pub(in crate::kafka) struct Topic(NonNull<sys::rd_kafka_topic_t>);

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: the reference is ours and not used afterwards.
        unsafe { sys::rd_kafka_topic_destroy(self.0.as_ptr()) };
    }
}

/// A list of partitions with offsets.
struct PartitionList(NonNull<sys::rd_kafka_topic_partition_list_t>);

impl PartitionList {
    /// From topics, partitions, offsets and leader epochs.
    fn new<'a>(partitions: impl Iterator<Item = (&'a str, i32, i64, i32)>) -> Self {
        // SAFETY: the argument is only a hint at the size.
        let list = unsafe { sys::rd_kafka_topic_partition_list_new(8) };
        let list = Self(NonNull::new(list).unwrap_or_else(|| unreachable!("the library always makes a list")));
        let mut names: HashMap<&str, CString> = HashMap::new();
        for (topic, partition, offset, epoch) in partitions {
            let name = names.entry(topic).or_insert_with(|| CString::new(topic).unwrap_or_default());
            // SAFETY: list and name are valid; the library copies the name.
            let entry = unsafe { sys::rd_kafka_topic_partition_list_add(list.as_ptr(), name.as_ptr(), partition) };
            // SAFETY: the entry is valid until the list changes.
            unsafe { (*entry).offset = offset };
            if epoch >= 0 {
                // SAFETY: as above.
                unsafe { sys::rd_kafka_topic_partition_set_leader_epoch(entry, epoch) };
            }
        }
        list
    }

    fn as_ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    fn entries(&self) -> Offsets {
        // SAFETY: the list is valid; this field is a pointer.
        let first = unsafe { (*self.as_ptr()).elems };
        // SAFETY: the list is valid; this field is a number.
        let count = unsafe { (*self.as_ptr()).cnt };
        // SAFETY: the library gives pointer and length together, and nobody changes the list during the call.
        let partitions: &[RawPartition] = unsafe { listed(first.cast(), count) };
        partitions.iter().map(|entry| (partition_topic(entry), entry.partition, entry.offset)).collect()
    }
}

fn partition_topic(entry: &RawPartition) -> String {
    // SAFETY: the name lives as long as the list.
    unsafe { CStr::from_ptr(entry.topic) }.to_string_lossy().into_owned()
}

impl Drop for PartitionList {
    fn drop(&mut self) {
        // SAFETY: the list is ours and not used afterwards.
        unsafe { sys::rd_kafka_topic_partition_list_destroy(self.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_types_have_the_shape_of_the_librarys() {
        assert_eq!(size_of::<RawMessage>(), size_of::<sys::rd_kafka_message_t>());
        assert_eq!(std::mem::offset_of!(RawMessage, offset), std::mem::offset_of!(sys::rd_kafka_message_t, offset));
        assert_eq!(std::mem::offset_of!(RawMessage, key), std::mem::offset_of!(sys::rd_kafka_message_t, key));
        assert_eq!(size_of::<RawPartition>(), size_of::<sys::rd_kafka_topic_partition_t>());
        assert_eq!(std::mem::offset_of!(RawPartition, offset), std::mem::offset_of!(sys::rd_kafka_topic_partition_t, offset));
        assert_eq!(size_of::<RawTopic>(), size_of::<sys::rd_kafka_metadata_topic>());
        assert_eq!(std::mem::offset_of!(RawTopic, code), std::mem::offset_of!(sys::rd_kafka_metadata_topic, err));
        assert_eq!(size_of::<RawTopicPartition>(), size_of::<sys::rd_kafka_metadata_partition>());
    }

    #[test]
    fn lists_keep_topics_partitions_and_offsets() {
        let list = PartitionList::new([("a", 1, 5, 3), ("b", 0, NO_OFFSET, -1)].into_iter());
        assert_eq!(list.entries(), [("a".to_owned(), 1, 5), ("b".to_owned(), 0, -1001)]);
    }

    #[test]
    fn a_name_that_no_topic_can_have_is_refused() {
        let consumer = NativeConsumer::start(&[("bootstrap.servers".to_owned(), "127.0.0.1:1".to_owned())], false).unwrap();
        assert_eq!(consumer.topic("a\0b").err().map(|error| error.code), Some(INVALID_TOPIC));
        assert!(consumer.topic("fine").is_ok());
    }
}
