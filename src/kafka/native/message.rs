//! Messages in the library's memory, lent out by the batch that they belong to.

use std::borrow::Cow;
use std::ffi::{CStr, c_int};
use std::marker::PhantomData;
use std::ptr::{self, NonNull};

use rdkafka::bindings as sys;

use super::client::{NativeError, owned_text};
use super::raw::RawMessage;

/// What tells partitions apart within one batch, cheaper than names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct PartitionKey(usize, i32);

/// A message that a batch lends out.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    pub(super) raw: NonNull<RawMessage>,
    pub(super) batch: PhantomData<&'a ()>,
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
        self.topic_name().into_owned()
    }

    /// The topic's name, as it is in the library's memory.
    pub fn topic_name(self) -> Cow<'a, str> {
        if self.raw().topic.is_null() {
            return Cow::Borrowed("");
        }
        // SAFETY: the topic is valid as long as the message.
        let name = unsafe { sys::rd_kafka_topic_name(self.raw().topic) };
        // SAFETY: the name is a C string that lives as long as the topic.
        unsafe { CStr::from_ptr(name) }.to_string_lossy()
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

    /// The headers in their order: names and values.
    pub fn headers(self) -> Vec<(&'a [u8], Option<&'a [u8]>)> {
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
            // SAFETY: the name is a C string that lives as long as the message.
            let name = unsafe { CStr::from_ptr(name) }.to_bytes();
            // SAFETY: the library gives pointer and length together; they are valid as long as the message.
            headers.push((name, unsafe { borrowed(value.cast(), length) }));
        }
    }

    pub(super) fn error(self) -> Option<NativeError> {
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
