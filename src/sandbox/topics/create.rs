//! New topics.

use kafka_protocol::error::ResponseError;

use super::names;
use crate::sandbox::broker::Broker;
use crate::sandbox::error::Refusal;

/// Partitions of a topic that nobody gave a number for (`num.partitions`).
const DEFAULT_PARTITIONS: i32 = 1;

/// Makes a topic that the sandbox is started with, or that a client's first use creates (`auto.create.topics.enable`).
///
/// # Errors
/// Why a broker would refuse it.
pub fn simply(broker: &mut Broker, name: &str, partitions: Option<i32>) -> Result<(), Refusal> {
    names::check(name)?;
    if let Some((other, _)) = broker.topics.iter().find(|(other, _)| names::collide(other, name)) {
        return Err(if other == name {
            Refusal::saying(ResponseError::TopicAlreadyExists, format!("Topic '{name}' already exists."))
        } else {
            Refusal::saying(ResponseError::InvalidTopicException, format!("Topic '{name}' collides with existing topic: {other}"))
        });
    }
    let partitions = usize::try_from(partitions.unwrap_or(DEFAULT_PARTITIONS)).ok().filter(|partitions| *partitions > 0);
    let partitions = partitions.ok_or_else(|| {
        Refusal::saying(ResponseError::InvalidPartitions, "Number of partitions was set to an invalid non-positive value.")
    })?;
    broker.topics.insert(name, partitions);
    Ok(())
}
