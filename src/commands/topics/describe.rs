//! `--describe` against a cluster.

use std::collections::HashSet;

use tokio::try_join;

use super::args::Selection;
use super::description::{Facts, Settings, Told, Untold, view};
use super::fault::{connect, java_error, refused};
use super::meant::{Meant, compiled, ensure_found, not_found};
use super::text::Descriptions;
use crate::commands::connect::ClusterArgs;
use crate::context::Context;
use crate::failure::Failure;
use crate::kafka::admin::{Admin, Described, Reassignments, Wanted};
use crate::kafka::error::{Error, ErrorCode};
use crate::kafka::model::{ConfigResource, ResourceKind, TopicId};
use crate::render::Format;

/// Shows the partitions of topics.
pub(super) async fn describe(context: &mut Context, cluster: &ClusterArgs, selection: &Selection) -> Result<(), Failure> {
    let id = selection.wanted_id().map_err(refused)?;
    let include = if id.is_some() { None } else { compiled(selection.topics.as_deref())? };
    let admin = connect(context, cluster).await?;
    let meant = Meant::new(include.as_ref(), selection.exclude_internal);
    let topics = async {
        match id {
            Some(id) => by_id(&admin, id, &meant).await,
            None => by_name(&admin, &meant, selection.page).await,
        }
    };
    // Java's text does not tell which brokers are up.
    let needs_brokers = selection.unavailable || context.format != Format::Text;
    let live_brokers = async { if needs_brokers { admin.broker_ids().await.map(Some) } else { Ok(None) } };
    let (topics, live_brokers) = try_join!(topics, live_brokers)?;
    meant.settled()?;
    let nothing = Descriptions::default();
    match id {
        Some(id) if topics.is_empty() && !selection.if_exists => {
            not_found(context, format!("TopicId '{id}' does not exist as expected"), &nothing)?;
        }
        Some(_) => {}
        None => ensure_found(context, !topics.is_empty(), selection.topics.as_deref(), selection.if_exists, &nothing)?,
    }
    let reassignments = reassignments(context, &admin, &topics).await?;
    let live_brokers = live_brokers.map(HashSet::from_iter);
    let (topics, untold) = parted(topics);
    let report = Descriptions { topics: view(Facts { topics, reassignments, live_brokers }, selection), untold };
    context.print(&report)?;
    let failure = |Untold { name, error }: &Untold| {
        Failure::failed(format!("cannot describe topic {name}: {error}")).java_stdout(|_| java_error(error))
    };
    context.end_items(report.untold.iter().map(failure).collect())
}

/// The topics that are meant, and their settings.
async fn by_name(admin: &Admin, meant: &Meant<'_>, page: i32) -> Result<Vec<Described<Settings>>, Error> {
    let Some(mut names) = meant.names() else {
        return admin.describe_topics_and_configs(Wanted::Allowed(&|name| meant.allows(name)), page, Settings::of).await;
    };
    names.sort();
    names.dedup();
    let mut topics = admin.describe_topics_and_configs(Wanted::Named(&names), page, Settings::of).await?;
    // Java looks for the name among those that it may see.
    topics.retain(|topic| !topic.is_hidden());
    Ok(topics)
}

/// The topic with this id and its settings, if there is one that is meant.
async fn by_id(admin: &Admin, id: TopicId, meant: &Meant<'_>) -> Result<Vec<Described<Settings>>, Error> {
    let topic = match admin.describe_topic_by_id(id).await? {
        Ok(topic) if meant.allows(&topic.name) => topic,
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_ID => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let resource = ConfigResource::new(ResourceKind::Topic, &topic.name);
    let configs = admin.describe_configs(&[resource], false).await?.remove(0).map(Settings::of);
    Ok(vec![Described { name: topic.name.clone(), topic: Ok(topic), configs }])
}

/// The partitions of these topics that are being moved; none where the cluster keeps that to itself. Java does not say so.
async fn reassignments(context: &Context, admin: &Admin, topics: &[Described<Settings>]) -> Result<Option<Reassignments>, Failure> {
    let told = topics.iter().filter(|topic| topic.configs.is_ok()).filter_map(|topic| topic.topic.as_ref().ok());
    let known = admin.list_reassignments(told).await?;
    if let Err(error) = &known {
        context.warn(format!("warning: whether replicas are being moved is not known: {error}"));
    }
    Ok(known.ok())
}

/// The topics that can be told, and the others: they may be gone by now, or may not be looked at.
fn parted(described: Vec<Described<Settings>>) -> (Vec<Told>, Vec<Untold>) {
    let (mut told, mut untold) = (Vec::with_capacity(described.len()), Vec::new());
    for topic in described {
        let name = topic.name.clone();
        match topic.whole() {
            Ok(topic) => told.push(topic),
            Err(error) => untold.push(Untold { name, error: error.text() }),
        }
    }
    (told, untold)
}
