//! `console-producer`: every record is in the topic once, or is named with its line.

mod brokers;
mod failures;
mod forms;
mod roundtrip;
mod signals;

use std::path::Path;
use std::time::Duration;

use kafkabox::kafka::model::Layout;

use super::Bench;
use super::console::live;
use crate::support::client::{Config, unique};
use crate::support::process::{Live, Output};

/// What must be known by then: nothing of this waits for more than a few seconds.
const SOON: Duration = Duration::from_secs(15);

/// Records have four seconds.
const IN_A_HURRY: &str = "--request-timeout-ms 1000 --command-property delivery.timeout.ms=4000";

impl Bench {
    /// A topic of one partition with this setting.
    fn topic_with(&self, name: &str, value: &str) -> String {
        let topic = unique("topic");
        let one = Layout::Counts { partitions: Some(1), replication_factor: None };
        self.client.create(&topic, one, &Config::from([(name.to_owned(), value.to_owned())])).unwrap();
        topic
    }

    /// Feeds lines to `console-producer --topic TOPIC LINE`.
    fn produce(&self, topic: &str, line: &str, stdin: impl AsRef<[u8]>) -> Output {
        self.feed("console-producer", &format!("--topic {topic} {line}"), stdin.as_ref())
    }

    fn live_producer(&self, topic: &str, line: &str) -> Live {
        live(self, "console-producer", &format!("--topic {topic} {line}"))
    }

    /// What a partition of a topic has, printed by the consumer with these properties.
    fn records(&self, topic: &str, partition: i32, count: usize, properties: &[&str]) -> String {
        let properties: Vec<String> = properties.iter().map(|property| format!("--formatter-property {property}")).collect();
        let line = format!(
            "--topic {topic} --partition {partition} --offset earliest --max-messages {count} --timeout-ms 20000 {}",
            properties.join(" ")
        );
        self.call("console-consumer", &line).succeeded()
    }
}

/// The text of a file; empty if there is none.
fn text(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_default()
}

/// Numbers, one per line.
fn numbers(range: std::ops::Range<u32>) -> String {
    range.map(|number| number.to_string() + "\n").collect()
}
