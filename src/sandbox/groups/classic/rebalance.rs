//! From one generation to the next.

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::SyncGroupResponse;

use super::super::journal::Journal;
use super::{ClassicGroup, Member, State};
use crate::sandbox::groups::text;

impl ClassicGroup {
    /// Starts a rebalance, or ends the one under way if that was the last member it waited for.
    pub(super) fn rebalance(&mut self, now: i64, journal: &mut Journal) {
        if self.state == State::PreparingRebalance { self.complete_if_all_joined(now, journal) } else { self.prepare(now, journal) }
    }

    /// Has all members join anew.
    pub(super) fn prepare(&mut self, now: i64, journal: &mut Journal) {
        if self.state == State::CompletingRebalance {
            for member in self.members.values_mut() {
                member.assignment = Bytes::new();
            }
            self.answer_syncs(Some(ResponseError::RebalanceInProgress), now);
        }
        self.pending_sync.clear();
        self.sync_until = None;
        let initial = self.is_empty();
        self.enter(State::PreparingRebalance, now);
        // `group.initial.rebalance.delay.ms` is 0 here: the first member of a group waits for no others.
        if initial || self.all_joined() {
            self.complete_join(now, journal);
        } else {
            self.join_until = Some(now.saturating_add(self.rebalance_timeout()));
        }
    }

    pub(super) fn complete_if_all_joined(&mut self, now: i64, journal: &mut Journal) {
        if self.state == State::PreparingRebalance && self.all_joined() {
            self.complete_join(now, journal);
        }
    }

    pub(super) fn all_joined(&self) -> bool {
        self.pending.is_empty() && self.members.values().all(|member| member.joining.is_some())
    }

    /// Starts the next generation with those that have joined, and with the static members in any case.
    pub(super) fn complete_join(&mut self, now: i64, journal: &mut Journal) {
        self.join_until = None;
        let gone = |member: &&Member| member.joining.is_none() && member.instance.is_none();
        let gone: Vec<String> = self.members.values().filter(gone).map(|member| member.id.clone()).collect();
        for id in gone {
            self.remove(&id);
        }
        if !self.elect() && !self.members.is_empty() {
            self.join_until = Some(now.saturating_add(self.rebalance_timeout()));
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        self.protocol = if self.members.is_empty() { None } else { self.choose_protocol() };
        self.subscribed = self.read_subscriptions();
        self.pending_sync.clear();
        if self.members.is_empty() {
            self.enter(State::Empty, now);
            journal.classic_group(self);
            return;
        }
        self.enter(State::CompletingRebalance, now);
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let response = self.generation_for(&id);
            if let Some(member) = self.members.get_mut(&id) {
                member.answer_join(response);
                member.alive(now);
                member.is_new = false;
            }
            self.pending_sync.insert(id);
        }
        self.sync_until = Some(now.saturating_add(self.rebalance_timeout()));
    }

    /// Sees to it that the leader is one that has joined. False if nobody has.
    fn elect(&mut self) -> bool {
        let joined = |id: &String| self.members.get(id).is_some_and(|member| member.joining.is_some());
        if self.leader.as_ref().is_some_and(joined) {
            return true;
        }
        let next = self.members.values().find(|member| member.joining.is_some()).map(|member| member.id.clone());
        if next.is_some() && self.leader.is_some() {
            self.leader = next;
            return true;
        }
        false
    }

    /// The protocol that most members like best, of those that all have.
    pub(super) fn choose_protocol(&self) -> Option<String> {
        let mut votes: Vec<(&str, usize)> = Vec::new();
        for member in self.members.values() {
            let common = |name: &str| self.members.values().all(|other| other.supports(name));
            let Some((vote, _)) = member.protocols.iter().find(|(name, _)| common(name)) else { continue };
            match votes.iter_mut().find(|(name, _)| name == vote) {
                Some((_, count)) => *count += 1,
                None => votes.push((vote, 1)),
            }
        }
        let most = votes.iter().map(|(_, count)| *count).max()?;
        votes.iter().find(|(_, count)| *count == most).map(|(name, _)| (*name).to_owned())
    }

    /// Answers all SyncGroups that wait: with the assignments, or with an error.
    pub(super) fn answer_syncs(&mut self, error: Option<ResponseError>, now: i64) {
        let (protocol_type, protocol) = match error {
            None => (self.protocol_type.as_deref().map(text), self.protocol.as_deref().map(text)),
            Some(_) => (None, None),
        };
        let code = error.map_or(0, |error| error.code());
        for member in self.members.values_mut() {
            let response = SyncGroupResponse::default()
                .with_error_code(code)
                .with_protocol_type(protocol_type.clone())
                .with_protocol_name(protocol.clone())
                .with_assignment(member.assignment.clone());
            member.answer_sync(response, now);
        }
    }

    /// Takes a member out, or an id that was given out. If it led, the next one does.
    pub(super) fn remove(&mut self, id: &str) {
        if let Some(instance) = self.members.remove(id).and_then(|member| member.instance) {
            self.instances.remove(&instance);
        }
        if self.leader.as_deref() == Some(id) {
            self.leader = self.members.keys().next().cloned();
        }
        self.pending.remove(id);
        self.pending_sync.remove(id);
    }

    pub(super) fn enter(&mut self, state: State, now: i64) {
        self.state = state;
        self.changed_at = Some(now);
    }

    /// The longest time that a member may take to join, in milliseconds.
    pub(super) fn rebalance_timeout(&self) -> i64 {
        self.members.values().map(|member| i64::from(member.rebalance_timeout)).max().unwrap_or(0).max(0)
    }
}
