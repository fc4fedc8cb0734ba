//! Where groups stand in the logs: one row per partition. Pure functions.

use std::collections::HashMap;

use crate::kafka::admin::{Committed, ItemResult};
use crate::kafka::error::ErrorCode;
use crate::kafka::model::{CommittedOffset, GroupDescription, GroupMember, TopicPartition};

/// The ends of logs.
pub(super) type Ends = HashMap<TopicPartition, ItemResult<Option<i64>>>;

/// One partition that a group consumes, or has an offset for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OffsetRow {
    pub partition: TopicPartition,
    pub committed: Option<CommittedOffset>,
    pub log_end_offset: Option<i64>,
    /// Who consumes it.
    pub member: Option<MemberName>,
    /// Why something in this row is missing.
    pub error: Option<String>,
    /// Whether that makes the command fail. A partition without a leader does not, as in Java.
    pub failed: bool,
}

/// What a row tells of a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MemberName {
    pub id: String,
    pub host: String,
    pub client_id: String,
}

impl OffsetRow {
    /// The offset that the group goes on at.
    pub fn current_offset(&self) -> Option<i64> {
        self.committed.map(|committed| committed.offset)
    }

    /// How many records are ahead; unknown without a commit, or without an end.
    pub fn lag(&self) -> Option<i64> {
        self.current_offset().zip(self.log_end_offset).map(|(offset, end)| end - offset)
    }
}

/// Every partition that is assigned to a member or committed, each once.
pub(super) fn partitions<'a>(
    description: &'a GroupDescription,
    committed: &'a Committed,
) -> impl Iterator<Item = &'a TopicPartition> + use<'a> {
    let assigned = description.members.iter().flat_map(|member| &member.assignment);
    assigned.chain(committed.keys())
}

/// The rows of a group: the members with the most partitions first, then what no member consumes; by topic and partition
/// within.
pub(super) fn rows(description: &GroupDescription, committed: &Committed, ends: &Ends) -> Vec<OffsetRow> {
    let mut members: Vec<&GroupMember> = description.members.iter().collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assignment.len()));
    let row = |partition: &TopicPartition, member: Option<&GroupMember>| row(partition, member, committed, ends);
    let mut rows: Vec<OffsetRow> =
        members.iter().flat_map(|member| member.assignment.iter().map(|partition| row(partition, Some(member)))).collect();
    let unowned = committed.keys().filter(|partition| !members.iter().any(|member| member.assignment.contains(partition)));
    rows.extend(unowned.map(|partition| row(partition, None)));
    rows
}

fn row(partition: &TopicPartition, member: Option<&GroupMember>, committed: &Committed, ends: &Ends) -> OffsetRow {
    let (committed, refused) = match committed.get(partition) {
        None => (None, None),
        Some(Ok(committed)) => (*committed, None),
        Some(Err(error)) => (None, Some(error)),
    };
    let (log_end_offset, lost) = match ends.get(partition) {
        None => (None, None),
        Some(Ok(end)) => (*end, None),
        Some(Err(error)) => (None, Some(error)),
    };
    OffsetRow {
        partition: partition.clone(),
        committed,
        log_end_offset,
        member: member.map(|member| MemberName { id: member.id.clone(), host: member.host.clone(), client_id: member.client_id.clone() }),
        error: refused.or(lost).map(ToString::to_string),
        failed: refused.is_some() || lost.is_some_and(|error| error.code != ErrorCode::LEADER_NOT_AVAILABLE),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::kafka::model::{Coordinator, GroupState};

    pub(in super::super) fn member(id: &str, partitions: &[i32]) -> GroupMember {
        GroupMember {
            id: id.into(),
            instance_id: None,
            client_id: "c".into(),
            host: "/127.0.0.1".into(),
            assignment: partitions.iter().map(|partition| TopicPartition::new("t", *partition)).collect(),
            target_assignment: None,
            epoch: None,
            upgraded: None,
        }
    }

    pub(in super::super) fn group(state: GroupState, members: Vec<GroupMember>) -> GroupDescription {
        GroupDescription {
            group: "g".into(),
            state,
            assignor: "range".into(),
            coordinator: Coordinator { id: 1, host: "h".into(), port: 9092 },
            members,
            group_epoch: None,
            target_assignment_epoch: None,
        }
    }

    fn committed(offsets: &[(i32, i64)]) -> Committed {
        let entry = |(partition, offset): &(i32, i64)| {
            (TopicPartition::new("t", *partition), Ok(Some(CommittedOffset { offset: *offset, leader_epoch: None })))
        };
        offsets.iter().map(entry).collect()
    }

    fn ends(offsets: &[(i32, i64)]) -> Ends {
        offsets.iter().map(|(partition, offset)| (TopicPartition::new("t", *partition), Ok(Some(*offset)))).collect()
    }

    #[test]
    fn the_busiest_member_comes_first_and_unowned_partitions_last() {
        let group = group(GroupState::Stable, vec![member("a", &[]), member("b", &[2]), member("c", &[0, 10])]);
        let rows = rows(&group, &committed(&[(0, 1), (1, 1)]), &ends(&[(0, 5), (1, 1), (2, 7), (10, 0)]));
        let order: Vec<(i32, Option<&str>)> =
            rows.iter().map(|row| (row.partition.partition, row.member.as_ref().map(|member| member.id.as_str()))).collect();
        assert_eq!(order, [(0, Some("c")), (10, Some("c")), (2, Some("b")), (1, None)]);
        assert_eq!(rows.iter().map(OffsetRow::lag).collect::<Vec<_>>(), [Some(4), None, None, Some(0)]);
    }

    #[test]
    fn an_end_behind_the_commit_gives_a_negative_lag() {
        let rows = rows(&group(GroupState::Empty, vec![]), &committed(&[(0, 5)]), &ends(&[(0, 3)]));
        assert_eq!(rows[0].lag(), Some(-2));
    }

    #[test]
    fn only_a_missing_leader_is_no_failure() {
        let row = |code: ErrorCode| {
            let ends = HashMap::from([(TopicPartition::new("t", 0), Err(code.into()))]);
            rows(&group(GroupState::Empty, vec![]), &committed(&[(0, 5)]), &ends).remove(0)
        };
        assert!(!row(ErrorCode::LEADER_NOT_AVAILABLE).failed);
        assert!(row(ErrorCode::NETWORK_EXCEPTION).failed);
        let gone = row(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        assert!(gone.failed && gone.lag().is_none());
        assert_eq!(gone.error.as_deref(), Some("This server does not host this topic-partition."));
    }
}
