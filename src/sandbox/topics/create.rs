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
const MOST_PARTITIONS: usize = 10_000;

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
    broker.topics.check_room(partitions)?;
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
    if wanted.iter().map(|topic| asked_for(topic, default)).fold(0, usize::saturating_add) > MOST_PARTITIONS {
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
            Ok(plan) => store(broker, &topic.name, &plan).map(|()| plan),
            refused => refused,
        };
        match plan {
            Ok(plan) => created(broker, &topic.name, &plan),
            Err(refusal) => refused(&topic.name, &refusal),
        }
    });
    let results = results.collect();
    broker.changed.notify_waiters();
    Ok(results)
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

/// Makes a topic that is checked.
fn store(broker: &mut Broker, name: &str, plan: &Plan) -> Result<(), Refusal> {
    for (key, value) in &plan.configs {
        if let Err(refusal) = broker.configs.set_topic(name, key, value) {
            broker.configs.forget_topic(name);
            return Err(refusal);
        }
    }
    broker.topics.insert(name, plan.partitions);
    Ok(())
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
mod tests {
    use kafka_protocol::messages::BrokerId;
    use kafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopicConfig};

    use super::*;
    use crate::sandbox::topics::testing::{broker, call, said};

    fn topic(name: &str, partitions: i32, factor: i16) -> CreatableTopic {
        CreatableTopic::default().with_name(super::super::name(name)).with_num_partitions(partitions).with_replication_factor(factor)
    }

    fn assigned(name: &str, assignments: &[(i32, &[i32])]) -> CreatableTopic {
        let one = |(index, brokers): &(i32, &[i32])| {
            let brokers = brokers.iter().map(|id| BrokerId(*id)).collect();
            CreatableReplicaAssignment::default().with_partition_index(*index).with_broker_ids(brokers)
        };
        topic(name, -1, -1).with_assignments(assignments.iter().map(one).collect())
    }

    fn with_config(topic: CreatableTopic, configs: &[(&str, Option<&str>)]) -> CreatableTopic {
        let text = |text: &str| StrBytes::from_string(text.to_owned());
        let one = |(name, value): &(&str, Option<&str>)| CreatableTopicConfig::default().with_name(text(name)).with_value(value.map(text));
        topic.with_configs(configs.iter().map(one).collect())
    }

    /// Code and message of each topic.
    fn outcomes(broker: &mut Broker, topics: Vec<CreatableTopic>) -> Vec<(String, i16, Option<String>)> {
        let request = CreateTopicsRequest::default().with_topics(topics);
        let response = answer(broker, &call(7), request);
        response.topics.into_iter().map(|topic| (topic.name.to_string(), topic.error_code, said(topic.error_message))).collect()
    }

    /// Code and message of a request for one topic.
    fn outcome(broker: &mut Broker, topic: CreatableTopic) -> (i16, String) {
        let mut outcomes = outcomes(broker, vec![topic]);
        let (_, code, message) = outcomes.remove(0);
        (code, message.unwrap_or_default())
    }

    #[test]
    fn a_topic_is_made_with_its_configs() {
        let mut broker = broker();
        let wanted = with_config(topic("orders", 3, 1), &[("retention.ms", Some("1000"))]);
        let request = CreateTopicsRequest::default().with_topics(vec![wanted]);
        let response = answer(&mut broker, &call(7), request);
        let made = &response.topics[0];
        assert_eq!((made.error_code, made.num_partitions, made.replication_factor), (0, 3, 1));
        assert_eq!(broker.topics.get("orders").map(|topic| (topic.id, topic.partitions.len())), Some((made.topic_id, 3)));
        let configs = made.configs.as_ref().unwrap();
        let retention = configs.iter().find(|config| config.name.as_str() == "retention.ms").unwrap();
        assert_eq!((retention.value.as_ref().unwrap().as_str(), retention.config_source), ("1000", 1));
        assert_eq!(broker.configs.topic("orders", "retention.ms"), "1000");
    }

    #[test]
    fn what_is_only_checked_is_not_made() {
        let mut broker = broker();
        let wanted = with_config(topic("orders", 3, 1), &[("retention.ms", Some("1000"))]);
        let request = CreateTopicsRequest::default().with_topics(vec![wanted]).with_validate_only(true);
        let response = answer(&mut broker, &call(7), request);
        assert_eq!((response.topics[0].error_code, response.topics[0].num_partitions), (0, 3));
        assert!(broker.topics.get("orders").is_none());
        assert_ne!(broker.configs.topic("orders", "retention.ms"), "1000");
    }

    #[test]
    fn defaults_are_the_brokers() {
        let mut broker = broker();
        assert_eq!(outcome(&mut broker, topic("t", -1, -1)).0, 0);
        assert_eq!(broker.topics.get("t").map(|topic| topic.partitions.len()), Some(1));
    }

    #[test]
    fn refusals_of_numbers() {
        let mut broker = broker();
        let factor = "Replication factor must be larger than 0, or -1 to use the default value.";
        assert_eq!(outcome(&mut broker, topic("t", 1, 0)), (38, factor.into()));
        assert_eq!(outcome(&mut broker, topic("t", 1, -2)), (38, factor.into()));
        let partitions = "Number of partitions was set to an invalid non-positive value.";
        assert_eq!(outcome(&mut broker, topic("t", 0, 1)), (37, partitions.into()));
        assert_eq!(outcome(&mut broker, topic("t", -2, 1)), (37, partitions.into()));
        // The number of partitions is looked at before the brokers are counted.
        assert_eq!(outcome(&mut broker, topic("t", 0, 3)), (37, partitions.into()));
        let brokers = "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only \
                       1 broker(s) are registered or some brokers have all their log directories cordoned.";
        assert_eq!(outcome(&mut broker, topic("t", 1, 3)), (38, brokers.into()));
        let many = "Excessively large number of partitions per request.";
        assert_eq!(outcome(&mut broker, topic("t", 10_001, 1)), (44, many.into()));
        let large = "Unable to perform excessively large batch operation.";
        assert_eq!(outcome(&mut broker, topic("t", 10_000, 1)), (44, large.into()));
        assert_eq!(outcome(&mut broker, topic("t", 9_999, 1)).0, 0);
    }

    #[test]
    fn refusals_of_names() {
        let mut broker = broker();
        assert_eq!(outcome(&mut broker, topic("a.b", 1, 1)).0, 0);
        assert_eq!(outcome(&mut broker, topic("a.b", 1, 1)), (36, "Topic 'a.b' already exists.".into()));
        assert_eq!(outcome(&mut broker, topic("a_b", 1, 1)), (17, "Topic 'a_b' collides with existing topic: a.b".into()));
        let slash = "Topic name is invalid: 'a/b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'";
        assert_eq!(outcome(&mut broker, topic("a/b", 1, 1)), (17, slash.into()));
        let own = "Creation of internal topic __cluster_metadata is prohibited.";
        assert_eq!(outcome(&mut broker, topic("__cluster_metadata", 1, 1)), (42, own.into()));
    }

    #[test]
    fn the_same_name_twice_is_made_no_time() {
        let mut broker = broker();
        let asked = vec![topic("a", 1, 1), topic("b", 1, 1), topic("a", 2, 1)];
        let twice = Some("Duplicate topic name.".to_owned());
        assert_eq!(outcomes(&mut broker, asked), [("b".into(), 0, None), ("a".into(), 42, twice)]);
        assert!(broker.topics.get("a").is_none());
    }

    #[test]
    fn two_new_topics_may_collide_with_each_other() {
        let mut broker = broker();
        let codes: Vec<i16> = outcomes(&mut broker, vec![topic("a.b", 1, 1), topic("a_b", 1, 1)]).iter().map(|one| one.1).collect();
        assert_eq!(codes, [0, 0]);
    }

    #[test]
    fn refusals_of_assignments() {
        let mut broker = broker();
        let by_hand = |index| assigned("t", &[(index, &[1])]);
        let factor = "A manual partition assignment was specified, but replication factor was not set to -1.";
        assert_eq!(outcome(&mut broker, by_hand(0).with_replication_factor(1)), (42, factor.into()));
        let number = "A manual partition assignment was specified, but numPartitions was not set to -1.";
        assert_eq!(outcome(&mut broker, by_hand(0).with_num_partitions(1)), (42, number.into()));
        let multiple = "Found multiple manual partition assignments for partition 0";
        assert_eq!(outcome(&mut broker, assigned("t", &[(0, &[1]), (0, &[1])])), (39, multiple.into()));
        let sequence = "partitions should be a consecutive 0-based integer sequence";
        assert_eq!(outcome(&mut broker, by_hand(1)), (39, sequence.into()));
        let unknown = "The manual partition assignment includes broker 2, but no such broker is registered.";
        assert_eq!(outcome(&mut broker, assigned("t", &[(0, &[1, 2])])), (39, unknown.into()));
        assert_eq!(outcome(&mut broker, assigned("t", &[(1, &[1]), (0, &[1])])).0, 0);
        assert_eq!(broker.topics.get("t").map(|topic| topic.partitions.len()), Some(2));
    }

    #[test]
    fn refusals_of_configs() {
        let mut broker = broker();
        let null = with_config(topic("t", 1, 1), &[("retention.ms", None), ("x", None)]);
        assert_eq!(outcome(&mut broker, null), (40, "Null value not supported for topic configs: retention.ms,x".into()));
        let unknown = with_config(topic("t", 1, 1), &[("x.y", Some("1"))]);
        assert_eq!(outcome(&mut broker, unknown), (40, "Unknown topic config name: x.y".into()));
        // The last of two values is the one that holds.
        let twice = with_config(topic("t", 1, 1), &[("retention.ms", Some("x")), ("retention.ms", Some("7"))]);
        assert_eq!(outcome(&mut broker, twice).0, 0);
        assert_eq!(broker.configs.topic("t", "retention.ms"), "7");
    }

    #[test]
    fn the_sandbox_holds_so_many_partitions_and_no_more() {
        let mut broker = broker();
        for number in 0..10 {
            assert_eq!(outcome(&mut broker, topic(&format!("t{number}"), 9_990, 1)).0, 0);
        }
        let full = "The sandbox holds up to 100000 partitions; 99900 are there, and 101 more were asked for.";
        assert_eq!(outcome(&mut broker, topic("more", 101, 1)), (44, full.into()));
        assert_eq!(simply(&mut broker, "more", Some(101)).unwrap_err().message.as_deref(), Some(full));
        assert_eq!(outcome(&mut broker, topic("more", 100, 1)).0, 0);
        broker.topics.remove("more");
        assert_eq!(simply(&mut broker, "more", Some(100)), Ok(()));
    }
}
