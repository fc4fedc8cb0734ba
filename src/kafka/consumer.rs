//! Reading records: a group's share of topics, whole topics without any group, or one partition.
//!
//! Without a group nothing is joined: every partition is fetched directly, and partitions and topics that appear later
//! are picked up. With a group, what has been [noted](Consumer::note) and [written](Consumer::written) is committed, and
//! nothing else.

mod finding;
mod positions;
mod properties;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::rc::Rc;
use std::time::{Duration, Instant};

use self::positions::Positions;
use self::trouble::{code, is_rebalancing, plain, unknown_topic};
use super::error::{Error, Result};
use super::native::{NativeConsumer, NativeError, Topic};
use super::settings::{ClientSettings, OffsetReset};
use super::wire::reach;

pub use super::native::{Batch, Message};

/// How long brokers may take to answer at first.
const SILENCE: Duration = Duration::from_secs(10);
/// How long they get at least, however short the wait for records is to be.
const LEAST_PATIENCE: Duration = Duration::from_secs(1);
/// How long one attempt to get metadata may take before other news are looked at.
const SLICE: Duration = Duration::from_millis(250);
/// How often new topics and partitions are looked for, unless `metadata.max.age.ms` is shorter.
const REFRESH: Duration = Duration::from_secs(10);
/// How long the last commit and leaving the group may take together.
const FAREWELL: Duration = Duration::from_secs(10);
/// After how much of that a wait is told.
const UNEASY: Duration = Duration::from_secs(2);
/// How often is looked whether the last commit is done.
const COMMIT_TICK: Duration = Duration::from_millis(50);
/// How long the end of an idle partition is waited for before the last commit.
const SETTLING: Duration = Duration::from_millis(500);
/// How many records are looked at in one go before the last commit.
const SETTLING_BATCH: usize = 10_000;

/// Whether a topic of this name is wanted, or why that cannot be told.
pub type Matches = Box<dyn Fn(&str) -> std::result::Result<bool, String>>;

/// What is to be read.
pub enum Wanted {
    Topic(String),
    /// All topics whose name passes, Kafka's own ones left out unless `exclude.internal.topics` is false.
    Matching(Matches),
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
    /// Connects, and begins to read. `group` tells whether `group.id` names a group to join; brokers get no longer than the
    /// wait for records is to be, but neither too long nor too short.
    ///
    /// # Errors
    /// Settings that cannot be used, no broker, and a topic or partition that cannot be read.
    pub fn start(settings: &ClientSettings, wanted: Wanted, group: bool, patience: Option<Duration>) -> Result<Self, NotStarted> {
        let unreached = |error| NotStarted { reached: false, error };
        let deadline = Instant::now() + first_patience(patience);
        let mut consumer = Self::configured(settings, wanted, group).map_err(unreached)?;
        // librdkafka would go on trying, and tells less about why it has to.
        reach(settings, first_patience(patience)).map_err(unreached)?;
        let topics = consumer.first_metadata(deadline.saturating_duration_since(Instant::now()));
        topics.and_then(|topics| consumer.take_up(topics, true)).map_err(|error| NotStarted { reached: true, error })?;
        Ok(consumer)
    }

    /// A consumer that has asked for nothing yet.
    fn configured(settings: &ClientSettings, wanted: Wanted, group: bool) -> Result<Self> {
        let reset = settings.offset_reset();
        if group && matches!(reset, OffsetReset::ByDuration(_)) {
            return Err(Error::Settings(
                "auto.offset.reset=by_duration cannot be used with a group: use earliest or latest, or leave the group away".to_owned(),
            ));
        }
        let configuration = properties::librdkafka(settings, group);
        let native = NativeConsumer::start(&configuration, group).map_err(Error::Settings)?;
        let servers: Vec<String> = settings.bootstrap_servers.iter().map(ToString::to_string).collect();
        Ok(Self {
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
            refresh_interval: settings.metadata_max_age().clamp(Duration::from_secs(1), REFRESH),
            next_refresh: Instant::now(),
            positions: Positions::default(),
            ends: Vec::new(),
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
        if self.group {
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

    /// Whether the group gives partitions to this member, or takes them away. As in Java, that waits for the member: no
    /// record comes until all of them are [written](Self::written) and the change is [made](Self::rebalance).
    pub fn is_rebalancing(&self) -> bool {
        self.native.is_rebalancing()
    }

    /// Makes the changes that the group has announced. All records that came before must have been written; what is stored
    /// for partitions that others get is committed first.
    pub fn rebalance(&mut self) {
        self.apply_ends();
        self.written();
        while let Some(change) = self.native.rebalance() {
            match change {
                Ok(change) => {
                    for (topic, partition) in &change.partitions {
                        self.positions.forget(topic, *partition);
                    }
                    if change.loses() {
                        self.notices
                            .push("the group has given this member's partitions to others, who may read some records again".to_owned());
                    }
                }
                // Then nothing is assigned, and whatever comes next begins anew.
                Err(error) => {
                    self.positions = Positions::default();
                    self.notices.push(format!("cannot follow the group: {}", plain(&error.text)));
                }
            }
        }
        // The library stops all partitions for a change. Those that stay go on where it thinks that reading has stopped, which
        // is one record too far where the end of a partition was reported.
        let assigned = self.native.assignment();
        let kept: Vec<(&str, i32, i64)> = assigned
            .iter()
            .filter_map(|(topic, partition)| Some((topic.as_str(), *partition, self.positions.next(topic, *partition)?)))
            .collect();
        if !kept.is_empty() {
            self.native.seek(kept.into_iter());
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
    /// handed out has been noted and written; then the offset goes past transaction markers too, as in Java. What has to be
    /// waited for is told once through `waiting`.
    ///
    /// # Errors
    /// The offsets could not be committed.
    pub fn finish(&mut self, mut batch: Batch, all_consumed: bool, waiting: &mut dyn FnMut(&str)) -> Result<()> {
        if !self.group {
            return Ok(());
        }
        let deadline = Instant::now() + FAREWELL;
        let told_at = Instant::now() + UNEASY;
        let mut told = false;
        let mut waiting = |what: &str| {
            if !told && Instant::now() >= told_at {
                told = true;
                waiting(what);
            }
        };
        let committed = if self.commits {
            if all_consumed {
                self.settle(&mut batch);
                self.written();
            }
            self.commit(&mut batch, deadline, &mut || waiting("waiting for the brokers to commit the offsets"))
        } else {
            Ok(())
        };
        drop(batch);
        let left = self.native.leave(deadline, &mut || waiting("waiting for the brokers to leave the group"));
        if committed.is_ok()
            && let Err(error) = left
        {
            let reason = self.final_reason(&error);
            self.notices.push(format!("cannot leave the group: {reason}"));
        }
        committed.map_err(|error| match self.broker_error(&error, "") {
            Error::Client(_) => Error::Client(format!("cannot commit the offsets: {}", self.final_reason(&error))),
            error => error,
        })
    }

    /// Commits what is stored, and follows the group where it changes meanwhile.
    fn commit(&mut self, batch: &mut Batch, deadline: Instant, waiting: &mut dyn FnMut()) -> Result<(), NativeError> {
        loop {
            let commit = self.native.commit()?;
            let outcome = loop {
                if let Some(outcome) = commit.outcome(COMMIT_TICK) {
                    break outcome;
                }
                if Instant::now() >= deadline {
                    break Err(NativeError::new(code::TIMED_OUT, None));
                }
                waiting();
            };
            match outcome {
                Err(error) if is_rebalancing(error.code) && Instant::now() < deadline => {
                    // Nothing of this is used any more; the library announces changes while records are taken.
                    drop(batch.fill(1, COMMIT_TICK));
                    while let Some(change) = self.native.rebalance() {
                        if change.is_ok_and(|change| change.loses()) {
                            return Err(error);
                        }
                    }
                    waiting();
                }
                outcome => return outcome,
            }
        }
    }

    /// Why the last request failed: where brokers are only silent, what was heard of them last.
    fn final_reason(&mut self, error: &NativeError) -> String {
        for error in self.native.errors() {
            self.remember_reason(&error);
        }
        match &self.last_reason {
            Some(reason) if error.code == code::TIMED_OUT => reason.clone(),
            None if error.code == code::TIMED_OUT => format!("no answer from {} within {} s", self.servers, FAREWELL.as_secs()),
            _ => plain(&error.text),
        }
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
        while !is_settled(&self.positions, &unread) && !self.native.is_rebalancing() && Instant::now() < deadline {
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
        let error = Consumer::start(&settings, Wanted::Topic("t".to_owned()), false, Some(Duration::from_millis(300))).unwrap_err();
        assert!(!error.reached);
        assert_eq!(error.error.to_string(), "cannot reach 127.0.0.1:1: Connection refused");
    }
}
