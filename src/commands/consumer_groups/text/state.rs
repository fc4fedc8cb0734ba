//! `--describe --state`.

use std::io::{self, Write};

use super::{GroupReport, MISSING, left, or_missing, width};
use crate::kafka::model::GroupDescription;
use crate::render::{Cell, Column, Grid, Report};

/// The state of groups, by group.
pub(in super::super) struct StatesReport {
    pub groups: Vec<GroupReport<GroupDescription>>,
    pub verbose: bool,
}

impl Report for StatesReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        self.groups.iter().filter_map(|report| report.told.as_ref().ok()).try_for_each(|group| write_group(group, self.verbose, out))
    }

    fn grid(&self) -> Grid {
        let grid = Grid::of(&columns(), &self.groups).when_present(&["error"]);
        if self.verbose { grid } else { grid.full_only(&["group_epoch", "target_assignment_epoch"]) }
    }
}

fn write_group(group: &GroupDescription, verbose: bool, out: &mut dyn Write) -> io::Result<()> {
    let coordinator = format!("{}:{}  ({})", group.coordinator.host, group.coordinator.port, group.coordinator.id);
    let group_width = width(15, [group.group.as_str()].into_iter());
    let coordinator_width = width(25, [coordinator.as_str()].into_iter());
    let mut line = |name: &str, coordinator: &str, assignor: &str, state: &str, epochs: [&str; 2], members: &str| {
        let (name, coordinator) = (left(name, group_width), left(coordinator, coordinator_width));
        write!(out, "\n{name} {coordinator} {} {state:<20} ", left(assignor, 20))?;
        if verbose {
            let [epoch, target_epoch] = epochs;
            write!(out, "{epoch:<15} {target_epoch:<25} ")?;
        }
        write!(out, "{members}")
    };
    line("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", ["GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH"], "#MEMBERS")?;
    let assignor = if group.assignor.is_empty() { MISSING } else { &group.assignor };
    let epochs = [or_missing(group.group_epoch), or_missing(group.target_assignment_epoch)];
    let members = group.members.len().to_string();
    line(&group.group, &coordinator, assignor, group.state.name(), epochs.each_ref().map(String::as_str), &members)?;
    writeln!(out)
}

fn fact<'a, T: Into<Cell>>(report: &'a GroupReport<GroupDescription>, fact: impl FnOnce(&'a GroupDescription) -> T) -> Cell {
    report.told.as_ref().ok().map(fact).into()
}

fn columns<'a>() -> [Column<&'a GroupReport<GroupDescription>>; 9] {
    [
        Column { name: "group", cell: |report| (&report.group).into() },
        Column { name: "coordinator_id", cell: |report| fact(report, |group| group.coordinator.id) },
        Column {
            name: "coordinator",
            cell: |report| fact(report, |group| format!("{}:{}", group.coordinator.host, group.coordinator.port)),
        },
        Column { name: "assignment_strategy", cell: |report| fact(report, |group| Some(&group.assignor).filter(|name| !name.is_empty())) },
        Column { name: "state", cell: |report| fact(report, |group| group.state.name()) },
        Column { name: "group_epoch", cell: |report| fact(report, |group| group.group_epoch) },
        Column { name: "target_assignment_epoch", cell: |report| fact(report, |group| group.target_assignment_epoch) },
        Column { name: "members", cell: |report| fact(report, |group| i64::try_from(group.members.len()).unwrap_or(i64::MAX)) },
        Column { name: "error", cell: |report| report.error().into() },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::super::lag::tests::{group, member};
    use super::super::tests::text;
    use super::*;
    use crate::kafka::model::GroupState;

    fn report(verbose: bool) -> StatesReport {
        let told = Ok(GroupDescription { group_epoch: Some(2), ..group(GroupState::Stable, vec![member("m", &[0])]) });
        StatesReport { groups: vec![GroupReport::new("g", told)], verbose }
    }

    #[test]
    fn a_block_of_two_lines() {
        assert_eq!(
            text(&report(false)),
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                #MEMBERS\n\
             g               h:9092  (1)               range                Stable               1\n"
        );
    }

    #[test]
    fn verbose_adds_the_epochs() {
        assert_eq!(
            text(&report(true)),
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                GROUP-EPOCH     TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n\
             g               h:9092  (1)               range                Stable               2               -                         1\n"
        );
    }
}
