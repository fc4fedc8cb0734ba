//! Transactions: their producers, and what they wrote to (`TransactionCoordinator`).
//!
//! Both ways of speaking about them are understood, and `transaction.version` is told to be 2: Java clients of today get a
//! new epoch with each transaction and need not announce partitions (KIP-890), librdkafka and older ones do as ever.

pub mod describe;
pub mod requests;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use kafka_protocol::error::ResponseError;
use tokio::time::sleep;

use self::state::{Ended, Producer, State, Transaction};
use super::append;
use super::broker::{Broker, Shared, now};
use super::error::Refusal;
use super::groups;

/// `transaction.version`, the feature that tells clients how to speak about transactions.
pub const VERSION: i16 = 2;

/// How often it is looked for transactions whose time is over; a broker does it every 10 seconds
/// (`transaction.abort.timed.out.transaction.cleanup.interval.ms`).
const PAUSE: Duration = Duration::from_secs(1);

/// How many transactional ids are remembered. The one that has been idle longest makes room, as it does in a broker after
/// `transactional.id.expiration.ms`.
const MOST: usize = 10_000;

/// How many partitions all open transactions may have together; Kafka knows no such limit.
const MOST_OPEN_PARTITIONS: usize = 100_000;

/// The longest transactional id, in bytes; Kafka knows no such limit but the protocol's.
const LONGEST_ID: usize = 4096;

/// The first version of Produce that adds its partitions to the transaction by itself, and the first whose clients know
/// that a transaction can be what is amiss.
const PRODUCE_ADDS: i16 = 12;
const PRODUCE_KNOWS_ABORTABLE: i16 = 11;

/// All transactional ids.
#[derive(Debug, Default)]
pub struct Transactions {
    by_id: BTreeMap<String, Transaction>,
}

impl Transactions {
    /// The transactional id, if a producer has come with it.
    fn known(&mut self, id: &str) -> Result<&mut Transaction, Refusal> {
        if id.is_empty() {
            return Err(Refusal::bare(ResponseError::InvalidRequest));
        }
        self.by_id.get_mut(id).ok_or(Refusal::bare(ResponseError::InvalidProducerIdMapping))
    }

    fn open_partitions(&self) -> usize {
        self.by_id.values().map(|transaction| transaction.partitions.len()).sum()
    }

    /// Adds partitions to a transaction.
    fn add(&mut self, id: &str, producer: Producer, partitions: &[(String, i32)], now: i64) -> Result<(), Refusal> {
        let known = self.known(id)?;
        let fresh = partitions.iter().filter(|place| !known.partitions.contains(place)).count();
        if fresh > 0 && self.open_partitions().saturating_add(fresh) > MOST_OPEN_PARTITIONS {
            return Err(Refusal::bare(ResponseError::PolicyViolation));
        }
        self.known(id)?.add(producer, partitions, now).map_err(Refusal::bare)
    }

    /// Makes room for one more transactional id.
    fn make_room(&mut self) -> Result<(), Refusal> {
        if self.by_id.len() < MOST {
            return Ok(());
        }
        let idle = self.by_id.iter().filter(|(_, transaction)| transaction.state != State::Ongoing);
        let longest = idle.min_by_key(|(_, transaction)| transaction.updated).map(|(id, _)| id.clone());
        longest.and_then(|id| self.by_id.remove(&id)).map(drop).ok_or(Refusal::bare(ResponseError::PolicyViolation))
    }
}

/// Lets a transactional batch into a partition: from a client that announces its partitions only if it has announced this
/// one, from others in any case (`AddPartitionsToTxnManager`). `version` is that of the Produce request.
///
/// # Errors
/// Another producer, and a partition that is not in the transaction.
pub fn admit(broker: &mut Broker, version: i16, id: &str, writer: (i64, i16), place: (&str, i32), now: i64) -> Result<(), Refusal> {
    let producer = Producer { id: writer.0, epoch: writer.1 };
    let outcome = admit_place(&mut broker.transactions, version >= PRODUCE_ADDS, id, producer, place, now);
    outcome.map_err(|refusal| {
        if refusal.code == ResponseError::TransactionAbortable.code() && version < PRODUCE_KNOWS_ABORTABLE {
            return Refusal::saying(ResponseError::InvalidTxnState, "Partition was not added to the transaction");
        }
        refusal
    })
}

fn admit_place(
    transactions: &mut Transactions,
    adds: bool,
    id: &str,
    producer: Producer,
    (topic, partition): (&str, i32),
    now: i64,
) -> Result<(), Refusal> {
    let outcome = if adds {
        transactions.add(id, producer, &[(topic.to_owned(), partition)], now)
    } else {
        transactions.known(id).and_then(|known| known.verify(producer, topic, partition).map_err(Refusal::bare))
    };
    // Whoever writes to a partition knows a fenced producer by its epoch.
    outcome.map_err(|refusal| {
        let fenced = refusal.code == ResponseError::ProducerFenced.code();
        if fenced { Refusal::bare(ResponseError::InvalidProducerEpoch) } else { refusal }
    })
}

/// Aborts transactions when their time is over, as long as the broker runs.
pub async fn keep_time(shared: &Shared) {
    loop {
        sleep(PAUSE).await;
        sweep(&mut shared.broker.borrow_mut(), now());
    }
}

/// Aborts the transactions whose time is over, and fences their producers.
pub fn sweep(broker: &mut Broker, now: i64) {
    let Broker { transactions, producer_ids, .. } = broker;
    let over = transactions.by_id.values_mut().filter(|transaction| transaction.is_over(now));
    let ended: Vec<Ended> = over.map(|transaction| transaction.abort(producer_ids, now)).collect();
    for ended in &ended {
        finish(broker, ended, now);
    }
}

/// Makes the end of a transaction seen: in the groups for which it has committed offsets, and by markers in its partitions.
fn finish(broker: &mut Broker, ended: &Ended, now: i64) {
    let Producer { id, epoch } = ended.marker;
    groups::transactions::end(broker, id, ended.committed, now);
    for (topic, partition) in &ended.partitions {
        append::marker(broker, topic, *partition, id, epoch, ended.committed, now);
    }
}
