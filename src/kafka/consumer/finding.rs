//! What there is to read: topics and partitions, at the start and as they appear later.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::trouble::{is_final, is_waiting, plain, refused};
use super::{Consumer, SILENCE, SLICE, Start, Wanted};
use crate::kafka::error::{Error, ErrorCode, Result};
use crate::kafka::native::{Topic, TopicMetadata};
use crate::kafka::settings::OffsetReset;

/// Offsets that stand for places (`ListOffsetsRequest`).
const EARLIEST: i64 = -2;
const LATEST: i64 = -1;

/// How often a topic that does not exist is looked for.
const REFRESH_MISSING: Duration = Duration::from_millis(500);

impl Consumer {
    /// Waits for the first answer of a broker to librdkafka, no longer than `patience`.
    pub(super) fn first_metadata(&mut self, patience: Duration) -> Result<Vec<TopicMetadata>> {
        let start = Instant::now();
        let topic = self.wanted_topic()?;
        loop {
            if let Ok(topics) = self.native.metadata(topic.as_ref(), SLICE) {
                return Ok(topics);
            }
            for error in self.native.errors() {
                if is_final(error.code) {
                    return Err(Error::Unreachable { target: self.servers.clone(), reason: plain(&error.text) });
                }
                self.remember_reason(&error);
            }
            if start.elapsed() >= patience {
                let reason = self.last_reason.clone().unwrap_or_else(|| "no answer".to_owned());
                return Err(Error::Unreachable { target: self.servers.clone(), reason });
            }
        }
    }

    /// The handle of the one topic that is wanted.
    pub(super) fn wanted_topic(&self) -> Result<Option<Topic>> {
        match &self.wanted {
            Wanted::Topic(topic) | Wanted::Partition { topic, .. } => {
                self.native.topic(topic).map(Some).map_err(|_| refused(ErrorCode::INVALID_TOPIC_EXCEPTION, topic))
            }
            Wanted::Matching(_) => Ok(None),
        }
    }

    /// Looks at what happened beside the stream of records.
    pub(super) fn watch(&mut self) {
        for error in self.native.errors() {
            self.hear(&error, "");
        }
        if let Some(error) = self.native.fatal_error() {
            self.failure.get_or_insert(Error::Client(plain(&error.text)));
        }
        if Instant::now() < self.next_refresh || !self.looks_for_more() {
            return;
        }
        self.next_refresh = Instant::now() + self.refresh_interval;
        let topics =
            self.wanted_topic().and_then(|topic| self.native.metadata(topic.as_ref(), SLICE).map_err(|error| Error::Client(error.text)));
        // Brokers that do not answer are a matter of the errors above.
        if let Ok(topics) = topics
            && let Err(error) = self.take_up(topics, false)
        {
            self.failure.get_or_insert(error);
        }
    }

    fn looks_for_more(&self) -> bool {
        match &self.wanted {
            Wanted::Topic(_) => self.missing.is_some() || !self.group,
            Wanted::Matching(_) => true,
            Wanted::Partition { .. } => self.missing.is_some(),
        }
    }

    /// Starts to read what is wanted of `topics`, and not read yet.
    pub(super) fn take_up(&mut self, topics: Vec<TopicMetadata>, first: bool) -> Result<()> {
        self.next_refresh = Instant::now() + self.refresh_interval;
        let topics = match &self.wanted {
            Wanted::Matching(matches) => {
                let mut wanted = Vec::new();
                for topic in topics {
                    // A member of a group does not give up a topic that elects its leaders.
                    let kept = is_waiting(topic.code) && self.subscribed.contains(&topic.name);
                    let readable = (topic.code == 0 || kept) && (self.internal_topics || !is_internal(&topic.name));
                    if readable && matches(&topic.name).map_err(Error::Client)? {
                        wanted.push(topic);
                    }
                }
                wanted
            }
            Wanted::Topic(name) | Wanted::Partition { topic: name, .. } => {
                let name = name.clone();
                self.existing(topics, &name)?
            }
        };
        if self.group {
            return self.join(&topics);
        }
        if topics.is_empty() && matches!(self.wanted, Wanted::Matching(_)) && first {
            self.tell("no topic matches yet; waiting for one".to_owned());
        }
        topics.into_iter().try_for_each(|topic| self.fetch(topic, first))
    }

    /// Sorts out a single topic that does not exist, or must not be read.
    fn existing(&mut self, topics: Vec<TopicMetadata>, name: &str) -> Result<Vec<TopicMetadata>> {
        match topics.iter().map(|topic| topic.code).find(|code| *code != 0) {
            None => {
                self.missing = None;
                Ok(topics)
            }
            Some(code) if code == i32::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0) || is_waiting(code) => {
                self.next_refresh = Instant::now() + REFRESH_MISSING;
                self.missing = Some(name.to_owned());
                if !is_waiting(code) {
                    self.tell(format!("the topic '{name}' does not exist; waiting for it"));
                }
                Ok(Vec::new())
            }
            Some(code) => Err(refused(ErrorCode(i16::try_from(code).unwrap_or(-1)), name)),
        }
    }

    /// Joins the group, again if the topics are others now.
    fn join(&mut self, topics: &[TopicMetadata]) -> Result<()> {
        let mut names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
        if let (Wanted::Topic(name), true) = (&self.wanted, names.is_empty()) {
            // As in Java, a group is joined with a topic that does not exist yet.
            if !self.subscribed.is_empty() {
                return Ok(());
            }
            names.push(name.clone());
        } else if names.is_empty() {
            self.tell("no topic matches yet; waiting for one".to_owned());
            return Ok(());
        }
        names.sort();
        let appeared = self.missing.is_none() && matches!(self.wanted, Wanted::Topic(_));
        if names == self.subscribed && !appeared {
            return Ok(());
        }
        self.native.subscribe(&names).map_err(|error| Error::Client(error.text))?;
        self.subscribed = names;
        Ok(())
    }

    /// Fetches the partitions of a topic that are not fetched yet.
    fn fetch(&mut self, topic: TopicMetadata, first: bool) -> Result<()> {
        let known = self.fetched.get(&topic.name);
        let (partitions, start) = match &self.wanted {
            Wanted::Partition { topic, .. } if known.is_some_and(|(_, partitions)| !partitions.is_empty()) => {
                return Err(Error::Client(format!("the partition of {topic} is read already")));
            }
            Wanted::Partition { partition, start, .. } => {
                if !topic.partitions.contains(partition) {
                    let count = topic.partitions.len();
                    return Err(Error::Client(format!(
                        "the topic '{}' has no partition {partition}: it has {count}, counted from 0",
                        topic.name
                    )));
                }
                (vec![*partition], Some(*start))
            }
            _ => {
                let fresh = |partition: &i32| known.is_none_or(|(_, partitions)| !partitions.contains(partition));
                (topic.partitions.iter().copied().filter(fresh).collect(), None)
            }
        };
        if partitions.is_empty() {
            return Ok(());
        }
        let offsets = self.offsets(&topic.name, &partitions, start, first)?;
        let handle = match self.fetched.remove(&topic.name) {
            Some(entry) => entry,
            None => (self.native.topic(&topic.name).map_err(|error| Error::Client(error.text))?, BTreeSet::new()),
        };
        let (handle, begun) = self.fetched.entry(topic.name).or_insert(handle);
        for (partition, offset) in offsets {
            self.native.begin(handle, partition, offset).map_err(|error| Error::Client(error.text))?;
            begun.insert(partition);
        }
        Ok(())
    }

    /// Where each partition is to be read from. What appeared only after the start is read as a whole: all of its records
    /// are later than the start.
    fn offsets(&self, topic: &str, partitions: &[i32], start: Option<Start>, first: bool) -> Result<Vec<(i32, i64)>> {
        let all = |offset: i64| partitions.iter().map(|partition| (*partition, offset)).collect();
        match (start, self.reset) {
            (Some(Start::Offset(offset)), _) => Ok(all(offset)),
            (None, OffsetReset::None) => {
                let names: Vec<String> = partitions.iter().map(|partition| format!("{topic}-{partition}")).collect();
                Err(Error::Client(format!("Undefined offset with no reset policy for partitions: [{}]", names.join(", "))))
            }
            (Some(Start::Earliest), _) | (None, OffsetReset::Earliest) => Ok(all(EARLIEST)),
            (None, _) if !first => Ok(all(EARLIEST)),
            (Some(Start::Latest), _) | (None, OffsetReset::Latest) => Ok(all(LATEST)),
            (None, OffsetReset::ByDuration(age)) => {
                let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                let time = i64::try_from(now.saturating_sub(age).as_millis()).unwrap_or(0);
                let places: Vec<(String, i32)> = partitions.iter().map(|partition| (topic.to_owned(), *partition)).collect();
                let found = self.native.offsets_at(&places, time, SILENCE).map_err(|error| Error::Client(error.text))?;
                Ok(found.into_iter().map(|(_, partition, offset)| (partition, if offset < 0 { LATEST } else { offset })).collect())
            }
        }
    }
}

/// Topics that belong to Kafka itself (Java's `Topic.isInternal`).
fn is_internal(topic: &str) -> bool {
    matches!(topic, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}
