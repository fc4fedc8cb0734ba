//! The actions of `topics` against a cluster.

use clap::ArgMatches;

use super::args::{Action, Creation, Request, Selection, request};
use super::assignment;
use super::description::{Facts, Untold, view};
use super::text::{Change, Changes, Descriptions, Listing, Outcome};
use crate::commands::connect::{ClusterArgs, block_on};
use crate::context::Context;
use crate::failure::Failure;
use crate::java::pattern::IncludeList;
use crate::kafka::admin::{Admin, ItemResult};
use crate::kafka::error::{BrokerError, ErrorCode};
use crate::kafka::model::{ConfigResource, NewPartitions, NewTopic, ResourceKind, TopicDescription};

/// Topics that belong to Kafka itself (Java's `Topic.isInternal`).
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

const COLLISION_WARNING: &str = "WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could \
                                 collide. To avoid issues it is best to use either, but not both.";

/// What kafka-topics.sh prints on stdout for a failure.
pub(in crate::commands) fn java_error(message: &str) -> String {
    format!("Error while executing topic command : {message}\n")
}

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
            Action::Alter { topics, partitions, assignment, if_exists } => {
                let assignment =
                    assignment.filter(|text| !text.is_empty()).map(|text| assignment::parse(&text)).transpose().map_err(refused)?;
                alter(context, &cluster, &topics, partitions, assignment, if_exists).await
            }
            Action::Delete { topics, if_exists } => delete(context, &cluster, &topics, if_exists).await,
            Action::Describe(selection) => describe(context, &cluster, &selection).await,
        }
    })
}

/// A failure for which Java has words on stdout.
fn refused(message: impl Into<String>) -> Failure {
    Failure::failed(message).java_stdout(java_error)
}

async fn list(context: &mut Context, cluster: &ClusterArgs, expression: Option<&str>, exclude_internal: bool) -> Result<(), Failure> {
    let admin = cluster.admin(context).await?;
    let names = matching(&admin, expression, exclude_internal).await?;
    context.print(&Listing(names))
}

/// The topics that an expression of the command line means, by name.
async fn matching(admin: &Admin, expression: Option<&str>, exclude_internal: bool) -> Result<Vec<String>, Failure> {
    let include = expression.map(IncludeList::compile).transpose().map_err(refused)?;
    let mut names: Vec<String> = Vec::new();
    for topic in admin.list_topics().await? {
        let included = include.as_ref().map_or(Ok(true), |include| include.allows(&topic.name)).map_err(refused)?;
        if included && !(exclude_internal && INTERNAL.contains(&topic.name.as_str())) {
            names.push(topic.name);
        }
    }
    names.sort();
    Ok(names)
}

/// Refuses an expression that means no topic, unless that was to be fine or nothing was asked for.
fn ensure_found(names: &[String], expression: Option<&str>, if_exists: bool) -> Result<(), Failure> {
    match expression {
        Some(expression) if !expression.is_empty() && !if_exists && names.is_empty() => {
            Err(refused(format!("Topic '{expression}' does not exist as expected")))
        }
        _ => Ok(()),
    }
}

async fn create(context: &mut Context, cluster: &ClusterArgs, creation: Creation) -> Result<(), Failure> {
    let configs = creation.config_pairs().map_err(refused)?;
    if creation.topic.contains(['.', '_']) {
        warn_on_stdout(context, COLLISION_WARNING)?;
    }
    let layout = creation.layout().map_err(refused)?;
    if creation.topic.is_empty() {
        return Err(refused("The given topic name '' cannot be represented in a request."));
    }
    let topic = NewTopic { name: creation.topic.clone(), layout, configs };
    let admin = cluster.admin(context).await?;
    let outcome = admin.create_topics(&[topic]).await?.remove(0);
    let outcome = match outcome {
        Ok(()) => Outcome::Created,
        Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS && creation.if_not_exists => Outcome::Existed,
        Err(error) => Outcome::Failed(error.text()),
    };
    report(context, vec![Change { topic: creation.topic, outcome }])
}

/// Some of Java's warnings go to stdout, so they do in the `text` format; in the others they are messages.
fn warn_on_stdout(context: &mut Context, warning: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    if context.format == crate::render::Format::Text {
        return Ok(writeln!(context.stdout(), "{warning}")?);
    }
    context.warn(warning);
    Ok(())
}

async fn alter(
    context: &mut Context,
    cluster: &ClusterArgs,
    expression: &str,
    partitions: i32,
    assignment: Option<Vec<Vec<i32>>>,
    if_exists: bool,
) -> Result<(), Failure> {
    let admin = cluster.admin(context).await?;
    let names = matching(&admin, Some(expression), false).await?;
    ensure_found(&names, Some(expression), if_exists)?;
    if names.is_empty() {
        return report(context, Vec::new());
    }
    let mut growing = Vec::with_capacity(names.len());
    let existing = if assignment.is_some() { Some(described(&admin, &names, i32::MAX).await?) } else { None };
    for (index, topic) in names.iter().enumerate() {
        // The assignment on the command line begins with the partitions that are there already.
        let skip = existing.as_ref().map_or(0, |topics| topics[index].partitions.len());
        let assignment = assignment.as_ref().map(|all| all.iter().skip(skip).cloned().collect());
        growing.push(NewPartitions { topic: topic.clone(), count: partitions, assignment });
    }
    let outcomes = admin.create_partitions(&growing).await?;
    report(context, changes(names, outcomes, || Outcome::Altered))
}

async fn delete(context: &mut Context, cluster: &ClusterArgs, expression: &str, if_exists: bool) -> Result<(), Failure> {
    let admin = cluster.admin(context).await?;
    let names = matching(&admin, Some(expression), false).await?;
    ensure_found(&names, Some(expression), if_exists)?;
    if names.is_empty() {
        return report(context, Vec::new());
    }
    let outcomes = admin.delete_topics(&names).await?;
    report(context, changes(names, outcomes, || Outcome::Deleted))
}

fn changes(names: Vec<String>, outcomes: Vec<ItemResult<()>>, done: impl Fn() -> Outcome) -> Vec<Change> {
    let change = |(topic, outcome): (String, ItemResult<()>)| Change {
        topic,
        outcome: outcome.map_or_else(|error| Outcome::Failed(error.text()), |()| done()),
    };
    names.into_iter().zip(outcomes).map(change).collect()
}

/// Prints every change, then fails if one of them did. Java tells only the first error; the others go to stderr.
fn report(context: &mut Context, changes: Vec<Change>) -> Result<(), Failure> {
    let changes = Changes(changes);
    context.print(&changes)?;
    let failed = changes.0.iter().filter_map(|change| match &change.outcome {
        Outcome::Failed(error) => Some((&change.topic, error)),
        _ => None,
    });
    let failures = failed.enumerate().map(|(place, (topic, error))| match place {
        0 => refused(error.as_str()),
        _ => Failure::failed(format!("{topic}: {error}")),
    });
    context.end_items(failures.collect())
}

async fn describe(context: &mut Context, cluster: &ClusterArgs, selection: &Selection) -> Result<(), Failure> {
    let wanted_id = selection.wanted_id().map_err(refused)?;
    let admin = cluster.admin(context).await?;
    let topics = match wanted_id {
        Some(id) => match admin.describe_topic_by_id(id).await? {
            Ok(topic) if selection.exclude_internal && INTERNAL.contains(&topic.name.as_str()) => Vec::new(),
            Ok(topic) => vec![(topic.name.clone(), Ok(topic))],
            Err(error) if error.code != ErrorCode::UNKNOWN_TOPIC_ID => return Err(refused(error.text())),
            Err(_) if selection.if_exists => Vec::new(),
            Err(_) => return Err(refused(format!("TopicId '{id}' does not exist as expected"))),
        },
        None => {
            let names = matching(&admin, selection.topics.as_deref(), selection.exclude_internal).await?;
            ensure_found(&names, selection.topics.as_deref(), selection.if_exists)?;
            let outcomes = if names.is_empty() { Vec::new() } else { admin.describe_topics(&names, selection.page).await? };
            names.into_iter().zip(outcomes).collect()
        }
    };
    let (facts, untold) = gather(&admin, topics).await?;
    let report = Descriptions { topics: view(facts, selection), untold };
    context.print(&report)?;
    let failure = |Untold { name, error }: &Untold| {
        Failure::failed(format!("cannot describe topic {name}: {error}")).java_stdout(|_| java_error(error))
    };
    context.end_items(report.untold.iter().map(failure).collect())
}

async fn described(admin: &Admin, names: &[String], page: i32) -> Result<Vec<TopicDescription>, Failure> {
    let topics = admin.describe_topics(names, page).await?;
    topics.into_iter().collect::<Result<_, _>>().map_err(|error: BrokerError| refused(error.text()))
}

/// Adds to the topics what else is needed to judge them. Those that cannot be told come second: they may be gone by now, or
/// may not be looked at.
async fn gather(admin: &Admin, topics: Vec<(String, ItemResult<TopicDescription>)>) -> Result<(Facts, Vec<Untold>), Failure> {
    let mut untold = Vec::new();
    let mut known = Vec::with_capacity(topics.len());
    for (name, outcome) in topics {
        match outcome {
            Ok(topic) => known.push(topic),
            Err(error) => untold.push(Untold { name, error: error.text() }),
        }
    }
    if known.is_empty() {
        return Ok((Facts::default(), untold));
    }
    let resources: Vec<ConfigResource> = known.iter().map(|topic| ConfigResource::new(ResourceKind::Topic, &topic.name)).collect();
    let mut facts = Facts::default();
    for (topic, configs) in known.into_iter().zip(admin.describe_configs(&resources, false).await?) {
        match configs {
            Ok(configs) => facts.topics.push((topic, configs)),
            Err(error) => untold.push(Untold { name: topic.name, error: error.text() }),
        }
    }
    let ids = |topic: &TopicDescription| topic.partitions.iter().map(|partition| partition.partition).collect();
    let partitions: Vec<(String, Vec<i32>)> = facts.topics.iter().map(|(topic, _)| (topic.name.clone(), ids(topic))).collect();
    facts.reassignments = admin.list_reassignments(&partitions).await?;
    facts.live_brokers = admin.broker_ids().await?.into_iter().collect();
    Ok((facts, untold))
}
