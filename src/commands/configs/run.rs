//! The actions of `configs`: reads what the plan needs, connects, changes.

use std::net::{IpAddr, ToSocketAddrs};
use std::path::Path;

use anyhow::Context as _;
use clap::ArgMatches;

use super::args::{Action, Request, request};
use super::describe::describe;
use super::entity::{Entities, EntityType};
use super::plan::{self, Alteration};
use super::text::{Altered, Change, scram_cell};
use super::words::Settings;
use crate::commands::connect::{ClusterArgs, block_on};
use crate::context::Context;
use crate::failure::Failure;
use crate::java::properties;
use crate::kafka::admin::{Admin, AlterOp, ConfigChange, CredentialChange, ItemResult};
use crate::kafka::error::{BrokerError, Error};
use crate::kafka::model::{ConfigResource, QuotaChange, QuotaEntity, ResourceKind};
use crate::render::Cell;

/// Runs the command.
pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Request { cluster, controllers, entities, action, warnings } = request(matches)?;
    for warning in warnings {
        context.warn(format!("warning: {warning}"));
    }
    ensure_addresses(&entities)?;
    match action {
        Action::Describe { all } => {
            let description = plan::describe(&entities);
            block_on(async {
                let admin = connect(context, &cluster, controllers).await?;
                describe(context, &admin, entities.types[0], description, all).await
            })
        }
        Action::Alter(wanted) => {
            let file = wanted.file.as_deref().map(|path| read_settings(context, path)).transpose()?.unwrap_or_default();
            let wanted = wanted.with_file(file).map_err(Failure::failed)?;
            if wanted.add.is_empty() && wanted.delete.is_empty() {
                context.warn("warning: the file is empty, so there is nothing to change");
            }
            let alteration = plan::alter(&entities, wanted).map_err(Failure::failed)?;
            block_on(async {
                let admin = connect(context, &cluster, controllers).await?;
                alter(context, &admin, &entities, &alteration).await
            })
        }
    }
}

async fn connect(context: &Context, cluster: &ClusterArgs, controllers: Option<String>) -> Result<Admin, Failure> {
    match controllers {
        Some(controllers) => cluster.controller_admin(context, controllers).await,
        None => cluster.admin(context).await,
    }
}

/// Refuses an IP entity that is neither an address nor a host's name.
fn ensure_addresses(entities: &Entities) -> Result<(), Failure> {
    if !entities.has(EntityType::Ips) {
        return Ok(());
    }
    // A name server is asked only about names.
    let known = |name: &String| name.is_empty() || name.parse::<IpAddr>().is_ok() || (name.as_str(), 0).to_socket_addrs().is_ok();
    let wrong = entities.names.iter().find(|name| !known(name));
    wrong.map_or(Ok(()), |name| {
        Err(Failure::usage(format!("The entity name for ips must be a valid IP or resolvable host, but it is: {name}")))
    })
}

/// The settings in a properties file.
fn read_settings(context: &Context, path: &Path) -> Result<Settings, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parsed = properties::parse(&bytes).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    for warning in parsed.warnings {
        context.warn(format!("warning: {}: {warning}", path.display()));
    }
    Ok(parsed.entries)
}

async fn alter(context: &mut Context, admin: &Admin, entities: &Entities, alteration: &Alteration) -> Result<(), Failure> {
    let outcome = match alteration {
        Alteration::Resource { resource, changes } => alter_resource(admin, resource, changes).await?,
        Alteration::Quotas { changes, .. } if changes.is_empty() => Ok(()),
        Alteration::Quotas { entity, changes } => alter_quotas(admin, entity, changes).await?,
        Alteration::Credentials { user, changes } => admin.alter_user_scram_credentials(user, changes).await?,
    };
    let report = Altered {
        entity: entities.pairs().map(|(entity_type, name)| (entity_type, name.unwrap_or_default().to_owned())).collect(),
        changes: shown(alteration),
        error: outcome.as_ref().err().map(ToString::to_string),
    };
    context.print(&report)?;
    outcome.map_err(|error| {
        let entity: Vec<String> = entities.pairs().map(|(entity_type, name)| spoken(entity_type, name.unwrap_or_default())).collect();
        Failure::failed(format!("cannot alter {}: {error}", entity.join(", ")))
    })
}

/// An entity in a message.
fn spoken(entity_type: EntityType, name: &str) -> String {
    if name.is_empty() { format!("the default of {}", entity_type.name()) } else { format!("{} {name}", entity_type.singular()) }
}

async fn alter_resource(admin: &Admin, resource: &ConfigResource, changes: &[ConfigChange]) -> Result<ItemResult<()>, Failure> {
    if resource.kind == ResourceKind::BrokerLogger {
        ensure_loggers(admin, resource, changes).await?;
    }
    let request = [(resource.clone(), changes.to_vec())];
    match admin.incremental_alter_configs(&request).await {
        Ok(mut outcomes) => Ok(outcomes.remove(0)),
        Err(Error::Unsupported { target, .. }) => Err(Failure::failed(format!(
            "{target} is older than Kafka 2.3 and cannot change single settings (it has no IncrementalAlterConfigs)"
        ))
        .hinted("nothing was changed: the older request would reset every setting that is not named, so it is never sent")),
        Err(error) => Err(error.into()),
    }
}

/// Refuses loggers that the broker does not have: it would make them.
async fn ensure_loggers(admin: &Admin, resource: &ConfigResource, changes: &[ConfigChange]) -> Result<(), Failure> {
    let refused = |error: BrokerError| Failure::failed(format!("cannot list the loggers of broker {}: {error}", resource.name));
    let known = admin.describe_configs(std::slice::from_ref(resource), false).await?.remove(0).map_err(refused)?;
    let unknown = |change: &&ConfigChange| !known.iter().any(|logger| logger.name == change.name);
    let names: Vec<&str> = changes.iter().filter(unknown).map(|change| change.name.as_str()).collect();
    if names.is_empty() { Ok(()) } else { Err(Failure::failed(format!("Invalid broker logger(s): {}", names.join(",")))) }
}

/// Changes quotas, after making sure that those to remove are there.
async fn alter_quotas(admin: &Admin, entity: &QuotaEntity, changes: &[QuotaChange]) -> Result<ItemResult<()>, Failure> {
    let present = admin.describe_client_quotas(&plan::exactly(entity)).await?;
    let present = present.first().map(|quotas| quotas.values.as_slice()).unwrap_or_default();
    let missing = |change: &&QuotaChange| change.value.is_none() && !present.iter().any(|(name, _)| *name == change.name);
    let names: Vec<&str> = changes.iter().filter(missing).map(|change| change.name.as_str()).collect();
    if !names.is_empty() {
        return Err(Failure::failed(format!("Invalid config(s): {}", names.join(","))).hinted("a quota that is not set cannot be removed"));
    }
    Ok(admin.alter_client_quotas(entity, changes).await?)
}

/// The changes for the formats that list them.
fn shown(alteration: &Alteration) -> Vec<Change> {
    let op = |delete: bool| if delete { "delete" } else { "set" };
    match alteration {
        Alteration::Resource { changes, .. } => changes
            .iter()
            .map(|change| Change {
                name: change.name.clone(),
                op: op(change.op == AlterOp::Delete),
                value: change.value.as_ref().filter(|_| !is_secret(&change.name)).into(),
            })
            .collect(),
        Alteration::Quotas { changes, .. } => changes
            .iter()
            .map(|change| Change { name: change.name.clone(), op: op(change.value.is_none()), value: change.value.into() })
            .collect(),
        Alteration::Credentials { changes, .. } => changes
            .iter()
            .map(|change| match change {
                CredentialChange::Delete(mechanism) => Change { name: mechanism.name().to_owned(), op: op(true), value: Cell::Null },
                CredentialChange::Upsert(made) => {
                    Change { name: made.mechanism.name().to_owned(), op: op(false), value: scram_cell(made.iterations) }
                }
            })
            .collect(),
    }
}

/// Whether a setting's value is likely to be a secret, so that output should not repeat it.
fn is_secret(name: &str) -> bool {
    ["password", "secret", "jaas.config", "keystore.key"].iter().any(|part| name.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::admin::Upsertion;
    use crate::kafka::model::ScramMechanism;

    #[test]
    fn secrets_are_not_repeated() {
        let change = |name: &str, op, value: Option<&str>| ConfigChange { name: name.into(), op, value: value.map(Into::into) };
        let alteration = Alteration::Resource {
            resource: ConfigResource::new(ResourceKind::Broker, "1"),
            changes: vec![
                change("listener.name.a.ssl.keystore.password", AlterOp::Set, Some("pssst")),
                change("background.threads", AlterOp::Set, Some("9")),
                change("x", AlterOp::Delete, None),
            ],
        };
        let values: Vec<(&str, Cell)> = shown(&alteration).into_iter().map(|change| (change.op, change.value)).collect();
        assert_eq!(values, [("set", Cell::Null), ("set", "9".into()), ("delete", Cell::Null)]);
        let upsertion = Upsertion { mechanism: ScramMechanism::Sha256, iterations: 4096, password: "pssst".into() };
        let alteration = Alteration::Credentials { user: "u".into(), changes: vec![CredentialChange::Upsert(upsertion)] };
        assert_eq!(shown(&alteration)[0].value, Cell::Map(vec![("iterations".into(), Cell::Int(4096))]));
        let changes = vec![QuotaChange { name: "a".into(), value: Some(2e7) }, QuotaChange { name: "b".into(), value: None }];
        let alteration = Alteration::Quotas { entity: QuotaEntity(vec![]), changes };
        let values: Vec<Cell> = shown(&alteration).into_iter().map(|change| change.value).collect();
        assert_eq!(values, [Cell::Float(2e7), Cell::Null]);
    }

    #[test]
    fn addresses_are_checked() {
        let entities = |name: &str| Entities { types: vec![EntityType::Ips], names: vec![name.to_owned()] };
        assert!(ensure_addresses(&entities("127.0.0.1")).is_ok() && ensure_addresses(&entities("::1")).is_ok());
        assert!(ensure_addresses(&entities("")).is_ok());
        assert!(ensure_addresses(&entities("not a host")).is_err());
    }
}
