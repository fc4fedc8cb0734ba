//! `--delete` and `--delete-offsets`.

use std::io::{self, Write};

use super::super::fault;
use super::{MISSING, java_refusal, left, width};
use crate::failure::Failure;
use crate::java::hash_order::{DEFAULT_CAPACITY, sort_by_hash};
use crate::kafka::admin::ItemResult;
use crate::kafka::error::{BrokerError, ErrorCode};
use crate::kafka::model::TopicPartition;
use crate::render::{Column, Grid, Report};

/// What became of groups that were to be deleted.
pub(in super::super) struct DeletedGroups(Vec<(String, ItemResult<()>)>);

impl DeletedGroups {
    /// The report on `outcomes`, which are brought into Java's order.
    pub fn new(mut outcomes: Vec<(String, ItemResult<()>)>) -> Self {
        sort_by_hash(&mut outcomes, DEFAULT_CAPACITY, |(group, _)| group);
        Self(outcomes)
    }

    /// The groups that are still there, and why.
    pub fn failures(&self) -> impl Iterator<Item = (&String, &BrokerError)> {
        self.0.iter().filter_map(|(group, outcome)| Some((group, outcome.as_ref().err()?)))
    }
}

impl Report for DeletedGroups {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let deleted: Vec<String> = self.0.iter().filter(|(_, outcome)| outcome.is_ok()).map(|(group, _)| format!("'{group}'")).collect();
        let deleted = deleted.join(", ");
        if self.failures().next().is_none() {
            return writeln!(out, "Deletion of requested consumer groups ({deleted}) was successful.");
        }
        writeln!(out, "\nError: Deletion of some consumer groups failed:")?;
        for (group, error) in self.failures() {
            writeln!(out, "* Group '{group}' could not be deleted due to: {}", java_refusal(group, error))?;
        }
        if deleted.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nThese consumer groups were deleted successfully: {deleted}")
    }

    fn grid(&self) -> Grid {
        let columns = [
            Column { name: "group", cell: |(group, _): &&(String, ItemResult<()>)| group.into() },
            Column { name: "outcome", cell: |(_, outcome)| if outcome.is_ok() { "deleted" } else { "failed" }.into() },
            Column { name: "error", cell: |(_, outcome)| outcome.as_ref().err().map(ToString::to_string).into() },
        ];
        let mut rows: Vec<_> = self.0.iter().collect();
        rows.sort_by_key(|(group, _)| group);
        Grid::of(&columns, rows).when_present(&["error"])
    }
}

/// What became of one partition's offset; a topic that is not known has no partition.
#[derive(Debug)]
pub(in super::super) struct OffsetDeletion {
    pub topic: String,
    pub partition: Option<i32>,
    pub outcome: ItemResult<()>,
}

/// What became of offsets that were to be deleted.
pub(in super::super) struct DeletedOffsets {
    group: String,
    /// What the coordinator says of the group.
    refusal: Option<BrokerError>,
    /// The first failure of a partition that came from the coordinator.
    first: Option<BrokerError>,
    rows: Vec<OffsetDeletion>,
}

impl DeletedOffsets {
    /// The report on what the coordinator answered, and on the topics that could not be looked up.
    pub fn new(
        group: String,
        refusal: Option<BrokerError>,
        answered: Vec<(TopicPartition, ItemResult<()>)>,
        unknown: Vec<(String, BrokerError)>,
    ) -> Self {
        let first = answered.iter().find_map(|(_, outcome)| outcome.clone().err());
        let answered = answered.into_iter().map(|(partition, outcome)| OffsetDeletion {
            topic: partition.topic,
            partition: Some(partition.partition),
            outcome,
        });
        let unknown = unknown.into_iter().map(|(topic, error)| OffsetDeletion { topic, partition: None, outcome: Err(error) });
        let mut rows: Vec<OffsetDeletion> = answered.chain(unknown).collect();
        // Java compares the texts, in which partition 10 comes before 2.
        rows.sort_by_key(|row| format!("{}{}", row.topic, row.partition.unwrap_or(-1)));
        Self { group, refusal, first, rows }
    }

    /// The sentence above the partitions.
    fn verdict(&self) -> String {
        let Some(code) = self.refusal.as_ref().or(self.first.as_ref()).map(|error| error.code) else {
            return format!("Request succeeded for deleting offsets from group {}.", self.group);
        };
        let why = match code {
            ErrorCode::INVALID_GROUP_ID
            | ErrorCode::GROUP_ID_NOT_FOUND
            | ErrorCode::GROUP_AUTHORIZATION_FAILED
            | ErrorCode::NON_EMPTY_GROUP => code.message(),
            ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC | ErrorCode::TOPIC_AUTHORIZATION_FAILED | ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
                "Encountered some partition-level error, see the follow-up details.".to_owned()
            }
            _ => format!("Encountered some unknown error: {}", code.name()),
        };
        format!("\nError: {why}")
    }

    /// What failed, and why: the group as a whole, or partitions and topics.
    pub fn failures(&self) -> Vec<Failure> {
        let group = &self.group;
        if let Some(error) = &self.refusal {
            return vec![Failure::failed(format!("group {group}: {error}")).in_report()];
        }
        let failed = || self.rows.iter().filter_map(|row| Some((row, row.outcome.as_ref().err()?)));
        let topics = failed().filter(|(row, _)| row.partition.is_none());
        let topics = topics.map(|(row, error)| Failure::failed(format!("group {group}, topic {}: {error}", row.topic)));
        let partition =
            |(row, error): (&OffsetDeletion, &BrokerError)| Some((TopicPartition::new(&row.topic, row.partition?), error.to_string()));
        topics.chain(fault::of_partitions(group, failed().filter_map(partition))).map(Failure::in_report).collect()
    }
}

impl Report for DeletedOffsets {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.verdict())?;
        let topic_width = width(15, self.rows.iter().map(|row| row.topic.as_str()));
        let mut line =
            |topic: &str, partition: &str, status: &str| write!(out, "\n{} {partition:<10} {}", left(topic, topic_width), left(status, 15));
        line("TOPIC", "PARTITION", "STATUS")?;
        for row in &self.rows {
            let partition = row.partition.map_or_else(|| MISSING.to_owned(), |number| number.to_string());
            let status = match &row.outcome {
                Ok(()) => "Successful".to_owned(),
                Err(error) => format!("Error: {}", java_refusal(&self.group, error)),
            };
            line(&row.topic, &partition, &status)?;
        }
        writeln!(out)
    }

    fn grid(&self) -> Grid {
        let columns = [
            Column { name: "group", cell: |(group, _): &(&String, &OffsetDeletion)| (*group).into() },
            Column { name: "topic", cell: |(_, row)| (&row.topic).into() },
            Column { name: "partition", cell: |(_, row)| row.partition.into() },
            Column { name: "outcome", cell: |(_, row)| if row.outcome.is_ok() { "deleted" } else { "failed" }.into() },
            Column { name: "error", cell: |(_, row)| row.outcome.as_ref().err().map(ToString::to_string).into() },
        ];
        let mut rows: Vec<_> = self.rows.iter().map(|row| (&self.group, row)).collect();
        rows.sort_by_key(|(_, row)| (&row.topic, row.partition));
        Grid::of(&columns, rows).when_present(&["error"])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    #[test]
    fn deleted_groups_are_named() {
        let report = DeletedGroups::new(vec![("b".into(), Ok(())), ("a".into(), Ok(()))]);
        assert_eq!(text(&report), "Deletion of requested consumer groups ('a', 'b') was successful.\n");
    }

    #[test]
    fn groups_that_cannot_be_deleted_come_first() {
        let refused = Err(ErrorCode::NON_EMPTY_GROUP.into());
        assert_eq!(
            text(&DeletedGroups::new(vec![("a".into(), Ok(())), ("b".into(), refused)])),
            "\nError: Deletion of some consumer groups failed:\n\
             * Group 'b' could not be deleted due to: org.apache.kafka.common.errors.GroupNotEmptyException: The group is not empty.\n\
             \nThese consumer groups were deleted successfully: 'a'\n"
        );
    }

    #[test]
    fn deleted_offsets_are_ordered_as_texts() {
        let done = |partition| (TopicPartition::new("t", partition), Ok(()));
        assert_eq!(
            text(&DeletedOffsets::new("g".into(), None, vec![done(2), done(10)], vec![])),
            "Request succeeded for deleting offsets from group g.\n\
             \nTOPIC           PARTITION  STATUS         \n\
             t               10         Successful     \n\
             t               2          Successful     \n"
        );
    }

    #[test]
    fn a_topic_that_is_not_known_has_no_partition() {
        let unknown = ("u".to_owned(), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.into());
        assert_eq!(
            text(&DeletedOffsets::new("g".into(), None, vec![], vec![unknown])),
            "Request succeeded for deleting offsets from group g.\n\
             \nTOPIC           PARTITION  STATUS         \n\
             u               -          Error: org.apache.kafka.common.errors.UnknownTopicOrPartitionException: This server does not host this topic-partition.\n"
        );
    }

    #[test]
    fn refusals_are_told_by_their_level() {
        let refused = |code: ErrorCode| {
            let answered = vec![(TopicPartition::new("t", 0), Err(code.into()))];
            text(&DeletedOffsets::new("g".into(), None, answered, vec![])).lines().nth(1).unwrap().to_owned()
        };
        let group = Some(ErrorCode::GROUP_ID_NOT_FOUND.into());
        let report = DeletedOffsets::new("g".into(), group, vec![], vec![]);
        assert!(text(&report).starts_with("\nError: The group id does not exist.\n\nTOPIC "));
        let messages = |report: &DeletedOffsets| {
            report.failures().iter().map(|failure| failure.complaint().unwrap().message.clone()).collect::<Vec<String>>()
        };
        assert_eq!(messages(&report), ["group g: The group id does not exist."]);
        let (refused_at, unknown) = (TopicPartition::new("t", 0), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
        let answered = vec![(refused_at, Err(unknown.into()))];
        let report = DeletedOffsets::new("g".into(), None, answered, vec![("u".into(), unknown.into())]);
        let why = "This server does not host this topic-partition.";
        assert_eq!(messages(&report), [format!("group g, topic u: {why}"), format!("group g, partition t-0: {why}")]);
        assert_eq!(
            refused(ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC),
            "Error: Encountered some partition-level error, see the follow-up details."
        );
        assert_eq!(refused(ErrorCode::REQUEST_TIMED_OUT), "Error: Encountered some unknown error: REQUEST_TIMED_OUT");
    }
}
