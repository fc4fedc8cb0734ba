//! Topics: which there are, and the requests about them.

pub mod create;
pub mod delete;
pub mod describe;
pub mod elect;
pub mod log_dirs;
pub mod metadata;
pub mod names;
pub mod partitions;
mod place;
pub mod reassign;
pub mod records;
#[cfg(test)]
pub mod testing;

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::error::ResponseError;
use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::error::Refusal;
use super::log::PartitionLog;

pub use self::names::is_internal;

/// The most partitions that the sandbox holds, all topics together; an empty one takes some hundred bytes.
const MOST_PARTITIONS: usize = 100_000;

/// What a topic's operations are told to be where nobody is refused any: the bits of READ, WRITE, CREATE, DELETE, ALTER,
/// DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS (`AclEntry.supportedOperations`).
pub const OPERATIONS: i32 = 0b1101_1111_1000;

/// All topics, by name.
#[derive(Debug, Default)]
pub struct Topics {
    by_name: BTreeMap<String, Topic>,
    names: HashMap<Uuid, String>,
    /// The names in which a '.' or a '_' is, by what they are in the names of metrics.
    ambiguous: HashMap<String, Vec<String>>,
    partitions: usize,
    version: u64,
}

/// One topic.
#[derive(Debug)]
pub struct Topic {
    pub id: Uuid,
    pub partitions: Vec<PartitionLog>,
}

impl Topics {
    /// The topic of that name.
    pub fn get(&self, name: &str) -> Option<&Topic> {
        self.by_name.get(name)
    }

    /// The topic of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Topic> {
        self.by_name.get_mut(name)
    }

    /// The name of the topic with that id.
    pub fn name_of(&self, id: Uuid) -> Option<&str> {
        self.names.get(&id).map(String::as_str)
    }

    /// The log of one partition.
    pub fn partition(&self, name: &str, index: i32) -> Option<&PartitionLog> {
        self.get(name)?.partitions.get(usize::try_from(index).ok()?)
    }

    /// The log of one partition, to be changed.
    pub fn partition_mut(&mut self, name: &str, index: i32) -> Option<&mut PartitionLog> {
        self.get_mut(name)?.partitions.get_mut(usize::try_from(index).ok()?)
    }

    /// All topics in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Topic)> {
        self.by_name.iter().map(|(name, topic)| (name.as_str(), topic))
    }

    /// A topic whose name is the same as `name` in the names of metrics.
    pub fn colliding(&self, name: &str) -> Option<&str> {
        self.ambiguous.get(&names::unambiguous(name)?)?.first().map(String::as_str)
    }

    /// Whether there is room for so many partitions more.
    ///
    /// # Errors
    /// That there is none.
    pub fn check_room(&self, more: usize) -> Result<(), Refusal> {
        if more <= MOST_PARTITIONS.saturating_sub(self.partitions) {
            return Ok(());
        }
        let there = format!("{} are there, and {more} more were asked for.", self.partitions);
        let message = format!("The sandbox holds up to {MOST_PARTITIONS} partitions; {there}");
        Err(Refusal::saying(ResponseError::PolicyViolation, message))
    }

    /// A number that is another one after a topic or a partition came or went.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Adds a topic with empty partitions, in place of one of the same name.
    pub fn insert(&mut self, name: &str, partitions: usize) {
        let topic = Topic { id: Uuid::new_v4(), partitions: (0..partitions).map(|_| PartitionLog::default()).collect() };
        self.remove(name);
        self.names.insert(topic.id, name.to_owned());
        if let Some(key) = names::unambiguous(name) {
            self.ambiguous.entry(key).or_default().push(name.to_owned());
        }
        self.partitions += partitions;
        self.version += 1;
        self.by_name.insert(name.to_owned(), topic);
    }

    /// Adds empty partitions to a topic.
    pub fn extend(&mut self, name: &str, more: usize) {
        if let Some(topic) = self.by_name.get_mut(name) {
            topic.partitions.extend((0..more).map(|_| PartitionLog::default()));
            self.partitions += more;
            self.version += 1;
        }
    }

    /// Takes a topic out, and its records with it.
    pub fn remove(&mut self, name: &str) -> Option<Topic> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id);
        self.version += 1;
        self.partitions = self.partitions.saturating_sub(topic.partitions.len());
        if let Some(key) = names::unambiguous(name)
            && let Some(same) = self.ambiguous.get_mut(&key)
        {
            same.retain(|other| other != name);
            if same.is_empty() {
                self.ambiguous.remove(&key);
            }
        }
        Some(topic)
    }
}

/// A name as the codec takes it.
pub fn name(name: &str) -> kafka_protocol::messages::TopicName {
    StrBytes::from_string(name.to_owned()).into()
}
