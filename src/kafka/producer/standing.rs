//! Why records of a partition wait, where the library only says that they do: brokers are asked about the partition.

use std::time::{Duration, Instant};

use super::topic::{self, PartitionState, TopicConfig};
use crate::kafka::error::{Error, Result};
use crate::kafka::settings::ClientSettings;
use crate::kafka::wire::Deadline;

/// How long brokers may take to answer: meanwhile nothing else happens.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long an answer counts.
const FRESH: Duration = Duration::from_secs(5);

/// How many partitions are named at a time.
const NAMED: usize = 3;

/// What brokers say about the partitions of the topic.
#[derive(Debug)]
pub(super) struct Standing {
    settings: ClientSettings,
    asked: Option<Instant>,
    partitions: Result<Vec<PartitionState>>,
}

impl Standing {
    pub fn new(settings: ClientSettings) -> Self {
        Self { settings, asked: None, partitions: Ok(Vec::new()) }
    }

    /// What keeps the records of this partition, or of any, from being acknowledged, as far as brokers know.
    pub fn hindrance(&mut self, topic: &str, config: TopicConfig, partition: Option<i32>) -> Option<String> {
        if self.asked.is_none_or(|asked| asked.elapsed() > FRESH) {
            self.partitions = topic::partition_states(&self.settings, topic, Deadline::after(PATIENCE));
            self.asked = Some(Instant::now());
        }
        let partitions = match &self.partitions {
            Ok(partitions) => partitions,
            Err(Error::Broker(error)) => return Some(format!("{topic}: {} ({})", error.text(), error.code.name())),
            // Troubles with connections are told by the library.
            Err(_) => return None,
        };
        let wanted = partitions.iter().filter(|state| partition.is_none_or(|partition| state.partition == partition));
        let least = config.min_insync_replicas.filter(|_| self.settings.waits_for_all());
        let hindrances: Vec<String> = wanted.filter_map(|state| state.hindrance(topic, least)).collect();
        (!hindrances.is_empty()).then(|| in_one_sentence(&hindrances))
    }
}

fn in_one_sentence(hindrances: &[String]) -> String {
    let named = hindrances[..hindrances.len().min(NAMED)].join(", ");
    match hindrances.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named}, and {more} more"),
    }
}

impl PartitionState {
    fn hindrance(&self, topic: &str, min_insync_replicas: Option<usize>) -> Option<String> {
        let name = format!("{topic}-{}", self.partition);
        if !self.has_leader {
            return Some(format!("{name} has no leader"));
        }
        let least = min_insync_replicas.filter(|least| self.in_sync < *least)?;
        let replicas = if self.in_sync == 1 { "replica" } else { "replicas" };
        Some(format!("{name} has {} in-sync {replicas}, and min.insync.replicas is {least}", self.in_sync))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_tell_what_they_lack() {
        let state = |has_leader, in_sync| PartitionState { partition: 2, has_leader, in_sync };
        assert_eq!(state(true, 1).hindrance("t", Some(1)), None);
        assert_eq!(state(true, 1).hindrance("t", None), None);
        assert_eq!(state(false, 1).hindrance("t", Some(2)).unwrap(), "t-2 has no leader");
        assert_eq!(state(true, 1).hindrance("t", Some(2)).unwrap(), "t-2 has 1 in-sync replica, and min.insync.replicas is 2");
    }

    #[test]
    fn many_partitions_stay_one_sentence() {
        let names = ["a", "b", "c", "d", "e"].map(str::to_owned);
        assert_eq!(in_one_sentence(&names[..2]), "a, b");
        assert_eq!(in_one_sentence(&names), "a, b, c, and 2 more");
    }
}
