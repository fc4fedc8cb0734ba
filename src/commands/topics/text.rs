//! What kafka-topics.sh prints, to the byte.

use std::io::{self, Write};

use super::assignment::join;
use super::description::{Moving, PartitionView, TopicView, Untold, grid};
use crate::kafka::model::CreatedTopic;
use crate::render::{Column, Grid, Report};

/// The names of topics, one per line. Java ends the list with a line end even when it is empty.
pub(super) struct Listing(pub Vec<String>);

impl Report for Listing {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.0.join("\n"))
    }

    fn grid(&self) -> Grid {
        Grid::of(&[Column { name: "topic", cell: |name: &&String| (*name).into() }], &self.0)
    }
}

/// The topics that `--describe` shows.
#[derive(Default)]
pub(super) struct Descriptions {
    pub topics: Vec<TopicView>,
    pub untold: Vec<Untold>,
}

impl Report for Descriptions {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for topic in &self.topics {
            if topic.headed {
                write_topic(topic, out)?;
            }
            for partition in &topic.partitions {
                write_partition(&topic.name, partition, out)?;
            }
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        grid(&self.topics, &self.untold)
    }
}

fn write_topic(topic: &TopicView, out: &mut dyn Write) -> io::Result<()> {
    let configs: Vec<String> = topic.configs.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("null"))).collect();
    write!(out, "Topic: {}", topic.name)?;
    if !topic.id.is_empty() {
        write!(out, "\tTopicId: {}", topic.id)?;
    }
    let (partitions, factor) = (topic.partition_count, topic.replication_factor);
    writeln!(out, "\tPartitionCount: {partitions}\tReplicationFactor: {factor}\tConfigs: {}", configs.join(","))
}

fn write_partition(topic: &str, partition: &PartitionView, out: &mut dyn Write) -> io::Result<()> {
    let facts = &partition.facts;
    let leader = facts.leader.map_or_else(|| "none".to_owned(), |id| id.to_string());
    write!(out, "\tTopic: {topic}\tPartition: {}\tLeader: {leader}", facts.partition)?;
    write!(out, "\tReplicas: {}\tIsr: {}", join(&facts.replicas, ","), join(&facts.isr, ","))?;
    if let Moving::Yes(moving) = &partition.moving {
        write!(out, "\tAdding Replicas: {}\tRemoving Replicas: {}", join(&moving.adding, ","), join(&moving.removing, ","))?;
    }
    let known = |ids: &Option<Vec<i32>>| ids.as_deref().map_or_else(|| "N/A".to_owned(), |ids| join(ids, ",").to_string());
    writeln!(out, "\tElr: {}\tLastKnownElr: {}", known(&facts.elr), known(&facts.last_known_elr))
}

/// What was done to each topic, by `--create`, `--alter` or `--delete`; or what would be.
pub(super) struct Changes {
    pub changes: Vec<Change>,
    pub dry_run: bool,
}

impl Changes {
    /// Nothing at all.
    pub fn none() -> Self {
        Self { changes: Vec::new(), dry_run: false }
    }
}

/// What was done to one topic.
pub(super) struct Change {
    pub topic: String,
    pub outcome: Outcome,
}

/// How it went.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created(CreatedTopic),
    /// It was there before, and that was to be no error.
    Existed,
    /// It has this many partitions now.
    Altered(i32),
    Deleted,
    Failed(String),
}

impl Outcome {
    fn name(&self, dry_run: bool) -> &'static str {
        match (self, dry_run) {
            (Self::Created(_), false) => "created",
            (Self::Created(_), true) => "would_create",
            (Self::Existed, _) => "existed",
            (Self::Altered(_), false) => "altered",
            (Self::Altered(_), true) => "would_alter",
            (Self::Deleted, false) => "deleted",
            (Self::Deleted, true) => "would_delete",
            (Self::Failed(_), _) => "failed",
        }
    }

    fn partitions(&self) -> Option<i32> {
        match self {
            Self::Created(created) => created.partitions,
            Self::Altered(partitions) => Some(*partitions),
            _ => None,
        }
    }

    fn replication_factor(&self) -> Option<i32> {
        match self {
            Self::Created(created) => created.replication_factor.map(i32::from),
            _ => None,
        }
    }

    fn error(&self) -> Option<&String> {
        match self {
            Self::Failed(error) => Some(error),
            _ => None,
        }
    }
}

impl Report for Changes {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for Change { topic, outcome } in &self.changes {
            match outcome {
                Outcome::Created(_) if !self.dry_run => writeln!(out, "Created topic {topic}.")?,
                outcome if self.dry_run => write_intention(topic, outcome, out)?,
                // Java says nothing of the rest.
                _ => {}
            }
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        let columns = [
            Column { name: "topic", cell: |(change, _): &(&Change, bool)| (&change.topic).into() },
            Column { name: "outcome", cell: |(change, dry_run)| change.outcome.name(*dry_run).into() },
            Column { name: "partitions", cell: |(change, _)| change.outcome.partitions().into() },
            Column { name: "replication_factor", cell: |(change, _)| change.outcome.replication_factor().into() },
            Column { name: "error", cell: |(change, _)| change.outcome.error().into() },
        ];
        let rows = self.changes.iter().map(|change| (change, self.dry_run));
        Grid::of(&columns, rows).when_present(&["partitions", "replication_factor", "error"])
    }
}

/// What `--dry-run` says; there is no such option in Java.
fn write_intention(topic: &str, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    match outcome {
        Outcome::Created(created) => {
            write!(out, "Would create topic {topic}")?;
            if let CreatedTopic { partitions: Some(partitions), replication_factor: Some(factor) } = created {
                write!(out, " with PartitionCount: {partitions} and ReplicationFactor: {factor}")?;
            }
            writeln!(out, ".")
        }
        Outcome::Existed => writeln!(out, "Would leave topic {topic} as it is."),
        Outcome::Altered(partitions) => writeln!(out, "Would grow topic {topic} to PartitionCount: {partitions}."),
        Outcome::Deleted => writeln!(out, "Would delete topic {topic}."),
        // The failure is told at the end.
        Outcome::Failed(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::model::{PartitionDescription, Reassignment};

    fn text(report: &dyn Report) -> String {
        let mut out = Vec::new();
        report.text(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn topic(partition: PartitionView) -> Descriptions {
        let topic = TopicView {
            name: "t".into(),
            id: "ASNFZ4mrze_-3LqYdlQyEA".into(),
            replication_factor: 1,
            configs: vec![("a".into(), Some("1".into())), ("b".into(), None)],
            partition_count: 1,
            headed: true,
            partitions: vec![partition],
        };
        Descriptions { topics: vec![topic], untold: vec![] }
    }

    fn partition() -> PartitionView {
        PartitionView {
            facts: PartitionDescription {
                partition: 0,
                leader: Some(1),
                replicas: vec![1, 2],
                isr: vec![1],
                elr: Some(vec![]),
                last_known_elr: Some(vec![]),
            },
            moving: Moving::No,
            under_replicated: true,
            unavailable: false,
            under_min_isr: false,
            at_min_isr: true,
        }
    }

    #[test]
    fn a_described_topic() {
        assert_eq!(
            text(&topic(partition())),
            "Topic: t\tTopicId: ASNFZ4mrze_-3LqYdlQyEA\tPartitionCount: 1\tReplicationFactor: 1\tConfigs: a=1,b=null\n\
             \tTopic: t\tPartition: 0\tLeader: 1\tReplicas: 1,2\tIsr: 1\tElr: \tLastKnownElr: \n"
        );
    }

    #[test]
    fn a_partition_on_the_move_of_an_older_broker() {
        let mut moving = partition();
        moving.moving = Moving::Yes(Reassignment { replicas: vec![1, 2, 3], adding: vec![3], removing: vec![2] });
        moving.facts = PartitionDescription { leader: None, elr: None, last_known_elr: None, ..moving.facts };
        let text = text(&topic(moving));
        assert!(
            text.ends_with(
                "\tTopic: t\tPartition: 0\tLeader: none\tReplicas: 1,2\tIsr: 1\tAdding Replicas: 3\tRemoving Replicas: 2\tElr: N/A\tLastKnownElr: N/A\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn an_empty_list_is_an_empty_line() {
        assert_eq!(text(&Listing(vec![])), "\n");
        assert_eq!(text(&Listing(vec!["a".into(), "b".into()])), "a\nb\n");
    }

    #[test]
    fn changes_are_told_as_done_or_as_what_would_be_done() {
        let created = CreatedTopic { partitions: Some(3), replication_factor: Some(2) };
        let outcomes = || {
            [
                ("a", Outcome::Created(created)),
                ("b", Outcome::Existed),
                ("c", Outcome::Altered(5)),
                ("d", Outcome::Deleted),
                ("e", Outcome::Failed("no".into())),
                ("f", Outcome::Created(CreatedTopic::default())),
            ]
        };
        let changes = |dry_run| {
            let changes = outcomes().into_iter().map(|(topic, outcome)| Change { topic: topic.into(), outcome }).collect();
            Changes { changes, dry_run }
        };
        assert_eq!(text(&changes(false)), "Created topic a.\nCreated topic f.\n");
        assert_eq!(
            text(&changes(true)),
            "Would create topic a with PartitionCount: 3 and ReplicationFactor: 2.\nWould leave topic b as it is.\n\
             Would grow topic c to PartitionCount: 5.\nWould delete topic d.\nWould create topic f.\n"
        );
        let outcome = |dry_run| changes(dry_run).grid().rows.iter().map(|row| row[1].clone()).collect::<Vec<_>>();
        assert_eq!(outcome(false), ["created", "existed", "altered", "deleted", "failed", "created"].map(Into::into));
        assert_eq!(outcome(true), ["would_create", "existed", "would_alter", "would_delete", "failed", "would_create"].map(Into::into));
        assert_eq!(changes(true).grid().rows[0][2..4], [3.into(), 2.into()]);
    }
}
