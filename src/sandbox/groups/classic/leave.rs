//! LeaveGroup.

use kafka_protocol::error::ResponseError;

use super::super::journal::Journal;
use super::join::refused;
use super::{ClassicGroup, State};

impl ClassicGroup {
    /// Has members leave, each named by its id, its instance id or both. Afterwards the group rebalances.
    pub fn leave(&mut self, members: &[(String, Option<String>)], now: i64, journal: &mut Journal) -> Vec<Result<(), ResponseError>> {
        let outcomes: Vec<_> = members.iter().map(|(id, instance)| self.leave_one(id, instance.as_deref())).collect();
        if outcomes.iter().any(Result::is_ok) && self.state != State::Empty {
            self.rebalance(now, journal);
        }
        outcomes
    }

    fn leave_one(&mut self, id: &str, instance: Option<&str>) -> Result<(), ResponseError> {
        if id.is_empty() {
            let holder = instance.and_then(|instance| self.instances.get(instance)).cloned();
            self.drop_member(&holder.ok_or(ResponseError::UnknownMemberId)?);
            return Ok(());
        }
        if self.pending.contains_key(id) {
            self.remove(id);
            return Ok(());
        }
        self.check_member(id, instance)?;
        self.drop_member(id);
        Ok(())
    }

    /// Takes a member out; a JoinGroup of it that waits learns of it.
    pub(super) fn drop_member(&mut self, id: &str) {
        if let Some(member) = self.members.get_mut(id) {
            member.answer_join(refused("", ResponseError::UnknownMemberId.code()));
        }
        self.remove(id);
    }
}
