//! AlterConfigs and IncrementalAlterConfigs (`ConfigAdminManager`, `ConfigurationControlManager`).

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::alter_configs_response::AlterConfigsResourceResponse;
use kafka_protocol::messages::incremental_alter_configs_response::AlterConfigsResourceResponse as IncrementalResponse;
use kafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::definitions::Kind;
use super::{BROKER_LOGGER, MIN_IN_SYNC_REPLICAS, Resource, Stored, definitions, java_order, validate};
use crate::sandbox::broker::{Broker, Call, NODE_ID};
use crate::sandbox::error::{Refusal, code_of};
use crate::sandbox::topics::names;

// What is done with a value (`AlterConfigOp.OpType`).
pub const SET: i8 = 0;
pub const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

/// The longest value, in UTF-16 units.
const MAX_VALUE: usize = 32767;

/// One change of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    pub key: String,
    pub what: i8,
    pub value: Option<String>,
}

/// All changes of one resource.
struct Change {
    kind: i8,
    name: String,
    ops: Vec<Op>,
    /// Whether what is not named is forgotten, as AlterConfigs does.
    whole: bool,
}

/// Answers an AlterConfigs request.
pub fn legacy(broker: &mut Broker, _: &Call, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let changes = request.resources.iter().map(|resource| {
        let ops = resource.configs.iter().map(|config| op(&config.name, SET, config.value.as_ref())).collect();
        Change { kind: resource.resource_type, name: resource.resource_name.to_string(), ops, whole: true }
    });
    let told = told(broker, changes.collect(), request.validate_only).map(|told| {
        AlterConfigsResourceResponse::default()
            .with_error_code(told.code)
            .with_error_message(told.message)
            .with_resource_type(told.kind)
            .with_resource_name(told.name)
    });
    AlterConfigsResponse::default().with_responses(told.collect())
}

/// Answers an IncrementalAlterConfigs request.
pub fn incremental(broker: &mut Broker, _: &Call, request: IncrementalAlterConfigsRequest) -> IncrementalAlterConfigsResponse {
    let changes = request.resources.iter().map(|resource| {
        let ops = resource.configs.iter().map(|config| op(&config.name, config.config_operation, config.value.as_ref())).collect();
        Change { kind: resource.resource_type, name: resource.resource_name.to_string(), ops, whole: false }
    });
    let told = told(broker, changes.collect(), request.validate_only).map(|told| {
        IncrementalResponse::default()
            .with_error_code(told.code)
            .with_error_message(told.message)
            .with_resource_type(told.kind)
            .with_resource_name(told.name)
    });
    IncrementalAlterConfigsResponse::default().with_responses(told.collect())
}

/// What is told of one resource.
struct Told {
    kind: i8,
    name: StrBytes,
    code: i16,
    message: Option<StrBytes>,
}

fn told(broker: &mut Broker, changes: Vec<Change>, validate_only: bool) -> impl Iterator<Item = Told> {
    outcomes(broker, &changes, validate_only).into_iter().zip(changes).map(|(outcome, change)| Told {
        kind: change.kind,
        name: StrBytes::from_string(change.name),
        code: code_of(&outcome),
        message: outcome.err().and_then(|refusal| refusal.text()),
    })
}

fn op(key: &StrBytes, what: i8, value: Option<&StrBytes>) -> Op {
    Op { key: key.to_string(), what, value: value.map(ToString::to_string) }
}

/// Makes the changes, each resource's all or none of them.
fn outcomes(broker: &mut Broker, changes: &[Change], validate_only: bool) -> Vec<Result<(), Refusal>> {
    let mut times = std::collections::HashMap::new();
    for change in changes {
        *times.entry((change.kind, change.name.as_str())).or_insert(0_usize) += 1;
    }
    let one = |change: &Change| match times.get(&(change.kind, change.name.as_str())) {
        Some(1) => outcome(broker, change, validate_only),
        _ => Err(invalid_request("Each resource must appear at most once.")),
    };
    changes.iter().map(one).collect()
}

fn outcome(broker: &mut Broker, change: &Change, validate_only: bool) -> Result<(), Refusal> {
    let mut keys: Vec<&str> = change.ops.iter().map(|op| op.key.as_str()).collect();
    keys.sort_unstable();
    if keys.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(invalid_request("Error due to duplicate config keys"));
    }
    let nulls: Vec<&str> = change.ops.iter().filter(|op| op.what != DELETE && op.value.is_none()).map(|op| op.key.as_str()).collect();
    if !nulls.is_empty() {
        return Err(invalid_request(format!("Null value not supported for : {}", nulls.join(", "))));
    }
    let Some(resource) = Resource::of(change.kind) else {
        if change.kind == BROKER_LOGGER && !change.whole {
            return broker.configs.loggers.alter(&change.name, &change.ops, validate_only);
        }
        return Err(invalid_request(format!("Unknown resource type {}", change.kind)));
    };
    let stored = broker.configs.stored(resource, &change.name).cloned().unwrap_or_default();
    if resource == Resource::Broker {
        if !change.name.is_empty() {
            is_this_broker(&change.name)?;
        }
        let proposed = proposed_for_broker(&stored, change)?;
        validate::broker(&broker.configs, &proposed, !change.name.is_empty())?;
    }
    let wanted = changed(resource, &stored, change)?;
    if resource == Resource::Broker {
        min_isr_may_change(change, &stored, &wanted)?;
    }
    match resource {
        Resource::Topic if change.name.is_empty() => return Err(invalid_request("Default topic resources are not allowed.")),
        Resource::Topic => {
            names::check(&change.name)?;
            validate::topic(&broker.configs, &wanted)?;
            if broker.topics.get(&change.name).is_none() {
                let message = format!("The topic '{}' does not exist.", change.name);
                return Err(Refusal::saying(ResponseError::UnknownTopicOrPartition, message));
            }
        }
        Resource::Broker => (),
        Resource::ClientMetrics if change.name.is_empty() => return Err(invalid_request("Subscription name can't be empty")),
        Resource::ClientMetrics => validate::client_metrics(&wanted)?,
        Resource::Group if change.name.is_empty() => return Err(invalid_request("Default group resources are not allowed.")),
        Resource::Group => validate::group(&broker.configs, &wanted)?,
    }
    if validate_only {
        return Ok(());
    }
    broker.configs.store(resource, &change.name, wanted)
}

fn is_this_broker(name: &str) -> Result<(), Refusal> {
    match name.parse::<i32>() {
        Ok(NODE_ID) => Ok(()),
        Ok(_) => Err(invalid_request(format!("Unexpected broker id, expected {NODE_ID}, but received {name}"))),
        Err(_) => Err(invalid_request(format!("Node id must be an integer, but it is: {name}"))),
    }
}

/// What the broker looks at before it hands a change of brokers' configs on.
fn proposed_for_broker(stored: &Stored, change: &Change) -> Result<Stored, Refusal> {
    let mut proposed = if change.whole { Stored::new() } else { stored.clone() };
    for Op { key, what: op, value } in &change.ops {
        let value = value.as_deref().unwrap_or_default();
        match *op {
            SET => drop(proposed.insert(key.clone(), value.to_owned())),
            DELETE => drop(proposed.remove(key)),
            APPEND | SUBTRACT => {
                let verb = if *op == APPEND { "append" } else { "subtract" };
                let invalid = |message| Err(Refusal::saying(ResponseError::InvalidConfig, message));
                match definitions::broker().get(key).filter(|definition| !(definition.hidden && definition.is_dynamic())) {
                    None => return invalid(format!("Unknown config name: {key}")),
                    Some(definition) if definition.kind != Kind::List => {
                        return invalid(format!("Config value {verb} is not allowed for config key: {key}"));
                    }
                    Some(definition) => {
                        let old = proposed.get(key).map_or(definition.default, |old| Some(old.as_str()));
                        let new = with_parts(old, *op, value);
                        proposed.insert(key.clone(), new);
                    }
                }
            }
            other => return Err(invalid_request(format!("Unknown operations type {other}"))),
        }
    }
    Ok(proposed)
}

/// What is stored once the changes are made.
fn changed(resource: Resource, stored: &Stored, change: &Change) -> Result<Stored, Refusal> {
    let mut wanted = if change.whole { Stored::new() } else { stored.clone() };
    for key in java_order::sorted(change.ops.iter().map(|op| op.key.as_str())) {
        let Some(Op { what: op, value, .. }) = change.ops.iter().find(|op| op.key == key) else { continue };
        let value = value.as_deref().unwrap_or_default();
        let new = match *op {
            SET => value.to_owned(),
            DELETE => {
                wanted.remove(key);
                continue;
            }
            APPEND | SUBTRACT => {
                let splittable = matches!(resource, Resource::Topic | Resource::Broker);
                let definition = resource.definitions().get(key).filter(|definition| splittable && definition.kind == Kind::List);
                let Some(definition) = definition else {
                    let verb = if *op == APPEND { "APPEND" } else { "SUBTRACT" };
                    let message = format!("Can't {verb} to key {key} because its type is not LIST.");
                    return Err(Refusal::saying(ResponseError::InvalidConfig, message));
                };
                with_parts(stored.get(key).map_or(definition.default, |old| Some(old.as_str())), *op, value)
            }
            // The broker of the reference release fails here, without a word about it.
            _ => return Err(Refusal::bare(ResponseError::UnknownServerError)),
        };
        if new.encode_utf16().count() > MAX_VALUE {
            let message =
                format!("The configuration value cannot be added because it exceeds the maximum value size of {MAX_VALUE} bytes.");
            return Err(Refusal::saying(ResponseError::InvalidConfig, message));
        }
        wanted.insert(key.to_owned(), new);
    }
    Ok(wanted)
}

/// A list with elements put to it that it does not have, or taken out of it.
fn with_parts(old: Option<&str>, op: i8, parts: &str) -> String {
    let mut list: Vec<&str> = old.unwrap_or_default().split(',').filter(|part| !part.is_empty()).collect();
    for part in parts.split(',') {
        let place = list.iter().position(|other| *other == part);
        match place {
            None if op == APPEND => list.push(part),
            Some(place) if op == SUBTRACT => drop(list.remove(place)),
            _ => (),
        }
    }
    list.join(",")
}

/// Eligible leader replicas (KIP-966) want one `min.insync.replicas` for all brokers, and no broker to have its own.
fn min_isr_may_change(change: &Change, stored: &Stored, wanted: &Stored) -> Result<(), Refusal> {
    let named = change.ops.iter().any(|op| op.key == MIN_IN_SYNC_REPLICAS) || change.whole && stored.contains_key(MIN_IN_SYNC_REPLICAS);
    let message = match (change.name.is_empty(), wanted.contains_key(MIN_IN_SYNC_REPLICAS)) {
        (false, _) if named => format!("Broker-level {MIN_IN_SYNC_REPLICAS} cannot be altered while ELR is enabled."),
        (true, false) if named => format!("Cluster-level {MIN_IN_SYNC_REPLICAS} cannot be removed while ELR is enabled."),
        _ => return Ok(()),
    };
    Err(Refusal::saying(ResponseError::InvalidConfig, message))
}

fn invalid_request(message: impl Into<String>) -> Refusal {
    Refusal::saying(ResponseError::InvalidRequest, message)
}
