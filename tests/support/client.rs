//! What brings a cluster into the state that a test starts from, and tells when it is there.
//!
//! Records, commits and members come from librdkafka; questions about the cluster go out on this library's own wire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use kafka_protocol::messages::alter_partition_reassignments_request::{ReassignablePartition, ReassignableTopic};
use kafka_protocol::messages::create_acls_request::AclCreation;
use kafka_protocol::messages::{
    AlterPartitionReassignmentsRequest, BrokerId, ConsumerGroupDescribeRequest, CreateAclsRequest, DeleteRecordsRequest,
    DescribeConfigsRequest, DescribeGroupsRequest, GroupId, MetadataRequest, MetadataResponse, TopicName,
    delete_records_request::DeleteRecordsPartition, delete_records_request::DeleteRecordsTopic,
    describe_configs_request::DescribeConfigsResource,
};
use kafka_protocol::protocol::StrBytes;
use kafkabox::kafka::admin::{Admin, AlterOp, ConfigChange};
use kafkabox::kafka::error::ErrorCode;
use kafkabox::kafka::model::{ConfigResource, Layout, NewTopic, ResourceKind};
use kafkabox::kafka::settings::{ClientSettings, Role};
use kafkabox::kafka::wire::{Cluster, Deadline, Target};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, DeliveryResult, Producer, ProducerContext};
use rdkafka::{ClientContext, Offset, TopicPartitionList};

use super::wait::{eventually, wait_for};

/// How long a set-up step may take.
const LIMIT: Duration = Duration::from_secs(30);

/// The topic whose setting is changed to see how far the brokers have come.
const BARRIER: &str = "barrier";

/// What a rule about permissions does, by its number in the protocol.
const DENY: i8 = 2;
const ALLOW: i8 = 3;

/// Settings by name.
pub type Config = BTreeMap<String, String>;

/// A name that no other test of this run uses; names with the same prefix are equally long.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(10_000);
    format!("{prefix}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A client of one cluster.
#[derive(Clone, Debug)]
pub struct Client {
    servers: String,
}

/// A record to produce. A missing key or value is null.
#[derive(Clone, Debug, Default)]
pub struct Record {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub partition: Option<i32>,
    /// Milliseconds since 1970.
    pub timestamp: Option<i64>,
}

impl Record {
    pub fn value(value: impl Into<Vec<u8>>) -> Self {
        Self { value: Some(value.into()), ..Self::default() }
    }

    pub fn to(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }
}

/// What permissions are for, by the numbers of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarded {
    Topic = 2,
    Group = 3,
}

/// What is permitted, by the numbers of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    Read = 3,
    Describe = 8,
}

/// How a transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transaction {
    Commit,
    Abort,
}

impl Client {
    pub fn new(servers: &str) -> Self {
        Self { servers: servers.to_owned() }
    }

    pub fn servers(&self) -> &str {
        &self.servers
    }

    fn settings(&self) -> Result<ClientSettings, String> {
        ClientSettings::new(Role::Admin, &self.servers).map_err(text)
    }

    fn ask<T>(&self, work: impl AsyncFnOnce(Cluster) -> Result<T, String>) -> Result<T, String> {
        let settings = self.settings()?;
        block_on(async { work(Cluster::connect(settings, Deadline::after(LIMIT)).await.map_err(text)?).await })
    }

    /// What each broker that is up knows of the cluster.
    fn views(&self) -> Result<Vec<MetadataResponse>, String> {
        self.ask(async |cluster| {
            let mut views = Vec::new();
            for broker in cluster.brokers().await.map_err(text)? {
                let request = MetadataRequest::default().with_topics(None).with_allow_auto_topic_creation(false);
                views.push(cluster.send(&Target::Broker(broker.id), &request).await.map_err(text)?);
            }
            Ok(views)
        })
    }

    /// Whether all brokers say that exactly `ids` are up.
    pub fn all_brokers_agree(&self, ids: &[i32]) -> Result<(), String> {
        for view in self.views()? {
            let known: BTreeSet<i32> = view.brokers.iter().map(|broker| broker.node_id.0).collect();
            if !known.iter().eq(ids) {
                return Err(format!("a broker knows of {known:?}"));
            }
        }
        Ok(())
    }

    /// Whether all brokers say that every replica is in sync, and every partition is led.
    pub fn in_sync(&self) -> Result<(), String> {
        for view in self.views()? {
            for topic in &view.topics {
                let lame = topic.partitions.iter().find(|one| one.leader_id.0 < 0 || one.isr_nodes.len() < one.replica_nodes.len());
                if let Some(partition) = lame {
                    return Err(format!("{:?}-{} has {:?} in sync", topic.name, partition.partition_index, partition.isr_nodes));
                }
            }
        }
        Ok(())
    }

    /// Creates a topic, and waits until all brokers know it and every partition is led.
    pub fn create(&self, name: &str, layout: Layout, config: &Config) -> Result<(), String> {
        let settings = self.settings()?;
        let configs = config.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        let topic = NewTopic { name: name.to_owned(), layout, configs };
        block_on(async {
            let admin = Admin::connect(settings).await.map_err(text)?;
            admin.create_topics(&[topic], false).await.map_err(text)?.remove(0).map(drop).map_err(|error| error.text())
        })?;
        wait_for("a topic that was created", LIMIT, || {
            let led = |view: &MetadataResponse| {
                let topic = view.topics.iter().find(|topic| topic.name.as_ref().is_some_and(|known| known.0.as_str() == name));
                topic.is_some_and(|topic| !topic.partitions.is_empty() && topic.partitions.iter().all(|one| one.leader_id.0 >= 0))
            };
            if self.views()?.iter().all(led) { Ok(()) } else { Err("not all brokers know it, with its leaders".to_owned()) }
        })
    }

    /// Begins to move a partition to these brokers. While one of them is away, that has no end.
    pub fn reassign(&self, topic: &str, partition: i32, replicas: &[i32]) -> Result<(), String> {
        let partition = ReassignablePartition::default()
            .with_partition_index(partition)
            .with_replicas(Some(replicas.iter().copied().map(BrokerId).collect()));
        let topic =
            ReassignableTopic::default().with_name(TopicName(StrBytes::from_string(topic.to_owned()))).with_partitions(vec![partition]);
        let request = AlterPartitionReassignmentsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000);
        self.ask(async |cluster| {
            let response = cluster.send(&Target::Controller, &request).await.map_err(text)?;
            let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
            let codes = partitions.map(|partition| partition.error_code).chain([response.error_code]);
            match codes.map(ErrorCode).find(|code| !code.is_none()) {
                Some(code) => Err(format!("{code:?}")),
                None => Ok(()),
            }
        })?;
        self.settle()
    }

    /// Creates a topic with `partitions` partitions and a name of its own, which is returned.
    #[track_caller]
    pub fn topic(&self, partitions: i32) -> String {
        let name = unique("topic");
        let layout = Layout::Counts { partitions: Some(partitions), replication_factor: None };
        self.create(&name, layout, &Config::new()).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        name
    }

    /// Waits until every broker knows all that the controller has decided so far.
    ///
    /// Brokers learn the controller's decisions in order: where the newest one is known, so are all before it.
    pub fn settle(&self) -> Result<(), String> {
        static SERIAL: AtomicU64 = AtomicU64::new(1_000_000_000);
        // One after another: a value that somebody else replaces is never seen.
        static TURN: Mutex<()> = Mutex::new(());
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let value = SERIAL.fetch_add(1, Ordering::Relaxed).to_string();
        let settings = self.settings()?;
        let barrier = ConfigResource::new(ResourceKind::Topic, BARRIER);
        let change = ConfigChange { name: "retention.ms".to_owned(), value: Some(value.clone()), op: AlterOp::Set };
        block_on(async {
            let admin = Admin::connect(settings).await.map_err(text)?;
            loop {
                let outcome = admin.incremental_alter_configs(&[(barrier.clone(), vec![change.clone()])], false).await;
                match outcome.map_err(text)?.remove(0) {
                    Err(error) if error.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {}
                    outcome => return outcome.map_err(|error| error.text()),
                }
                let layout = Layout::Counts { partitions: Some(1), replication_factor: Some(1) };
                let topic = NewTopic { name: BARRIER.to_owned(), layout, configs: Vec::new() };
                match admin.create_topics(&[topic], false).await.map_err(text)?.remove(0) {
                    Err(error) if error.code != ErrorCode::TOPIC_ALREADY_EXISTS => return Err(error.text()),
                    _ => {}
                }
            }
        })?;
        wait_for("all brokers know the newest decision", LIMIT, || self.barriers_are(&value))
    }

    fn barriers_are(&self, value: &str) -> Result<(), String> {
        self.ask(async |cluster| {
            for broker in cluster.brokers().await.map_err(text)? {
                let resource = DescribeConfigsResource::default()
                    .with_resource_type(ResourceKind::Topic.code())
                    .with_resource_name(StrBytes::from_static_str(BARRIER))
                    .with_configuration_keys(Some(vec![StrBytes::from_static_str("retention.ms")]));
                let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
                let response = cluster.send(&Target::Broker(broker.id), &request).await.map_err(text)?;
                let known = response.results.iter().flat_map(|result| &result.configs).find_map(|config| config.value.as_deref());
                if known != Some(value) {
                    return Err(format!("broker {} has {known:?}", broker.id));
                }
            }
            Ok(())
        })
    }

    /// Produces `records`, in order, and waits for their acknowledgements.
    pub fn produce(&self, topic: &str, records: &[Record], config: &Config, transaction: Option<Transaction>) -> Result<(), String> {
        let mut settings = self.librdkafka(config);
        settings.set("partitioner", "murmur2_random").set("linger.ms", "0");
        for (key, value) in config {
            settings.set(key, value);
        }
        if transaction.is_some() {
            settings.set("transactional.id", unique("transaction"));
        }
        let refusals = Refusals::default();
        let producer: BaseProducer<Refusals> = settings.create_with_context(refusals.clone()).map_err(text)?;
        if transaction.is_some() {
            producer.init_transactions(LIMIT).map_err(text)?;
            producer.begin_transaction().map_err(text)?;
        }
        for record in records {
            let mut message: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic);
            message.key = record.key.as_deref();
            message.payload = record.value.as_deref();
            message.partition = record.partition;
            message.timestamp = record.timestamp;
            if !record.headers.is_empty() {
                let insert =
                    |headers: OwnedHeaders, (key, value): &(String, Option<Vec<u8>>)| headers.insert(Header { key, value: value.as_ref() });
                message.headers = Some(record.headers.iter().fold(OwnedHeaders::new(), insert));
            }
            producer.send(message).map_err(|(error, _)| error.to_string())?;
        }
        // Before an abort, too: that would drop what is still queued.
        producer.flush(LIMIT).map_err(text)?;
        match transaction {
            Some(Transaction::Commit) => producer.commit_transaction(LIMIT).map_err(text)?,
            Some(Transaction::Abort) => producer.abort_transaction(LIMIT).map_err(text)?,
            None => {}
        }
        match refusals.first() {
            Some(reason) if transaction != Some(Transaction::Abort) => Err(reason),
            _ => Ok(()),
        }
    }

    /// Deletes the records of a partition below an offset.
    pub fn delete_records(&self, topic: &str, partition: i32, before: i64) -> Result<(), String> {
        let topic = StrBytes::from_string(topic.to_owned());
        self.ask(async |cluster| {
            let metadata = MetadataRequest::default().with_topics(None).with_allow_auto_topic_creation(false);
            let metadata = cluster.send(&Target::Any, &metadata).await.map_err(text)?;
            let found = metadata.topics.iter().find(|found| found.name.as_ref().is_some_and(|name| name.0 == topic));
            let found = found.and_then(|found| found.partitions.iter().find(|found| found.partition_index == partition));
            let leader = Target::Broker(found.ok_or("there is no such partition")?.leader_id.0);
            let wanted = DeleteRecordsPartition::default().with_partition_index(partition).with_offset(before);
            let wanted = DeleteRecordsTopic::default().with_name(topic.clone().into()).with_partitions(vec![wanted]);
            let request = DeleteRecordsRequest::default().with_topics(vec![wanted]).with_timeout_ms(10_000);
            let response = cluster.send(&leader, &request).await.map_err(text)?;
            match response.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code).next() {
                Some(0) => Ok(()),
                outcome => Err(format!("{outcome:?}")),
            }
        })
    }

    /// Allows something to one user, and thereby everything else about the topic or group to nobody.
    pub fn allow(&self, kind: Guarded, name: &str, user: &str, operation: Operation) -> Result<(), String> {
        self.rule(kind, name, user, operation, ALLOW)
    }

    /// Forbids everybody to look at a topic or group.
    pub fn forbid(&self, kind: Guarded, name: &str) -> Result<(), String> {
        self.rule(kind, name, "*", Operation::Describe, DENY)
    }

    fn rule(&self, kind: Guarded, name: &str, user: &str, operation: Operation, permission: i8) -> Result<(), String> {
        let creation = AclCreation::default()
            .with_resource_type(kind as i8)
            .with_resource_name(StrBytes::from_string(name.to_owned()))
            .with_principal(StrBytes::from_string(format!("User:{user}")))
            .with_host(StrBytes::from_static_str("*"))
            .with_operation(operation as i8)
            .with_permission_type(permission);
        let request = CreateAclsRequest::default().with_creations(vec![creation]);
        self.ask(async |cluster| {
            let response = cluster.send(&Target::Any, &request).await.map_err(text)?;
            match response.results.first().map(|result| result.error_code) {
                Some(0) => Ok(()),
                outcome => Err(format!("{outcome:?}")),
            }
        })?;
        self.settle()
    }

    /// Waits until a topic has this many records in all, and no more.
    #[track_caller]
    pub fn await_records(&self, topic: &str, count: i64) {
        let consumer: BaseConsumer = self.librdkafka(&Config::new()).create().expect("a consumer");
        eventually("records in a topic", LIMIT, || {
            let metadata = consumer.fetch_metadata(Some(topic), LIMIT).map_err(text)?;
            let partitions = metadata.topics().iter().flat_map(rdkafka::metadata::MetadataTopic::partitions);
            let ends = partitions.map(|partition| Ok(consumer.fetch_watermarks(topic, partition.id(), LIMIT).map_err(text)?.1));
            let found: i64 = ends.sum::<Result<i64, String>>()?;
            if found == count { Ok(()) } else { Err(format!("{topic} has {found} records instead of {count}")) }
        });
    }

    /// Commits offsets for a group without members.
    pub fn commit(&self, group: &str, offsets: &[(String, i32, i64, Option<String>)]) -> Result<(), String> {
        let mut list = TopicPartitionList::new();
        for (topic, partition, offset, metadata) in offsets {
            let mut element = list.add_partition(topic, *partition);
            element.set_offset(Offset::Offset(*offset)).map_err(text)?;
            if let Some(metadata) = metadata {
                element.set_metadata(metadata);
            }
        }
        let mut settings = self.librdkafka(&Config::new());
        let consumer: BaseConsumer = settings.set("group.id", group).create().map_err(text)?;
        // A new cluster first makes and loads its offsets topic, and a coordinator hears late of a new topic.
        wait_for("a commit", LIMIT, || consumer.commit(&list, CommitMode::Sync).map_err(text))
    }

    /// A member that lives until it is dropped. With `assigned`, it has got partitions by the time this returns.
    pub fn member(&self, group: &str, topics: &[String], config: &Config, assigned: bool) -> Result<Member, String> {
        let mut settings = self.librdkafka(&Config::new());
        settings.set("group.id", group).set("auto.offset.reset", "earliest").set("enable.auto.commit", "false");
        for (key, value) in config {
            settings.set(key, value);
        }
        let consumer: Arc<BaseConsumer> = Arc::new(settings.create().map_err(text)?);
        consumer.subscribe(&topics.iter().map(String::as_str).collect::<Vec<_>>()).map_err(text)?;
        let (ends, stalls) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let thread = std::thread::spawn({
            let (consumer, ends, stalls) = (Arc::clone(&consumer), Arc::clone(&ends), Arc::clone(&stalls));
            move || {
                while !ends.load(Ordering::Relaxed) {
                    if stalls.load(Ordering::Relaxed) {
                        // Until it ends.
                        std::thread::park();
                    } else {
                        consumer.poll(Duration::from_millis(50));
                    }
                }
            }
        });
        let member = Member { consumer, ends, stalls, thread: Some(thread) };
        if assigned {
            wait_for("an assignment", LIMIT, || match member.consumer.assignment() {
                Ok(list) if list.count() > 0 => Ok(()),
                outcome => Err(format!("{outcome:?}")),
            })?;
        }
        Ok(member)
    }

    /// Waits until a group of `members` members has come to rest, by either protocol.
    pub fn group_rests(&self, group: &str, members: usize) -> Result<(), String> {
        wait_for("a group at rest", LIMIT, || {
            let (state, count, converged) = self.group(group)?;
            if state == "Stable" && count == members && converged {
                return Ok(());
            }
            Err(format!("{group} is {state} with {count} of {members} members, converged: {converged}"))
        })
    }

    /// Waits until a group of `members` members is in a state.
    pub fn group_is(&self, group: &str, state: &str, members: usize) -> Result<(), String> {
        wait_for("a group's state", LIMIT, || self.is_group(group, state, members))
    }

    /// Whether a group of `members` members is in a state.
    pub fn is_group(&self, group: &str, state: &str, members: usize) -> Result<(), String> {
        let (found, count, _) = self.group(group)?;
        if found == state && count == members { Ok(()) } else { Err(format!("{group} is {found} with {count} members")) }
    }

    /// A group's state, how many members it has, and whether they have what they are to have.
    fn group(&self, group: &str) -> Result<(String, usize, bool), String> {
        let id = || GroupId(StrBytes::from_string(group.to_owned()));
        self.ask(async |cluster| {
            let coordinator = Target::Coordinator(group.to_owned());
            let request = ConsumerGroupDescribeRequest::default().with_group_ids(vec![id()]);
            let response = cluster.send(&coordinator, &request).await.map_err(text)?;
            if let Some(found) = response.groups.first().filter(|found| found.error_code == 0) {
                let converged = found
                    .members
                    .iter()
                    .all(|member| member.member_epoch == found.group_epoch && member.assignment == member.target_assignment);
                return Ok((found.group_state.to_string(), found.members.len(), converged));
            }
            let request = DescribeGroupsRequest::default().with_groups(vec![id()]);
            let response = cluster.send(&coordinator, &request).await.map_err(text)?;
            let found = response.groups.first().ok_or("no answer")?;
            Ok((found.group_state.to_string(), found.members.len(), true))
        })
    }

    fn librdkafka(&self, config: &Config) -> ClientConfig {
        let mut settings = ClientConfig::new();
        settings.set("bootstrap.servers", &self.servers).set("log_level", "0");
        for (key, value) in config {
            settings.set(key, value);
        }
        settings
    }
}

/// A consumer that is a member of a group.
#[allow(missing_debug_implementations, reason = "librdkafka's consumer has none")]
pub struct Member {
    consumer: Arc<BaseConsumer>,
    ends: Arc<AtomicBool>,
    stalls: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Member {
    /// Stops polling: it goes on to be a member, and does not take part in a rebalance.
    pub fn stall(&self) {
        self.stalls.store(true, Ordering::Relaxed);
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            thread.join().expect("a member polls until it is told to end");
        }
    }
}

/// What the brokers refused of the records produced.
#[derive(Clone, Default)]
struct Refusals(Arc<Mutex<Vec<String>>>);

impl Refusals {
    fn first(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).first().cloned()
    }
}

impl ClientContext for Refusals {}

impl ProducerContext for Refusals {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, (): ()) {
        if let Err((error, _)) = result {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(error.to_string());
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "stands where map_err gives the error away")]
fn text(error: impl ToString) -> String {
    error.to_string()
}

fn block_on<T>(work: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(text)?.block_on(work)
}
