//! DeleteTopics (`ControllerApis`).

use std::collections::{HashMap, HashSet};

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use uuid::Uuid;

use crate::sandbox::broker::{Broker, Call};
use crate::sandbox::error::Refusal;

/// Answers a DeleteTopics request. The order of the answers means nothing: a broker shuffles them.
pub fn answer(broker: &mut Broker, _: &Call, request: DeleteTopicsRequest) -> DeleteTopicsResponse {
    let mut results = Vec::new();
    let (mut names, mut ids) = (Asked::default(), Asked::default());
    for name in &request.topic_names {
        names.add(name.to_string());
    }
    for topic in &request.topics {
        match &topic.name {
            None if topic.topic_id.is_nil() => {
                results.push(result(None, Uuid::nil(), Err(invalid("Neither topic name nor id were specified."))));
            }
            None => ids.add(topic.topic_id),
            Some(name) if topic.topic_id.is_nil() => names.add(name.to_string()),
            Some(name) => {
                results.push(result(Some(name), topic.topic_id, Err(invalid("You may not specify both topic name and topic id."))));
            }
        }
    }
    results.extend(names.twice().map(|name| result(Some(name), Uuid::nil(), Err(invalid("Duplicate topic name.")))));
    results.extend(ids.twice().map(|id| result(None, *id, Err(invalid("Duplicate topic id.")))));
    let found = find(broker, &names, &ids, &mut results);
    for (name, id) in found {
        forget(broker, &name);
        results.push(result(Some(&name), id, Ok(())));
    }
    broker.changed.notify_waiters();
    DeleteTopicsResponse::default().with_responses(results)
}

/// The topics that are to go: name and id. For the others there are answers then.
fn find(broker: &Broker, names: &Asked<String>, ids: &Asked<Uuid>, results: &mut Vec<DeletableTopicResult>) -> Vec<(String, Uuid)> {
    let mut found = Vec::new();
    let mut taken: HashSet<Uuid> = ids.twice().copied().collect();
    let mut both = HashSet::new();
    for id in ids.once() {
        match broker.topics.name_of(*id) {
            Some(name) => {
                taken.insert(*id);
                found.push((name.to_owned(), *id));
            }
            None => results.push(result(None, *id, Err(in_general(ResponseError::UnknownTopicId)))),
        }
    }
    for name in names.once() {
        match broker.topics.get(name).map(|topic| topic.id) {
            None => results.push(result(Some(name), Uuid::nil(), Err(in_general(ResponseError::UnknownTopicOrPartition)))),
            Some(id) if !taken.insert(id) => {
                both.insert(id);
                let message = "The provided topic name maps to an ID that was already supplied.";
                results.push(result(Some(name), id, Err(invalid(message))));
            }
            Some(id) => found.push((name.clone(), id)),
        }
    }
    found.retain(|(_, id)| !both.contains(id));
    found
}

/// Takes a topic away, and all that was kept for it.
fn forget(broker: &mut Broker, name: &str) {
    broker.topics.remove(name);
    broker.configs.forget_topic(name);
}

/// What was asked for, once or more often, in the order in which it was.
struct Asked<T> {
    order: Vec<T>,
    count: HashMap<T, usize>,
}

impl<T> Default for Asked<T> {
    fn default() -> Self {
        Self { order: Vec::new(), count: HashMap::new() }
    }
}

impl<T: Clone + Eq + std::hash::Hash> Asked<T> {
    fn add(&mut self, one: T) {
        let count = self.count.entry(one.clone()).or_default();
        *count += 1;
        if *count == 1 {
            self.order.push(one);
        }
    }

    fn once(&self) -> impl Iterator<Item = &T> {
        self.order.iter().filter(|one| self.count.get(one) == Some(&1))
    }

    fn twice(&self) -> impl Iterator<Item = &T> {
        self.order.iter().filter(|one| self.count.get(one) != Some(&1))
    }
}

fn invalid(message: &str) -> Refusal {
    Refusal::saying(ResponseError::InvalidRequest, message)
}

/// A refusal in the general words of its code.
fn in_general(error: ResponseError) -> Refusal {
    let message = match error {
        ResponseError::UnknownTopicId => "This server does not host this topic ID.",
        _ => "This server does not host this topic-partition.",
    };
    Refusal::saying(error, message)
}

fn result(name: Option<&str>, id: Uuid, outcome: Result<(), Refusal>) -> DeletableTopicResult {
    let refusal = outcome.err();
    DeletableTopicResult::default()
        .with_name(name.map(super::name))
        .with_topic_id(id)
        .with_error_code(refusal.as_ref().map_or(0, |refusal| refusal.code))
        .with_error_message(refusal.and_then(|refusal| refusal.text()))
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::delete_topics_request::DeleteTopicState;

    use super::*;
    use crate::sandbox::topics::testing::{broker, call, said};

    fn state(name: Option<&str>, id: Uuid) -> DeleteTopicState {
        DeleteTopicState::default().with_name(name.map(crate::sandbox::topics::name)).with_topic_id(id)
    }

    fn outcomes(broker: &mut Broker, topics: Vec<DeleteTopicState>) -> Vec<(Option<String>, Uuid, i16, Option<String>)> {
        let response = answer(broker, &call(6), DeleteTopicsRequest::default().with_topics(topics));
        let one =
            |one: DeletableTopicResult| (one.name.map(|name| name.to_string()), one.topic_id, one.error_code, said(one.error_message));
        response.responses.into_iter().map(one).collect()
    }

    #[test]
    fn topics_go_by_name_and_by_id_and_their_configs_with_them() {
        let mut broker = broker();
        broker.topics.insert("a", 1);
        broker.topics.insert("b", 1);
        broker.configs.set_topic("a", "retention.ms", "5").unwrap();
        let id = broker.topics.get("b").unwrap().id;
        let a = broker.topics.get("a").unwrap().id;
        let gone = outcomes(&mut broker, vec![state(Some("a"), Uuid::nil()), state(None, id)]);
        assert_eq!(gone, [(Some("b".into()), id, 0, None), (Some("a".into()), a, 0, None)]);
        assert_eq!(broker.topics.iter().count(), 0);
        assert_ne!(broker.configs.topic("a", "retention.ms"), "5");
    }

    #[test]
    fn older_versions_name_topics_only() {
        let mut broker = broker();
        broker.topics.insert("a", 1);
        let request = DeleteTopicsRequest::default().with_topic_names(vec![crate::sandbox::topics::name("a")]);
        assert_eq!(answer(&mut broker, &call(5), request).responses[0].error_code, 0);
        assert!(broker.topics.get("a").is_none());
    }

    #[test]
    fn refusals() {
        let mut broker = broker();
        broker.topics.insert("a", 1);
        let (id, other) = (broker.topics.get("a").unwrap().id, Uuid::from_u128(5));
        let some = |text: &str| Some(text.to_owned());
        let nil = Uuid::nil();
        let unknown = "This server does not host this topic-partition.";
        assert_eq!(outcomes(&mut broker, vec![state(Some("x"), nil)]), [(some("x"), nil, 3, some(unknown))]);
        let unknown = "This server does not host this topic ID.";
        assert_eq!(outcomes(&mut broker, vec![state(None, other)]), [(None, other, 100, some(unknown))]);
        let neither = "Neither topic name nor id were specified.";
        assert_eq!(outcomes(&mut broker, vec![state(None, nil)]), [(None, nil, 42, some(neither))]);
        let both = "You may not specify both topic name and topic id.";
        assert_eq!(outcomes(&mut broker, vec![state(Some("a"), id)]), [(some("a"), id, 42, some(both))]);
        let twice = vec![state(Some("a"), nil), state(Some("a"), nil)];
        assert_eq!(outcomes(&mut broker, twice), [(some("a"), nil, 42, some("Duplicate topic name."))]);
        let twice = vec![state(None, id), state(None, id)];
        assert_eq!(outcomes(&mut broker, twice), [(None, id, 42, some("Duplicate topic id."))]);
        let already = "The provided topic name maps to an ID that was already supplied.";
        let twice = vec![state(None, id), state(Some("a"), nil)];
        assert_eq!(outcomes(&mut broker, twice), [(some("a"), id, 42, some(already))]);
        assert!(broker.topics.get("a").is_some());
    }
}
