//! Topics: which there are, and the requests about them.

pub mod create;
pub mod metadata;
pub mod names;

use std::collections::{BTreeMap, HashMap};

use kafka_protocol::protocol::StrBytes;
use uuid::Uuid;

use super::log::PartitionLog;

pub use self::names::is_internal;

/// All topics, by name.
#[derive(Debug, Default)]
pub struct Topics {
    by_name: BTreeMap<String, Topic>,
    names: HashMap<Uuid, String>,
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

    /// All topics in the order of their names, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Topic)> {
        self.by_name.iter_mut().map(|(name, topic)| (name.as_str(), topic))
    }

    /// Adds a topic with empty partitions, in place of one of the same name.
    pub fn insert(&mut self, name: &str, partitions: usize) {
        let topic = Topic { id: Uuid::new_v4(), partitions: (0..partitions).map(|_| PartitionLog::default()).collect() };
        self.remove(name);
        self.names.insert(topic.id, name.to_owned());
        self.by_name.insert(name.to_owned(), topic);
    }

    /// Takes a topic out, and its records with it.
    pub fn remove(&mut self, name: &str) -> Option<Topic> {
        let topic = self.by_name.remove(name)?;
        self.names.remove(&topic.id);
        Some(topic)
    }
}

/// A name as the codec takes it.
pub fn name(name: &str) -> kafka_protocol::messages::TopicName {
    StrBytes::from_string(name.to_owned()).into()
}
