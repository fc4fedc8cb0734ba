//! Which configs there are: their types, defaults and what may be set.
//!
//! The four tables beside this file hold one config per line, in the order in which a broker lists them: name, type,
//! default (`\N` for none), rule, `hidden` for those that are only listed once they are set, the place in the order in
//! which values are checked, and what else the kind of resource needs: for a broker's configs whether they can be set at
//! run time (`DynamicBrokerConfig`), for a topic's and a group's the broker's config that they fall back to. They were
//! written by a Java program that prints the `ConfigDef`s of the reference release (`AbstractKafkaConfig`, `LogConfig`,
//! `GroupConfig`, `ClientMetricsConfigs`) and `ServerTopicConfigSynonyms`. The documentation texts are left out.

use std::collections::HashMap;
use std::sync::OnceLock;

/// A config's type (`ConfigDef.Type`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    String,
    Int,
    Short,
    Long,
    Double,
    List,
    Class,
    Password,
}

impl Kind {
    fn named(name: &str) -> Self {
        match name {
            "boolean" => Self::Boolean,
            "int" => Self::Int,
            "short" => Self::Short,
            "long" => Self::Long,
            "double" => Self::Double,
            "list" => Self::List,
            "class" => Self::Class,
            "password" => Self::Password,
            _ => Self::String,
        }
    }

    /// The number in DescribeConfigs answers (`DescribeConfigsResponse.ConfigType`).
    pub fn id(self) -> i8 {
        match self {
            Self::Boolean => 1,
            Self::String => 2,
            Self::Int => 3,
            Self::Short => 4,
            Self::Long => 5,
            Self::Double => 6,
            Self::List => 7,
            Self::Class => 8,
            Self::Password => 9,
        }
    }
}

/// Which values are taken (`ConfigDef.Validator`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Any,
    /// The bounds as they are printed; none where there is no bound.
    Range(Option<&'static str>, Option<&'static str>),
    /// Words, separated by commas.
    OneOf(&'static str),
    OneOfAnyCase(&'static str),
    /// Whether the list may be empty, and the words that may be in it, separated by commas; any if there are none.
    List(bool, &'static str),
    Filled,
    /// `partition:broker` pairs, or `*`.
    Replicas,
    GzipLevel,
    OffsetReset,
}

impl Rule {
    fn written(text: &'static str) -> Self {
        let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
        match name {
            "range" => {
                let (min, max) = rest.split_once("..").unwrap_or((rest, ""));
                Self::Range(Some(min).filter(|min| !min.is_empty()), Some(max).filter(|max| !max.is_empty()))
            }
            "one-of" => Self::OneOf(rest),
            "one-of-any-case" => Self::OneOfAnyCase(rest),
            "list" => {
                let (filled, words) = rest.split_once(' ').unwrap_or((rest, ""));
                Self::List(filled == "empty", words)
            }
            "filled" => Self::Filled,
            "replicas" => Self::Replicas,
            "gzip-level" => Self::GzipLevel,
            "offset-reset" => Self::OffsetReset,
            _ => Self::Any,
        }
    }
}

/// One config.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    pub name: &'static str,
    pub kind: Kind,
    pub default: Option<&'static str>,
    pub rule: Rule,
    /// Whether it is listed only once it is set.
    pub hidden: bool,
    /// Its place in the order in which values are checked.
    pub place: u16,
    /// What else the kind of resource needs; see the module.
    pub extra: &'static str,
}

impl Definition {
    /// Whether its value is never told.
    pub fn is_sensitive(&self) -> bool {
        self.kind == Kind::Password
    }

    /// Of a broker's config: whether it can be set at run time.
    pub fn is_dynamic(&self) -> bool {
        !self.extra.starts_with("read-only")
    }

    /// Of a broker's config: whether it can be set for one broker only.
    pub fn is_per_broker(&self) -> bool {
        self.extra.starts_with("per-broker")
    }

    /// Of a broker's config: whether it can be set for one listener only.
    pub fn is_per_listener(&self) -> bool {
        self.extra.ends_with("per-listener")
    }

    /// Of a topic's or a group's config: the configs of a broker that it falls back to, the first one first, and how many
    /// milliseconds their unit has.
    pub fn fallbacks(&self) -> impl Iterator<Item = (&'static str, i64)> + use<> {
        self.extra.split(',').filter(|name| !name.is_empty()).map(|name| match name.split_once(':') {
            Some((name, "hours")) => (name, 3_600_000),
            Some((name, "minutes")) => (name, 60_000),
            _ => (name, 1),
        })
    }
}

/// The configs of one kind of resource.
#[derive(Debug)]
pub struct Definitions {
    all: Vec<Definition>,
    by_name: HashMap<&'static str, usize>,
}

impl Definitions {
    fn written(table: &'static str) -> Self {
        let all: Vec<Definition> = table.lines().map(row).collect();
        let by_name = all.iter().enumerate().map(|(index, definition)| (definition.name, index)).collect();
        Self { all, by_name }
    }

    /// The config of that name.
    pub fn get(&self, name: &str) -> Option<&Definition> {
        self.all.get(*self.by_name.get(name)?)
    }

    /// All configs in the order in which a broker lists them.
    pub fn iter(&self) -> impl Iterator<Item = &Definition> {
        self.all.iter()
    }
}

fn row(line: &'static str) -> Definition {
    let mut columns = line.split('\t');
    let mut next = || columns.next().unwrap_or_default();
    let (name, kind, default) = (next(), Kind::named(next()), next());
    let (rule, hidden, place) = (Rule::written(next()), next() == "hidden", next());
    let default = Some(default).filter(|default| *default != "\\N");
    Definition { name, kind, default, rule, hidden, place: place.parse().unwrap_or(u16::MAX), extra: next() }
}

/// The configs of topics (`LogConfig`).
pub fn topic() -> &'static Definitions {
    static TOPIC: OnceLock<Definitions> = OnceLock::new();
    TOPIC.get_or_init(|| Definitions::written(include_str!("topic.tsv")))
}

/// The configs of brokers (`AbstractKafkaConfig`, and the quotas that are only set at run time).
pub fn broker() -> &'static Definitions {
    static BROKER: OnceLock<Definitions> = OnceLock::new();
    BROKER.get_or_init(|| Definitions::written(include_str!("broker.tsv")))
}

/// The configs of groups (`GroupConfig`).
pub fn group() -> &'static Definitions {
    static GROUP: OnceLock<Definitions> = OnceLock::new();
    GROUP.get_or_init(|| Definitions::written(include_str!("group.tsv")))
}

/// The configs of subscriptions to clients' metrics (`ClientMetricsConfigs`).
pub fn client_metrics() -> &'static Definitions {
    static CLIENT_METRICS: OnceLock<Definitions> = OnceLock::new();
    CLIENT_METRICS.get_or_init(|| Definitions::written(include_str!("client-metrics.tsv")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_every_table_is_whole() {
        for (table, lines) in [(topic(), 34), (broker(), 363), (group(), 17), (client_metrics(), 3)] {
            assert_eq!(table.all.len(), lines);
            assert_eq!(table.by_name.len(), lines);
            assert!(table.iter().all(|row| row.place < 400 && (row.kind != Kind::Int || row.rule != Rule::OneOf(""))));
        }
    }

    #[test]
    fn what_a_topic_and_a_group_fall_back_to_is_a_config_of_the_broker() {
        let names = topic().iter().chain(group().iter()).flat_map(Definition::fallbacks);
        let unknown: Vec<_> = names.filter(|(name, _)| broker().get(name).is_none()).collect();
        assert_eq!(unknown, []);
    }

    #[test]
    fn the_defaults_of_the_tables_pass_their_own_rules() {
        for table in [topic(), broker(), group(), client_metrics()] {
            for definition in table.iter() {
                let default = definition.default.filter(|_| definition.kind != Kind::Class);
                let read = default.map(|default| super::super::value::read(definition, default));
                assert_eq!(read.clone().and_then(Result::err), None, "{}", definition.name);
                assert_eq!(read.and_then(Result::ok).as_deref(), default, "{}", definition.name);
            }
        }
    }
}
