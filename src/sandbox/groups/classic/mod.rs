//! The state machine of a classic group (`ClassicGroup` and the classic half of `GroupMetadataManager`).

mod expire;
mod join;
mod leave;
mod member;
mod rebalance;
mod sync;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use kafka_protocol::error::ResponseError;

pub use self::join::{Join, refused};
pub use self::member::Member;
pub use self::sync::{Sync, failed};

/// The protocol type of consumers.
const CONSUMER: &str = "consumer";

/// Where a group stands (`ClassicGroupState`). The state Dead of the protocol is that of a group that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Empty,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
}

impl State {
    /// The state's name as the protocol has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
        }
    }
}

/// One classic group. Times are milliseconds since 1970.
#[derive(Debug)]
pub struct ClassicGroup {
    pub id: String,
    pub state: State,
    /// When the state changed last; none if it never did.
    pub changed_at: Option<i64>,
    pub generation: i32,
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub leader: Option<String>,
    pub members: BTreeMap<String, Member>,
    /// The member that has an instance id.
    instances: BTreeMap<String, String>,
    /// Ids that were given out and have not joined, and until when they may.
    pending: BTreeMap<String, i64>,
    /// Who has not asked for its assignment of this generation yet, and until when all may.
    pending_sync: BTreeSet<String>,
    sync_until: Option<i64>,
    /// Until when members may join the next generation.
    join_until: Option<i64>,
    /// What its members subscribe to, if all of them tell.
    subscribed: Option<BTreeSet<String>>,
}

impl ClassicGroup {
    /// A group with nobody in it.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: State::Empty,
            changed_at: None,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            instances: BTreeMap::new(),
            pending: BTreeMap::new(),
            pending_sync: BTreeSet::new(),
            sync_until: None,
            join_until: None,
            subscribed: None,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.state == State::Empty
    }

    /// Roughly how many bytes the group keeps for its members.
    pub fn held(&self) -> usize {
        let pending: usize = self.pending.keys().map(String::len).sum();
        self.members.values().map(Member::held).sum::<usize>() + pending
    }

    /// Whether the group reads that topic. Where members do not tell what they subscribe to, consumers are taken to read
    /// everything.
    pub fn reads(&self, topic: &str) -> bool {
        self.subscribed.as_ref().map_or(self.consumes(), |topics| topics.contains(topic))
    }

    /// Whether its members are consumers, rather than say workers of Connect.
    fn consumes(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER)
    }

    /// Whether offsets of the group may be deleted.
    pub fn check_offset_delete(&self) -> Result<(), ResponseError> {
        if self.is_empty() || self.consumes() { Ok(()) } else { Err(ResponseError::NonEmptyGroup) }
    }

    /// Whether a member may commit, or someone who is no member; it is alive then.
    pub fn check_commit(
        &mut self,
        id: &str,
        instance: Option<&str>,
        generation: i32,
        in_transaction: bool,
        now: i64,
    ) -> Result<(), ResponseError> {
        if generation < 0 && self.is_empty() {
            return Ok(());
        }
        if generation >= 0 || !id.is_empty() || instance.is_some() {
            self.check_member(id, instance)?;
            if generation != self.generation {
                return Err(ResponseError::IllegalGeneration);
            }
        } else if !in_transaction && !self.is_empty() {
            return Err(ResponseError::UnknownMemberId);
        }
        if !in_transaction && self.state == State::CompletingRebalance {
            return Err(ResponseError::RebalanceInProgress);
        }
        if !in_transaction && let Some(member) = self.members.get_mut(id) {
            member.alive(now);
        }
        Ok(())
    }

    /// Whether there is a member with that id, and it is the one that has the instance id.
    fn check_member(&self, id: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        if let Some(instance) = instance {
            let holder = self.instances.get(instance).ok_or(ResponseError::UnknownMemberId)?;
            if holder != id {
                return Err(ResponseError::FencedInstanceId);
            }
        }
        if self.members.contains_key(id) { Ok(()) } else { Err(ResponseError::UnknownMemberId) }
    }

    /// What the members' metadata say they subscribe to; none if one cannot be read, or they are no consumers.
    fn read_subscriptions(&self) -> Option<BTreeSet<String>> {
        if !self.consumes() {
            return None;
        }
        let mut topics = BTreeSet::new();
        for member in self.members.values() {
            topics.extend(subscription(&member.metadata(self.protocol.as_deref()))?);
        }
        Some(topics)
    }
}

/// The topics of a consumer's subscription (`ConsumerProtocolSubscription`): they come first in every version.
fn subscription(metadata: &Bytes) -> Option<Vec<String>> {
    let mut rest = metadata.get(2..)?;
    let count = i32::from_be_bytes(*rest.split_first_chunk()?.0);
    rest = rest.get(4..)?;
    let mut topics = Vec::new();
    for _ in 0..count {
        let (length, after) = rest.split_first_chunk()?;
        let length = usize::try_from(i16::from_be_bytes(*length)).ok()?;
        topics.push(std::str::from_utf8(after.get(..length)?).ok()?.to_owned());
        rest = after.get(length..)?;
    }
    Some(topics)
}
