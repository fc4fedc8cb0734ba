//! Brokers: formatted, started, stopped, and started again.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::Release;
use super::java::run_tool;
use super::watchdog::watchdog;
use crate::support::client::Client;
use crate::support::process::{Exit, reap, signal};
use crate::support::wait::wait_for;

/// How long brokers may take to start, on a machine that is busy with other things.
const START: Duration = Duration::from_secs(120);

/// How long a broker may take to stop in good order; one that misses its controllers waits for them.
const STOP: Duration = Duration::from_secs(20);

const LOG_SETTINGS: &str =
    concat!("-Dlog4j2.configurationFile=", env!("CARGO_MANIFEST_DIR"), "/tests/support/kafka/log4j2-broker.properties");

/// What the JVM of a broker gets that lives for a few minutes, beside others.
const SHORT_LIVED: &[&str] = &["-Xmx512M", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"];

/// What kafka-server-start.sh gives it.
#[allow(dead_code, reason = "the comparisons use it")]
const AS_SHIPPED: &[&str] = &["-Xmx1G", "-Xms1G", "-server", "-XX:+UseG1GC"];

/// A running cluster. Every broker is a controller, too.
#[derive(Debug)]
pub struct Cluster {
    release: &'static Release,
    jvm: &'static [&'static str],
    /// What the brokers are told besides.
    settings: &'static str,
    nodes: Vec<Node>,
    /// Read by those who share the cluster, written by those who change what all see.
    users: RwLock<()>,
}

#[derive(Debug)]
struct Node {
    id: usize,
    port: u16,
    control: u16,
    directory: PathBuf,
    process: Mutex<Option<Child>>,
}

/// The right to use a cluster beside others.
pub type Shared = RwLockReadGuard<'static, ()>;

/// The right to use a cluster alone: to stop brokers, or to change defaults.
pub type Exclusive = RwLockWriteGuard<'static, ()>;

/// A broker that is stopped. It runs again when this is dropped, even by a test that fails.
#[derive(Debug)]
pub struct Away {
    cluster: &'static Cluster,
    id: usize,
}

impl Drop for Away {
    fn drop(&mut self) {
        let outcome = self.cluster.resume(self.id);
        if !std::thread::panicking() {
            outcome.unwrap_or_else(|reason| panic!("broker {} did not come back: {reason}", self.id));
        }
    }
}

/// A broker that is held: it neither works nor goes. It works again when this is dropped.
#[derive(Debug)]
pub struct Held(String);

impl Drop for Held {
    fn drop(&mut self) {
        signal("CONT", &self.0);
    }
}

impl Cluster {
    /// Formats and starts the brokers 1 to `brokers`, with these `settings` besides those that all have, and waits until they
    /// answer.
    ///
    /// # Errors
    /// Why they did not, with the end of the log.
    pub fn start(release: &'static Release, name: &str, brokers: usize, settings: &'static str) -> Result<Self, String> {
        let root = |number| watchdog().directory(&format!("{name}-{number}"));
        let attempt = |number| Self::start_once(release, SHORT_LIVED, settings, &root(number), brokers);
        match attempt(1) {
            // A port that was free may have been taken in the meantime.
            Err(reason) if reason.contains("Address already in use") => attempt(2),
            outcome => outcome,
        }
    }

    /// One broker as a user would start it, with its files below `root`, to measure against.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_to_measure(release: &'static Release, root: &Path) -> Result<Self, String> {
        Self::start_once(release, AS_SHIPPED, "", root, 1)
    }

    fn start_once(
        release: &'static Release,
        jvm: &'static [&'static str],
        settings: &'static str,
        root: &Path,
        brokers: usize,
    ) -> Result<Self, String> {
        let mut ports = free_ports(2 * brokers).into_iter();
        let mut port = || ports.next().expect("two ports for each broker");
        let node = |id| Node { id, port: port(), control: port(), directory: root.join(id.to_string()), process: Mutex::default() };
        let cluster = Self { release, jvm, settings, nodes: (1..=brokers).map(node).collect(), users: RwLock::default() };
        std::thread::scope(|scope| {
            let formatted: Vec<_> = cluster.nodes.iter().map(|node| scope.spawn(|| cluster.format(node))).collect();
            formatted.into_iter().try_for_each(|thread| thread.join().expect("no panic"))
        })?;
        for node in &cluster.nodes {
            cluster.launch(node)?;
        }
        cluster.ready().inspect_err(|_| cluster.end())?;
        Ok(cluster)
    }

    /// `host:port` of every broker, separated by commas.
    pub fn servers(&self) -> String {
        self.nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)).collect::<Vec<_>>().join(",")
    }

    /// `host:port` of the first controller.
    pub fn controller(&self) -> String {
        format!("127.0.0.1:{}", self.nodes[0].control)
    }

    pub fn release(&self) -> &'static Release {
        self.release
    }

    /// Uses the cluster together with others.
    pub fn shared(&'static self) -> Shared {
        self.users.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the cluster alone.
    pub fn exclusive(&'static self) -> Exclusive {
        self.users.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Stops a broker until the result is dropped, and waits until the others know.
    #[track_caller]
    pub fn away(&'static self, id: usize) -> Away {
        let away = Away { cluster: self, id };
        self.stop(id).unwrap_or_else(|reason| panic!("broker {id} did not stop: {reason}"));
        away
    }

    /// Kills a broker, which can hand over nothing of what it leads, until the result is dropped.
    #[track_caller]
    pub fn killed(&'static self, id: usize) -> Away {
        signal("KILL", &self.process(id));
        self.away(id)
    }

    /// Holds a broker until the result is dropped.
    pub fn held(&self, id: usize) -> Held {
        let process = self.process(id);
        signal("STOP", &process);
        Held(process)
    }

    fn process(&self, id: usize) -> String {
        self.node(id).lock().as_ref().map_or_else(|| panic!("broker {id} does not run"), Child::id).to_string()
    }

    fn stop(&self, id: usize) -> Result<(), String> {
        self.node(id).stop()?;
        if self.running().is_empty() {
            return Ok(());
        }
        let client = Client::new(&self.servers());
        wait_for("the others know that a broker is gone", START, || client.all_brokers_agree(&self.running()))
    }

    /// Starts a broker that was stopped, and waits until it is in sync again.
    fn resume(&self, id: usize) -> Result<(), String> {
        self.launch(self.node(id))?;
        self.ready()?;
        let client = Client::new(&self.servers());
        wait_for("every replica is in sync", START, || client.in_sync())
    }

    fn node(&self, id: usize) -> &Node {
        self.nodes.iter().find(|node| node.id == id).unwrap_or_else(|| panic!("there is no broker {id}"))
    }

    /// The ids of the brokers that have been started and not stopped.
    pub fn running(&self) -> Vec<i32> {
        let running = self.nodes.iter().filter(|node| node.lock().is_some());
        running.map(|node| i32::try_from(node.id).expect("small")).collect()
    }

    fn format(&self, node: &Node) -> Result<(), String> {
        fs::create_dir_all(&node.directory).map_err(|error| error.to_string())?;
        let settings = node.directory.join("server.properties");
        fs::write(&settings, self.properties(node)).map_err(|error| error.to_string())?;
        let args = ["format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", &settings.display().to_string()].map(str::to_owned);
        let output = run_tool(self.release, "storage", &args, b"", &node.directory, START);
        if output.exit == Exit::Code(0) { Ok(()) } else { Err(format!("formatting broker {} failed: {output}", node.id)) }
    }

    fn properties(&self, node: &Node) -> String {
        let voters: Vec<String> = self.nodes.iter().map(|node| format!("{}@127.0.0.1:{}", node.id, node.control)).collect();
        let (voters, replicas, in_sync) = (voters.join(","), self.nodes.len().min(3), self.nodes.len().div_ceil(2));
        let Node { id, port, control, directory, .. } = node;
        let data = directory.join("data");
        format!(
            "process.roles=broker,controller\n\
             node.id={id}\n\
             controller.quorum.voters={voters}\n\
             listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{control}\n\
             advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n\
             controller.listener.names=CONTROLLER\n\
             listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT\n\
             log.dirs={}\n\
             auto.create.topics.enable=false\n\
             offsets.topic.num.partitions=10\n\
             offsets.topic.replication.factor={replicas}\n\
             transaction.state.log.num.partitions=10\n\
             transaction.state.log.replication.factor={replicas}\n\
             transaction.state.log.min.isr={in_sync}\n\
             share.coordinator.state.topic.num.partitions=10\n\
             share.coordinator.state.topic.replication.factor={replicas}\n\
             share.coordinator.state.topic.min.isr={in_sync}\n\
             group.initial.rebalance.delay.ms=0\n\
             {}",
            data.display(),
            self.settings
        )
    }

    fn launch(&self, node: &Node) -> Result<(), String> {
        let log = File::create(node.log()).map_err(|error| error.to_string())?;
        let child = Command::new("java")
            .args(self.jvm)
            .args([LOG_SETTINGS, "-cp"])
            .arg(self.release.class_path())
            .arg("kafka.Kafka")
            .arg(node.directory.join("server.properties"))
            .process_group(0)
            .stdin(Stdio::null())
            .stderr(log.try_clone().map_err(|error| error.to_string())?)
            .stdout(log)
            .spawn()
            .map_err(|error| format!("java: {error}"))?;
        watchdog().guard(child.id());
        *node.lock() = Some(child);
        Ok(())
    }

    /// Waits until every broker that was started says that all of them are there.
    fn ready(&self) -> Result<(), String> {
        let mut ended = None;
        let servers = self.servers();
        let outcome = wait_for("every broker answers", START, || {
            ended = self.nodes.iter().find(|node| node.has_ended());
            if ended.is_some() { Ok(()) } else { Client::new(&servers).all_brokers_agree(&self.running()) }
        });
        match (ended, outcome) {
            (Some(node), _) => Err(format!("broker {} ended while starting:\n{}", node.id, node.end_of_log())),
            (None, Err(reason)) => Err(format!("{reason}\n{}", self.nodes[0].end_of_log())),
            (None, Ok(())) => Ok(()),
        }
    }

    /// Stops all brokers.
    pub fn end(&self) {
        for node in &self.nodes {
            // That the start failed is what is reported.
            let _ = node.stop();
        }
    }
}

impl Node {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> PathBuf {
        Path::new(&self.directory).join("log")
    }

    fn has_ended(&self) -> bool {
        self.lock().as_mut().is_some_and(|child| !matches!(child.try_wait(), Ok(None)))
    }

    fn stop(&self) -> Result<(), String> {
        let Some(mut child) = self.lock().take() else { return Ok(()) };
        let id = child.id().to_string();
        signal("TERM", &id);
        if reap(&mut child, STOP).is_err() {
            signal("KILL", &id);
            reap(&mut child, STOP)?;
        }
        watchdog().release(child.id());
        Ok(())
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

/// Ports that nobody listens on. They lie below those that systems hand out to outgoing connections, so that a broker
/// which is stopped for a moment finds its port free; and no port is handed out twice, for the same reason.
fn free_ports(count: usize) -> Vec<u16> {
    static HANDED_OUT: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let mut handed_out = HANDED_OUT.lock().unwrap_or_else(PoisonError::into_inner);
    let first = 10_000 + u16::try_from(std::process::id() % 20_000).expect("less than 20000");
    let free: Vec<(u16, TcpListener)> = (first..first + 2000)
        .filter(|port| !handed_out.contains(port))
        .filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok().map(|listener| (port, listener)))
        .take(count)
        .collect();
    assert_eq!(free.len(), count, "there are not enough free ports from {first} on");
    let ports: Vec<u16> = free.into_iter().map(|(port, _)| port).collect();
    handed_out.extend(&ports);
    ports
}

#[test]
fn no_port_is_handed_out_twice() {
    let (mut first, second) = (free_ports(3), free_ports(3));
    first.retain(|port| second.contains(port));
    assert_eq!(first, [0; 0]);
}
