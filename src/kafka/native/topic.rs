//! A client's topic, and what the library knows of topics.

use std::ffi::{CString, c_int};
use std::ptr::{self, NonNull};
use std::time::Duration;

use rdkafka::bindings as sys;

use super::client::{Client, NativeError, millis, owned_text};
use super::raw::{RawTopic, listed, rd_kafka_metadata};

/// `INVALID_TOPIC_EXCEPTION`.
const INVALID_TOPIC: i32 = 17;

/// A topic that a client knows. It must not outlive the client, which is never taken down.
#[derive(Debug)]
pub(in crate::kafka) struct Topic(NonNull<sys::rd_kafka_topic_t>);

// SAFETY: the library's topic handle may be used from any thread.
unsafe impl Send for Topic {}

impl Topic {
    /// The topic of this name, whether any broker has it or not.
    ///
    /// # Errors
    /// The name cannot be a topic's.
    pub(super) fn new(client: &Client, name: &str) -> Result<Self, NativeError> {
        let invalid = || NativeError::new(INVALID_TOPIC, None);
        let name = CString::new(name).map_err(|_| invalid())?;
        // SAFETY: client and name are valid for the call; without a configuration the client's own is taken.
        let topic = unsafe { sys::rd_kafka_topic_new(client.as_ptr(), name.as_ptr(), ptr::null_mut()) };
        NonNull::new(topic).map(Self).ok_or_else(invalid)
    }

    /// The handle, valid as long as `self`.
    pub(super) fn as_ptr(&self) -> *mut sys::rd_kafka_topic_t {
        self.0.as_ptr()
    }

    /// Fetches a partition no longer. What of it has not been taken yet never comes.
    pub fn stop(&self, partition: i32) {
        // SAFETY: the topic is valid. It fails only for a partition that is not being fetched.
        unsafe { sys::rd_kafka_consume_stop(self.as_ptr(), partition) };
    }
}

impl Drop for Topic {
    fn drop(&mut self) {
        // SAFETY: the reference is ours and not used afterwards.
        unsafe { sys::rd_kafka_topic_destroy(self.as_ptr()) };
    }
}

/// A topic, its partitions, or why the broker does not give them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::kafka) struct TopicMetadata {
    pub name: String,
    /// The broker's error code, 0 if there is none.
    pub code: i32,
    pub partitions: Vec<i32>,
    /// Those of the partitions that have no leader, so that nothing can be read or written at the moment.
    pub leaderless: Vec<i32>,
}

impl TopicMetadata {
    fn of(raw: &RawTopic) -> Self {
        // SAFETY: the name lives as long as the metadata.
        let name = unsafe { owned_text(raw.name) }.unwrap_or_default();
        // SAFETY: the library gives pointer and length together.
        let partitions = unsafe { listed(raw.partitions, raw.partition_count) };
        Self {
            name,
            code: raw.code,
            partitions: partitions.iter().map(|partition| partition.id).collect(),
            leaderless: partitions.iter().filter(|partition| partition.leader < 0).map(|partition| partition.id).collect(),
        }
    }
}

impl Client {
    /// Asks a broker for one topic, or for all of them.
    ///
    /// # Errors
    /// No broker answered in time, or it refused.
    pub fn metadata(&self, topic: Option<&Topic>, patience: Duration) -> Result<Vec<TopicMetadata>, NativeError> {
        let mut metadata: *const sys::rd_kafka_metadata = ptr::null();
        let handle = topic.map_or(ptr::null_mut(), Topic::as_ptr);
        let all = c_int::from(topic.is_none());
        // SAFETY: client and topic are valid for the call, and the result goes to a pointer of the right type.
        let code = unsafe { rd_kafka_metadata(self.as_ptr(), all, handle, &raw mut metadata, millis(patience)) };
        if code != 0 {
            return Err(NativeError::new(code, None));
        }
        // SAFETY: the call has succeeded, so the answer is valid until it is destroyed below.
        let answer = unsafe { &*metadata };
        // SAFETY: the library gives pointer and length together.
        let topics = unsafe { listed(answer.topics.cast::<RawTopic>(), answer.topic_cnt) };
        let topics = topics.iter().map(TopicMetadata::of).collect();
        // SAFETY: the answer is ours and not used afterwards.
        unsafe { sys::rd_kafka_metadata_destroy(metadata) };
        Ok(topics)
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::Conf;
    use super::*;

    #[test]
    fn a_name_that_no_topic_can_have_is_refused() {
        let client = Client::new(sys::rd_kafka_type_t::RD_KAFKA_PRODUCER, Conf::new(0)).unwrap();
        assert_eq!(Topic::new(&client, "a\0b").err().map(|error| error.code), Some(INVALID_TOPIC));
        assert!(Topic::new(&client, "fine").is_ok());
    }
}
