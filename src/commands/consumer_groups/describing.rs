//! `--describe`: from the groups to a report.

use std::cell::RefCell;
use std::collections::BTreeSet;

use futures_util::future::{join, join_all};

use super::args::{Describing, View};
use super::fault;
use super::lag::{self, OffsetRow, Total};
use super::logs::{Logs, points};
use super::run::{BATCH, names};
use super::standing::{Standing, standing};
use super::text::{GroupReport, MembersReport, OffsetsReport, StatesReport};
use crate::context::Context;
use crate::failure::Failure;
use crate::kafka::admin::{Admin, Committed, ItemResult};
use crate::kafka::error::Result as KafkaResult;
use crate::kafka::model::{GroupDescription, GroupState, OffsetSpec, TopicPartition};
use crate::render::progress::{Progress, Unit};
use crate::render::{Format, Report};

/// Describes groups; one that cannot be is a fault, and the others are shown.
pub(super) async fn describe(context: &mut Context, admin: &Admin, request: &Describing) -> Result<(), Failure> {
    let (mut names, mut faults) = names(admin, &request.groups).await?;
    names.sort();
    let verbose = request.verbose;
    match request.view {
        View::Offsets => {
            let told = told(context, request, seen(admin, &names).await?, &mut faults);
            let groups = judge(told, |seen| seen.state, &mut faults);
            let over = request.limit.and_then(|limit| lag::over(limit, totals(&groups)));
            for report in &groups {
                let rows = report.told.as_ref().map(|seen| seen.rows.as_slice()).unwrap_or_default();
                for stray in lag::strays(&report.group, rows) {
                    context.warn(format!("warning: {stray}"));
                }
            }
            show(context, rows(groups, request.lag_only), |groups| OffsetsReport { groups, verbose })?;
            faults.extend(over.map(Failure::failed));
        }
        View::Members => {
            let groups = judged(admin, &names, &mut faults).await?;
            show(context, groups, |groups| MembersReport { groups, verbose })?;
        }
        View::State => {
            let groups = judged(admin, &names, &mut faults).await?;
            show(context, groups, |groups| StatesReport { groups, verbose })?;
        }
    }
    context.end_items(faults)
}

/// Prints a report on groups, and what is worth saying of their states: in Java's own form right before each group.
fn show<T, R: Report>(
    context: &mut Context,
    groups: Vec<GroupReport<T>>,
    report: impl Fn(Vec<GroupReport<T>>) -> R,
) -> Result<(), Failure> {
    if context.format != Format::Text {
        for note in groups.iter().filter_map(|group| group.note.as_ref()) {
            context.warn(note);
        }
        return context.print(&report(groups));
    }
    for group in groups {
        if let Some(note) = &group.note {
            context.explain(&format!("\n{note}\n"));
        }
        context.print(&report(vec![group]))?;
    }
    Ok(())
}

fn totals(groups: &[GroupReport<Seen>]) -> impl Iterator<Item = (&str, Total)> {
    groups.iter().filter_map(|report| Some((report.group.as_str(), Total::of(&report.told.as_ref().ok()?.rows))))
}

/// The rows of a report.
fn rows(groups: Vec<GroupReport<Seen>>, lag_only: bool) -> Vec<GroupReport<Vec<OffsetRow>>> {
    let rows = |seen: Seen| seen.rows.into_iter().filter(|row| !lag_only || !row.is_done()).collect();
    groups.into_iter().map(|report| GroupReport { group: report.group, told: report.told.map(rows), note: report.note }).collect()
}

/// The groups with their members.
async fn judged(admin: &Admin, names: &[String], faults: &mut Vec<Failure>) -> KafkaResult<Vec<GroupReport<GroupDescription>>> {
    let mut progress = progress(names);
    let mut described = Vec::with_capacity(names.len());
    for batch in names.chunks(BATCH) {
        for (group, outcome) in batch.iter().zip(admin.describe_groups(batch).await?) {
            let told = outcome.map_err(|error| {
                faults.push(fault::of_group(group, &error));
                error.to_string()
            });
            described.push(GroupReport::new(group, told));
        }
        progress.advance(batch.len() as u64);
    }
    progress.finish();
    Ok(judge(described, |group| group.state, faults))
}

/// Where a group stands.
#[derive(Debug)]
pub(super) struct Seen {
    pub state: GroupState,
    pub rows: Vec<OffsetRow>,
}

/// What each group has committed beside its description, with where the logs begin and end.
///
/// However many groups there are, all that is known about them before is asked for at once: every coordinator gets a few
/// requests with many groups each, and then every leader two, with all partitions that matter to any group.
///
/// # Errors
/// Those that concern all groups.
pub(super) async fn seen(admin: &Admin, names: &[String]) -> KafkaResult<Vec<(String, ItemResult<Seen>)>> {
    let progress = RefCell::new(progress(names));
    let progress = &progress;
    let batches = names.chunks(BATCH).map(async |batch| {
        let (described, committed) = join(admin.describe_groups(batch), admin.committed_offsets(batch)).await;
        progress.borrow_mut().advance(batch.len() as u64);
        let join = |(described, committed): (ItemResult<GroupDescription>, ItemResult<Committed>)| Ok((described?, committed?));
        Ok(described?.into_iter().zip(committed?).map(join).collect::<Vec<ItemResult<(GroupDescription, Committed)>>>())
    });
    let joined = join_all(batches).await.into_iter().collect::<KafkaResult<Vec<_>>>()?;
    let joined: Vec<ItemResult<(GroupDescription, Committed)>> = joined.into_iter().flatten().collect();
    let wanted = joined.iter().filter_map(|told| told.as_ref().ok()).flat_map(|(group, committed)| lag::partitions(group, committed));
    let wanted: BTreeSet<&TopicPartition> = wanted.collect();
    let (starts, ends) = join(points(admin, &wanted, OffsetSpec::Earliest), points(admin, &wanted, OffsetSpec::Latest)).await;
    let logs = Logs { starts: starts?, ends: ends?, ..Logs::default() };
    let seen = |(group, committed): (GroupDescription, Committed)| Seen { state: group.state, rows: lag::rows(&group, &committed, &logs) };
    Ok(names.iter().cloned().zip(joined.into_iter().map(|told| told.map(seen))).collect())
}

/// The groups for a report; what cannot be told of a group or of its partitions is a fault of the command.
///
/// A partition without a leader is none for Java. A command that says nothing that Java's would not say ends as that one does,
/// with the reason on stderr; one that is asked for a row with an error, or to hold a limit, does not.
fn told(
    context: &Context,
    request: &Describing,
    seen: Vec<(String, ItemResult<Seen>)>,
    faults: &mut Vec<Failure>,
) -> Vec<GroupReport<Seen>> {
    let as_java = context.format == Format::Text && request.limit.is_none();
    let mut broken = Vec::new();
    let reports = seen.into_iter().map(|(group, told)| {
        let told = told.map_err(|error| {
            faults.push(fault::of_group(&group, &error));
            error.to_string()
        });
        let rows = told.as_ref().map(|seen| seen.rows.as_slice()).unwrap_or_default();
        let of = |tolerated: bool| {
            let rows = rows.iter().filter(move |row| (as_java && row.leaderless) == tolerated);
            fault::of_partitions(&group, rows.filter_map(|row| Some((&row.partition, row.error.as_deref()?))))
        };
        for complaint in of(true).iter().filter_map(Failure::complaint) {
            context.warn(format!("warning: {}", complaint.message));
        }
        broken.extend(of(false));
        GroupReport::new(group, told)
    });
    let reports = reports.collect();
    faults.append(&mut broken);
    reports
}

fn progress(names: &[String]) -> Progress {
    Progress::new("describing", Unit::Items("groups"), Some(names.len() as u64))
}

/// Notes what is worth saying of a group's state, and takes out what it makes impossible to show.
fn judge<T>(groups: Vec<GroupReport<T>>, state: impl Fn(&T) -> GroupState, faults: &mut Vec<Failure>) -> Vec<GroupReport<T>> {
    let mut judge = |report: GroupReport<T>| {
        let Ok(told) = &report.told else { return report };
        match standing(&report.group, state(told)) {
            Standing::Fine => report,
            Standing::Worth(note) => GroupReport { note: Some(note), ..report },
            Standing::Hopeless { message, java } => {
                faults.push(Failure::failed(&message).java_stdout(|_| java));
                GroupReport::new(report.group, Err(message))
            }
        }
    };
    groups.into_iter().map(&mut judge).collect()
}
