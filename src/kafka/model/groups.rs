//! Consumer groups, their members and their offsets.

use super::TopicPartition;

/// The state of a group (Java's `GroupState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupState {
    Unknown,
    PreparingRebalance,
    CompletingRebalance,
    Stable,
    Dead,
    Empty,
    Assigning,
    Reconciling,
    NotReady,
}

impl GroupState {
    const ALL: [Self; 9] = [
        Self::Unknown,
        Self::PreparingRebalance,
        Self::CompletingRebalance,
        Self::Stable,
        Self::Dead,
        Self::Empty,
        Self::Assigning,
        Self::Reconciling,
        Self::NotReady,
    ];

    /// The states that a consumer group can be in, of either protocol.
    pub const OF_CONSUMER_GROUPS: [Self; 7] =
        [Self::PreparingRebalance, Self::CompletingRebalance, Self::Stable, Self::Dead, Self::Empty, Self::Assigning, Self::Reconciling];

    /// The state of this name, in any case; `Unknown` for a name that is none.
    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.name().eq_ignore_ascii_case(name)).unwrap_or(Self::Unknown)
    }

    /// The name in the protocol, which is also what Java prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
            Self::Empty => "Empty",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::NotReady => "NotReady",
        }
    }
}

/// What speaks to the coordinator (Java's `GroupType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupType {
    Unknown,
    /// The protocol of KIP-848.
    Consumer,
    Classic,
    Share,
    Streams,
}

impl GroupType {
    const ALL: [Self; 5] = [Self::Unknown, Self::Consumer, Self::Classic, Self::Share, Self::Streams];

    /// The types that a consumer group can have.
    pub const OF_CONSUMER_GROUPS: [Self; 2] = [Self::Classic, Self::Consumer];

    /// The type of this name, in any case; `Unknown` for a name that is none.
    pub fn parse(name: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name)).unwrap_or(Self::Unknown)
    }

    /// The name in the protocol, which is also what Java prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Consumer => "Consumer",
            Self::Classic => "Classic",
            Self::Share => "Share",
            Self::Streams => "Streams",
        }
    }
}

/// A group as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    pub group: String,
    /// `None` from brokers before 3.7.
    pub kind: Option<GroupType>,
    /// `None` from brokers before 2.6.
    pub state: Option<GroupState>,
}

/// The broker that looks after a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coordinator {
    pub id: i32,
    pub host: String,
    pub port: u16,
}

/// A group with its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    pub group: String,
    pub state: GroupState,
    /// The assignment strategy; empty when there is none.
    pub assignor: String,
    pub coordinator: Coordinator,
    /// In the coordinator's order.
    pub members: Vec<GroupMember>,
    /// `None` for a classic group, as the next one.
    pub group_epoch: Option<i32>,
    pub target_assignment_epoch: Option<i32>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    pub id: String,
    /// The name of a static member.
    pub instance_id: Option<String>,
    pub client_id: String,
    pub host: String,
    /// What it consumes, in order.
    pub assignment: Vec<TopicPartition>,
    /// What it is to consume, in order; `None` for a classic group, as the next ones.
    pub target_assignment: Option<Vec<TopicPartition>>,
    pub epoch: Option<i32>,
    /// Whether it speaks the protocol of KIP-848; `None` where the broker does not tell.
    pub upgraded: Option<bool>,
}

/// An offset that a group has committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommittedOffset {
    pub offset: i64,
    pub leader_epoch: Option<i32>,
    /// Whether the consumer has noted something beside it (the metadata of Java's `OffsetAndMetadata`).
    pub annotated: bool,
}

/// A point in a partition's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetSpec {
    /// The log's first record.
    Earliest,
    /// The end of the log.
    Latest,
    /// The first record at or after this time, in milliseconds since 1970.
    Timestamp(i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case() {
        assert_eq!(GroupState::parse("preparingrebalance"), GroupState::PreparingRebalance);
        assert_eq!(GroupState::parse("preparing_rebalance"), GroupState::Unknown);
        assert_eq!(GroupType::parse("CLASSIC"), GroupType::Classic);
        assert_eq!(GroupType::parse(""), GroupType::Unknown);
    }
}
