//! A real Apache Kafka: the brokers, and the Java tools from the same jars.

mod cluster;
mod java;
mod release;
mod watchdog;

use std::io::Write;
use std::path::Path;
use std::sync::OnceLock;

pub use cluster::{Away, Cluster, Exclusive, Shared};
pub use java::run_tool;
pub use release::Release;

use kafkabox::KAFKA_VERSION;

/// What this machine has to offer.
enum Offer {
    Release(Release),
    /// No JDK or no Maven.
    Missing(String),
    /// There is a JDK, and Maven, and still no Kafka.
    Broken(String),
}

/// The jars, or `None` where this machine cannot have them: then the caller leaves out what it wanted to do.
pub fn release() -> Option<&'static Release> {
    static OFFER: OnceLock<Offer> = OnceLock::new();
    accept(&OFFER, KAFKA_VERSION)
}

fn accept(slot: &'static OnceLock<Offer>, version: &str) -> Option<&'static Release> {
    let required = std::env::var_os("KAFKABOX_REQUIRE_KAFKA").is_some_and(|value| value == "1");
    let offer = slot.get_or_init(|| {
        let offer = release::obtain(version);
        if let (Offer::Missing(reason), false) = (&offer, required) {
            // Not by a macro: those are captured by the test runner, and this has to be seen.
            let _ = writeln!(std::io::stderr(), "\n!!! LEFT OUT: everything that needs a real Apache Kafka {version}: {reason}\n");
        }
        offer
    });
    match offer {
        Offer::Release(release) => Some(release),
        Offer::Missing(_) if !required => None,
        Offer::Missing(reason) | Offer::Broken(reason) => panic!("no Apache Kafka {version} to test against: {reason}"),
    }
}

/// The cluster of one broker that all tests of a run share.
pub fn one() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    Some(started(release()?, &CLUSTER, "one", 1, ""))
}

/// The cluster of three brokers that all tests of a run share.
pub fn three() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    Some(started(release()?, &CLUSTER, "three", 3, ""))
}

/// One broker as a user would start it, with its files below `root`, to measure against. Whoever starts it ends it.
#[allow(dead_code, reason = "the comparisons use it")]
pub fn to_measure(root: &Path) -> Option<Cluster> {
    Some(Cluster::start_to_measure(release()?, root).unwrap_or_else(|reason| panic!("{reason}")))
}

/// A broker that asks an authorizer: what no rule is about is allowed.
pub fn guarded() -> Option<&'static Cluster> {
    const SETTINGS: &str = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n\
                            allow.everyone.if.no.acl.found=true\n";
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    Some(started(release()?, &CLUSTER, "guarded", 1, SETTINGS))
}

/// A broker of Kafka 3.9, the last release with ZooKeeper in it.
pub fn release_3_9() -> Option<&'static Cluster> {
    static OFFER: OnceLock<Offer> = OnceLock::new();
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    Some(started(accept(&OFFER, "3.9.1")?, &CLUSTER, "3.9", 1, ""))
}

/// A broker of Kafka 4.0.
pub fn release_4_0() -> Option<&'static Cluster> {
    static OFFER: OnceLock<Offer> = OnceLock::new();
    static CLUSTER: OnceLock<Result<Cluster, String>> = OnceLock::new();
    Some(started(accept(&OFFER, "4.0.0")?, &CLUSTER, "4.0", 1, ""))
}

fn started(
    release: &'static Release,
    slot: &'static OnceLock<Result<Cluster, String>>,
    name: &str,
    brokers: usize,
    settings: &'static str,
) -> &'static Cluster {
    let cluster = slot.get_or_init(|| Cluster::start(release, name, brokers, settings));
    cluster.as_ref().unwrap_or_else(|reason| panic!("the cluster '{name}' did not start: {reason}"))
}
