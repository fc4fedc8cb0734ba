//! The brokers of one cluster: which connection a request takes, and what happens when that turns out to be the wrong one.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;

use kafka_protocol::messages::{
    ApiKey, DescribeClusterRequest, FindCoordinatorRequest, FindCoordinatorResponse, MetadataRequest, MetadataResponse,
    metadata_request::MetadataRequestTopic,
};
use kafka_protocol::protocol::{Request, StrBytes};
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use super::connection::name_of;
use super::{Backoff, Connection, Deadline};
use crate::kafka::error::{BrokerError, Error, ErrorCode, Result};
use crate::kafka::settings::{ClientSettings, Endpoint};

/// How long refused connections are tried again: a broker that restarts is back within a moment or not at all.
const CONNECT_GRACE: Duration = Duration::from_secs(2);

/// How long the next bootstrap server waits for the one before it.
const CONNECT_STAGGER: Duration = Duration::from_millis(250);

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

/// The number of a controller's endpoint in DescribeCluster.
const CONTROLLER_ENDPOINT: i8 = 2;

/// What a connection is kept under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Slot {
    Bootstrap,
    Broker(i32),
}

type Shared = Rc<Mutex<Connection>>;

/// A cluster that answers. Requests to different brokers run concurrently; those to one broker take turns.
#[derive(Debug)]
pub struct Cluster {
    settings: ClientSettings,
    deadline: Deadline,
    peers: Peers,
    bootstrap: RefCell<Option<Endpoint>>,
    connections: RefCell<HashMap<Slot, Shared>>,
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
            bootstrap: RefCell::default(),
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
    /// Those of [`Connection::call`], and of connecting where `target` has no connection yet.
    pub async fn send<R: Request>(&self, target: &Target, request: &R) -> Result<R::Response> {
        self.ensure_answered::<R>()?;
        let slot = self.slot(target).await?;
        self.send_on(slot, request).await
    }

    async fn send_on<R: Request>(&self, slot: Slot, request: &R) -> Result<R::Response> {
        let connection = self.connection(slot).await?;
        let patience = self.settings.request_timeout.min(self.deadline.left());
        let outcome = connection.lock().await.call(request, patience).await;
        if matches!(outcome, Err(Error::Disconnected { .. } | Error::Timeout { .. } | Error::Protocol { .. })) {
            // What is left in this stream belongs to nobody.
            self.connections.borrow_mut().retain(|_, kept| !Rc::ptr_eq(kept, &connection));
        }
        outcome
    }

    /// The newest version of `R` that this program and `target` know.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when there is none, and those of connecting.
    pub async fn version<R: Request>(&self, target: &Target) -> Result<i16> {
        self.ensure_answered::<R>()?;
        let slot = self.slot(target).await?;
        let connection = self.connection(slot).await?;
        connection.lock().await.version::<R>()
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

    /// Finds the coordinators of many groups with as few requests as the brokers' version allows, and keeps them until
    /// [`reroute`](Self::reroute).
    ///
    /// Groups without a coordinator are asked for again for a part of the time that is left, so that some is left for the
    /// others.
    ///
    /// # Errors
    /// Those of [`send`](Self::send); a group whose coordinator cannot be told has its own error.
    pub async fn coordinators(&self, groups: &[String]) -> Result<HashMap<String, Result<i32, BrokerError>>> {
        let mut found = HashMap::new();
        let mut open: Vec<String> = Vec::new();
        for group in groups {
            match self.coordinators.borrow().get(group) {
                Some(id) => _ = found.insert(group.clone(), Ok(*id)),
                None => open.push(group.clone()),
            }
        }
        let mut backoff = self.backoff();
        let deadline = self.deadline.most();
        while !open.is_empty() {
            let mut again = Vec::new();
            for (group, answer) in self.ask_coordinators(&open).await? {
                match answer {
                    // A cluster makes its offsets topic when the first group asks for it, which takes a moment.
                    Err(error) if error.code.is_retriable() && !deadline.passed() => again.push(group),
                    answer => {
                        if let Ok(id) = answer {
                            self.coordinators.borrow_mut().insert(group.clone(), id);
                        }
                        found.insert(group, answer);
                    }
                }
            }
            open = again;
            if !open.is_empty() {
                tokio::time::sleep(backoff.pause().min(deadline.left())).await;
            }
        }
        Ok(found)
    }

    async fn ask_coordinators(&self, groups: &[String]) -> Result<Vec<(String, Result<i32, BrokerError>)>> {
        let version = self.version::<FindCoordinatorRequest>(&Target::Any).await?;
        let name = |group: &String| StrBytes::from_string(group.clone());
        if version >= 4 {
            let request = FindCoordinatorRequest::default().with_coordinator_keys(groups.iter().map(name).collect());
            let response = self.send(&Target::Any, &request).await?;
            let answers = response.coordinators.iter().map(|found| {
                let outcome = BrokerError::check(found.error_code, found.error_message.as_deref());
                self.learn_coordinator(found.node_id.0, &found.host, found.port, outcome.is_ok());
                (found.key.to_string(), outcome.map(|()| found.node_id.0))
            });
            return Ok(answers.collect());
        }
        let mut answers = Vec::with_capacity(groups.len());
        for group in groups {
            let request = FindCoordinatorRequest::default().with_key(name(group));
            let found: FindCoordinatorResponse = self.send(&Target::Any, &request).await?;
            let outcome = BrokerError::check(found.error_code, found.error_message.as_deref());
            self.learn_coordinator(found.node_id.0, &found.host, found.port, outcome.is_ok());
            answers.push((group.clone(), outcome.map(|()| found.node_id.0)));
        }
        Ok(answers)
    }

    fn learn_coordinator(&self, id: i32, host: &str, port: i32, valid: bool) {
        if let (true, Ok(port)) = (valid, u16::try_from(port)) {
            let broker = Broker { id, endpoint: Endpoint { host: host.to_owned(), port }, rack: None };
            self.alias_bootstrap(&broker);
            self.brokers.borrow_mut().entry(id).or_insert(broker);
        }
    }

    /// Keeps the nodes (id, host, port, rack), and the controller's id.
    fn learn<'a>(&self, nodes: impl Iterator<Item = (i32, &'a str, i32, Option<&'a str>)>, controller: i32) {
        let mut brokers = BTreeMap::new();
        for (id, host, port, rack) in nodes {
            let Ok(port) = u16::try_from(port) else { continue };
            let broker = Broker { id, endpoint: Endpoint { host: host.to_owned(), port }, rack: rack.map(str::to_owned) };
            self.alias_bootstrap(&broker);
            brokers.insert(id, broker);
        }
        *self.brokers.borrow_mut() = brokers;
        self.all_known.set(true);
        self.controller.set(Some(controller).filter(|id| *id >= 0));
    }

    /// The bootstrap connection serves its broker's own requests too, once it is known which broker that is.
    fn alias_bootstrap(&self, broker: &Broker) {
        if self.bootstrap.borrow().as_ref() != Some(&broker.endpoint) {
            return;
        }
        let mut connections = self.connections.borrow_mut();
        if let Some(shared) = connections.get(&Slot::Bootstrap).cloned() {
            connections.entry(Slot::Broker(broker.id)).or_insert(shared);
        }
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

    async fn connection(&self, slot: Slot) -> Result<Shared> {
        if let Some(open) = self.connections.borrow().get(&slot) {
            return Ok(open.clone());
        }
        let connection = match slot {
            Slot::Bootstrap => self.open_bootstrap().await?,
            Slot::Broker(id) => {
                let endpoint = self.endpoint(id).await?;
                if let Some(open) = self.connections.borrow().get(&slot) {
                    return Ok(open.clone());
                }
                let open = async || Connection::open(&endpoint, &self.settings.client_id, self.connect_deadline()).await;
                self.with_grace(open).await?
            }
        };
        let shared = Rc::new(Mutex::new(connection));
        self.connections.borrow_mut().insert(slot, shared.clone());
        Ok(shared)
    }

    async fn endpoint(&self, id: i32) -> Result<Endpoint> {
        if !self.brokers.borrow().contains_key(&id) {
            Box::pin(self.learn_nodes()).await?;
        }
        self.brokers.borrow().get(&id).map(|broker| broker.endpoint.clone()).ok_or_else(|| Error::Unreachable {
            target: format!("broker {id}"),
            reason: format!("the cluster lists only {} as running", self.known_ids()),
        })
    }

    fn known_ids(&self) -> String {
        self.brokers.borrow().keys().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }

    /// When one broker has to have accepted a connection, and told what it understands.
    fn connect_deadline(&self) -> Deadline {
        Deadline::after(self.settings.connection_setup_timeout.min(self.deadline.left()))
    }

    async fn open_bootstrap(&self) -> Result<Connection> {
        let (endpoint, connection) = self.with_grace(async || self.race_bootstrap().await).await?;
        *self.bootstrap.borrow_mut() = Some(endpoint);
        Ok(connection)
    }

    /// Repeats an attempt to connect for as long as a restarting broker may take.
    async fn with_grace<T>(&self, mut attempt: impl AsyncFnMut() -> Result<T>) -> Result<T> {
        let grace = Deadline::after(CONNECT_GRACE.min(self.deadline.left()));
        let mut backoff = self.backoff();
        loop {
            let outcome = attempt().await;
            let pause = backoff.pause();
            if !matches!(outcome, Err(Error::Unreachable { .. })) || pause >= grace.left() {
                return outcome;
            }
            tokio::time::sleep(pause).await;
        }
    }

    fn backoff(&self) -> Backoff {
        Backoff::new(self.settings.retry_backoff, self.settings.retry_backoff_max)
    }

    /// Tries the bootstrap servers in order, the next one as soon as the one before has failed or hesitates.
    async fn race_bootstrap(&self) -> Result<(Endpoint, Connection)> {
        let deadline = self.connect_deadline();
        let mut waiting = self.settings.bootstrap_servers.iter().cloned();
        let mut attempts = JoinSet::new();
        let mut failures = Vec::new();
        loop {
            if let Some(endpoint) = waiting.next() {
                let client_id = self.settings.client_id.clone();
                attempts.spawn(async move {
                    let outcome = Connection::open(&endpoint, &client_id, deadline).await;
                    outcome.map(|connection| (endpoint, connection))
                });
            }
            let hesitation = if waiting.len() == 0 { deadline.left() + CONNECT_STAGGER } else { CONNECT_STAGGER };
            match tokio::time::timeout(hesitation, attempts.join_next()).await {
                Ok(Some(Ok(Ok(winner)))) => return Ok(winner),
                Ok(Some(Ok(Err(error)))) => failures.push(error),
                Ok(Some(Err(panic))) => failures.push(Error::Client(panic.to_string())),
                Ok(None) if waiting.len() == 0 => return Err(join_failures(failures)),
                Ok(None) | Err(_) => {}
            }
        }
    }
}

/// One error for several servers that all failed: each with its reason.
fn join_failures(mut failures: Vec<Error>) -> Error {
    if failures.len() == 1 {
        return failures.remove(0);
    }
    let reasons: Vec<String> = failures
        .iter()
        .map(|error| match error {
            Error::Unreachable { target, reason } | Error::NotKafka { target, reason } => format!("{target}: {reason}"),
            other => other.to_string(),
        })
        .collect();
    Error::Unreachable { target: "any bootstrap server".to_owned(), reason: reasons.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_failures_become_one_line_with_each_reason() {
        let refused = |port: u16| Error::Unreachable { target: format!("h:{port}"), reason: "Connection refused".into() };
        assert_eq!(join_failures(vec![refused(1)]).to_string(), "cannot reach h:1: Connection refused");
        assert_eq!(
            join_failures(vec![refused(1), refused(2)]).to_string(),
            "cannot reach any bootstrap server: h:1: Connection refused; h:2: Connection refused"
        );
    }
}
