//! Offsets: those that groups have committed, and those that logs reach.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use futures_util::future::join_all;
use indexmap::IndexMap;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::{ListOffsetsRequest, OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest};
use kafka_protocol::protocol::StrBytes;

use super::groups::group_id;
use super::topics::topic_name;
use super::{Admin, ItemResult, in_order};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::model::{CommittedOffset, OffsetSpec, TopicPartition, by_topic};
use crate::kafka::wire::{Backoff, Deadline, Target};

/// How long a partition is asked for anew whose leader has just changed, or which was just made.
const LEADER_GRACE: Duration = Duration::from_secs(5);

/// What a group has committed, in the coordinator's order: `None` for a partition that it names without an offset.
pub type Committed = IndexMap<TopicPartition, ItemResult<Option<CommittedOffset>>>;

impl Admin {
    /// Everything that the groups have committed, in the groups' order. No name may be there twice.
    ///
    /// # Errors
    /// Those of finding coordinators; a group whose offsets cannot be read has its own error, and so has a partition.
    pub async fn committed_offsets(&self, groups: &[String]) -> Result<Vec<ItemResult<Committed>>> {
        self.per_coordinator("OffsetFetch", groups, async |coordinator, groups| {
            let target = Target::Broker(coordinator);
            if self.cluster.version::<OffsetFetchRequest>(&target).await? >= 8 {
                return self.fetch_offsets_of_many(&target, groups).await;
            }
            let mut outcomes = Vec::with_capacity(groups.len());
            for group in groups {
                outcomes.push(self.fetch_offsets_of_one(&target, group).await?);
            }
            Ok(outcomes)
        })
        .await
    }

    /// One request for all groups (KIP-709).
    async fn fetch_offsets_of_many(&self, target: &Target, groups: &[String]) -> Result<Vec<ItemResult<Committed>>> {
        let wanted = groups.iter().map(|group| OffsetFetchRequestGroup::default().with_group_id(group_id(group)).with_topics(None));
        let response = self.cluster.send(target, &OffsetFetchRequest::default().with_groups(wanted.collect())).await?;
        let answered = response.groups.iter().map(|group| {
            let partitions = group.topics.iter().flat_map(|topic| {
                topic.partitions.iter().map(|partition| {
                    let offset = committed(
                        partition.error_code,
                        partition.committed_offset,
                        partition.committed_leader_epoch,
                        partition.metadata.as_deref(),
                    );
                    (TopicPartition::new(topic.name.to_string(), partition.partition_index), offset)
                })
            });
            (group.group_id.to_string(), BrokerError::check(group.error_code, None).map(|()| partitions.collect()))
        });
        Ok(in_order(groups.iter().cloned(), answered))
    }

    /// For brokers before 3.0.
    async fn fetch_offsets_of_one(&self, target: &Target, group: &str) -> Result<ItemResult<Committed>> {
        let request = OffsetFetchRequest::default().with_group_id(group_id(group)).with_topics(None);
        let response = self.cluster.send(target, &request).await?;
        let partitions = response.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                let offset = committed(
                    partition.error_code,
                    partition.committed_offset,
                    partition.committed_leader_epoch,
                    partition.metadata.as_deref(),
                );
                (TopicPartition::new(topic.name.to_string(), partition.partition_index), offset)
            })
        });
        Ok(BrokerError::check(response.error_code, None).map(|()| partitions.collect()))
    }

    /// Commits offsets in the name of a group that has no members, in the partitions' order.
    ///
    /// # Errors
    /// Those of finding the coordinator; a refusal is that partition's result.
    pub async fn commit_offsets(&self, group: &str, offsets: &[(TopicPartition, i64)]) -> Result<Vec<ItemResult<()>>> {
        self.per_item("OffsetCommit", offsets, async |offsets| {
            let partition = |(partition, offset): &(TopicPartition, i64)| {
                OffsetCommitRequestPartition::default()
                    .with_partition_index(partition.partition)
                    .with_committed_offset(*offset)
                    .with_committed_metadata(Some(StrBytes::from_static_str("")))
            };
            let topics = by_topic(offsets, |(partition, _)| partition).into_iter().map(|(topic, offsets)| {
                OffsetCommitRequestTopic::default()
                    .with_name(topic_name(topic))
                    .with_partitions(offsets.into_iter().map(partition).collect())
            });
            let request = OffsetCommitRequest::default().with_group_id(group_id(group)).with_topics(topics.collect());
            let response = self.cluster.send(&Target::Coordinator(group.to_owned()), &request).await?;
            let answered = response.topics.iter().flat_map(|topic| {
                topic.partitions.iter().map(|partition| {
                    let at = TopicPartition::new(topic.name.to_string(), partition.partition_index);
                    (at, BrokerError::check(partition.error_code, None))
                })
            });
            Ok(in_order(offsets.iter().map(|(partition, _)| partition.clone()), answered))
        })
        .await
    }

    /// Makes a group forget its offsets for these partitions, in their order.
    ///
    /// # Errors
    /// A refusal of the whole group; that of one partition is its result.
    pub async fn delete_offsets(&self, group: &str, partitions: &[TopicPartition]) -> Result<Vec<ItemResult<()>>> {
        let topics = by_topic(partitions, |partition| partition).into_iter().map(|(topic, partitions)| {
            let partitions =
                partitions.into_iter().map(|at| OffsetDeleteRequestPartition::default().with_partition_index(at.partition)).collect();
            OffsetDeleteRequestTopic::default().with_name(topic_name(topic)).with_partitions(partitions)
        });
        let request = OffsetDeleteRequest::default().with_group_id(group_id(group)).with_topics(topics.collect());
        let target = Target::Coordinator(group.to_owned());
        let response = self
            .cluster
            .retrying("OffsetDelete", async || {
                let response = self.cluster.send(&target, &request).await?;
                BrokerError::check(response.error_code, None)?;
                Ok(response)
            })
            .await?;
        let answered = response.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                let at = TopicPartition::new(topic.name.to_string(), partition.partition_index);
                (at, BrokerError::check(partition.error_code, None))
            })
        });
        Ok(in_order(partitions.iter().cloned(), answered))
    }

    /// Looks up a point in the log of each partition; `None` where a log has no record so new. No partition may be there
    /// twice.
    ///
    /// All leaders are asked at once, each one time for all its partitions. A partition whose leader has just changed is
    /// asked for anew for a few seconds.
    ///
    /// # Errors
    /// Those of the metadata request; a partition that cannot be looked up has its own error.
    pub async fn list_offsets(&self, partitions: &[TopicPartition], spec: OffsetSpec) -> Result<Vec<ItemResult<Option<i64>>>> {
        let grace = Deadline::after(LEADER_GRACE.min(self.cluster.deadline().left()));
        let mut backoff = Backoff::new(self.settings.retry_backoff, self.settings.retry_backoff_max);
        let mut settled: HashMap<TopicPartition, ItemResult<Option<i64>>> = HashMap::new();
        let mut open: Vec<TopicPartition> = partitions.to_vec();
        while !open.is_empty() {
            let leaders = self.leaders(&open).await?;
            let mut batches: BTreeMap<i32, Vec<TopicPartition>> = BTreeMap::new();
            for (partition, leader) in open.drain(..).zip(leaders) {
                match leader {
                    Ok(id) => batches.entry(id).or_default().push(partition),
                    Err(error) => _ = settled.insert(partition, Err(error)),
                }
            }
            let calls = batches.into_iter().map(async |(leader, partitions)| {
                let outcomes = self.list_offsets_at(leader, &partitions, spec).await;
                (partitions, outcomes)
            });
            let pause = backoff.pause();
            for (partitions, outcomes) in join_all(calls).await {
                for (partition, outcome) in partitions.into_iter().zip(outcomes) {
                    match outcome {
                        Err(error) if is_unsettled(error.code) && pause < grace.left() => open.push(partition),
                        outcome => _ = settled.insert(partition, outcome),
                    }
                }
            }
            if !open.is_empty() {
                self.cluster.reroute(ErrorCode::NONE);
                tokio::time::sleep(pause).await;
            }
        }
        Ok(in_order(partitions.iter().cloned(), settled))
    }

    /// Asks one leader for all its partitions; the failure of the request is that of each partition.
    async fn list_offsets_at(&self, leader: i32, partitions: &[TopicPartition], spec: OffsetSpec) -> Vec<ItemResult<Option<i64>>> {
        match self.send_list_offsets(&Target::Broker(leader), partitions, spec).await {
            Ok(outcomes) => outcomes,
            Err(error) => {
                let error = of_each(error);
                partitions.iter().map(|_| Err(error.clone())).collect()
            }
        }
    }

    async fn send_list_offsets(
        &self,
        target: &Target,
        partitions: &[TopicPartition],
        spec: OffsetSpec,
    ) -> Result<Vec<ItemResult<Option<i64>>>> {
        let at = |partition: &TopicPartition| {
            ListOffsetsPartition::default().with_partition_index(partition.partition).with_timestamp(timestamp(spec))
        };
        let topics = by_topic(partitions, |partition| partition).into_iter().map(|(topic, partitions)| {
            ListOffsetsTopic::default().with_name(topic_name(topic)).with_partitions(partitions.into_iter().map(at).collect())
        });
        let mut request = ListOffsetsRequest::default().with_replica_id((-1).into()).with_topics(topics.collect());
        if self.cluster.version::<ListOffsetsRequest>(target).await? >= 10 {
            // How long the broker may look into remote storage.
            request.timeout_ms = self.timeout_ms();
        }
        let response = self.cluster.send(target, &request).await?;
        let answered = response.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                let offset = Some(partition.offset).filter(|offset| *offset >= 0);
                let outcome = BrokerError::check(partition.error_code, None).map(|()| offset);
                (TopicPartition::new(topic.name.to_string(), partition.partition_index), outcome)
            })
        });
        Ok(in_order(partitions.iter().cloned(), answered))
    }

    /// The leaders of partitions, in their order. What a broker says here is final: that there is no leader, or no topic.
    async fn leaders(&self, partitions: &[TopicPartition]) -> Result<Vec<ItemResult<i32>>> {
        let topics = by_topic(partitions, |partition| partition);
        let wanted = topics.keys().map(|topic| MetadataRequestTopic::default().with_name(Some(topic_name(topic)))).collect();
        let response = self.cluster.metadata(Some(wanted)).await?;
        let mut known: HashMap<TopicPartition, ItemResult<i32>> = HashMap::new();
        let mut failed: HashMap<String, BrokerError> = HashMap::new();
        for topic in &response.topics {
            let name = topic.name.as_ref().map(|name| name.to_string()).unwrap_or_default();
            if let Err(error) = BrokerError::check(topic.error_code, None) {
                failed.insert(name, error);
                continue;
            }
            for partition in &topic.partitions {
                let leader = Some(partition.leader_id.0).filter(|id| *id >= 0).ok_or_else(|| ErrorCode::LEADER_NOT_AVAILABLE.into());
                known.insert(TopicPartition::new(name.clone(), partition.partition_index), leader);
            }
        }
        let leader = |partition: &TopicPartition| match (known.remove(partition), failed.get(&partition.topic)) {
            (Some(leader), _) => leader,
            (None, Some(error)) => Err(error.clone()),
            (None, None) => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into()),
        };
        Ok(partitions.iter().map(leader).collect())
    }
}

/// The failure of a request as that of an item in it. A leader that cannot be talked to is not the same as no leader:
/// it has the code of Java's `NetworkException`, which is asked about anew, and fails if that does not help.
fn of_each(error: Error) -> BrokerError {
    let code = match error {
        Error::Broker(error) => return error,
        Error::Unreachable { .. } | Error::Disconnected { .. } => ErrorCode::NETWORK_EXCEPTION,
        _ => ErrorCode::UNKNOWN_SERVER_ERROR,
    };
    BrokerError { code, message: Some(error.to_string()) }
}

/// Whether a leader's answer may be another one in a moment.
fn is_unsettled(code: ErrorCode) -> bool {
    code.is_retriable() || code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION
}

fn committed(error: i16, offset: i64, leader_epoch: i32, metadata: Option<&str>) -> ItemResult<Option<CommittedOffset>> {
    BrokerError::check(error, None)?;
    let leader_epoch = Some(leader_epoch).filter(|epoch| *epoch >= 0);
    let annotated = metadata.is_some_and(|metadata| !metadata.is_empty());
    Ok(Some(CommittedOffset { offset, leader_epoch, annotated }).filter(|committed| committed.offset >= 0))
}

/// The number that stands for a point in the log.
fn timestamp(spec: OffsetSpec) -> i64 {
    match spec {
        OffsetSpec::Latest => -1,
        OffsetSpec::Earliest => -2,
        OffsetSpec::Timestamp(milliseconds) => milliseconds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_offset_means_none_and_a_negative_epoch_too() {
        assert_eq!(committed(0, -1, -1, Some("")), Ok(None));
        assert_eq!(committed(0, 5, -1, None), Ok(Some(CommittedOffset { offset: 5, leader_epoch: None, annotated: false })));
        assert_eq!(committed(0, 5, 3, Some("m")), Ok(Some(CommittedOffset { offset: 5, leader_epoch: Some(3), annotated: true })));
        assert!(committed(29, 5, 3, None).is_err());
    }

    #[test]
    fn a_leader_that_does_not_know_a_partition_yet_is_asked_again() {
        assert!(is_unsettled(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
        assert!(is_unsettled(ErrorCode(6)) && is_unsettled(ErrorCode::LEADER_NOT_AVAILABLE));
        assert!(!is_unsettled(ErrorCode::TOPIC_AUTHORIZATION_FAILED));
    }

    #[test]
    fn a_leader_that_cannot_be_reached_is_asked_again_and_is_not_taken_for_none() {
        let error = of_each(Error::Unreachable { target: "h:1".into(), reason: "Connection refused".into() });
        assert_eq!((error.code, error.to_string()), (ErrorCode::NETWORK_EXCEPTION, "cannot reach h:1: Connection refused".into()));
        assert!(is_unsettled(error.code));
        let refused = BrokerError::from(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
        assert_eq!(of_each(Error::Broker(refused.clone())), refused);
    }
}
