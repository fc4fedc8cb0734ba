//! `--describe` against a cluster.

use super::entity::{EntityType, invalid_topic_name, own_source, spoken};
use super::plan::{Credentials, Description};
use super::text::{Clients, Described, Descriptions};
use super::too_old;
use crate::context::Context;
use crate::failure::Failure;
use crate::java::hash_order::{DEFAULT_CAPACITY, hash_code, sort_by_hash, sort_by_hash_code};
use crate::java::scala_set;
use crate::kafka::admin::Admin;
use crate::kafka::error::{Error, ErrorCode};
use crate::kafka::model::{ClientQuotas, ConfigEntry, ConfigResource, QuotaFilter, ResourceKind};

/// Asks for what `description` says, and prints it.
///
/// # Errors
/// Java's sentence for something unknown, and what could not be told; that is printed as far as it could.
pub(super) async fn describe(
    context: &mut Context,
    admin: &Admin,
    entity_type: EntityType,
    description: Description,
    all: bool,
) -> Result<(), Failure> {
    match description {
        Description::Resources { kind, name } => resources(context, admin, entity_type, kind, name, all).await,
        Description::Quotas { filter, credentials } => clients(context, admin, &filter, &credentials).await,
    }
}

async fn resources(
    context: &mut Context,
    admin: &Admin,
    entity_type: EntityType,
    kind: ResourceKind,
    name: Option<String>,
    all: bool,
) -> Result<(), Failure> {
    let names = match name {
        Some(name) => {
            let invalid = invalid_topic_name(&name).filter(|_| !all && kind == ResourceKind::Topic).map(Failure::failed);
            let absent = match invalid {
                None if !all && !exists(admin, kind, &name).await? => {
                    let message = format!("The {} '{name}' doesn't exist and doesn't have dynamic config.", entity_type.singular());
                    Some(Failure::failed(message).java_stdout(|message| format!("{message}\n")))
                }
                invalid => invalid,
            };
            if let Some(failure) = absent {
                return context.not_found(failure, &Descriptions { entity_type, all, resources: Vec::new() });
            }
            vec![name]
        }
        None => existing(admin, kind).await?,
    };
    let wanted: Vec<ConfigResource> = names.iter().map(|name| ConfigResource::new(kind, name)).collect();
    let mut resources = Vec::with_capacity(names.len());
    let mut failures = Vec::new();
    for (name, outcome) in names.into_iter().zip(configs(admin, &wanted).await?) {
        let entries = outcome.map(|entries| own(kind, &name, entries, all)).map_err(|error| {
            // That a broker does not run is no matter of how it is reached.
            let (message, hint) = match &error {
                Error::Unreachable { target, reason } if *target == format!("broker {name}") => (reason.clone(), None),
                error => (error.to_string(), error.hint()),
            };
            let failure = Failure::failed(format!("cannot describe {}: {message}", spoken(entity_type, &name)));
            failures.push(match hint {
                Some(hint) => failure.hinted(hint),
                None => failure,
            });
            message
        });
        resources.push(Described { name, entries });
    }
    context.print(&Descriptions { entity_type, all, resources })?;
    context.end_items(failures)
}

/// The entries that are shown, by name.
fn own(kind: ResourceKind, name: &str, mut entries: Vec<ConfigEntry>, all: bool) -> Vec<ConfigEntry> {
    if let Some(source) = own_source(kind, name).filter(|_| !all) {
        entries.retain(|entry| entry.source == source);
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

/// The configurations of `resources`, in their order. One broker that does not answer leaves the others their answers;
/// where any broker would do, nobody answers.
async fn configs(admin: &Admin, resources: &[ConfigResource]) -> Result<Vec<Result<Vec<ConfigEntry>, Error>>, Failure> {
    let by_broker = resources.iter().any(|resource| matches!(resource.kind, ResourceKind::Broker | ResourceKind::BrokerLogger));
    let answers = admin.describe_each_config(resources, true).await.into_iter();
    let outcomes = answers.map(|answer| match answer {
        Ok(outcome) => Ok(outcome.map_err(Error::from)),
        Err(error) if by_broker => Ok(Err(error)),
        Err(error) => Err(error.into()),
    });
    outcomes.collect()
}

/// Whether there is such a thing, or settings for it.
async fn exists(admin: &Admin, kind: ResourceKind, name: &str) -> Result<bool, Failure> {
    let named = |names: Vec<String>| names.iter().any(|known| known == name);
    Ok(match kind {
        ResourceKind::Topic => named(topics(admin).await?),
        ResourceKind::Broker | ResourceKind::BrokerLogger => name.is_empty() || named(brokers(admin).await?),
        ResourceKind::ClientMetrics => named(admin.list_config_resources(kind).await.map_err(too_old)?),
        // Where the cluster cannot list the groups with settings, any group may have some.
        ResourceKind::Group => named(groups(admin).await?) || configured_groups(admin).await?.is_none_or(named),
    })
}

/// Everything of this kind, in the order in which Java walks it.
async fn existing(admin: &Admin, kind: ResourceKind) -> Result<Vec<String>, Failure> {
    Ok(match kind {
        ResourceKind::Topic => topics(admin).await?,
        ResourceKind::Broker | ResourceKind::BrokerLogger => {
            let mut names = brokers(admin).await?;
            names.push(String::new());
            names
        }
        ResourceKind::ClientMetrics => admin.list_config_resources(kind).await.map_err(too_old)?,
        ResourceKind::Group => {
            let mut names = groups(admin).await?;
            for name in configured_groups(admin).await?.unwrap_or_default() {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            scala_set::sort(&mut names);
            names
        }
    })
}

async fn topics(admin: &Admin) -> Result<Vec<String>, Failure> {
    let mut names: Vec<String> = admin.list_topics().await?.into_iter().map(|topic| topic.name).collect();
    sort_by_hash(&mut names, DEFAULT_CAPACITY, String::as_str);
    Ok(names)
}

async fn brokers(admin: &Admin) -> Result<Vec<String>, Failure> {
    let mut ids = admin.broker_ids().await?;
    sort_by_hash_code(&mut ids, DEFAULT_CAPACITY, |id| *id);
    Ok(ids.iter().map(ToString::to_string).collect())
}

async fn groups(admin: &Admin) -> Result<Vec<String>, Failure> {
    let mut ids = admin.group_ids().await?;
    sort_by_hash(&mut ids, DEFAULT_CAPACITY, String::as_str);
    Ok(ids)
}

/// The groups that have settings; `None` where the cluster cannot tell, or may not.
async fn configured_groups(admin: &Admin) -> Result<Option<Vec<String>>, Failure> {
    match admin.list_config_resources(ResourceKind::Group).await {
        Ok(names) => Ok(Some(names)),
        Err(Error::Unsupported { .. }) => Ok(None),
        Err(Error::Broker(error)) if matches!(error.code, ErrorCode::UNSUPPORTED_VERSION | ErrorCode::CLUSTER_AUTHORIZATION_FAILED) => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

async fn clients(context: &mut Context, admin: &Admin, filter: &[QuotaFilter], credentials: &Credentials) -> Result<(), Failure> {
    let mut quotas = admin.describe_client_quotas(filter).await.map_err(too_old)?;
    sort_as_java(&mut quotas);
    let users = match credentials {
        Credentials::Nobodys => None,
        Credentials::Everybodys => Some(None),
        Credentials::Of(users) => Some(Some(users.as_slice())),
    };
    let described = match users {
        Some(users) => admin.describe_user_scram_credentials(users).await,
        None => Ok(Vec::new()),
    };
    // What is known already is printed, as Java does, before the command fails.
    let mut failures: Vec<Failure> = Vec::new();
    let described = described.unwrap_or_else(|error| {
        failures.push(too_old(error));
        Vec::new()
    });
    let credentials = described.into_iter().map(|(user, outcome)| {
        let outcome = outcome.map(|found| found.credentials).map_err(|error| {
            failures.push(Failure::failed(format!("cannot describe the SCRAM credentials of {user}: {error}")));
            error.text()
        });
        (user, outcome)
    });
    let credentials = credentials.collect();
    context.print(&Clients { quotas, credentials })?;
    context.end_items(failures)
}

/// Brings quotas into the order of Java's hash maps: of entities, and of the values of each.
fn sort_as_java(quotas: &mut [ClientQuotas]) {
    let capacity = quotas.len();
    sort_by_hash_code(quotas, capacity, |quotas| {
        let parts = quotas.entity.0.iter().map(|(entity_type, name)| hash_code(entity_type.name()) ^ name.as_deref().map_or(0, hash_code));
        parts.fold(31, i32::wrapping_add)
    });
    for quotas in quotas {
        let capacity = quotas.values.len();
        sort_by_hash(&mut quotas.values, capacity, |(name, _)| name);
    }
}
