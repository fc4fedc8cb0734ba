//! A group of the protocol of KIP-848 (`org.apache.kafka.coordinator.group.modern.consumer`).
//!
//! Three epochs follow each other: a change of members, subscriptions or topics bumps the group's epoch; the assignor
//! makes a target assignment for it; and each member is led to its target, giving partitions up before others get them.

mod assignor;
mod heartbeat;
mod leave;
mod member;
mod patterns;
mod reconcile;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use kafka_protocol::error::ResponseError;
use uuid::Uuid;

pub use self::heartbeat::{Heartbeat, Reply};
pub use self::member::{Epochs, Member, MemberState, Partitions};
use crate::sandbox::error::Refusal;
use crate::sandbox::topics::Topics;

pub use self::assignor::DEFAULT as DEFAULT_ASSIGNOR;

/// What is configured for a group. Times are in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a member may be silent (`consumer.session.timeout.ms`).
    pub session_timeout: i64,
    /// How long after a target assignment the next one is made at the earliest (`consumer.assignment.interval.ms`).
    pub assignment_interval: i64,
    /// How many members it may have (`group.consumer.max.size`).
    pub max_size: usize,
}

/// The epoch of a group that nobody has joined yet.
const FIRST_EPOCH: i32 = 1;

/// One group. Times are milliseconds since 1970.
#[derive(Debug)]
pub struct ConsumerGroup {
    pub id: String,
    pub epoch: i32,
    /// What the topics were that the epoch was made for.
    pub metadata_hash: i64,
    pub members: BTreeMap<String, Member>,
    /// The member that has an instance id.
    instances: BTreeMap<String, String>,
    /// What each member is to get.
    pub target: BTreeMap<String, Partitions>,
    /// The epoch that the target was made for.
    pub target_epoch: i32,
    /// When the target was made.
    target_made_at: Option<i64>,
    /// The regular expressions that members subscribe with, and what they match.
    pub patterns: BTreeMap<String, BTreeSet<String>>,
    /// The version of the topics that the patterns were resolved for, and that the epoch was looked at for; none when there is
    /// something to look at in any case.
    resolved_for: Option<u64>,
    hashed_for: Option<u64>,
}

impl ConsumerGroup {
    /// A group with nobody in it.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            epoch: FIRST_EPOCH,
            metadata_hash: 0,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            target: BTreeMap::new(),
            target_epoch: FIRST_EPOCH,
            target_made_at: None,
            patterns: BTreeMap::new(),
            resolved_for: None,
            hashed_for: None,
        }
    }

    /// The state's name as the protocol has it.
    pub fn state(&self) -> &'static str {
        if self.members.is_empty() {
            "Empty"
        } else if self.epoch > self.target_epoch {
            "Assigning"
        } else if self.members.values().any(|member| !member.is_at(self.target_epoch)) {
            "Reconciling"
        } else {
            "Stable"
        }
    }

    /// The assignor that most members want.
    pub fn assignor(&self) -> &str {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for assignor in self.members.values().filter_map(|member| member.assignor.as_deref()) {
            *votes.entry(assignor).or_default() += 1;
        }
        votes.into_iter().max_by_key(|(_, count)| *count).map_or(DEFAULT_ASSIGNOR, |(assignor, _)| assignor)
    }

    /// Roughly how many bytes the group keeps for its members.
    pub fn held(&self) -> usize {
        self.members.values().map(Member::held).sum()
    }

    /// Whether a member subscribes to that topic.
    pub fn reads(&self, topic: &str) -> bool {
        self.members.values().any(|member| self.topics_of(member).contains(topic))
    }

    /// Refuses a commit of someone who may not. What is left to check for each partition is in the answer: the member's
    /// epoch as the client believes it, where that is an old one.
    ///
    /// # Errors
    /// UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH, UNSUPPORTED_VERSION.
    pub fn check_commit(
        &self,
        id: &str,
        instance: Option<&str>,
        epoch: i32,
        version: Option<i16>,
    ) -> Result<Option<(&Member, i32)>, Refusal> {
        if epoch < 0 && self.members.is_empty() {
            return Ok(None);
        }
        let in_transaction = version.is_none();
        if in_transaction && epoch == -1 && id.is_empty() && instance.is_none() {
            return Ok(None);
        }
        let member = self.members.get(id).ok_or_else(|| self.unknown(id))?;
        if version.is_some_and(|version| version < 9) {
            let message = "OffsetCommit version 9 or above must be used by members using the consumer group protocol";
            return Err(Refusal::saying(ResponseError::UnsupportedVersion, message));
        }
        if epoch > member.epoch {
            return Err(stale(format!("Received member epoch {epoch} is newer than current member epoch {}.", member.epoch)));
        }
        Ok((epoch != member.epoch).then_some((member, epoch)))
    }

    /// Refuses a question for offsets of someone who says to be a member and is not.
    ///
    /// # Errors
    /// UNKNOWN_MEMBER_ID, STALE_MEMBER_EPOCH.
    pub fn check_fetch(&self, id: Option<&str>, epoch: i32) -> Result<(), Refusal> {
        let Some(id) = id else {
            return if epoch < 0 { Ok(()) } else { Err(self.unknown("null")) };
        };
        let member = self.members.get(id).ok_or_else(|| self.unknown(id))?;
        if epoch == member.epoch {
            return Ok(());
        }
        Err(stale(format!("The received member epoch {epoch} does not match the expected member epoch {}.", member.epoch)))
    }

    fn unknown(&self, member: &str) -> Refusal {
        Refusal::saying(ResponseError::UnknownMemberId, format!("Member {member} is not a member of group {}.", self.id))
    }

    /// The names of the topics that a member subscribes to.
    fn topics_of<'a>(&'a self, member: &'a Member) -> BTreeSet<&'a str> {
        let matched = member.regex.as_ref().and_then(|regex| self.patterns.get(regex));
        let matched = matched.into_iter().flatten().map(String::as_str);
        member.names.iter().map(String::as_str).chain(matched).collect()
    }

    /// The ids of the topics that a member subscribes to; topics that are not there have none.
    fn ids_of(&self, member: &Member, topics: &Topics) -> BTreeSet<Uuid> {
        self.topics_of(member).into_iter().filter_map(|name| topics.get(name)).map(|topic| topic.id).collect()
    }

    /// A number that changes when a topic that the group reads comes, goes, or gets partitions. 0 if it reads none.
    fn hash_topics(&self, topics: &Topics) -> i64 {
        let names: BTreeSet<&str> = self.members.values().flat_map(|member| self.topics_of(member)).collect();
        let there: Vec<_> = names.into_iter().filter_map(|name| topics.get(name).map(|topic| (name, topic))).collect();
        if there.is_empty() {
            return 0;
        }
        let mut hasher = DefaultHasher::new();
        for (name, topic) in there {
            (name, topic.id, topic.partitions.len()).hash(&mut hasher);
        }
        hasher.finish().cast_signed()
    }
}

/// Refuses the commit of a partition with an old epoch, if the member did not have the partition then.
///
/// # Errors
/// STALE_MEMBER_EPOCH.
pub fn check_partition(member: &Member, epoch: i32, topic: (&str, Uuid), partition: i32) -> Result<(), Refusal> {
    let (name, id) = topic;
    let of = |epochs: &Epochs| epochs.get(&id).and_then(|partitions| partitions.get(&partition)).copied();
    let Some(assigned) = of(&member.assigned).or_else(|| of(&member.revoking)) else {
        return Err(stale(format!("Partition {name}-{partition} is not assigned or pending revocation for member.")));
    };
    if epoch < assigned {
        let message = format!("Received member epoch {epoch} is older than assignment epoch {assigned} for partition {name}-{partition}.");
        return Err(stale(message));
    }
    Ok(())
}

fn stale(message: String) -> Refusal {
    Refusal::saying(ResponseError::StaleMemberEpoch, message)
}
