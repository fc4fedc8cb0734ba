//! The actions of `configs`: reads what the plan needs, connects, changes.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::ArgMatches;

use super::alter::alter;
use super::args::{Action, Request, Wanted, request};
use super::describe::describe;
use super::entity::{Entities, EntityType};
use super::plan::{self, Alteration};
use super::secret;
use super::words::Settings;
use crate::commands::connect::{ClusterArgs, block_on};
use crate::context::Context;
use crate::failure::Failure;
use crate::java::properties;
use crate::kafka::admin::Admin;
use crate::kafka::wire::{Deadline, find_host};

/// How long a name server may take to tell whether a host exists.
const LOOK_UP: Duration = Duration::from_secs(5);

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
        Action::Alter { wanted, dry_run } => {
            let alteration = alteration(context, &entities, wanted)?;
            block_on(async {
                let admin = connect(context, &cluster, controllers).await?;
                alter(context, &admin, &entities, &alteration, dry_run).await
            })
        }
    }
}

/// What is to be changed, now that files are read and passwords fetched.
fn alteration(context: &mut Context, entities: &Entities, wanted: Wanted) -> Result<Alteration, Failure> {
    if let Some(exposed) = secret::exposed(&wanted.add).filter(|_| context.native) {
        context.warn(format!("warning: {exposed}"));
    }
    let file = wanted.file.as_deref().map(|path| read_settings(context, path)).transpose()?.unwrap_or_default();
    let mut wanted = wanted.with_file(file).map_err(Failure::failed)?;
    if secret::swallowed_iterations(&wanted.add) {
        context.warn("warning: iterations= comes before password=; behind it, it is a part of the password");
    }
    if wanted.add.is_empty() && wanted.delete.is_empty() {
        context.warn("warning: no setting is named, so there is nothing to change");
    }
    secret::fetch(&mut wanted.add).map_err(Failure::failed)?;
    for (name, value) in &wanted.add {
        context.secrets.note_setting(name, value);
    }
    plan::alter(entities, wanted).map_err(Failure::failed)
}

async fn connect(context: &Context, cluster: &ClusterArgs, controllers: Option<String>) -> Result<Admin, Failure> {
    match controllers {
        Some(controllers) => cluster.controller_admin(context, controllers).await,
        None => cluster.admin(context).await,
    }
}

/// Refuses an IP entity that is neither an address nor a host's name.
fn ensure_addresses(entities: &Entities) -> Result<(), Failure> {
    // As in a URL, an IPv6 address may be in brackets. A name server is asked only about names.
    let plain = |name: &str| name.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(name).parse::<IpAddr>().is_ok();
    let names = entities.names.iter().filter(|name| entities.has(EntityType::Ips) && !name.is_empty() && !plain(name));
    for name in names {
        let unknown = |reason| {
            let message = format!("The entity name for ips must be a valid IP or resolvable host, but it is: {name}");
            Failure::usage(message).hinted(reason)
        };
        block_on(async { find_host(name, Deadline::after(LOOK_UP)).await.map_err(unknown) })?;
    }
    Ok(())
}

/// The settings in a properties file.
fn read_settings(context: &mut Context, path: &Path) -> Result<Settings, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let parsed = properties::parse(&bytes).map_err(|error| Failure::failed(format!("{}: {error}", path.display())))?;
    context.secrets.note_settings(parsed.entries.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    for warning in parsed.warnings {
        context.warn(format!("warning: {}: {warning}", path.display()));
    }
    Ok(parsed.entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::configs::entity::EntityType;

    #[test]
    fn addresses_are_checked() {
        let entities = |name: &str| Entities { types: vec![EntityType::Ips], names: vec![name.to_owned()] };
        let checked = |name: &str| ensure_addresses(&entities(name));
        for fine in ["127.0.0.1", "::1", "[::1]", ""] {
            assert!(checked(fine).is_ok(), "{fine}");
        }
        assert!(checked("not a host").is_err() && checked("10.0.0.0/8").is_err());
    }
}
