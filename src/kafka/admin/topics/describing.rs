//! Describing topics: page by page (KIP-966), and their settings meanwhile.

use std::collections::HashSet;

use futures_util::future::try_join;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use kafka_protocol::messages::describe_topic_partitions_request::{Cursor, TopicRequest};
use kafka_protocol::messages::describe_topic_partitions_response::{
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{BrokerId, DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, MetadataRequest};
use tokio::sync::mpsc;

use super::super::{Admin, ItemResult, in_order, unavailable};
use super::{ids, text, topic_name};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::model::{ConfigEntry, ConfigResource, PartitionDescription, ResourceKind, TopicDescription, TopicId};
use crate::kafka::wire::Target;

/// How many partitions a broker may describe in one answer, as in Java.
pub const PARTITIONS_PER_RESPONSE: i32 = 2000;

/// How many topics' settings are asked for at once: enough to be worth a request, and few enough that the answers can be
/// read while the broker works on the next.
const TOPICS_PER_REQUEST: usize = 50;

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

/// What brokers tell of one topic: its partitions and its settings, or why they do not. `C` is what is made of the settings.
#[derive(Debug)]
pub struct Described<C> {
    pub name: String,
    pub topic: ItemResult<TopicDescription>,
    pub configs: ItemResult<C>,
}

impl<C> Described<C> {
    /// Whether the topic is not there for the one who asks. Settings that are refused do not make it so.
    pub fn is_hidden(&self) -> bool {
        self.topic.as_ref().is_err_and(|error| error.code.hides_topic())
    }

    /// Both halves, or the first reason why there are not both.
    ///
    /// # Errors
    /// What the broker says of the topic, or of its settings.
    pub fn whole(self) -> ItemResult<(TopicDescription, C)> {
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

    /// Describes topics with their settings, which are asked for while the broker describes further topics. `digest` makes of
    /// a topic's settings what is kept of them, also meanwhile: there are some thirty of each topic.
    ///
    /// # Errors
    /// Those of the requests; what a broker says of a topic is that topic's result.
    pub async fn describe_topics_and_configs<C>(
        &self,
        wanted: Wanted<'_>,
        page: i32,
        digest: impl Fn(Vec<ConfigEntry>) -> C,
    ) -> Result<Vec<Described<C>>> {
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
        let digest = &digest;
        let configs = receiver(batches)
            .map(|batch| async move {
                let outcomes = self.describe_configs(&batch, false).await?.into_iter().map(|outcome| outcome.map(digest));
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
        let mut answers = Answers::new(wanted);
        loop {
            let cursor = answers.cursor.as_ref();
            let open = sorted.iter().filter(|name| cursor.is_none_or(|(topic, _)| **name >= topic));
            let request = DescribeTopicPartitionsRequest::default()
                .with_topics(open.map(|name| TopicRequest::default().with_name(topic_name(name))).collect())
                .with_response_partition_limit(page)
                .with_cursor(
                    cursor.map(|(topic, partition)| Cursor::default().with_topic_name(topic_name(topic)).with_partition_index(*partition)),
                );
            let response =
                self.cluster.retrying("DescribeTopicPartitions", async || self.cluster.send(&Target::Any, &request).await).await?;
            let foreign =
                |reason| Error::Protocol { target: "the broker".to_owned(), request: "DescribeTopicPartitions".to_owned(), reason };
            take(answers.add(&response).map_err(foreign)?);
            if answers.cursor.is_none() {
                return Ok(());
            }
        }
    }
}

/// The answers of a broker that tells page by page, put together again.
struct Answers<'a> {
    wanted: Wanted<'a>,
    /// Where the next answer has to begin; none after the last.
    cursor: Option<(String, i32)>,
    /// The topic of which the last answer held only the beginning.
    begun: Option<TopicDescription>,
    /// What has been handed out. The broker repeats at the end of every answer which topics may not be looked at.
    told: HashSet<String>,
}

impl<'a> Answers<'a> {
    fn new(wanted: Wanted<'a>) -> Self {
        Self { wanted, cursor: None, begun: None, told: HashSet::new() }
    }

    /// The topics that are whole with this answer, or cannot be told.
    ///
    /// # Errors
    /// That the broker goes round in circles.
    fn add(&mut self, response: &DescribeTopicPartitionsResponse) -> std::result::Result<Page, String> {
        let next = response.next_cursor.as_ref().map(|next| (next.topic_name.to_string(), next.partition_index));
        if next.is_some() && next <= self.cursor {
            return Err("it tells the same partitions again instead of the next ones".to_owned());
        }
        let mut page = Page::new();
        for topic in &response.topics {
            let name = text(topic.name.as_ref());
            let left_out = matches!(self.wanted, Wanted::Allowed(allows) if !allows(&name));
            if left_out || self.told.contains(&name) {
                continue;
            }
            let begun = self.begun.take_if(|begun| begun.name == name);
            let continues = next.as_ref().is_some_and(|(unfinished, _)| *unfinished == name);
            match BrokerError::check(topic.error_code, None).map(|()| continued(begun, &name, topic)) {
                Ok(description) if continues => self.begun = Some(description),
                outcome => {
                    self.told.insert(name.clone());
                    page.push((name, outcome));
                }
            }
        }
        // The rest was asked for and is not there: the topic has gone meanwhile.
        if let Some(gone) = self.begun.take_if(|begun| next.as_ref().is_none_or(|(unfinished, _)| *unfinished != begun.name)) {
            self.told.insert(gone.name.clone());
            page.push((gone.name, Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into())));
        }
        self.cursor = next;
        Ok(page)
    }
}

/// What is known of a topic after one more answer.
fn continued(begun: Option<TopicDescription>, name: &str, topic: &DescribeTopicPartitionsResponseTopic) -> TopicDescription {
    let nothing = || TopicDescription { name: name.to_owned(), id: TopicId(topic.topic_id), partitions: Vec::new() };
    let mut description = begun.unwrap_or_else(nothing);
    description.partitions.extend(topic.partitions.iter().map(partition));
    description.partitions.sort_by_key(|partition| partition.partition);
    description
}

/// Puts the two halves of each topic together.
fn join<C>(topics: Page, configs: Vec<(String, ItemResult<C>)>) -> Vec<Described<C>> {
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
    use kafka_protocol::messages::describe_topic_partitions_response::Cursor;

    use super::*;

    /// An answer with these partitions of these topics; no partitions mean that the topic may not be looked at.
    fn answer(topics: &[(&str, &[i32])], next: Option<(&str, i32)>) -> DescribeTopicPartitionsResponse {
        let topic = |(name, partitions): &(&str, &[i32])| {
            let partition = |index: &i32| DescribeTopicPartitionsResponsePartition::default().with_partition_index(*index);
            let error = if partitions.is_empty() { ErrorCode::TOPIC_AUTHORIZATION_FAILED } else { ErrorCode::NONE };
            DescribeTopicPartitionsResponseTopic::default()
                .with_name(Some(topic_name(name)))
                .with_error_code(error.0)
                .with_partitions(partitions.iter().map(partition).collect())
        };
        let cursor = |(name, partition)| Cursor::default().with_topic_name(topic_name(name)).with_partition_index(partition);
        DescribeTopicPartitionsResponse::default().with_topics(topics.iter().map(topic).collect()).with_next_cursor(next.map(cursor))
    }

    fn added(
        answers: &mut Answers<'_>,
        response: &DescribeTopicPartitionsResponse,
    ) -> Vec<(String, std::result::Result<Vec<i32>, ErrorCode>)> {
        let numbers = |topic: TopicDescription| topic.partitions.iter().map(|partition| partition.partition).collect();
        let page = answers.add(response).unwrap();
        page.into_iter().map(|(name, outcome)| (name, outcome.map(numbers).map_err(|error| error.code))).collect()
    }

    fn whole(name: &str, partitions: &[i32]) -> (String, std::result::Result<Vec<i32>, ErrorCode>) {
        (name.to_owned(), Ok(partitions.to_vec()))
    }

    fn named() -> Answers<'static> {
        Answers::new(Wanted::Named(&[]))
    }

    #[test]
    fn a_topic_may_span_answers() {
        let mut answers = named();
        assert_eq!(added(&mut answers, &answer(&[("a", &[0, 1]), ("b", &[1, 0])], Some(("b", 2)))), [whole("a", &[0, 1])]);
        assert_eq!(added(&mut answers, &answer(&[("b", &[2, 3])], Some(("b", 4)))), []);
        assert_eq!(added(&mut answers, &answer(&[("b", &[4]), ("c", &[0])], None)), [whole("b", &[0, 1, 2, 3, 4]), whole("c", &[0])]);
    }

    #[test]
    fn an_answer_may_end_between_two_topics() {
        let mut answers = named();
        assert_eq!(added(&mut answers, &answer(&[("a", &[0])], Some(("b", 0)))), [whole("a", &[0])]);
        assert_eq!(added(&mut answers, &answer(&[("b", &[0])], None)), [whole("b", &[0])]);
    }

    #[test]
    fn topics_that_may_not_be_looked_at_end_every_answer_and_are_told_once() {
        let mut answers = named();
        let refused = ("z".to_owned(), Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED));
        assert_eq!(added(&mut answers, &answer(&[("a", &[0]), ("z", &[])], Some(("a", 1)))), [refused]);
        assert_eq!(added(&mut answers, &answer(&[("a", &[1]), ("b", &[0]), ("z", &[])], None)), [whole("a", &[0, 1]), whole("b", &[0])]);
    }

    #[test]
    fn a_topic_that_goes_between_two_answers_is_not_told_in_part() {
        let mut answers = named();
        added(&mut answers, &answer(&[("a", &[0])], Some(("a", 1))));
        let mut gone = answer(&[("a", &[])], None);
        gone.topics[0].error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0;
        assert_eq!(added(&mut answers, &gone), [("a".to_owned(), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))]);
        // Where all topics are asked for, it is not even mentioned any more.
        let mut answers = Answers::new(Wanted::Allowed(&|_| true));
        added(&mut answers, &answer(&[("a", &[0])], Some(("a", 1))));
        let expected = [whole("b", &[0]), ("a".to_owned(), Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))];
        assert_eq!(added(&mut answers, &answer(&[("b", &[0])], None)), expected);
    }

    #[test]
    fn a_broker_that_goes_round_in_circles_is_no_broker_that_has_told_all() {
        let mut answers = named();
        added(&mut answers, &answer(&[("a", &[0])], Some(("a", 1))));
        assert!(answers.add(&answer(&[("a", &[0])], Some(("a", 1)))).is_err());
        assert!(answers.add(&answer(&[("a", &[0])], Some(("a", 0)))).is_err());
    }

    #[test]
    fn what_is_not_allowed_is_left_out() {
        let mut answers = Answers::new(Wanted::Allowed(&|name| name == "b"));
        assert_eq!(added(&mut answers, &answer(&[("a", &[0]), ("b", &[0])], Some(("c", 0)))), [whole("b", &[0])]);
    }

    #[test]
    fn a_topic_is_told_only_with_its_settings() {
        let topics = named().add(&answer(&[("a", &[0]), ("b", &[0])], None)).unwrap();
        let refused: BrokerError = ErrorCode::TOPIC_AUTHORIZATION_FAILED.into();
        let mut joined = join(topics, vec![("b".into(), Ok(())), ("a".into(), Err(refused.clone()))]);
        assert_eq!(joined.remove(1).whole().unwrap().0.name, "b");
        let told = joined.remove(0);
        assert!(!told.is_hidden(), "its settings are refused, not the topic");
        assert_eq!(told.whole().unwrap_err(), refused);
    }

    #[test]
    fn a_topic_that_is_refused_itself_is_hidden() {
        let refused: ItemResult<TopicDescription> = Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED.into());
        assert!(join(vec![("a".into(), refused)], vec![("a".into(), Ok(()))])[0].is_hidden());
    }
}
