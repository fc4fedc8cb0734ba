//! What there is to read: topics and partitions, at the start and as they appear later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use super::trouble::{is_final, is_waiting, plain, refused, unknown_topic};
use super::{Consumer, SLICE, Start, Wanted};
use crate::kafka::error::{Error, ErrorCode, Result};
use crate::kafka::model::is_internal_topic;
use crate::kafka::native::{LATEST, Topic, TopicMetadata};

const UNKNOWN: i32 = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0 as i32;
/// How often a topic that does not exist is looked for.
const REFRESH_MISSING: Duration = Duration::from_millis(500);
/// For how long.
const MISSING_PATIENCE: Duration = Duration::from_secs(5);

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
            let failure = self.broker_error(&error, "");
            self.failure.get_or_insert(failure);
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
            _ if self.pinned.is_some() => true,
            Wanted::Topic(_) => self.missing.is_some() || !self.is_member(),
            Wanted::Matching(_) => true,
            Wanted::Partition { .. } => self.missing.is_some(),
        }
    }

    /// Starts to read what is wanted of `topics`, and not read yet.
    pub(super) fn take_up(&mut self, topics: Vec<TopicMetadata>, first: bool) -> Result<()> {
        self.next_refresh = Instant::now() + self.refresh_interval;
        if self.pinned.is_some() && !(self.fetched.is_empty() && self.subscribed.is_empty()) {
            self.ask_again();
            return self.still_there(&topics);
        }
        let topics = match &self.wanted {
            Wanted::Matching(matches) => {
                let mut wanted = Vec::new();
                for topic in topics {
                    // A member of a group does not give up a topic that elects its leaders.
                    let kept = is_waiting(topic.code) && self.subscribed.contains(&topic.name);
                    let readable = (topic.code == 0 || kept) && (self.internal_topics || !is_internal_topic(&topic.name));
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
        for topic in &topics {
            self.tell_leaderless(topic);
        }
        if topics.is_empty() && matches!(self.wanted, Wanted::Matching(_)) && first {
            if self.pinned.is_some() {
                return Err(Error::Client("no topic matches --include".to_owned()));
            }
            self.tell("no topic matches yet; waiting for one".to_owned());
        }
        // A broker may hear of a topic only after the first answer. What is wanted by its name is no news for that.
        let first = first || self.fetched.is_empty() && !matches!(self.wanted, Wanted::Matching(_));
        if self.is_member() { self.join(&topics) } else { self.fetch(&topics, first) }
    }

    /// Makes sure that what is read to its end has one: of what is deleted meanwhile nothing comes any more. One broker may
    /// not know of it for a moment.
    fn still_there(&mut self, topics: &[TopicMetadata]) -> Result<()> {
        let known: BTreeMap<&str, &TopicMetadata> =
            topics.iter().filter(|topic| topic.code != UNKNOWN).map(|topic| (&*topic.name, topic)).collect();
        let gone = self.pinned.as_ref().and_then(|ends| ends.unreached().find_map(|place| gone(place, &known)));
        let Some(gone) = gone else {
            self.missing_since = None;
            return Ok(());
        };
        self.next_refresh = Instant::now() + REFRESH_MISSING;
        if self.missing_since.get_or_insert_with(Instant::now).elapsed() < MISSING_PATIENCE { Ok(()) } else { Err(gone) }
    }

    /// Sorts out a single topic that does not exist, or must not be read. One that has never been there is waited for as long
    /// as it takes that all brokers know of a new one.
    fn existing(&mut self, topics: Vec<TopicMetadata>, name: &str) -> Result<Vec<TopicMetadata>> {
        let Some(code) = topics.iter().map(|topic| topic.code).find(|code| *code != 0) else {
            (self.missing, self.missing_since) = (None, None);
            return Ok(topics);
        };
        if code != UNKNOWN && !is_waiting(code) {
            return Err(refused(ErrorCode(i16::try_from(code).unwrap_or(-1)), name));
        }
        self.next_refresh = Instant::now() + REFRESH_MISSING;
        self.missing = Some(name.to_owned());
        let read_before = self.fetched.contains_key(name) || !self.subscribed.is_empty();
        if read_before {
            self.tell(format!("the topic '{name}' does not exist any longer; waiting for it"));
        } else if self.missing_since.get_or_insert_with(Instant::now).elapsed() >= MISSING_PATIENCE {
            return Err(unknown_topic(name));
        }
        Ok(Vec::new())
    }

    /// Says which partitions nothing can be read from for now.
    fn tell_leaderless(&mut self, topic: &TopicMetadata) {
        for partition in &topic.leaderless {
            let wanted = !matches!(&self.wanted, Wanted::Partition { partition: wanted, .. } if wanted != partition);
            if wanted {
                self.tell(format!("{}-{partition} has no leader: nothing can be read from it until it has one", topic.name));
            }
        }
    }

    /// Joins the group, again if the topics are others now.
    fn join(&mut self, topics: &[TopicMetadata]) -> Result<()> {
        let mut names: Vec<String> = topics.iter().map(|topic| topic.name.clone()).collect();
        names.sort();
        if names.is_empty() || names == self.subscribed {
            return Ok(());
        }
        if let Some(pinned) = &self.pinned
            && pinned.is_empty()
        {
            let ends = self.offsets(&places(topics.iter()), LATEST)?;
            self.pinned.get_or_insert_default().pin(ends);
        }
        self.native.subscribe(&names).map_err(|error| Error::Client(error.text))?;
        self.subscribed = names;
        Ok(())
    }

    /// Fetches what is not fetched yet.
    fn fetch(&mut self, topics: &[TopicMetadata], first: bool) -> Result<()> {
        let mut fresh: Vec<(String, i32)> = Vec::new();
        for topic in topics {
            let known = self.fetched.get(&topic.name).map(|(_, partitions)| partitions);
            let wanted = self.wanted_partitions(topic)?;
            let unknown = wanted.into_iter().filter(|partition| known.is_none_or(|known| !known.contains(partition)));
            fresh.extend(unknown.map(|partition| (topic.name.clone(), partition)));
            if !self.fetched.contains_key(&topic.name) {
                let handle = self.native.topic(&topic.name).map_err(|error| Error::Client(error.text))?;
                self.fetched.insert(topic.name.clone(), (handle, BTreeSet::new()));
            }
        }
        if fresh.is_empty() {
            return Ok(());
        }
        let starts = self.starts(&fresh, first)?;
        let starts =
            if first && (self.pinned.is_some() || matches!(self.start, Start::Tail(_))) { self.bounded(&fresh, starts)? } else { starts };
        for (topic, partition) in fresh {
            if let Some((_, begun)) = self.fetched.get_mut(&topic) {
                begun.insert(partition);
            }
        }
        for (topic, partition, offset) in starts {
            if let Some((handle, _)) = self.fetched.get(&topic) {
                self.native.begin(handle, partition, offset).map_err(|error| Error::Client(error.text))?;
            }
        }
        Ok(())
    }

    /// The partitions of a topic that are to be read.
    fn wanted_partitions(&self, topic: &TopicMetadata) -> Result<Vec<i32>> {
        let Wanted::Partition { partition, .. } = &self.wanted else { return Ok(topic.partitions.clone()) };
        if topic.partitions.contains(partition) {
            return Ok(vec![*partition]);
        }
        let (name, count) = (&topic.name, topic.partitions.len());
        Err(Error::Client(format!("the topic '{name}' has no partition {partition}: it has {count}, counted from 0")))
    }
}

/// That `topics` have this partition no longer, if so.
fn gone((topic, partition): &(String, i32), topics: &BTreeMap<&str, &TopicMetadata>) -> Option<Error> {
    match topics.get(&**topic) {
        None => Some(Error::Client(format!("the topic '{topic}' does not exist any longer"))),
        Some(known) if known.code == 0 && !known.partitions.contains(partition) => {
            Some(Error::Client(format!("the topic '{topic}' has been made anew, without its partition {partition}")))
        }
        Some(_) => None,
    }
}

/// All partitions of these topics.
fn places<'a>(topics: impl Iterator<Item = &'a TopicMetadata>) -> Vec<(String, i32)> {
    topics.flat_map(|topic| topic.partitions.iter().map(|partition| (topic.name.clone(), *partition))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gone_is_told_by_topic_and_partition() {
        let topic = |name: &str, code: i32| TopicMetadata { name: name.to_owned(), code, partitions: vec![0, 1], leaderless: vec![1] };
        let topics = [topic("t", 0), topic("waits", i32::from(ErrorCode::LEADER_NOT_AVAILABLE.0))];
        let known: BTreeMap<&str, &TopicMetadata> = topics.iter().map(|topic| (&*topic.name, topic)).collect();
        let gone = |topic: &str, partition: i32| gone(&(topic.to_owned(), partition), &known).map(|error| error.to_string());
        assert_eq!((gone("t", 1), gone("waits", 7)), (None, None));
        assert_eq!(gone("u", 0).unwrap(), "the topic 'u' does not exist any longer");
        assert_eq!(gone("t", 2).unwrap(), "the topic 't' has been made anew, without its partition 2");
    }
}
