//! What `--describe` shows: partitions judged by their topic's settings and running reassignments. Pure functions.

use std::collections::HashSet;

use super::args::Selection;
use crate::java::hash_order::{DEFAULT_CAPACITY, buckets, sort_by_hash};
use crate::kafka::admin::Reassignments;
use crate::kafka::model::{ConfigEntry, PartitionDescription, Reassignment, TopicDescription, TopicPartition};
use crate::render::{Cell, Column, Grid};

/// What the brokers told.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub topics: Vec<Told>,
    /// `None` where nobody tells which partitions are being moved.
    pub reassignments: Option<Reassignments>,
    /// The brokers that are up, if somebody wants to know which leaders are.
    pub live_brokers: Option<HashSet<i32>>,
}

/// A topic and its settings.
pub(super) type Told = (TopicDescription, Settings);

/// What matters of a topic's settings.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Settings {
    /// Those that somebody gave, in Java's order.
    own: Vec<(String, Option<String>)>,
    min_isr: usize,
}

impl Settings {
    /// Leaves out what nobody gave.
    pub fn of(entries: Vec<ConfigEntry>) -> Self {
        let min_isr = entries.iter().find(|entry| entry.name == "min.insync.replicas").and_then(|entry| entry.value.as_ref()?.parse().ok());
        // Java keeps all of them in a map.
        let buckets = buckets(entries.len(), DEFAULT_CAPACITY);
        let given = entries.into_iter().filter(|entry| !entry.is_default());
        let mut own: Vec<(String, Option<String>)> = given.map(|entry| (entry.name, entry.value)).collect();
        sort_by_hash(&mut own, buckets, |(name, _)| name);
        Self { own, min_isr: min_isr.unwrap_or(1) }
    }
}

/// A topic that was asked for and cannot be told, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Untold {
    pub name: String,
    pub error: String,
}

/// One topic as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TopicView {
    pub name: String,
    pub id: String,
    pub replication_factor: usize,
    /// Settings that somebody gave, in Java's order.
    pub configs: Vec<(String, Option<String>)>,
    pub partition_count: usize,
    /// Whether the topic has a line of its own.
    pub headed: bool,
    pub partitions: Vec<PartitionView>,
}

/// One partition as it is shown.
#[derive(Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a column")]
pub(super) struct PartitionView {
    pub facts: PartitionDescription,
    pub moving: Moving,
    pub under_replicated: bool,
    pub unavailable: bool,
    pub under_min_isr: bool,
    pub at_min_isr: bool,
}

/// Whether the replicas of a partition are being moved.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Moving {
    No,
    Yes(Reassignment),
    Unknown,
}

/// Judges the facts, and leaves what `selection` asks for, in the order in which Java prints.
pub(super) fn view(facts: Facts, selection: &Selection) -> Vec<TopicView> {
    let Facts { mut topics, reassignments, live_brokers } = facts;
    let count = topics.len();
    sort_by_hash(&mut topics, count, |(topic, _)| &topic.name);
    topics
        .into_iter()
        .map(|(topic, settings)| view_topic(topic, settings, reassignments.as_ref(), live_brokers.as_ref(), selection))
        .collect()
}

fn view_topic(
    topic: TopicDescription,
    settings: Settings,
    reassignments: Option<&Reassignments>,
    live_brokers: Option<&HashSet<i32>>,
    selection: &Selection,
) -> TopicView {
    let partition_count = topic.partitions.len();
    let mut replication_factor = 0;
    let mut partitions = Vec::with_capacity(partition_count);
    for (index, facts) in topic.partitions.into_iter().enumerate() {
        let moving = moving(&topic.name, &facts, reassignments);
        let factor = replicas_wanted(&facts, &moving);
        if index == 0 {
            replication_factor = factor;
        }
        let view = PartitionView {
            under_replicated: factor > facts.isr.len(),
            unavailable: facts.leader.is_none_or(|leader| live_brokers.is_some_and(|live| !live.contains(&leader))),
            under_min_isr: facts.leader.is_none() || facts.isr.len() < settings.min_isr,
            at_min_isr: facts.isr.len() == settings.min_isr,
            moving,
            facts,
        };
        if !selection.overrides_only && selected(&view, selection) {
            partitions.push(view);
        }
    }
    let headed = !selection.is_health_report() && (!selection.overrides_only || !settings.own.is_empty());
    let id = if topic.id.is_zero() { String::new() } else { topic.id.to_string() };
    TopicView { name: topic.name, id, replication_factor, configs: settings.own, partition_count, headed, partitions }
}

fn selected(partition: &PartitionView, selection: &Selection) -> bool {
    !selection.is_health_report()
        || selection.under_replicated && partition.under_replicated
        || selection.unavailable && partition.unavailable
        || selection.under_min_isr && partition.under_min_isr
        || selection.at_min_isr && partition.at_min_isr
}

/// The replicas that the partition should have: during a reassignment those from before it.
fn replicas_wanted(partition: &PartitionDescription, moving: &Moving) -> usize {
    // A reassignment may have ended between the two answers: then its replicas are no longer listed.
    let running = |moving: &Reassignment| partition.replicas.iter().any(|id| moving.adding.contains(id) || moving.removing.contains(id));
    match moving {
        Moving::Yes(moving) if running(moving) => moving.replicas.len().saturating_sub(moving.adding.len()),
        _ => partition.replicas.len(),
    }
}

fn moving(topic: &str, partition: &PartitionDescription, reassignments: Option<&Reassignments>) -> Moving {
    match reassignments {
        Some(known) => known.get(&TopicPartition::new(topic, partition.partition)).cloned().map_or(Moving::No, Moving::Yes),
        None if partition.may_be_moving() => Moving::Unknown,
        None => Moving::No,
    }
}

/// One row of the grid: a partition with its topic. A topic of which only the settings are shown has no partition, and of
/// one that cannot be told there is only the error.
struct Row<'a> {
    name: &'a str,
    topic: Option<&'a TopicView>,
    partition: Option<&'a PartitionView>,
    error: Option<&'a str>,
}

impl Row<'_> {
    fn fact<T: Into<Cell>>(&self, fact: impl FnOnce(&PartitionView) -> T) -> Cell {
        self.partition.map(fact).into()
    }

    fn of_topic<T: Into<Cell>>(&self, fact: impl FnOnce(&TopicView) -> T) -> Cell {
        self.topic.map(fact).into()
    }
}

/// All columns, in the order in which they are printed.
///
/// `offline` means what `--unavailable-partitions` asks for: the partition has no leader on a running broker.
fn columns<'a>() -> [Column<Row<'a>>; 20] {
    [
        Column { name: "topic", cell: |row| row.name.into() },
        Column { name: "topic_id", cell: |row| row.of_topic(|topic| Some(topic.id.as_str()).filter(|id| !id.is_empty()).map(Cell::from)) },
        Column { name: "partition", cell: |row| row.fact(|view| view.facts.partition) },
        Column { name: "leader", cell: |row| row.fact(|view| view.facts.leader) },
        Column { name: "replicas", cell: |row| row.fact(|view| Cell::from(&*view.facts.replicas)) },
        Column { name: "isr", cell: |row| row.fact(|view| Cell::from(&*view.facts.isr)) },
        Column { name: "elr", cell: |row| row.fact(|view| view.facts.elr.as_deref().map(Cell::from)) },
        Column { name: "last_known_elr", cell: |row| row.fact(|view| view.facts.last_known_elr.as_deref().map(Cell::from)) },
        Column { name: "adding_replicas", cell: |row| row.fact(|view| view.moving.replicas(|moving| &moving.adding)) },
        Column { name: "removing_replicas", cell: |row| row.fact(|view| view.moving.replicas(|moving| &moving.removing)) },
        Column { name: "under_replicated", cell: |row| row.fact(|view| view.under_replicated) },
        Column { name: "at_min_isr", cell: |row| row.fact(|view| view.at_min_isr) },
        Column { name: "under_min_isr", cell: |row| row.fact(|view| view.under_min_isr) },
        Column { name: "offline", cell: |row| row.fact(|view| view.unavailable) },
        Column { name: "partition_count", cell: |row| row.of_topic(|topic| topic.partition_count) },
        Column { name: "replication_factor", cell: |row| row.of_topic(|topic| topic.replication_factor) },
        Column { name: "configs", cell: |row| row.of_topic(configs) },
        Column { name: "moving", cell: |row| row.fact(|view| view.moving.summed_up()) },
        Column { name: "trouble", cell: |row| row.fact(summed_up_trouble) },
        Column { name: "error", cell: |row| row.error.into() },
    ]
}

/// Columns that would make a table too wide; `moving` and `trouble` sum up those that matter.
const FOR_SCRIPTS: [&str; 11] = [
    "topic_id",
    "last_known_elr",
    "adding_replicas",
    "removing_replicas",
    "under_replicated",
    "at_min_isr",
    "under_min_isr",
    "offline",
    "partition_count",
    "replication_factor",
    "configs",
];

/// One row per partition, by name and number; text alone has Java's order.
pub(super) fn grid(topics: &[TopicView], untold: &[Untold]) -> Grid {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for topic in topics {
        let row = |partition| Row { name: &topic.name, topic: Some(topic), partition, error: None };
        if topic.partitions.is_empty() && topic.headed {
            rows.push(row(None));
        }
        rows.extend(topic.partitions.iter().map(|partition| row(Some(partition))));
    }
    rows.extend(untold.iter().map(|Untold { name, error }| Row { name, topic: None, partition: None, error: Some(error) }));
    // Partitions are in their order already, which this keeps.
    rows.sort_by_key(|row| row.name);
    Grid::of(&columns(), rows)
        .full_only(&FOR_SCRIPTS)
        .table_only(&["moving", "trouble"])
        .when_present(&["elr", "moving", "trouble", "error"])
}

/// The worst of what is wrong with the partition, if anything is.
fn summed_up_trouble(view: &PartitionView) -> Option<&'static str> {
    let troubles = [(view.unavailable, "offline"), (view.under_min_isr, "under min isr"), (view.under_replicated, "under replicated")];
    troubles.into_iter().find(|(is, _)| *is).map(|(_, name)| name)
}

fn configs(topic: &TopicView) -> Cell {
    Cell::Map(topic.configs.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect())
}

impl Moving {
    /// What `kind` of replicas: none if nothing is being moved, and nothing to tell if that is not known.
    fn replicas(&self, kind: impl Fn(&Reassignment) -> &Vec<i32>) -> Cell {
        match self {
            Self::No => Cell::List(Vec::new()),
            Self::Yes(reassignment) => kind(reassignment).as_slice().into(),
            Self::Unknown => Cell::Null,
        }
    }

    /// The replicas that come and go, if any do.
    fn summed_up(&self) -> Option<String> {
        let signed = |sign: char, ids: &[i32]| ids.iter().map(|id| format!("{sign}{id}")).collect::<Vec<_>>();
        match self {
            Self::No => None,
            Self::Yes(moving) => Some([signed('+', &moving.adding), signed('-', &moving.removing)].concat().join(" ")),
            Self::Unknown => Some("not known".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(replicas: &[i32], isr: &[i32], leader: Option<i32>) -> PartitionDescription {
        PartitionDescription { partition: 0, leader, replicas: replicas.to_vec(), isr: isr.to_vec(), elr: None, last_known_elr: None }
    }

    fn one(facts: PartitionDescription, reassignment: Option<Reassignment>, selection: &Selection) -> TopicView {
        let topic = TopicDescription { name: "t".into(), id: crate::kafka::model::TopicId::default(), partitions: vec![facts] };
        let reassignments = Some(reassignment.map(|moving| (TopicPartition::new("t", 0), moving)).into_iter().collect());
        let facts = Facts { topics: vec![(topic, Settings::of(vec![]))], reassignments, live_brokers: Some(HashSet::from([1, 2])) };
        view(facts, selection).remove(0)
    }

    #[test]
    fn adding_replicas_do_not_make_a_partition_under_replicated() {
        let moving = Reassignment { replicas: vec![1, 3], adding: vec![3], removing: vec![] };
        let view = one(partition(&[1, 3], &[1], Some(1)), Some(moving), &Selection::default());
        assert_eq!(view.replication_factor, 1);
        assert!(!view.partitions[0].under_replicated);
    }

    #[test]
    fn a_leader_on_a_dead_broker_is_unavailable() {
        assert!(one(partition(&[3], &[3], Some(3)), None, &Selection::default()).partitions[0].unavailable);
        assert!(!one(partition(&[1], &[1], Some(1)), None, &Selection::default()).partitions[0].unavailable);
    }

    #[test]
    fn health_reports_leave_out_topic_lines_and_healthy_partitions() {
        let selection = Selection { under_replicated: true, ..Selection::default() };
        let healthy = one(partition(&[1, 2], &[1, 2], Some(1)), None, &selection);
        assert!(!healthy.headed && healthy.partitions.is_empty());
        assert_eq!(one(partition(&[1, 2], &[1], Some(1)), None, &selection).partitions.len(), 1);
    }

    #[test]
    fn rows_have_every_fact_as_a_plain_value() {
        let grid = grid(&[one(partition(&[1, 2], &[1], Some(1)), None, &Selection::default())], &[]);
        let cell = |name: &str| grid.rows[0][grid.columns.iter().position(|column| *column == name).unwrap()].clone();
        assert_eq!(cell("under_replicated"), Cell::Bool(true));
        assert_eq!(cell("elr"), Cell::Null);
        assert_eq!(cell("adding_replicas"), Cell::List(vec![]));
        assert_eq!(cell("topic_id"), Cell::Null);
    }

    #[test]
    fn a_reassignment_that_nobody_tells_of_is_not_called_none() {
        let partition =
            |number, isr: &[i32]| PartitionDescription { partition: number, elr: Some(vec![]), ..partition(&[1, 2], isr, Some(1)) };
        let topic = TopicDescription {
            name: "t".into(),
            id: crate::kafka::model::TopicId::default(),
            partitions: vec![partition(0, &[1]), partition(1, &[1, 2])],
        };
        let facts = Facts { topics: vec![(topic, Settings::of(vec![]))], ..Facts::default() };
        let grid = grid(&view(facts, &Selection::default()), &[]);
        let cells = |name: &str| {
            let column = grid.columns.iter().position(|column| *column == name).unwrap();
            grid.rows.iter().map(|row| row[column].clone()).collect::<Vec<_>>()
        };
        // One whose replicas are all in sync is not being moved in any case.
        assert_eq!(cells("adding_replicas"), [Cell::Null, Cell::List(vec![])]);
        assert_eq!(cells("removing_replicas"), [Cell::Null, Cell::List(vec![])]);
        assert_eq!(cells("moving"), [Cell::from("not known"), Cell::Null]);
    }

    #[test]
    fn rows_are_in_the_order_of_names_and_a_topic_that_cannot_be_told_is_one() {
        let called = |name: &str| TopicView { name: name.into(), ..one(partition(&[1], &[1], Some(1)), None, &Selection::default()) };
        let grid = grid(&[called("c"), called("a")], &[Untold { name: "b".into(), error: "gone".into() }]);
        let column = |name: &str| grid.columns.iter().position(|column| *column == name).unwrap();
        let names: Vec<&Cell> = grid.rows.iter().map(|row| &row[column("topic")]).collect();
        assert_eq!(names, [&Cell::from("a"), &Cell::from("b"), &Cell::from("c")]);
        assert_eq!(grid.rows[1][column("error")], Cell::from("gone"));
        assert_eq!(grid.rows[1][column("offline")], Cell::Null);
        assert_eq!(grid.rows[0][column("error")], Cell::Null);
    }

    /// A partition of a cluster with long names and long ids.
    fn wide(partition: i32, isr: &[i32]) -> PartitionDescription {
        PartitionDescription {
            partition,
            leader: isr.first().copied(),
            replicas: vec![1001, 1002, 1003],
            isr: isr.to_vec(),
            elr: Some(vec![]),
            last_known_elr: Some(vec![]),
        }
    }

    fn table(partitions: Vec<PartitionDescription>, reassignment: Option<Reassignment>) -> String {
        let name = "payments.settlement-events.v2".to_owned();
        let reassignments = Some(reassignment.map(|moving| (TopicPartition::new(&name, 1), moving)).into_iter().collect());
        let topic = TopicDescription { name, id: crate::kafka::model::TopicId::default(), partitions };
        let facts =
            Facts { topics: vec![(topic, Settings::of(vec![]))], reassignments, live_brokers: Some(HashSet::from([1001, 1002, 1003])) };
        let report = super::super::text::Descriptions { topics: view(facts, &Selection::default()), untold: vec![] };
        let mut out = Vec::new();
        crate::render::render(&report, crate::render::Format::Table, crate::render::Screen { width: Some(80), colours: false }, &mut out)
            .unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_healthy_wide_cluster_stays_readable_at_80_columns() {
        let text = table(vec![wide(0, &[1001, 1002, 1003]), wide(1, &[1002, 1001, 1003])], None);
        let expected = "\
┌───────────────────────────────┬───────────┬────────┬──────────────┬──────────┐
│ TOPIC                         ┆ PARTITION ┆ LEADER ┆ REPLICAS     ┆ ISR      │
╞═══════════════════════════════╪═══════════╪════════╪══════════════╪══════════╡
│ payments.settlement-events.v2 ┆         0 ┆   1001 ┆ 1001, 1002,  ┆ 1001,    │
│                               ┆           ┆        ┆ 1003         ┆ 1002,    │
│                               ┆           ┆        ┆              ┆ 1003     │
│ payments.settlement-events.v2 ┆         1 ┆   1002 ┆ 1001, 1002,  ┆ 1002,    │
│                               ┆           ┆        ┆ 1003         ┆ 1001,    │
│                               ┆           ┆        ┆              ┆ 1003     │
└───────────────────────────────┴───────────┴────────┴──────────────┴──────────┘
";
        assert_eq!(text, expected);
    }

    #[test]
    fn an_ailing_wide_cluster_stays_readable_at_80_columns() {
        let moving = Reassignment { replicas: vec![1001, 1002, 1003], adding: vec![1003], removing: vec![1001] };
        let text = table(vec![wide(0, &[]), wide(1, &[1001, 1002])], Some(moving));
        let expected = "\
┌───────────────────┬───────────┬────────┬──────────┬───────┬────────┬─────────┐
│ TOPIC             ┆ PARTITION ┆ LEADER ┆ REPLICAS ┆ ISR   ┆ MOVING ┆ TROUBLE │
╞═══════════════════╪═══════════╪════════╪══════════╪═══════╪════════╪═════════╡
│ payments.         ┆         0 ┆ -      ┆ 1001,    ┆       ┆ -      ┆ offline │
│ settlement-       ┆           ┆        ┆ 1002,    ┆       ┆        ┆         │
│ events.v2         ┆           ┆        ┆ 1003     ┆       ┆        ┆         │
│ payments.         ┆         1 ┆   1001 ┆ 1001,    ┆ 1001, ┆ +1003  ┆ -       │
│ settlement-       ┆           ┆        ┆ 1002,    ┆ 1002  ┆ -1001  ┆         │
│ events.v2         ┆           ┆        ┆ 1003     ┆       ┆        ┆         │
└───────────────────┴───────────┴────────┴──────────┴───────┴────────┴─────────┘
";
        assert_eq!(text, expected);
    }
}
