//! Reading records: a group's share of topics, whole topics without any group, or one partition.
//!
//! Without a group nothing is joined: every partition is fetched directly, and partitions and topics that appear later
//! are picked up. With a group, what has been [noted](Consumer::note) and [written](Consumer::written) is committed, and
//! nothing else.

mod ends;
mod finding;
mod group;
mod positions;
mod properties;
mod starting;
mod tail;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use self::ends::Ends;
use self::positions::Positions;
use self::tail::Tail;
use self::trouble::unknown_topic;
use super::error::{Error, Result};
use super::native::{NativeConsumer, Topic};
use super::settings::{ClientSettings, OffsetReset};
use super::wire::reach;

pub use super::native::{Batch, Message};

/// How long brokers may take to answer at first.
const SILENCE: Duration = Duration::from_secs(10);
/// How long they get at least, however short the wait for records is to be.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);
/// How long one attempt to get metadata may take before other news are looked at.
const SLICE: Duration = Duration::from_millis(250);
/// How many records are looked at in one go while the last ones are gathered.
const GATHERED_AT_ONCE: usize = 10_000;
/// How often new topics and partitions are looked for, unless `metadata.max.age.ms` is shorter.
const REFRESH: Duration = Duration::from_secs(10);
/// Whether a topic of this name is wanted, or why that cannot be told.
pub type Matches = Box<dyn Fn(&str) -> std::result::Result<bool, String>>;

/// What is to be read, and from where to where.
#[derive(Debug)]
pub struct Reading {
    pub wanted: Wanted,
    pub start: Start,
    /// Whether `group.id` names a group to join.
    pub group: bool,
    /// Whether the reading is [complete](Consumer::is_complete) once everything is read that is there now.
    pub to_end: bool,
    /// How long the wait for records is to be: brokers get no longer for their first answer, but neither too long nor too
    /// short.
    pub patience: Option<Duration>,
}

/// What is to be read.
pub enum Wanted {
    Topic(String),
    /// All topics whose name passes, Kafka's own ones left out unless `exclude.internal.topics` is false.
    Matching(Matches),
    Partition {
        topic: String,
        partition: i32,
    },
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Topic(topic) => write!(f, "Topic({topic:?})"),
            Self::Matching(_) => f.write_str("Matching"),
            Self::Partition { topic, partition } => write!(f, "Partition({topic:?}, {partition})"),
        }
    }
}

/// Where in the partitions reading starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Where the group has stopped, or else where `auto.offset.reset` says.
    Reset,
    Earliest,
    Latest,
    Offset(i64),
    /// The first record of this time or later, in milliseconds since 1970.
    Time(i64),
    /// So many records before the end of each partition; they come together, merged by time.
    Tail(usize),
}

/// Why a consumer has not begun to read.
#[derive(Debug)]
pub struct NotStarted {
    /// Whether a broker has answered.
    pub reached: bool,
    pub error: Error,
}

/// A running consumer (Java's `KafkaConsumer`).
pub struct Consumer {
    native: Rc<NativeConsumer>,
    servers: String,
    wanted: Wanted,
    start: Start,
    /// The group that is joined.
    group: Option<String>,
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
    /// Where the reading ends by itself.
    pinned: Option<Ends>,
    /// The last records, while they are gathered.
    tail: Option<Tail>,
    /// Since when something that is wanted has been looked for in vain.
    missing_since: Option<Instant>,
    /// What the group has given to this member, and when; `None` until it has said that.
    assigned: Option<(Instant, Vec<(String, i32)>)>,
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
    /// Connects, and begins to read.
    ///
    /// # Errors
    /// Settings that cannot be used, no broker, and a topic or partition that cannot be read.
    pub fn start(settings: &ClientSettings, reading: Reading) -> Result<Self, NotStarted> {
        let unreached = |error| NotStarted { reached: false, error };
        let patience = first_patience(reading.patience);
        let deadline = Instant::now() + patience;
        let mut consumer = Self::configured(settings, reading).map_err(unreached)?;
        // librdkafka would go on trying, and tells less about why it has to.
        reach(settings, patience).map_err(unreached)?;
        let topics = consumer.first_metadata(deadline.saturating_duration_since(Instant::now()));
        topics.and_then(|topics| consumer.take_up(topics, true)).map_err(|error| NotStarted { reached: true, error })?;
        Ok(consumer)
    }

    /// A consumer that has asked for nothing yet.
    fn configured(settings: &ClientSettings, reading: Reading) -> Result<Self> {
        let Reading { wanted, start, group, to_end, .. } = reading;
        let configuration = properties::librdkafka(settings, group);
        let native = NativeConsumer::start(&configuration, group).map_err(Error::Settings)?;
        let is_set = |name: &str, value: &str| configuration.iter().any(|(known, given)| known == name && given == value);
        let servers: Vec<String> = settings.bootstrap_servers.iter().map(ToString::to_string).collect();
        Ok(Self {
            native,
            servers: servers.join(","),
            wanted,
            start,
            group: settings.properties.get("group.id").filter(|_| group).cloned(),
            commits: group && is_set("enable.auto.commit", "true"),
            internal_topics: !settings.exclude_internal_topics(),
            reset: settings.offset_reset(),
            fetched: BTreeMap::new(),
            subscribed: Vec::new(),
            missing: None,
            lost: None,
            last_reason: None,
            refresh_interval: settings.metadata_max_age().clamp(Duration::from_secs(1), REFRESH),
            next_refresh: Instant::now(),
            positions: Positions::default(),
            ends: Vec::new(),
            pinned: to_end.then(|| Ends::new(is_set("isolation.level", "read_committed"))),
            tail: None,
            missing_since: None,
            assigned: None,
            failure: None,
            notices: Vec::new(),
            told: BTreeSet::new(),
        })
    }

    /// Room for records of this consumer.
    pub fn batch(&self) -> Batch {
        self.native.batch()
    }

    /// Takes the next records into `batch`: without patience up to `limit` of those that are there, with patience the first
    /// one that comes. All records of the batch before count as consumed. Tells whether anything came; that may be more
    /// than what is in the batch, where last records are gathered or an end has been passed.
    ///
    /// # Errors
    /// What ends the reading for good. Brokers that are away for a while do not.
    pub fn receive(&mut self, batch: &mut Batch, limit: usize, patience: Duration) -> Result<bool> {
        self.positions.new_batch();
        self.apply_ends();
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let limit = if self.tail.is_some() { GATHERED_AT_ONCE } else { limit };
        for error in batch.fill(limit, patience) {
            self.judge(error);
        }
        let came = !batch.is_empty();
        if came && self.lost.take().is_some() {
            self.last_reason = None;
        }
        if self.is_member() && self.native.has_lost_assignment() {
            // Others read these records now.
            batch.clear();
        }
        self.gather(batch);
        // The last records are given when the last end has come, which is no record.
        let came = came || !batch.is_empty();
        self.cut(batch);
        self.watch();
        match self.failure.take() {
            Some(failure) if batch.is_empty() => Err(failure),
            failure => {
                // The records that came before the failure are still to be used.
                self.failure = failure;
                Ok(came)
            }
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

    /// The ends that came with a batch hold as soon as its records have been consumed, except where some were left out.
    fn apply_ends(&mut self) {
        for (topic, partition, offset) in std::mem::take(&mut self.ends) {
            let left_out = self.pinned.as_ref().and_then(|ends| ends.left_out().get(&(topic.clone(), partition)));
            self.positions.end(&topic, partition, left_out.copied().unwrap_or(offset));
        }
    }
}

/// How long brokers get for their first answer.
fn first_patience(patience: Option<Duration>) -> Duration {
    patience.unwrap_or(SILENCE).clamp(LEAST_PATIENCE, SILENCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreachable_broker_is_told_in_bounded_time() {
        let settings = ClientSettings::new(crate::kafka::settings::Role::Consumer, "127.0.0.1:1").unwrap();
        let wanted = Wanted::Topic("t".to_owned());
        let reading = Reading { wanted, start: Start::Reset, group: false, to_end: false, patience: Some(Duration::from_millis(300)) };
        let error = Consumer::start(&settings, reading).unwrap_err();
        assert!(!error.reached);
        assert_eq!(error.error.to_string(), "cannot reach 127.0.0.1:1: Connection refused");
    }
}
