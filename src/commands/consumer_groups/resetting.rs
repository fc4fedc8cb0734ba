//! `--reset-offsets`: from the groups to a plan, and from the plan to commits.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use super::args::Groups;
use super::committing::{commit, read_back};
use super::fault;
use super::logs::{self, Logs, Points};
use super::plan_file::{self, Plans};
use super::reset::{Goal, Planned, Refusal, Remark, Reset, Scenario, Scope, check, named_partitions, plan};
use super::run::{BATCH, names, topics_by_name};
use super::scope::TopicArgs;
use super::text::{GroupPlan, ResetReport, java_error};
use super::undo::{self, Extent};
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::admin::{Admin, Committed, ItemResult};
use crate::kafka::error::{BrokerError, ErrorCode, Result as KafkaResult};
use crate::kafka::model::{GroupState, OffsetSpec, TopicDescription, TopicPartition};
use crate::render::Format;
use crate::render::progress::{Progress, Unit};

impl Reset {
    /// The only group of the command line, if it names one.
    fn only_group(&self) -> Option<&str> {
        match &self.groups {
            Groups::Named(names) => match names.as_slice() {
                [only] => Some(only),
                _ => None,
            },
            Groups::All => None,
        }
    }

    /// Reads the plan of `--from-file`, if there is to be one.
    ///
    /// # Errors
    /// A file that cannot be read, or is no plan.
    pub fn read_file(&self) -> Result<Option<Plans>, Failure> {
        let Scenario::FromFile(path) = &self.scenario else { return Ok(None) };
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| {
            let java = java_error(&format!("java.io.IOException: Unable to read file {name}"));
            Failure::failed(format!("cannot read {name}: {}", plain_io(&error))).java_stdout(|_| java)
        })?;
        let plans = plan_file::parse(&text, self.only_group());
        plans.map(Some).map_err(|why| {
            let failure = Failure::failed(format!("{name} is no reset plan: {}", why.message));
            match why.java {
                Some(java) => failure.java_stdout(|_| java_error(&java)),
                None => failure,
            }
        })
    }

    /// The goal for a group; none if the file has no plan for it.
    fn goal<'a>(&self, group: &str, file: Option<&'a Plans>) -> Option<Goal<'a>> {
        Some(match &self.scenario {
            Scenario::ToOffset(offset) => Goal::Offset(*offset),
            Scenario::ToDatetime(_) | Scenario::ByDuration { .. } => Goal::Time,
            Scenario::ToEarliest => Goal::Earliest,
            Scenario::ToLatest => Goal::Latest,
            Scenario::ToCurrent => Goal::Current,
            Scenario::ShiftBy(by) => Goal::Shift(*by),
            Scenario::FromFile(_) => Goal::Given(file?.get(group)?),
        })
    }

    /// The point in time that the scenario means, in milliseconds since 1970: no record is older than that.
    fn time(&self) -> Option<i64> {
        match &self.scenario {
            Scenario::ToDatetime(time) => Some((*time).max(0)),
            Scenario::ByDuration { nanos } => {
                let time = Timestamp::now().as_nanosecond().saturating_sub(*nanos).div_euclid(1_000_000);
                Some(i64::try_from(time.max(0)).unwrap_or(i64::MAX))
            }
            _ => None,
        }
    }

    fn needs_committed(&self) -> bool {
        self.scope == Scope::AllTopics || matches!(self.scenario, Scenario::ToCurrent | Scenario::ShiftBy(_))
    }
}

/// One group on its way.
struct Candidate<'a> {
    group: String,
    goal: Goal<'a>,
    committed: Option<Committed>,
    partitions: Vec<TopicPartition>,
}

impl<'a> Candidate<'a> {
    /// A group with the partitions of its plan, or else those that are `named`, or else all that it has an offset for.
    fn new(group: String, goal: Goal<'a>, committed: Option<Committed>, named: Option<&[TopicPartition]>) -> Self {
        let partitions = match (named, &goal) {
            (_, Goal::Given(plan)) => plan.partitions().cloned().collect(),
            (Some(named), _) => named.to_vec(),
            (None, _) => committed.iter().flat_map(Committed::keys).cloned().collect(),
        };
        Self { group, goal, committed, partitions }
    }
}

/// Resets groups; one that cannot be reset is a fault, and the others go on.
pub(super) async fn reset(
    context: &mut Context,
    admin: &Admin,
    request: &Reset,
    file: Option<Plans>,
    undo: Option<&Path>,
) -> Result<(), Failure> {
    let (names, mut faults) = names(admin, &request.groups).await?;
    let mut done: Vec<GroupPlan> = Vec::new();
    let groups = resettable(admin, &names, &mut done, &mut faults).await?;
    let needed = request.needs_committed() || undo.is_some();
    let groups = committed(admin, needed, context.format, groups).await?;
    let candidates = candidates(admin, request, file.as_ref(), groups, &mut done, &mut faults).await?;
    for candidate in candidates.iter().filter(|candidate| candidate.partitions.is_empty()) {
        context.warn(format!("warning: group {} has no offsets, so there is nothing to reset", candidate.group));
    }
    let logs = look_up(admin, request, &candidates).await?;
    let mut planned = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        match plan_group(&candidate, &logs) {
            Ok(offsets) => planned.push(GroupPlan { offsets, ..GroupPlan::empty(candidate.group) }),
            Err(why) => {
                faults.push(Failure::failed(format!("group {}: {why}", candidate.group)));
                done.push(GroupPlan { failed: Some(why), ..GroupPlan::empty(candidate.group) });
            }
        }
    }
    tell_remarks(context, &planned);
    if request.execute {
        carry_out(context, admin, undo, &mut planned, &mut faults).await?;
    }
    done.append(&mut planned);
    context.print(&ResetReport::new(done, request.execute, request.export.then(|| request.only_group().is_none())))?;
    context.end_items(faults)
}

/// Commits the plans. What they change is kept right before it: what is committed until then is to be brought back, too.
async fn carry_out(
    context: &Context,
    admin: &Admin,
    undo: Option<&Path>,
    plans: &mut [GroupPlan],
    faults: &mut Vec<Failure>,
) -> Result<(), Failure> {
    let partitions = |plan: &GroupPlan| plan.offsets.iter().map(|planned| planned.partition.clone()).collect();
    let changes = plans.iter().filter(|plan| !plan.offsets.is_empty()).map(|plan| (plan.group.clone(), partitions(plan)));
    let changes: Vec<(String, Vec<TopicPartition>)> = changes.collect();
    let extents: Vec<(&str, Extent<'_>)> = changes.iter().map(|(group, all)| (group.as_str(), Extent::Set(all))).collect();
    let kept = undo::keep(context, admin, undo.filter(|_| !extents.is_empty()), &extents).await?;
    commit(admin, plans, faults).await;
    read_back(admin, plans, faults).await;
    let done: HashSet<&str> = plans.iter().filter(|plan| plan.may_have_changed()).map(|plan| plan.group.as_str()).collect();
    kept.tell(context, |group| done.contains(group));
    Ok(())
}

/// The groups without running members: only their offsets can be set. A group that does not exist yet is one of them.
async fn resettable(admin: &Admin, names: &[String], done: &mut Vec<GroupPlan>, faults: &mut Vec<Failure>) -> KafkaResult<Vec<String>> {
    let mut groups = Vec::new();
    let mut progress = Progress::new("describing", Unit::Items("groups"), Some(names.len() as u64));
    for batch in names.chunks(BATCH) {
        for (group, outcome) in batch.iter().zip(admin.describe_groups(batch).await?) {
            match outcome {
                Ok(description) if matches!(description.state, GroupState::Empty | GroupState::Dead) => groups.push(group.clone()),
                Ok(description) => {
                    let state = description.state.name();
                    let why =
                        format!("Assignments can only be reset if the group '{group}' is inactive, but the current state is {state}.");
                    faults.push(Failure::failed(&why).in_report());
                    done.push(GroupPlan { skipped: Some(why), ..GroupPlan::empty(group.clone()) });
                }
                Err(error) if error.code == ErrorCode::GROUP_ID_NOT_FOUND && !is_of_another_kind(&error) => groups.push(group.clone()),
                Err(error) => {
                    faults.push(fault::of_reset(group, &error));
                    done.push(GroupPlan { failed: Some(error.to_string()), ..GroupPlan::empty(group.clone()) });
                }
            }
        }
        progress.advance(batch.len() as u64);
    }
    progress.finish();
    Ok(groups)
}

/// Whether the name is that of a share group or a streams group, whose offsets are not these. Only the words tell.
fn is_of_another_kind(error: &BrokerError) -> bool {
    error.message.as_deref().is_some_and(|words| words.ends_with("is not a consumer group."))
}

/// The groups with what they have committed: if the plan needs it, or the report has a column for it. Only in the first case
/// it matters that it cannot be told.
async fn committed(
    admin: &Admin,
    needed: bool,
    format: Format,
    groups: Vec<String>,
) -> KafkaResult<Vec<(String, Option<ItemResult<Committed>>)>> {
    if !needed && format == Format::Text {
        return Ok(groups.into_iter().map(|group| (group, None)).collect());
    }
    let committed = admin.committed_offsets(&groups).await?.into_iter().map(|outcome| match outcome {
        outcome if needed => Some(outcome),
        Ok(mut committed) => {
            committed.retain(|_, offset| offset.is_ok());
            Some(Ok(committed))
        }
        Err(_) => None,
    });
    Ok(groups.into_iter().zip(committed).collect())
}

/// The partitions of each group that are to be reset, once it is sure that they can be.
async fn candidates<'a>(
    admin: &Admin,
    request: &Reset,
    file: Option<&'a Plans>,
    groups: Vec<(String, Option<ItemResult<Committed>>)>,
    done: &mut Vec<GroupPlan>,
    faults: &mut Vec<Failure>,
) -> Result<Vec<Candidate<'a>>, Failure> {
    let named = match &request.scope {
        // What the command line names has to be there, before anything is done to any group.
        Scope::Topics(args) => match named(admin, args).await? {
            Ok(partitions) => Some(partitions),
            Err(Refusal { message, java }) => {
                let failed = |(group, _)| GroupPlan { failed: Some(message.clone()), ..GroupPlan::empty(group) };
                done.extend(groups.into_iter().map(failed));
                faults.push(Failure::failed(message).java_stdout(|_| java_error(&java)));
                return Ok(Vec::new());
            }
        },
        Scope::AllTopics | Scope::File => None,
    };
    let mut candidates = Vec::with_capacity(groups.len());
    for (group, committed) in groups {
        match committed.transpose() {
            Ok(committed) => match request.goal(&group, file) {
                Some(goal) => candidates.push(Candidate::new(group, goal, committed, named.as_deref())),
                None => {
                    let why = format!("No reset plan for group {group} found");
                    faults.push(Failure::failed(&why).in_report());
                    done.push(GroupPlan { skipped: Some(why), ..GroupPlan::empty(group) });
                }
            },
            Err(error) => {
                faults.push(fault::of_reset(&group, &error));
                done.push(GroupPlan { failed: Some(error.to_string()), ..GroupPlan::empty(group) });
            }
        }
    }
    if named.is_some() && file.is_none() {
        return Ok(candidates);
    }
    let topics = candidates.iter().flat_map(|candidate| candidate.partitions.iter().map(|partition| &partition.topic));
    let topics = topics_by_name(admin, topics).await?;
    Ok(candidates.into_iter().filter_map(|candidate| checked(candidate, &topics, done, faults)).collect())
}

/// The partitions that the command line names, unless one of them is not there or has no leader.
async fn named(admin: &Admin, args: &TopicArgs) -> Result<Result<Vec<TopicPartition>, Refusal>, Failure> {
    let topics = topics_by_name(admin, args.topics()).await?;
    Ok(named_partitions(args, &topics).and_then(|partitions| check(partitions.iter(), &topics).map(|()| partitions)))
}

/// The candidate, unless one of its partitions is gone or has no leader: then the group stays as it is.
fn checked<'a>(
    candidate: Candidate<'a>,
    topics: &HashMap<String, ItemResult<TopicDescription>>,
    done: &mut Vec<GroupPlan>,
    faults: &mut Vec<Failure>,
) -> Option<Candidate<'a>> {
    let Err(Refusal { message, java }) = check(candidate.partitions.iter(), topics) else { return Some(candidate) };
    let java = if matches!(candidate.goal, Goal::Given(_)) { unlisted(&candidate.partitions, topics).unwrap_or(java) } else { java };
    faults.push(Failure::failed(format!("group {}: {message}", candidate.group)).java_stdout(|_| java_error(&java)));
    done.push(GroupPlan { failed: Some(message), ..GroupPlan::empty(candidate.group) });
    None
}

/// What Java says of the first partition of a topic that is not there, where it finds out only when it asks for the logs' ends.
fn unlisted(partitions: &[TopicPartition], topics: &HashMap<String, ItemResult<TopicDescription>>) -> Option<String> {
    let unknown = |partition: &&TopicPartition| {
        let topic = topics.get(&partition.topic);
        topic.is_some_and(|topic| topic.as_ref().is_err_and(|error| error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))
    };
    let partition = partitions.iter().filter(unknown).min()?;
    let topic = &partition.topic;
    let words = format!("Failed to fetch metadata for partition {partition} because metadata for topic `{topic}` could not be found");
    let error = BrokerError { code: ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, message: Some(words) };
    Some(format!("java.util.concurrent.ExecutionException: {}", error.java_text()))
}

/// Looks up what the goals need in the logs, once for all groups.
async fn look_up(admin: &Admin, request: &Reset, candidates: &[Candidate<'_>]) -> KafkaResult<Logs> {
    let mut logs = Logs::default();
    if let Some(time) = request.time() {
        logs.times = points(admin, candidates, OffsetSpec::Timestamp(time), |_, _| true).await?;
    }
    let too_new = |partition: &TopicPartition| matches!(logs.times.get(partition), Some(Ok(None)));
    let ends = points(admin, candidates, OffsetSpec::Latest, |candidate, partition| {
        let committed = candidate.committed.as_ref().and_then(|committed| committed.get(partition));
        candidate.goal.needs_end(matches!(committed, Some(Ok(Some(_))))) || too_new(partition)
    });
    logs.ends = ends.await?;
    logs.starts =
        points(admin, candidates, OffsetSpec::Earliest, |candidate, _| candidate.goal == Goal::Earliest || candidate.goal.needs_range())
            .await?;
    Ok(logs)
}

async fn points(
    admin: &Admin,
    candidates: &[Candidate<'_>],
    spec: OffsetSpec,
    needed: impl Fn(&Candidate<'_>, &TopicPartition) -> bool,
) -> KafkaResult<Points> {
    let wanted: BTreeSet<&TopicPartition> =
        candidates.iter().flat_map(|candidate| candidate.partitions.iter().filter(|partition| needed(candidate, partition))).collect();
    logs::points(admin, &wanted, spec).await
}

fn plan_group(candidate: &Candidate<'_>, logs: &Logs) -> Result<Vec<Planned>, String> {
    candidate.partitions.iter().map(|partition| plan(&candidate.goal, partition, candidate.committed.as_ref(), logs)).collect()
}

/// Says on stderr which offsets are not the ones that were asked for. One of the remarks is on stdout in Java.
fn tell_remarks(context: &Context, plans: &[GroupPlan]) {
    for planned in plans.iter().flat_map(|plan| &plan.offsets) {
        let on_stdout = context.format == Format::Text && planned.remark == Some(Remark::NothingSoNew);
        if let Some(remark) = planned.remark().filter(|_| !on_stdout) {
            context.warn(format!("warning: {remark}"));
        }
    }
}
