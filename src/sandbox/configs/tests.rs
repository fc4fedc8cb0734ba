//! Configs as a client sees them, and as the other parts of the broker read them.

use kafka_protocol::messages::alter_configs_request::{AlterConfigsResource as Whole, AlterableConfig as Entry};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::{AlterConfigsRequest, DescribeConfigsRequest, IncrementalAlterConfigsRequest, ListConfigResourcesRequest};
use kafka_protocol::protocol::StrBytes;

use super::*;
use crate::sandbox::broker::{Broker, Call, Shared};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;

fn broker() -> Broker {
    let shared = Shared::new(SocketAddr::from(([127, 0, 0, 1], 9092)), 1 << 20, Box::new(|_| ()));
    let mut broker = shared.broker.into_inner();
    broker.topics.insert("orders", 1);
    broker
}

fn call(version: i16) -> Call {
    Call { key: 0, version, client_id: String::new(), client_host: String::new(), now: 0 }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Changes one resource; the code and the sentence of the answer.
fn alter(broker: &mut Broker, kind: i8, name: &str, ops: &[(&str, i8, Option<&str>)]) -> (i16, Option<String>) {
    let op = |(key, op, value): &(&str, i8, Option<&str>)| {
        AlterableConfig::default().with_name(text(key)).with_config_operation(*op).with_value(value.map(text))
    };
    let resource = AlterConfigsResource::default().with_resource_type(kind).with_resource_name(text(name));
    let resources = vec![resource.with_configs(ops.iter().map(op).collect())];
    let answer = incremental(broker, &call(1), IncrementalAlterConfigsRequest::default().with_resources(resources));
    let answer = answer.responses.into_iter().next().unwrap();
    (answer.error_code, answer.error_message.map(|message| message.to_string()))
}

fn set(broker: &mut Broker, kind: i8, name: &str, key: &str, value: &str) -> (i16, Option<String>) {
    alter(broker, kind, name, &[(key, 0, Some(value))])
}

fn refused(code: i16, message: &str) -> (i16, Option<String>) {
    (code, Some(message.to_owned()))
}

/// One config as it is told: value, source, and the synonyms' sources, names and values.
fn told(broker: &mut Broker, kind: i8, name: &str, key: &str) -> String {
    let resource = DescribeConfigsResource::default().with_resource_type(kind).with_resource_name(text(name));
    let resource = resource.with_configuration_keys(Some(vec![text(key)]));
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
    let answer = describe(broker, &call(4), request).results.remove(0);
    let Some(config) = answer.configs.first() else { return format!("{}", answer.error_code) };
    let synonyms = config
        .synonyms
        .iter()
        .map(|synonym| format!("{}:{}={}", synonym.source, &*synonym.name, synonym.value.as_deref().unwrap_or("null")));
    format!("{} {} {:?}", config.value.as_deref().unwrap_or("null"), config.config_source, synonyms.collect::<Vec<_>>())
}

#[test]
fn a_topic_has_its_own_values_or_the_brokers() {
    let mut broker = broker();
    assert_eq!(told(&mut broker, TOPIC, "orders", "retention.ms"), "604800000 5 []");
    assert_eq!(told(&mut broker, TOPIC, "orders", "min.insync.replicas"), r#"1 3 ["3:min.insync.replicas=1", "5:min.insync.replicas=1"]"#);
    assert_eq!(set(&mut broker, BROKER, "", "log.retention.ms", "2000"), (0, None));
    assert_eq!(told(&mut broker, TOPIC, "orders", "retention.ms"), r#"2000 3 ["3:log.retention.ms=2000", "5:log.retention.hours=168"]"#);
    assert_eq!(set(&mut broker, BROKER, "1", "log.retention.ms", "3000"), (0, None));
    assert_eq!(set(&mut broker, TOPIC, "orders", "retention.ms", " 5"), (0, None));
    let all = r#"5 1 ["1:retention.ms=5", "2:log.retention.ms=3000", "3:log.retention.ms=2000", "5:log.retention.hours=168"]"#;
    assert_eq!(told(&mut broker, TOPIC, "orders", "retention.ms"), all);
    assert_eq!(broker.configs.topic_i64("orders", "retention.ms"), 5);
    assert_eq!(broker.configs.topic_i64("other", "retention.ms"), 3000);
    assert_eq!(told(&mut broker, TOPIC, "other", "retention.ms"), "3");
}

#[test]
fn the_brokers_own_values() {
    let mut broker = broker();
    let listeners = r#"PLAINTEXT://127.0.0.1:9092 4 ["4:listeners=PLAINTEXT://127.0.0.1:9092", "5:listeners=PLAINTEXT://:9092"]"#;
    assert_eq!(told(&mut broker, BROKER, "1", "listeners"), listeners);
    let configs = &broker.configs;
    assert_eq!(configs.broker_i64("num.partitions"), 1);
    assert_eq!(configs.broker_i64("offsets.topic.num.partitions"), 50);
    assert_eq!(configs.broker_i64("group.initial.rebalance.delay.ms"), 0);
    assert_eq!(configs.broker_i64("message.max.bytes"), 1_048_588);
    assert!(configs.broker_bool("auto.create.topics.enable"));
    assert_eq!(configs.topic("t", "cleanup.policy"), "delete");
    assert_eq!(configs.topic_i64("t", "message.timestamp.before.max.ms"), i64::MAX);
    assert_eq!(configs.group_i64("g", "consumer.session.timeout.ms"), 45_000);
    assert_eq!(configs.broker("log.roll.ms"), None);
}

#[test]
fn what_nobody_knows_is_stored_for_a_broker_and_never_told() {
    let mut broker = broker();
    assert_eq!(set(&mut broker, BROKER, "1", "my.own", "secret"), (0, None));
    assert_eq!(told(&mut broker, BROKER, "1", "my.own"), r#"null 2 ["2:my.own=null"]"#);
    assert_eq!(set(&mut broker, TOPIC, "orders", "my.own", "1"), refused(40, "Unknown topic config name: my.own"));
    assert_eq!(set(&mut broker, GROUP, "g", "my.own", "1"), refused(40, "Unknown group config name: my.own"));
    assert_eq!(set(&mut broker, CLIENT_METRICS, "m", "my.own", "1"), refused(42, "Unknown client metrics configuration: my.own"));
}

#[test]
fn topics_are_refused_in_the_brokers_words() {
    let mut broker = broker();
    let mut refuse = |name: &str, key: &str, value: &str, code, why: &str| {
        assert_eq!(set(&mut broker, TOPIC, name, key, value), refused(code, why));
    };
    refuse("orders", "retention.ms", "x", 40, "Invalid value x for configuration retention.ms: Not a number of type LONG");
    refuse("gone", "retention.ms", "1", 3, "The topic 'gone' does not exist.");
    refuse("gone", "retention.ms", "-7", 40, "Invalid value -7 for configuration retention.ms: Value must be at least -1");
    refuse("", "retention.ms", "1", 42, "Default topic resources are not allowed.");
    refuse("orders", "max.compaction.lag.ms", "0", 40, "Invalid value 0 for configuration max.compaction.lag.ms: Value must be at least 1");
    let tiered = "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
    refuse("orders", "remote.storage.enable", "true", 40, tiered);
    let lags = [("min.compaction.lag.ms", 0, Some("10")), ("max.compaction.lag.ms", 0, Some("5"))];
    let conflict = "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)";
    assert_eq!(alter(&mut broker, TOPIC, "orders", &lags), refused(40, conflict));
    let too_long = "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.";
    assert_eq!(set(&mut broker, TOPIC, "orders", "compression.type", &"x".repeat(32768)), refused(40, too_long));
}

#[test]
fn requests_that_make_no_sense() {
    let mut broker = broker();
    let twice = [("flush.ms", 0, Some("1")), ("flush.ms", 0, Some("2"))];
    assert_eq!(alter(&mut broker, TOPIC, "orders", &twice), refused(42, "Error due to duplicate config keys"));
    let nulls = [("flush.ms", 0, None), ("retention.ms", 2, None), ("segment.ms", 1, None)];
    assert_eq!(alter(&mut broker, TOPIC, "orders", &nulls), refused(42, "Null value not supported for : flush.ms, retention.ms"));
    assert_eq!(set(&mut broker, 3, "x", "k", "v"), refused(42, "Unknown resource type 3"));
    assert_eq!(set(&mut broker, BROKER, "2", "k", "v"), refused(42, "Unexpected broker id, expected 1, but received 2"));
    assert_eq!(set(&mut broker, BROKER, "x", "k", "v"), refused(42, "Node id must be an integer, but it is: x"));
    let append = |key| [(key, 2, Some("1"))];
    let no_list = "Can't APPEND to key flush.ms because its type is not LIST.";
    assert_eq!(alter(&mut broker, TOPIC, "orders", &append("flush.ms")), refused(40, no_list));
    let no_list = "Config value append is not allowed for config key: num.io.threads";
    assert_eq!(alter(&mut broker, BROKER, "1", &append("num.io.threads")), refused(40, no_list));
    assert_eq!(alter(&mut broker, BROKER, "1", &append("nope")), refused(40, "Unknown config name: nope"));
    assert_eq!(set(&mut broker, BROKER_LOGGER, "1", "root", "LOUD").0, 40);
}

#[test]
fn brokers_are_refused_in_the_brokers_words() {
    let mut broker = broker();
    let mut refuse = |name: &str, key: &str, value: &str, code, why: &str| {
        assert_eq!(set(&mut broker, BROKER, name, key, value), refused(code, why));
    };
    refuse("1", "num.partitions", "3", 42, "Cannot update these configs dynamically: [num.partitions]");
    refuse("1", "log.retention.ms", "0", 42, "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
    refuse("1", "log.cleaner.threads", "0", 42, "/ by zero");
    refuse("1", "min.insync.replicas", "2", 40, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
    let listener = "These security configs can be dynamically updated only per-listener using the listener prefix: [ssl.keystore.location]";
    refuse("1", "ssl.keystore.location", "/x", 42, listener);
    let one = "Cannot update these configs at default cluster level, broker id must be specified: [listeners]";
    refuse("", "listeners", "PLAINTEXT://:1", 42, one);
    let threads = "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation failed for \
                   num.io.threads=1, value should be at least half the current value 8 for configuration Invalid dynamic configuration";
    refuse("1", "num.io.threads", "1", 42, threads);
    let removed = [("min.insync.replicas", 1, None)];
    let kept = "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.";
    assert_eq!(alter(&mut broker, BROKER, "", &removed), refused(40, kept));
}

#[test]
fn lists_grow_and_shrink() {
    let mut broker = broker();
    assert_eq!(alter(&mut broker, TOPIC, "orders", &[("cleanup.policy", 2, Some("compact"))]), (0, None));
    assert_eq!(broker.configs.topic("orders", "cleanup.policy"), "delete,compact");
    assert_eq!(alter(&mut broker, TOPIC, "orders", &[("cleanup.policy", 3, Some("delete"))]), (0, None));
    assert_eq!(broker.configs.topic("orders", "cleanup.policy"), "compact");
    assert_eq!(alter(&mut broker, TOPIC, "orders", &[("cleanup.policy", 1, None)]), (0, None));
    assert_eq!(broker.configs.topic("orders", "cleanup.policy"), "delete");
    assert!(broker.configs.topics.is_empty() && broker.configs.bytes == 0);
}

#[test]
fn alter_configs_forgets_what_it_does_not_name() {
    let mut broker = broker();
    let mut whole = |key: &str, value: &str, validate_only| {
        let entry = Entry::default().with_name(text(key)).with_value(Some(text(value)));
        let resource = Whole::default().with_resource_type(TOPIC).with_resource_name(text("orders")).with_configs(vec![entry]);
        let request = AlterConfigsRequest::default().with_resources(vec![resource]).with_validate_only(validate_only);
        assert_eq!(legacy(&mut broker, &call(2), request).responses[0].error_code, 0);
        broker.configs.topics.get("orders").cloned().unwrap_or_default()
    };
    let stored = |key: &str, value: &str| Stored::from([(key.to_owned(), value.to_owned())]);
    assert_eq!(whole("flush.ms", "5", true), Stored::new());
    assert_eq!(whole("flush.ms", "5", false), stored("flush.ms", "5"));
    assert_eq!(whole("segment.ms", "6", false), stored("segment.ms", "6"));
}

#[test]
fn groups_have_bounds() {
    let mut broker = broker();
    let low = "consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms";
    assert_eq!(set(&mut broker, GROUP, "g", "consumer.session.timeout.ms", "70000"), refused(40, low));
    assert_eq!(set(&mut broker, GROUP, "g", "consumer.session.timeout.ms", "50000"), (0, None));
    let synonyms = r#"50000 8 ["8:consumer.session.timeout.ms=50000", "5:group.consumer.session.timeout.ms=45000"]"#;
    assert_eq!(told(&mut broker, GROUP, "g", "consumer.session.timeout.ms"), synonyms);
    assert_eq!(broker.configs.group_i64("g", "consumer.session.timeout.ms"), 50_000);
}

#[test]
fn resources_are_listed() {
    let mut broker = broker();
    assert_eq!(set(&mut broker, CLIENT_METRICS, "m", "interval.ms", "100"), (0, None));
    let mut names = |version, types: Vec<i8>| {
        let answer = list(&mut broker, &call(version), ListConfigResourcesRequest::default().with_resource_types(types));
        let resources = answer.config_resources.iter().map(|resource| format!("{}:{}", resource.resource_type, &*resource.resource_name));
        (answer.error_code, resources.collect::<Vec<_>>())
    };
    assert_eq!(names(1, vec![]), (0, ["16:m", "8:1", "4:1", "2:orders"].map(str::to_owned).to_vec()));
    assert_eq!(names(1, vec![TOPIC]), (0, vec!["2:orders".to_owned()]));
    assert_eq!(names(1, vec![3]), (35, vec![]));
    assert_eq!(names(0, vec![]).1.len(), 1);
}

#[test]
fn a_new_topic_is_described_in_the_order_of_names() {
    let mut broker = broker();
    broker.configs.set_topic("new", "retention.ms", "+7").unwrap();
    let rows = broker.configs.describe_topic_with(&broker.configs.topics["new"]);
    assert_eq!(rows.len(), 33);
    assert!(rows.is_sorted_by(|one, other| one.name < other.name));
    let row = |name: &str| rows.iter().find(|row| row.name == name).map(|row| (row.value.clone().unwrap(), row.source)).unwrap();
    assert_eq!(row("retention.ms"), ("+7".into(), 1));
    assert_eq!(row("min.insync.replicas"), ("1".into(), 3));
    assert_eq!(row("segment.ms"), ("604800000".into(), 5));
    broker.configs.forget_topic("new");
    assert_eq!(broker.configs.topic_i64("new", "retention.ms"), 604_800_000);
}

#[test]
fn loggers_have_the_level_of_the_next_one_above() {
    let mut broker = broker();
    assert_eq!(told(&mut broker, BROKER_LOGGER, "1", "root"), "INFO 6 []");
    assert_eq!(set(&mut broker, BROKER_LOGGER, "1", "root", "WARN"), (0, None));
    assert_eq!(set(&mut broker, BROKER_LOGGER, "1", "kafka.server.BrokerServer", "DEBUG"), (0, None));
    assert_eq!(told(&mut broker, BROKER_LOGGER, "1", "kafka.server.BrokerServer"), "DEBUG 6 []");
    assert_eq!(told(&mut broker, BROKER_LOGGER, "1", "kafka.server.ConfigHelper"), "WARN 6 []");
    let unset = [("root", 1, None)];
    let kept = "Removing the log level of the root logger is not allowed";
    assert_eq!(alter(&mut broker, BROKER_LOGGER, "1", &unset), refused(42, kept));
}

#[test]
fn there_is_an_end_to_what_is_stored() {
    let mut broker = broker();
    let long = "x".repeat(32_000);
    let outcomes = (0..600).map(|number| set(&mut broker, BROKER, "1", &format!("my.{number}"), &long));
    let first = outcomes.into_iter().find(|outcome| outcome.0 != 0);
    assert_eq!(first, Some(refused(44, "The sandbox stores up to 16777216 bytes of configs.")));
}

#[test]
fn a_resource_that_is_named_often_is_told_of_until_the_answer_is_large() {
    let mut broker = broker();
    let mut refused = |times| {
        let resource = DescribeConfigsResource::default().with_resource_type(BROKER).with_resource_name(text("1"));
        let request = DescribeConfigsRequest::default().with_resources(vec![resource.with_configuration_keys(None); times]);
        let results = describe(&mut broker, &call(4), request.with_include_synonyms(true)).results;
        assert_eq!(results.len(), times);
        assert!(results.iter().all(|result| result.configs.is_empty() == (result.error_code == ResponseError::PolicyViolation.code())));
        results.iter().filter(|result| result.error_code != 0).count()
    };
    // A broker answers repeats like any other.
    assert_eq!(refused(50), 0);
    assert!(refused(2_000) > 1_000);
}

#[test]
fn what_differs_from_a_broker_is_told() {
    let mut broker = broker();
    let interval = "consumer.heartbeat.interval.ms";
    assert_eq!(
        told(&mut broker, GROUP, "g", interval),
        r#"1000 4 ["4:group.consumer.heartbeat.interval.ms=1000", "5:group.consumer.heartbeat.interval.ms=5000"]"#
    );
    assert_eq!(set(&mut broker, GROUP, "g", interval, "5000"), (0, None));
    assert_eq!(broker.configs.group_i64("g", interval), 5000);
    for size in ["group.max.size", "group.consumer.max.size"] {
        assert_eq!(broker.configs.broker_i64(size), 1000);
    }
}
