//! `--describe --offsets`.

use std::io::{self, Write};

use super::super::lag::{OffsetRow, Total};
use super::partitions::{self, PartitionRow};
use super::{GroupReport, MISSING, left, or_missing, width};
use crate::kafka::model::by_topic;
use crate::render::{Column, Grid, Report};

/// The partitions of groups, by group.
pub(in super::super) struct OffsetsReport {
    pub groups: Vec<GroupReport<Vec<OffsetRow>>>,
    pub verbose: bool,
}

impl Report for OffsetsReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for report in &self.groups {
            match &report.told {
                Ok(rows) if !rows.is_empty() => write_group(&report.group, rows, self.verbose, out)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        let rows = self.groups.iter().flat_map(|report| {
            let rows = report.told.as_deref().unwrap_or_default();
            let row = |row| PartitionRow { group: &report.group, error: report.error(), row, more: () };
            report.error().map(|_| row(None)).into_iter().chain(rows.iter().map(move |partition| row(Some(partition))))
        });
        let grid = Grid::of(&columns(), rows).when_present(&["gone", "consumer_id", "host", "client_id", "error"]);
        let grid = grid.graded(&["lag"]).alarming(&["gone", "error"]);
        if self.verbose { grid } else { grid.full_only(&["log_start_offset", "leader_epoch"]) }
    }

    /// The lag of each group and each of its topics.
    fn summary(&self) -> Option<Grid> {
        let lines = self.groups.iter().flat_map(|report| {
            let rows = report.told.as_deref().unwrap_or_default();
            let topics = by_topic(rows, |row| &row.partition);
            let whole = (topics.len() != 1).then(|| Line { group: &report.group, topic: None, total: Total::of(rows) });
            let topics = topics.into_iter();
            topics
                .map(|(topic, rows)| Line { group: &report.group, topic: Some(topic), total: Total::of(rows) })
                .chain(whole.filter(|_| !rows.is_empty()))
        });
        let columns: [Column<Line<'_>>; 6] = [
            Column { name: "group", cell: |line| line.group.into() },
            Column { name: "topic", cell: |line| line.topic.unwrap_or("(all)").into() },
            Column { name: "partitions", cell: |line| line.total.partitions.into() },
            Column { name: "total_lag", cell: |line| line.total.lag.into() },
            Column { name: "without_lag", cell: |line| Some(line.total.unknown).filter(|unknown| *unknown > 0).into() },
            Column { name: "gone", cell: |line| Some(line.total.gone).filter(|gone| *gone > 0).into() },
        ];
        let grid = Grid::of(&columns, lines).when_present(&["without_lag", "gone"]).graded(&["total_lag"]).alarming(&["gone"]);
        Some(grid).filter(|grid| !grid.rows.is_empty())
    }
}

/// A line of the totals: one topic of a group, or all of them.
struct Line<'a> {
    group: &'a str,
    topic: Option<&'a str>,
    total: Total,
}

fn write_group(group: &str, rows: &[OffsetRow], verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let ids: Vec<[&str; 3]> =
        rows.iter().map(|row| row.member.as_ref().map_or([MISSING; 3], |member| [&member.id, &member.host, &member.client_id])).collect();
    let group_width = width(15, [group].into_iter());
    let topic_width = width(15, rows.iter().map(|row| row.partition.topic.as_str()));
    let id_width = width(15, ids.iter().map(|[id, ..]| *id));
    let host_width = width(15, ids.iter().map(|[_, host, _]| *host));
    let mut line = |group: &str, topic: &str, numbers: [&str; 5], ids: &[&str; 3]| {
        let [partition, epoch, current, end, lag] = numbers;
        write!(out, "\n{} {} {partition:<10} ", left(group, group_width), left(topic, topic_width))?;
        if verbose {
            write!(out, "{epoch:<15} ")?;
        }
        let [id, host, client_id] = ids;
        write!(out, "{current:<15} {end:<15} {lag:<15} {} {} {client_id}", left(id, id_width), left(host, host_width))
    };
    let header = ["PARTITION", "LEADER-EPOCH", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG"];
    line("GROUP", "TOPIC", header, &["CONSUMER-ID", "HOST", "CLIENT-ID"])?;
    for (row, ids) in rows.iter().zip(&ids) {
        let numbers = [
            row.partition.partition.to_string(),
            or_missing(row.committed.and_then(|committed| committed.leader_epoch)),
            or_missing(row.current_offset()),
            or_missing(row.log_end_offset),
            or_missing(row.lag()),
        ];
        line(group, &row.partition.topic, numbers.each_ref().map(String::as_str), ids)?;
    }
    writeln!(out)
}

fn columns<'a>() -> Vec<Column<PartitionRow<'a, ()>>> {
    let epoch = |row: &PartitionRow<'a, ()>| row.row.and_then(|row| row.committed?.leader_epoch).into();
    let mut columns = vec![partitions::group()];
    columns.extend(partitions::standing());
    columns.extend(partitions::member());
    columns.push(Column { name: "leader_epoch", cell: epoch });
    columns.push(partitions::error());
    columns
}

#[cfg(test)]
mod tests {
    use super::super::super::lag::MemberName;
    use super::super::tests::text;
    use super::*;
    use crate::kafka::model::{CommittedOffset, TopicPartition};
    use crate::render::Cell;

    fn report(verbose: bool) -> OffsetsReport {
        let member = MemberName { id: "consumer-c-1-0123456789".into(), host: "/127.0.0.1".into(), client_id: "c".into() };
        let owned = OffsetRow {
            partition: TopicPartition::new("t", 0),
            committed: Some(CommittedOffset { offset: 2, leader_epoch: Some(4), annotated: false }),
            log_start_offset: Some(3),
            log_end_offset: Some(5),
            member: Some(member),
            error: None,
            leaderless: false,
        };
        let lost = OffsetRow {
            partition: TopicPartition::new("t", 1),
            committed: None,
            log_start_offset: None,
            log_end_offset: None,
            member: None,
            error: Some("no leader".into()),
            leaderless: false,
        };
        let groups = [("g", Ok(vec![owned, lost])), ("h", Ok(vec![])), ("i", Err("not found".to_owned()))];
        OffsetsReport { groups: groups.map(|(group, told)| GroupReport::new(group, told)).into(), verbose }
    }

    #[test]
    fn a_block_per_group_with_rows() {
        let header = "GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             ";
        let owned = "g               t               0          2               5               3               ";
        let lost = "g               t               1          -               -               -               ";
        let ids = |id: &str, host: &str, client: &str| format!("{id:<23} {host:<15} {client}");
        let expected = [
            "\n",
            header,
            &ids("CONSUMER-ID", "HOST", "CLIENT-ID"),
            "\n",
            owned,
            &ids("consumer-c-1-0123456789", "/127.0.0.1", "c"),
            "\n",
            lost,
            &ids("-", "-", "-"),
            "\n",
        ];
        assert_eq!(text(&report(false)), expected.concat());
    }

    #[test]
    fn verbose_adds_the_leader_epoch() {
        let text = text(&report(true));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert!(lines[0].starts_with("GROUP           TOPIC           PARTITION  LEADER-EPOCH    CURRENT-OFFSET  "));
        assert!(lines[1].starts_with("g               t               0          4               2               "));
    }

    #[test]
    fn failed_groups_and_partitions_are_rows_with_an_error() {
        let grid = report(false).grid();
        let cell = |row: usize, name: &str| grid.rows[row][grid.columns.iter().position(|column| *column == name).unwrap()].clone();
        assert_eq!(grid.rows.len(), 3);
        assert_eq!((cell(0, "lag"), cell(0, "error")), (Cell::Int(3), Cell::Null));
        assert_eq!((cell(0, "log_start_offset"), cell(0, "gone"), cell(1, "gone")), (Cell::Int(3), Cell::Int(1), Cell::Null));
        assert_eq!((cell(1, "lag"), cell(1, "error")), (Cell::Null, "no leader".into()));
        assert_eq!((cell(2, "group"), cell(2, "topic"), cell(2, "error")), ("i".into(), Cell::Null, "not found".into()));
    }

    #[test]
    fn totals_are_told_per_topic_and_for_groups_with_several() {
        let mut report = report(false);
        let summary = report.summary().unwrap();
        assert_eq!(summary.rows, [["g".into(), "t".into(), 2_usize.into(), 3_i64.into(), 1_usize.into(), 1_i64.into()]]);
        let other = OffsetRow { partition: TopicPartition::new("u", 0), ..report.groups[0].told.as_ref().unwrap()[0].clone() };
        report.groups[0].told.as_mut().unwrap().push(other);
        let summary = report.summary().unwrap();
        let topics: Vec<&Cell> = summary.rows.iter().map(|row| &row[1]).collect();
        assert_eq!(topics, [&"t".into(), &"u".into(), &"(all)".into()]);
        assert_eq!(OffsetsReport { groups: vec![], verbose: false }.summary(), None);
    }
}
