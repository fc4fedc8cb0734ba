//! What the command line says a configuration belongs to.

use crate::kafka::model::{ConfigSource, QuotaEntityType, ResourceKind};

/// The word after `--entity-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntityType {
    Topics,
    Clients,
    Users,
    Brokers,
    Ips,
    ClientMetrics,
    Groups,
    BrokerLoggers,
}

impl EntityType {
    /// In the order in which Java lists them.
    pub const ALL: [Self; 8] =
        [Self::Topics, Self::Clients, Self::Users, Self::Brokers, Self::Ips, Self::ClientMetrics, Self::Groups, Self::BrokerLoggers];

    pub fn name(self) -> &'static str {
        match self {
            Self::Topics => "topics",
            Self::Clients => "clients",
            Self::Users => "users",
            Self::Brokers => "brokers",
            Self::Ips => "ips",
            Self::ClientMetrics => "client-metrics",
            Self::Groups => "groups",
            Self::BrokerLoggers => "broker-loggers",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The name without its last letter, as Java prints it; that is not always a word.
    pub fn singular(self) -> &'static str {
        let name = self.name();
        &name[..name.len() - 1]
    }

    /// What sort of entity this is to a cluster.
    pub fn class(self) -> Class {
        match self {
            Self::Topics => Class::Resource(ResourceKind::Topic),
            Self::Brokers => Class::Resource(ResourceKind::Broker),
            Self::BrokerLoggers => Class::Resource(ResourceKind::BrokerLogger),
            Self::ClientMetrics => Class::Resource(ResourceKind::ClientMetrics),
            Self::Groups => Class::Resource(ResourceKind::Group),
            Self::Users => Class::Client(QuotaEntityType::User),
            Self::Clients => Class::Client(QuotaEntityType::ClientId),
            Self::Ips => Class::Client(QuotaEntityType::Ip),
        }
    }
}

/// Configurations and quotas are kept, and asked for, in different ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Resource(ResourceKind),
    Client(QuotaEntityType),
}

/// The source of the values that were set for this very resource. `None` where every value counts as such.
pub(super) fn own_source(kind: ResourceKind, name: &str) -> Option<ConfigSource> {
    match kind {
        ResourceKind::Topic => Some(ConfigSource::DynamicTopicConfig),
        ResourceKind::Broker if name.is_empty() => Some(ConfigSource::DynamicDefaultBrokerConfig),
        ResourceKind::Broker => Some(ConfigSource::DynamicBrokerConfig),
        ResourceKind::BrokerLogger => None,
        ResourceKind::ClientMetrics => Some(ConfigSource::DynamicClientMetricsConfig),
        ResourceKind::Group => Some(ConfigSource::DynamicGroupConfig),
    }
}

/// The entities of a command line: types and names, in Java's order. An empty name is the default entity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entities {
    pub types: Vec<EntityType>,
    pub names: Vec<String>,
}

impl Entities {
    pub fn has(&self, entity_type: EntityType) -> bool {
        self.types.contains(&entity_type)
    }

    pub fn has_name(&self) -> bool {
        self.names.iter().any(|name| !name.is_empty())
    }

    pub fn has_default(&self) -> bool {
        self.names.iter().any(String::is_empty)
    }

    /// Every type with its name, where there is one.
    pub fn pairs(&self) -> impl Iterator<Item = (EntityType, Option<&str>)> {
        self.types.iter().enumerate().map(|(index, entity_type)| (*entity_type, self.names.get(index).map(String::as_str)))
    }

    /// The names of the types, as Java joins them.
    pub fn type_names(&self) -> String {
        self.types.iter().map(|entity_type| entity_type.name()).collect::<Vec<_>>().join(",")
    }
}

/// An entity in a message; an empty name is the default.
pub(super) fn spoken(entity_type: EntityType, name: &str) -> String {
    if name.is_empty() { format!("the default of {}", entity_type.name()) } else { format!("{} {name}", entity_type.singular()) }
}

/// Why `name` cannot be a topic's, in the words of Java's `Topic.validate`.
pub(super) fn invalid_topic_name(name: &str) -> Option<String> {
    const MAX_LENGTH: usize = 249;
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let reason = match name {
        "" => "the empty string is not allowed".to_owned(),
        "." | ".." => format!("'{name}' is not allowed"),
        _ if name.encode_utf16().count() > MAX_LENGTH => {
            format!("the length of '{name}' is longer than the max allowed length {MAX_LENGTH}")
        }
        _ if !name.chars().all(legal) => {
            format!("'{name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'")
        }
        _ => return None,
    };
    Some(format!("Topic name is invalid: {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_javas_names() {
        for entity_type in EntityType::ALL {
            assert_eq!(EntityType::parse(entity_type.name()), Some(entity_type));
        }
        assert_eq!(EntityType::parse("topic"), None);
        assert_eq!(EntityType::BrokerLoggers.singular(), "broker-logger");
        assert_eq!(EntityType::ClientMetrics.singular(), "client-metric");
    }

    #[test]
    fn topic_names_are_checked_as_in_java() {
        assert_eq!(invalid_topic_name("a.b_c-1"), None);
        assert_eq!(invalid_topic_name("").unwrap(), "Topic name is invalid: the empty string is not allowed");
        assert_eq!(invalid_topic_name("..").unwrap(), "Topic name is invalid: '..' is not allowed");
        assert_eq!(
            invalid_topic_name("a b").unwrap(),
            "Topic name is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'"
        );
        assert_eq!(invalid_topic_name(&"x".repeat(249)), None);
        assert!(invalid_topic_name(&"x".repeat(250)).unwrap().ends_with("is longer than the max allowed length 249"));
    }
}
