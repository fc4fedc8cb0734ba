//! Reading as a member of a group: what is committed, how the group's changes are followed, and how it is left.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::positions::Positions;
use super::trouble::{is_rebalancing, plain};
use super::{Batch, Consumer, Message};
use crate::kafka::error::{Error, Result};
use crate::kafka::native::{Change, NativeError, codes};

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

impl Consumer {
    pub(super) fn is_member(&self) -> bool {
        self.group.is_some()
    }

    /// Counts a record as consumed.
    pub fn note(&mut self, message: Message<'_>) {
        if self.is_member() {
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
        let mut given = false;
        while let Some(change) = self.make_change() {
            given = change.as_ref().is_ok_and(|change| change.assigned);
            match change {
                Ok(change) => {
                    for (topic, partition) in &change.partitions {
                        self.positions.forget(topic, *partition);
                        if let Some(ends) = &mut self.pinned {
                            ends.reopen(topic, *partition);
                        }
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
        // Who has only been relieved of everything has not heard yet what comes instead, which may take the group a while.
        self.assigned = (given || !assigned.is_empty()).then(|| (Instant::now(), assigned));
    }

    fn make_change(&self) -> Option<std::result::Result<Change, NativeError>> {
        self.native.rebalance(&|partitions| self.starts_by_age(partitions))
    }

    /// Whether this member has lost its partitions without having been asked, because it was silent for too long. What has
    /// been received and not been printed yet is read by others.
    pub fn has_lost_its_partitions(&self) -> bool {
        self.is_member() && self.native.has_lost_assignment()
    }

    /// Ends the reading: commits what was written, and leaves the group. `all_consumed` tells whether every record that was
    /// handed out has been noted and written; then the offset goes past transaction markers too, as in Java. What has to be
    /// waited for is told once through `waiting`.
    ///
    /// # Errors
    /// The offsets could not be committed.
    pub fn finish(&mut self, mut batch: Batch, all_consumed: bool, waiting: &mut dyn FnMut(&str)) -> Result<()> {
        // A client that cannot go on at all cannot do this either, and has said why.
        if !self.is_member() || self.native.fatal_error().is_some() {
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
                    break Err(NativeError::new(codes::TIMED_OUT, None));
                }
                waiting();
            };
            match outcome {
                Err(error) if is_rebalancing(error.code) && Instant::now() < deadline => {
                    // Nothing of this is used any more; the library announces changes while records are taken.
                    drop(batch.fill(1, COMMIT_TICK));
                    while let Some(change) = self.make_change() {
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
            Some(reason) if error.code == codes::TIMED_OUT => reason.clone(),
            None if error.code == codes::TIMED_OUT => format!("no answer from {} within {} s", self.servers, FAREWELL.as_secs()),
            _ => plain(&error.text),
        }
    }

    /// Moves the positions to the first records that have not been consumed, or to the ends of the partitions.
    fn settle(&mut self, batch: &mut Batch) {
        let assigned = self.native.assignment();
        let mut unread: BTreeMap<(String, i32), i64> = self.pinned.as_ref().map(|ends| ends.left_out().clone()).unwrap_or_default();
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
            for end in errors.into_iter().filter(|error| error.error.code == codes::PARTITION_EOF) {
                if !unread.contains_key(&(end.topic.clone(), end.partition)) {
                    self.positions.end(&end.topic, end.partition, end.offset);
                }
            }
        }
        for ((topic, partition), offset) in unread {
            self.positions.advance(&topic, partition, offset);
        }
    }
}
