//! The library's structures and functions with their error codes as numbers: brokers send codes that the enum of the Rust
//! declarations does not have, and an enum must not hold a number that it does not know.

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

/// `rd_kafka_conf_set_rebalance_cb`'s callback.
pub(super) type RebalanceCallback = unsafe extern "C" fn(*mut sys::rd_kafka_t, i32, *mut PartitionListHandle, *mut c_void);

type PartitionListHandle = sys::rd_kafka_topic_partition_list_t;

unsafe extern "C" {
    pub(super) fn rd_kafka_err2str(code: i32) -> *const c_char;
    pub(super) fn rd_kafka_last_error() -> i32;
    pub(super) fn rd_kafka_error_code(error: *const sys::rd_kafka_error_t) -> i32;
    pub(super) fn rd_kafka_event_error(event: *mut sys::rd_kafka_event_t) -> i32;
    pub(super) fn rd_kafka_fatal_error(client: *mut sys::rd_kafka_t, text: *mut c_char, length: usize) -> i32;
    pub(super) fn rd_kafka_metadata(
        client: *mut sys::rd_kafka_t,
        all: c_int,
        topic: *mut sys::rd_kafka_topic_t,
        metadata: *mut *const sys::rd_kafka_metadata,
        millis: c_int,
    ) -> i32;
    pub(super) fn rd_kafka_header_add(
        headers: *mut sys::rd_kafka_headers_t,
        name: *const c_char,
        name_size: isize,
        value: *const c_void,
        value_size: isize,
    ) -> i32;
    pub(super) fn rd_kafka_conf_set_rebalance_cb(conf: *mut sys::rd_kafka_conf_t, callback: Option<RebalanceCallback>);
    pub(super) fn rd_kafka_subscribe(client: *mut sys::rd_kafka_t, topics: *const PartitionListHandle) -> i32;
    pub(super) fn rd_kafka_assign(client: *mut sys::rd_kafka_t, partitions: *const PartitionListHandle) -> i32;
    pub(super) fn rd_kafka_assignment(client: *mut sys::rd_kafka_t, partitions: *mut *mut PartitionListHandle) -> i32;
    pub(super) fn rd_kafka_offsets_store(client: *mut sys::rd_kafka_t, offsets: *mut PartitionListHandle) -> i32;
    pub(super) fn rd_kafka_offsets_for_times(client: *mut sys::rd_kafka_t, times: *mut PartitionListHandle, millis: c_int) -> i32;
    pub(super) fn rd_kafka_topic_partition_list_set_offset(
        list: *mut PartitionListHandle,
        topic: *const c_char,
        partition: i32,
        offset: i64,
    ) -> i32;
    pub(super) fn rd_kafka_committed(client: *mut sys::rd_kafka_t, partitions: *mut PartitionListHandle, millis: c_int) -> i32;
    pub(super) fn rd_kafka_pause_partitions(client: *mut sys::rd_kafka_t, partitions: *mut PartitionListHandle) -> i32;
    pub(super) fn rd_kafka_resume_partitions(client: *mut sys::rd_kafka_t, partitions: *mut PartitionListHandle) -> i32;
    pub(super) fn rd_kafka_commit_queue(
        client: *mut sys::rd_kafka_t,
        offsets: *const PartitionListHandle,
        queue: *mut sys::rd_kafka_queue_t,
        callback: *const c_void,
        opaque: *mut c_void,
    ) -> i32;
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
