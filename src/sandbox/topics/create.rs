//! CreateTopics, and topics that are made without it (`ControllerApis`, `ReplicationControlManager`).

use std::collections::{HashMap, HashSet};

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::{names, place};
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::configs::{Row, Stored};
use crate::sandbox::error::Refusal;

/// The topic in which a cluster keeps its own state, and which clients do not see.
const CLUSTER_METADATA: &str = "__cluster_metadata";

/// The most partitions that one request may ask for.
const MOST_AT_ONCE: usize = 10_000;

/// A topic that can be made.
struct Plan {
    partitions: usize,
    configs: Stored,
}

/// Makes a topic that the sandbox is started with, or that a client's first use creates (`auto.create.topics.enable`).
///
/// # Errors
/// Why a broker would refuse it.
pub fn simply(broker: &mut Broker, name: &str, partitions: Option<i32>) -> Result<(), Refusal> {
    check_name(broker, name)?;
    let partitions = number_of_partitions(broker, partitions.unwrap_or(-1))?;
    make(broker, name, partitions, &Stored::new())
}

/// Makes a topic with configs, of which all is checked but whether there is room for it.
///
/// # Errors
/// That there is none.
pub fn make(broker: &mut Broker, name: &str, partitions: usize, configs: &Stored) -> Result<(), Refusal> {
    broker.topics.check_room(partitions)?;
    for (key, value) in configs {
        if let Err(refusal) = broker.configs.set_topic(name, key, value) {
            broker.configs.forget_topic(name);
            return Err(refusal);
        }
    }
    broker.topics.insert(name, partitions);
    broker.changed.notify_waiters();
    Ok(())
}

/// Answers a CreateTopics request.
pub fn answer(broker: &mut Broker, _: &Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let mut count: HashMap<&TopicName, usize> = HashMap::new();
    for topic in &request.topics {
        *count.entry(&topic.name).or_default() += 1;
    }
    let alone = |topic: &&CreatableTopic| count.get(&topic.name) == Some(&1);
    let wanted: Vec<&CreatableTopic> =
        request.topics.iter().filter(alone).filter(|topic| topic.name.as_str() != CLUSTER_METADATA).collect();
    let mut results = match create(broker, &wanted, request.validate_only) {
        Ok(results) => results,
        // What is too much as a whole is refused for every topic that is named, however often.
        Err(refusal) => {
            let results = request.topics.iter().map(|topic| refused(&topic.name, &refusal));
            return CreateTopicsResponse::default().with_topics(results.collect());
        }
    };
    let mut told = HashSet::new();
    for topic in &request.topics {
        if alone(&topic) {
            continue;
        }
        if told.insert(&topic.name) {
            results.push(refused(&topic.name, &Refusal::saying(ResponseError::InvalidRequest, "Duplicate topic name.")));
        }
    }
    if count.contains_key(&super::name(CLUSTER_METADATA)) && !told.contains(&super::name(CLUSTER_METADATA)) {
        let message = format!("Creation of internal topic {CLUSTER_METADATA} is prohibited.");
        results.push(refused(&super::name(CLUSTER_METADATA), &Refusal::saying(ResponseError::InvalidRequest, message)));
    }
    CreateTopicsResponse::default().with_topics(results)
}

/// Makes those of the topics, all of different names, that can be made; none of them if only `validate_only`.
///
/// # Errors
/// That they are too many for one request, or for the sandbox.
fn create(broker: &mut Broker, wanted: &[&CreatableTopic], validate_only: bool) -> Result<Vec<CreatableTopicResult>, Refusal> {
    let default = number_of_partitions(broker, -1).unwrap_or_default();
    if wanted.iter().map(|topic| asked_for(topic, default)).fold(0, usize::saturating_add) > MOST_AT_ONCE {
        let message = "Excessively large number of partitions per request.";
        return Err(Refusal::saying(ResponseError::PolicyViolation, message));
    }
    // All are checked before any is made: two that collide with each other are both made, as by the controller.
    let plans: Vec<Result<Plan, Refusal>> = wanted.iter().map(|topic| plan(broker, topic)).collect();
    let possible = || plans.iter().flatten();
    let records = possible().map(|plan| 1 + plan.configs.len() + plan.partitions).fold(0, usize::saturating_add);
    if records > place::MOST_RECORDS {
        return Err(place::too_large());
    }
    if !validate_only {
        broker.topics.check_room(possible().map(|plan| plan.partitions).sum())?;
    }
    let results = wanted.iter().zip(plans).map(|(topic, plan)| {
        let plan = match plan {
            Ok(plan) if validate_only => Ok(plan),
            Ok(plan) => make(broker, &topic.name, plan.partitions, &plan.configs).map(|()| plan),
            refused => refused,
        };
        match plan {
            Ok(plan) => created(broker, &topic.name, &plan),
            Err(refusal) => refused(&topic.name, &refusal),
        }
    });
    Ok(results.collect())
}

/// How many partitions a topic is asked for with, whether it can be made or not.
fn asked_for(topic: &CreatableTopic, default: usize) -> usize {
    match (topic.assignments.len(), topic.num_partitions) {
        (0, -1) => default,
        (0, number) => usize::try_from(number).unwrap_or_default(),
        (assigned, _) => assigned,
    }
}

/// Checks all that is asked for of a topic.
fn plan(broker: &Broker, topic: &CreatableTopic) -> Result<Plan, Refusal> {
    check_name(broker, &topic.name)?;
    let without_value: Vec<&str> =
        topic.configs.iter().filter(|config| config.value.is_none()).map(|config| config.name.as_str()).collect();
    if !without_value.is_empty() {
        let message = format!("Null value not supported for topic configs: {}", without_value.join(","));
        return Err(Refusal::saying(ResponseError::InvalidConfig, message));
    }
    let config = |config: &kafka_protocol::messages::create_topics_request::CreatableTopicConfig| {
        Some((config.name.to_string(), config.value.as_ref()?.to_string()))
    };
    let configs: Stored = topic.configs.iter().filter_map(config).collect();
    if !configs.is_empty() {
        broker.configs.check_topic_configs(&configs)?;
    }
    let partitions = if topic.assignments.is_empty() {
        let factor = match topic.replication_factor {
            -1 => i16::try_from(broker.configs.broker_i64("default.replication.factor")).unwrap_or(i16::MAX),
            factor => factor,
        };
        if factor < 1 {
            let message = "Replication factor must be larger than 0, or -1 to use the default value.";
            return Err(Refusal::saying(ResponseError::InvalidReplicationFactor, message));
        }
        let partitions = number_of_partitions(broker, topic.num_partitions)?;
        place::automatically(factor)?;
        partitions
    } else {
        assigned(topic)?
    };
    Ok(Plan { partitions, configs })
}

/// The number of partitions of a topic whose replicas the client has placed.
fn assigned(topic: &CreatableTopic) -> Result<usize, Refusal> {
    let invalid = |message: &str| Err(Refusal::saying(ResponseError::InvalidRequest, message));
    if topic.replication_factor != -1 {
        return invalid("A manual partition assignment was specified, but replication factor was not set to -1.");
    }
    if topic.num_partitions != -1 {
        return invalid("A manual partition assignment was specified, but numPartitions was not set to -1.");
    }
    let mut indexes = HashSet::new();
    let mut factor = None;
    for assignment in &topic.assignments {
        if !indexes.insert(assignment.partition_index) {
            let message = format!("Found multiple manual partition assignments for partition {}", assignment.partition_index);
            return Err(Refusal::saying(ResponseError::InvalidReplicaAssignment, message));
        }
        place::by_hand(&assignment.broker_ids, factor)?;
        factor = Some(assignment.broker_ids.len());
    }
    if !(0..).take(indexes.len()).all(|index| indexes.contains(&index)) {
        let message = "partitions should be a consecutive 0-based integer sequence";
        return Err(Refusal::saying(ResponseError::InvalidReplicaAssignment, message));
    }
    Ok(indexes.len())
}

/// Whether a topic may have that name, beside those that there are.
fn check_name(broker: &Broker, name: &str) -> Result<(), Refusal> {
    if broker.topics.get(name).is_some() {
        return Err(Refusal::saying(ResponseError::TopicAlreadyExists, format!("Topic '{name}' already exists.")));
    }
    if let Some(other) = broker.topics.colliding(name) {
        let message = format!("Topic '{name}' collides with existing topic: {other}");
        return Err(Refusal::saying(ResponseError::InvalidTopicException, message));
    }
    names::check(name)
}

/// The number of partitions that a new topic gets if a client asks for `wanted` of them; -1 asks for `num.partitions`.
fn number_of_partitions(broker: &Broker, wanted: i32) -> Result<usize, Refusal> {
    let number = if wanted == -1 { broker.configs.broker_i64("num.partitions") } else { wanted.into() };
    let number = usize::try_from(number).ok().filter(|number| *number > 0);
    number
        .ok_or_else(|| Refusal::saying(ResponseError::InvalidPartitions, "Number of partitions was set to an invalid non-positive value."))
}

/// The answer for a topic that was made, or could be.
fn created(broker: &Broker, name: &TopicName, plan: &Plan) -> CreatableTopicResult {
    let config = |row: Row| {
        let text = StrBytes::from_string;
        let value = if row.sensitive { None } else { row.value };
        CreatableTopicConfigs::default()
            .with_name(text(row.name))
            .with_value(value.map(text))
            .with_read_only(row.read_only)
            .with_config_source(row.source)
            .with_is_sensitive(row.sensitive)
    };
    let configs = broker.configs.describe_topic_with(&plan.configs).into_iter().map(config).collect();
    // A topic that is only checked is told an id as well, which nothing will have.
    let id = broker.topics.get(name).map_or_else(uuid::Uuid::new_v4, |topic| topic.id);
    CreatableTopicResult::default()
        .with_name(name.clone())
        .with_topic_id(id)
        .with_error_message(None)
        .with_num_partitions(i32::try_from(plan.partitions).unwrap_or(i32::MAX))
        .with_replication_factor(place::BROKERS)
        .with_configs(Some(configs))
}

fn refused(name: &TopicName, refusal: &Refusal) -> CreatableTopicResult {
    CreatableTopicResult::default().with_name(name.clone()).with_error_code(refusal.code).with_error_message(refusal.text())
}

#[cfg(test)]
mod tests;
