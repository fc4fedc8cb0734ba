//! What a rule says about a property, and the search for it. The rules themselves are in [`table`](super::table).

use super::Role;
use super::table;
use super::typing::Kind;

/// The clients that know a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Roles(u8);

impl Roles {
    pub const ADMIN: Self = Self(1);
    pub const PRODUCER: Self = Self(2);
    pub const CONSUMER: Self = Self(4);
    pub const ALL: Self = Self(7);

    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub const fn has(self, role: Role) -> bool {
        let role = match role {
            Role::Admin => Self::ADMIN,
            Role::Producer => Self::PRODUCER,
            Role::Consumer => Self::CONSUMER,
        };
        self.0 & role.0 != 0
    }
}

/// What becomes of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// librdkafka has the same property under this name.
    Same(&'static str),
    /// As before, with a range: what is outside is brought into it, with a warning.
    Within(&'static str, i64, i64),
    /// It is combined with others (`native`), or is read by this crate.
    Here,
    /// There is nothing here that it could change.
    Nothing,
    /// As before, but whoever sets another value than these expects something: the sentence says what does not happen.
    Warn(&'static [&'static str], &'static str),
    /// Any value but these asks for something that does not exist here: the sentence says so.
    Refuse(&'static [&'static str], &'static str),
}

/// One property of a Java client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub name: &'static str,
    pub roles: Roles,
    pub kind: Kind,
    pub usage: Use,
    /// Java's default, where a computation needs it or librdkafka's is another one.
    pub default: Option<&'static str>,
    /// Whether librdkafka is given the default, too.
    pub always: bool,
}

impl Rule {
    pub const fn new(name: &'static str, roles: Roles, kind: Kind, usage: Use) -> Self {
        Self { name, roles, kind, usage, default: None, always: false }
    }

    /// Java's default, equal to librdkafka's or of no consequence there.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// Java's default, which librdkafka has to be told because its own differs visibly.
    #[must_use]
    pub const fn or_always(self, default: &'static str) -> Self {
        Self { default: Some(default), always: true, ..self }
    }
}

/// What is known about a name.
pub(super) enum Known {
    Rule(&'static Rule),
    /// A name of an old client of this role, with what is used instead.
    Removed(Option<&'static str>),
    /// A name that another client knows: one file serves several tools.
    Elsewhere,
    Unknown,
}

/// The rules of a role, in Java's order.
pub(super) fn of(role: Role) -> impl Iterator<Item = &'static Rule> {
    table::RULES.iter().filter(move |rule| rule.roles.has(role))
}

pub(super) fn find(role: Role, name: &str) -> Known {
    if let Some(rule) = of(role).find(|rule| rule.name == name) {
        return Known::Rule(rule);
    }
    if table::PREFIXES.iter().any(|prefix| name.starts_with(prefix)) || table::RULES.iter().any(|rule| rule.name == name) {
        return Known::Elsewhere;
    }
    let removed = |name: &str| table::REMOVED.iter().filter(move |(_, old, _)| *old == name).copied().collect::<Vec<_>>();
    let old = removed(name);
    match old.iter().find(|(roles, ..)| roles.has(role)) {
        Some((_, _, instead)) => Known::Removed(*instead),
        None if old.is_empty() => Known::Unknown,
        None => Known::Elsewhere,
    }
}

/// The property whose name is nearest to a mistyped one, if one is near.
pub(super) fn nearest(role: Role, name: &str) -> Option<&'static str> {
    let scored = of(role).map(|rule| (strsim::damerau_levenshtein(rule.name, name), rule.name));
    scored.min().filter(|&(distance, _)| distance <= 2).map(|(_, name)| name)
}

/// Whether a value of this name is a secret in any client.
pub(super) fn is_secret(name: &str) -> bool {
    table::RULES.iter().any(|rule| rule.name == name && rule.kind == Kind::Password)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_rule_per_name_and_defaults_have_their_rules_type() {
        for role in [Role::Admin, Role::Producer, Role::Consumer] {
            let mut names: Vec<&str> = of(role).map(|rule| rule.name).collect();
            names.sort_unstable();
            let count = names.len();
            names.dedup();
            assert_eq!(names.len(), count);
            for rule in of(role) {
                if let Some(default) = rule.default {
                    assert!(rule.kind.parse(rule.name, default).is_ok(), "{}", rule.name);
                }
            }
        }
    }

    #[test]
    fn names_are_known_by_role() {
        assert!(matches!(find(Role::Admin, "retries"), Known::Rule(_)));
        assert!(matches!(find(Role::Admin, "acks"), Known::Elsewhere));
        assert!(matches!(find(Role::Admin, "metrics.context.x"), Known::Elsewhere));
        assert!(matches!(find(Role::Producer, "producer.type"), Known::Removed(Some(_))));
        assert!(matches!(find(Role::Consumer, "producer.type"), Known::Elsewhere));
        assert!(matches!(find(Role::Consumer, "broker.address.family"), Known::Unknown));
        assert_eq!(nearest(Role::Producer, "linger.sm"), Some("linger.ms"));
        assert_eq!(nearest(Role::Producer, "completely.else"), None);
        assert!(is_secret("sasl.jaas.config") && !is_secret("group.id"));
    }
}
