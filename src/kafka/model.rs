//! What a cluster tells, as plain owned values: no client, no codec, no formatting.

mod groups;
mod quotas;
mod scram;

pub use groups::{CommittedOffset, Coordinator, GroupDescription, GroupListing, GroupMember, GroupState, GroupType, OffsetSpec};
pub use quotas::{ClientQuotas, QuotaChange, QuotaEntity, QuotaEntityType, QuotaFilter, QuotaMatch};
pub use scram::{ScramCredential, ScramMechanism, UserCredentials};

use std::collections::BTreeMap;

/// A topic's id as Java prints it: 22 characters of URL-safe base64 (`org.apache.kafka.common.Uuid`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicId(pub uuid::Uuid);

const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

impl TopicId {
    /// Whether this is the id that stands for "none".
    pub fn is_zero(self) -> bool {
        self.0.is_nil()
    }

    /// The id that these bytes are; `None` if they are not 16.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        uuid::Uuid::from_slice(bytes).ok().map(Self)
    }
}

impl std::fmt::Display for TopicId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bits = self.0.as_u128();
        let digit = |value: u128| char::from(BASE64_URL[(value & 63) as usize]);
        let head = (0..21).map(|index| digit(bits >> (122 - 6 * index)));
        f.write_str(&head.chain([digit(bits << 4)]).collect::<String>())
    }
}

/// A topic as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TopicListing {
    pub name: String,
    pub id: TopicId,
}

/// A topic with its partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicDescription {
    pub name: String,
    pub id: TopicId,
    /// In partition order.
    pub partitions: Vec<PartitionDescription>,
}

/// Whether a topic belongs to Kafka itself (Java's `Topic.isInternal`).
pub fn is_internal_topic(name: &str) -> bool {
    ["__consumer_offsets", "__transaction_state", "__share_group_state"].contains(&name)
}

/// One partition of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionDescription {
    pub partition: i32,
    /// `None` while no leader is elected.
    pub leader: Option<i32>,
    pub replicas: Vec<i32>,
    pub isr: Vec<i32>,
    /// Eligible leader replicas (KIP-966); `None` where the broker cannot tell.
    pub elr: Option<Vec<i32>>,
    pub last_known_elr: Option<Vec<i32>>,
}

impl PartitionDescription {
    /// Whether a reassignment of this partition may be running.
    ///
    /// One ends in the moment in which all replicas that are added are in sync, so none is left where every replica is
    /// (`PartitionReassignmentReplicas.maybeCompleteReassignment` of the KRaft controller). Brokers that know no eligible leader
    /// replicas may have another controller, which takes several steps.
    pub fn may_be_moving(&self) -> bool {
        self.elr.is_none() || self.replicas.iter().any(|replica| !self.isr.contains(replica))
    }
}

/// A partition of a named topic.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TopicPartition {
    pub topic: String,
    pub partition: i32,
}

impl TopicPartition {
    /// The partition `partition` of `topic`.
    pub fn new(topic: impl Into<String>, partition: i32) -> Self {
        Self { topic: topic.into(), partition }
    }
}

impl std::fmt::Display for TopicPartition {
    /// `topic-partition`, as in Java.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Items gathered by the topic of their partition: topics by name, and the items of each in their order.
pub fn by_topic<'a, T>(
    items: impl IntoIterator<Item = &'a T>,
    partition: impl Fn(&'a T) -> &'a TopicPartition,
) -> BTreeMap<&'a str, Vec<&'a T>> {
    let mut topics: BTreeMap<&str, Vec<&T>> = BTreeMap::new();
    for item in items {
        topics.entry(&partition(item).topic).or_default().push(item);
    }
    topics
}

/// A partition whose replicas are being moved (KIP-455).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reassignment {
    pub replicas: Vec<i32>,
    pub adding: Vec<i32>,
    pub removing: Vec<i32>,
}

/// A topic that is to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTopic {
    pub name: String,
    pub layout: Layout,
    pub configs: Vec<(String, String)>,
}

/// What a topic that was created looks like, as far as the broker tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CreatedTopic {
    pub partitions: Option<i32>,
    pub replication_factor: Option<i16>,
}

/// How a new topic is spread over the brokers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Counts; `None` leaves the number to the broker's default.
    Counts { partitions: Option<i32>, replication_factor: Option<i16> },
    /// The replicas of each partition, in partition order.
    Assignment(Vec<Vec<i32>>),
}

/// More partitions for an existing topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPartitions {
    pub topic: String,
    /// The new total.
    pub count: i32,
    /// The replicas of each added partition, or `None` for the broker's choice.
    pub assignment: Option<Vec<Vec<i32>>>,
}

/// What a configuration belongs to (Java's `ConfigResource.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResourceKind {
    Topic,
    Broker,
    BrokerLogger,
    ClientMetrics,
    Group,
}

impl ResourceKind {
    /// The number of the kind in the protocol.
    pub fn code(self) -> i8 {
        match self {
            Self::Topic => 2,
            Self::Broker => 4,
            Self::BrokerLogger => 8,
            Self::ClientMetrics => 16,
            Self::Group => 32,
        }
    }
}

/// One thing that has a configuration. An empty name for a broker is the cluster-wide default.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConfigResource {
    pub kind: ResourceKind,
    pub name: String,
}

impl ConfigResource {
    /// The resource `name` of `kind`.
    pub fn new(kind: ResourceKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

/// Where a value comes from (Java's `ConfigEntry.ConfigSource`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigSource {
    Unknown,
    DynamicTopicConfig,
    DynamicBrokerConfig,
    DynamicDefaultBrokerConfig,
    StaticBrokerConfig,
    DefaultConfig,
    DynamicBrokerLoggerConfig,
    DynamicClientMetricsConfig,
    DynamicGroupConfig,
}

impl ConfigSource {
    /// The source with this number in the protocol.
    pub fn from_code(code: i8) -> Self {
        match code {
            1 => Self::DynamicTopicConfig,
            2 => Self::DynamicBrokerConfig,
            3 => Self::DynamicDefaultBrokerConfig,
            4 => Self::StaticBrokerConfig,
            5 => Self::DefaultConfig,
            6 => Self::DynamicBrokerLoggerConfig,
            7 => Self::DynamicClientMetricsConfig,
            8 => Self::DynamicGroupConfig,
            _ => Self::Unknown,
        }
    }

    /// Java's name of the source.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "UNKNOWN",
            Self::DynamicTopicConfig => "DYNAMIC_TOPIC_CONFIG",
            Self::DynamicBrokerConfig => "DYNAMIC_BROKER_CONFIG",
            Self::DynamicDefaultBrokerConfig => "DYNAMIC_DEFAULT_BROKER_CONFIG",
            Self::StaticBrokerConfig => "STATIC_BROKER_CONFIG",
            Self::DefaultConfig => "DEFAULT_CONFIG",
            Self::DynamicBrokerLoggerConfig => "DYNAMIC_BROKER_LOGGER_CONFIG",
            Self::DynamicClientMetricsConfig => "DYNAMIC_CLIENT_METRICS_CONFIG",
            Self::DynamicGroupConfig => "DYNAMIC_GROUP_CONFIG",
        }
    }
}

/// One configuration entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigEntry {
    pub name: String,
    /// `None` for a value that is not set, or that the broker keeps to itself.
    pub value: Option<String>,
    pub source: ConfigSource,
    pub sensitive: bool,
    pub read_only: bool,
    /// Where the value could come from, the one in force first.
    pub synonyms: Vec<ConfigSynonym>,
}

impl ConfigEntry {
    /// Whether nobody set it (Java's `ConfigEntry.isDefault`).
    pub fn is_default(&self) -> bool {
        self.source == ConfigSource::DefaultConfig
    }
}

/// A value that a configuration entry would have without the ones before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSynonym {
    pub name: String,
    pub value: Option<String>,
    pub source: ConfigSource,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_partitions_out_of_sync_may_be_moving() {
        let partition = |isr: &[i32], elr: Option<Vec<i32>>| PartitionDescription {
            partition: 0,
            leader: Some(1),
            replicas: vec![1, 2],
            isr: isr.to_vec(),
            elr,
            last_known_elr: None,
        };
        assert!(!partition(&[2, 1], Some(vec![])).may_be_moving());
        assert!(partition(&[2], Some(vec![])).may_be_moving());
        assert!(partition(&[1, 2], None).may_be_moving());
    }

    #[test]
    fn topic_ids_are_javas_base64() {
        let id = TopicId(uuid::Uuid::from_u128(0x0123_4567_89ab_cdef_fedc_ba98_7654_3210));
        assert_eq!(id.to_string(), "ASNFZ4mrze_-3LqYdlQyEA");
        assert_eq!(TopicId::from_bytes(id.0.as_bytes()), Some(id));
        assert_eq!(TopicId::default().to_string(), "AAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(TopicId::from_bytes(b"short"), None);
    }

    #[test]
    fn partitions_are_gathered_by_topic() {
        let partitions = [TopicPartition::new("b", 1), TopicPartition::new("a", 0), TopicPartition::new("b", 0)];
        let topics = by_topic(&partitions, |partition| partition);
        assert_eq!(topics.keys().copied().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(topics["b"], [&partitions[0], &partitions[2]]);
    }
}
