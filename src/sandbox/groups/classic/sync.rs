//! SyncGroup and Heartbeat: the members of a generation get their assignments, and say that they are alive.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::SyncGroupResponse;
use tokio::sync::oneshot;

use super::super::journal::Journal;
use super::{ClassicGroup, State};
use crate::sandbox::groups::text;

/// What a SyncGroup request asks; the leader brings the assignments of all.
#[derive(Debug)]
pub struct Sync {
    pub id: String,
    pub instance: Option<String>,
    pub generation: i32,
    pub protocol_type: Option<String>,
    pub protocol: Option<String>,
    pub assignments: BTreeMap<String, Bytes>,
}

impl ClassicGroup {
    /// Handles a SyncGroup. The answer comes at once, or when the leader has brought the assignments.
    pub fn sync(&mut self, mut sync: Sync, answer: oneshot::Sender<SyncGroupResponse>, now: i64, journal: &mut Journal) {
        let refused = self.check_sync(&sync).err();
        match (refused, self.state) {
            (Some(error), _) => reply(answer, failed(error)),
            (None, State::Empty) => reply(answer, failed(ResponseError::UnknownMemberId)),
            (None, State::PreparingRebalance) => reply(answer, failed(ResponseError::RebalanceInProgress)),
            (None, State::Stable) => {
                self.has_synced(&sync.id);
                let assignment = self.members.get(&sync.id).map(|member| member.assignment.clone());
                let response = SyncGroupResponse::default()
                    .with_protocol_type(self.protocol_type.as_deref().map(text))
                    .with_protocol_name(self.protocol.as_deref().map(text));
                reply(answer, response.with_assignment(assignment.unwrap_or_default()));
            }
            (None, State::CompletingRebalance) => {
                self.has_synced(&sync.id);
                if let Some(member) = self.members.get_mut(&sync.id) {
                    member.syncing = Some(answer);
                }
                if self.leader.as_ref() == Some(&sync.id) {
                    for member in self.members.values_mut() {
                        member.assignment = sync.assignments.remove(&member.id).unwrap_or_default();
                    }
                    journal.classic_group(self);
                    self.answer_syncs(None, now);
                    self.enter(State::Stable, now);
                }
            }
        }
    }

    fn check_sync(&self, sync: &Sync) -> Result<(), ResponseError> {
        self.check_member(&sync.id, sync.instance.as_deref())?;
        if sync.generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        let differs = |said: &Option<String>, is: &Option<String>| said.is_some() && said != is;
        if differs(&sync.protocol_type, &self.protocol_type) || differs(&sync.protocol, &self.protocol) {
            return Err(ResponseError::InconsistentGroupProtocol);
        }
        Ok(())
    }

    fn has_synced(&mut self, id: &str) {
        self.pending_sync.remove(id);
        if self.pending_sync.is_empty() {
            self.sync_until = None;
        }
    }

    /// Handles a Heartbeat.
    pub fn heartbeat(&mut self, id: &str, instance: Option<&str>, generation: i32, now: i64) -> Result<(), ResponseError> {
        self.check_member(id, instance)?;
        if generation != self.generation {
            return Err(ResponseError::IllegalGeneration);
        }
        if let Some(member) = self.members.get_mut(id) {
            member.alive(now);
        }
        match self.state {
            State::Empty => Err(ResponseError::UnknownMemberId),
            State::PreparingRebalance => Err(ResponseError::RebalanceInProgress),
            State::CompletingRebalance | State::Stable => Ok(()),
        }
    }
}

fn reply(answer: oneshot::Sender<SyncGroupResponse>, response: SyncGroupResponse) {
    // A client that has gone misses its answer.
    let _ = answer.send(response);
}

/// The answer to a SyncGroup that is refused.
pub fn failed(error: ResponseError) -> SyncGroupResponse {
    SyncGroupResponse::default().with_error_code(error.code())
}
