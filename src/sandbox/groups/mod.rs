//! Groups of consumers: what a group coordinator does (`org.apache.kafka.coordinator.group`).
//!
//! ```text
//! requests.rs          handlers of the classic protocol (JoinGroup, SyncGroup, Heartbeat, LeaveGroup) and of KIP-848
//! find.rs              FindCoordinator, and the topic of the groups
//! list.rs describe.rs  what there is
//! commit.rs fetch.rs delete.rs transactions.rs   offsets
//!    ├── classic/      the state machine of a classic group
//!    ├── consumer/     a KIP-848 group: epochs, assignors, reconciliation
//!    ├── offsets.rs    what is committed, and what is pending in transactions
//!    └── records.rs    the records of `__consumer_offsets`
//! ```
//!
//! The state machines know no clock and no socket: they take the time as an argument, and answer a member that waits
//! through a channel. Online migration between the protocols (KIP-848) is not simulated: a member of the other protocol
//! is refused as a broker with `group.consumer.migration.policy=disabled` does.

pub mod commit;
pub mod delete;
pub mod describe;
pub mod fetch;
pub mod find;
pub mod list;
pub mod requests;
pub mod transactions;

mod classic;
mod consumer;
mod journal;
mod offsets;
mod records;

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_protocol::error::ResponseError;
use kafka_protocol::protocol::StrBytes;

use self::classic::ClassicGroup;
use self::consumer::ConsumerGroup;
use self::journal::Journal;
use self::offsets::Offsets;
use super::broker::{Shared, now};
use super::error::Refusal;

/// How many groups there may be. A broker has no such limit; a client shall not be able to fill the memory.
const MAX_GROUPS: usize = 10_000;

/// The longest id of a group, in bytes; Kafka knows no such limit but the protocol's. It is written with every offset.
const LONGEST_ID: usize = 1024;

/// How many bytes of metadata and assignments all members may have the coordinator keep, and how many one group.
const MAX_HELD: usize = 64 << 20;
const MAX_HELD_BY_GROUP: usize = 1 << 20;

/// How often is looked for members whose session has ended.
const SWEEP: Duration = Duration::from_millis(100);

/// All groups and their offsets.
#[derive(Debug, Default)]
pub struct Groups {
    by_id: BTreeMap<String, Group>,
    offsets: Offsets,
    journal: Journal,
    /// Roughly how many bytes all members have the coordinator keep: what was counted when time passed last, and all that was
    /// taken since.
    held: usize,
}

/// One group.
#[derive(Debug)]
enum Group {
    Classic(ClassicGroup),
    Consumer(ConsumerGroup),
}

impl Group {
    fn is_empty(&self) -> bool {
        match self {
            Self::Classic(group) => group.is_empty(),
            Self::Consumer(group) => group.members.is_empty(),
        }
    }

    /// The state's name as the protocol has it.
    fn state(&self) -> &'static str {
        match self {
            Self::Classic(group) => group.state.name(),
            Self::Consumer(group) => group.state(),
        }
    }

    /// Roughly how many bytes the members of the group have the coordinator keep.
    fn held(&self) -> usize {
        match self {
            Self::Classic(group) => group.held(),
            Self::Consumer(group) => group.held(),
        }
    }
}

impl Groups {
    fn get(&self, id: &str) -> Result<&Group, Refusal> {
        self.by_id.get(id).ok_or_else(|| not_found(id))
    }

    /// Refuses a group that cannot be made: one more than there may be, or one whose id is too long.
    fn check_room(&self, id: &str) -> Result<(), Refusal> {
        if id.len() > LONGEST_ID {
            let message = format!("The sandbox takes group ids of up to {LONGEST_ID} bytes.");
            return Err(Refusal::saying(ResponseError::InvalidGroupId, message));
        }
        if self.by_id.len() < MAX_GROUPS || self.by_id.contains_key(id) {
            return Ok(());
        }
        let message = format!("The sandbox has reached its maximum of {MAX_GROUPS} groups.");
        Err(Refusal::saying(ResponseError::GroupMaxSizeReached, message))
    }

    /// Refuses what a member wants kept, if that is too much.
    fn check_size(&mut self, id: &str, more: usize) -> Result<(), Refusal> {
        let group = self.by_id.get(id).map_or(0, Group::held);
        if group.saturating_add(more) <= MAX_HELD_BY_GROUP && self.held.saturating_add(more) <= MAX_HELD {
            self.held += more;
            return Ok(());
        }
        let message = format!("The sandbox keeps up to {MAX_HELD_BY_GROUP} bytes of a group's members, and {MAX_HELD} of all groups.");
        Err(Refusal::saying(ResponseError::GroupMaxSizeReached, message))
    }

    /// The classic group of that name, which is made if there is none. One of the other kind is replaced if nobody is in
    /// it.
    fn classic_or_new(&mut self, id: &str) -> Option<&mut ClassicGroup> {
        if let Some(Group::Consumer(group)) = self.by_id.get(id) {
            if !group.members.is_empty() {
                return None;
            }
            self.journal.consumer_group_gone(group);
            self.by_id.remove(id);
        }
        let group = self.by_id.entry(id.to_owned()).or_insert_with(|| Group::Classic(ClassicGroup::new(id)));
        match group {
            Group::Classic(group) => Some(group),
            Group::Consumer(_) => None,
        }
    }

    /// Does what is due at that time: members whose session has ended go, rebalances that took too long end.
    fn expire(&mut self, now: i64) {
        for group in self.by_id.values_mut() {
            match group {
                Group::Classic(group) => group.expire(now, &mut self.journal),
                Group::Consumer(group) => group.expire(now, &mut self.journal),
            }
        }
        self.held = self.by_id.values().map(Group::held).sum();
    }
}

/// Looks for what is due, for as long as the broker lives.
pub async fn sweep(shared: &Shared) {
    loop {
        tokio::time::sleep(SWEEP).await;
        let broker = &mut *shared.broker.borrow_mut();
        let now = now();
        broker.groups.expire(now);
        journal::write(broker, now);
    }
}

fn not_found(id: &str) -> Refusal {
    Refusal::saying(ResponseError::GroupIdNotFound, format!("Group {id} not found."))
}

/// A string as the codec takes it.
fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// A string that may be missing, as the codec has it, in ours.
fn owned(text: Option<StrBytes>) -> Option<String> {
    text.map(|text| text.to_string())
}
