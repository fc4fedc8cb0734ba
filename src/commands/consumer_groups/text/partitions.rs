//! The columns that all reports on partitions have.

use super::super::lag::OffsetRow;
use crate::render::{Cell, Column};

/// One row of a grid: a partition of a group, or a group that has none to tell.
pub(super) struct PartitionRow<'a, M> {
    pub group: &'a str,
    /// Why the group has none.
    pub error: Option<&'a String>,
    pub row: Option<&'a OffsetRow>,
    /// What the report has besides.
    pub more: M,
}

impl<'a, M> PartitionRow<'a, M> {
    fn fact<T: Into<Cell>>(&self, fact: impl FnOnce(&'a OffsetRow) -> T) -> Cell {
        self.row.map(fact).into()
    }
}

pub(super) fn group<'a, M>() -> Column<PartitionRow<'a, M>> {
    Column { name: "group", cell: |row| row.group.into() }
}

/// Which partition, and where the group stands in it.
pub(super) fn standing<'a, M>() -> [Column<PartitionRow<'a, M>>; 7] {
    [
        Column { name: "topic", cell: |row| row.fact(|row| row.partition.topic.as_str()) },
        Column { name: "partition", cell: |row| row.fact(|row| row.partition.partition) },
        Column { name: "current_offset", cell: |row| row.fact(OffsetRow::current_offset) },
        Column { name: "log_start_offset", cell: |row| row.fact(|row| row.log_start_offset) },
        Column { name: "log_end_offset", cell: |row| row.fact(|row| row.log_end_offset) },
        Column { name: "lag", cell: |row| row.fact(OffsetRow::lag) },
        Column { name: "gone", cell: |row| row.fact(OffsetRow::gone) },
    ]
}

/// Who consumes it.
pub(super) fn member<'a, M>() -> [Column<PartitionRow<'a, M>>; 3] {
    [
        Column { name: "consumer_id", cell: |row| row.fact(|row| row.member.as_ref().map(|member| member.id.as_str())) },
        Column { name: "host", cell: |row| row.fact(|row| row.member.as_ref().map(|member| member.host.as_str())) },
        Column { name: "client_id", cell: |row| row.fact(|row| row.member.as_ref().map(|member| member.client_id.as_str())) },
    ]
}

pub(super) fn error<'a, M>() -> Column<PartitionRow<'a, M>> {
    Column { name: "error", cell: |row| row.error.or(row.row.and_then(|row| row.error.as_ref())).into() }
}
