//! DescribeTopicPartitions (`DescribeTopicPartitionsRequestHandler`).

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_topic_partitions_response::{
    Cursor, DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};
use kafka_protocol::messages::{DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse};

use super::metadata::LEADER_EPOCH;
use super::{OPERATIONS, Topic, is_internal, names};
use crate::sandbox::broker::{Broker, Call, NODE_ID};

/// Answers a DescribeTopicPartitions request.
pub fn answer(broker: &mut Broker, _: &Call, request: DescribeTopicPartitionsRequest) -> DescribeTopicPartitionsResponse {
    let all = request.topics.is_empty();
    let (from, first) = match &request.cursor {
        Some(cursor) => (cursor.topic_name.to_string(), cursor.partition_index),
        None => (String::new(), 0),
    };
    let wanted: BTreeSet<&str> = if all {
        broker.topics.iter().map(|(name, _)| name).filter(|name| *name >= from.as_str()).collect()
    } else {
        request.topics.iter().map(|topic| topic.name.as_str()).filter(|name| *name >= from.as_str()).collect()
    };
    let is_cursor_amiss = request.cursor.is_some() && (first < 0 || (!all && !wanted.contains(from.as_str())));
    if is_cursor_amiss {
        // The answer has no room for words, and none at all for a request that names no topic.
        let refused = |topic: &kafka_protocol::messages::describe_topic_partitions_request::TopicRequest| {
            DescribeTopicPartitionsResponseTopic::default()
                .with_name(Some(topic.name.clone()))
                .with_error_code(ResponseError::InvalidRequest.code())
        };
        return DescribeTopicPartitionsResponse::default().with_topics(request.topics.iter().map(refused).collect());
    }
    let most = broker.configs.broker_i64("max.request.partition.size.limit").min(request.response_partition_limit.into());
    let mut left = usize::try_from(most.max(1)).unwrap_or(1);
    let mut topics = Vec::new();
    for name in wanted {
        if left == 0 {
            return answered(topics, Some((name, 0)));
        }
        let Some(topic) = broker.topics.get(name) else {
            if !all {
                topics.push(unknown(name));
            }
            continue;
        };
        let first = if name == from { usize::try_from(first).unwrap_or_default() } else { 0 };
        let end = first.saturating_add(left).min(topic.partitions.len());
        topics.push(described(name, topic, first, end));
        if end < topic.partitions.len() {
            return answered(topics, Some((name, end)));
        }
        left = left.saturating_sub(end.saturating_sub(first));
    }
    answered(topics, None)
}

fn answered(topics: Vec<DescribeTopicPartitionsResponseTopic>, next: Option<(&str, usize)>) -> DescribeTopicPartitionsResponse {
    let cursor = next.map(|(name, index)| {
        let index = i32::try_from(index).unwrap_or(i32::MAX);
        Cursor::default().with_topic_name(super::name(name)).with_partition_index(index)
    });
    DescribeTopicPartitionsResponse::default().with_topics(topics).with_next_cursor(cursor)
}

fn unknown(name: &str) -> DescribeTopicPartitionsResponseTopic {
    let code = names::check(name).err().map_or(ResponseError::UnknownTopicOrPartition.code(), |refusal| refusal.code);
    DescribeTopicPartitionsResponseTopic::default()
        .with_error_code(code)
        .with_name(Some(super::name(name)))
        .with_is_internal(is_internal(name))
        .with_topic_authorized_operations(OPERATIONS)
}

fn described(name: &str, topic: &Topic, first: usize, end: usize) -> DescribeTopicPartitionsResponseTopic {
    let partition = |index: usize| {
        DescribeTopicPartitionsResponsePartition::default()
            .with_partition_index(i32::try_from(index).unwrap_or(i32::MAX))
            .with_leader_id(NODE_ID.into())
            .with_leader_epoch(LEADER_EPOCH)
            .with_replica_nodes(vec![NODE_ID.into()])
            .with_isr_nodes(vec![NODE_ID.into()])
            .with_eligible_leader_replicas(Some(Vec::new()))
            .with_last_known_elr(Some(Vec::new()))
    };
    DescribeTopicPartitionsResponseTopic::default()
        .with_name(Some(super::name(name)))
        .with_topic_id(topic.id)
        .with_is_internal(is_internal(name))
        .with_partitions((first..end).map(partition).collect())
        .with_topic_authorized_operations(OPERATIONS)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::describe_topic_partitions_request::{Cursor as From, TopicRequest};

    use super::*;
    use crate::sandbox::topics::testing::{broker, call};

    fn request(names: &[&str], limit: i32, cursor: Option<(&str, i32)>) -> DescribeTopicPartitionsRequest {
        let topics = names.iter().map(|name| TopicRequest::default().with_name(crate::sandbox::topics::name(name))).collect();
        let cursor =
            cursor.map(|(name, index)| From::default().with_topic_name(crate::sandbox::topics::name(name)).with_partition_index(index));
        DescribeTopicPartitionsRequest::default().with_topics(topics).with_response_partition_limit(limit).with_cursor(cursor)
    }

    /// Name, code and partitions of a topic.
    type Told = (String, i16, Vec<i32>);

    /// What is told of each topic, and where it goes on.
    fn told(broker: &mut Broker, request: DescribeTopicPartitionsRequest) -> (Vec<Told>, Option<(String, i32)>) {
        let response = answer(broker, &call(0), request);
        let one = |topic: &DescribeTopicPartitionsResponseTopic| {
            let partitions = topic.partitions.iter().map(|partition| partition.partition_index).collect();
            (topic.name.as_ref().map(|name| name.to_string()).unwrap_or_default(), topic.error_code, partitions)
        };
        let next = response.next_cursor.as_ref().map(|cursor| (cursor.topic_name.to_string(), cursor.partition_index));
        (response.topics.iter().map(one).collect(), next)
    }

    #[test]
    fn pages_go_on_where_the_last_one_ended() {
        let mut broker = broker();
        broker.topics.insert("a", 2);
        broker.topics.insert("b", 3);
        let (topics, next) = told(&mut broker, request(&[], 4, None));
        assert_eq!(topics, [("a".into(), 0, vec![0, 1]), ("b".into(), 0, vec![0, 1])]);
        assert_eq!(next, Some(("b".into(), 2)));
        let (topics, next) = told(&mut broker, request(&[], 4, Some(("b", 2))));
        assert_eq!((topics, next), (vec![("b".into(), 0, vec![2])], None));
        let (topics, next) = told(&mut broker, request(&["b", "a", "b"], 2, None));
        assert_eq!((topics, next), (vec![("a".into(), 0, vec![0, 1])], Some(("b".into(), 0))));
        // At least one partition, whatever the limit.
        let (topics, next) = told(&mut broker, request(&["a"], -5, None));
        assert_eq!((topics, next), (vec![("a".into(), 0, vec![0])], Some(("a".into(), 1))));
        // A cursor behind the last partition.
        let (topics, next) = told(&mut broker, request(&[], 10, Some(("b", i32::MAX))));
        assert_eq!((topics, next), (vec![("b".into(), 0, vec![])], None));
    }

    #[test]
    fn refusals() {
        let mut broker = broker();
        broker.topics.insert("a", 1);
        assert_eq!(told(&mut broker, request(&["x", "y/z"], 9, None)).0, [("x".into(), 3, vec![]), ("y/z".into(), 17, vec![])]);
        // The topic of the cursor has to be among those asked for.
        assert_eq!(told(&mut broker, request(&["a", "c"], 9, Some(("b", 0)))).0, [("a".into(), 42, vec![]), ("c".into(), 42, vec![])]);
        assert_eq!(told(&mut broker, request(&["a"], 9, Some(("a", -1)))).0, [("a".into(), 42, vec![])]);
        assert_eq!(told(&mut broker, request(&[], 9, Some(("a", -1)))), (vec![], None));
        // A topic that is gone meanwhile is not told of when all are asked for.
        assert_eq!(told(&mut broker, request(&[], 9, Some(("Z", 3)))).0, [("a".into(), 0, vec![0])]);
    }
}
