//! Topics: list, describe, create, grow, delete; and the partitions that are being moved.

use std::collections::HashMap;

use kafka_protocol::messages::create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
use kafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::messages::describe_topic_partitions_response::DescribeTopicPartitionsResponsePartition;
use kafka_protocol::messages::list_partition_reassignments_request::ListPartitionReassignmentsTopics;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, DescribeTopicPartitionsRequest,
    ListPartitionReassignmentsRequest, TopicName,
};
use kafka_protocol::protocol::StrBytes;

use super::{Admin, ItemResult, in_order, unavailable};
use crate::kafka::error::{BrokerError, ErrorCode, Result};
use crate::kafka::model::{
    Layout, NewPartitions, NewTopic, PartitionDescription, Reassignment, TopicDescription, TopicId, TopicListing, TopicPartition,
};
use crate::kafka::wire::Target;

/// How many partitions a broker may describe in one answer, as in Java.
pub const PARTITIONS_PER_RESPONSE: i32 = 2000;

impl Admin {
    /// All topics, internal ones included, in the broker's order.
    ///
    /// # Errors
    /// Those of the metadata request.
    pub async fn list_topics(&self) -> Result<Vec<TopicListing>> {
        let response = self.cluster.metadata(None).await?;
        let listing =
            |topic: &MetadataResponseTopic| Some(TopicListing { name: topic.name.as_ref()?.to_string(), id: TopicId(topic.topic_id) });
        Ok(response.topics.iter().filter_map(listing).collect())
    }

    /// Describes the named topics, in their order, at most `page` partitions per answer (KIP-966).
    ///
    /// Brokers that do not know DescribeTopicPartitions are asked for metadata, which knows no eligible leader replicas.
    ///
    /// # Errors
    /// Those of the request; an unknown topic is that topic's result.
    pub async fn describe_topics(&self, names: &[String], page: i32) -> Result<Vec<ItemResult<TopicDescription>>> {
        match self.cluster.version::<DescribeTopicPartitionsRequest>(&Target::Any).await {
            Ok(_) => self.describe_topic_partitions(names, page).await,
            Err(error) if unavailable(&error) => {
                let wanted = names.iter().map(|name| MetadataRequestTopic::default().with_name(Some(topic_name(name)))).collect();
                let response = self.cluster.metadata(Some(wanted)).await?;
                let answered = response.topics.iter().map(|topic| (text(topic.name.as_ref()), from_metadata(topic)));
                Ok(in_order(names.iter().cloned(), answered))
            }
            Err(error) => Err(error),
        }
    }

    /// Describes the topic with this id.
    ///
    /// # Errors
    /// Those of the metadata request; an unknown id is the inner error.
    pub async fn describe_topic_by_id(&self, id: TopicId) -> Result<ItemResult<TopicDescription>> {
        let wanted = MetadataRequestTopic::default().with_topic_id(id.0).with_name(None);
        let response = self.cluster.metadata(Some(vec![wanted])).await?;
        Ok(response.topics.first().map_or_else(|| Err(ErrorCode::UNKNOWN_TOPIC_ID.into()), from_metadata))
    }

    async fn describe_topic_partitions(&self, names: &[String], page: i32) -> Result<Vec<ItemResult<TopicDescription>>> {
        // The broker answers in name order, which the cursor relies on.
        let mut sorted: Vec<&String> = names.iter().collect();
        sorted.sort();
        sorted.dedup();
        let mut answered: Vec<(String, ItemResult<TopicDescription>)> = Vec::with_capacity(sorted.len());
        let mut cursor: Option<(String, i32)> = None;
        loop {
            let open = sorted.iter().filter(|name| cursor.as_ref().is_none_or(|(topic, _)| **name >= topic));
            let request = DescribeTopicPartitionsRequest::default()
                .with_topics(open.map(|name| TopicRequest::default().with_name(topic_name(name))).collect())
                .with_response_partition_limit(page)
                .with_cursor(
                    cursor
                        .as_ref()
                        .map(|(topic, partition)| Cursor::default().with_topic_name(topic_name(topic)).with_partition_index(*partition)),
                );
            let response =
                self.cluster.retrying("DescribeTopicPartitions", async || self.cluster.send(&Target::Any, &request).await).await?;
            for topic in &response.topics {
                let name = text(topic.name.as_ref());
                let partitions = topic.partitions.iter().map(partition);
                match answered.last_mut() {
                    Some((last, Ok(description))) if *last == name => description.partitions.extend(partitions),
                    _ => {
                        let description =
                            || TopicDescription { name: name.clone(), id: TopicId(topic.topic_id), partitions: partitions.collect() };
                        answered.push((name.clone(), BrokerError::check(topic.error_code, None).map(|()| description())));
                    }
                }
            }
            let next = response.next_cursor.map(|next| (next.topic_name.to_string(), next.partition_index));
            if next.is_none() || next == cursor {
                break;
            }
            cursor = next;
        }
        for (_, outcome) in &mut answered {
            if let Ok(description) = outcome {
                description.partitions.sort_by_key(|partition| partition.partition);
            }
        }
        Ok(in_order(names.iter().cloned(), answered))
    }

    /// Creates topics.
    ///
    /// # Errors
    /// Those of the request; a refusal is that topic's result.
    pub async fn create_topics(&self, topics: &[NewTopic]) -> Result<Vec<ItemResult<()>>> {
        self.per_item("CreateTopics", topics, async |topics| {
            let request =
                CreateTopicsRequest::default().with_topics(topics.iter().map(creatable).collect()).with_timeout_ms(self.timeout_ms());
            let response = self.cluster.send_once(&Target::Controller, &request).await?;
            let answered = response
                .topics
                .iter()
                .map(|topic| (topic.name.to_string(), BrokerError::check(topic.error_code, topic.error_message.as_deref())));
            Ok(in_order(topics.iter().map(|topic| topic.name.clone()), answered))
        })
        .await
    }

    /// Adds partitions to topics.
    ///
    /// # Errors
    /// Those of the request; a refusal is that topic's result.
    pub async fn create_partitions(&self, topics: &[NewPartitions]) -> Result<Vec<ItemResult<()>>> {
        self.per_item("CreatePartitions", topics, async |topics| {
            let request =
                CreatePartitionsRequest::default().with_topics(topics.iter().map(growing).collect()).with_timeout_ms(self.timeout_ms());
            let response = self.cluster.send_once(&Target::Controller, &request).await?;
            let answered = response
                .results
                .iter()
                .map(|topic| (topic.name.to_string(), BrokerError::check(topic.error_code, topic.error_message.as_deref())));
            Ok(in_order(topics.iter().map(|topic| topic.topic.clone()), answered))
        })
        .await
    }

    /// Deletes topics by name.
    ///
    /// # Errors
    /// Those of the request; a refusal is that topic's result.
    pub async fn delete_topics(&self, names: &[String]) -> Result<Vec<ItemResult<()>>> {
        self.per_item("DeleteTopics", names, async |names| {
            let request = DeleteTopicsRequest::default().with_timeout_ms(self.timeout_ms());
            // From version 6 on a topic is named in a structure that can hold its id instead.
            let request = if self.cluster.version::<DeleteTopicsRequest>(&Target::Controller).await? >= 6 {
                request.with_topics(names.iter().map(|name| DeleteTopicState::default().with_name(Some(topic_name(name)))).collect())
            } else {
                request.with_topic_names(names.iter().map(|name| topic_name(name)).collect())
            };
            let response = self.cluster.send_once(&Target::Controller, &request).await?;
            let answered = response.responses.iter().map(|topic| {
                let name = text(topic.name.as_ref());
                (name, BrokerError::check(topic.error_code, topic.error_message.as_deref()))
            });
            Ok(in_order(names.iter().cloned(), answered))
        })
        .await
    }

    /// The partitions among those named that are being moved. Empty where the broker cannot tell or may not.
    ///
    /// # Errors
    /// Those of the request.
    pub async fn list_reassignments(&self, topics: &[(String, Vec<i32>)]) -> Result<HashMap<TopicPartition, Reassignment>> {
        let wanted = |(name, partitions): &(String, Vec<i32>)| {
            ListPartitionReassignmentsTopics::default().with_name(topic_name(name)).with_partition_indexes(partitions.clone())
        };
        let request = ListPartitionReassignmentsRequest::default()
            .with_timeout_ms(self.timeout_ms())
            .with_topics(Some(topics.iter().map(wanted).collect()));
        let answer = self.cluster.retrying("ListPartitionReassignments", async || {
            let response = self.cluster.send(&Target::Controller, &request).await?;
            BrokerError::check(response.error_code, response.error_message.as_deref())?;
            Ok(response)
        });
        let response = match answer.await {
            Err(error) if unavailable(&error) => return Ok(HashMap::new()),
            outcome => outcome?,
        };
        let moving = response.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|moving| {
                let reassignment = Reassignment {
                    replicas: ids(&moving.replicas),
                    adding: ids(&moving.adding_replicas),
                    removing: ids(&moving.removing_replicas),
                };
                (TopicPartition::new(topic.name.to_string(), moving.partition_index), reassignment)
            })
        });
        Ok(moving.collect())
    }
}

/// A topic's name as the codec wants it.
pub(super) fn topic_name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_owned()))
}

fn text(name: Option<&TopicName>) -> String {
    name.map(|name| name.0.to_string()).unwrap_or_default()
}

fn ids(brokers: &[BrokerId]) -> Vec<i32> {
    brokers.iter().map(|broker| broker.0).collect()
}

fn broker_ids(ids: &[i32]) -> Vec<BrokerId> {
    ids.iter().copied().map(BrokerId).collect()
}

fn leader(id: BrokerId) -> Option<i32> {
    Some(id.0).filter(|id| *id >= 0)
}

fn partition(partition: &DescribeTopicPartitionsResponsePartition) -> PartitionDescription {
    PartitionDescription {
        partition: partition.partition_index,
        leader: leader(partition.leader_id),
        replicas: ids(&partition.replica_nodes),
        isr: ids(&partition.isr_nodes),
        elr: Some(partition.eligible_leader_replicas.as_deref().map(ids).unwrap_or_default()),
        last_known_elr: Some(partition.last_known_elr.as_deref().map(ids).unwrap_or_default()),
    }
}

fn from_metadata(topic: &MetadataResponseTopic) -> ItemResult<TopicDescription> {
    BrokerError::check(topic.error_code, None)?;
    let mut partitions: Vec<PartitionDescription> = topic
        .partitions
        .iter()
        .map(|partition| PartitionDescription {
            partition: partition.partition_index,
            leader: leader(partition.leader_id),
            replicas: ids(&partition.replica_nodes),
            isr: ids(&partition.isr_nodes),
            elr: None,
            last_known_elr: None,
        })
        .collect();
    partitions.sort_by_key(|partition| partition.partition);
    let name = text(topic.name.as_ref());
    Ok(TopicDescription { name, id: TopicId(topic.topic_id), partitions })
}

fn creatable(topic: &NewTopic) -> CreatableTopic {
    let config = |(name, value): &(String, String)| {
        CreatableTopicConfig::default()
            .with_name(StrBytes::from_string(name.clone()))
            .with_value(Some(StrBytes::from_string(value.clone())))
    };
    let creatable = CreatableTopic::default().with_name(topic_name(&topic.name)).with_configs(topic.configs.iter().map(config).collect());
    match &topic.layout {
        Layout::Counts { partitions, replication_factor } => {
            creatable.with_num_partitions(partitions.unwrap_or(-1)).with_replication_factor(replication_factor.unwrap_or(-1))
        }
        Layout::Assignment(assignment) => {
            let assignments = (0..).zip(assignment).map(|(partition, replicas)| {
                CreatableReplicaAssignment::default().with_partition_index(partition).with_broker_ids(broker_ids(replicas))
            });
            creatable.with_num_partitions(-1).with_replication_factor(-1).with_assignments(assignments.collect())
        }
    }
}

fn growing(topic: &NewPartitions) -> CreatePartitionsTopic {
    let assignments = topic.assignment.as_ref().map(|assignment| {
        assignment.iter().map(|replicas| CreatePartitionsAssignment::default().with_broker_ids(broker_ids(replicas))).collect()
    });
    CreatePartitionsTopic::default().with_name(topic_name(&topic.topic)).with_count(topic.count).with_assignments(assignments)
}
