//! Topics: list, create, grow, delete; and the partitions that are being moved. How they are described: `describing`.

mod describing;

use std::collections::HashMap;

use kafka_protocol::messages::create_partitions_request::{CreatePartitionsAssignment, CreatePartitionsTopic};
use kafka_protocol::messages::create_topics_request::{CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::delete_topics_request::DeleteTopicState;
use kafka_protocol::messages::list_partition_reassignments_request::ListPartitionReassignmentsTopics;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{
    BrokerId, CreatePartitionsRequest, CreateTopicsRequest, DeleteTopicsRequest, ListPartitionReassignmentsRequest, TopicName,
};
use kafka_protocol::protocol::StrBytes;

use super::{Admin, ItemResult, in_order, unavailable};
use crate::kafka::error::{BrokerError, ErrorCode, Result};
use crate::kafka::model::{
    CreatedTopic, Layout, NewPartitions, NewTopic, Reassignment, TopicDescription, TopicId, TopicListing, TopicPartition,
};
use crate::kafka::wire::{Target, ensure_fits};

pub use describing::{Described, PARTITIONS_PER_RESPONSE, Wanted};

/// The partitions that are being moved.
pub type Reassignments = HashMap<TopicPartition, Reassignment>;

impl Admin {
    /// The topics among `names` that are there and may be looked at, in the broker's order.
    ///
    /// # Errors
    /// Those of the metadata request.
    pub async fn existing_topics(&self, names: &[String]) -> Result<Vec<String>> {
        let wanted = names.iter().map(|name| MetadataRequestTopic::default().with_name(Some(topic_name(name)))).collect();
        let response = self.cluster.metadata(Some(wanted)).await?;
        let there = response.topics.iter().filter(|topic| !ErrorCode(topic.error_code).hides_topic());
        Ok(there.map(|topic| text(topic.name.as_ref())).collect())
    }

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

    /// Creates topics, or with `validate_only` has the broker tell whether it would.
    ///
    /// # Errors
    /// Those of the request; a refusal is that topic's result.
    pub async fn create_topics(&self, topics: &[NewTopic], validate_only: bool) -> Result<Vec<ItemResult<CreatedTopic>>> {
        topics.iter().try_for_each(ensure_topic_fits)?;
        self.per_item("CreateTopics", topics, async |topics| {
            let request = CreateTopicsRequest::default()
                .with_topics(topics.iter().map(creatable).collect())
                .with_timeout_ms(self.timeout_ms())
                .with_validate_only(validate_only);
            let response = self.cluster.send_or_rehearse(&Target::Controller, &request, validate_only).await?;
            let answered = response.topics.iter().map(|topic| {
                let outcome = BrokerError::check(topic.error_code, topic.error_message.as_deref());
                (topic.name.to_string(), outcome.map(|()| created(topic)))
            });
            Ok(in_order(topics.iter().map(|topic| topic.name.clone()), answered))
        })
        .await
    }

    /// Adds partitions to topics, or with `validate_only` has the broker tell whether it would.
    ///
    /// # Errors
    /// Those of the request; a refusal is that topic's result.
    pub async fn create_partitions(&self, topics: &[NewPartitions], validate_only: bool) -> Result<Vec<ItemResult<()>>> {
        self.per_item("CreatePartitions", topics, async |topics| {
            let request = CreatePartitionsRequest::default()
                .with_topics(topics.iter().map(growing).collect())
                .with_timeout_ms(self.timeout_ms())
                .with_validate_only(validate_only);
            let response = self.cluster.send_or_rehearse(&Target::Controller, &request, validate_only).await?;
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
            let response = self.cluster.send(&Target::Controller, &request).await?;
            let answered = response.responses.iter().map(|topic| {
                let name = text(topic.name.as_ref());
                (name, BrokerError::check(topic.error_code, topic.error_message.as_deref()))
            });
            Ok(in_order(names.iter().cloned(), answered))
        })
        .await
    }

    /// The partitions of these topics that are being moved.
    ///
    /// Only partitions that may be moving are asked for; in a healthy cluster that is none, and no request.
    ///
    /// # Errors
    /// Those of the request; the inner error where the broker cannot tell, or does not tell the one who asks.
    pub async fn list_reassignments<'a>(&self, topics: impl Iterator<Item = &'a TopicDescription>) -> Result<Result<Reassignments>> {
        let moving = |topic: &TopicDescription| {
            let partitions: Vec<i32> =
                topic.partitions.iter().filter(|partition| partition.may_be_moving()).map(|partition| partition.partition).collect();
            let wanted = ListPartitionReassignmentsTopics::default().with_name(topic_name(&topic.name));
            (!partitions.is_empty()).then(|| wanted.with_partition_indexes(partitions))
        };
        let wanted: Vec<ListPartitionReassignmentsTopics> = topics.filter_map(moving).collect();
        if wanted.is_empty() {
            return Ok(Ok(Reassignments::new()));
        }
        let request = ListPartitionReassignmentsRequest::default().with_timeout_ms(self.timeout_ms()).with_topics(Some(wanted));
        let answer = self.cluster.retrying("ListPartitionReassignments", async || {
            let response = self.cluster.send(&Target::Controller, &request).await?;
            BrokerError::check(response.error_code, response.error_message.as_deref())?;
            Ok(response)
        });
        let response = match answer.await {
            Err(error) if unavailable(&error) => return Ok(Err(error)),
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
        Ok(Ok(moving.collect()))
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

fn created(topic: &CreatableTopicResult) -> CreatedTopic {
    // Brokers before 2.4 do not tell, nor do others to whom the settings are a secret.
    CreatedTopic {
        partitions: Some(topic.num_partitions).filter(|count| *count > 0),
        replication_factor: Some(topic.replication_factor).filter(|count| *count > 0),
    }
}

fn ensure_topic_fits(topic: &NewTopic) -> Result<()> {
    ensure_fits("a topic's name", &topic.name)?;
    topic.configs.iter().try_for_each(|(name, value)| {
        ensure_fits("the name of a setting", name)?;
        ensure_fits(&format!("the value of {name}"), value)
    })
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

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{ApiKey, ListPartitionReassignmentsResponse};

    use super::*;
    use crate::kafka::error::Error;
    use crate::kafka::model::PartitionDescription;
    use crate::kafka::settings::{ClientSettings, Role};
    use crate::kafka::wire::fake::{FakeBroker, within};

    /// What comes of asking for the reassignment of a partition with this replica out of sync, where a broker answers so.
    async fn asked(error: ErrorCode) -> Result<Result<Reassignments>> {
        let broker = FakeBroker::listen(&[ApiKey::Metadata, ApiKey::ListPartitionReassignments]).await;
        let settings = ClientSettings::new(Role::Admin, &broker.endpoint().to_string()).unwrap();
        let partition =
            PartitionDescription { partition: 0, leader: Some(1), replicas: vec![1, 2], isr: vec![1], elr: None, last_known_elr: None };
        let topic = TopicDescription { name: "t".into(), id: TopicId::default(), partitions: vec![partition] };
        let asking = async { Admin::connect(settings).await?.list_reassignments([&topic].into_iter()).await };
        let answering = async {
            let mut end = broker.accept().await;
            let request = end.request().await;
            let answer = ListPartitionReassignmentsResponse::default().with_error_code(error.0);
            end.answer::<ListPartitionReassignmentsRequest>(&request, &answer).await;
        };
        tokio::join!(asking, answering).0
    }

    #[test]
    fn reassignments_that_are_kept_secret_are_not_called_none() {
        within(async {
            assert_eq!(asked(ErrorCode::NONE).await.unwrap().unwrap(), Reassignments::new());
            let secret = asked(ErrorCode::CLUSTER_AUTHORIZATION_FAILED).await.unwrap();
            assert!(matches!(secret, Err(Error::Broker(_))), "{secret:?}");
            assert!(asked(ErrorCode::UNKNOWN_SERVER_ERROR).await.is_err());
        });
    }
}
