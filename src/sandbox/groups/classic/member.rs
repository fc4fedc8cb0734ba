//! One member of a classic group.

use bytes::Bytes;
use kafka_protocol::messages::{JoinGroupResponse, SyncGroupResponse};
use tokio::sync::oneshot;

/// One member of a classic group (`ClassicGroupMember`). Timeouts are in milliseconds.
#[derive(Debug)]
pub struct Member {
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance: Option<String>,
    pub client_id: String,
    pub client_host: String,
    pub rebalance_timeout: i32,
    pub session_timeout: i32,
    /// The protocols that it can be assigned by, the one it likes best first, and what it says in each.
    pub protocols: Vec<(String, Bytes)>,
    pub assignment: Bytes,
    /// The requests of it that wait.
    pub(super) joining: Option<oneshot::Sender<JoinGroupResponse>>,
    pub(super) syncing: Option<oneshot::Sender<SyncGroupResponse>>,
    /// It has not been in a generation yet.
    pub(super) is_new: bool,
    /// When its session ends, unless it is heard of before.
    pub(super) until: Option<i64>,
}

impl Member {
    /// What the member says in that protocol.
    pub fn metadata(&self, protocol: Option<&str>) -> Bytes {
        let found = self.protocols.iter().find(|(name, _)| Some(name.as_str()) == protocol);
        found.map(|(_, metadata)| metadata.clone()).unwrap_or_default()
    }

    /// Its session starts anew.
    pub fn alive(&mut self, now: i64) {
        self.until = Some(now.saturating_add(self.session_timeout.into()));
    }

    /// Roughly how many bytes are kept for it.
    pub fn held(&self) -> usize {
        let protocols: usize = self.protocols.iter().map(|(name, metadata)| name.len() + metadata.len()).sum();
        let names = self.id.len() + self.instance.as_ref().map_or(0, String::len) + self.client_id.len();
        protocols + self.assignment.len() + names
    }

    pub(super) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }

    /// Answers its JoinGroup, if one waits.
    pub(super) fn answer_join(&mut self, response: JoinGroupResponse) {
        if let Some(waiting) = self.joining.take() {
            // A client that has gone misses its answer; the end of its session is found by the clock.
            let _ = waiting.send(response);
        }
    }

    /// Answers its SyncGroup, if one waits; it is alive then.
    pub(super) fn answer_sync(&mut self, response: SyncGroupResponse, now: i64) {
        if let Some(waiting) = self.syncing.take() {
            let _ = waiting.send(response);
            self.alive(now);
        }
    }
}
