//! The tools against a real Apache Kafka.

mod configs;
mod console;
mod consumer;
mod groups;
mod lost;
mod older;
mod permissions;
mod producer;
mod streams;
mod three;
mod topics;

use std::path::Path;

use crate::support::client::Client;
use crate::support::kafka::{self, Cluster, Exclusive, Shared, run_tool};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Output, run};

/// A cluster, for as long as a test uses it.
struct Bench {
    cluster: &'static Cluster,
    client: Client,
    servers: String,
    _shared: Option<Shared>,
    _alone: Option<Exclusive>,
}

impl Bench {
    /// One broker, shared with other tests; `None` where there can be no Kafka.
    fn one() -> Option<Self> {
        let cluster = kafka::one()?;
        Some(Self { _shared: Some(cluster.shared()), ..Self::on(cluster) })
    }

    /// One broker, for a test that changes what others see.
    fn one_alone() -> Option<Self> {
        let cluster = kafka::one()?;
        Some(Self { _alone: Some(cluster.exclusive()), ..Self::on(cluster) })
    }

    /// One broker that asks whether something is allowed, shared with other tests.
    fn guarded() -> Option<Self> {
        let cluster = kafka::guarded()?;
        Some(Self { _shared: Some(cluster.shared()), ..Self::on(cluster) })
    }

    /// Three brokers, for a test that stops some.
    fn three_alone() -> Option<Self> {
        let cluster = kafka::three()?;
        Some(Self { _alone: Some(cluster.exclusive()), ..Self::on(cluster) })
    }

    fn on(cluster: &'static Cluster) -> Self {
        let servers = cluster.servers();
        Self { cluster, client: Client::new(&servers), servers, _shared: None, _alone: None }
    }

    /// Runs `kafkabox TOOL --bootstrap-server ... LINE`, the line split at spaces, and waits until all brokers know what
    /// it changed.
    fn call(&self, tool: &str, line: &str) -> Output {
        self.feed(tool, line, b"")
    }

    /// As [`call`](Self::call), with something on stdin.
    fn feed(&self, tool: &str, line: &str, stdin: &[u8]) -> Output {
        let words = ["--bootstrap-server", &self.servers].into_iter().chain(line.split_whitespace());
        let output = run(command(BINARY).arg(tool).args(words), stdin, LIMIT);
        self.client.settle().unwrap();
        output
    }

    /// The same line through the Java tool.
    fn java(&self, tool: &str, line: &str) -> Output {
        let words: Vec<&str> = ["--bootstrap-server", &self.servers].into_iter().chain(line.split_whitespace()).collect();
        run_tool(self.cluster.release(), tool, &words, b"", Path::new("/"), LIMIT)
    }

    /// Checks that a line has the same stdout through both tools, and that it fails, although not in Java.
    #[track_caller]
    fn fails_unlike_java(&self, tool: &str, line: &str) -> Output {
        let (java, ours) = (self.java(tool, line), self.call(tool, line));
        assert_eq!(java.out(), ours.out(), "{tool} {line}\njava: {java}\nours: {ours}");
        java.succeeded();
        ours.failed();
        ours
    }

    /// Checks that a line has the same stdout and exit code through both tools, and gives that stdout.
    #[track_caller]
    fn as_java(&self, tool: &str, line: &str) -> String {
        let (java, ours) = (self.java(tool, line), self.call(tool, line));
        assert_eq!((java.exit, java.out()), (ours.exit, ours.out()), "{tool} {line}\njava: {java}\nours: {ours}");
        ours.out()
    }
}

/// The rows of `--output json`.
#[track_caller]
fn rows(output: &Output) -> Vec<serde_json::Value> {
    output.succeeded();
    parsed(output)
}

/// The rows of `--output json` of a command that failed for some of them.
#[track_caller]
fn rows_of_failure(output: &Output) -> Vec<serde_json::Value> {
    output.failed();
    parsed(output)
}

#[track_caller]
fn parsed(output: &Output) -> Vec<serde_json::Value> {
    serde_json::from_str(&output.out()).unwrap_or_else(|error| panic!("{error}: {output}"))
}
