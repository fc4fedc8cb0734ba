//! The library's lists of partitions with offsets.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::ptr::NonNull;

use rdkafka::bindings as sys;

use super::client::NativeError;
use super::consume::Offsets;
use super::raw::{self, RawPartition, listed};

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

    /// Says where to begin with a partition of the list.
    pub fn set_offset(&self, topic: &str, partition: i32, offset: i64) {
        let name = CString::new(topic).unwrap_or_default();
        // SAFETY: list and name are valid. It fails only for a partition that is not in the list.
        unsafe { raw::rd_kafka_topic_partition_list_set_offset(self.as_ptr(), name.as_ptr(), partition, offset) };
    }

    pub fn entries(&self) -> Offsets {
        self.raw().iter().map(|entry| (partition_topic(entry), entry.partition, entry.offset)).collect()
    }

    /// The entries, if the library reports no error with any of them.
    ///
    /// # Errors
    /// The first of those that it does report.
    pub fn checked_entries(&self) -> Result<Offsets, NativeError> {
        match self.raw().iter().find(|entry| entry.code != 0) {
            Some(entry) => Err(NativeError::new(entry.code, None)),
            None => Ok(self.entries()),
        }
    }

    fn raw(&self) -> &[RawPartition] {
        // SAFETY: the list is valid; this field is a pointer.
        let first = unsafe { (*self.as_ptr()).elems };
        // SAFETY: the list is valid; this field is a number.
        let count = unsafe { (*self.as_ptr()).cnt };
        // SAFETY: the library gives pointer and length together, and nobody changes the list during the call.
        unsafe { listed(first.cast(), count) }
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
        list.set_offset("b", 0, 7);
        list.set_offset("c", 0, 7);
        assert_eq!(list.checked_entries().unwrap(), [("a".to_owned(), 1, 5), ("b".to_owned(), 0, 7)]);
    }
}
