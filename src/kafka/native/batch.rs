//! Messages that have been taken from a consumer.
//!
//! They stay in the library's memory: a [`Batch`] lends them out one by one, and gives them back together.

use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::rc::Rc;
use std::time::Duration;

use rdkafka::bindings as sys;

use super::client::{NativeError, millis};
use super::consume::NativeConsumer;
use super::message::Message;

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
    messages: Vec<Owned>,
    /// Room that the library fills.
    room: Vec<*mut sys::rd_kafka_message_t>,
}

impl Batch {
    pub(super) fn of(consumer: Rc<NativeConsumer>) -> Self {
        Self { consumer, messages: Vec::new(), room: Vec::new() }
    }

    /// The messages, in the order in which they came.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_>> {
        self.messages.iter().map(Owned::lend)
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
        self.messages.clear();
    }

    /// Gives back those messages that are not `wanted`.
    pub(in crate::kafka) fn retain(&mut self, mut wanted: impl FnMut(Message<'_>) -> bool) {
        self.messages.retain(|message| wanted(message.lend()));
    }

    /// Takes the messages out, to be kept for later.
    pub(in crate::kafka) fn take(&mut self) -> impl Iterator<Item = Owned> {
        self.messages.drain(..)
    }

    /// Puts messages in, in place of what was there.
    pub(in crate::kafka) fn put(&mut self, messages: Vec<Owned>) {
        self.messages = messages;
    }

    /// Takes the next messages: those that are there, or the first one that comes before `patience` is over. What is in
    /// the stream beside messages is returned.
    pub(in crate::kafka) fn fill(&mut self, limit: usize, patience: Duration) -> Vec<StreamError> {
        self.clear();
        // The library waits until it has as many messages as it was asked for: so it is asked for one.
        let limit = if patience.is_zero() { limit } else { 1 };
        self.room.resize(limit, ptr::null_mut());
        let queue = self.consumer.messages().as_ptr();
        // SAFETY: the queue is valid, and there is room for `limit` pointers.
        let count = unsafe { sys::rd_kafka_consume_batch_queue(queue, millis(patience), self.room.as_mut_ptr(), limit) };
        let mut errors = Vec::new();
        for message in self.room.drain(..).take(usize::try_from(count).unwrap_or(0)).filter_map(NonNull::new) {
            let message = Owned(message);
            match message.lend().stream_error() {
                Some(error) => errors.push(error),
                None => self.messages.push(message),
            }
        }
        errors
    }
}

impl Message<'_> {
    fn stream_error(self) -> Option<StreamError> {
        let error = self.error()?;
        Some(StreamError { error, topic: self.topic(), partition: self.partition(), offset: self.offset() })
    }
}

/// A message that the library has handed over.
pub(in crate::kafka) struct Owned(NonNull<sys::rd_kafka_message_t>);

impl Owned {
    pub fn lend(&self) -> Message<'_> {
        Message { raw: self.0.cast(), batch: PhantomData }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the message is ours and not used afterwards.
        unsafe { sys::rd_kafka_message_destroy(self.0.as_ptr()) };
    }
}
