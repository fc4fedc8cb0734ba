//! How members go: they leave, or are fenced.

use super::super::journal::Journal;
use super::heartbeat::{LEAVE_FOR_A_WHILE, check_instance, unknown_instance};
use super::{ConsumerGroup, Heartbeat, Member, Reply};
use crate::sandbox::error::Refusal;

impl ConsumerGroup {
    /// Handles the heartbeat of a member that leaves. A static one may leave for a while: it keeps its partitions until
    /// its session ends.
    ///
    /// # Errors
    /// That it is no member.
    pub fn leave(&mut self, ask: &Heartbeat, journal: &mut Journal) -> Result<Reply, Refusal> {
        let reply = Reply { id: ask.id.clone(), epoch: ask.epoch, assignment: None };
        let Some(instance) = &ask.instance else {
            if !self.members.contains_key(&ask.id) {
                return Err(self.unknown(&ask.id));
            }
            self.fence(std::slice::from_ref(&ask.id), journal);
            return Ok(reply);
        };
        let holder = self.instances.get(instance).and_then(|id| self.members.get_mut(id)).ok_or_else(|| unknown_instance(instance))?;
        check_instance(holder, &ask.id, instance)?;
        if ask.epoch == LEAVE_FOR_A_WHILE {
            leave_for_a_while(holder);
            let holder = holder.clone();
            journal.current(&self.id, &holder);
        } else {
            self.fence(std::slice::from_ref(&ask.id), journal);
        }
        Ok(reply)
    }

    /// Takes members out. Their partitions go to others with the next heartbeats.
    fn fence(&mut self, ids: &[String], journal: &mut Journal) {
        for id in ids {
            if let Some(instance) = self.members.remove(id).and_then(|member| member.instance) {
                self.instances.remove(&instance);
            }
            self.target.remove(id);
            journal.member_gone(&self.id, id);
        }
        self.drop_unused_patterns(journal);
        self.hashed_for = None;
        self.epoch = self.epoch.saturating_add(1);
        journal.epoch(self);
    }

    /// Forgets the regular expressions that nobody subscribes with any more.
    pub(super) fn drop_unused_patterns(&mut self, journal: &mut Journal) {
        let Self { id, members, patterns, .. } = self;
        patterns.retain(|regex, _| {
            let used = members.values().any(|member| member.regex.as_ref() == Some(regex));
            if !used {
                journal.regex_gone(id, regex);
            }
            used
        });
    }

    /// Takes out whose session has ended, and who did not give up what it had to in time.
    pub fn expire(&mut self, now: i64, journal: &mut Journal) {
        let due = |until: Option<i64>| until.is_some_and(|until| until <= now);
        let over = self.members.values().filter(|member| due(member.session_until) || due(member.revoke_until));
        let over: Vec<String> = over.map(|member| member.id.clone()).collect();
        for id in over {
            self.fence(&[id], journal);
        }
    }
}

/// A static member that is away keeps what it has.
fn leave_for_a_while(member: &mut Member) {
    member.epoch = LEAVE_FOR_A_WHILE;
    member.revoking.clear();
    for epoch in member.assigned.values_mut().flat_map(|partitions| partitions.values_mut()) {
        *epoch = 0;
    }
    member.revoke_until = None;
}
