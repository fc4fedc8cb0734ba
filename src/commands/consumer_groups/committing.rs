//! From a plan to commits, and a look at what has become of them.

use std::cell::RefCell;

use futures_util::future::join_all;

use super::fault;
use super::text::{GroupPlan, java_error};
use crate::failure::Failure;
use crate::kafka::admin::{Admin, Committed, ItemResult};
use crate::kafka::error::Error;
use crate::kafka::model::TopicPartition;
use crate::render::progress::{Progress, Unit};

/// Commits all plans at once; a partition that cannot be committed keeps its error. What is uncertain is no fault yet:
/// [`read_back`] finds out.
pub(super) async fn commit(admin: &Admin, plans: &mut [GroupPlan], faults: &mut Vec<Failure>) {
    let total = plans.iter().map(|plan| plan.offsets.len() as u64).sum();
    let progress = RefCell::new(Progress::new("resetting", Unit::Items("partitions"), Some(total)));
    let progress = &progress;
    let commits = plans.iter().map(async |plan| {
        let offsets: Vec<(TopicPartition, i64)> =
            plan.offsets.iter().map(|planned| (planned.partition.clone(), planned.new_offset)).collect();
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        let outcome = admin.commit_offsets(&plan.group, &offsets).await;
        progress.borrow_mut().advance(offsets.len() as u64);
        outcome
    });
    let outcomes = join_all(commits).await;
    for (plan, outcome) in plans.iter_mut().zip(outcomes) {
        match outcome {
            Ok(outcomes) => settle(plan, outcomes, faults),
            Err(error) => {
                let why = error.to_string();
                plan.uncertain = matches!(error, Error::Uncertain { .. });
                if !plan.uncertain {
                    faults.push(of_plan(&plan.group, &why));
                }
                plan.offsets.iter_mut().for_each(|planned| planned.error = Some(why.clone()));
                plan.failed = Some(why);
            }
        }
    }
}

fn of_plan(group: &str, why: &str) -> Failure {
    Failure::failed(format!("group {group}: {why}")).java_stdout(|_| java_error(why))
}

fn settle(plan: &mut GroupPlan, outcomes: Vec<ItemResult<()>>, faults: &mut Vec<Failure>) {
    let mut java = None;
    for (planned, outcome) in plan.offsets.iter_mut().zip(outcomes) {
        if let Err(error) = outcome {
            java = java.or_else(|| Some(java_error(&error.text())));
            planned.error = Some(error.to_string());
        }
    }
    let failed = plan.offsets.iter().filter_map(|planned| Some((&planned.partition, planned.error.as_deref()?)));
    let mut failures = fault::of_partitions(&plan.group, failed).into_iter();
    // Java ends at the first.
    faults.extend(failures.next().map(|failure| failure.java_stdout(|_| java.unwrap_or_default())));
    faults.extend(failures);
}

/// Reads the offsets back. What a group has is not what was committed when somebody else has committed since then.
pub(super) async fn read_back(admin: &Admin, plans: &mut [GroupPlan], faults: &mut Vec<Failure>) {
    let mut plans: Vec<&mut GroupPlan> = plans.iter_mut().filter(|plan| plan.may_have_changed()).collect();
    let groups: Vec<String> = plans.iter().map(|plan| plan.group.clone()).collect();
    if groups.is_empty() {
        return;
    }
    let unread = |plan: &GroupPlan, why: &dyn std::fmt::Display| match &plan.failed {
        Some(uncertain) => of_plan(&plan.group, uncertain),
        None => Failure::failed(format!("group {}: the new offsets were committed, and cannot be read back: {why}", plan.group)),
    };
    let outcomes = match admin.committed_offsets(&groups).await {
        Ok(outcomes) => outcomes,
        Err(error) => return faults.extend(plans.iter().map(|plan| unread(plan, &error))),
    };
    for (plan, outcome) in plans.iter_mut().zip(outcomes) {
        match outcome {
            Ok(committed) if plan.uncertain => faults.extend(ascertained(plan, &committed)),
            Ok(committed) => faults.extend(differences(plan, &committed)),
            Err(error) => faults.push(unread(plan, &error)),
        }
    }
}

/// Takes the errors off what is as it was to be, after nobody has heard whether it was committed.
fn ascertained(plan: &mut GroupPlan, committed: &Committed) -> Option<Failure> {
    for planned in &mut plan.offsets {
        if matches!(committed.get(&planned.partition), Some(Ok(Some(found))) if found.offset == planned.new_offset) {
            planned.error = None;
        }
    }
    let failed = plan.failed.take()?;
    let open = plan.offsets.iter().filter(|planned| planned.error.is_some()).count();
    if open == plan.offsets.len() {
        plan.failed = Some(failed.clone());
    }
    (open > 0).then(|| of_plan(&plan.group, &failed))
}

/// Compares a plan that was carried out with what the group has.
fn differences(plan: &mut GroupPlan, committed: &Committed) -> Vec<Failure> {
    for planned in plan.offsets.iter_mut().filter(|planned| planned.error.is_none()) {
        let found = committed.get(&planned.partition);
        planned.found = Some(match found {
            Some(Ok(Some(found))) if found.offset == planned.new_offset => continue,
            Some(Ok(Some(found))) => format!("the offset is {} now, somebody else has committed it", found.offset),
            Some(Err(error)) => format!("the new offset was committed, and cannot be read back: {error}"),
            Some(Ok(None)) | None => "the new offset was committed, and is gone again".to_owned(),
        });
    }
    let found = plan.offsets.iter().filter_map(|planned| Some((&planned.partition, planned.found.as_deref()?)));
    fault::of_partitions(&plan.group, found)
}

#[cfg(test)]
mod tests {
    use super::super::reset::Planned;
    use super::*;
    use crate::kafka::model::CommittedOffset;

    fn planned(partition: i32, new_offset: i64) -> Planned {
        let partition = TopicPartition::new("t", partition);
        Planned { partition, old_offset: None, new_offset, remark: None, error: None, found: None }
    }

    fn committed(offsets: &[(i32, i64)]) -> Committed {
        let offset = |offset| Ok(Some(CommittedOffset { offset, leader_epoch: None, annotated: false }));
        offsets.iter().map(|(partition, at)| (TopicPartition::new("t", *partition), offset(*at))).collect()
    }

    #[test]
    fn what_nobody_has_heard_of_is_no_failure_if_it_was_done() {
        let lost = || Some("lost".to_owned());
        let plan = || {
            let offsets = [planned(0, 3), planned(1, 4)].map(|planned| Planned { error: lost(), ..planned });
            GroupPlan { offsets: offsets.into(), failed: lost(), uncertain: true, ..GroupPlan::empty("g".into()) }
        };
        let after = |found: &[(i32, i64)]| {
            let mut plan = plan();
            let fault = ascertained(&mut plan, &committed(found));
            (
                fault.map(|fault| fault.complaint().unwrap().message.clone()),
                plan.failed,
                plan.offsets.iter().map(|at| at.error.is_some()).collect::<Vec<_>>(),
            )
        };
        assert_eq!(after(&[(0, 3), (1, 4)]), (None, None, vec![false, false]));
        assert_eq!(after(&[(0, 3), (1, 9)]), (Some("group g: lost".into()), None, vec![false, true]));
        assert_eq!(after(&[]), (Some("group g: lost".into()), lost(), vec![true, true]));
    }

    #[test]
    fn what_was_committed_by_somebody_else_is_told() {
        let mut plan = GroupPlan { offsets: vec![planned(0, 3), planned(1, 3), planned(2, 3)], ..GroupPlan::empty("g".into()) };
        let faults = differences(&mut plan, &committed(&[(0, 3), (1, 9)]));
        let messages: Vec<&str> = faults.iter().filter_map(|fault| Some(fault.complaint()?.message.as_str())).collect();
        assert_eq!(
            messages,
            [
                "group g, partition t-1: the offset is 9 now, somebody else has committed it",
                "group g, partition t-2: the new offset was committed, and is gone again",
            ]
        );
        assert_eq!(plan.offsets.iter().map(|planned| planned.found.is_some()).collect::<Vec<_>>(), [false, true, true]);
    }
}
