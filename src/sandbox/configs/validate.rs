//! Which configs a resource could have together.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use super::definitions::{self, Definition, Definitions};
use super::describe::listeners_config;
use super::{Configs, Stored, java_order, value};
use crate::sandbox::broker::NODE_ID;
use crate::sandbox::error::Refusal;
use crate::sandbox::expression::is_expression;

/// Values as they are shown, by name.
type Read = BTreeMap<&'static str, String>;

/// Checks the configs of a topic (`LogConfig.validate`).
pub fn topic(configs: &Configs, wanted: &Stored) -> Result<(), Refusal> {
    known(definitions::topic(), wanted, |name| invalid(format!("Unknown topic config name: {name}")))?;
    let read = read_all(definitions::topic(), wanted).map_err(invalid)?;
    let number = |key: &str| {
        read.get(key).cloned().or_else(|| Some(configs.topic("", key))).and_then(|value| value.parse::<i64>().ok()).unwrap_or_default()
    };
    let (min, max) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"));
    if min > max {
        let message = format!("conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})");
        return Err(invalid(message));
    }
    if read.get("remote.storage.enable").is_some_and(|enabled| enabled == "true") {
        let message = "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
        return Err(invalid(message.to_owned()));
    }
    Ok(())
}

/// The configs of a group that have bounds among the broker's configs: the group's config, the broker's lower bound (empty
/// if there is none) and upper bound, and whether they count only if the group has a value of its own.
const BOUNDED: [(&str, &str, &str, bool); 13] = [
    ("consumer.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms", false),
    ("consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms", false),
    ("consumer.assignment.interval.ms", "group.consumer.min.assignment.interval.ms", "group.consumer.max.assignment.interval.ms", true),
    ("share.heartbeat.interval.ms", "group.share.min.heartbeat.interval.ms", "group.share.max.heartbeat.interval.ms", false),
    ("share.session.timeout.ms", "group.share.min.session.timeout.ms", "group.share.max.session.timeout.ms", false),
    ("share.record.lock.duration.ms", "group.share.min.record.lock.duration.ms", "group.share.max.record.lock.duration.ms", false),
    ("share.delivery.count.limit", "group.share.min.delivery.count.limit", "group.share.max.delivery.count.limit", false),
    ("share.partition.max.record.locks", "group.share.min.partition.max.record.locks", "group.share.max.partition.max.record.locks", false),
    ("share.assignment.interval.ms", "group.share.min.assignment.interval.ms", "group.share.max.assignment.interval.ms", true),
    ("streams.heartbeat.interval.ms", "group.streams.min.heartbeat.interval.ms", "group.streams.max.heartbeat.interval.ms", false),
    ("streams.session.timeout.ms", "group.streams.min.session.timeout.ms", "group.streams.max.session.timeout.ms", false),
    ("streams.num.standby.replicas", "", "group.streams.max.standby.replicas", false),
    ("streams.assignment.interval.ms", "group.streams.min.assignment.interval.ms", "group.streams.max.assignment.interval.ms", true),
];

/// Checks the configs of a group (`GroupConfig.validate`).
pub fn group(configs: &Configs, wanted: &Stored) -> Result<(), Refusal> {
    known(definitions::group(), wanted, |name| invalid(format!("Unknown group config name: {name}")))?;
    let read = read_all(definitions::group(), wanted).map_err(invalid)?;
    let number = |key: &str| read.get(key).map_or_else(|| configs.group_i64("", key), |value| value.parse().unwrap_or_default());
    for (key, min, max, only_if_set) in BOUNDED {
        if only_if_set && !read.contains_key(key) {
            continue;
        }
        if !min.is_empty() && number(key) < configs.broker_i64(min) {
            return Err(invalid(format!("{key} must be greater than or equal to {min}")));
        }
        if number(key) > configs.broker_i64(max) {
            return Err(invalid(format!("{key} must be less than or equal to {max}")));
        }
    }
    for kind in ["consumer", "share", "streams"] {
        let (session, heartbeat) = (format!("{kind}.session.timeout.ms"), format!("{kind}.heartbeat.interval.ms"));
        if number(&session) <= number(&heartbeat) {
            return Err(invalid(format!("{session} must be greater than {heartbeat}")));
        }
    }
    Ok(())
}

/// What a subscription can tell clients apart by.
const MATCHED: [&str; 6] =
    ["client_instance_id", "client_id", "client_software_name", "client_software_version", "client_source_address", "client_source_port"];

/// Checks the configs of a subscription to clients' metrics (`ClientMetricsConfigs.validate`).
pub fn client_metrics(wanted: &Stored) -> Result<(), Refusal> {
    known(definitions::client_metrics(), wanted, |name| invalid_request(format!("Unknown client metrics configuration: {name}")))?;
    let read = read_all(definitions::client_metrics(), wanted).map_err(invalid)?;
    if let Some(interval) = read.get("interval.ms")
        && !interval.parse::<i64>().is_ok_and(|interval| (100..=3_600_000).contains(&interval))
    {
        let message = format!("Invalid value {interval} for interval.ms, interval must be between 100 and 3600000 (1 hour)");
        return Err(invalid_request(message));
    }
    for pattern in read.get("match").map(|patterns| value::elements(patterns)).unwrap_or_default() {
        let mut parts = pattern.trim_end_matches('=').split('=');
        let (name, expression, more) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
        let good =
            MATCHED.contains(&name.trim()) && more.is_none() && expression.is_some_and(|expression| is_expression(expression.trim()));
        if !good {
            return Err(invalid(format!("Illegal client matching pattern: {pattern}")));
        }
    }
    Ok(())
}

/// Checks what is to be set for this broker, or for all of them (`DynamicBrokerConfig.validate`).
pub fn broker(configs: &Configs, proposed: &Stored, per_broker: bool) -> Result<(), Refusal> {
    dynamic(proposed, per_broker).map_err(invalid_request)?;
    let effective = |key: &str| {
        let own = configs.brokers.get(&NODE_ID.to_string());
        let of_all = configs.brokers.get("");
        let (strong, weak) = if per_broker { (Some(proposed), of_all) } else { (own, Some(proposed)) };
        let given = strong.and_then(|stored| stored.get(key)).or_else(|| weak.and_then(|stored| stored.get(key)));
        let definition = definitions::broker().get(key);
        let read =
            given.or_else(|| configs.file.get(key)).zip(definition).and_then(|(given, definition)| value::read(definition, given).ok());
        read.or_else(|| definition.and_then(|definition| definition.default).map(str::to_owned))
    };
    together(&effective).map_err(invalid_request)?;
    reconfigurable(configs, proposed, &effective).map_err(|why| {
        // Java hands the exception over as the value, and its explanation as the name.
        let why = format!("org.apache.kafka.common.config.ConfigException: {why}");
        invalid_request(format!("Invalid value {why} for configuration Invalid dynamic configuration"))
    })
}

/// Whether they can be set at run time, in their place, to these values (`DynamicBrokerConfig.validateConfigs`).
fn dynamic(proposed: &Stored, per_broker: bool) -> Result<(), String> {
    let names = |which: &dyn Fn(&Definition) -> bool| {
        let keys = proposed.keys().map(String::as_str);
        java_order::sorted(keys.filter(|key| definitions::broker().get(key).is_some_and(which)))
    };
    let refuse = |names: Vec<&str>, why: &str| if names.is_empty() { Ok(()) } else { Err(format!("{why}: [{}]", names.join(", "))) };
    refuse(names(&|definition| !definition.is_dynamic()), "Cannot update these configs dynamically")?;
    let why = "These security configs can be dynamically updated only per-listener using the listener prefix";
    refuse(names(&Definition::is_per_listener), why)?;
    let base = proposed.iter().map(|(key, value)| (listeners_config(key).unwrap_or(key).to_owned(), value.clone()));
    let mut base: Stored = base.collect();
    base.retain(|key, _| definitions::broker().get(key).is_some_and(Definition::is_dynamic));
    read_all(definitions::broker(), &base)?;
    if per_broker {
        return Ok(());
    }
    let of_cluster = ["max.connections", "max.connection.creation.rate", "num.network.threads"];
    let of_one = |key: &&str| match listeners_config(key) {
        Some(config) => !of_cluster.contains(&config),
        None => definitions::broker().get(key).is_some_and(Definition::is_per_broker),
    };
    let names = java_order::sorted(proposed.keys().map(String::as_str).filter(of_one));
    refuse(names, "Cannot update these configs at default cluster level, broker id must be specified")
}

/// Whether the values go together (`KafkaConfig.validateValues`).
fn together(effective: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let number = |key: &str| effective(key).and_then(|value| value.parse::<i64>().ok());
    let require = |holds: bool, what: &str| if holds { Ok(()) } else { Err(format!("requirement failed: {what}")) };
    require(number("log.roll.ms").is_none_or(|ms| ms >= 1), "log.roll.ms must be greater than or equal to 1")?;
    require(number("log.roll.jitter.ms").is_none_or(|ms| ms >= 0), "log.roll.jitter.ms must be greater than or equal to 0")?;
    let what = "log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
    require(number("log.retention.ms") != Some(0), what)?;
    let (buffer, threads) = (number("log.cleaner.dedupe.buffer.size"), number("log.cleaner.threads"));
    let each = buffer.unwrap_or_default().checked_div(threads.unwrap_or_default()).ok_or("/ by zero")?;
    require(each > 1024 * 1024, "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.")?;
    let overrides = effective("max.connections.per.ip.overrides").unwrap_or_default();
    let what = "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.";
    require(number("max.connections.per.ip") != Some(0) || !overrides.is_empty(), what)?;
    let cordoned = effective("cordoned.log.dirs").unwrap_or_default();
    let cordoned = value::elements(&cordoned);
    let directories = effective("log.dirs").unwrap_or_default();
    if cordoned.contains(&"*") {
        return require(cordoned.len() == 1, "When cordoned.log.dirs is set to *, it must not contain other values");
    }
    let unknown: Vec<&str> = cordoned.into_iter().filter(|directory| *directory != directories).collect();
    let what = format!("All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : {}", unknown.join(", "));
    require(unknown.is_empty(), &what)
}

/// Numbers of threads, which can be halved or doubled at a time.
const THREADS: [&str; 9] = [
    "num.io.threads",
    "num.replica.fetchers",
    "num.recovery.threads.per.data.dir",
    "background.threads",
    "num.network.threads",
    "remote.log.reader.threads",
    "remote.log.manager.copier.thread.pool.size",
    "remote.log.manager.expiration.thread.pool.size",
    "remote.log.manager.follower.thread.pool.size",
];

/// Sizes and rates of remote logs.
const REMOTE_SIZES: [&str; 3] = [
    "remote.log.index.file.cache.total.size.bytes",
    "remote.log.manager.copy.max.bytes.per.second",
    "remote.log.manager.fetch.max.bytes.per.second",
];

/// Whether the broker could go over to the values while it runs (`BrokerReconfigurable.validateReconfiguration`).
fn reconfigurable(configs: &Configs, proposed: &Stored, effective: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let number = |value: Option<String>| value.and_then(|value| value.parse::<i64>().ok()).unwrap_or_default();
    for key in THREADS {
        let (new, old) = (number(effective(key)), configs.broker_i64(key));
        let failed = format!("Dynamic thread count update validation failed for {key}={new}");
        if new != old && new <= 0 {
            return Err(format!("{failed}, value should be at least 1"));
        }
        if new < old / 2 {
            return Err(format!("{failed}, value should be at least half the current value {old}"));
        }
        if new > old.saturating_mul(2) {
            return Err(format!("{failed}, value should not be greater than double the current value {old}"));
        }
    }
    for key in REMOTE_SIZES {
        let new = number(effective(key));
        if new <= 0 && new != configs.broker_i64(key) {
            let failed = format!("Dynamic remote log manager config update validation failed for {key}={new}");
            return Err(format!("{failed}, value should be at least 1"));
        }
    }
    let days = effective("log.retention.hours").and_then(|hours| hours.parse::<i64>().ok()).unwrap_or_default().saturating_mul(3_600_000);
    let retention = effective("log.retention.ms").map_or(days, |value| number(Some(value)));
    local_retention("ms", number(effective("log.local.retention.ms")), retention.max(-1))?;
    local_retention("bytes", number(effective("log.local.retention.bytes")), number(effective("log.retention.bytes")))?;
    let (new, old) = (number(effective("log.cleaner.threads")), configs.broker_i64("log.cleaner.threads"));
    if new < 1 {
        return Err("Log cleaner threads should be at least 1".into());
    }
    if new < old / 2 {
        return Err(format!("Log cleaner threads cannot be reduced to less than half the current value {old}"));
    }
    if new > old.saturating_mul(2) {
        return Err(format!("Log cleaner threads cannot be increased to more than double the current value {old}"));
    }
    for key in ["listeners", "listener.security.protocol.map"] {
        if proposed.contains_key(key) && effective(key) != configs.broker(key) {
            return Err(format!("The sandbox cannot change its {key}"));
        }
    }
    Ok(())
}

/// Whether records would be kept here for no longer than they are kept at all.
fn local_retention(unit: &str, local: i64, whole: i64) -> Result<(), String> {
    if whole < 0 || local == -2 {
        return Ok(());
    }
    let why = match local {
        -1 => format!("Value must not be -1 as log.retention.{unit} value is set as {whole}."),
        _ if local > whole => format!("Value must not be more than log.retention.{unit} property value: {whole}"),
        _ => return Ok(()),
    };
    Err(value::invalid(&format!("log.local.retention.{unit}"), &local.to_string(), &why))
}

/// Refuses the first name that is none.
fn known(definitions: &Definitions, wanted: &Stored, refusal: impl Fn(&str) -> Refusal) -> Result<(), Refusal> {
    let names = java_order::sorted(wanted.keys().map(String::as_str));
    names.into_iter().find(|name| definitions.get(name).is_none()).map_or(Ok(()), |unknown| Err(refusal(unknown)))
}

/// Reads all values, in the order in which a broker looks at them.
fn read_all(definitions: &Definitions, wanted: &Stored) -> Result<Read, String> {
    let mut found: Vec<(&Definition, &String)> =
        wanted.iter().filter_map(|(key, value)| definitions.get(key).map(|found| (found, value))).collect();
    found.sort_by_key(|(definition, _)| definition.place);
    found.into_iter().map(|(definition, value)| Ok((definition.name, value::read(definition, value)?))).collect()
}

fn invalid(message: String) -> Refusal {
    Refusal::saying(ResponseError::InvalidConfig, message)
}

fn invalid_request(message: String) -> Refusal {
    Refusal::saying(ResponseError::InvalidRequest, message)
}
