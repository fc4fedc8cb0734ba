//! `--describe`: from the groups to a report.

use std::collections::BTreeSet;

use super::args::{Groups, View};
use super::fault;
use super::lag::{self, OffsetRow};
use super::run::{BATCH, names};
use super::standing::{Standing, standing};
use super::text::{GroupReport, MembersReport, OffsetsReport, StatesReport};
use crate::context::Context;
use crate::failure::Failure;
use crate::kafka::admin::{Admin, Committed};
use crate::kafka::error::Result as KafkaResult;
use crate::kafka::model::{GroupDescription, GroupState, OffsetSpec, TopicPartition};
use crate::render::progress::{Progress, Unit};

/// Describes groups; one that cannot be is a fault, and the others are shown.
pub(super) async fn describe(context: &mut Context, admin: &Admin, groups: &Groups, view: View, verbose: bool) -> Result<(), Failure> {
    let (mut names, mut faults) = names(admin, groups).await?;
    names.sort();
    match view {
        View::Offsets => {
            let told = offsets(admin, &names, &mut faults).await?;
            for report in &told {
                complain(report, &mut faults);
            }
            let groups = judge(context, told, |(state, _)| *state, &mut faults);
            let groups = groups.into_iter().map(|report| GroupReport { group: report.group, told: report.told.map(|(_, rows)| rows) });
            context.print(&OffsetsReport { groups: groups.collect(), verbose })?;
        }
        View::Members => {
            let groups = judged(context, admin, &names, &mut faults).await?;
            context.print(&MembersReport { groups, verbose })?;
        }
        View::State => {
            let groups = judged(context, admin, &names, &mut faults).await?;
            context.print(&StatesReport { groups, verbose })?;
        }
    }
    context.end_items(faults)
}

type Described<T> = GroupReport<T>;

async fn judged(
    context: &Context,
    admin: &Admin,
    names: &[String],
    faults: &mut Vec<Failure>,
) -> KafkaResult<Vec<Described<GroupDescription>>> {
    let told = descriptions(admin, names, faults).await?;
    Ok(judge(context, told, |group| group.state, faults))
}

async fn descriptions(admin: &Admin, names: &[String], faults: &mut Vec<Failure>) -> KafkaResult<Vec<Described<GroupDescription>>> {
    let mut progress = progress(names);
    let mut described = Vec::with_capacity(names.len());
    for batch in names.chunks(BATCH) {
        for (group, outcome) in batch.iter().zip(admin.describe_groups(batch).await?) {
            let told = outcome.map_err(|error| {
                faults.push(fault::of_group(group, &error));
                error.text()
            });
            described.push(GroupReport { group: group.clone(), told });
        }
        progress.advance(batch.len() as u64);
    }
    progress.finish();
    Ok(described)
}

/// What each group has committed beside its description, with where the logs end: three requests per broker and batch,
/// however many groups there are.
async fn offsets(admin: &Admin, names: &[String], faults: &mut Vec<Failure>) -> KafkaResult<Vec<Described<(GroupState, Vec<OffsetRow>)>>> {
    let mut reports = Vec::with_capacity(names.len());
    let mut progress = progress(names);
    for batch in names.chunks(BATCH) {
        let described = admin.describe_groups(batch).await?;
        let known: Vec<String> =
            batch.iter().zip(&described).filter(|(_, outcome)| outcome.is_ok()).map(|(group, _)| group.clone()).collect();
        let mut committed = admin.committed_offsets(&known).await?.into_iter();
        let joined: Vec<_> = batch
            .iter()
            .zip(described)
            .map(|(group, described)| {
                let told = described.and_then(|description| Ok((description, committed.next().unwrap_or_else(|| Ok(Committed::new()))?)));
                (group, told)
            })
            .collect();
        let partitions: BTreeSet<&TopicPartition> = joined
            .iter()
            .filter_map(|(_, told)| told.as_ref().ok())
            .flat_map(|(group, committed)| lag::partitions(group, committed))
            .collect();
        let partitions: Vec<TopicPartition> = partitions.into_iter().cloned().collect();
        let ends = admin.list_offsets(&partitions, OffsetSpec::Latest).await?;
        let ends = partitions.into_iter().zip(ends).collect();
        for (group, told) in joined {
            let told = told.map(|(description, committed)| (description.state, lag::rows(&description, &committed, &ends)));
            let told = told.map_err(|error| {
                faults.push(fault::of_group(group, &error));
                error.text()
            });
            reports.push(GroupReport { group: group.clone(), told });
        }
        progress.advance(batch.len() as u64);
    }
    progress.finish();
    Ok(reports)
}

fn progress(names: &[String]) -> Progress {
    Progress::new("describing", Unit::Items("groups"), Some(names.len() as u64))
}

/// The partitions of a group that cannot be read are faults of the command.
fn complain(report: &Described<(GroupState, Vec<OffsetRow>)>, faults: &mut Vec<Failure>) {
    let Ok((_, rows)) = &report.told else { return };
    let failed = rows.iter().filter(|row| row.failed).map(|row| (&row.partition, row.error.as_deref().unwrap_or_default()));
    faults.extend(fault::of_partitions(&report.group, failed));
}

/// Says on stderr what a group's state is worth saying, and takes out what it makes impossible to show.
fn judge<T>(
    context: &Context,
    groups: Vec<Described<T>>,
    state: impl Fn(&T) -> GroupState,
    faults: &mut Vec<Failure>,
) -> Vec<Described<T>> {
    let mut judge = |report: Described<T>| {
        let Ok(told) = &report.told else { return report };
        match standing(&report.group, state(told)) {
            Standing::Fine => report,
            Standing::Worth(sentence) => {
                context.warn(sentence);
                report
            }
            Standing::Hopeless { message, java } => {
                faults.push(Failure::failed(&message).java_stdout(|_| java));
                GroupReport { group: report.group, told: Err(message) }
            }
        }
    };
    groups.into_iter().map(&mut judge).collect()
}
