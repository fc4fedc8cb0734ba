//! A small listing, and records in bulk.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::contest::{contenders, hold, java, quietly};
use crate::support::client::Client;
use crate::support::kafka::Cluster;
use crate::support::kafkabox::BINARY;

/// Records of the throughput comparisons: a line of 99 bytes and its end each.
const RECORDS: usize = 1_000_000;

pub fn list(name: &str, cluster: &Cluster, _: &Path) {
    let servers = cluster.servers();
    for index in 0..20 {
        quietly(&format!("{BINARY} topics --bootstrap-server {servers} --create --if-not-exists --topic list-{index} --partitions 4"));
    }
    let contenders = contenders(
        (format!("{BINARY} topics --bootstrap-server {servers} --list"), 50),
        (format!("kcat -b {servers} -L"), 50),
        (java(cluster, "topics", &format!("--bootstrap-server {servers} --list")), 5),
    );
    hold(name, contenders);
}

pub fn produce(name: &str, cluster: &Cluster, directory: &Path) {
    let servers = cluster.servers();
    let lines = lines(directory);
    let topic = Client::new(&servers).topic(8);
    let contenders = contenders(
        (format!("{BINARY} console-producer --bootstrap-server {servers} --topic {topic} < {lines}"), 5),
        (format!("kcat -b {servers} -P -t {topic} -X enable.idempotence=true -l {lines}"), 5),
        (java(cluster, "console-producer", &format!("--bootstrap-server {servers} --topic {topic} < {lines}")), 2),
    );
    hold(name, contenders);
}

pub fn consume(name: &str, cluster: &Cluster, directory: &Path) {
    let servers = cluster.servers();
    let lines = lines(directory);
    let topic = Client::new(&servers).topic(8);
    quietly(&format!("{BINARY} console-producer --bootstrap-server {servers} --topic {topic} < {lines}"));
    let all = format!("--bootstrap-server {servers} --topic {topic} --from-beginning --max-messages {RECORDS}");
    let contenders = contenders(
        (format!("{BINARY} console-consumer {all}"), 5),
        (format!("kcat -b {servers} -C -t {topic} -o beginning -e -q"), 5),
        (java(cluster, "console-consumer", &all), 2),
    );
    hold(name, contenders);
}

/// A file of [`RECORDS`] different lines of 100 bytes.
fn lines(directory: &Path) -> String {
    let file = directory.join("lines");
    if !file.exists() {
        let mut text = String::with_capacity(RECORDS * 100);
        for number in 0..RECORDS {
            writeln!(text, "{number:099}").expect("memory");
        }
        fs::write(&file, text).expect("a temporary file");
    }
    file.display().to_string()
}
