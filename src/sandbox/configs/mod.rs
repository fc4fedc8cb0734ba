//! Configs of topics, of the broker, of groups and of subscriptions to clients' metrics: which there are, what is stored,
//! and what holds.
//!
//! The broker's own configs are those of a single broker that was started with the few settings in [`Configs::new`] and
//! with the reference release's defaults otherwise. `group.initial.rebalance.delay.ms` is one of them: it is 0, as in the
//! configuration that Kafka is tried with, and, as on every broker, cannot be changed while it runs. So are the interval of
//! heartbeats, because a rebalance takes several and nobody tries a sandbox to wait, and the size of groups, because a client
//! shall not be able to fill the memory. The one config that
//! a new cluster stores by itself is stored here too: `min.insync.replicas` for all brokers, because eligible leader
//! replicas (KIP-966) want it there.

mod alter;
mod definitions;
mod describe;
pub mod java_order;
mod loggers;
mod validate;
mod value;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use kafka_protocol::error::ResponseError;

use self::definitions::Definition;
use self::loggers::Loggers;
use super::broker::NODE_ID;
use super::error::Refusal;

pub use self::alter::{incremental, legacy};
pub use self::describe::{Row, describe, list};

/// What is stored for one resource: the keys and the values as they were given.
pub type Stored = BTreeMap<String, String>;

/// How many bytes of names, keys and values are stored; Kafka knows no such limit.
const MAX_BYTES: usize = 16 << 20;

const MIN_IN_SYNC_REPLICAS: &str = "min.insync.replicas";

/// What configs belong to (`ConfigResource.Type`); a broker's loggers are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resource {
    Topic,
    Broker,
    ClientMetrics,
    Group,
}

/// All configs.
#[derive(Debug)]
pub struct Configs {
    /// What a broker's properties file would say.
    file: BTreeMap<&'static str, String>,
    topics: BTreeMap<String, Stored>,
    /// Those of all brokers have no name.
    brokers: BTreeMap<String, Stored>,
    client_metrics: BTreeMap<String, Stored>,
    groups: BTreeMap<String, Stored>,
    loggers: Loggers,
    bytes: usize,
}

impl Configs {
    /// The configs of a broker that listens on `address`.
    pub fn new(address: SocketAddr) -> Self {
        let listener = format!("PLAINTEXT://{address}");
        let file = [
            ("process.roles", "broker,controller".to_owned()),
            ("node.id", NODE_ID.to_string()),
            ("broker.id", NODE_ID.to_string()),
            ("controller.quorum.voters", format!("{NODE_ID}@{address}")),
            ("controller.listener.names", "CONTROLLER".to_owned()),
            ("listeners", listener.clone()),
            ("advertised.listeners", listener),
            ("listener.security.protocol.map", "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT".to_owned()),
            ("log.dirs", "memory".to_owned()),
            ("offsets.topic.replication.factor", "1".to_owned()),
            ("transaction.state.log.replication.factor", "1".to_owned()),
            ("transaction.state.log.min.isr", "1".to_owned()),
            ("share.coordinator.state.topic.replication.factor", "1".to_owned()),
            ("share.coordinator.state.topic.min.isr", "1".to_owned()),
            ("group.initial.rebalance.delay.ms", "0".to_owned()),
            ("group.consumer.heartbeat.interval.ms", "1000".to_owned()),
            ("group.consumer.min.heartbeat.interval.ms", "1000".to_owned()),
            ("group.max.size", "1000".to_owned()),
            ("group.consumer.max.size", "1000".to_owned()),
        ];
        let of_all = Stored::from([(MIN_IN_SYNC_REPLICAS.to_owned(), "1".to_owned())]);
        Self {
            file: BTreeMap::from(file),
            topics: BTreeMap::new(),
            brokers: BTreeMap::from([(String::new(), of_all)]),
            client_metrics: BTreeMap::new(),
            groups: BTreeMap::new(),
            loggers: Loggers::default(),
            bytes: 0,
        }
    }

    /// What holds for the broker; none for a config that has no value, or does not exist.
    pub fn broker(&self, key: &str) -> Option<String> {
        let definition = definitions::broker().get(key)?;
        let own = self.stored(Resource::Broker, &NODE_ID.to_string()).and_then(|stored| stored.get(key));
        let given = own.or_else(|| self.stored(Resource::Broker, "").and_then(|stored| stored.get(key)));
        let given = given.or_else(|| self.file.get(key)).and_then(|given| value::read(definition, given).ok());
        given.or_else(|| definition.default.map(str::to_owned))
    }

    /// A number that holds for the broker; 0 for what is no number.
    pub fn broker_i64(&self, key: &str) -> i64 {
        self.broker(key).and_then(|value| value.parse().ok()).unwrap_or_default()
    }

    /// Whether a config of the broker is `true`.
    pub fn broker_bool(&self, key: &str) -> bool {
        self.broker(key).as_deref() == Some("true")
    }

    /// What holds for a topic, which need not exist; empty for a config that does not exist.
    pub fn topic(&self, name: &str, key: &str) -> String {
        self.effective(Resource::Topic, name, key).unwrap_or_default()
    }

    /// A number that holds for a topic; 0 for what is no number.
    pub fn topic_i64(&self, name: &str, key: &str) -> i64 {
        self.topic(name, key).parse().unwrap_or_default()
    }

    /// Whether a list that holds for a topic has that element.
    pub fn topic_has(&self, name: &str, key: &str, element: &str) -> bool {
        value::elements(&self.topic(name, key)).contains(&element)
    }

    /// What holds for a group, which need not exist; empty for a config that does not exist.
    pub fn group(&self, name: &str, key: &str) -> String {
        self.effective(Resource::Group, name, key).unwrap_or_default()
    }

    /// A number that holds for a group; 0 for what is no number.
    pub fn group_i64(&self, name: &str, key: &str) -> i64 {
        self.group(name, key).parse().unwrap_or_default()
    }

    /// Whether a topic could have these configs together.
    ///
    /// # Errors
    /// Why not, in the broker's words.
    pub fn check_topic_configs(&self, wanted: &Stored) -> Result<(), Refusal> {
        validate::topic(self, wanted)
    }

    /// Sets a config of a topic, which need not exist.
    ///
    /// # Errors
    /// Why it cannot have that value, in the broker's words.
    pub fn set_topic(&mut self, name: &str, key: &str, value: &str) -> Result<(), Refusal> {
        let mut wanted = self.topics.get(name).cloned().unwrap_or_default();
        wanted.insert(key.to_owned(), value.to_owned());
        self.check_topic_configs(&wanted)?;
        self.store(Resource::Topic, name, wanted)
    }

    /// Forgets what was set for a topic that is deleted.
    pub fn forget_topic(&mut self, name: &str) {
        // Nothing takes no room, so that this is never refused.
        let _ = self.store(Resource::Topic, name, Stored::new());
    }

    /// What was set for a resource; none if nothing was.
    fn stored(&self, resource: Resource, name: &str) -> Option<&Stored> {
        match resource {
            Resource::Topic => self.topics.get(name),
            Resource::Broker => self.brokers.get(name),
            Resource::ClientMetrics => self.client_metrics.get(name),
            Resource::Group => self.groups.get(name),
        }
    }

    /// Puts `wanted` in place of what was set for a resource.
    fn store(&mut self, resource: Resource, name: &str, wanted: Stored) -> Result<(), Refusal> {
        let bytes = self.bytes.saturating_sub(self.stored(resource, name).map_or(0, |stored| size(name, stored)));
        let bytes = bytes.saturating_add(size(name, &wanted));
        if bytes > MAX_BYTES && !wanted.is_empty() {
            let message = format!("The sandbox stores up to {MAX_BYTES} bytes of configs.");
            return Err(Refusal::saying(ResponseError::PolicyViolation, message));
        }
        self.bytes = bytes;
        let all = match resource {
            Resource::Topic => &mut self.topics,
            Resource::Broker => &mut self.brokers,
            Resource::ClientMetrics => &mut self.client_metrics,
            Resource::Group => &mut self.groups,
        };
        if wanted.is_empty() {
            all.remove(name);
        } else {
            all.insert(name.to_owned(), wanted);
        }
        Ok(())
    }

    /// What holds for a topic, a group or a subscription.
    fn effective(&self, resource: Resource, name: &str, key: &str) -> Option<String> {
        let definition = resource.definitions().get(key)?;
        let own = self.stored(resource, name).and_then(|stored| stored.get(key));
        own.and_then(|own| value::read(definition, own).ok()).or_else(|| self.inherited(definition))
    }

    /// What a topic or a group has from the broker, or else from the config's own default.
    fn inherited(&self, definition: &Definition) -> Option<String> {
        let mut fallbacks = definition.fallbacks();
        let given = fallbacks.find_map(|(key, unit)| self.broker(key).map(|value| in_milliseconds(value, unit)));
        // Whatever is below 0 means that records are kept for ever.
        let given = given.map(|value| match value.parse::<i64>() {
            Ok(negative) if negative < -1 && definition.name == "retention.ms" => "-1".to_owned(),
            _ => value,
        });
        given.or_else(|| definition.default.map(str::to_owned))
    }
}

impl Resource {
    /// The resource's kind in requests; none for loggers and for what does not exist.
    fn of(id: i8) -> Option<Self> {
        match id {
            2 => Some(Self::Topic),
            4 => Some(Self::Broker),
            16 => Some(Self::ClientMetrics),
            32 => Some(Self::Group),
            _ => None,
        }
    }

    fn definitions(self) -> &'static definitions::Definitions {
        match self {
            Self::Topic => definitions::topic(),
            Self::Broker => definitions::broker(),
            Self::ClientMetrics => definitions::client_metrics(),
            Self::Group => definitions::group(),
        }
    }
}

/// The number of brokers' loggers in requests (`ConfigResource.Type.BROKER_LOGGER`).
const BROKER_LOGGER: i8 = 8;

fn in_milliseconds(value: String, unit: i64) -> String {
    match value.parse::<i64>() {
        Ok(number) if unit > 1 => number.saturating_mul(unit).to_string(),
        _ => value,
    }
}

fn size(name: &str, stored: &Stored) -> usize {
    if stored.is_empty() {
        return 0;
    }
    let entries = stored.iter().map(|(key, value)| key.len() + value.len());
    entries.fold(name.len(), usize::saturating_add)
}

#[cfg(test)]
mod tests;
