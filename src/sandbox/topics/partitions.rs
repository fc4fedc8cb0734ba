//! CreatePartitions (`ControllerApis`, `ReplicationControlManager`).

use std::collections::{HashMap, HashSet};

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse, TopicName};

use super::place;
use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::{Refusal, code_of};

/// Answers a CreatePartitions request.
pub fn answer(broker: &mut Broker, _: &Call, request: CreatePartitionsRequest) -> CreatePartitionsResponse {
    let mut count: HashMap<&TopicName, usize> = HashMap::new();
    for topic in &request.topics {
        *count.entry(&topic.name).or_default() += 1;
    }
    let (alone, others): (Vec<_>, Vec<_>) = request.topics.iter().partition(|topic| count.get(&topic.name) == Some(&1));
    let mut told = HashSet::new();
    let twice = others.into_iter().filter(|topic| told.insert(&topic.name));
    let mut results: Vec<_> =
        twice.map(|topic| result(&topic.name, &Err(Refusal::saying(ResponseError::InvalidRequest, "Duplicate topic name.")))).collect();
    // The controller would write so many records: one for each partition.
    let mut left = place::MOST_RECORDS;
    for topic in alone {
        let outcome = additional(broker, topic, left);
        if let Ok(additional) = outcome {
            left = left.saturating_sub(additional);
            if !request.validate_only {
                broker.topics.extend(&topic.name, additional);
            }
        }
        results.push(result(&topic.name, &outcome));
    }
    broker.changed.notify_waiters();
    CreatePartitionsResponse::default().with_results(results)
}

/// How many partitions a topic gets, which are not more than `most`.
///
/// More than the controller can write in one go is refused in its words for that. (The reference release fails there with
/// an unknown error, and keeps the partitions that did fit.)
fn additional(broker: &Broker, topic: &CreatePartitionsTopic, most: usize) -> Result<usize, Refusal> {
    let there = broker.topics.get(&topic.name).ok_or(Refusal::bare(ResponseError::UnknownTopicOrPartition))?;
    let there = i32::try_from(there.partitions.len()).unwrap_or(i32::MAX);
    let (name, count) = (topic.name.as_str(), topic.count);
    let invalid = |message: String| Err(Refusal::saying(ResponseError::InvalidPartitions, message));
    if count == there {
        return invalid(format!("Topic already has {there} partition(s)."));
    }
    if count < there {
        return invalid(format!("The topic {name} currently has {there} partition(s); {count} would not be an increase."));
    }
    let additional = usize::try_from(count - there).unwrap_or_default();
    if let Some(assignments) = &topic.assignments {
        if assignments.len() != additional {
            let specified = format!("but only {} assignment(s) were specified.", assignments.len());
            let message = format!("Attempted to add {additional} additional partition(s), {specified}");
            return Err(Refusal::saying(ResponseError::InvalidReplicaAssignment, message));
        }
        for assignment in assignments {
            place::by_hand(&assignment.broker_ids, Some(1))?;
        }
    }
    if additional > most {
        return Err(place::too_large());
    }
    broker.topics.check_room(additional)?;
    Ok(additional)
}

fn result(name: &TopicName, outcome: &Result<usize, Refusal>) -> CreatePartitionsTopicResult {
    let message = outcome.as_ref().err().and_then(Refusal::text);
    CreatePartitionsTopicResult::default().with_name(name.clone()).with_error_code(code_of(outcome)).with_error_message(message)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::BrokerId;
    use kafka_protocol::messages::create_partitions_request::CreatePartitionsAssignment;

    use super::*;
    use crate::sandbox::topics::testing::{broker, call, said};

    fn topic(name: &str, count: i32) -> CreatePartitionsTopic {
        CreatePartitionsTopic::default().with_name(crate::sandbox::topics::name(name)).with_count(count).with_assignments(None)
    }

    fn assigned(count: i32, assignments: &[&[i32]]) -> CreatePartitionsTopic {
        let one =
            |brokers: &&[i32]| CreatePartitionsAssignment::default().with_broker_ids(brokers.iter().map(|id| BrokerId(*id)).collect());
        topic("t", count).with_assignments(Some(assignments.iter().map(one).collect()))
    }

    fn outcomes(broker: &mut Broker, topics: Vec<CreatePartitionsTopic>) -> Vec<(String, i16, Option<String>)> {
        let response = answer(broker, &call(3), CreatePartitionsRequest::default().with_topics(topics));
        response.results.into_iter().map(|one| (one.name.to_string(), one.error_code, said(one.error_message))).collect()
    }

    fn outcome(broker: &mut Broker, topic: CreatePartitionsTopic) -> (i16, Option<String>) {
        let (_, code, message) = outcomes(broker, vec![topic]).remove(0);
        (code, message)
    }

    #[test]
    fn partitions_are_added_or_only_checked() {
        let mut broker = broker();
        broker.topics.insert("t", 2);
        let checked = CreatePartitionsRequest::default().with_topics(vec![topic("t", 5)]).with_validate_only(true);
        assert_eq!(answer(&mut broker, &call(3), checked).results[0].error_code, 0);
        assert_eq!(broker.topics.get("t").map(|topic| topic.partitions.len()), Some(2));
        assert_eq!(outcome(&mut broker, assigned(4, &[&[1], &[1]])), (0, None));
        assert_eq!(broker.topics.get("t").map(|topic| topic.partitions.len()), Some(4));
    }

    #[test]
    fn refusals() {
        let mut broker = broker();
        broker.topics.insert("t", 2);
        let said = |message: &str| Some(message.to_owned());
        assert_eq!(outcome(&mut broker, topic("x", 3)), (3, None));
        assert_eq!(outcome(&mut broker, topic("t", 2)), (37, said("Topic already has 2 partition(s).")));
        let fewer = "The topic t currently has 2 partition(s); -1 would not be an increase.";
        assert_eq!(outcome(&mut broker, topic("t", -1)), (37, said(fewer)));
        let only = "Attempted to add 2 additional partition(s), but only 1 assignment(s) were specified.";
        assert_eq!(outcome(&mut broker, assigned(4, &[&[1]])), (39, said(only)));
        let unknown = "The manual partition assignment includes broker 2, but no such broker is registered.";
        assert_eq!(outcome(&mut broker, assigned(3, &[&[2]])), (39, said(unknown)));
        let large = said("Unable to perform excessively large batch operation.");
        assert_eq!(outcome(&mut broker, topic("t", 10_003)), (44, large.clone()));
        assert_eq!(outcome(&mut broker, topic("t", i32::MAX)), (44, large));
        assert_eq!(broker.topics.get("t").map(|topic| topic.partitions.len()), Some(2));
        let twice = outcomes(&mut broker, vec![topic("t", 3), topic("t", 4)]);
        assert_eq!(twice, [("t".to_owned(), 42, said("Duplicate topic name."))]);
    }
}
