//! The typed values of one client, with Java's defaults behind them.

use std::collections::BTreeMap;

use super::Role;
use super::rules::{self, Known, Use};
use super::sources::Merged;
use super::typing::Value;

/// The values given, by name; asking for one that was not given yields Java's default.
#[derive(Clone)]
pub(super) struct Values {
    pub role: Role,
    given: BTreeMap<&'static str, Value>,
}

/// A value that cannot be used: which property's, and Java's sentence.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub name: Option<&'static str>,
    pub message: String,
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self { name: None, message }
    }
}

impl Values {
    /// Types what was given, in Java's order, and warns about what has no effect.
    ///
    /// # Errors
    /// The first value that has not its property's type.
    pub fn parse(role: Role, merged: &Merged, warnings: &mut Vec<String>) -> Result<Self, Refusal> {
        let mut given = BTreeMap::new();
        for rule in rules::of(role) {
            if let Some(text) = merged.properties.get(rule.name) {
                let value = rule.kind.parse(rule.name, text).map_err(|message| Refusal { name: Some(rule.name), message })?;
                given.insert(rule.name, value);
            }
        }
        for (rule, value) in rules::of(role).filter_map(|rule| Some((rule, given.get(rule.name)?))) {
            match rule.usage {
                Use::Warn(accepted, why) if !is_one_of(value, accepted) => {
                    warnings.push(format!("{}={} has no effect: {why}", rule.name, value.text()));
                }
                Use::Refuse(accepted, why) if !is_one_of(value, accepted) => {
                    return Err(Refusal { name: Some(rule.name), message: format!("{}={}: {why}", rule.name, value.text()) });
                }
                _ => {}
            }
        }
        warnings.extend(merged.properties.keys().filter_map(|name| strange(role, name)));
        Ok(Self { role, given })
    }

    pub fn given(&self, name: &str) -> Option<&Value> {
        self.given.get(name)
    }

    pub fn is_given(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The value given, or Java's default.
    pub fn effective(&self, name: &str) -> Option<Value> {
        self.given(name).cloned().or_else(|| match rules::find(self.role, name) {
            Known::Rule(rule) => rule.kind.parse(name, rule.default?).ok(),
            _ => None,
        })
    }

    /// A number, or 0 for a property that this client does not have.
    pub fn number(&self, name: &str) -> i64 {
        match self.effective(name) {
            Some(Value::Number(value)) => value,
            _ => 0,
        }
    }

    pub fn flag(&self, name: &str) -> bool {
        self.effective(name) == Some(Value::Boolean(true))
    }

    /// A canonical text, or an empty one for what has none.
    pub fn text(&self, name: &str) -> String {
        self.effective(name).map_or_else(String::new, |value| value.text())
    }
}

fn is_one_of(value: &Value, accepted: &[&str]) -> bool {
    match value {
        Value::List(items) => items.iter().all(|item| accepted.contains(&item.as_str())),
        value => accepted.contains(&value.text().as_str()),
    }
}

/// What to say about a name that is none of this client's properties.
fn strange(role: Role, name: &str) -> Option<String> {
    match rules::find(role, name) {
        Known::Rule(_) | Known::Elsewhere => None,
        Known::Removed(Some(instead)) => Some(format!("{name} was removed from Kafka and has no effect; use {instead}")),
        Known::Removed(None) => Some(format!("{name} was removed from Kafka and has no effect")),
        Known::Unknown => Some(match rules::nearest(role, name) {
            Some(near) => format!("{name:?} is no property of a Kafka client and has no effect; did you mean {near}?"),
            None => format!("{name:?} is no property of a Kafka client and has no effect"),
        }),
    }
}
