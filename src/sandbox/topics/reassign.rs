//! AlterPartitionReassignments and ListPartitionReassignments: with one broker there is no other place to go to
//! (`ReplicationControlManager`).

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::alter_partition_reassignments_request::ReassignablePartition;
use kafka_protocol::messages::alter_partition_reassignments_response::{ReassignablePartitionResponse, ReassignableTopicResponse};
use kafka_protocol::messages::{
    AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
};

use super::place;
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};

/// Answers an AlterPartitionReassignments request.
pub fn alter(broker: &mut Broker, call: &Call, request: AlterPartitionReassignmentsRequest) -> AlterPartitionReassignmentsResponse {
    let topics = request.topics.iter().map(|topic| {
        let partition = |partition: &ReassignablePartition| {
            let outcome = reassign(broker, &topic.name, partition);
            ReassignablePartitionResponse::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code_of(&outcome))
                .with_error_message(outcome.err().and_then(|refusal| refusal.text()))
        };
        let partitions = topic.partitions.iter().map(partition).collect();
        ReassignableTopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions)
    });
    let response = AlterPartitionReassignmentsResponse::default().with_error_message(None).with_responses(topics.collect());
    // Version 0 lets the number of replicas change, and does not tell.
    if call.version >= 1 { response.with_allow_replication_factor_change(request.allow_replication_factor_change) } else { response }
}

/// Checks a reassignment. One that is possible changes nothing: the partition is where it shall be.
fn reassign(broker: &Broker, topic: &str, wanted: &ReassignablePartition) -> Result<(), Refusal> {
    let unknown = |message: String| Err(Refusal::saying(ResponseError::UnknownTopicOrPartition, message));
    if broker.topics.get(topic).is_none() {
        return unknown(format!("Unable to find a topic named {topic}."));
    }
    let index = wanted.partition_index;
    if broker.topics.partition(topic, index).is_none() {
        return unknown(format!("Unable to find partition {topic}:{index}."));
    }
    match &wanted.replicas {
        None => Err(Refusal::bare(ResponseError::NoReassignmentInProgress)),
        // What passes has one replica, as before: that the number stays the same need not be checked.
        Some(replicas) => place::by_hand(replicas, None),
    }
}

/// Answers a ListPartitionReassignments request.
pub fn list(_: &mut Broker, _: &Call, _: ListPartitionReassignmentsRequest) -> ListPartitionReassignmentsResponse {
    ListPartitionReassignmentsResponse::default().with_error_message(None)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::BrokerId;
    use kafka_protocol::messages::alter_partition_reassignments_request::ReassignableTopic;

    use super::*;
    use crate::sandbox::topics::testing::{broker, call, said};

    fn outcome(broker: &mut Broker, name: &str, index: i32, replicas: Option<&[i32]>) -> (i16, Option<String>) {
        let replicas = replicas.map(|replicas| replicas.iter().map(|id| BrokerId(*id)).collect());
        let partition = ReassignablePartition::default().with_partition_index(index).with_replicas(replicas);
        let topic = ReassignableTopic::default().with_name(crate::sandbox::topics::name(name)).with_partitions(vec![partition]);
        let response = alter(broker, &call(1), AlterPartitionReassignmentsRequest::default().with_topics(vec![topic]));
        assert_eq!((response.error_code, response.error_message), (0, None));
        let result = response.responses[0].partitions[0].clone();
        (result.error_code, said(result.error_message))
    }

    #[test]
    fn a_partition_can_go_where_it_is_and_nowhere_else() {
        let mut broker = broker();
        broker.topics.insert("t", 1);
        let said = |message: &str| Some(message.to_owned());
        assert_eq!(outcome(&mut broker, "t", 0, Some(&[1])), (0, None));
        assert_eq!(outcome(&mut broker, "t", 0, None), (85, None));
        assert_eq!(outcome(&mut broker, "x", 0, None), (3, said("Unable to find a topic named x.")));
        assert_eq!(outcome(&mut broker, "t", 1, None), (3, said("Unable to find partition t:1.")));
        let unknown = "The manual partition assignment includes broker 2, but no such broker is registered.";
        assert_eq!(outcome(&mut broker, "t", 0, Some(&[1, 2])), (39, said(unknown)));
        let empty = "The manual partition assignment includes an empty replica list.";
        assert_eq!(outcome(&mut broker, "t", 0, Some(&[])), (39, said(empty)));
    }
}
