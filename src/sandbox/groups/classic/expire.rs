//! What happens when time has passed.

use super::super::journal::Journal;
use super::{ClassicGroup, Member, State};

impl ClassicGroup {
    /// Does what is due: sessions, ids that nobody joined with, rebalances that took too long.
    pub fn expire(&mut self, now: i64, journal: &mut Journal) {
        let due = |until: Option<i64>| until.is_some_and(|until| until <= now);
        let pending: Vec<String> = self.pending.iter().filter(|(_, until)| **until <= now).map(|(id, _)| id.clone()).collect();
        for id in pending {
            self.remove(&id);
            self.complete_if_all_joined(now, journal);
        }
        let over: Vec<String> = self.members.values().filter(|member| due(member.until)).map(|member| member.id.clone()).collect();
        for id in over {
            self.end_session(&id, now, journal);
        }
        if due(self.join_until) {
            self.complete_join(now, journal);
        }
        if due(self.sync_until) {
            self.sync_until = None;
            let late = std::mem::take(&mut self.pending_sync);
            if matches!(self.state, State::CompletingRebalance | State::Stable) && !late.is_empty() {
                for id in late {
                    self.remove(&id);
                }
                self.prepare(now, journal);
            }
        }
    }

    fn end_session(&mut self, id: &str, now: i64, journal: &mut Journal) {
        let Some(member) = self.members.get_mut(id) else { return };
        if !member.is_new && waits(member) {
            // Who waits for the others needs no heartbeat. Its session starts anew when it is answered.
            member.until = None;
            return;
        }
        self.drop_member(id);
        match self.state {
            State::Stable | State::CompletingRebalance => self.prepare(now, journal),
            State::PreparingRebalance => self.complete_if_all_joined(now, journal),
            State::Empty => (),
        }
    }
}

fn waits(member: &Member) -> bool {
    member.joining.is_some() || member.syncing.is_some()
}
