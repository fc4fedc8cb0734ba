//! The actions of `topics` against a cluster.

use std::io::Write as _;

use clap::ArgMatches;

use super::args::{Action, Creation, Growth, Request, request};
use super::assignment;
use super::describe::describe;
use super::fault::{connect, refused};
use super::meant::{ensure_found, matching};
use super::text::{Change, Changes, Listing, Outcome};
use crate::commands::connect::{ClusterArgs, block_on};
use crate::context::Context;
use crate::failure::Failure;
use crate::java::hash_order::{DEFAULT_CAPACITY, sort_by_hash};
use crate::kafka::admin::{Admin, ItemResult};
use crate::kafka::error::{BrokerError, ErrorCode};
use crate::kafka::model::{NewPartitions, TopicDescription};
use crate::render::Format;

const COLLISION_WARNING: &str = "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
                                 collide. To avoid issues it is best to use either, but not both.";

/// Runs the command.
pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Request { cluster, action, warnings, stdout_warning } = request(matches)?;
    for warning in warnings {
        context.warn(warning);
    }
    if let Some(warning) = stdout_warning {
        warn_on_stdout(context, warning)?;
    }
    block_on(async {
        match action {
            Action::List { topics, exclude_internal } => list(context, &cluster, topics.as_deref(), exclude_internal).await,
            Action::Create(creation) => create(context, &cluster, creation).await,
            Action::Alter(growth) => alter(context, &cluster, &growth).await,
            Action::Delete { topics, if_exists, dry_run } => delete(context, &cluster, &topics, if_exists, dry_run).await,
            Action::Describe(selection) => describe(context, &cluster, &selection).await,
        }
    })
}

async fn list(context: &mut Context, cluster: &ClusterArgs, expression: Option<&str>, exclude_internal: bool) -> Result<(), Failure> {
    let admin = connect(context, cluster).await?;
    let names = matching(&admin, expression, exclude_internal).await?;
    context.print(&Listing(names))
}

async fn create(context: &mut Context, cluster: &ClusterArgs, creation: Creation) -> Result<(), Failure> {
    // In Java's order, which decides what of several mistakes is told, and whether the warning stands before it.
    let given = creation.given();
    if given.is_ok() && creation.topic.contains(['.', '_']) {
        warn_on_stdout(context, COLLISION_WARNING)?;
    }
    let outcome = match given.and_then(|given| creation.plan(given)) {
        Ok(topic) => match connect(context, cluster).await?.create_topics(&[topic], creation.dry_run).await?.remove(0) {
            Ok(created) => Outcome::Created(created),
            Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS && creation.if_not_exists => Outcome::Existed,
            Err(error) => Outcome::Failed(error.text()),
        },
        Err(mistake) => Outcome::Failed(mistake),
    };
    report(context, vec![Change { topic: creation.topic, outcome }], creation.dry_run)
}

/// Some of Java's warnings go to stdout, so they do in the `text` format; in the others they are messages.
fn warn_on_stdout(context: &mut Context, warning: &str) -> Result<(), Failure> {
    if context.format == Format::Text {
        return Ok(writeln!(context.stdout(), "{warning}")?);
    }
    context.warn(warning);
    Ok(())
}

async fn alter(context: &mut Context, cluster: &ClusterArgs, growth: &Growth) -> Result<(), Failure> {
    let assignment = assignment::given(growth.assignment.as_deref()).map_err(refused)?;
    let admin = connect(context, cluster).await?;
    let names = matching(&admin, Some(&growth.topics), false).await?;
    ensure_found(context, !names.is_empty(), Some(&growth.topics), growth.if_exists, &Changes::none())?;
    let mut growing = Vec::with_capacity(names.len());
    let existing = if assignment.is_some() { Some(described(&admin, &names).await?) } else { None };
    for (index, topic) in names.iter().enumerate() {
        // The assignment on the command line begins with the partitions that are there already.
        let skip = existing.as_ref().map_or(0, |topics| topics[index].partitions.len());
        let assignment = assignment.as_ref().map(|all| all.iter().skip(skip).cloned().collect());
        growing.push(NewPartitions { topic: topic.clone(), count: growth.partitions, assignment });
    }
    let outcomes = if growing.is_empty() { Vec::new() } else { admin.create_partitions(&growing, growth.dry_run).await? };
    report(context, changes(names, outcomes, || Outcome::Altered(growth.partitions)), growth.dry_run)
}

async fn described(admin: &Admin, names: &[String]) -> Result<Vec<TopicDescription>, Failure> {
    let topics = admin.describe_topics(names, i32::MAX).await?;
    topics.into_iter().collect::<Result<_, _>>().map_err(|error: BrokerError| refused(error.text()))
}

async fn delete(context: &mut Context, cluster: &ClusterArgs, expression: &str, if_exists: bool, dry_run: bool) -> Result<(), Failure> {
    let admin = connect(context, cluster).await?;
    let names = matching(&admin, Some(expression), false).await?;
    ensure_found(context, !names.is_empty(), Some(expression), if_exists, &Changes::none())?;
    let outcomes = match names.as_slice() {
        [] => Vec::new(),
        // The protocol knows no rehearsal of a deletion.
        names if dry_run => names.iter().map(|_| Ok(())).collect(),
        names => admin.delete_topics(names).await?,
    };
    report(context, changes(names, outcomes, || Outcome::Deleted), dry_run)
}

fn changes(names: Vec<String>, outcomes: Vec<ItemResult<()>>, done: impl Fn() -> Outcome) -> Vec<Change> {
    let change = |(topic, outcome): (String, ItemResult<()>)| Change {
        topic,
        outcome: outcome.map_or_else(|error| Outcome::Failed(error.text()), |()| done()),
    };
    names.into_iter().zip(outcomes).map(change).collect()
}

/// Prints every change, then fails if one of them did. Java tells only the first error; the others go to stderr.
fn report(context: &mut Context, changes: Vec<Change>, dry_run: bool) -> Result<(), Failure> {
    let mut changes = Changes { changes, dry_run };
    context.print(&changes)?;
    // The first is the first of a map that was filled from another map.
    let count = changes.changes.len();
    sort_by_hash(&mut changes.changes, DEFAULT_CAPACITY, |change| &change.topic);
    sort_by_hash(&mut changes.changes, count, |change| &change.topic);
    let failed = changes.changes.iter().filter_map(|change| match &change.outcome {
        Outcome::Failed(error) => Some((&change.topic, error)),
        _ => None,
    });
    let failures = failed.enumerate().map(|(place, (topic, error))| match place {
        0 => refused(error.as_str()),
        _ => Failure::failed(format!("{topic}: {error}")),
    });
    context.end_items(failures.collect())
}
