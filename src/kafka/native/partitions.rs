//! The library's lists of partitions with offsets.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::ptr::NonNull;

use rdkafka::bindings as sys;

use super::consume::Offsets;
use super::raw::{RawPartition, listed};

/// A list of partitions with offsets.
pub(super) struct PartitionList(NonNull<sys::rd_kafka_topic_partition_list_t>);

impl PartitionList {
    /// Takes over a list that the library has given.
    pub fn owning(list: NonNull<sys::rd_kafka_topic_partition_list_t>) -> Self {
        Self(list)
    }

    /// From topics, partitions, offsets and leader epochs.
    pub fn new<'a>(partitions: impl Iterator<Item = (&'a str, i32, i64, i32)>) -> Self {
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

    /// A copy of a list that the library keeps.
    ///
    /// # Safety
    /// `list` is valid, and nobody changes it during the call.
    pub unsafe fn copy(list: *const sys::rd_kafka_topic_partition_list_t) -> Self {
        // SAFETY: the caller's promise.
        let copy = unsafe { sys::rd_kafka_topic_partition_list_copy(list) };
        Self(NonNull::new(copy).unwrap_or_else(|| unreachable!("the library always makes a list")))
    }

    pub fn as_ptr(&self) -> *mut sys::rd_kafka_topic_partition_list_t {
        self.0.as_ptr()
    }

    pub fn entries(&self) -> Offsets {
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
    fn lists_keep_topics_partitions_and_offsets() {
        let list = PartitionList::new([("a", 1, 5, 3), ("b", 0, -1001, -1)].into_iter());
        assert_eq!(list.entries(), [("a".to_owned(), 1, 5), ("b".to_owned(), 0, -1001)]);
    }
}
