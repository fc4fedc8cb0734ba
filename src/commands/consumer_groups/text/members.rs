//! `--describe --members`.

use std::io::{self, Write};

use super::{GroupReport, MISSING, left, or_missing, width};
use crate::kafka::model::{GroupDescription, GroupMember, TopicPartition, by_topic};
use crate::render::{Cell, Column, Grid, Report};

/// The members of groups, by group.
pub(in super::super) struct MembersReport {
    pub groups: Vec<GroupReport<GroupDescription>>,
    pub verbose: bool,
}

impl Report for MembersReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.groups.iter().filter_map(|report| report.told.as_ref().ok()).try_for_each(|group| Block::of(group).write(self.verbose, out))
    }

    fn grid(&self) -> Grid {
        let rows = self.groups.iter().flat_map(|report| {
            let description = report.told.as_ref().ok();
            let members = description.map(|group| group.members.as_slice()).unwrap_or_default();
            let failed = report.told.is_err().then_some(GridRow { report, member: None });
            failed.into_iter().chain(members.iter().map(move |member| GridRow { report, member: Some(member) }))
        });
        let grid = Grid::of(&columns(), rows).when_present(&["error", "group_instance_id"]);
        let verbose = ["current_epoch", "current_assignment", "target_epoch", "target_assignment", "upgraded"];
        if self.verbose { grid.when_present(&["upgraded"]) } else { grid.full_only(&verbose) }
    }
}

/// One group, with what decides on the form of its lines.
struct Block<'a> {
    group: &'a GroupDescription,
    assignments: Vec<(String, String)>,
    widths: [usize; 7],
    /// Whether a member has a name of its own.
    with_instances: bool,
    /// Whether members of both protocols are in the group.
    with_upgrades: bool,
}

impl<'a> Block<'a> {
    fn of(group: &'a GroupDescription) -> Self {
        let members = &group.members;
        let assignments: Vec<(String, String)> = members
            .iter()
            .map(|member| (joined(&member.assignment), joined(member.target_assignment.as_deref().unwrap_or_default())))
            .collect();
        // Java takes the group's width from its members.
        let names = members.iter().map(|_| group.group.as_str());
        let widths = [
            width(15, names),
            width(15, members.iter().map(|member| member.id.as_str())),
            width(17, members.iter().map(|member| member.instance_id.as_deref().unwrap_or_default())),
            width(15, members.iter().map(|member| member.host.as_str())),
            width(15, members.iter().map(|member| member.client_id.as_str())),
            width(20, assignments.iter().map(|(current, _)| current.as_str())),
            width(20, assignments.iter().map(|(_, target)| target.as_str())),
        ];
        let speaks = |upgraded: bool| members.iter().any(|member| member.upgraded == Some(upgraded));
        Self {
            group,
            assignments,
            widths,
            with_instances: members.iter().any(|member| member.instance_id.as_ref().is_some_and(|id| !id.is_empty())),
            with_upgrades: speaks(true) && speaks(false),
        }
    }

    fn write(&self, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out)?;
        self.line(["GROUP", "CONSUMER-ID", "GROUP-INSTANCE-ID", "HOST", "CLIENT-ID", "#PARTITIONS"], out)?;
        if verbose {
            self.more(["CURRENT-EPOCH", "CURRENT-ASSIGNMENT", "TARGET-EPOCH", "TARGET-ASSIGNMENT", "UPGRADED"], out)?;
        }
        writeln!(out)?;
        for (member, (current, target)) in self.group.members.iter().zip(&self.assignments) {
            let instance = member.instance_id.as_deref().unwrap_or_default();
            let count = member.assignment.len().to_string();
            self.line([&self.group.group, &member.id, instance, &member.host, &member.client_id, &count], out)?;
            if verbose {
                let (epoch, target_epoch) = (or_missing(member.epoch), or_missing(self.group.target_assignment_epoch));
                self.more([&epoch, current, &target_epoch, target, &or_missing(member.upgraded)], out)?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    fn line(&self, [group, id, instance, host, client_id, count]: [&str; 6], out: &mut dyn Write) -> io::Result<()> {
        let widths = &self.widths;
        write!(out, "{} {} ", left(group, widths[0]), left(id, widths[1]))?;
        if self.with_instances {
            write!(out, "{} ", left(instance, widths[2]))?;
        }
        write!(out, "{} {} {count:<15} ", left(host, widths[3]), left(client_id, widths[4]))
    }

    fn more(&self, [epoch, current, target_epoch, target, upgraded]: [&str; 5], out: &mut dyn Write) -> io::Result<()> {
        let (current, target) = (left(current, self.widths[5]), left(target, self.widths[6]));
        write!(out, "{epoch:<15} {current} {target_epoch:<15} {target}")?;
        if self.with_upgrades { write!(out, " {upgraded}") } else { Ok(()) }
    }
}

/// The numbers of the partitions of each topic, in ascending order.
fn numbers(partitions: &[TopicPartition]) -> impl Iterator<Item = (&str, Vec<i32>)> {
    by_topic(partitions, |partition| partition).into_iter().map(|(topic, partitions)| {
        let mut numbers: Vec<i32> = partitions.iter().map(|partition| partition.partition).collect();
        numbers.sort_unstable();
        (topic, numbers)
    })
}

/// `t:0,1;u:0`, in the order of these texts.
fn joined(partitions: &[TopicPartition]) -> String {
    if partitions.is_empty() {
        return MISSING.to_owned();
    }
    let mut topics: Vec<String> = numbers(partitions)
        .map(|(topic, numbers)| format!("{topic}:{}", numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")))
        .collect();
    topics.sort();
    topics.join(";")
}

/// One row of the grid: a member, or a group that cannot tell its members.
struct GridRow<'a> {
    report: &'a GroupReport<GroupDescription>,
    member: Option<&'a GroupMember>,
}

impl<'a> GridRow<'a> {
    fn fact<T: Into<Cell>>(&self, fact: impl FnOnce(&'a GroupMember) -> T) -> Cell {
        self.member.map(fact).into()
    }
}

fn columns<'a>() -> [Column<GridRow<'a>>; 12] {
    [
        Column { name: "group", cell: |row| (&row.report.group).into() },
        Column { name: "consumer_id", cell: |row| row.fact(|member| &member.id) },
        Column { name: "group_instance_id", cell: |row| row.fact(|member| member.instance_id.as_ref()) },
        Column { name: "host", cell: |row| row.fact(|member| &member.host) },
        Column { name: "client_id", cell: |row| row.fact(|member| &member.client_id) },
        Column { name: "partition_count", cell: |row| row.fact(|member| i64::try_from(member.assignment.len()).unwrap_or(i64::MAX)) },
        Column { name: "current_epoch", cell: |row| row.fact(|member| member.epoch) },
        Column { name: "current_assignment", cell: |row| row.fact(|member| map(&member.assignment)) },
        Column {
            name: "target_epoch",
            cell: |row| row.member.and(row.report.told.as_ref().ok()).and_then(|group| group.target_assignment_epoch).into(),
        },
        Column { name: "target_assignment", cell: |row| row.fact(|member| member.target_assignment.as_deref().map(map)) },
        Column { name: "upgraded", cell: |row| row.fact(|member| member.upgraded) },
        Column { name: "error", cell: |row| row.report.error().into() },
    ]
}

fn map(partitions: &[TopicPartition]) -> Cell {
    Cell::Map(numbers(partitions).map(|(topic, numbers)| (topic.to_owned(), Cell::from(numbers.as_slice()))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::super::lag::tests::{group, member};
    use super::super::tests::text;
    use super::*;
    use crate::kafka::model::GroupState;

    fn report(members: Vec<GroupMember>, verbose: bool) -> MembersReport {
        let told = Ok(group(GroupState::Stable, members));
        MembersReport { groups: vec![GroupReport::new("g", told)], verbose }
    }

    #[test]
    fn an_empty_group_is_a_header() {
        let header = "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     \n";
        assert_eq!(text(&report(vec![], false)), header);
    }

    #[test]
    fn members_with_a_name_get_a_column_for_it() {
        let named = GroupMember { instance_id: Some("i".into()), ..member("m", &[0, 1]) };
        assert_eq!(
            text(&report(vec![named], false)),
            "\nGROUP           CONSUMER-ID     GROUP-INSTANCE-ID HOST            CLIENT-ID       #PARTITIONS     \n\
             g               m               i                 /127.0.0.1      c               2               \n"
        );
    }

    #[test]
    fn verbose_tells_epochs_and_assignments_and_who_is_upgraded() {
        let classic = GroupMember { upgraded: Some(false), ..member("m", &[10, 2]) };
        let modern = GroupMember { upgraded: Some(true), epoch: Some(3), target_assignment: Some(vec![]), ..member("n", &[]) };
        let text = text(&report(vec![classic, modern], true));
        let lines: Vec<&str> = text.lines().skip(1).collect();
        assert!(lines[0].ends_with("CURRENT-EPOCH   CURRENT-ASSIGNMENT   TARGET-EPOCH    TARGET-ASSIGNMENT    UPGRADED"), "{text}");
        assert!(lines[1].ends_with(" -               t:2,10               -               -                    false"), "{text}");
        assert!(lines[2].ends_with(" 3               -                    -               -                    true"), "{text}");
    }

    #[test]
    fn assignments_are_maps_for_scripts() {
        let grid = report(vec![member("m", &[1, 0])], false).grid();
        let index = grid.columns.iter().position(|column| *column == "current_assignment").unwrap();
        assert_eq!(grid.rows[0][index], Cell::Map(vec![("t".into(), Cell::List(vec![Cell::Int(0), Cell::Int(1)]))]));
    }
}
