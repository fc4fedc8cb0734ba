//! A cluster with 1000 groups that have committed offsets for 20 partitions each: the lag of all of them.

use futures_util::future::join_all;
use kafkabox::kafka::admin::Admin;
use kafkabox::kafka::model::{Layout, TopicPartition};
use kafkabox::kafka::settings::{ClientSettings, Role};
use kafkabox::kafka::wire::block_on;

use crate::contest::{Contender, Job, hold, java, on_wide_cluster, peak};
use crate::support::client::{Client, Config};
use crate::support::kafka::Cluster;
use crate::support::kafkabox::BINARY;

const GROUPS: usize = 1000;
const PARTITIONS: i32 = 20;
const TOPICS: usize = 10;

const JOBS: [(&str, Job); 3] =
    [("list 1000 groups", list), ("describe 1000 groups", describe), ("memory of describing 1000 groups", memory)];

/// Runs those of the comparisons whose name contains `filter`.
pub fn compare(filter: &str) {
    on_wide_cluster(filter, &JOBS, commit);
}

/// Makes the topics, and the groups by committing offsets in their names.
fn commit(cluster: &Cluster) {
    let client = Client::new(&cluster.servers());
    for topic in 0..TOPICS {
        let layout = Layout::Counts { partitions: Some(PARTITIONS), replication_factor: Some(1) };
        client.create(&format!("read-{topic}"), layout, &Config::new()).expect("a new topic");
    }
    // The first group of a cluster waits until its offsets topic is there.
    client.commit("reader-0000", &[("read-0".to_owned(), 0, 0, None)]).expect("a commit");
    let settings = ClientSettings::new(Role::Admin, &cluster.servers()).expect("settings");
    let groups: Vec<usize> = (0..GROUPS).collect();
    let committed = block_on(async {
        let admin = Admin::connect(settings).await?;
        let (admin, mut outcomes) = (&admin, Vec::new());
        for some in groups.chunks(50) {
            let commits = some.iter().map(async |group| {
                let topic = format!("read-{}", group % TOPICS);
                let offsets: Vec<(TopicPartition, i64)> = (0..PARTITIONS).map(|number| (TopicPartition::new(&topic, number), 0)).collect();
                admin.commit_offsets(&format!("reader-{group:04}"), &offsets).await
            });
            outcomes.extend(join_all(commits).await);
        }
        outcomes.into_iter().collect::<Result<Vec<_>, _>>()
    });
    for outcome in committed.expect("the broker answers").into_iter().flatten() {
        outcome.expect("a commit");
    }
}

fn list(name: &str, cluster: &'static Cluster) {
    against_java(name, cluster, "--list", 30);
}

fn describe(name: &str, cluster: &'static Cluster) {
    against_java(name, cluster, "--describe --all-groups", 15);
}

fn against_java(name: &str, cluster: &Cluster, what: &str, runs: usize) {
    let args = format!("--bootstrap-server {} {what}", cluster.servers());
    let ours = Contender::line("kafkabox", format!("{BINARY} consumer-groups {args}"), runs);
    hold(name, vec![ours, Contender::line("java", java(cluster, "consumer-groups", &args), 3)]);
}

fn memory(name: &str, cluster: &'static Cluster) {
    peak(name, &["consumer-groups", "--bootstrap-server", &cluster.servers(), "--describe", "--all-groups"]);
}
