//! `--reset-offsets`.

use std::io::{self, Write};

use super::super::plan_file;
use super::super::reset::{Planned, Remark};
use super::{left, width};
use crate::java::hash_order::{DEFAULT_CAPACITY, sort_by_hash, sort_by_hash_code, topic_partition_hash};
use crate::render::{Cell, Column, Grid, Report};

/// What became of one group.
#[derive(Debug)]
pub(in super::super) struct GroupPlan {
    pub group: String,
    pub offsets: Vec<Planned>,
    /// Why the group is left as it is, where Java goes on with the others.
    pub skipped: Option<String>,
    /// Why it failed, where Java ends.
    pub failed: Option<String>,
    /// Whether nobody has heard what became of the commit.
    pub uncertain: bool,
}

impl GroupPlan {
    /// A group that nothing is planned for.
    pub fn empty(group: String) -> Self {
        Self { group, offsets: Vec::new(), skipped: None, failed: None, uncertain: false }
    }

    /// Whether an offset was committed, or may have been.
    pub fn may_have_changed(&self) -> bool {
        self.uncertain || self.failed.is_none() && self.offsets.iter().any(|planned| planned.error.is_none())
    }
}

/// The new offsets of groups.
pub(in super::super) struct ResetReport {
    plans: Vec<GroupPlan>,
    /// Whether the plans have been carried out.
    executed: bool,
    /// CSV instead of columns; with the group's name unless there is only one.
    export: Option<WithGroup>,
}

type WithGroup = bool;

impl ResetReport {
    /// The report on `plans`, carried out or not, which are brought into Java's order; as CSV if `export` says so, and with
    /// the group in it if it says that too.
    pub fn new(mut plans: Vec<GroupPlan>, executed: bool, export: Option<WithGroup>) -> Self {
        sort_by_hash(&mut plans, DEFAULT_CAPACITY, |plan| &plan.group);
        for plan in &mut plans {
            sort_by_hash_code(&mut plan.offsets, DEFAULT_CAPACITY, |planned| {
                topic_partition_hash(&planned.partition.topic, planned.partition.partition)
            });
        }
        Self { plans, executed, export }
    }

    /// The plans in the order in which Java makes them, and has something to say. It walks a copy of its map of groups, which
    /// has only as many buckets as they need.
    fn as_copied(&self) -> Vec<&GroupPlan> {
        let mut plans: Vec<&GroupPlan> = self.plans.iter().collect();
        let capacity = plans.len() * 4 / 3 + 1;
        sort_by_hash(&mut plans, capacity, |plan| &plan.group);
        plans
    }

    fn write_table(&self, out: &mut dyn Write) -> io::Result<()> {
        let planned = || self.plans.iter().filter(|plan| plan.failed.is_none());
        let group_width = width(15, planned().map(|plan| plan.group.as_str()));
        let topics = planned().flat_map(|plan| plan.offsets.iter().map(|planned| planned.partition.topic.as_str()));
        let topic_width = width(15, topics);
        let mut line = |group: &str, topic: &str, partition: &str, offset: &str| {
            write!(out, "\n{} {} {partition:<10} {offset}", left(group, group_width), left(topic, topic_width))
        };
        if planned().next().is_some() {
            line("GROUP", "TOPIC", "PARTITION", "NEW-OFFSET")?;
        }
        for plan in planned() {
            for offset in plan.offsets.iter().filter(|planned| planned.error.is_none()) {
                let at = &offset.partition;
                line(&plan.group, &at.topic, &at.partition.to_string(), &offset.new_offset.to_string())?;
            }
        }
        writeln!(out)
    }

    fn write_csv(&self, with_group: WithGroup, out: &mut dyn Write) -> io::Result<()> {
        for plan in &self.plans {
            let group = with_group.then_some(plan.group.as_str());
            for offset in plan.offsets.iter().filter(|planned| planned.error.is_none()) {
                out.write_all(plan_file::line(group, &offset.partition, offset.new_offset).as_bytes())?;
            }
        }
        writeln!(out)
    }
}

impl Report for ResetReport {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        if !self.plans.is_empty() && self.plans.iter().all(|plan| plan.failed.is_some()) {
            return Ok(());
        }
        for plan in self.as_copied() {
            for planned in plan.offsets.iter().filter(|planned| planned.remark == Some(Remark::NothingSoNew)) {
                writeln!(out, "\nWarn: {}", planned.remark().unwrap_or_default())?;
            }
            if let Some(why) = &plan.skipped {
                writeln!(out, "\nError: {why}")?;
            }
        }
        match self.export {
            Some(with_group) => self.write_csv(with_group, out),
            None => self.write_table(out),
        }
    }

    fn grid(&self) -> Grid {
        let executed = self.executed;
        let rows = self.plans.iter().flat_map(|plan| {
            let error = plan.failed.as_ref().or(plan.skipped.as_ref());
            let mut offsets: Vec<&Planned> = plan.offsets.iter().collect();
            offsets.sort_by_key(|planned| &planned.partition);
            let alone = (error.is_some() && offsets.is_empty()).then_some(GridRow { plan, planned: None, executed });
            alone.into_iter().chain(offsets.into_iter().map(move |planned| GridRow { plan, planned: Some(planned), executed }))
        });
        let mut rows: Vec<GridRow<'_>> = rows.collect();
        rows.sort_by_key(|row| &row.plan.group);
        Grid::of(&columns(), rows).when_present(&["old_offset", "error"])
    }
}

/// One row of the grid: a partition, or a group that was left as it is.
struct GridRow<'a> {
    plan: &'a GroupPlan,
    planned: Option<&'a Planned>,
    executed: bool,
}

impl<'a> GridRow<'a> {
    fn fact<T: Into<Cell>>(&self, fact: impl FnOnce(&'a Planned) -> T) -> Cell {
        self.planned.map(fact).into()
    }

    fn outcome(&self) -> &'static str {
        match self.planned {
            None if self.plan.failed.is_none() => "skipped",
            Some(planned) if planned.found.is_some() => "failed",
            Some(planned) if planned.error.is_none() && self.executed => "reset",
            Some(planned) if planned.error.is_none() => "planned",
            _ => "failed",
        }
    }

    fn error(&self) -> Option<&String> {
        match self.planned {
            Some(planned) => planned.error.as_ref().or(planned.found.as_ref()),
            None => self.plan.failed.as_ref().or(self.plan.skipped.as_ref()),
        }
    }
}

fn columns<'a>() -> [Column<GridRow<'a>>; 7] {
    [
        Column { name: "group", cell: |row| (&row.plan.group).into() },
        Column { name: "topic", cell: |row| row.fact(|planned| planned.partition.topic.as_str()) },
        Column { name: "partition", cell: |row| row.fact(|planned| planned.partition.partition) },
        Column { name: "old_offset", cell: |row| row.fact(|planned| planned.old_offset) },
        Column { name: "new_offset", cell: |row| row.fact(|planned| planned.new_offset) },
        Column { name: "outcome", cell: |row| row.outcome().into() },
        Column { name: "error", cell: |row| row.error().into() },
    ]
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;
    use crate::kafka::model::TopicPartition;

    fn plan(group: &str, offsets: &[i64]) -> GroupPlan {
        let planned = |(partition, offset): (i32, &i64)| Planned {
            partition: TopicPartition::new("t", partition),
            old_offset: None,
            new_offset: *offset,
            remark: None,
            error: None,
            found: None,
        };
        GroupPlan { offsets: (0..).zip(offsets).map(planned).collect(), ..GroupPlan::empty(group.into()) }
    }

    #[test]
    fn a_plan_is_a_table_or_csv() {
        let header = "\nGROUP           TOPIC           PARTITION  NEW-OFFSET";
        let row = "\ng               t               0          4         ".trim_end();
        assert_eq!(text(&ResetReport::new(vec![plan("g", &[4])], false, None)), format!("{header}{row}\n"));
        assert_eq!(text(&ResetReport::new(vec![plan("g", &[4])], false, Some(false))), "t,0,4\n\n");
        assert_eq!(text(&ResetReport::new(vec![plan("g", &[4])], false, Some(true))), "g,t,0,4\n\n");
        assert_eq!(text(&ResetReport::new(vec![], false, None)), "\n");
        assert_eq!(text(&ResetReport::new(vec![plan("g", &[])], false, None)), format!("{header}\n"));
    }

    #[test]
    fn what_java_says_on_stdout_comes_before_the_table() {
        let mut plans = vec![plan("h", &[4])];
        plans[0].offsets[0].remark = Some(Remark::NothingSoNew);
        plans.push(GroupPlan { skipped: Some("No reset plan for group i found".into()), ..plan("i", &[]) });
        let text = text(&ResetReport::new(plans, false, None));
        let start = "\nWarn: Partition 0 from topic t is empty. Falling back to latest known offset.\n\
                     \nError: No reset plan for group i found\n\
                     \nGROUP ";
        assert!(text.starts_with(start), "{text}");
    }

    #[test]
    fn what_java_says_comes_in_the_order_of_a_smaller_map() {
        let skipped = |group: &str| GroupPlan { skipped: Some(format!("not {group}")), ..plan(group, &[]) };
        let text = text(&ResetReport::new(vec![skipped("w"), skipped("g1")], false, Some(true)));
        assert_eq!(text, "\nError: not g1\n\nError: not w\n\n");
        let two = ResetReport::new(vec![plan("g1", &[0]), plan("w", &[0])], false, Some(true));
        assert_eq!(super::super::tests::text(&two), "w,t,0,0\ng1,t,0,0\n\n");
    }

    #[test]
    fn failed_groups_have_no_line_and_a_row() {
        let failed = || GroupPlan { failed: Some("why".into()), ..plan("h", &[]) };
        assert_eq!(text(&ResetReport::new(vec![failed()], false, None)), "");
        let report = ResetReport::new(vec![plan("g", &[1]), failed()], false, None);
        assert!(!text(&report).contains("\nh "));
        let grid = report.grid();
        assert_eq!(grid.rows[1], ["h".into(), Cell::Null, Cell::Null, Cell::Null, Cell::Null, "failed".into(), "why".into()]);
    }

    #[test]
    fn a_row_tells_what_became_of_it() {
        let outcomes = |executed| {
            let mut refused = plan("g", &[1, 2]);
            refused.offsets[1].error = Some("why".into());
            let skipped = GroupPlan { skipped: Some("busy".into()), ..plan("h", &[]) };
            let failed = GroupPlan { failed: Some("gone".into()), ..plan("i", &[]) };
            let grid = ResetReport::new(vec![refused, skipped, failed], executed, None).grid();
            grid.rows.into_iter().map(|row| row[5].clone()).collect::<Vec<Cell>>()
        };
        assert_eq!(outcomes(false), ["planned", "failed", "skipped", "failed"].map(Cell::from));
        assert_eq!(outcomes(true), ["reset", "failed", "skipped", "failed"].map(Cell::from));
    }
}
