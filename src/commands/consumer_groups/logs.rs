//! Points in logs, looked up once for all groups.

use std::collections::{BTreeSet, HashMap};

use crate::kafka::admin::{Admin, ItemResult};
use crate::kafka::error::Result as KafkaResult;
use crate::kafka::model::{OffsetSpec, TopicPartition};

/// One point of each log; none for a log that ends before it.
pub(super) type Points = HashMap<TopicPartition, ItemResult<Option<i64>>>;

/// What is known of logs, as far as it was asked for.
#[derive(Debug, Default)]
pub(super) struct Logs {
    pub starts: Points,
    pub ends: Points,
    /// Where the first record is that is not older than a point in time.
    pub times: Points,
}

/// Asks every leader once for all its partitions among `wanted`.
///
/// # Errors
/// Those of the metadata request; a partition that cannot be looked up has its own error.
pub(super) async fn points(admin: &Admin, wanted: &BTreeSet<&TopicPartition>, spec: OffsetSpec) -> KafkaResult<Points> {
    let wanted: Vec<TopicPartition> = wanted.iter().copied().cloned().collect();
    let found = admin.list_offsets(&wanted, spec).await?;
    Ok(wanted.into_iter().zip(found).collect())
}
