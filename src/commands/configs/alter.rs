//! `--alter` against a cluster.

use super::changes::{Current, changes, leaves_a_question, refused_credentials};
use super::entity::{Entities, EntityType, spoken};
use super::plan::{self, Alteration};
use super::text::Altered;
use super::too_old;
use crate::context::Context;
use crate::failure::Failure;
use crate::kafka::admin::{Admin, ConfigChange, ItemResult};
use crate::kafka::error::Error;
use crate::kafka::model::{ConfigEntry, ConfigResource, QuotaChange, QuotaEntity, ResourceKind};

/// Does what `alteration` says, or with `dry_run` tells what it would do; nothing is changed then.
///
/// # Errors
/// Why the cluster refuses it. No secret of the alteration is in the sentence.
pub(super) async fn alter(
    context: &mut Context,
    admin: &Admin,
    entities: &Entities,
    alteration: &Alteration,
    dry_run: bool,
) -> Result<(), Failure> {
    let before = if dry_run { current(admin, alteration).await } else { Ok(Current::Unknown) };
    let (before, unknown) = match before {
        Ok(before) => (before, None),
        // Nothing else tells what would become of a credential.
        Err(error) if matches!(alteration, Alteration::Credentials { .. }) => return Err(too_old(error)),
        // The broker's refusal of the change itself tells more.
        Err(error) => (Current::Unknown, Some(error)),
    };
    let refusal = match alteration {
        Alteration::Resource { resource, changes } => reason(alter_resource(admin, resource, changes, dry_run).await?),
        Alteration::Quotas { changes, .. } if changes.is_empty() => None,
        Alteration::Quotas { entity, changes } => reason(alter_quotas(admin, entity, changes, dry_run).await?),
        // No request asks the broker to only look.
        Alteration::Credentials { changes, .. } if dry_run => refused_credentials(changes, &before).map(str::to_owned),
        Alteration::Credentials { user, changes } => reason(admin.alter_user_scram_credentials(user, changes).await.map_err(too_old)?),
    };
    let mut changes = changes(alteration, &before);
    if refusal.is_some() && matches!(alteration, Alteration::Resource { .. }) {
        // What the cluster does not take may be anything.
        for state in changes.iter_mut().filter_map(|change| change.planned.as_mut()) {
            state.value = None;
        }
    }
    // The report has it, too.
    let error = refusal.map(|refusal| context.secrets.hide(&refusal));
    let entity = entities.pairs().map(|(entity_type, name)| (entity_type, name.unwrap_or_default().to_owned())).collect();
    let report = Altered { entity, changes, error, dry_run };
    if let Some(error) = unknown.filter(|_| report.error.is_none()) {
        let message = format!("the change of {} would be taken, but what it has now is not known: {error}", report.spoken());
        return Err(Failure::failed(message));
    }
    context.print(&report)?;
    report.error.as_ref().map_or(Ok(()), |error| Err(Failure::failed(format!("cannot alter {}: {error}", report.spoken()))))
}

/// Why the cluster refused.
fn reason(outcome: ItemResult<()>) -> Option<String> {
    outcome.err().map(|error| error.to_string())
}

async fn alter_resource(
    admin: &Admin,
    resource: &ConfigResource,
    changes: &[ConfigChange],
    validate_only: bool,
) -> Result<ItemResult<()>, Failure> {
    if resource.kind == ResourceKind::BrokerLogger {
        ensure_loggers(admin, resource, changes).await?;
    }
    let request = [(resource.clone(), changes.to_vec())];
    let outcome = admin.incremental_alter_configs(&request, validate_only).await;
    Ok(outcome.map_err(|error| not_running(resource, error))?.remove(0))
}

/// A failed request as a failure of the command; that a broker does not run is no matter of how it is reached.
fn not_running(resource: &ConfigResource, error: Error) -> Failure {
    let entity_type = match resource.kind {
        ResourceKind::Broker => EntityType::Brokers,
        ResourceKind::BrokerLogger => EntityType::BrokerLoggers,
        _ => return too_old(error),
    };
    match &error {
        Error::Unreachable { target, reason } if *target == format!("broker {}", resource.name) => {
            let failure = Failure::failed(format!("cannot alter {}: {reason}", spoken(entity_type, &resource.name)));
            match resource.kind {
                ResourceKind::Broker => {
                    failure.hinted("--bootstrap-controller changes the settings of controllers, and of brokers that are down")
                }
                _ => failure,
            }
        }
        _ => too_old(error),
    }
}

/// Refuses loggers that the broker does not have: it would make them.
async fn ensure_loggers(admin: &Admin, resource: &ConfigResource, changes: &[ConfigChange]) -> Result<(), Failure> {
    let refused = |error| match error {
        Error::Broker(error) => Failure::failed(format!("cannot list the loggers of broker {}: {error}", resource.name)),
        error => not_running(resource, error),
    };
    let known = entries(admin, resource).await.map_err(refused)?;
    let unknown = |change: &&ConfigChange| !known.iter().any(|logger| logger.name == change.name);
    let names: Vec<&str> = changes.iter().filter(unknown).map(|change| change.name.as_str()).collect();
    if names.is_empty() { Ok(()) } else { Err(Failure::failed(format!("Invalid broker logger(s): {}", names.join(",")))) }
}

/// Changes quotas, after making sure that those to remove are there.
async fn alter_quotas(
    admin: &Admin,
    entity: &QuotaEntity,
    changes: &[QuotaChange],
    validate_only: bool,
) -> Result<ItemResult<()>, Failure> {
    let present = quotas(admin, entity).await.map_err(too_old)?;
    let missing = |change: &&QuotaChange| change.value.is_none() && !present.iter().any(|(name, _)| *name == change.name);
    let names: Vec<&str> = changes.iter().filter(missing).map(|change| change.name.as_str()).collect();
    if !names.is_empty() {
        return Err(Failure::failed(format!("Invalid config(s): {}", names.join(","))).hinted("a quota that is not set cannot be removed"));
    }
    admin.alter_client_quotas(entity, changes, validate_only).await.map_err(too_old)
}

/// The values that `alteration` would change.
async fn current(admin: &Admin, alteration: &Alteration) -> Result<Current, Error> {
    Ok(match alteration {
        Alteration::Resource { resource, changes } => {
            let entries = entries(admin, resource).await?;
            Current::Entries { below: below(admin, resource, changes, &entries).await?, entries }
        }
        Alteration::Quotas { entity, .. } => Current::Quotas(quotas(admin, entity).await?),
        Alteration::Credentials { user, .. } => {
            let found = admin.describe_user_scram_credentials(Some(std::slice::from_ref(user))).await?;
            let Some((_, outcome)) = found.into_iter().next() else { return Ok(Current::Credentials(Vec::new())) };
            Current::Credentials(outcome?.credentials)
        }
    })
}

/// The settings of `resource`.
async fn entries(admin: &Admin, resource: &ConfigResource) -> Result<Vec<ConfigEntry>, Error> {
    Ok(admin.describe_configs(std::slice::from_ref(resource), true).await?.remove(0)?)
}

/// How many other topics are asked for what a topic without settings of its own has.
const OTHERS: usize = 20;

/// What is in force below the settings of `resource` itself, as far as `changes` make it matter and `entries` do not tell:
/// what another topic, or any broker, has.
async fn below(
    admin: &Admin,
    resource: &ConfigResource,
    changes: &[ConfigChange],
    entries: &[ConfigEntry],
) -> Result<Vec<ConfigEntry>, Error> {
    let is_asked = || changes.iter().any(|change| leaves_a_question(resource, change, entries));
    let others: Vec<String> = match resource.kind {
        // The common default of brokers lists only what is set.
        ResourceKind::Broker if resource.name.is_empty() => {
            admin.broker_ids().await?.first().map(ToString::to_string).into_iter().collect()
        }
        ResourceKind::Broker | ResourceKind::BrokerLogger | ResourceKind::Group => return Ok(entries.to_vec()),
        ResourceKind::Topic | ResourceKind::ClientMetrics if !is_asked() => return Ok(Vec::new()),
        ResourceKind::Topic => {
            let topics = admin.list_topics().await?.into_iter().map(|topic| topic.name);
            topics.filter(|name| *name != resource.name).take(OTHERS).collect()
        }
        // A subscription need not exist to have the defaults.
        ResourceKind::ClientMetrics => vec![format!("{}.default", resource.name)],
    };
    let others: Vec<ConfigResource> = others.into_iter().map(|name| ConfigResource::new(resource.kind, name)).collect();
    // One that has gone meanwhile tells nothing.
    Ok(admin.describe_configs(&others, true).await?.into_iter().flatten().flatten().collect())
}

async fn quotas(admin: &Admin, entity: &QuotaEntity) -> Result<Vec<(String, f64)>, Error> {
    let mut found = admin.describe_client_quotas(&plan::exactly(entity)).await?;
    Ok(if found.is_empty() { Vec::new() } else { found.remove(0).values })
}
