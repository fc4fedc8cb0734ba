//! What an alteration changes: as far as the command line says it, and beside the current values.

use std::iter::successors;

use super::entity::own_source;
use super::plan::Alteration;
use super::text::scram_cell;
use crate::kafka::admin::{AlterOp, ConfigChange, CredentialChange};
use crate::kafka::model::{
    ConfigEntry, ConfigResource, ConfigSource, ConfigSynonym, QuotaChange, ResourceKind, ScramCredential, ScramMechanism,
};
use crate::render::Cell;
use crate::secrets::names_secret;

/// One change of one value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub name: String,
    /// `set` or `delete`.
    pub op: &'static str,
    /// What is in force; `None` where nothing is, or where that was not asked.
    pub current: Option<State>,
    /// What will be; `None` where nothing will, or where the cluster does not tell what takes its place.
    pub planned: Option<State>,
    /// Whether everything stays as it is.
    pub is_idle: bool,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// In the form in which `--describe` shows it, [`Cell::Null`] for a setting without a value; `None` for what should not
    /// be shown.
    pub value: Option<Cell>,
    pub source: Option<ConfigSource>,
}

/// The current values beside which changes are looked at.
#[derive(Debug)]
pub(super) enum Current {
    Unknown,
    /// Settings, and in `below` those of others of the same kind: they tell what is in force where nothing is set, and what
    /// there is.
    Entries {
        entries: Vec<ConfigEntry>,
        below: Vec<ConfigEntry>,
    },
    Quotas(Vec<(String, f64)>),
    Credentials(Vec<ScramCredential>),
}

impl Current {
    fn entry(&self, name: &str) -> Option<&ConfigEntry> {
        let Self::Entries { entries, .. } = self else { return None };
        entries.iter().find(|entry| entry.name == name)
    }

    /// Whether there is a setting of this name that everybody may be told.
    fn tells(&self, name: &str) -> bool {
        matches!(self, Self::Entries { below, .. } if below.iter().any(|known| known.name == name && !known.sensitive))
    }

    /// What is in force without the value from `own`: its value and its source.
    fn without(&self, own: ConfigSource, name: &str) -> Option<(Option<String>, ConfigSource)> {
        let Self::Entries { entries, below } = self else { return None };
        let of = |entry: &'_ &ConfigEntry| entry.name == name;
        let beneath = entries.iter().chain(below).filter(of).find_map(|entry| beneath(entry, own));
        let value = || below.iter().filter(of).find(|entry| is_below(entry.source, own));
        beneath.or_else(|| value().map(|entry| (entry.value.clone(), entry.source)))
    }

    /// The level of a logger that has none of its own any more, after `changes`: that of the nearest one above it.
    fn inherited(&self, logger: &str, changes: &[ConfigChange]) -> Option<String> {
        const ROOT: &str = "root";
        let above = successors(Some(logger), |name| name.rsplit_once('.').map(|(parent, _)| parent)).skip(1);
        above.chain([ROOT]).find_map(|name| match changes.iter().find(|change| change.name == name) {
            Some(change) => change.value.clone(),
            None => self.entry(name)?.value.clone(),
        })
    }

    fn quota(&self, name: &str) -> Option<f64> {
        let Self::Quotas(quotas) = self else { return None };
        quotas.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    fn credential(&self, mechanism: ScramMechanism) -> Option<State> {
        let Self::Credentials(credentials) = self else { return None };
        credentials.iter().find(|credential| credential.mechanism == Some(mechanism)).map(|credential| iterations(credential.iterations))
    }
}

fn is_below(source: ConfigSource, own: ConfigSource) -> bool {
    // The value of a broker belongs to it alone.
    source != own && source != ConfigSource::DynamicBrokerConfig
}

/// What `entry` itself says is in force without the value from `own`.
fn beneath(entry: &ConfigEntry, own: ConfigSource) -> Option<(Option<String>, ConfigSource)> {
    let synonym = entry.synonyms.iter().find(|synonym| is_below(synonym.source, own))?;
    Some((in_unit_of(&entry.name, synonym), synonym.source))
}

/// The value of a synonym as one of the setting `name`: a broker has hours and minutes behind some milliseconds.
fn in_unit_of(name: &str, synonym: &ConfigSynonym) -> Option<String> {
    fn unit(name: &str) -> &str {
        name.rsplit_once('.').map_or("", |(_, unit)| unit)
    }
    let value = synonym.value.as_ref()?;
    let millis: i64 = match (unit(&synonym.name), unit(name)) {
        ("hours", "ms") => 60 * 60 * 1000,
        ("minutes", "ms") => 60 * 1000,
        _ => return Some(value.clone()),
    };
    let number: i64 = value.parse().ok()?;
    // Below zero is no time but "without a limit", which is -1 in every unit.
    Some(if number < 0 { -1 } else { number.saturating_mul(millis) }.to_string())
}

/// Whether `change` takes away a value of its own, and its entry does not say what is in force then.
pub(super) fn leaves_a_question(resource: &ConfigResource, change: &ConfigChange, entries: &[ConfigEntry]) -> bool {
    let Some(own) = own_source(resource.kind, &resource.name) else { return false };
    let asks = |entry: &ConfigEntry| entry.name == change.name && entry.source == own && beneath(entry, own).is_none();
    change.op == AlterOp::Delete && entries.iter().any(asks)
}

/// The changes of `alteration`, deletions first as they are sent.
pub(super) fn changes(alteration: &Alteration, current: &Current) -> Vec<Change> {
    match alteration {
        Alteration::Resource { resource, changes } => changes.iter().map(|change| setting(resource, change, changes, current)).collect(),
        Alteration::Quotas { changes, .. } => changes.iter().map(|change| quota_change(change, current)).collect(),
        Alteration::Credentials { changes, .. } => changes.iter().map(|change| credential_change(change, current)).collect(),
    }
}

/// Why the broker would refuse changes of one user's credentials, in its words: no request asks it.
///
/// It looks at deletions before credentials to set, and stays with the first thing that it finds wrong (Java's
/// `ScramControlManager.alterCredentials`).
pub(super) fn refused_credentials(changes: &[CredentialChange], current: &Current) -> Option<&'static str> {
    let reason = |change: &CredentialChange| match change {
        CredentialChange::Delete(mechanism) if current.credential(*mechanism).is_none() => {
            Some("Attempt to delete a user credential that does not exist")
        }
        CredentialChange::Upsert(upsertion) if upsertion.iterations > ScramMechanism::MAX_ITERATIONS => Some("Too many iterations"),
        CredentialChange::Delete(_) | CredentialChange::Upsert(_) => None,
    };
    let (deletions, upsertions): (Vec<_>, Vec<_>) = changes.iter().partition(|change| matches!(change, CredentialChange::Delete(_)));
    let mut in_order = deletions.into_iter().chain(upsertions);
    // Whatever follows a change that is fine is the second of this user.
    let twice = || Some("A user credential cannot be altered twice in the same request");
    in_order.next().and_then(reason).or_else(|| in_order.next().and_then(|_| twice()))
}

fn op(delete: bool) -> &'static str {
    if delete { "delete" } else { "set" }
}

/// One of several `changes` of settings.
fn setting(resource: &ConfigResource, change: &ConfigChange, changes: &[ConfigChange], current: &Current) -> Change {
    const LEVEL: ConfigSource = ConfigSource::DynamicBrokerLoggerConfig;
    let own = own_source(resource.kind, &resource.name).unwrap_or(LEVEL);
    let entry = current.entry(&change.name);
    // A broker takes names that it does not know, and keeps their values to itself.
    let untold = resource.kind == ResourceKind::Broker && !current.tells(&change.name);
    let secret = untold || names_secret(&change.name) || entry.is_some_and(|entry| entry.sensitive);
    let state = |value: Option<&String>, source| State { value: (!secret).then(|| value.into()), source: Some(source) };
    let before = entry.map(|entry| state(entry.value.as_ref(), entry.source));
    let is_own = entry.is_some_and(|entry| entry.source == own);
    let (planned, is_idle) = match change.op {
        AlterOp::Delete if resource.kind == ResourceKind::BrokerLogger => {
            (current.inherited(&change.name, changes).map(|level| state(Some(&level), LEVEL)), false)
        }
        AlterOp::Delete if is_own => (current.without(own, &change.name).map(|(value, source)| state(value.as_ref(), source)), false),
        AlterOp::Delete => (before.clone(), entry.is_some() || matches!(current, Current::Entries { .. })),
        AlterOp::Set => {
            let same = !secret && entry.is_some_and(|entry| entry.value == change.value);
            (Some(state(change.value.as_ref(), own)), same && is_own)
        }
    };
    Change { name: change.name.clone(), op: op(change.op == AlterOp::Delete), current: before, planned, is_idle }
}

fn quota_change(change: &QuotaChange, current: &Current) -> Change {
    let (before, planned) = (current.quota(&change.name), change.value);
    // A quota may be NaN, which differs from itself.
    let is_idle = before.zip(planned).is_some_and(|(before, planned)| before.total_cmp(&planned).is_eq());
    Change { name: change.name.clone(), op: op(planned.is_none()), current: before.map(quota), planned: planned.map(quota), is_idle }
}

fn credential_change(change: &CredentialChange, current: &Current) -> Change {
    let (mechanism, planned) = match change {
        CredentialChange::Delete(mechanism) => (*mechanism, None),
        CredentialChange::Upsert(upsertion) => (upsertion.mechanism, Some(iterations(upsertion.iterations))),
    };
    // Nobody can tell whether the password stays the same.
    Change { name: mechanism.name().to_owned(), op: op(planned.is_none()), current: current.credential(mechanism), planned, is_idle: false }
}

fn quota(value: f64) -> State {
    State { value: Some(value.into()), source: None }
}

fn iterations(number: i32) -> State {
    State { value: Some(scram_cell(number)), source: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::admin::Upsertion;
    use crate::kafka::model::{ConfigSynonym, QuotaEntity};

    fn entry(name: &str, value: &str, sources: &[(ConfigSource, &str)]) -> ConfigEntry {
        let synonym =
            |(source, value): &(ConfigSource, &str)| ConfigSynonym { name: name.into(), value: Some((*value).to_owned()), source: *source };
        ConfigEntry {
            name: name.into(),
            value: Some(value.into()),
            source: sources[0].0,
            sensitive: false,
            read_only: false,
            synonyms: sources.iter().map(synonym).collect(),
        }
    }

    fn resource(kind: ResourceKind, changes: &[(&str, Option<&str>)]) -> Alteration {
        let change = |(name, value): &(&str, Option<&str>)| ConfigChange {
            name: (*name).to_owned(),
            op: if value.is_some() { AlterOp::Set } else { AlterOp::Delete },
            value: value.map(Into::into),
        };
        Alteration::Resource { resource: ConfigResource::new(kind, "1"), changes: changes.iter().map(change).collect() }
    }

    /// Each change as `current -> planned`, with `=` where nothing changes and `?` for what is not shown.
    fn outline(alteration: &Alteration, current: &Current) -> Vec<String> {
        let state = |state: Option<State>| match state {
            None => "none".to_owned(),
            Some(State { value: Some(Cell::Text(text)), .. }) => text,
            Some(State { value: None, .. }) => "?".to_owned(),
            Some(State { value: Some(other), .. }) => format!("{other:?}"),
        };
        let line = |change: Change| {
            let arrow = if change.is_idle { "=" } else { "->" };
            format!("{} {arrow} {}", state(change.current), state(change.planned))
        };
        changes(alteration, current).into_iter().map(line).collect()
    }

    #[test]
    fn settings_of_a_topic_beside_their_current_values() {
        let (own, default) = (ConfigSource::DynamicTopicConfig, ConfigSource::DefaultConfig);
        let entries =
            vec![entry("a", "1", &[(own, "1"), (default, "0")]), entry("b", "1", &[(default, "1")]), entry("c", "1", &[(own, "1")])];
        let below = vec![entry("c", "7", &[(own, "7")]), entry("c", "0", &[(default, "0")])];
        let current = Current::Entries { entries, below };
        let alteration = resource(
            ResourceKind::Topic,
            &[("a", None), ("b", None), ("c", None), ("x", None), ("a", Some("2")), ("b", Some("1")), ("c", Some("1"))],
        );
        let expected = ["1 -> 0", "1 = 1", "1 -> 0", "none = none", "1 -> 2", "1 -> 1", "1 = 1"];
        assert_eq!(outline(&alteration, &current), expected);
    }

    #[test]
    fn a_synonym_in_another_unit_is_converted() {
        let own = ConfigSource::DynamicBrokerConfig;
        let with = |synonym: &str, value: &str| {
            let mut entry = entry("log.retention.ms", "888888888", &[(own, "888888888"), (ConfigSource::DefaultConfig, value)]);
            entry.synonyms[1].name = synonym.into();
            Current::Entries { below: vec![entry.clone()], entries: vec![entry] }
        };
        let planned = |synonym, value| outline(&resource(ResourceKind::Broker, &[("log.retention.ms", None)]), &with(synonym, value));
        for (synonym, value, expected) in [
            ("log.retention.hours", "168", "604800000"),
            ("log.retention.minutes", "10", "600000"),
            ("log.retention.hours", "-1", "-1"),
            ("log.retention.ms", "5", "5"),
        ] {
            assert_eq!(planned(synonym, value), [format!("888888888 -> {expected}")], "{synonym}={value}");
        }
    }

    #[test]
    fn a_logger_without_a_level_has_the_one_above_it() {
        let level = |name: &str, level: &str| ConfigEntry {
            synonyms: vec![],
            ..entry(name, level, &[(ConfigSource::DynamicBrokerLoggerConfig, level)])
        };
        let entries = vec![level("root", "INFO"), level("kafka", "WARN"), level("kafka.log", "TRACE"), level("org.x", "ERROR")];
        let current = Current::Entries { below: entries.clone(), entries };
        let told = |changes: &[(&str, Option<&str>)]| outline(&resource(ResourceKind::BrokerLogger, changes), &current);
        assert_eq!(told(&[("kafka.log", None), ("org.x", None)]), ["TRACE -> WARN", "ERROR -> INFO"]);
        assert_eq!(told(&[("kafka", None), ("kafka.log", None)]), ["WARN -> INFO", "TRACE -> INFO"]);
        assert_eq!(told(&[("kafka.log", None), ("kafka", Some("DEBUG"))]), ["TRACE -> DEBUG", "WARN -> DEBUG"]);
    }

    #[test]
    fn others_are_asked_only_about_what_an_entry_does_not_tell() {
        let (own, default) = (ConfigSource::DynamicTopicConfig, ConfigSource::DefaultConfig);
        let entries = [entry("a", "1", &[(own, "1"), (default, "0")]), entry("b", "1", &[(default, "1")]), entry("c", "1", &[(own, "1")])];
        let asks = |name: &str, value: Option<&str>| {
            let Alteration::Resource { resource, changes } = resource(ResourceKind::Topic, &[(name, value)]) else { unreachable!() };
            leaves_a_question(&resource, &changes[0], &entries)
        };
        assert!(asks("c", None));
        assert!(!asks("c", Some("2")) && !asks("a", None) && !asks("b", None) && !asks("x", None));
    }

    #[test]
    fn secrets_and_what_a_broker_does_not_know_are_not_shown() {
        let own = ConfigSource::DynamicBrokerConfig;
        let entries = vec![
            entry("background.threads", "9", &[(own, "9")]),
            ConfigEntry { sensitive: true, ..entry("odd", "9", &[(own, "9")]) },
            entry("my.password", "9", &[(own, "9")]),
        ];
        let current = Current::Entries { below: entries.clone(), entries };
        let alteration = resource(
            ResourceKind::Broker,
            &[("background.threads", Some("8")), ("odd", Some("pssst")), ("my.password", Some("pssst")), ("nosuch", Some("pssst"))],
        );
        assert_eq!(outline(&alteration, &current), ["9 -> 8", "? -> ?", "? -> ?", "none -> ?"]);
        assert_eq!(outline(&alteration, &Current::Unknown), ["none -> ?"; 4]);
    }

    #[test]
    fn quotas_and_credentials_beside_their_current_values() {
        let quota = |name: &str, value| QuotaChange { name: name.into(), value };
        let changes =
            vec![quota("a", Some(1.0)), quota("b", Some(2.0)), quota("c", Some(3.0)), quota("a", None), quota("n", Some(f64::NAN))];
        let alteration = Alteration::Quotas { entity: QuotaEntity(vec![]), changes };
        let current = Current::Quotas(vec![("a".into(), 1.0), ("b".into(), 1.0), ("n".into(), f64::NAN)]);
        assert_eq!(
            outline(&alteration, &current),
            ["Float(1.0) = Float(1.0)", "Float(1.0) -> Float(2.0)", "none -> Float(3.0)", "Float(1.0) -> none", "Float(NaN) = Float(NaN)"]
        );

        let upsert =
            |iterations| CredentialChange::Upsert(Upsertion { mechanism: ScramMechanism::Sha256, iterations, password: "p".into() });
        let current = Current::Credentials(vec![ScramCredential { mechanism: Some(ScramMechanism::Sha256), iterations: 4096 }]);
        let alteration = Alteration::Credentials { user: "u".into(), changes: vec![upsert(4096)] };
        let change = super::changes(&alteration, &current).remove(0);
        assert_eq!((change.current, change.planned, change.is_idle), (Some(iterations(4096)), Some(iterations(4096)), false));

        let refused = |changes: &[CredentialChange]| refused_credentials(changes, &current);
        assert_eq!(refused(&[upsert(16384)]), None);
        assert_eq!(refused(&[upsert(16385)]), Some("Too many iterations"));
        assert_eq!(refused(&[CredentialChange::Delete(ScramMechanism::Sha256)]), None);
        assert!(refused(&[CredentialChange::Delete(ScramMechanism::Sha512)]).unwrap().starts_with("Attempt to delete"));
        let delete = CredentialChange::Delete;
        let (there, missing) = (delete(ScramMechanism::Sha256), delete(ScramMechanism::Sha512));
        assert!(refused(&[there.clone(), upsert(4096)]).unwrap().contains("twice"));
        assert!(refused(&[upsert(16385), there.clone()]).unwrap().contains("twice"));
        assert!(refused(&[there, missing.clone()]).unwrap().contains("twice"));
        assert!(refused(&[upsert(4096), missing]).unwrap().contains("does not exist"));
        assert_eq!(refused(&[upsert(16385), upsert(4096)]), Some("Too many iterations"));
        assert_eq!(refused(&[]), None);
    }
}
