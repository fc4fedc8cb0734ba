//! What kafka-configs.sh prints, to the byte.

mod alteration;

use std::io::{self, Write};

pub(super) use alteration::Altered;

use super::entity::EntityType;
use crate::java::float;
use crate::kafka::model::{ClientQuotas, ConfigEntry, ConfigSynonym, QuotaEntity, QuotaEntityType, ScramCredential, ScramMechanism};
use crate::render::{Cell, Column, Grid, Report};

/// One value in the formats for scripts, whatever it belongs to.
#[derive(Debug, Default)]
struct Row {
    entity_type: Option<Cell>,
    entity_name: Option<Cell>,
    name: Option<String>,
    value: Option<Cell>,
    source: Option<&'static str>,
    is_default: Option<bool>,
    is_sensitive: Option<bool>,
    is_read_only: Option<bool>,
    synonyms: Vec<Cell>,
    error: Option<String>,
}

fn rows(rows: Vec<Row>) -> Grid {
    let columns = [
        Column { name: "entity_type", cell: |row: &Row| row.entity_type.clone().into() },
        Column { name: "entity_name", cell: |row| row.entity_name.clone().into() },
        Column { name: "name", cell: |row| row.name.clone().into() },
        Column { name: "value", cell: |row| row.value.clone().into() },
        Column { name: "source", cell: |row| row.source.into() },
        Column { name: "is_default", cell: |row| row.is_default.into() },
        Column { name: "is_sensitive", cell: |row| row.is_sensitive.into() },
        Column { name: "is_read_only", cell: |row| row.is_read_only.into() },
        Column { name: "synonyms", cell: |row| Cell::List(row.synonyms.clone()) },
        Column { name: "error", cell: |row| row.error.clone().into() },
    ];
    Grid::of(&columns, rows).full_only(&["is_default", "is_sensitive", "is_read_only", "synonyms"]).when_present(&["source", "error"])
}

/// The types and names of an entity: a text for one, lists for a user with a client. A default entity has no name.
fn entity_cells(pairs: &[(EntityType, Option<&str>)]) -> (Cell, Cell) {
    match pairs {
        [(entity_type, name)] => (entity_type.name().into(), (*name).into()),
        pairs => (
            Cell::List(pairs.iter().map(|(entity_type, _)| entity_type.name().into()).collect()),
            Cell::List(pairs.iter().map(|(_, name)| (*name).into()).collect()),
        ),
    }
}

/// The configurations that `--describe` shows.
pub(super) struct Descriptions {
    pub entity_type: EntityType,
    /// Whether every value is shown, and not only those set for the resource itself.
    pub all: bool,
    pub resources: Vec<Described>,
}

/// One resource, with its entries by name.
pub(super) struct Described {
    /// Empty for the default.
    pub name: String,
    /// Or why they cannot be told.
    pub entries: Result<Vec<ConfigEntry>, String>,
}

impl Report for Descriptions {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for resource in &self.resources {
            match resource.name.as_str() {
                "" => writeln!(out, "Default configs for {} in the cluster are:", self.entity_type.name())?,
                name => {
                    let which = if self.all { "All" } else { "Dynamic" };
                    writeln!(out, "{which} configs for {} {name} are:", self.entity_type.singular())?;
                }
            }
            for entry in resource.entries.iter().flatten() {
                write_entry(entry, out)?;
            }
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        let of = |resource: &Described| {
            let (entity_type, entity_name) =
                entity_cells(&[(self.entity_type, Some(resource.name.as_str()).filter(|name| !name.is_empty()))]);
            let row = || Row { entity_type: Some(entity_type.clone()), entity_name: Some(entity_name.clone()), ..Row::default() };
            match &resource.entries {
                Ok(entries) => entries.iter().map(|entry| entry_row(row(), entry)).collect::<Vec<_>>(),
                Err(error) => vec![Row { error: Some(error.clone()), ..row() }],
            }
        };
        // Text alone has Java's order.
        let mut resources: Vec<&Described> = self.resources.iter().collect();
        resources.sort_by_key(|resource| (self.number(resource), &resource.name));
        rows(resources.into_iter().flat_map(of).collect())
    }
}

impl Descriptions {
    /// The id of a broker, so that 10 comes after 2.
    fn number(&self, resource: &Described) -> Option<i32> {
        let numbered = matches!(self.entity_type, EntityType::Brokers | EntityType::BrokerLoggers);
        resource.name.parse().ok().filter(|_| numbered)
    }
}

fn write_entry(entry: &ConfigEntry, out: &mut dyn Write) -> io::Result<()> {
    let null = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
    let synonym = |synonym: &ConfigSynonym| format!("{}:{}={}", synonym.source.name(), synonym.name, null(&synonym.value));
    let synonyms: Vec<String> = entry.synonyms.iter().map(synonym).collect();
    writeln!(out, "  {}={} sensitive={} synonyms={{{}}}", entry.name, null(&entry.value), entry.sensitive, synonyms.join(", "))
}

fn entry_row(row: Row, entry: &ConfigEntry) -> Row {
    let synonym = |synonym: &ConfigSynonym| {
        let fields: [(&str, Cell); 3] =
            [("name", (&synonym.name).into()), ("value", synonym.value.as_ref().into()), ("source", synonym.source.name().into())];
        Cell::Map(fields.into_iter().map(|(name, cell)| (name.to_owned(), cell)).collect())
    };
    Row {
        name: Some(entry.name.clone()),
        value: Some(entry.value.as_ref().into()),
        source: Some(entry.source.name()),
        is_default: Some(entry.is_default()),
        is_sensitive: Some(entry.sensitive),
        is_read_only: Some(entry.read_only),
        synonyms: entry.synonyms.iter().map(synonym).collect(),
        ..row
    }
}

/// Quotas, and the SCRAM credentials of users.
pub(super) struct Clients {
    pub quotas: Vec<ClientQuotas>,
    /// Each user with its credentials, or why they cannot be told.
    pub credentials: Vec<(String, Result<Vec<ScramCredential>, String>)>,
}

impl Report for Clients {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        for quotas in &self.quotas {
            let values: Vec<String> = quotas.values.iter().map(|(name, value)| format!("{name}={}", float::double(*value))).collect();
            writeln!(out, "Quota configs for {} are {}", described(&quotas.entity), values.join(", "))?;
        }
        for (user, outcome) in &self.credentials {
            match outcome {
                Ok(credentials) => {
                    let texts: Vec<String> =
                        credentials.iter().map(|credential| format!("{}={}", mechanism(credential), iterations(credential))).collect();
                    writeln!(out, "SCRAM credential configs for user-principal '{user}' are {}", texts.join(", "))?;
                }
                Err(error) => writeln!(out, "Error retrieving SCRAM credential configs for user-principal '{user}': {error}")?,
            }
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        // Text alone has Java's order.
        let mut quotas: Vec<&ClientQuotas> = self.quotas.iter().collect();
        quotas.sort_by(|a, b| named(&a.entity).cmp(&named(&b.entity)));
        let quotas = quotas.into_iter().flat_map(|quotas| {
            let (entity_type, entity_name) = entity_cells(&pairs(&quotas.entity));
            let row = move |(name, value): &(String, f64)| Row {
                entity_type: Some(entity_type.clone()),
                entity_name: Some(entity_name.clone()),
                name: Some(name.clone()),
                value: Some((*value).into()),
                ..Row::default()
            };
            let mut values: Vec<&(String, f64)> = quotas.values.iter().collect();
            values.sort_by_key(|(name, _)| name);
            values.into_iter().map(row)
        });
        let mut credentials: Vec<_> = self.credentials.iter().collect();
        credentials.sort_by_key(|(user, _)| user);
        let credentials = credentials.into_iter().flat_map(|(user, outcome)| {
            let (entity_type, entity_name) = entity_cells(&[(EntityType::Users, Some(user.as_str()))]);
            let row = || Row { entity_type: Some(entity_type.clone()), entity_name: Some(entity_name.clone()), ..Row::default() };
            let credential = |credential: &ScramCredential| Row {
                name: Some(mechanism(credential).to_owned()),
                value: Some(scram_cell(credential.iterations)),
                ..row()
            };
            match outcome {
                Ok(credentials) => credentials.iter().map(credential).collect(),
                Err(error) => vec![Row { error: Some(error.clone()), ..row() }],
            }
        });
        rows(quotas.chain(credentials).collect())
    }
}

/// The entity in Java's words: the user first, then the client, then the address.
fn described(entity: &QuotaEntity) -> String {
    let words = [(QuotaEntityType::User, "user-principal"), (QuotaEntityType::ClientId, "client-id"), (QuotaEntityType::Ip, "ip")];
    let parts = words.into_iter().filter_map(|(entity_type, word)| {
        Some(match entity.name(entity_type)? {
            Some(name) => format!("{word} '{name}'"),
            None => format!("the default {word}"),
        })
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// The entity as rows name it.
fn pairs(entity: &QuotaEntity) -> Vec<(EntityType, Option<&str>)> {
    let types = [
        (QuotaEntityType::User, EntityType::Users),
        (QuotaEntityType::ClientId, EntityType::Clients),
        (QuotaEntityType::Ip, EntityType::Ips),
    ];
    types.into_iter().filter_map(|(known, entity_type)| Some((entity_type, entity.name(known)?))).collect()
}

/// What rows are ordered by.
fn named(entity: &QuotaEntity) -> Vec<(&'static str, Option<&str>)> {
    pairs(entity).into_iter().map(|(entity_type, name)| (entity_type.name(), name)).collect()
}

/// A SCRAM credential in the formats for scripts, described or altered.
pub(super) fn scram_cell(iterations: i32) -> Cell {
    Cell::Map(vec![("iterations".to_owned(), iterations.into())])
}

fn mechanism(credential: &ScramCredential) -> &'static str {
    credential.mechanism.map_or("UNKNOWN", ScramMechanism::name)
}

fn iterations(credential: &ScramCredential) -> String {
    format!("iterations={}", credential.iterations)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::model::ConfigSource;

    pub(super) fn text(report: &dyn Report) -> String {
        let mut out = Vec::new();
        report.text(&mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn entry(name: &str, value: Option<&str>, synonyms: &[(ConfigSource, &str, Option<&str>)]) -> ConfigEntry {
        ConfigEntry {
            name: name.into(),
            value: value.map(Into::into),
            source: synonyms.first().map_or(ConfigSource::DefaultConfig, |(source, ..)| *source),
            sensitive: value.is_none(),
            read_only: false,
            synonyms: synonyms
                .iter()
                .map(|(source, name, value)| ConfigSynonym { source: *source, name: (*name).into(), value: value.map(Into::into) })
                .collect(),
        }
    }

    fn described_as(entity_type: EntityType, all: bool, name: &str, entries: Vec<ConfigEntry>) -> Descriptions {
        Descriptions { entity_type, all, resources: vec![Described { name: name.into(), entries: Ok(entries) }] }
    }

    #[test]
    fn a_described_topic() {
        let entries = vec![entry(
            "retention.ms",
            Some("1000"),
            &[(ConfigSource::DynamicTopicConfig, "retention.ms", Some("1000")), (ConfigSource::DefaultConfig, "log.retention.ms", None)],
        )];
        assert_eq!(
            text(&described_as(EntityType::Topics, false, "t", entries)),
            "Dynamic configs for topic t are:\n  retention.ms=1000 sensitive=false \
             synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=1000, DEFAULT_CONFIG:log.retention.ms=null}\n"
        );
    }

    #[test]
    fn headers_name_the_entity() {
        assert_eq!(text(&described_as(EntityType::ClientMetrics, true, "m", vec![])), "All configs for client-metric m are:\n");
        assert_eq!(text(&described_as(EntityType::Brokers, true, "", vec![])), "Default configs for brokers in the cluster are:\n");
    }

    #[test]
    fn a_resource_that_cannot_be_told_is_a_row_with_an_error() {
        let report = Descriptions {
            entity_type: EntityType::Brokers,
            all: true,
            resources: vec![Described { name: "7".into(), entries: Err("gone".into()) }],
        };
        assert_eq!(text(&report), "All configs for broker 7 are:\n");
        let grid = report.grid();
        assert_eq!(grid.columns.last(), Some(&"error"));
        assert_eq!(grid.rows[0].last(), Some(&Cell::Text("gone".into())));
    }

    #[test]
    fn quotas_and_credentials() {
        let entity = QuotaEntity(vec![(QuotaEntityType::ClientId, None), (QuotaEntityType::User, Some("u".into()))]);
        let credential = ScramCredential { mechanism: Some(ScramMechanism::Sha512), iterations: 8192 };
        let report = Clients {
            quotas: vec![ClientQuotas { entity, values: vec![("a".into(), 1024.0), ("b".into(), 0.0005)] }],
            credentials: vec![("u".into(), Ok(vec![credential.clone(), ScramCredential { mechanism: None, ..credential }]))],
        };
        assert_eq!(
            text(&report),
            "Quota configs for user-principal 'u', the default client-id are a=1024.0, b=5.0E-4\n\
             SCRAM credential configs for user-principal 'u' are SCRAM-SHA-512=iterations=8192, UNKNOWN=iterations=8192\n"
        );
        let names = Cell::List(vec![Cell::Text("u".into()), Cell::Null]);
        assert_eq!(report.grid().rows[0][1], names);
        assert_eq!(report.grid().rows[2][1], Cell::Text("u".into()));
    }

    #[test]
    fn rows_are_in_the_order_of_names_with_plain_numbers() {
        let quotas = |name: &str, values: &[(&str, f64)]| ClientQuotas {
            entity: QuotaEntity(vec![(QuotaEntityType::User, Some(name.into()))]),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        };
        let credential = ScramCredential { mechanism: Some(ScramMechanism::Sha512), iterations: 8192 };
        let report = Clients {
            quotas: vec![quotas("v", &[("c", 2e7), ("a", 1.5)]), quotas("u", &[("a", 1.0)])],
            credentials: vec![("v".into(), Ok(vec![])), ("u".into(), Ok(vec![credential]))],
        };
        let rows: Vec<[Cell; 3]> = report.grid().rows.into_iter().map(|row| [row[1].clone(), row[2].clone(), row[3].clone()]).collect();
        let row = |entity: &str, name: &str, value: Cell| [entity.into(), name.into(), value];
        let expected = [
            row("u", "a", 1.0.into()),
            row("v", "a", 1.5.into()),
            row("v", "c", 2e7.into()),
            row("u", "SCRAM-SHA-512", Cell::Map(vec![("iterations".into(), Cell::Int(8192))])),
        ];
        assert_eq!(rows, expected);

        let broker = |name: &str| Described { name: name.into(), entries: Err("gone".into()) };
        let resources = vec![broker("10"), broker("2"), broker("")];
        let grid = Descriptions { entity_type: EntityType::Brokers, all: true, resources }.grid();
        let names: Vec<&Cell> = grid.rows.iter().map(|row| &row[1]).collect();
        assert_eq!(names, [&Cell::Null, &Cell::from("2"), &Cell::from("10")]);
    }
}
