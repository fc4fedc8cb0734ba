//! Describing topics: page by page (KIP-966), and their settings meanwhile.

use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::messages::describe_topic_partitions_response::DescribeTopicPartitionsResponsePartition;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{BrokerId, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, MetadataRequest};
use tokio::sync::mpsc;

use super::super::{Admin, ItemResult, in_order, unavailable};
use super::{ids, text, topic_name};
use crate::kafka::error::{BrokerError, ErrorCode, Result};
use crate::kafka::model::{ConfigEntry, ConfigResource, PartitionDescription, ResourceKind, TopicDescription, TopicId};
use crate::kafka::wire::Target;

/// How many partitions a broker may describe in one answer, as in Java.
pub const PARTITIONS_PER_RESPONSE: i32 = 2000;

/// How many topics' settings are asked for at once: enough to be worth a request, and few enough that the answers can be
/// read while the broker works on the next.
const TOPICS_PER_REQUEST: usize = 200;

/// How many of these requests are on their way at once.
const REQUESTS_AT_ONCE: usize = 2;

/// Which topics are to be described.
#[derive(Clone, Copy)]
#[allow(missing_debug_implementations, reason = "a condition has none")]
pub enum Wanted<'a> {
    Named(&'a [String]),
    /// Those of all topics whose name this allows.
    Allowed(&'a dyn Fn(&str) -> bool),
}

/// What brokers tell of one topic: its partitions and its settings, or why they do not.
#[derive(Debug)]
pub struct Described {
    pub name: String,
    pub topic: ItemResult<TopicDescription>,
    pub configs: ItemResult<Vec<ConfigEntry>>,
}

impl Described {
    /// Whether the topic is not there for the one who asks. Settings that are refused do not make it so.
    pub fn is_hidden(&self) -> bool {
        self.topic.as_ref().is_err_and(|error| error.code.hides_topic())
    }

    /// Both halves, or the first reason why there are not both.
    ///
    /// # Errors
    /// What the broker says of the topic, or of its settings.
    pub fn whole(self) -> ItemResult<(TopicDescription, Vec<ConfigEntry>)> {
        Ok((self.topic?, self.configs?))
    }
}

type Page = Vec<(String, ItemResult<TopicDescription>)>;

impl Admin {
    /// Describes the named topics, in their order, at most `page` partitions per answer.
    ///
    /// Brokers that do not know DescribeTopicPartitions are asked for metadata, which knows no eligible leader replicas.
    ///
    /// # Errors
    /// Those of the request; an unknown topic is that topic's result.
    pub async fn describe_topics(&self, names: &[String], page: i32) -> Result<Vec<ItemResult<TopicDescription>>> {
        let mut answered: Page = Vec::with_capacity(names.len());
        self.describe_pages(Wanted::Named(names), page, |page| answered.extend(page)).await?;
        Ok(in_order(names.iter().cloned(), answered))
    }

    /// Describes topics with their settings, which are asked for while the broker describes further topics.
    ///
    /// # Errors
    /// Those of the requests; what a broker says of a topic is that topic's result.
    pub async fn describe_topics_and_configs(&self, wanted: Wanted<'_>, page: i32) -> Result<Vec<Described>> {
        let (found, batches) = mpsc::unbounded_channel::<Vec<ConfigResource>>();
        let resource = |name: &String| ConfigResource::new(ResourceKind::Topic, name);
        let describing = async move {
            // The other half waits for more until this one has gone.
            let found = found;
            let ask = |resources: Vec<ConfigResource>| {
                for batch in resources.chunks(TOPICS_PER_REQUEST) {
                    // The other half is there for as long as this one.
                    let _ = found.send(batch.to_vec());
                }
            };
            if let Wanted::Named(names) = wanted {
                ask(names.iter().map(resource).collect());
            }
            let mut topics = Page::new();
            let take = |page: Page| {
                if matches!(wanted, Wanted::Allowed(_)) {
                    ask(page.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(name, _)| resource(name)).collect());
                }
                topics.extend(page);
            };
            self.describe_pages(wanted, page, take).await.map(|()| topics)
        };
        let configs = receiver(batches)
            .map(|batch| async move {
                let outcomes = self.describe_configs(&batch, false).await?;
                Ok(batch.into_iter().map(|resource| resource.name).zip(outcomes).collect::<Vec<_>>())
            })
            .buffered(REQUESTS_AT_ONCE)
            .try_concat();
        let (topics, configs) = try_join(describing, configs).await?;
        Ok(join(topics, configs))
    }

    /// Describes the topic with this id.
    ///
    /// # Errors
    /// Those of the metadata request; an unknown id is the inner error.
    pub async fn describe_topic_by_id(&self, id: TopicId) -> Result<ItemResult<TopicDescription>> {
        // Brokers before 3.1 know the ids of their topics, but not topics by their id.
        let known_by_id = self.cluster.version::<MetadataRequest>(&Target::Any).await? >= 12;
        let wanted = || vec![MetadataRequestTopic::default().with_topic_id(id.0).with_name(None)];
        let response = self.cluster.metadata(known_by_id.then(wanted)).await?;
        let topic = response.topics.iter().find(|topic| topic.topic_id == id.0);
        Ok(topic.map_or_else(|| Err(ErrorCode::UNKNOWN_TOPIC_ID.into()), from_metadata))
    }

    /// Hands the topics to `take` as they come, each once and whole.
    async fn describe_pages(&self, wanted: Wanted<'_>, page: i32, take: impl FnMut(Page)) -> Result<()> {
        match self.cluster.version::<DescribeTopicPartitionsRequest>(&Target::Any).await {
            Ok(_) => self.describe_topic_partitions(wanted, page, take).await,
            Err(error) if unavailable(&error) => self.describe_by_metadata(wanted, take).await,
            Err(error) => Err(error),
        }
    }

    async fn describe_by_metadata(&self, wanted: Wanted<'_>, mut take: impl FnMut(Page)) -> Result<()> {
        let request = |name: &String| MetadataRequestTopic::default().with_name(Some(topic_name(name)));
        let topics = match wanted {
            Wanted::Named(names) => Some(names.iter().map(request).collect()),
            Wanted::Allowed(_) => None,
        };
        let response = self.cluster.metadata(topics).await?;
        let answered = response.topics.iter().map(|topic| (text(topic.name.as_ref()), topic));
        let meant = |name: &str| matches!(wanted, Wanted::Named(_)) || matches!(wanted, Wanted::Allowed(allows) if allows(name));
        take(answered.filter(|(name, _)| meant(name)).map(|(name, topic)| (name, from_metadata(topic))).collect());
        Ok(())
    }

    async fn describe_topic_partitions(&self, wanted: Wanted<'_>, page: i32, mut take: impl FnMut(Page)) -> Result<()> {
        // The broker answers in name order, which the cursor relies on.
        let mut sorted: Vec<&String> = match wanted {
            Wanted::Named([]) => return Ok(()),
            Wanted::Named(names) => names.iter().collect(),
            // Naming none means all.
            Wanted::Allowed(_) => Vec::new(),
        };
        sorted.sort();
        sorted.dedup();
        let mut whole: Page = Vec::new();
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
            let next = response.next_cursor.as_ref().map(|next| (next.topic_name.to_string(), next.partition_index));
            append(&mut whole, &response, wanted);
            if next.is_none() || next == cursor {
                break;
            }
            // The last topic may go on in the next answer.
            let last = whole.pop();
            take(std::mem::take(&mut whole));
            whole.extend(last);
            cursor = next;
        }
        take(whole);
        Ok(())
    }
}

/// Adds an answer to what is known: its first topic may be the last one of the answer before.
fn append(known: &mut Page, response: &DescribeTopicPartitionsResponse, wanted: Wanted<'_>) {
    for topic in &response.topics {
        let name = text(topic.name.as_ref());
        if matches!(wanted, Wanted::Allowed(allows) if !allows(&name)) {
            continue;
        }
        let partitions = topic.partitions.iter().map(partition);
        match known.last_mut() {
            Some((last, Ok(description))) if *last == name => description.partitions.extend(partitions),
            _ => {
                let description = |partitions| TopicDescription { name: name.clone(), id: TopicId(topic.topic_id), partitions };
                let outcome = BrokerError::check(topic.error_code, None).map(|()| description(partitions.collect()));
                known.push((name, outcome));
            }
        }
        if let Some((_, Ok(description))) = known.last_mut() {
            description.partitions.sort_by_key(|partition| partition.partition);
        }
    }
}

/// Puts the two halves of each topic together.
fn join(topics: Page, configs: Vec<(String, ItemResult<Vec<ConfigEntry>>)>) -> Vec<Described> {
    let names: Vec<String> = topics.iter().map(|(name, _)| name.clone()).collect();
    let configs = in_order(names, configs);
    topics.into_iter().zip(configs).map(|((name, topic), configs)| Described { name, topic, configs }).collect()
}

fn receiver<T>(mut receiver: mpsc::UnboundedReceiver<T>) -> impl stream::Stream<Item = T> {
    stream::poll_fn(move |context| receiver.poll_recv(context))
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

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::describe_topic_partitions_response::DescribeTopicPartitionsResponseTopic;

    use super::*;

    fn answer(topics: &[(&str, &[i32])]) -> DescribeTopicPartitionsResponse {
        let topic = |(name, partitions): &(&str, &[i32])| {
            let partition = |index: &i32| DescribeTopicPartitionsResponsePartition::default().with_partition_index(*index);
            DescribeTopicPartitionsResponseTopic::default()
                .with_name(Some(topic_name(name)))
                .with_partitions(partitions.iter().map(partition).collect())
        };
        DescribeTopicPartitionsResponse::default().with_topics(topics.iter().map(topic).collect())
    }

    fn partitions(page: &Page) -> Vec<(&str, Vec<i32>)> {
        let numbers = |topic: &TopicDescription| topic.partitions.iter().map(|partition| partition.partition).collect();
        page.iter().map(|(name, outcome)| (name.as_str(), numbers(outcome.as_ref().unwrap()))).collect()
    }

    #[test]
    fn a_topic_may_span_answers() {
        let mut known = Page::new();
        append(&mut known, &answer(&[("a", &[0, 1]), ("b", &[1, 0])]), Wanted::Named(&[]));
        append(&mut known, &answer(&[("b", &[2, 3]), ("c", &[0])]), Wanted::Named(&[]));
        assert_eq!(partitions(&known), [("a", vec![0, 1]), ("b", vec![0, 1, 2, 3]), ("c", vec![0])]);
    }

    #[test]
    fn what_is_not_allowed_is_left_out() {
        let mut known = Page::new();
        append(&mut known, &answer(&[("a", &[0]), ("b", &[0])]), Wanted::Allowed(&|name| name == "b"));
        assert_eq!(partitions(&known), [("b", vec![0])]);
    }

    #[test]
    fn a_topic_is_told_only_with_its_settings() {
        let mut known = Page::new();
        append(&mut known, &answer(&[("a", &[0]), ("b", &[0])]), Wanted::Named(&[]));
        let refused: BrokerError = ErrorCode::TOPIC_AUTHORIZATION_FAILED.into();
        let mut joined = join(known, vec![("b".into(), Ok(vec![])), ("a".into(), Err(refused.clone()))]);
        assert_eq!(joined.remove(1).whole().unwrap().0.name, "b");
        let told = joined.remove(0);
        assert!(!told.is_hidden(), "its settings are refused, not the topic");
        assert_eq!(told.whole().unwrap_err(), refused);
    }

    #[test]
    fn a_topic_that_is_refused_itself_is_hidden() {
        let refused: ItemResult<TopicDescription> = Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED.into());
        assert!(join(vec![("a".into(), refused)], vec![("a".into(), Ok(vec![]))])[0].is_hidden());
    }
}
