//! Topics as clients have them made.

use kafka_protocol::messages::BrokerId;
use kafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopicConfig};

use super::*;
use crate::sandbox::topics::testing::{broker, call, said};

fn topic(name: &str, partitions: i32, factor: i16) -> CreatableTopic {
    CreatableTopic::default().with_name(crate::sandbox::topics::name(name)).with_num_partitions(partitions).with_replication_factor(factor)
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

#[test]
fn a_topic_that_cannot_have_its_configs_is_not_made() {
    let mut broker = broker();
    let mut wanted = Stored::from([("retention.ms".to_owned(), "1".to_owned()), ("x.y".to_owned(), "1".to_owned())]);
    assert!(make(&mut broker, "t", 1, &wanted).is_err());
    assert!(broker.topics.get("t").is_none());
    wanted.remove("x.y");
    assert_eq!(make(&mut broker, "t", 1, &wanted), Ok(()));
    assert_eq!(broker.configs.topic("t", "retention.ms"), "1");
}
