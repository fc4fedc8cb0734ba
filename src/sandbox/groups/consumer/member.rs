//! One member of a KIP-848 group.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// Partitions, by topic.
pub type Partitions = BTreeMap<Uuid, BTreeSet<i32>>;

/// Partitions, by topic, each with the epoch at which the member got it.
pub type Epochs = BTreeMap<Uuid, BTreeMap<i32, i32>>;

/// How far a member is on the way to its target (`MemberState`); the numbers are those of the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// It has what it is to have at its epoch.
    Stable = 0,
    /// It has to give partitions up first.
    UnrevokedPartitions = 1,
    /// It waits for partitions that others have to give up.
    UnreleasedPartitions = 2,
}

/// One member (`ConsumerGroupMember`). Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: String,
    /// `group.instance.id` of a static member.
    pub instance: Option<String>,
    pub rack: Option<String>,
    pub client_id: String,
    pub client_host: String,
    /// The topics that it subscribes to by name.
    pub names: BTreeSet<String>,
    /// The regular expression that it subscribes with; an empty one is none.
    pub regex: Option<String>,
    pub assignor: Option<String>,
    /// How long it may take to give partitions up, in milliseconds.
    pub rebalance_timeout: i32,
    pub epoch: i32,
    pub previous_epoch: i32,
    pub state: MemberState,
    pub assigned: Epochs,
    /// What it has to give up, and has not said that it did.
    pub revoking: Epochs,
    /// When its session ends, unless it is heard of before.
    pub session_until: Option<i64>,
    /// Until when it has to give up what it has to.
    pub revoke_until: Option<i64>,
}

impl Member {
    /// A member of which nothing is known yet.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            instance: None,
            rack: None,
            client_id: String::new(),
            client_host: String::new(),
            names: BTreeSet::new(),
            regex: Some(String::new()),
            assignor: None,
            rebalance_timeout: -1,
            epoch: 0,
            previous_epoch: -1,
            state: MemberState::Stable,
            assigned: Epochs::new(),
            revoking: Epochs::new(),
            session_until: None,
            revoke_until: None,
        }
    }

    /// Whether it has arrived at the target of that epoch.
    pub fn is_at(&self, epoch: i32) -> bool {
        self.state == MemberState::Stable && self.epoch == epoch
    }

    /// Whether it has that partition, or has to give it up still.
    pub fn holds(&self, topic: Uuid, partition: i32) -> bool {
        [&self.assigned, &self.revoking]
            .iter()
            .any(|epochs| epochs.get(&topic).is_some_and(|partitions| partitions.contains_key(&partition)))
    }

    /// Whether the two differ in what the member says of itself.
    pub fn says_the_same(&self, other: &Self) -> bool {
        self.instance == other.instance
            && self.rack == other.rack
            && self.client_id == other.client_id
            && self.client_host == other.client_host
            && self.names == other.names
            && self.regex == other.regex
            && self.assignor == other.assignor
            && self.rebalance_timeout == other.rebalance_timeout
    }

    /// Roughly how many bytes are kept for it, its partitions aside.
    pub fn held(&self) -> usize {
        let texts = [&self.instance, &self.rack, &self.regex, &self.assignor];
        let texts: usize = texts.iter().filter_map(|text| text.as_ref()).map(String::len).sum();
        let names: usize = self.names.iter().map(|name| name.len() + size_of::<String>()).sum();
        self.id.len() + self.client_id.len() + texts + names
    }
}
