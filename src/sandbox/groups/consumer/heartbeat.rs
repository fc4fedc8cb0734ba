//! ConsumerGroupHeartbeat: a member joins, tells what it has, and is told what to have.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::error::ResponseError;
use uuid::Uuid;

use super::super::journal::Journal;
use super::assignor::{self, Spec, Subscriber};
use super::patterns;
use super::reconcile::{self, Goal};
use super::{ConsumerGroup, Epochs, Member, MemberState, Settings};
use crate::sandbox::error::Refusal;
use crate::sandbox::topics::Topics;

/// The epoch with which a member joins, with which it leaves, and with which a static one leaves for a while.
pub const JOIN: i32 = 0;
pub const LEAVE: i32 = -1;
pub const LEAVE_FOR_A_WHILE: i32 = -2;

/// What a ConsumerGroupHeartbeat asks. What is none has not changed since the last one.
#[derive(Clone, Debug, Default)]
pub struct Heartbeat {
    pub version: i16,
    pub client_id: String,
    pub client_host: String,
    pub id: String,
    pub epoch: i32,
    pub instance: Option<String>,
    pub rack: Option<String>,
    pub rebalance_timeout: i32,
    pub names: Option<Vec<String>>,
    pub regex: Option<String>,
    pub assignor: Option<String>,
    pub owned: Option<Vec<(Uuid, Vec<i32>)>>,
}

/// What a member is told; the assignment only where it may not know it.
#[derive(Debug, PartialEq, Eq)]
pub struct Reply {
    pub id: String,
    pub epoch: i32,
    pub assignment: Option<Epochs>,
}

impl Heartbeat {
    /// Refuses what no group has to be asked for.
    ///
    /// # Errors
    /// INVALID_REQUEST, UNSUPPORTED_ASSIGNOR.
    pub fn check(&self, group: &str) -> Result<(), Refusal> {
        let invalid = |message: &str| Err(Refusal::saying(ResponseError::InvalidRequest, message));
        let empty = |text: &Option<String>| text.as_ref().is_some_and(String::is_empty);
        // From version 1 on a client makes up its id itself.
        if (self.version >= 1 || self.epoch > JOIN || self.epoch == LEAVE) && self.id.is_empty() {
            return invalid("MemberId can't be empty.");
        }
        if group.is_empty() {
            return invalid("GroupId can't be empty.");
        }
        if empty(&self.instance) {
            return invalid("InstanceId can't be empty.");
        }
        if empty(&self.rack) {
            return invalid("RackId can't be empty.");
        }
        match self.epoch {
            JOIN if self.rebalance_timeout == -1 => return invalid("RebalanceTimeoutMs must be provided in first request."),
            JOIN if self.owned.as_ref().is_none_or(|owned| !owned.is_empty()) => {
                return invalid("TopicPartitions must be empty when (re-)joining.");
            }
            JOIN if self.names.is_none() && self.regex.is_none() => {
                return invalid("Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.");
            }
            LEAVE_FOR_A_WHILE if self.instance.is_none() => return invalid("InstanceId can't be null."),
            epoch if epoch < LEAVE_FOR_A_WHILE => return invalid("MemberEpoch is invalid."),
            _ => (),
        }
        match &self.assignor {
            Some(assignor) if !assignor::ALL.contains(&assignor.as_str()) => {
                let known = assignor::ALL.join(", ");
                let message = format!("ServerAssignor {assignor} is not supported. Supported assignors: {known}.");
                Err(Refusal::saying(ResponseError::UnsupportedAssignor, message))
            }
            _ => Ok(()),
        }
    }

    /// Roughly how many bytes more have to be kept because of it.
    pub fn held(&self) -> usize {
        let names: usize = self.names.iter().flatten().map(|name| name.len() + size_of::<String>()).sum();
        let texts = [&self.instance, &self.rack, &self.regex];
        names + self.id.len() + texts.iter().filter_map(|text| text.as_ref()).map(String::len).sum::<usize>()
    }
}

impl ConsumerGroup {
    /// Handles the heartbeat of a member that joins or stays.
    ///
    /// # Errors
    /// Why the member is refused; the group is as it was then.
    pub fn heartbeat(
        &mut self,
        ask: &Heartbeat,
        topics: &Topics,
        settings: Settings,
        now: i64,
        journal: &mut Journal,
    ) -> Result<Reply, Refusal> {
        if self.members.len() >= settings.max_size && !self.members.contains_key(&ask.id) {
            let message = format!("The consumer group has reached its maximum capacity of {} members.", settings.max_size);
            return Err(Refusal::saying(ResponseError::GroupMaxSizeReached, message));
        }
        let (before, replaced) = self.member_for(ask)?;
        let mut member = updated(&before, ask);
        let regex = member.regex.clone().filter(|regex| !regex.is_empty());
        let unread = regex.filter(|regex| !self.patterns.contains_key(regex));
        if let Some(regex) = &unread {
            self.check_pattern(regex)?;
        }
        // Nothing is refused from here on.
        if let Some(old) = replaced {
            self.take_place(&old, &member, journal);
        }
        if let Some(instance) = &member.instance {
            self.instances.insert(instance.clone(), member.id.clone());
        }
        let renamed = member.names != before.names;
        let other_regex = member.regex != before.regex;
        if !member.says_the_same(&before) || !self.members.contains_key(&member.id) {
            journal.member(&self.id, &member);
        }
        member.session_until = Some(now.saturating_add(settings.session_timeout));
        self.members.insert(member.id.clone(), member.clone());
        let known_regex = unread.is_none();
        if let Some(regex) = unread {
            self.patterns.insert(regex, BTreeSet::new());
            self.resolved_for = None;
        }
        if renamed || other_regex {
            self.hashed_for = None;
        }
        self.drop_unused_patterns(journal);
        let matched_others = self.resolve(topics, now, journal);
        self.bump_if(renamed || matched_others || (other_regex && known_regex), topics, journal);
        self.make_target(topics, settings, now, journal);
        let after = self.reconcile(&member, ask, renamed || other_regex || matched_others, topics, now, journal);
        let full = ask.rebalance_timeout != -1 && (ask.names.is_some() || ask.regex.is_some()) && ask.owned.is_some();
        let told = ask.epoch == JOIN || full || after.assigned != before.assigned;
        Ok(Reply { id: after.id, epoch: after.epoch, assignment: told.then_some(after.assigned) })
    }

    /// The member that the heartbeat is of, and the id of the static member that it replaces.
    fn member_for(&self, ask: &Heartbeat) -> Result<(Member, Option<String>), Refusal> {
        let joins = ask.epoch == JOIN;
        let Some(instance) = &ask.instance else {
            return match self.members.get(&ask.id) {
                Some(member) => check_epoch(member, ask).map(|()| (member.clone(), None)),
                None if joins => Ok((Member::new(&ask.id), None)),
                None => Err(self.unknown(&ask.id)),
            };
        };
        let holder = self.instances.get(instance).and_then(|id| self.members.get(id));
        match holder {
            None if joins => Ok((self.members.get(&ask.id).cloned().unwrap_or_else(|| Member::new(&ask.id)), None)),
            None => Err(unknown_instance(instance)),
            Some(holder) if joins => {
                if holder.epoch != LEAVE_FOR_A_WHILE {
                    let message = format!(
                        "Static member {} with instance id {instance} cannot join the group because the instance id is owned by {} member.",
                        ask.id, holder.id
                    );
                    return Err(Refusal::saying(ResponseError::UnreleasedInstanceId, message));
                }
                let back = Member { id: ask.id.clone(), epoch: 0, previous_epoch: 0, ..holder.clone() };
                Ok((back, Some(holder.id.clone())))
            }
            Some(holder) => {
                check_instance(holder, &ask.id, instance)?;
                check_epoch(holder, ask).map(|()| (holder.clone(), None))
            }
        }
    }

    /// Puts a static member that came back in the place of the one that left.
    fn take_place(&mut self, old: &str, new: &Member, journal: &mut Journal) {
        self.members.remove(old);
        journal.member_gone(&self.id, old);
        let target = self.target.remove(old).unwrap_or_default();
        journal.target(&self.id, &new.id, &target);
        journal.current(&self.id, new);
        self.target.insert(new.id.clone(), target);
    }

    /// Refuses a regular expression that is new to the group.
    fn check_pattern(&self, regex: &str) -> Result<(), Refusal> {
        patterns::read(regex)?;
        if self.patterns.len() < patterns::MOST {
            return Ok(());
        }
        let message = format!("The sandbox takes up to {} regular expressions of a group.", patterns::MOST);
        Err(Refusal::saying(ResponseError::PolicyViolation, message))
    }

    /// Looks again what the regular expressions match, if there are other topics than the last time. True if that has changed.
    fn resolve(&mut self, topics: &Topics, now: i64, journal: &mut Journal) -> bool {
        if self.resolved_for == Some(topics.version()) {
            return false;
        }
        let mut changed = false;
        for (regex, known) in &mut self.patterns {
            let found = patterns::matched(regex, topics);
            if found != *known {
                changed = true;
                let matched: Vec<&str> = found.iter().map(String::as_str).collect();
                journal.regex(&self.id, regex, &matched, now);
                *known = found;
            }
        }
        self.resolved_for = Some(topics.version());
        changed
    }

    /// Starts a new epoch if the group is not what it was, or its topics are not.
    fn bump_if(&mut self, changed: bool, topics: &Topics, journal: &mut Journal) {
        if !changed && self.hashed_for == Some(topics.version()) {
            return;
        }
        self.hashed_for = Some(topics.version());
        let hash = self.hash_topics(topics);
        if changed || hash != self.metadata_hash {
            self.epoch = self.epoch.saturating_add(1);
            self.metadata_hash = hash;
            journal.epoch(self);
        }
    }

    /// Makes the target of the group's epoch, if there is none yet and the last one is old enough.
    fn make_target(&mut self, topics: &Topics, settings: Settings, now: i64, journal: &mut Journal) {
        let waits = self.target_made_at.is_some_and(|last| now < last.saturating_add(settings.assignment_interval));
        if self.target_epoch >= self.epoch || waits {
            return;
        }
        let subscriber = |(id, member): (&String, &Member)| {
            let before = self.target.get(id).cloned().unwrap_or_default();
            (id.clone(), Subscriber { instance: member.instance.clone(), topics: self.ids_of(member, topics), before })
        };
        let members: BTreeMap<String, Subscriber> = self.members.iter().map(subscriber).collect();
        let wanted: BTreeSet<Uuid> = members.values().flat_map(|member| member.topics.iter().copied()).collect();
        let counted = topics.iter().filter(|(_, topic)| wanted.contains(&topic.id));
        let counts = counted.map(|(_, topic)| (topic.id, i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX))).collect();
        let target = assignor::assign(self.assignor(), &Spec { members, topics: counts });
        for (id, partitions) in target.iter().filter(|(id, partitions)| self.target.get(*id) != Some(*partitions)) {
            journal.target(&self.id, id, partitions);
        }
        self.target = target;
        self.target_epoch = self.epoch;
        self.target_made_at = Some(now);
        journal.target_epoch(&self.id, self.epoch, now);
    }

    /// Leads a member one step further. As it is then is what the group keeps.
    fn reconcile(
        &mut self,
        member: &Member,
        ask: &Heartbeat,
        resubscribed: bool,
        topics: &Topics,
        now: i64,
        journal: &mut Journal,
    ) -> Member {
        if !resubscribed && member.is_at(self.target_epoch) {
            return member.clone();
        }
        let nothing = BTreeMap::new();
        let held = |topic, partition| self.members.values().any(|other| other.holds(topic, partition));
        let goal = Goal {
            epoch: self.target_epoch,
            target: self.target.get(&member.id).unwrap_or(&nothing),
            subscribed: &self.ids_of(member, topics),
            subscription_changed: resubscribed,
            owned: ask.owned.as_deref(),
            held: &held,
        };
        let mut after = reconcile::step(member, &goal);
        if after != *member {
            let revokes = after.state == MemberState::UnrevokedPartitions;
            after.revoke_until = revokes.then(|| now.saturating_add(i64::from(after.rebalance_timeout).max(0)));
            journal.current(&self.id, &after);
            self.members.insert(after.id.clone(), after.clone());
        }
        after
    }
}

/// The member with what the heartbeat tells of it.
fn updated(member: &Member, ask: &Heartbeat) -> Member {
    let mut after = member.clone();
    let said = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
    after.instance = said(&ask.instance, &member.instance);
    after.rack = said(&ask.rack, &member.rack);
    after.regex = said(&ask.regex, &member.regex);
    after.assignor = said(&ask.assignor, &member.assignor);
    if ask.rebalance_timeout != -1 {
        after.rebalance_timeout = ask.rebalance_timeout;
    }
    if let Some(names) = &ask.names {
        after.names = names.iter().cloned().collect();
    }
    after.client_id.clone_from(&ask.client_id);
    after.client_host.clone_from(&ask.client_host);
    after
}

/// Refuses a member that is not where the group believes it to be. One that missed an answer may be one epoch behind.
fn check_epoch(member: &Member, ask: &Heartbeat) -> Result<(), Refusal> {
    let missed_an_answer = || {
        let has = |(topic, partitions): &(Uuid, Vec<i32>)| {
            let epochs = member.assigned.get(topic);
            epochs.is_some_and(|epochs| partitions.iter().all(|partition| epochs.contains_key(partition)))
        };
        ask.epoch == member.previous_epoch && ask.owned.as_ref().is_some_and(|owned| owned.iter().all(has))
    };
    if ask.epoch == JOIN || ask.epoch == member.epoch || (ask.epoch < member.epoch && missed_an_answer()) {
        return Ok(());
    }
    let how = if ask.epoch > member.epoch { "greater" } else { "smaller" };
    let message = format!(
        "The consumer group member has a {how} member epoch ({}) than the one known by the group coordinator ({}). The member must abandon \
         all its partitions and rejoin.",
        ask.epoch, member.epoch
    );
    Err(Refusal::saying(ResponseError::FencedMemberEpoch, message))
}

/// Refuses a member whose instance id another one has.
pub(super) fn check_instance(holder: &Member, id: &str, instance: &str) -> Result<(), Refusal> {
    if holder.id == id {
        return Ok(());
    }
    let message = format!("Static member {id} with instance id {instance} was fenced by member {}.", holder.id);
    Err(Refusal::saying(ResponseError::FencedInstanceId, message))
}

pub(super) fn unknown_instance(instance: &str) -> Refusal {
    Refusal::saying(ResponseError::UnknownMemberId, format!("Instance id {instance} is unknown."))
}
