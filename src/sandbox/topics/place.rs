//! Where replicas go. There is one broker, so that only one place is ever right; what is wrong is said as by a controller
//! (`ReplicationControlManager`, `StripedReplicaPlacer`).

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::BrokerId;

use crate::sandbox::broker::NODE_ID;
use crate::sandbox::error::Refusal;

/// How many brokers there are.
pub const BROKERS: i16 = 1;

/// The most records that the controller writes for one request: one for each partition, topic and config.
pub const MOST_RECORDS: usize = 10_000;

/// Whether the replicas of a new partition can be given to brokers.
///
/// # Errors
/// That there are too few brokers.
pub fn automatically(replication_factor: i16) -> Result<(), Refusal> {
    if replication_factor <= BROKERS {
        return Ok(());
    }
    let what = format!("The target replication factor of {replication_factor} cannot be reached");
    let why = format!("because only {BROKERS} broker(s) are registered or some brokers have all their log directories cordoned.");
    let message = format!("Unable to replicate the partition {replication_factor} time(s): {what} {why}");
    Err(Refusal::saying(ResponseError::InvalidReplicationFactor, message))
}

/// Whether a partition can have the replicas that the client chose, as many as `replication_factor`, if that is given.
///
/// # Errors
/// No brokers, unknown ones, the same one twice, too few or too many.
pub fn by_hand(replicas: &[BrokerId], replication_factor: Option<usize>) -> Result<(), Refusal> {
    let refused = |message: String| Err(Refusal::saying(ResponseError::InvalidReplicaAssignment, message));
    if replicas.is_empty() {
        return refused("The manual partition assignment includes an empty replica list.".to_owned());
    }
    let mut sorted: Vec<i32> = replicas.iter().map(|broker| broker.0).collect();
    sorted.sort_unstable();
    let mut previous = None;
    for broker in &sorted {
        if *broker != NODE_ID {
            return refused(format!("The manual partition assignment includes broker {broker}, but no such broker is registered."));
        }
        if previous == Some(broker) {
            return refused(format!("The manual partition assignment includes the broker {broker} more than once."));
        }
        previous = Some(broker);
    }
    match replication_factor {
        Some(wanted) if wanted != sorted.len() => {
            let has = format!("The manual partition assignment includes a partition with {} replica(s)", sorted.len());
            refused(format!("{has}, but this is not consistent with previous partitions, which have {wanted} replica(s)."))
        }
        _ => Ok(()),
    }
}

/// What a request is refused with that would make the controller write more than [`MOST_RECORDS`].
pub fn too_large() -> Refusal {
    Refusal::saying(ResponseError::PolicyViolation, "Unable to perform excessively large batch operation.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(outcome: Result<(), Refusal>) -> (i16, String) {
        let refusal = outcome.unwrap_err();
        (refusal.code, refusal.message.unwrap())
    }

    #[test]
    fn more_replicas_than_brokers_are_refused() {
        assert_eq!(automatically(1), Ok(()));
        let words = "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because only 1 \
                     broker(s) are registered or some brokers have all their log directories cordoned.";
        assert_eq!(message(automatically(3)), (38, words.to_owned()));
    }

    #[test]
    fn an_assignment_has_each_broker_once() {
        let by_hand = |replicas: &[i32]| by_hand(&replicas.iter().map(|id| BrokerId(*id)).collect::<Vec<_>>(), None);
        assert_eq!(by_hand(&[1]), Ok(()));
        assert_eq!(message(by_hand(&[])), (39, "The manual partition assignment includes an empty replica list.".into()));
        let unknown = "The manual partition assignment includes broker 2, but no such broker is registered.";
        assert_eq!(message(by_hand(&[2, 1])), (39, unknown.into()));
        let twice = "The manual partition assignment includes the broker 1 more than once.";
        assert_eq!(message(by_hand(&[1, 1])), (39, twice.into()));
        let uneven = super::by_hand(&[BrokerId(1)], Some(2));
        let words = "The manual partition assignment includes a partition with 1 replica(s), but this is not consistent with previous \
                     partitions, which have 2 replica(s).";
        assert_eq!(message(uneven), (39, words.to_owned()));
    }
}
