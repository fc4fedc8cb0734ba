//! DescribeLogDirs: one directory, which is none (`ReplicaManager.describeLogDirs`).

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::messages::describe_log_dirs_response::{DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic};
use kafka_protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse};
use kafka_protocol::protocol::StrBytes;

use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::log::PartitionLog;

/// Answers a DescribeLogDirs request.
pub fn answer(broker: &mut Broker, _: &Call, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let mut wanted: BTreeMap<&str, BTreeSet<i32>> = BTreeMap::new();
    for topic in request.topics.iter().flatten() {
        wanted.entry(&topic.topic).or_default().extend(&topic.partitions);
    }
    let is_wanted =
        |name: &str, index: i32| request.topics.is_none() || wanted.get(name).is_some_and(|partitions| partitions.contains(&index));
    let topics = broker.topics.iter().map(|(name, topic)| {
        let partitions = (0..).zip(&topic.partitions).filter(|(index, _)| is_wanted(name, *index));
        let partitions = partitions.map(|(index, log)| partition(index, log)).collect();
        DescribeLogDirsTopic::default().with_name(super::name(name)).with_partitions(partitions)
    });
    let memory = i64::try_from(broker.memory.limit()).unwrap_or(i64::MAX);
    let directory = DescribeLogDirsResult::default()
        .with_log_dir(StrBytes::from_string(broker.configs.broker("log.dirs").unwrap_or_default()))
        .with_topics(topics.filter(|topic| !topic.partitions.is_empty()).collect())
        .with_total_bytes(memory)
        .with_usable_bytes(memory);
    DescribeLogDirsResponse::default().with_results(vec![directory])
}

fn partition(index: i32, log: &PartitionLog) -> DescribeLogDirsPartition {
    let bytes = log.length(log.start_offset(), log.end_offset(), usize::MAX);
    DescribeLogDirsPartition::default().with_partition_index(index).with_partition_size(i64::try_from(bytes).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;

    use super::*;
    use crate::sandbox::append;
    use crate::sandbox::log::batch::OwnRecord;
    use crate::sandbox::topics::testing::{broker, call};

    #[test]
    fn partitions_are_as_large_as_their_batches() {
        let mut broker = broker();
        broker.topics.insert("t", 2);
        append::own_records(&mut broker, "t", 1, &[OwnRecord::default()], 0);
        let mut sizes = |request| {
            let response = answer(&mut broker, &call(4), request);
            let partitions = response.results[0].topics.iter().flat_map(|topic| &topic.partitions);
            partitions.map(|partition| (partition.partition_index, partition.partition_size)).collect::<Vec<_>>()
        };
        // A header of 61 bytes, and a record of 7.
        assert_eq!(sizes(DescribeLogDirsRequest::default().with_topics(None)), [(0, 0), (1, 68)]);
        let one = DescribableLogDirTopic::default().with_topic(crate::sandbox::topics::name("t")).with_partitions(vec![1, 7]);
        assert_eq!(sizes(DescribeLogDirsRequest::default().with_topics(Some(vec![one]))), [(1, 68)]);
        assert_eq!(sizes(DescribeLogDirsRequest::default().with_topics(Some(Vec::new()))), []);
    }
}
