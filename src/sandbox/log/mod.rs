//! The records of a partition.

/// The log of one partition.
#[derive(Debug, Default)]
pub struct PartitionLog {}
