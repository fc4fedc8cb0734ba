//! Where groups stand in the logs: one row per partition. Pure functions.

use std::collections::HashSet;

use super::logs::{Logs, Points};
use crate::kafka::admin::Committed;
use crate::kafka::error::{BrokerError, ErrorCode};
use crate::kafka::model::{CommittedOffset, GroupDescription, GroupMember, TopicPartition};

/// One partition that a group consumes, or has an offset for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OffsetRow {
    pub partition: TopicPartition,
    pub committed: Option<CommittedOffset>,
    pub log_start_offset: Option<i64>,
    pub log_end_offset: Option<i64>,
    /// Who consumes it.
    pub member: Option<MemberName>,
    /// Why something in this row is missing.
    pub error: Option<String>,
    /// Whether that is because the partition has no leader.
    pub leaderless: bool,
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

    /// By how much the committed offset lies beyond the end of the log, as after a topic was made anew.
    pub fn beyond(&self) -> Option<i64> {
        self.lag().filter(|lag| *lag < 0).map(i64::wrapping_neg)
    }

    /// How many records may be left to read: where the group has no offset in the log, that is all that the log holds. Never
    /// less than none, which would make up for the lag of others: the start is looked up beside the end, and may be behind it.
    fn unread(&self) -> Option<i64> {
        let unread = match self.log_start_offset.zip(self.log_end_offset) {
            Some((start, end)) => end - self.current_offset().filter(|offset| (start..=end).contains(offset)).unwrap_or(start),
            // Some may be gone, and all the same it is a lag.
            None => self.lag()?,
        };
        Some(unread.max(0))
    }

    /// How many of those records are gone: the log begins behind the committed offset.
    pub fn gone(&self) -> Option<i64> {
        self.current_offset().zip(self.log_start_offset).map(|(offset, start)| start - offset).filter(|gone| *gone > 0)
    }

    /// Whether it is known that nothing is left to read.
    pub fn is_done(&self) -> bool {
        self.error.is_none() && self.beyond().is_none() && self.unread() == Some(0)
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
pub(super) fn rows(description: &GroupDescription, committed: &Committed, logs: &Logs) -> Vec<OffsetRow> {
    let mut members: Vec<&GroupMember> = description.members.iter().collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assignment.len()));
    let row = |partition: &TopicPartition, member: Option<&GroupMember>| row(partition, member, committed, logs);
    let mut rows: Vec<OffsetRow> =
        members.iter().flat_map(|member| member.assignment.iter().map(|partition| row(partition, Some(member)))).collect();
    let owned: HashSet<&TopicPartition> = members.iter().flat_map(|member| &member.assignment).collect();
    let mut unowned: Vec<&TopicPartition> = committed.keys().filter(|partition| !owned.contains(partition)).collect();
    unowned.sort();
    rows.extend(unowned.into_iter().map(|partition| row(partition, None)));
    rows
}

fn row(partition: &TopicPartition, member: Option<&GroupMember>, committed: &Committed, logs: &Logs) -> OffsetRow {
    let (committed, refused) = match committed.get(partition) {
        None => (None, None),
        Some(Ok(committed)) => (*committed, None),
        Some(Err(error)) => (None, Some(error)),
    };
    // Two questions, and each may fail alone.
    let (log_start_offset, startless) = point(&logs.starts, partition);
    let (log_end_offset, endless) = point(&logs.ends, partition);
    let lost = endless.or(startless);
    OffsetRow {
        partition: partition.clone(),
        committed,
        log_start_offset,
        log_end_offset,
        member: member.map(|member| MemberName { id: member.id.clone(), host: member.host.clone(), client_id: member.client_id.clone() }),
        error: refused.or(lost).map(ToString::to_string),
        leaderless: refused.is_none() && lost.is_some_and(|error| error.code == ErrorCode::LEADER_NOT_AVAILABLE),
    }
}

/// A point of a log, or why it is not known.
fn point<'a>(points: &'a Points, partition: &TopicPartition) -> (Option<i64>, Option<&'a BrokerError>) {
    match points.get(partition) {
        None => (None, None),
        Some(Ok(offset)) => (*offset, None),
        Some(Err(error)) => (None, Some(error)),
    }
}

/// The lag of one group, or of one topic in a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Total {
    pub partitions: usize,
    /// Of the partitions whose lag is known; one that is read further than its log reaches counts as read.
    pub lag: i64,
    /// The partitions whose lag nobody can tell.
    pub unknown: usize,
    /// The records that may be left to read.
    pub unread: i64,
    /// Whether fewer may be: some partitions have no offset in their log, and count with all of it.
    pub unsure: bool,
    /// The records that are gone before they were read.
    pub gone: i64,
}

impl Total {
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a OffsetRow>) -> Self {
        rows.into_iter().fold(Self::default(), |total, row| Self {
            partitions: total.partitions + 1,
            lag: total.lag.saturating_add(row.lag().unwrap_or(0).max(0)),
            unknown: total.unknown + usize::from(row.lag().is_none()),
            unread: total.unread.saturating_add(row.unread().unwrap_or(0)),
            unsure: total.unsure || row.lag().is_none_or(|lag| lag < 0),
            gone: total.gone.saturating_add(row.gone().unwrap_or(0)),
        })
    }
}

/// What is to be said of offsets that are not in their logs.
pub(super) fn strays(group: &str, rows: &[OffsetRow]) -> Vec<String> {
    let partitions = |of: &dyn Fn(&OffsetRow) -> Option<i64>| rows.iter().filter(|row| of(row).is_some()).collect::<Vec<_>>();
    let (missed, beyond) = (partitions(&OffsetRow::gone), partitions(&OffsetRow::beyond));
    let more = |rows: &[&OffsetRow]| match rows.len() {
        1 => String::new(),
        count => format!(", and so on for {} more", count - 1),
    };
    let told = |row: &OffsetRow, point: Option<i64>| (row.partition.to_string(), row.current_offset().zip(point).unwrap_or_default());
    let missed = missed.first().map(|row| {
        let (partition, (offset, start)) = told(row, row.log_start_offset);
        let (gone, more) = (Total::of(missed.iter().copied()).gone, more(&missed));
        format!(
            "group {group}: {gone} messages are gone: the log of {partition} begins at {start}, after the committed offset {offset}{more}"
        )
    });
    let beyond = beyond.first().map(|row| {
        let (partition, (offset, end)) = told(row, row.log_end_offset);
        let more = more(&beyond);
        format!("group {group}: the log of {partition} ends at {end}, before the committed offset {offset}{more}: was the topic made anew?")
    });
    missed.into_iter().chain(beyond).collect()
}

/// Names the groups whose lag is over the limit, or may be; nothing if there are none.
///
/// A consumer that hangs since its first record has committed nothing, and its lag is not known: an alarm must not take it
/// for none.
pub(super) fn over<'a>(limit: i64, totals: impl Iterator<Item = (&'a str, Total)>) -> Option<String> {
    let name = |(group, total): (&str, Total)| format!("{group} ({}{})", if total.unsure { "up to " } else { "" }, total.unread);
    let over: Vec<String> = totals.filter(|(_, total)| total.unread > limit).map(name).collect();
    let word = match over.len() {
        0 => return None,
        1 => "group has",
        _ => "groups have",
    };
    Some(format!("{} {word} a lag over {limit}: {}", over.len(), over.join(", ")))
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

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
            (TopicPartition::new("t", *partition), Ok(Some(CommittedOffset { offset: *offset, leader_epoch: None, annotated: false })))
        };
        offsets.iter().map(entry).collect()
    }

    fn logs(ends: &[(i32, i64)]) -> Logs {
        let points = |start: Option<i64>| {
            ends.iter().map(|(partition, end)| (TopicPartition::new("t", *partition), Ok(start.or(Some(*end))))).collect()
        };
        Logs { starts: points(Some(2)), ends: points(None), ..Logs::default() }
    }

    #[test]
    fn the_busiest_member_comes_first_and_unowned_partitions_last() {
        let group = group(GroupState::Stable, vec![member("a", &[]), member("b", &[2]), member("c", &[0, 10])]);
        let rows = rows(&group, &committed(&[(0, 1), (1, 1)]), &logs(&[(0, 5), (1, 1), (2, 7), (10, 0)]));
        let order: Vec<(i32, Option<&str>)> =
            rows.iter().map(|row| (row.partition.partition, row.member.as_ref().map(|member| member.id.as_str()))).collect();
        assert_eq!(order, [(0, Some("c")), (10, Some("c")), (2, Some("b")), (1, None)]);
        assert_eq!(rows.iter().map(OffsetRow::lag).collect::<Vec<_>>(), [Some(4), None, None, Some(0)]);
    }

    #[test]
    fn an_end_behind_the_commit_gives_a_negative_lag() {
        let rows = rows(&group(GroupState::Empty, vec![]), &committed(&[(0, 5)]), &logs(&[(0, 3)]));
        assert_eq!(rows[0].lag(), Some(-2));
    }

    #[test]
    fn a_log_that_cannot_be_asked_leaves_the_offset_and_the_reason() {
        let ends = HashMap::from([(TopicPartition::new("t", 0), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into()))]);
        let logs = Logs { ends, ..Logs::default() };
        let row = rows(&group(GroupState::Empty, vec![]), &committed(&[(0, 5)]), &logs).remove(0);
        assert_eq!((row.current_offset(), row.lag(), row.leaderless), (Some(5), None, false));
        assert_eq!(row.error.as_deref(), Some("This server does not host this topic-partition."));
    }

    #[test]
    fn a_lag_counts_where_only_the_start_of_the_log_cannot_be_told() {
        let starts = HashMap::from([(TopicPartition::new("t", 0), Err(ErrorCode::NETWORK_EXCEPTION.into()))]);
        let logs = Logs { starts, ..logs(&[(0, 1_000_000)]) };
        let rows = rows(&group(GroupState::Empty, vec![]), &committed(&[(0, 5)]), &logs);
        assert!(rows[0].error.is_some() && !rows[0].is_done());
        assert_eq!(over(10, [("g", Total::of(&rows))].into_iter()).unwrap(), "1 group has a lag over 10: g (999995)");
    }

    #[test]
    fn a_start_that_has_passed_the_end_does_not_make_up_for_the_lag_of_others() {
        // The log begins at 2.
        let rows = described(&[(0, 0), (1, 3)], &[(0, 1), (1, 5)]);
        assert_eq!(Total::of(&rows).unread, 2);
    }

    fn described(commits: &[(i32, i64)], ends: &[(i32, i64)]) -> Vec<OffsetRow> {
        let all: Vec<i32> = ends.iter().map(|(partition, _)| *partition).collect();
        rows(&group(GroupState::Stable, vec![member("m", &all)]), &committed(commits), &logs(ends))
    }

    #[test]
    fn a_commit_before_the_start_of_the_log_has_missed_something() {
        let rows = described(&[(0, 0), (1, 2), (2, 1)], &[(0, 5), (1, 5), (2, 2)]);
        assert_eq!(rows.iter().map(OffsetRow::gone).collect::<Vec<_>>(), [Some(2), None, Some(1)]);
        let words = "group g: 3 messages are gone: the log of t-0 begins at 2, after the committed offset 0, and so on for 1 more";
        assert_eq!(strays("g", &rows), [words]);
        assert_eq!(strays("g", &rows[1..2]), [""; 0]);
    }

    #[test]
    fn a_commit_after_the_end_of_the_log_is_not_read_to_its_end() {
        let rows = described(&[(0, 9)], &[(0, 5)]);
        assert_eq!((rows[0].beyond(), rows[0].lag(), rows[0].is_done()), (Some(4), Some(-4), false));
        let words = "group g: the log of t-0 ends at 5, before the committed offset 9: was the topic made anew?";
        assert_eq!(strays("g", &rows), [words]);
        // Whoever goes on there may start anew.
        assert_eq!(over(2, [("g", Total::of(&rows))].into_iter()).unwrap(), "1 group has a lag over 2: g (up to 3)");
    }

    #[test]
    fn only_what_is_known_to_be_read_is_done() {
        let done = |commits: &[(i32, i64)], end| described(commits, &[(0, end)])[0].is_done();
        assert!(done(&[(0, 5)], 5) && !done(&[(0, 4)], 5));
        // Nothing is committed: an empty log has nothing to read, and another one may have.
        assert!(done(&[], 2) && !done(&[], 5));
        let failed = OffsetRow { error: Some("gone".into()), ..described(&[(0, 5)], &[(0, 5)]).remove(0) };
        assert!(!failed.is_done());
    }

    #[test]
    fn totals_count_what_is_known() {
        let rows = described(&[(0, 1), (1, 9)], &[(0, 5), (1, 5), (2, 7)]);
        assert_eq!(Total::of(&rows), Total { partitions: 3, lag: 4, unknown: 1, unread: 11, unsure: true, gone: 1 });
    }

    #[test]
    fn groups_over_the_limit_are_named() {
        let total = |lag| Total { lag, unread: lag, ..Total::default() };
        let over = |limit| over(limit, [("a", total(5)), ("b", total(7)), ("c", total(0))].into_iter());
        assert_eq!(over(7), None);
        assert_eq!(over(6).unwrap(), "1 group has a lag over 6: b (7)");
        assert_eq!(over(0).unwrap(), "2 groups have a lag over 0: a (5), b (7)");
    }

    #[test]
    fn what_was_never_read_counts_with_all_that_there_is() {
        let total = || Total::of(&described(&[(0, 3)], &[(0, 5), (1, 602)]));
        let over = |limit| over(limit, [("g", total())].into_iter());
        assert_eq!(over(602), None);
        assert_eq!(over(601).unwrap(), "1 group has a lag over 601: g (up to 602)");
    }
}
