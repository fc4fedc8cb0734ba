//! From a plan to commits, and a look at what has become of them.

use std::cell::RefCell;

use futures_util::future::join_all;

use super::fault;
use super::text::{GroupPlan, java_error};
use crate::failure::Failure;
use crate::kafka::admin::{Admin, Committed, ItemResult};
use crate::kafka::model::TopicPartition;
use crate::render::progress::{Progress, Unit};

/// Commits all plans at once; a partition that cannot be committed keeps its error.
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
                faults.push(Failure::failed(format!("group {}: {error}", plan.group)).java_stdout(|_| java_error(&error.to_string())));
                plan.failed = Some(error.to_string());
                plan.offsets.clear();
            }
        }
    }
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
    let done = |plan: &&mut GroupPlan| plan.failed.is_none() && plan.offsets.iter().any(|planned| planned.error.is_none());
    let mut plans: Vec<&mut GroupPlan> = plans.iter_mut().filter(done).collect();
    let groups: Vec<String> = plans.iter().map(|plan| plan.group.clone()).collect();
    if groups.is_empty() {
        return;
    }
    let unread = |group: &str, why: &dyn std::fmt::Display| {
        Failure::failed(format!("group {group}: the new offsets were committed, and cannot be read back: {why}"))
    };
    let outcomes = match admin.committed_offsets(&groups).await {
        Ok(outcomes) => outcomes,
        Err(error) => return faults.extend(groups.iter().map(|group| unread(group, &error))),
    };
    for (plan, outcome) in plans.iter_mut().zip(outcomes) {
        match outcome {
            Ok(committed) => faults.extend(differences(plan, &committed)),
            Err(error) => faults.push(unread(&plan.group, &error)),
        }
    }
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

    #[test]
    fn what_was_committed_by_somebody_else_is_told() {
        let planned = |partition, new_offset| Planned {
            partition: TopicPartition::new("t", partition),
            old_offset: None,
            new_offset,
            remark: None,
            error: None,
            found: None,
        };
        let offsets = vec![planned(0, 3), planned(1, 3), planned(2, 3)];
        let mut plan = GroupPlan { group: "g".into(), offsets, skipped: None, failed: None };
        let offset = |offset| Ok(Some(CommittedOffset { offset, leader_epoch: None }));
        let committed: Committed = [(TopicPartition::new("t", 0), offset(3)), (TopicPartition::new("t", 1), offset(9))].into();
        let faults = differences(&mut plan, &committed);
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
