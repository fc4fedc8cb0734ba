//! The actions of `consumer-groups` against a cluster.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use clap::ArgMatches;

use super::args::{Action, Groups, Listing, Request, request};
use super::describing::describe;
use super::fault;
use super::resetting::reset;
use super::scope::TopicArgs;
use super::text::{DeletedGroups, DeletedOffsets, Listings, RegexVerdict};
use super::undo::{self, Extent};
use super::watch::watch;
use crate::commands::connect::block_on;
use crate::context::Context;
use crate::failure::Failure;
use crate::java::re2;
use crate::kafka::admin::{Admin, ItemResult, PARTITIONS_PER_RESPONSE};
use crate::kafka::error::{BrokerError, Error, ErrorCode};
use crate::kafka::model::{TopicDescription, TopicPartition};
use crate::render::Format;

/// How many groups are asked for at once: enough to need few requests, few enough to show progress.
pub(super) const BATCH: usize = 250;

/// Runs the command.
pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Request { cluster, timeout, action, undo, warnings } = request(matches)?;
    let undo = undo.as_deref();
    for warning in warnings {
        context.warn(format!("warning: {warning}"));
    }
    let connect = async |context: &Context| cluster.admin_within(context, timeout).await;
    block_on(async {
        match action {
            Action::List(listing) => {
                let admin = connect(context).await?;
                list(context, &admin, &listing).await
            }
            Action::Describe(request) => match request.watch {
                Some(pause) => watch(context, &cluster.settings_within(context, timeout)?, &request, pause).await,
                None => {
                    let admin = connect(context).await?;
                    describe(context, &admin, &request).await
                }
            },
            Action::Delete(groups) => {
                let admin = connect(context).await?;
                delete(context, &admin, &groups, undo).await
            }
            Action::Reset(request) => {
                if request.export {
                    export_as_csv(context);
                }
                let file = request.read_file()?;
                let admin = connect(context).await?;
                reset(context, &admin, &request, file, undo).await
            }
            Action::DeleteOffsets { group, topics } => {
                let admin = connect(context).await?;
                delete_offsets(context, &admin, group, &topics, undo).await
            }
            Action::ValidateRegex(regex) => validate(context, regex),
        }
    })
}

/// A table is what fits a terminal, and CSV is what was asked for.
fn export_as_csv(context: &mut Context) {
    match context.format {
        Format::Text | Format::Table => context.format = Format::Text,
        Format::Json | Format::Tsv => context.warn("warning: --export means CSV, and has no effect with this --output"),
    }
}

fn validate(context: &mut Context, regex: String) -> Result<(), Failure> {
    let verdict = re2::check(&regex);
    let fault = verdict.err().map(|why| Failure::failed(format!("not a regular expression: {why}")).in_report());
    context.print(&RegexVerdict { regex, verdict })?;
    context.end_items(fault.into_iter().collect())
}

/// The names of the groups that are meant, each once; and the brokers that could not tell theirs.
pub(super) async fn names(admin: &Admin, groups: &Groups) -> Result<(Vec<String>, Vec<Failure>), Failure> {
    match groups {
        Groups::All => {
            let found = admin.list_groups(&[], &[]).await?;
            let faults = found.failures.iter().map(|(id, error)| fault::of_broker(*id, error)).collect();
            Ok((found.groups.into_iter().map(|listing| listing.group).collect(), faults))
        }
        Groups::Named(names) => {
            let mut seen = HashSet::new();
            Ok((names.iter().filter(|name| seen.insert(*name)).cloned().collect(), Vec::new()))
        }
    }
}

/// Describes topics by name, each once.
pub(super) async fn topics_by_name<'a>(
    admin: &Admin,
    names: impl Iterator<Item = &'a String>,
) -> Result<HashMap<String, ItemResult<TopicDescription>>, Failure> {
    let (names, empty): (Vec<String>, Vec<String>) = names.collect::<HashSet<_>>().into_iter().cloned().partition(|name| !name.is_empty());
    // Brokers have no good answer to this; Java's client refuses it in these words.
    let words = "The given topic name '' cannot be represented in a request.".to_owned();
    let refusal = BrokerError { code: ErrorCode::INVALID_TOPIC_EXCEPTION, message: Some(words) };
    let mut topics: HashMap<String, ItemResult<TopicDescription>> = empty.into_iter().map(|name| (name, Err(refusal.clone()))).collect();
    if !names.is_empty() {
        let described = admin.describe_topics(&names, PARTITIONS_PER_RESPONSE).await?;
        topics.extend(names.into_iter().zip(described));
    }
    Ok(topics)
}

async fn list(context: &mut Context, admin: &Admin, listing: &Listing) -> Result<(), Failure> {
    let found = admin.list_groups(&listing.states, &listing.kinds).await?;
    context.print(&Listings { groups: found.groups, show_type: listing.show_type, show_state: listing.show_state })?;
    context.end_items(found.failures.iter().map(|(id, error)| fault::of_broker(*id, error)).collect())
}

async fn delete(context: &mut Context, admin: &Admin, groups: &Groups, undo: Option<&Path>) -> Result<(), Failure> {
    let (names, mut faults) = names(admin, groups).await?;
    let all: Vec<(&str, Extent<'_>)> = names.iter().map(|name| (name.as_str(), Extent::All)).collect();
    let kept = undo::keep(context, admin, undo, &all).await?;
    let outcomes = admin.delete_groups(&names).await?;
    let changed = names.iter().zip(&outcomes).filter(|(_, outcome)| undo::may_have_changed(outcome));
    let changed: HashSet<&str> = changed.map(|(name, _)| name.as_str()).collect();
    kept.tell(context, |group| changed.contains(group));
    let report = DeletedGroups::new(names.iter().cloned().zip(outcomes).collect());
    context.print(&report)?;
    let failure = |(group, error)| Failure::failed(format!("group {group} could not be deleted: {error}")).in_report();
    faults.extend(report.failures().map(failure));
    context.end_items(faults)
}

async fn delete_offsets(context: &mut Context, admin: &Admin, group: String, args: &TopicArgs, undo: Option<&Path>) -> Result<(), Failure> {
    let mut partitions = args.partitions.clone();
    let mut unknown = Vec::new();
    for (topic, outcome) in topics_by_name(admin, args.whole.iter()).await? {
        match outcome {
            Ok(description) => {
                partitions.extend(description.partitions.iter().map(|partition| TopicPartition::new(&topic, partition.partition)));
            }
            Err(error) => unknown.push((topic, error)),
        }
    }
    let mut partitions: Vec<TopicPartition> = partitions.into_iter().collect();
    partitions.sort();
    let kept = undo::keep(context, admin, undo, &[(&group, Extent::Deleted(&partitions))]).await?;
    let outcome = admin.delete_offsets(&group, &partitions).await;
    let changed = match &outcome {
        Ok(outcomes) => outcomes.iter().any(undo::may_have_changed),
        Err(error) => matches!(error, Error::Uncertain { .. }),
    };
    kept.tell(context, |_| changed);
    let (answered, refusal) = match outcome {
        Ok(outcomes) => (partitions.into_iter().zip(outcomes).collect(), None),
        // What the coordinator says of the group is the answer for each partition.
        Err(Error::Broker(error)) => {
            let refused = partitions.into_iter().map(|partition| (partition, Err(error.clone())));
            (refused.collect(), Some(error))
        }
        Err(error) => return Err(error.into()),
    };
    let report = DeletedOffsets::new(group, refusal, answered, unknown);
    context.print(&report)?;
    context.end_items(report.failures())
}
