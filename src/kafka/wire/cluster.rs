//! The brokers of one cluster: which connection a request takes, and what happens when that turns out to be the wrong one.

mod connecting;
mod coordinators;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use kafka_protocol::messages::{ApiKey, DescribeClusterRequest, MetadataRequest, MetadataResponse, metadata_request::MetadataRequestTopic};
use kafka_protocol::protocol::Request;
use tokio::sync::OnceCell;

use super::connection::name_of;
use super::{Connection, Deadline, ensure_fits};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::settings::{ClientSettings, Endpoint};

/// A broker as the cluster's metadata names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    pub id: i32,
    pub endpoint: Endpoint,
    pub rack: Option<String>,
}

/// Who has to answer a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Whoever is connected already.
    Any,
    /// The controller. Under KRaft every broker forwards to it, so this costs no connection of its own.
    Controller,
    /// The broker with this id.
    Broker(i32),
    /// The coordinator of this group.
    Coordinator(String),
}

/// Whom the bootstrap servers belong to (Java's `bootstrap.servers` and `bootstrap.controllers`, KIP-919).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peers {
    Brokers,
    /// The controllers' own listeners, which answer few requests.
    Controllers,
}

/// The requests that Java's admin client sends to controllers.
const CONTROLLER_REQUESTS: [ApiKey; 3] = [ApiKey::DescribeCluster, ApiKey::DescribeConfigs, ApiKey::IncrementalAlterConfigs];

/// The requests that change something. None is sent again after its connection was lost: that would report what the first
/// attempt has done as a failure, or undo what somebody else has done since.
const CHANGES: [ApiKey; 9] = [
    ApiKey::CreateTopics,
    ApiKey::CreatePartitions,
    ApiKey::DeleteTopics,
    ApiKey::DeleteGroups,
    ApiKey::OffsetCommit,
    ApiKey::OffsetDelete,
    ApiKey::IncrementalAlterConfigs,
    ApiKey::AlterClientQuotas,
    ApiKey::AlterUserScramCredentials,
];

/// The number of a controller's endpoint in DescribeCluster.
const CONTROLLER_ENDPOINT: i8 = 2;

/// What a connection is kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Slot {
    Bootstrap,
    Broker(i32),
}

type Shared = Rc<Connection>;

/// A connection that somebody opens, or has opened, or could not open: whoever wants the same meanwhile waits for it.
type Opening = Rc<OnceCell<Result<Shared>>>;

/// A cluster that answers. Requests to different brokers run concurrently; of those to one broker a few are on their way at once,
/// and answered in order.
#[derive(Debug)]
pub struct Cluster {
    settings: ClientSettings,
    deadline: Deadline,
    peers: Peers,
    connections: RefCell<HashMap<Slot, Opening>>,
    brokers: RefCell<BTreeMap<i32, Broker>>,
    /// Whether these are all that are up, not only coordinators.
    all_known: Cell<bool>,
    controller: Cell<Option<i32>>,
    /// Set once a broker has said NOT_CONTROLLER: this cluster does not forward.
    seek_controller: Cell<bool>,
    coordinators: RefCell<HashMap<String, i32>>,
}

impl Cluster {
    /// Connects to the first bootstrap server that answers. Every later call shares `deadline`.
    ///
    /// # Errors
    /// The reason of the last attempt, after two seconds when connections are refused, after five when nothing answers.
    pub async fn connect(settings: ClientSettings, deadline: Deadline) -> Result<Self> {
        Self::connect_to(Peers::Brokers, settings, deadline).await
    }

    /// Connects to the controllers that `bootstrap.servers` names here. Requests go to the active one.
    ///
    /// # Errors
    /// Those of [`connect`](Self::connect), and that it is a broker which answers.
    pub async fn connect_to_controllers(settings: ClientSettings, deadline: Deadline) -> Result<Self> {
        let cluster = Self::connect_to(Peers::Controllers, settings, deadline).await?;
        cluster.learn_nodes().await?;
        Ok(cluster)
    }

    async fn connect_to(peers: Peers, settings: ClientSettings, deadline: Deadline) -> Result<Self> {
        let cluster = Self {
            settings,
            deadline,
            peers,
            connections: RefCell::default(),
            brokers: RefCell::default(),
            all_known: Cell::default(),
            controller: Cell::default(),
            seek_controller: Cell::new(peers == Peers::Controllers),
            coordinators: RefCell::default(),
        };
        cluster.connection(Slot::Bootstrap).await?;
        Ok(cluster)
    }

    /// Whom the bootstrap servers belong to.
    pub fn peers(&self) -> Peers {
        self.peers
    }

    /// The deadline that all calls share.
    pub fn deadline(&self) -> Deadline {
        self.deadline
    }

    /// Sends one request and waits for its answer, no longer than `request.timeout.ms` and the deadline allow.
    ///
    /// # Errors
    /// Those of [`Connection::call`], and of connecting where `target` has no connection yet; [`Error::Uncertain`] when nobody
    /// knows whether a change was made.
    pub async fn send<R: Request>(&self, target: &Target, request: &R) -> Result<R::Response> {
        self.send_or_rehearse(target, request, false).await
    }

    /// As [`send`](Self::send); a `rehearsal` (Java's `validateOnly`) changes nothing, so that it may be sent again.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn send_or_rehearse<R: Request>(&self, target: &Target, request: &R, rehearsal: bool) -> Result<R::Response> {
        self.ensure_answered::<R>()?;
        let slot = self.slot(target).await?;
        match self.send_on(slot, request).await {
            Err(lost @ (Error::Disconnected { .. } | Error::Unanswered { .. }))
                if !rehearsal && CHANGES.iter().any(|key| *key as i16 == R::KEY) =>
            {
                Err(Error::Uncertain { why: lost.to_string(), request: name_of(R::KEY) })
            }
            outcome => outcome,
        }
    }

    async fn send_on<R: Request>(&self, slot: Slot, request: &R) -> Result<R::Response> {
        loop {
            let connection = self.connection(slot).await?;
            // Only when it is sent: time spent waiting for others is gone.
            let answer = connection.call(request, || self.deadline.step(self.settings.request_timeout)).await?;
            // Nothing was sent where others have found out before that this connection is of no use any more.
            if let Some(answer) = answer {
                return Ok(answer);
            }
        }
    }

    /// The newest version of `R` that this program and `target` know.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when there is none, and those of connecting.
    pub async fn version<R: Request>(&self, target: &Target) -> Result<i16> {
        self.ensure_answered::<R>()?;
        let slot = self.slot(target).await?;
        let connection = self.connection(slot).await?;
        connection.version::<R>()
    }

    /// Refuses what controllers are not asked.
    fn ensure_answered<R: Request>(&self) -> Result<()> {
        let answered = self.peers == Peers::Brokers || CONTROLLER_REQUESTS.iter().any(|key| *key as i16 == R::KEY);
        if answered {
            return Ok(());
        }
        let request = name_of(R::KEY);
        Err(Error::Client(format!("{request} is not yet supported when communicating directly with the controller quorum")))
    }

    /// Runs `attempt` until it succeeds, fails for good, or the deadline passes.
    ///
    /// A retriable failure is repeated after a pause; where it says that the wrong broker was asked, the routes are
    /// looked up anew first.
    ///
    /// # Errors
    /// The first final failure; [`Error::Timeout`] with the last retriable one's reason at the deadline.
    pub async fn retrying<T>(&self, what: &str, mut attempt: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        let mut backoff = self.backoff();
        loop {
            let error = match attempt().await {
                Err(error) if error.is_retriable() => error,
                outcome => return outcome,
            };
            self.reroute(error.broker().map_or(ErrorCode::NONE, |broker| broker.code));
            let pause = backoff.pause();
            if pause >= self.deadline.left() {
                return Err(Error::Timeout { request: what.to_owned(), after: self.deadline.allowed(), last: Some(error.to_string()) });
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// The brokers that are up, by id.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn brokers(&self) -> Result<Vec<Broker>> {
        if !self.all_known.get() {
            self.learn_nodes().await?;
        }
        Ok(self.brokers.borrow().values().cloned().collect())
    }

    /// The broker with this id, if it is up.
    ///
    /// # Errors
    /// Those of [`send`](Self::send).
    pub async fn broker(&self, id: i32) -> Result<Option<Broker>> {
        if !self.brokers.borrow().contains_key(&id) {
            self.learn_nodes().await?;
        }
        Ok(self.brokers.borrow().get(&id).cloned())
    }

    /// Asks any broker for metadata: of all topics (`None`), or of those named; none at all gives the brokers alone.
    ///
    /// # Errors
    /// Those of [`send`](Self::send). Topic errors stay in the answer.
    pub async fn metadata(&self, topics: Option<Vec<MetadataRequestTopic>>) -> Result<MetadataResponse> {
        topics.iter().flatten().filter_map(|topic| topic.name.as_ref()).try_for_each(|name| ensure_fits("a topic's name", name))?;
        let request = MetadataRequest::default().with_topics(topics).with_allow_auto_topic_creation(false);
        let response = self.retrying("Metadata", async || self.send(&Target::Any, &request).await).await?;
        let nodes = response.brokers.iter().map(|node| (node.node_id.0, node.host.as_str(), node.port, node.rack.as_deref()));
        self.learn(nodes, response.controller_id.0);
        Ok(response)
    }

    /// Learns which nodes are up, and which of them is the controller.
    async fn learn_nodes(&self) -> Result<()> {
        if self.peers == Peers::Brokers {
            return self.metadata(Some(Vec::new())).await.map(|_| ());
        }
        let request = DescribeClusterRequest::default().with_endpoint_type(CONTROLLER_ENDPOINT);
        let response = self
            .retrying("DescribeCluster", async || {
                let response = self.send_on(Slot::Bootstrap, &request).await?;
                BrokerError::check(response.error_code, response.error_message.as_deref())?;
                Ok(response)
            })
            .await?;
        let nodes = response.brokers.iter().map(|node| (node.broker_id.0, node.host.as_str(), node.port, node.rack.as_deref()));
        self.learn(nodes, response.controller_id.0);
        Ok(())
    }

    /// Keeps the nodes (id, host, port, rack), and the controller's id.
    fn learn<'a>(&self, nodes: impl Iterator<Item = (i32, &'a str, i32, Option<&'a str>)>, controller: i32) {
        let mut brokers = BTreeMap::new();
        for (id, host, port, rack) in nodes {
            let Ok(port) = u16::try_from(port) else { continue };
            let broker = Broker { id, endpoint: Endpoint { host: host.to_owned(), port }, rack: rack.map(str::to_owned) };
            brokers.insert(id, broker);
        }
        *self.brokers.borrow_mut() = brokers;
        self.all_known.set(true);
        self.controller.set(Some(controller).filter(|id| *id >= 0));
    }

    /// Looks routes up anew before the next request, after `code` has said that the wrong broker was asked, or after a
    /// lost connection (no code).
    pub fn reroute(&self, code: ErrorCode) {
        if !code.is_none() && !code.is_misrouted() {
            return;
        }
        if code == ErrorCode::NOT_CONTROLLER {
            self.seek_controller.set(true);
        }
        self.controller.set(None);
        self.coordinators.borrow_mut().clear();
        self.brokers.borrow_mut().clear();
        self.all_known.set(false);
    }

    async fn slot(&self, target: &Target) -> Result<Slot> {
        match target {
            Target::Any if self.peers == Peers::Brokers => Ok(Slot::Bootstrap),
            Target::Broker(id) => Ok(Slot::Broker(*id)),
            Target::Controller if !self.seek_controller.get() => Ok(Slot::Bootstrap),
            Target::Any | Target::Controller => {
                if self.controller.get().is_none() {
                    Box::pin(self.learn_nodes()).await?;
                }
                Ok(self.controller.get().map_or(Slot::Bootstrap, Slot::Broker))
            }
            Target::Coordinator(group) => {
                if let Some(id) = self.coordinators.borrow().get(group) {
                    return Ok(Slot::Broker(*id));
                }
                let mut found = Box::pin(self.coordinators(std::slice::from_ref(group))).await?;
                Ok(Slot::Broker(found.remove(group).unwrap_or_else(|| Err(ErrorCode::COORDINATOR_NOT_AVAILABLE.into()))?))
            }
        }
    }
}
