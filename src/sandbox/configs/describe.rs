//! DescribeConfigs and ListConfigResources (`ConfigHelper`).

use std::collections::BTreeSet;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym};
use kafka_protocol::messages::list_config_resources_response::ConfigResource;
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse, ListConfigResourcesRequest, ListConfigResourcesResponse};
use kafka_protocol::protocol::StrBytes;

use super::definitions::{self, Definition};
use super::{BROKER_LOGGER, Configs, Resource, Stored, in_milliseconds, java_order, value};
use crate::sandbox::broker::{Broker, Call, NODE_ID};
use crate::sandbox::budget::Budget;
use crate::sandbox::error::Refusal;
use crate::sandbox::topics::names;

// Where a value comes from (`DescribeConfigsResponse.ConfigSource`).
const TOPIC_CONFIG: i8 = 1;
const DYNAMIC_BROKER_CONFIG: i8 = 2;
const DYNAMIC_DEFAULT_BROKER_CONFIG: i8 = 3;
const STATIC_BROKER_CONFIG: i8 = 4;
const DEFAULT_CONFIG: i8 = 5;
const DYNAMIC_BROKER_LOGGER_CONFIG: i8 = 6;
const CLIENT_METRICS_CONFIG: i8 = 7;
const GROUP_CONFIG: i8 = 8;

/// One config as answers tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// None for a value that is secret, or not there.
    pub value: Option<String>,
    /// `DescribeConfigsResponse.ConfigSource`.
    pub source: i8,
    pub sensitive: bool,
    pub read_only: bool,
    /// `DescribeConfigsResponse.ConfigType`; 0 for an unknown config.
    pub kind: i8,
    pub synonyms: Vec<Synonym>,
}

/// A place where a value was looked for, and found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synonym {
    pub name: String,
    pub value: Option<String>,
    pub source: i8,
}

/// Answers a DescribeConfigs request.
pub fn describe(broker: &mut Broker, _: &Call, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let unexpected =
        request.resources.iter().any(|resource| Resource::of(resource.resource_type).is_none() && resource.resource_type != BROKER_LOGGER);
    let mut budget = Budget::default();
    let one = |resource: DescribeConfigsResource| {
        let result =
            DescribeConfigsResult::default().with_resource_type(resource.resource_type).with_resource_name(resource.resource_name.clone());
        // One resource of an unknown kind spoils the whole request.
        let rows = if unexpected {
            Err(generic_invalid_request())
        } else {
            budget.check().and_then(|()| rows(broker, resource.resource_type, &resource.resource_name))
        };
        budget.spend(rows.iter().flatten().map(|row| row.size(request.include_synonyms)).sum());
        match rows {
            // Where the broker has nothing to say it says "" here.
            Err(refusal) => result.with_error_code(refusal.code).with_error_message(Some(refusal.text().unwrap_or_default())),
            Ok(rows) => {
                let asked = resource.configuration_keys.as_deref().filter(|keys| !keys.is_empty());
                let wanted = rows.into_iter().filter(|row| asked.is_none_or(|keys| keys.iter().any(|key| **key == *row.name)));
                result.with_configs(wanted.map(|row| row.told(request.include_synonyms)).collect())
            }
        }
    };
    DescribeConfigsResponse::default().with_results(request.resources.into_iter().map(one).collect())
}

/// Answers a ListConfigResources request.
pub fn list(broker: &mut Broker, call: &Call, request: ListConfigResourcesRequest) -> ListConfigResourcesResponse {
    // The first version of the request asks for subscriptions to clients' metrics only.
    let supported: &[i8] = if call.version == 0 { &[16] } else { &[32, 16, BROKER_LOGGER, 4, 2] };
    let types = request.resource_types;
    if types.iter().any(|asked| !supported.contains(asked)) {
        return ListConfigResourcesResponse::default().with_error_code(ResponseError::UnsupportedVersion.code());
    }
    let asked = |kind: &&i8| types.is_empty() || types.contains(kind);
    let mut found = Vec::new();
    for kind in supported.iter().filter(asked) {
        let names: Vec<String> = match kind {
            32 => broker.configs.groups.keys().cloned().collect(),
            16 => broker.configs.client_metrics.keys().cloned().collect(),
            2 => broker.topics.iter().map(|(name, _)| name.to_owned()).collect(),
            _ => vec![NODE_ID.to_string()],
        };
        let names = names.into_iter().map(|name| ConfigResource::default().with_resource_name(StrBytes::from_string(name)));
        found.extend(names.map(|resource| if call.version == 0 { resource } else { resource.with_resource_type(*kind) }));
    }
    ListConfigResourcesResponse::default().with_config_resources(found)
}

fn rows(broker: &Broker, kind: i8, name: &str) -> Result<Vec<Row>, Refusal> {
    let invalid = |message: String| Err(Refusal::saying(ResponseError::InvalidRequest, message));
    let number = || {
        name.parse::<i32>()
            .map_err(|_| Refusal::saying(ResponseError::InvalidRequest, format!("Broker id must be an integer, but it is: {name}")))
    };
    let configs = &broker.configs;
    if kind == BROKER_LOGGER {
        return match name {
            "" => invalid("Broker id must not be empty".into()),
            _ if number()? != NODE_ID => invalid(format!("Unexpected broker id, expected {NODE_ID} but received {name}")),
            _ => Ok(configs.loggers.all().into_iter().map(|(name, level)| Row::of_logger(name, level)).collect()),
        };
    }
    match Resource::of(kind) {
        Some(Resource::Topic) => {
            names::check(name)?;
            match broker.topics.get(name) {
                Some(_) => Ok(configs.rows_of(Resource::Topic, name)),
                None => Err(Refusal::bare(ResponseError::UnknownTopicOrPartition)),
            }
        }
        Some(Resource::Broker) if name.is_empty() => Ok(configs.rows_of_all_brokers()),
        Some(Resource::Broker) if number()? != NODE_ID => {
            invalid(format!("Unexpected broker id, expected {NODE_ID} or empty string, but received {name}"))
        }
        Some(Resource::Broker) => Ok(configs.rows_of_broker()),
        Some(Resource::ClientMetrics) if name.is_empty() => invalid("Client metrics subscription name must not be empty".into()),
        Some(Resource::Group) if name.is_empty() => invalid("Group name must not be empty".into()),
        Some(resource) => Ok(configs.rows_of(resource, name)),
        None => Err(generic_invalid_request()),
    }
}

/// What Kafka answers for every part of a request that it cannot take as a whole.
fn generic_invalid_request() -> Refusal {
    let message = "This most likely occurs because of a request being malformed by the client library or the message was sent \
                   to an incompatible broker. See the broker logs for more details.";
    Refusal::saying(ResponseError::InvalidRequest, message)
}

impl Row {
    fn of_logger(name: &str, level: &str) -> Self {
        let (name, value) = (name.to_owned(), Some(level.to_owned()));
        let synonyms = Vec::new();
        Self { name, value, source: DYNAMIC_BROKER_LOGGER_CONFIG, sensitive: false, read_only: false, kind: 0, synonyms }
    }

    /// Roughly how many bytes of memory it takes to tell it.
    fn size(&self, with_synonyms: bool) -> usize {
        let text = |value: &Option<String>| value.as_ref().map_or(0, String::len);
        let each = if with_synonyms { 160 } else { 32 };
        let synonyms: usize = self.synonyms.iter().map(|synonym| each + text(&synonym.value)).sum();
        128 + text(&self.value) + synonyms
    }

    fn told(self, with_synonyms: bool) -> DescribeConfigsResourceResult {
        let text = |value: Option<String>| value.map(StrBytes::from_string);
        let synonym = |synonym: Synonym| {
            let told = DescribeConfigsSynonym::default().with_name(StrBytes::from_string(synonym.name));
            told.with_value(text(synonym.value)).with_source(synonym.source)
        };
        let synonyms = self.synonyms.into_iter().filter(|_| with_synonyms).map(synonym).collect();
        DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_string(self.name))
            .with_value(text(self.value))
            .with_read_only(self.read_only)
            .with_config_source(self.source)
            .with_is_sensitive(self.sensitive)
            .with_synonyms(synonyms)
            .with_config_type(self.kind)
    }
}

impl Configs {
    /// The configs of a topic, a group or a subscription.
    fn rows_of(&self, resource: Resource, name: &str) -> Vec<Row> {
        let nothing = Stored::new();
        let stored = self.stored(resource, name).unwrap_or(&nothing);
        let set = |definition: &&Definition| stored.contains_key(definition.name);
        let hidden = resource.definitions().iter().filter(|definition| definition.hidden).filter(set);
        let listed = resource.definitions().iter().filter(|definition| !definition.hidden);
        let own_source = match resource {
            Resource::Topic => TOPIC_CONFIG,
            Resource::Group => GROUP_CONFIG,
            Resource::Broker | Resource::ClientMetrics => CLIENT_METRICS_CONFIG,
        };
        let row = |definition: &Definition| {
            let value = self.effective(resource, name, definition.name).filter(|_| !definition.is_sensitive());
            let own = stored.contains_key(definition.name).then(|| Synonym {
                name: definition.name.into(),
                value: value.clone(),
                source: own_source,
            });
            let inherited = match definition.fallbacks().next() {
                Some((fallback, _)) => self.broker_synonyms(fallback, definition.is_sensitive()),
                None if resource == Resource::Group => default_synonym(definition).into_iter().collect(),
                None => Vec::new(),
            };
            let synonyms: Vec<Synonym> = own.into_iter().chain(inherited).collect();
            Row {
                name: definition.name.to_owned(),
                value,
                source: synonyms.first().map_or(DEFAULT_CONFIG, |first| first.source),
                sensitive: definition.is_sensitive(),
                read_only: false,
                kind: definition.kind.id(),
                synonyms,
            }
        };
        hidden.chain(listed).map(row).collect()
    }

    /// All configs of the broker: first those that are not listed unless they are set, then the others.
    fn rows_of_broker(&self) -> Vec<Row> {
        let set: BTreeSet<&str> = self.brokers.values().flat_map(|stored| stored.keys().map(String::as_str)).collect();
        let listed = |key: &str| definitions::broker().get(key).is_some_and(|definition| !definition.hidden);
        let hidden = java_order::sorted(set.into_iter().filter(|key| !listed(key)));
        let names = definitions::broker().iter().filter(|definition| !definition.hidden).map(|definition| definition.name);
        hidden.into_iter().chain(names).map(|name| self.row_of_broker(name)).collect()
    }

    fn row_of_broker(&self, name: &str) -> Row {
        let definition = definition_of(name);
        let sensitive = definition.is_none_or(Definition::is_sensitive);
        let synonyms = self.broker_synonyms(name, sensitive);
        let value = match definitions::broker().get(name) {
            Some(_) => self.broker(name),
            None => synonyms.first().and_then(|first| first.value.clone()),
        };
        Row {
            name: name.to_owned(),
            value: value.filter(|_| !sensitive),
            source: synonyms.first().map_or(DEFAULT_CONFIG, |first| first.source),
            sensitive,
            read_only: !definitions::broker().get(name).is_some_and(Definition::is_dynamic),
            kind: definition.map_or(0, |definition| definition.kind.id()),
            synonyms,
        }
    }

    /// What is set for all brokers.
    fn rows_of_all_brokers(&self) -> Vec<Row> {
        let Some(stored) = self.stored(Resource::Broker, "") else { return Vec::new() };
        let names = java_order::sorted(stored.keys().map(String::as_str));
        let row = |name: &str| {
            let mut row = self.row_of_broker(name);
            row.value = stored.get(name).cloned().filter(|_| !row.sensitive);
            row.synonyms.retain(|synonym| synonym.source == DYNAMIC_DEFAULT_BROKER_CONFIG);
            row.source = row.synonyms.first().map_or(DEFAULT_CONFIG, |first| first.source);
            row
        };
        names.into_iter().map(row).collect()
    }

    /// Where a broker has a value for a config, or one of its other names, the strongest first.
    fn broker_synonyms(&self, name: &str, sensitive: bool) -> Vec<Synonym> {
        let names = other_names(name);
        let own = self.stored(Resource::Broker, &NODE_ID.to_string());
        let of_all = self.stored(Resource::Broker, "");
        let mut found = Vec::new();
        for source in [DYNAMIC_BROKER_CONFIG, DYNAMIC_DEFAULT_BROKER_CONFIG, STATIC_BROKER_CONFIG, DEFAULT_CONFIG] {
            for other in &names {
                let value = match source {
                    DYNAMIC_BROKER_CONFIG => own.and_then(|own| own.get(*other)).map(String::as_str),
                    DYNAMIC_DEFAULT_BROKER_CONFIG => of_all.and_then(|of_all| of_all.get(*other)).map(String::as_str),
                    STATIC_BROKER_CONFIG => self.file.get(other).map(String::as_str),
                    _ => definitions::broker()
                        .get(other)
                        .filter(|definition| !is_quota(definition))
                        .and_then(|definition| definition.default),
                };
                if let Some(value) = value {
                    found.push(Synonym { name: (*other).to_owned(), value: (!sensitive).then(|| value.to_owned()), source });
                }
            }
        }
        // Other names in front of the config's own one do not count.
        found.into_iter().skip_while(|synonym| synonym.name != name).collect()
    }

    /// The configs of a topic for which `own` was set, as CreateTopics tells them: in the order of their names, without
    /// synonyms, the values as they were given (`KafkaConfigSchema`).
    pub fn describe_topic_with(&self, own: &Stored) -> Vec<Row> {
        let listed = |definition: &&Definition| !definition.hidden || own.contains_key(definition.name);
        let mut rows: Vec<Row> =
            definitions::topic().iter().filter(listed).map(|definition| self.row_of_new_topic(definition, own)).collect();
        rows.sort_by(|one, other| one.name.cmp(&other.name));
        rows
    }

    fn row_of_new_topic(&self, definition: &Definition, own: &Stored) -> Row {
        let this = self.stored(Resource::Broker, &NODE_ID.to_string());
        let of_all = self.stored(Resource::Broker, "");
        let given = |key: &str, source| match source {
            DYNAMIC_BROKER_CONFIG => this.and_then(|this| this.get(key)).cloned(),
            DYNAMIC_DEFAULT_BROKER_CONFIG => of_all.and_then(|of_all| of_all.get(key)).cloned(),
            _ => self.file.get(key).cloned(),
        };
        let sources = [DYNAMIC_BROKER_CONFIG, DYNAMIC_DEFAULT_BROKER_CONFIG, STATIC_BROKER_CONFIG];
        let inherited = sources.into_iter().find_map(|source| {
            let mut fallbacks = definition.fallbacks();
            fallbacks.find_map(|(key, unit)| given(key, source).map(|value| (Some(in_milliseconds(value, unit)), source)))
        });
        let own = own.get(definition.name).map(|own| (Some(own.clone()), TOPIC_CONFIG));
        let (value, source) = own.or(inherited).unwrap_or_else(|| (definition.default.map(str::to_owned), DEFAULT_CONFIG));
        let sensitive = definition.is_sensitive();
        let value = value.filter(|_| !sensitive);
        Row {
            name: definition.name.to_owned(),
            value,
            source,
            sensitive,
            read_only: false,
            kind: definition.kind.id(),
            synonyms: Vec::new(),
        }
    }
}

/// The config of a broker of that name, or, for one listener's, the config itself.
fn definition_of(name: &str) -> Option<&'static Definition> {
    other_names(name).into_iter().find_map(|name| definitions::broker().get(name))
}

/// The quotas that can only be set at run time have no place in a properties file, nor a default.
fn is_quota(definition: &Definition) -> bool {
    definition.hidden && definition.is_dynamic()
}

/// A config's names, the strongest first (`DynamicBrokerConfig.brokerConfigSynonyms`).
pub fn other_names(name: &str) -> Vec<&str> {
    let families: [&[&str]; 3] = [
        &["log.roll.ms", "log.roll.hours"],
        &["log.roll.jitter.ms", "log.roll.jitter.hours"],
        &["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    ];
    if let Some(family) = families.into_iter().find(|family| family.contains(&name)) {
        return family.to_vec();
    }
    match listeners_config(name) {
        _ if name == "log.flush.interval.ms" => vec![name, "log.flush.scheduler.interval.ms"],
        Some(base) => {
            // Those of a mechanism have its name in front.
            let of_mechanism = [
                "sasl.jaas.config",
                "sasl.login.callback.handler.class",
                "sasl.login.class",
                "sasl.server.callback.handler.class",
                "connections.max.reauth.ms",
            ];
            vec![name, of_mechanism.into_iter().find(|config| base.ends_with(config)).unwrap_or(base)]
        }
        None => vec![name],
    }
}

/// Of `listener.name.LISTENER.CONFIG` the config.
pub fn listeners_config(name: &str) -> Option<&str> {
    name.strip_prefix("listener.name.")?.split_once('.').map(|(_, config)| config)
}

fn default_synonym(definition: &Definition) -> Option<Synonym> {
    let value = definition.default.and_then(|default| value::read(definition, default).ok())?;
    Some(Synonym { name: definition.name.to_owned(), value: Some(value), source: DEFAULT_CONFIG })
}
