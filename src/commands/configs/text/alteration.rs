//! What `--alter` did, or with `--dry-run` would do.

use std::io::{self, Write};

use super::super::changes::{Change, State};
use super::super::entity::{EntityType, spoken};
use super::entity_cells;
use crate::java::float;
use crate::kafka::model::ConfigSource;
use crate::render::{Cell, Column, Grid, Report};
use crate::secrets::HIDDEN;

/// What `--alter` did to one entity.
pub(in crate::commands::configs) struct Altered {
    /// The types and names of the entity, in the command line's order; an empty name is the default.
    pub entity: Vec<(EntityType, String)>,
    pub changes: Vec<Change>,
    /// Why nothing was changed.
    pub error: Option<String>,
    /// Whether this is only what would be done.
    pub dry_run: bool,
}

impl Altered {
    /// The entity in a message; Java's sentence names only the first part of a user with a client.
    pub fn spoken(&self) -> String {
        self.entity.iter().map(|(entity_type, name)| spoken(*entity_type, name)).collect::<Vec<_>>().join(", ")
    }
}

impl Report for Altered {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some((entity_type, name)) = self.entity.first().filter(|_| self.error.is_none()) else { return Ok(()) };
        if !self.dry_run {
            return match name.as_str() {
                "" => writeln!(out, "Completed updating default config for {} in the cluster.", entity_type.name()),
                name => writeln!(out, "Completed updating config for {} {name}.", entity_type.singular()),
            };
        }
        let entity = self.spoken();
        if self.changes.iter().all(|change| change.is_idle) {
            writeln!(out, "Would leave config for {entity} as it is{}", if self.changes.is_empty() { "." } else { ":" })?;
        } else {
            writeln!(out, "Would update config for {entity}:")?;
        }
        self.changes.iter().try_for_each(|change| write_intention(change, out))
    }

    fn grid(&self) -> Grid {
        let pairs: Vec<(EntityType, Option<&str>)> =
            self.entity.iter().map(|(entity_type, name)| (*entity_type, Some(name.as_str()).filter(|name| !name.is_empty()))).collect();
        let (entity_type, entity_name) = entity_cells(&pairs);
        let outcome = |change: &Change| match (&self.error, self.dry_run) {
            (Some(_), _) => "failed",
            (None, false) => "altered",
            (None, true) if change.is_idle => "unchanged",
            (None, true) => "would_alter",
        };
        let row = |change: &Change| Row {
            entity_type: entity_type.clone(),
            entity_name: entity_name.clone(),
            change: change.clone(),
            outcome: outcome(change),
            error: self.error.clone(),
        };
        let mut columns = vec![
            Column { name: "entity_type", cell: |row: &Row| row.entity_type.clone() },
            Column { name: "entity_name", cell: |row| row.entity_name.clone() },
            Column { name: "name", cell: |row| (&row.change.name).into() },
            Column { name: "op", cell: |row| row.change.op.into() },
        ];
        if self.dry_run {
            columns.push(Column { name: "current_value", cell: |row| value(row.change.current.as_ref()) });
            columns.push(Column { name: "current_source", cell: |row| source(row.change.current.as_ref()) });
        }
        columns.push(Column { name: "value", cell: |row| value(row.change.planned.as_ref()) });
        if self.dry_run {
            columns.push(Column { name: "source", cell: |row| source(row.change.planned.as_ref()) });
        }
        columns.push(Column { name: "outcome", cell: |row| row.outcome.into() });
        columns.push(Column { name: "error", cell: |row| row.error.as_ref().into() });
        Grid::of(&columns, self.changes.iter().map(row)).when_present(&["current_source", "source", "error"])
    }
}

/// One change in the formats for scripts.
struct Row {
    entity_type: Cell,
    entity_name: Cell,
    change: Change,
    outcome: &'static str,
    error: Option<String>,
}

/// Null where there is no value; what should not be shown is told apart from that.
fn value(state: Option<&State>) -> Cell {
    state.map_or(Cell::Null, |state| state.value.clone().unwrap_or_else(|| HIDDEN.into()))
}

fn source(state: Option<&State>) -> Cell {
    state.and_then(|state| state.source).map(ConfigSource::name).into()
}

/// One line of `--dry-run`; there is no such option in Java.
fn write_intention(change: &Change, out: &mut dyn Write) -> io::Result<()> {
    let spoken = |state: &Option<State>| match state {
        None => "unset".to_owned(),
        Some(State { value, source }) => {
            let value = value.as_ref().map_or_else(|| HIDDEN.to_owned(), plain);
            source.map_or(value.clone(), |source| format!("{value} ({})", source.name()))
        }
    };
    let (name, current) = (&change.name, spoken(&change.current));
    if change.is_idle {
        writeln!(out, "  {name}: {current}, as it is")
    } else {
        writeln!(out, "  {name}: {current} -> {}", spoken(&change.planned))
    }
}

/// A value as `--describe` writes it.
fn plain(value: &Cell) -> String {
    match value {
        Cell::Text(text) => text.clone(),
        Cell::Float(number) => float::double(*number),
        Cell::Map(fields) => fields.iter().map(|(name, value)| format!("{name}={}", plain(value))).collect::<Vec<_>>().join(","),
        Cell::Int(number) => number.to_string(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::Null => "null".to_owned(),
        Cell::List(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    fn altered(entity: &[(EntityType, &str)], error: Option<&str>) -> Altered {
        Altered {
            entity: entity.iter().map(|(entity_type, name)| (*entity_type, (*name).to_owned())).collect(),
            changes: vec![],
            error: error.map(Into::into),
            dry_run: false,
        }
    }

    #[test]
    fn an_alteration_names_the_first_entity() {
        assert_eq!(
            text(&altered(&[(EntityType::Clients, "c"), (EntityType::Users, "u")], None)),
            "Completed updating config for client c.\n"
        );
        assert_eq!(text(&altered(&[(EntityType::Brokers, "")], None)), "Completed updating default config for brokers in the cluster.\n");
        assert_eq!(text(&altered(&[(EntityType::Topics, "t")], Some("no"))), "");
    }

    #[test]
    fn a_dry_run_says_what_would_change_and_what_would_not() {
        let state = |value: Cell, source| Some(State { value: Some(value), source });
        let change = |name: &str, current, planned, is_idle| Change { name: name.into(), op: "set", current, planned, is_idle };
        let (default, own) = (Some(ConfigSource::DefaultConfig), Some(ConfigSource::DynamicTopicConfig));
        let hidden = || Some(State { value: None, source: own });
        let mut report = Altered { dry_run: true, ..altered(&[(EntityType::Topics, "t")], None) };
        assert_eq!(text(&report), "Would leave config for topic t as it is.\n");
        report.changes = vec![
            change("a", state("1".into(), default), state("2".into(), own), false),
            change("b", state("1".into(), own), None, false),
            change("c", state("1".into(), own), state("1".into(), own), true),
            change("d", hidden(), hidden(), false),
            change("e", None, state(1024.0.into(), None), false),
            change("f", state(Cell::Null, default), state("".into(), own), false),
        ];
        assert_eq!(
            text(&report),
            "Would update config for topic t:\n  a: 1 (DEFAULT_CONFIG) -> 2 (DYNAMIC_TOPIC_CONFIG)\n  \
             b: 1 (DYNAMIC_TOPIC_CONFIG) -> unset\n  c: 1 (DYNAMIC_TOPIC_CONFIG), as it is\n  \
             d: [hidden] (DYNAMIC_TOPIC_CONFIG) -> [hidden] (DYNAMIC_TOPIC_CONFIG)\n  e: unset -> 1024.0\n  \
             f: null (DEFAULT_CONFIG) ->  (DYNAMIC_TOPIC_CONFIG)\n"
        );
        let rows = report.grid().rows;
        assert_eq!(rows[0][4..9], ["1".into(), "DEFAULT_CONFIG".into(), "2".into(), "DYNAMIC_TOPIC_CONFIG".into(), "would_alter".into()]);
        assert_eq!(rows[2][8], "unchanged".into());
        assert_eq!((&rows[1][6], &rows[3][4], &rows[3][6], &rows[4][4]), (&Cell::Null, &HIDDEN.into(), &HIDDEN.into(), &Cell::Null));
        report.changes.retain(|change| change.is_idle);
        assert_eq!(text(&report), "Would leave config for topic t as it is:\n  c: 1 (DYNAMIC_TOPIC_CONFIG), as it is\n");
    }
}
