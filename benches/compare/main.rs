//! Whole-process comparisons with the Java tools and kcat, on a real broker.
//!
//! ```sh
//! cargo bench                  all of them
//! cargo bench -- list          those whose name contains "list"
//! cargo bench -- groups        those on a cluster of 1000 groups with 20 partitions each
//! cargo bench -- wide          those on a cluster of 1000 topics with 10 partitions each
//! ```
//!
//! Commands take turns (A B C A B C ...), so that a machine whose speed drifts is unfair to none; what counts is the ratio of
//! the medians. kcat is taken from the path (`apt-get install kcat`); without it its column is missing. Nothing else should
//! run on the machine meanwhile.

use std::path::Path;

use contest::say;
use support::kafka::{self, Cluster};

mod contest;
mod groups;
mod streams;
#[path = "../../tests/support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest")]
mod support;
mod wide;

type Job = fn(&str, &Cluster, &Path);

const JOBS: [(&str, Job); 3] = [
    ("list topics", streams::list),
    ("produce 1 M lines of 100 bytes", streams::produce),
    ("consume 1 M records of 100 bytes", streams::consume),
];

fn main() {
    let filter = std::env::args().skip(1).find(|word| !word.starts_with('-')).unwrap_or_default();
    if kafka::release().is_none() {
        say("the comparisons need a JDK (17 or newer) and Maven");
        std::process::exit(1);
    }
    let chosen: Vec<&(&str, Job)> = JOBS.iter().filter(|(name, _)| name.contains(&filter)).collect();
    if !chosen.is_empty() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let cluster = kafka::to_measure(&directory.path().join("broker")).expect("a release");
        for (name, job) in chosen {
            job(name, &cluster, directory.path());
        }
        cluster.end();
    }
    wide::compare(&filter);
    groups::compare(&filter);
}
