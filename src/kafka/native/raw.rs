//! The library's structures with their error codes as numbers: an enum of its Rust declarations must not hold a code that
//! it does not know.

use std::ffi::{c_char, c_int, c_void};

use rdkafka::bindings as sys;

/// `rd_kafka_message_t` with its error as a number.
#[repr(C)]
pub(super) struct RawMessage {
    pub code: i32,
    pub topic: *mut sys::rd_kafka_topic_t,
    pub partition: i32,
    pub value: *const u8,
    pub value_length: usize,
    pub key: *const u8,
    pub key_length: usize,
    pub offset: i64,
    pub private: *mut c_void,
}

/// `rd_kafka_topic_partition_t`, likewise.
#[repr(C)]
pub(super) struct RawPartition {
    pub topic: *mut c_char,
    pub partition: i32,
    pub offset: i64,
    pub metadata: *mut c_void,
    pub metadata_size: usize,
    pub opaque: *mut c_void,
    pub code: i32,
    pub private: *mut c_void,
}

/// `rd_kafka_metadata_topic_t`, likewise.
#[repr(C)]
pub(super) struct RawTopic {
    pub name: *mut c_char,
    pub partition_count: c_int,
    pub partitions: *const RawTopicPartition,
    pub code: i32,
}

/// `rd_kafka_metadata_partition_t`, likewise.
#[repr(C)]
pub(super) struct RawTopicPartition {
    pub id: i32,
    pub code: i32,
    pub leader: i32,
    pub replica_count: c_int,
    pub replicas: *mut i32,
    pub isr_count: c_int,
    pub isrs: *mut i32,
}

/// An array of the library.
///
/// # Safety
/// `first` is null, or valid for `count` items during `'a`.
pub(super) unsafe fn listed<'a, T>(first: *const T, count: c_int) -> &'a [T] {
    match usize::try_from(count) {
        // SAFETY: the caller's promise.
        Ok(count) if !first.is_null() => unsafe { std::slice::from_raw_parts(first, count) },
        _ => &[],
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
}
