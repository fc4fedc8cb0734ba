//! The actions of `topics` against a cluster.

use std::cell::Cell;
use std::io::Write as _;

use clap::ArgMatches;
use tokio::try_join;

use super::args::{Action, Creation, Growth, Request, Selection, request};
use super::assignment;
use super::description::{Facts, Untold, view};
use super::text::{Change, Changes, Descriptions, Listing, Outcome};
use crate::commands::connect::{ClusterArgs, block_on};
use crate::context::Context;
use crate::failure::Failure;
use crate::java::hash_order::{DEFAULT_CAPACITY, sort_by_hash};
use crate::java::pattern::IncludeList;
use crate::kafka::admin::{Admin, Described, ItemResult, Wanted};
use crate::kafka::error::{BrokerError, Error, ErrorCode};
use crate::kafka::model::{ConfigResource, Layout, NewPartitions, NewTopic, ResourceKind, TopicDescription, TopicId};
use crate::render::{Format, Report};

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
            Action::Alter(growth) => alter(context, &cluster, &growth).await,
            Action::Delete { topics, if_exists, dry_run } => delete(context, &cluster, &topics, if_exists, dry_run).await,
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
    let include = compiled(expression)?;
    let mut names = match include.as_ref().and_then(IncludeList::names) {
        Some([]) => Vec::new(),
        Some(names) => admin.existing_topics(names).await?,
        None => admin.list_topics().await?.into_iter().map(|topic| topic.name).collect(),
    };
    let meant = Meant::new(include.as_ref(), exclude_internal);
    names.retain(|name| meant.allows(name));
    meant.settled()?;
    names.sort();
    names.dedup();
    Ok(names)
}

fn compiled(expression: Option<&str>) -> Result<Option<IncludeList>, Failure> {
    expression.map(IncludeList::compile).transpose().map_err(refused)
}

/// Which topics a command line means.
struct Meant<'a> {
    include: Option<&'a IncludeList>,
    exclude_internal: bool,
    /// Why it could not be told of a topic whether it is meant.
    trouble: Cell<Option<String>>,
}

impl<'a> Meant<'a> {
    fn new(include: Option<&'a IncludeList>, exclude_internal: bool) -> Self {
        Self { include, exclude_internal, trouble: Cell::default() }
    }

    fn allows(&self, name: &str) -> bool {
        let included = self.include.map_or(Ok(true), |include| include.allows(name));
        let included = included.unwrap_or_else(|trouble| {
            self.trouble.set(Some(trouble));
            false
        });
        included && !(self.exclude_internal && INTERNAL.contains(&name))
    }

    fn settled(&self) -> Result<(), Failure> {
        self.trouble.take().map_or(Ok(()), |trouble| Err(refused(trouble)))
    }
}

/// Refuses an expression that means no topic, unless that was to be fine or nothing was asked for. Scripts are told in their
/// own form that there is nothing.
fn ensure_found(
    context: &mut Context,
    found: bool,
    expression: Option<&str>,
    if_exists: bool,
    nothing: &dyn Report,
) -> Result<(), Failure> {
    match expression {
        Some(expression) if !expression.is_empty() && !if_exists && !found => {
            not_found(context, format!("Topic '{expression}' does not exist as expected"), nothing)
        }
        _ => Ok(()),
    }
}

fn not_found(context: &mut Context, message: String, nothing: &dyn Report) -> Result<(), Failure> {
    context.not_found(refused(message), nothing)
}

async fn create(context: &mut Context, cluster: &ClusterArgs, creation: Creation) -> Result<(), Failure> {
    // In Java's order, which decides what of several mistakes is told, and whether the warning stands before it.
    let assignment = creation.assignment().map_err(refused)?;
    let configs = creation.config_pairs().map_err(refused)?;
    if creation.topic.contains(['.', '_']) {
        warn_on_stdout(context, COLLISION_WARNING)?;
    }
    let counts = creation.counts().map_err(refused)?;
    if creation.topic.is_empty() {
        return Err(refused("The given topic name '' cannot be represented in a request."));
    }
    let topic = NewTopic { name: creation.topic.clone(), layout: assignment.map_or(counts, Layout::Assignment), configs };
    let admin = cluster.admin(context).await?;
    let outcome = match admin.create_topics(&[topic], creation.dry_run).await?.remove(0) {
        Ok(created) => Outcome::Created(created),
        Err(error) if error.code == ErrorCode::TOPIC_ALREADY_EXISTS && creation.if_not_exists => Outcome::Existed,
        Err(error) => Outcome::Failed(error.text()),
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
    let admin = cluster.admin(context).await?;
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
    let admin = cluster.admin(context).await?;
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

async fn describe(context: &mut Context, cluster: &ClusterArgs, selection: &Selection) -> Result<(), Failure> {
    let wanted_id = selection.wanted_id().map_err(refused)?;
    let include = if wanted_id.is_some() { None } else { compiled(selection.topics.as_deref())? };
    let admin = cluster.admin(context).await?;
    let meant = Meant::new(include.as_ref(), selection.exclude_internal);
    let topics = async {
        match (wanted_id, include.as_ref().and_then(IncludeList::names)) {
            (Some(id), _) => by_id(&admin, id).await,
            (None, Some(names)) => {
                let mut names: Vec<String> = names.iter().filter(|name| meant.allows(name)).cloned().collect();
                names.sort();
                names.dedup();
                let topics = admin.describe_topics_and_configs(Wanted::Named(&names), selection.page).await?;
                // Java looks for the name among those that it may see.
                Ok(topics.into_iter().filter(|topic| !topic.is_hidden()).collect())
            }
            (None, None) => admin.describe_topics_and_configs(Wanted::Allowed(&|name| meant.allows(name)), selection.page).await,
        }
    };
    // Java's text does not tell which brokers are up.
    let needs_brokers = selection.unavailable || context.format != Format::Text;
    let live_brokers = async { if needs_brokers { admin.broker_ids().await.map(Some) } else { Ok(None) } };
    let (mut topics, live_brokers) = try_join!(topics, live_brokers)?;
    meant.settled()?;
    topics.retain(|topic| !(selection.exclude_internal && INTERNAL.contains(&topic.name.as_str())));
    let nothing = Descriptions::default();
    match wanted_id {
        Some(id) if topics.is_empty() && !selection.if_exists => {
            not_found(context, format!("TopicId '{id}' does not exist as expected"), &nothing)?;
        }
        Some(_) => {}
        None => ensure_found(context, !topics.is_empty(), selection.topics.as_deref(), selection.if_exists, &nothing)?,
    }
    let told = topics.iter().filter(|topic| topic.configs.is_ok()).filter_map(|topic| topic.topic.as_ref().ok());
    let reassignments = admin.list_reassignments(told).await?;
    let mut facts =
        Facts { topics: Vec::with_capacity(topics.len()), reassignments, live_brokers: live_brokers.map(|ids| ids.into_iter().collect()) };
    // Topics may be gone by now, or may not be looked at.
    let mut untold = Vec::new();
    for topic in topics {
        let name = topic.name.clone();
        match topic.whole() {
            Ok(topic) => facts.topics.push(topic),
            Err(error) => untold.push(Untold { name, error: error.text() }),
        }
    }
    let report = Descriptions { topics: view(facts, selection), untold };
    context.print(&report)?;
    let failure = |Untold { name, error }: &Untold| {
        Failure::failed(format!("cannot describe topic {name}: {error}")).java_stdout(|_| java_error(error))
    };
    context.end_items(report.untold.iter().map(failure).collect())
}

/// The topic with this id and its settings, if there is one.
async fn by_id(admin: &Admin, id: TopicId) -> Result<Vec<Described>, Error> {
    let topic = match admin.describe_topic_by_id(id).await? {
        Ok(topic) => topic,
        Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_ID => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let resource = ConfigResource::new(ResourceKind::Topic, &topic.name);
    let configs = admin.describe_configs(&[resource], false).await?.remove(0);
    Ok(vec![Described { name: topic.name.clone(), topic: Ok(topic), configs }])
}
