//! What a producer has to know about its topic before the first record.

use std::time::Duration;

use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{DescribeConfigsRequest, MetadataRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::native::Partitions;
use crate::kafka::settings::ClientSettings;
use crate::kafka::wire::{Backoff, Cluster, Deadline, Target, block_on};

/// DescribeConfigs' number for a topic.
const TOPIC_RESOURCE: i8 = 2;

/// How many milliseconds a broker's clock may differ from this system's: a day.
const CLOCKS_APART: i64 = 24 * 60 * 60 * 1000;

/// How often it is asked whether the topic is still wanted.
const GIVEN_UP_PAUSE: Duration = Duration::from_millis(50);

/// A topic that can be produced to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Topic {
    pub partitions: Partitions,
    /// What the broker tells of its configuration.
    pub config: TopicConfig,
}

/// The settings of a topic that its producers meet. Who may not read them produces all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TopicConfig {
    /// `max.message.bytes`: the limit for a batch.
    pub max_message_bytes: Option<usize>,
    /// `cleanup.policy` includes `compact`: every record needs a key.
    pub compacted: bool,
    /// `min.insync.replicas`: fewer replicas take nothing with `acks=all`.
    pub min_insync_replicas: Option<usize>,
    /// `message.timestamp.before.max.ms` and `message.timestamp.after.max.ms`, unless brokers set the timestamps.
    pub timestamps: TimestampLimits,
}

/// How many milliseconds the timestamp of a record may be away from the present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct TimestampLimits {
    pub before: Option<i64>,
    pub after: Option<i64>,
}

impl TimestampLimits {
    /// Whether a timestamp is so far from `now` that the broker refuses it, whatever its clock says.
    pub fn surely_forbid(self, timestamp: i64, now: i64) -> bool {
        let exceeds = |distance: i64, limit: Option<i64>| limit.is_some_and(|limit| distance > limit.saturating_add(CLOCKS_APART));
        exceeds(now.saturating_sub(timestamp), self.before) || exceeds(timestamp.saturating_sub(now), self.after)
    }
}

/// A partition in the eyes of the brokers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartitionState {
    pub partition: i32,
    pub has_leader: bool,
    /// How many replicas have all records.
    pub in_sync: usize,
}

/// Looks at the partitions of a topic.
///
/// # Errors
/// No broker that answers; what it says against the topic.
pub(super) fn partition_states(settings: &ClientSettings, name: &str, deadline: Deadline) -> Result<Vec<PartitionState>> {
    block_on(async {
        let cluster = Cluster::connect(settings.clone(), deadline).await?;
        let topic = describe(&cluster, name, false).await?;
        let state = |partition: &MetadataResponsePartition| PartitionState {
            partition: partition.partition_index,
            has_leader: partition.leader_id.0 >= 0,
            in_sync: partition.isr_nodes.len(),
        };
        Ok(topic.partitions.iter().map(state).collect())
    })
}

/// Looks the topic up, as the Java producer does before its first record: a broker that creates topics by itself creates
/// it now, and a topic that is not there yet is waited for until the deadline, or until `given_up` is true.
///
/// # Errors
/// No broker that answers; what the brokers say about the topic, where that is final; at the deadline what they said last.
pub(super) fn look_up(settings: &ClientSettings, name: &str, deadline: Deadline, given_up: &dyn Fn() -> bool) -> Result<Topic> {
    let look = async {
        let cluster = Cluster::connect(settings.clone(), deadline).await?;
        let mut topic = partitions(&cluster, settings, name).await?;
        topic.config = config(&cluster, name).await.unwrap_or_default();
        Ok(topic)
    };
    let end = async {
        while !given_up() {
            tokio::time::sleep(GIVEN_UP_PAUSE).await;
        }
    };
    block_on(async {
        tokio::select! {
            outcome = look => outcome,
            () = end => Err(Error::Client(format!("the look at topic '{name}' was given up"))),
        }
    })
}

async fn partitions(cluster: &Cluster, settings: &ClientSettings, name: &str) -> Result<Topic> {
    let deadline = cluster.deadline();
    let mut backoff = Backoff::new(settings.retry_backoff, settings.retry_backoff_max);
    loop {
        let error = match ask(cluster, name).await {
            Ok(topic) => return Ok(topic),
            Err(error) => error,
        };
        let pause = backoff.pause();
        match error {
            Error::Broker(broker) if may_pass(broker.code) && pause >= deadline.left() => {
                let waited = deadline.allowed().as_millis();
                let message = format!("Topic {name} not present in metadata after {waited} ms. ({})", broker.code.name());
                return Err(BrokerError { code: broker.code, message: Some(message) }.into());
            }
            Error::Broker(broker) if !may_pass(broker.code) => {
                let message = format!("topic '{name}': {} ({})", broker.text(), broker.code.name());
                return Err(BrokerError { code: broker.code, message: Some(message) }.into());
            }
            Error::Broker(_) => {}
            error => {
                let hiccup = matches!(error, Error::Disconnected { .. } | Error::Unanswered { .. } | Error::Timeout { .. });
                if !hiccup || pause >= deadline.left() {
                    return Err(error);
                }
            }
        }
        tokio::time::sleep(pause).await;
    }
}

/// Whether the topic may be there, or have a leader, in a moment.
fn may_pass(code: ErrorCode) -> bool {
    matches!(code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) || code.is_retriable()
}

async fn describe(cluster: &Cluster, name: &str, create: bool) -> Result<MetadataResponseTopic> {
    let asked_for = MetadataRequestTopic::default().with_name(Some(topic_name(name)));
    let request = MetadataRequest::default().with_topics(Some(vec![asked_for])).with_allow_auto_topic_creation(create);
    let response = cluster.send(&Target::Any, &request).await?;
    let Some(topic) = response.topics.into_iter().next() else {
        return Err(BrokerError::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION).into());
    };
    BrokerError::check(topic.error_code, None)?;
    Ok(topic)
}

async fn ask(cluster: &Cluster, name: &str) -> Result<Topic> {
    let topic = describe(cluster, name, true).await?;
    let available = topic.partitions.iter().filter(|partition| partition.leader_id.0 >= 0);
    let mut available: Vec<i32> = available.map(|partition| partition.partition_index).collect();
    available.sort_unstable();
    match i32::try_from(topic.partitions.len()) {
        Ok(count) if count > 0 => Ok(Topic { partitions: Partitions { count, available }, config: TopicConfig::default() }),
        _ => Err(BrokerError::from(ErrorCode::LEADER_NOT_AVAILABLE).into()),
    }
}

async fn config(cluster: &Cluster, name: &str) -> Option<TopicConfig> {
    const KEYS: [&str; 6] = [
        "max.message.bytes",
        "cleanup.policy",
        "min.insync.replicas",
        "message.timestamp.type",
        "message.timestamp.before.max.ms",
        "message.timestamp.after.max.ms",
    ];
    let resource = DescribeConfigsResource::default()
        .with_resource_type(TOPIC_RESOURCE)
        .with_resource_name(StrBytes::from_string(name.to_owned()))
        .with_configuration_keys(Some(KEYS.map(StrBytes::from_static_str).into()));
    let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
    let response = cluster.send(&Target::Any, &request).await.ok()?;
    let configs = &response.results.first()?.configs;
    let [max_message_bytes, cleanup_policy, min_insync_replicas, timestamp_type, before, after] = KEYS.map(|key| {
        let config = configs.iter().find(|config| config.name.as_str() == key);
        config.and_then(|config| config.value.as_ref()).map(StrBytes::as_str)
    });
    Some(TopicConfig {
        max_message_bytes: max_message_bytes.and_then(|bytes| bytes.parse().ok()),
        compacted: cleanup_policy.is_some_and(|policy| policy.contains("compact")),
        min_insync_replicas: min_insync_replicas.and_then(|replicas| replicas.parse().ok()),
        timestamps: match timestamp_type {
            Some("CreateTime") => TimestampLimits {
                before: before.and_then(|millis| millis.parse().ok()),
                after: after.and_then(|millis| millis.parse().ok()),
            },
            _ => TimestampLimits::default(),
        },
    })
}

fn topic_name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_keep_their_distance() {
        const NOW: i64 = 1_700_000_000_000;
        let (latest, earliest) = (NOW + CLOCKS_APART + 100, NOW - CLOCKS_APART - 100);
        let forbid = |before, after, timestamp| TimestampLimits { before, after }.surely_forbid(timestamp, NOW);
        assert!(!forbid(None, None, i64::MAX) && !forbid(None, None, 1));
        assert!(forbid(None, Some(100), latest + 1) && !forbid(None, Some(100), latest) && !forbid(None, Some(100), 1));
        assert!(forbid(Some(100), None, earliest - 1) && !forbid(Some(100), None, earliest) && !forbid(Some(i64::MAX), None, 1));
        assert!(forbid(None, Some(3_600_000), i64::MAX));
    }
}
