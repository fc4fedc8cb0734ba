//! ElectLeaders: every partition has its preferred leader, and no other (`ReplicationControlManager`).

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use kafka_protocol::messages::{ElectLeadersRequest, ElectLeadersResponse, TopicName};

use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::Refusal;

/// Preferred and unclean elections (`ElectionType`).
const ELECTION_TYPES: [i8; 2] = [0, 1];

/// Answers an ElectLeaders request.
pub fn answer(broker: &mut Broker, call: &Call, request: ElectLeadersRequest) -> ElectLeadersResponse {
    let election = request.election_type;
    // A request for no partitions is answered before it is looked at.
    let asked = request.topic_partitions.as_ref().is_none_or(|topics| !topics.is_empty());
    let unknown = (asked && !ELECTION_TYPES.contains(&election))
        .then(|| Refusal::saying(ResponseError::InvalidRequest, format!("Unknown election type {election}")));
    let results = match &request.topic_partitions {
        None if unknown.is_some() => Vec::new(),
        // Those whose leader is right already are left out: all of them.
        None => broker.topics.iter().map(|(name, _)| result(&super::name(name), Vec::new())).collect(),
        Some(topics) => {
            let one = |topic: &kafka_protocol::messages::elect_leaders_request::TopicPartitions| {
                let partition = |index: &i32| {
                    let refusal = unknown.clone().unwrap_or_else(|| refusal(broker, &topic.topic, *index));
                    PartitionResult::default().with_partition_id(*index).with_error_code(refusal.code).with_error_message(refusal.text())
                };
                result(&topic.topic, topic.partitions.iter().map(partition).collect())
            };
            topics.iter().map(one).collect()
        }
    };
    let response = ElectLeadersResponse::default().with_replica_election_results(results);
    // Version 0 has no error of the whole.
    if call.version >= 1 { response.with_error_code(unknown.map_or(0, |refusal| refusal.code)) } else { response }
}

fn result(topic: &TopicName, partitions: Vec<PartitionResult>) -> ReplicaElectionResult {
    ReplicaElectionResult::default().with_topic(topic.clone()).with_partition_result(partitions)
}

/// Why there is no election.
fn refusal(broker: &Broker, topic: &str, partition: i32) -> Refusal {
    if broker.topics.get(topic).is_none() {
        return Refusal::saying(ResponseError::UnknownTopicOrPartition, format!("No such topic as {topic}"));
    }
    if broker.topics.partition(topic, partition).is_none() {
        return Refusal::saying(ResponseError::UnknownTopicOrPartition, format!("No such partition as {topic}-{partition}"));
    }
    Refusal::saying(ResponseError::ElectionNotNeeded, "Leader election not needed for topic partition.")
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::elect_leaders_request::TopicPartitions;

    use super::*;
    use crate::sandbox::topics::testing::{broker, call, said};

    fn asked(broker: &mut Broker, election: i8, topic: &str, partition: i32) -> (i16, i16, Option<String>) {
        let wanted = TopicPartitions::default().with_topic(crate::sandbox::topics::name(topic)).with_partitions(vec![partition]);
        let request = ElectLeadersRequest::default().with_election_type(election).with_topic_partitions(Some(vec![wanted]));
        let response = answer(broker, &call(2), request);
        let partition = response.replica_election_results[0].partition_result[0].clone();
        (response.error_code, partition.error_code, said(partition.error_message))
    }

    #[test]
    fn no_election_is_needed() {
        let mut broker = broker();
        broker.topics.insert("t", 1);
        let said = |message: &str| Some(message.to_owned());
        let not_needed = said("Leader election not needed for topic partition.");
        assert_eq!(asked(&mut broker, 0, "t", 0), (0, 84, not_needed.clone()));
        assert_eq!(asked(&mut broker, 1, "t", 0), (0, 84, not_needed));
        assert_eq!(asked(&mut broker, 0, "x", 0), (0, 3, said("No such topic as x")));
        assert_eq!(asked(&mut broker, 0, "t", 9), (0, 3, said("No such partition as t-9")));
        assert_eq!(asked(&mut broker, 7, "t", 0), (42, 42, said("Unknown election type 7")));
        let all = answer(&mut broker, &call(2), ElectLeadersRequest::default().with_topic_partitions(None));
        assert_eq!(all.replica_election_results.len(), 1);
        assert!(all.replica_election_results[0].partition_result.is_empty());
    }
}
