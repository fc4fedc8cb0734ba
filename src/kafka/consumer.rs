//! Reading records: a group's share of topics, whole topics without any group, or one partition.
//!
//! Without a group nothing is joined: every partition is fetched directly, and partitions and topics that appear later
//! are picked up. With a group, what has been [noted](Consumer::note) and [written](Consumer::written) is committed, and
//! nothing else.

mod positions;
mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use self::positions::Positions;
use super::error::{BrokerError, Error, ErrorCode, Result};
use super::native::{NativeConsumer, NativeError, StreamError, Topic, TopicMetadata};
use super::settings::{ClientSettings, OffsetReset};
use super::wire::reach;

pub use super::native::{Batch, Message};

/// Offsets that stand for places (`ListOffsetsRequest`).
const EARLIEST: i64 = -2;
const LATEST: i64 = -1;

/// How long brokers may take to answer at first.
const SILENCE: Duration = Duration::from_secs(10);
/// How long they get at least, however short the wait for records is to be.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);
/// How long one attempt to get metadata may take before other news are looked at.
const SLICE: Duration = Duration::from_millis(250);
/// How often new topics and partitions are looked for, unless `metadata.max.age.ms` is shorter.
const REFRESH: Duration = Duration::from_secs(10);
/// How often a topic that does not exist is looked for.
const REFRESH_MISSING: Duration = Duration::from_millis(500);
/// How long the last commit, and leaving the group, may take.
const FAREWELL: Duration = Duration::from_secs(10);
/// How long the end of an idle partition is waited for before the last commit.
const SETTLING: Duration = Duration::from_millis(500);
/// How many records are looked at in one go before the last commit.
const SETTLING_BATCH: usize = 10_000;

/// librdkafka's own error codes that are told apart here.
mod code {
    pub const BAD_MESSAGE: i32 = -199;
    pub const BAD_COMPRESSION: i32 = -198;
    pub const TRANSPORT: i32 = -195;
    pub const RESOLVE: i32 = -193;
    pub const PARTITION_EOF: i32 = -191;
    pub const ALL_BROKERS_DOWN: i32 = -187;
    pub const SSL: i32 = -181;
    pub const AUTHENTICATION: i32 = -169;
    pub const UNSUPPORTED_FEATURE: i32 = -165;
    pub const FATAL: i32 = -150;
    pub const AUTO_OFFSET_RESET: i32 = -140;
}

/// Broker codes that no waiting changes: a corrupt or too large record, invalid names, missing permissions, and refusals
/// of the group coordinator.
const FINAL: [i16; 17] = [2, 10, 17, 23, 24, 26, 29, 30, 31, 33, 34, 35, 58, 81, 82, 112, 129];

/// What is to be read.
pub enum Wanted {
    Topic(String),
    /// All topics whose name passes, Kafka's own ones left out unless `exclude.internal.topics` is false.
    Matching(Box<dyn Fn(&str) -> bool>),
    Partition {
        topic: String,
        partition: i32,
        start: Start,
    },
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(topic) => write!(f, "Topic({topic:?})"),
            Self::Matching(_) => f.write_str("Matching"),
            Self::Partition { topic, partition, start } => write!(f, "Partition({topic:?}, {partition}, {start:?})"),
        }
    }
}

/// Where in a partition reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    Earliest,
    Latest,
    Offset(i64),
}

/// A running consumer (Java's `KafkaConsumer`).
pub struct Consumer {
    native: Rc<NativeConsumer>,
    servers: String,
    wanted: Wanted,
    group: bool,
    commits: bool,
    internal_topics: bool,
    reset: OffsetReset,
    /// The topics and partitions that are fetched without a group, and the handles that keep them known.
    fetched: BTreeMap<String, (Topic, BTreeSet<i32>)>,
    /// The topics that the group has been joined with.
    subscribed: Vec<String>,
    /// The wanted topic, while it does not exist.
    missing: Option<String>,
    /// Why no broker can be reached at the moment.
    lost: Option<String>,
    last_reason: Option<String>,
    refresh_interval: Duration,
    next_refresh: Instant,
    positions: Positions,
    /// Ends of partitions that came with the batch that is in hand.
    ends: Vec<(String, i32, i64)>,
    failure: Option<Error>,
    notices: Vec<String>,
    told: BTreeSet<String>,
}

impl fmt::Debug for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumer").field("servers", &self.servers).field("wanted", &self.wanted).finish_non_exhaustive()
    }
}

impl Consumer {
    /// Makes sure that a broker answers, for no longer than the wait for records is to be, but neither too long nor too
    /// short.
    ///
    /// # Errors
    /// Why none does.
    pub fn reach(settings: &ClientSettings, patience: Option<Duration>) -> Result<()> {
        reach(settings, first_patience(patience))
    }

    /// Connects, and begins to read. `group` tells whether `group.id` names a group to join; brokers that refuse are given
    /// no more than `patience`.
    ///
    /// # Errors
    /// Settings that cannot be used, no broker, and a topic or partition that cannot be read.
    pub fn start(settings: &ClientSettings, wanted: Wanted, group: bool, patience: Option<Duration>) -> Result<Self> {
        let reset = settings.offset_reset();
        if group && matches!(reset, OffsetReset::ByDuration(_)) {
            return Err(Error::Settings(
                "auto.offset.reset=by_duration cannot be used with a group: use earliest or latest, or leave the group away".to_owned(),
            ));
        }
        let configuration = properties::librdkafka(settings, group);
        let native = NativeConsumer::start(&configuration, group).map_err(Error::Settings)?;
        let age = settings.properties.get("metadata.max.age.ms").and_then(|age| age.parse().ok()).map(Duration::from_millis);
        let servers: Vec<String> = settings.bootstrap_servers.iter().map(ToString::to_string).collect();
        let mut consumer = Self {
            native,
            servers: servers.join(","),
            wanted,
            group,
            commits: group && configuration.iter().any(|(name, value)| name == "enable.auto.commit" && value == "true"),
            internal_topics: !settings.exclude_internal_topics(),
            reset,
            fetched: BTreeMap::new(),
            subscribed: Vec::new(),
            missing: None,
            lost: None,
            last_reason: None,
            refresh_interval: age.unwrap_or(REFRESH).clamp(Duration::from_secs(1), REFRESH),
            next_refresh: Instant::now(),
            positions: Positions::default(),
            ends: Vec::new(),
            failure: None,
            notices: Vec::new(),
            told: BTreeSet::new(),
        };
        let topics = consumer.first_metadata(first_patience(patience))?;
        consumer.take_up(topics, true)?;
        Ok(consumer)
    }

    /// Room for records of this consumer.
    pub fn batch(&self) -> Batch {
        self.native.batch()
    }

    /// Takes the next records into `batch`: without patience up to `limit` of those that are there, with patience the first
    /// one that comes. All records of the batch before count as consumed.
    ///
    /// # Errors
    /// What ends the reading for good. Brokers that are away for a while do not.
    pub fn receive(&mut self, batch: &mut Batch, limit: usize, patience: Duration) -> Result<()> {
        self.positions.new_batch();
        self.apply_ends();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        for error in batch.fill(limit, patience) {
            self.judge(error);
        }
        if !batch.is_empty() && self.lost.take().is_some() {
            self.last_reason = None;
        }
        self.watch();
        match self.failure.take() {
            Some(failure) if batch.is_empty() => Err(failure),
            failure => {
                // The records that came before the failure are still to be used.
                self.failure = failure;
                Ok(())
            }
        }
    }

    /// Counts a record as consumed.
    pub fn note(&mut self, message: Message<'_>) {
        if self.commits {
            self.positions.note(message);
        }
    }

    /// Everything that has been noted is safe: it may be committed from now on.
    pub fn written(&mut self) {
        if self.commits {
            self.native
                .store(self.positions.take_changed().iter().map(|(topic, partition, next, epoch)| (&**topic, *partition, *next, *epoch)));
        }
    }

    /// What the user should hear, said once each.
    pub fn notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Why there may be no records, if that is more than that nobody writes any.
    pub fn complaint(&mut self) -> Option<Error> {
        if let Some(topic) = &self.missing {
            return Some(unknown_topic(topic));
        }
        let reason = self.lost.take()?;
        // The brokers may be back, with nothing to read from them.
        let probe = self.fetched.values().next().map(|(topic, _)| topic);
        self.native.metadata(probe, SLICE * 4).is_err().then(|| Error::Unreachable { target: self.servers.clone(), reason })
    }

    /// Ends the reading: commits what was written, and leaves the group. `all_consumed` tells whether every record that was
    /// handed out has been noted and written; then the offset goes past transaction markers too, as in Java.
    ///
    /// # Errors
    /// The offsets could not be committed.
    pub fn finish(&mut self, mut batch: Batch, all_consumed: bool) -> Result<()> {
        if !self.group {
            return Ok(());
        }
        let committed = if self.commits {
            if all_consumed {
                self.settle(&mut batch);
                self.written();
            }
            self.native.commit(FAREWELL)
        } else {
            Ok(())
        };
        drop(batch);
        self.native.leave(FAREWELL);
        committed.map_err(|error| match self.broker_error(&error, "") {
            Error::Client(text) => Error::Client(format!("cannot commit the offsets: {text}")),
            error => error,
        })
    }

    /// Moves the positions to the first records that have not been consumed, or to the ends of the partitions.
    fn settle(&mut self, batch: &mut Batch) {
        let assigned = self.native.assignment();
        let mut unread: BTreeMap<(String, i32), i64> = BTreeMap::new();
        self.apply_ends();
        let deadline = Instant::now() + SETTLING;
        let is_settled = |positions: &Positions, unread: &BTreeMap<(String, i32), i64>| {
            assigned.iter().all(|place| unread.contains_key(place) || positions.is_at_end(&place.0, place.1))
        };
        while !is_settled(&self.positions, &unread) && Instant::now() < deadline {
            let errors = batch.fill(SETTLING_BATCH, Duration::ZERO);
            let errors = if errors.is_empty() && batch.is_empty() { batch.fill(1, Duration::from_millis(20)) } else { errors };
            let mut last = None;
            for message in batch.messages() {
                if last.replace(message.partition_key()) != Some(message.partition_key()) {
                    unread.entry((message.topic(), message.partition())).or_insert(message.offset());
                }
            }
            for end in errors.into_iter().filter(|error| error.error.code == code::PARTITION_EOF) {
                if !unread.contains_key(&(end.topic.clone(), end.partition)) {
                    self.positions.end(&end.topic, end.partition, end.offset);
                }
            }
        }
        for ((topic, partition), offset) in unread {
            self.positions.advance(&topic, partition, offset);
        }
    }

    /// The ends that came with a batch hold as soon as its records have been consumed.
    fn apply_ends(&mut self) {
        for (topic, partition, offset) in std::mem::take(&mut self.ends) {
            self.positions.end(&topic, partition, offset);
        }
    }

    /// Waits for the first answer of a broker to librdkafka, no longer than `patience`.
    fn first_metadata(&mut self, patience: Duration) -> Result<Vec<TopicMetadata>> {
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
    fn wanted_topic(&self) -> Result<Option<Topic>> {
        match &self.wanted {
            Wanted::Topic(topic) | Wanted::Partition { topic, .. } => {
                self.native.topic(topic).map(Some).map_err(|_| refused(ErrorCode::INVALID_TOPIC_EXCEPTION, topic))
            }
            Wanted::Matching(_) => Ok(None),
        }
    }

    /// Looks at what happened beside the stream of records.
    fn watch(&mut self) {
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
    fn take_up(&mut self, topics: Vec<TopicMetadata>, first: bool) -> Result<()> {
        self.next_refresh = Instant::now() + self.refresh_interval;
        let topics = match &self.wanted {
            Wanted::Matching(matches) => {
                let wanted =
                    |topic: &TopicMetadata| topic.code == 0 && matches(&topic.name) && (self.internal_topics || !is_internal(&topic.name));
                topics.into_iter().filter(wanted).collect()
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

    /// Judges an error in the stream of records.
    fn judge(&mut self, error: StreamError) {
        if error.error.code == code::PARTITION_EOF {
            self.lost = None;
            if self.commits {
                self.ends.push((error.topic, error.partition, error.offset));
            }
            return;
        }
        if error.error.code == code::AUTO_OFFSET_RESET {
            let text = format!("Undefined offset with no reset policy for partitions: [{}-{}]", error.topic, error.partition);
            self.failure.get_or_insert(Error::Client(format!("{text} ({})", plain(&error.error.text))));
            return;
        }
        self.hear(&error.error, &error.topic);
    }

    /// An error ends the reading, or is told once.
    fn hear(&mut self, error: &NativeError, topic: &str) {
        if is_final(error.code) {
            // Without a group, what the coordinator thinks does not matter.
            if self.group || !matches!(error.code, 23 | 24 | 26 | 30) {
                let failure = self.broker_error(error, topic);
                self.failure.get_or_insert(failure);
            }
            return;
        }
        match error.code {
            code::ALL_BROKERS_DOWN => {
                let reason = self.last_reason.clone().unwrap_or_else(|| "no broker answers".to_owned());
                if self.lost.is_none() {
                    self.notices.push(format!("lost {}: {reason}; waiting for it to come back", self.servers));
                }
                self.lost = Some(reason);
            }
            code::TRANSPORT | code::RESOLVE => self.remember_reason(error),
            code if code == i32::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0) && self.missing.is_some() => {}
            // The library's other own errors are about attempts that it repeats.
            code if code < 0 => self.remember_reason(error),
            _ => {
                let text = if topic.is_empty() { plain(&error.text) } else { format!("{topic}: {}", plain(&error.text)) };
                self.tell(text);
            }
        }
    }

    fn remember_reason(&mut self, error: &NativeError) {
        // That all are down is no reason: others come with it.
        if error.code != code::ALL_BROKERS_DOWN {
            self.last_reason = Some(plain(&error.text));
        }
    }

    fn tell(&mut self, notice: String) {
        if self.told.insert(notice.clone()) {
            self.notices.push(notice);
        }
    }

    /// An error with the meaning that it has in the rest of this program.
    fn broker_error(&self, error: &NativeError, topic: &str) -> Error {
        match error.code {
            code::AUTHENTICATION | code::SSL => Error::Unreachable { target: self.servers.clone(), reason: plain(&error.text) },
            code if code > 0 => refused(ErrorCode(i16::try_from(code).unwrap_or(-1)), topic),
            _ => Error::Client(plain(&error.text)),
        }
    }
}

/// How long brokers get for their first answer.
fn first_patience(patience: Option<Duration>) -> Duration {
    patience.unwrap_or(SILENCE).clamp(LEAST_PATIENCE, SILENCE)
}

/// Topics that belong to Kafka itself (Java's `Topic.isInternal`).
fn is_internal(topic: &str) -> bool {
    matches!(topic, "__consumer_offsets" | "__transaction_state" | "__share_group_state")
}

/// Whether no waiting changes this.
fn is_final(code: i32) -> bool {
    matches!(code, code::FATAL | code::AUTHENTICATION | code::SSL | code::UNSUPPORTED_FEATURE | code::BAD_MESSAGE | code::BAD_COMPRESSION)
        || i16::try_from(code).is_ok_and(|code| FINAL.contains(&code))
}

/// Whether a topic is being created, or elects its leaders.
fn is_waiting(code: i32) -> bool {
    code == i32::from(ErrorCode::LEADER_NOT_AVAILABLE.0)
}

fn unknown_topic(topic: &str) -> Error {
    Error::Client(format!("the topic '{topic}' does not exist"))
}

/// A broker's refusal, with the topic's name where it is about one.
fn refused(code: ErrorCode, topic: &str) -> Error {
    let message = match (code, topic) {
        (_, "") => None,
        (ErrorCode::INVALID_TOPIC_EXCEPTION, topic) => Some(format!("Invalid topic '{topic}': {}", code.message())),
        (code, topic) => Some(format!("{topic}: {}", code.message())),
    };
    Error::Broker(BrokerError { code, message })
}

/// librdkafka's sentence without the names of its own parts.
fn plain(text: &str) -> String {
    let text = text.split(" (after ").next().unwrap_or(text);
    let text = match text.split_once(": ") {
        Some((part, rest)) if part.contains('/') && !part.contains(' ') => rest,
        _ => text,
    };
    let reason = ["Connect to ", "Failed to resolve "].iter().find(|start| text.starts_with(**start)).and_then(|_| text.split_once(": "));
    reason.map_or(text, |(_, reason)| reason).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_told_without_the_librarys_decoration() {
        let refused = "127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)";
        assert_eq!(plain(refused), "Connection refused");
        let unresolved = "nosuch:9092/bootstrap: Failed to resolve 'nosuch:9092': Name or service not known (after 3ms in state CONNECT)";
        assert_eq!(plain(unresolved), "Name or service not known");
        assert_eq!(plain("Broker: Group authorization failed"), "Broker: Group authorization failed");
    }

    #[test]
    fn an_unreachable_broker_is_told_in_bounded_time() {
        let settings = ClientSettings::new(crate::kafka::settings::Role::Consumer, "127.0.0.1:1").unwrap();
        let error = Consumer::start(&settings, Wanted::Topic("t".to_owned()), false, Some(Duration::from_millis(300))).unwrap_err();
        assert_eq!(error.to_string(), "cannot reach 127.0.0.1:1: Connection refused");
    }

    #[test]
    fn refusals_name_the_topic() {
        assert_eq!(refused(ErrorCode(29), "t").to_string(), "t: Topic authorization failed.");
        assert!(refused(ErrorCode(17), "bad topic!").to_string().starts_with("Invalid topic 'bad topic!': "));
    }
}
