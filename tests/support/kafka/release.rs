//! The jars of one release of Apache Kafka, fetched once per user.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Offer;

/// The oldest Java that runs the brokers.
const OLDEST_JAVA: u32 = 17;

/// A directory with the jars.
#[derive(Debug)]
pub struct Release {
    home: PathBuf,
}

impl Release {
    /// What `java -cp` takes.
    pub fn class_path(&self) -> String {
        format!("{}/*", self.home.join("libs").display())
    }

    /// A file beside the jars.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }
}

/// Looks for a JDK and the jars of this release, and fetches these if they are not there.
pub fn obtain(version: &str) -> Offer {
    match java_version() {
        None => return Offer::Missing(format!("there is no java in PATH (a JDK, {OLDEST_JAVA} or newer)")),
        Some(java) if java < OLDEST_JAVA => {
            return Offer::Missing(format!("java is {java}, and Kafka needs {OLDEST_JAVA} or newer"));
        }
        Some(_) => {}
    }
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let Some(cache) = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache"))) else {
        return Offer::Broken("neither XDG_CACHE_HOME nor HOME says where the jars could be kept".to_owned());
    };
    let home = cache.join("kafkabox").join(format!("kafka-{version}"));
    fetch(version, &home).unwrap_or_else(Offer::Broken)
}

/// The number of the Java that is in PATH: 17 of `openjdk version "17.0.15"`.
fn java_version() -> Option<u32> {
    let output = Command::new("java").arg("-version").output().ok().filter(|output| output.status.success())?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    text.split('"').nth(1)?.split(['.', '-']).next()?.parse().ok()
}

/// Fills `home`. Runs side by side wait for each other.
fn fetch(version: &str, home: &Path) -> Result<Offer, String> {
    let error = |error: std::io::Error| format!("{}: {error}", home.display());
    let complete = home.join("complete");
    fs::create_dir_all(home).map_err(error)?;
    let lock = File::create(home.join("lock")).map_err(error)?;
    lock.lock().map_err(error)?;
    if !complete.exists() {
        if Command::new("mvn").arg("--version").output().is_err() {
            return Ok(Offer::Missing("there is no mvn in PATH to fetch it with (Maven)".to_owned()));
        }
        let pom = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/kafka/pom.xml");
        let output = Command::new("mvn")
            .args(["-q", "-B", "-f", pom, &format!("-Dkafka.version={version}"), "dependency:copy-dependencies"])
            .args(["-DincludeScope=runtime", &format!("-DoutputDirectory={}", home.join("libs").display())])
            .output()
            .map_err(|error| format!("mvn: {error}"))?;
        if !output.status.success() {
            let text = [output.stdout, output.stderr].concat();
            return Err(format!("mvn could not fetch Apache Kafka {version}:\n{}", String::from_utf8_lossy(&text)));
        }
        File::create(complete).map_err(error)?;
    }
    Ok(Offer::Release(Release { home: home.to_owned() }))
}

impl Release {
    /// The class that a script runs.
    pub fn tool_class(tool: &str) -> &'static str {
        match tool {
            "topics" => "org.apache.kafka.tools.TopicCommand",
            "console-producer" => "org.apache.kafka.tools.ConsoleProducer",
            "console-consumer" => "org.apache.kafka.tools.consumer.ConsoleConsumer",
            "consumer-groups" => "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
            "configs" => "kafka.admin.ConfigCommand",
            "delete-records" => "org.apache.kafka.tools.DeleteRecordsCommand",
            "producer-perf-test" => "org.apache.kafka.tools.ProducerPerformance",
            "storage" => "kafka.tools.StorageTool",
            other => panic!("no Java tool is known by the name '{other}'"),
        }
    }
}
