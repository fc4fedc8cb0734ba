//! Java client properties, from wherever they come, as one typed value that feeds every handle.
//!
//! [`Sources`] are merged (`sources`), variables in them replaced (`providers`), every text typed by its rule (`table`,
//! `typing`), the values checked against each other (`checks`), and translated for librdkafka (`librdkafka`).
//! Messages are Java's where it has some; the value of a password is never in one.

mod checks;
mod librdkafka;
mod providers;
mod rules;
mod servers;
mod sources;
mod table;
mod topic;
mod typing;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

pub use providers::expand_value;
pub use servers::Endpoint;
pub use sources::Sources;
pub use topic::check_topic_configs;

use crate::java::duration;
use crate::kafka::error::{Error, Result};
use sources::Merged;
use typing::Value;
use values::{Refusal, Values};

/// Which of the three Java clients the settings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Admin,
    Producer,
    Consumer,
}

/// Settings, and what about them the user should hear.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub settings: ClientSettings,
    pub warnings: Vec<String>,
    /// `group.id` as the property files have it, whether it won or not.
    pub group_of_files: Option<String>,
}

/// Where a consumer begins that has no offset (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetReset {
    Earliest,
    Latest,
    /// There is no such place: it is an error.
    None,
    /// As much time ago (KIP-1106). librdkafka does not know it: the caller looks the offsets up.
    ByDuration(Duration),
}

/// What a handle needs to know.
#[derive(Clone)]
pub struct ClientSettings {
    pub role: Role,
    /// `bootstrap.servers`, never empty.
    pub bootstrap_servers: Vec<Endpoint>,
    /// `client.id`.
    pub client_id: String,
    /// `request.timeout.ms`: the wait for one answer.
    pub request_timeout: Duration,
    /// `default.api.timeout.ms`: the wait for a whole call, retries included.
    pub api_timeout: Duration,
    /// `retry.backoff.ms`.
    pub retry_backoff: Duration,
    /// `retry.backoff.max.ms`.
    pub retry_backoff_max: Duration,
    /// `socket.connection.setup.timeout.ms`, not above its `.max.ms`: the wait for one connection.
    pub connection_setup_timeout: Duration,
    /// Every property as given, after precedence. Some are secrets.
    pub properties: BTreeMap<String, String>,
    values: Values,
    librdkafka: BTreeMap<&'static str, String>,
}

impl fmt::Debug for ClientSettings {
    /// Shows the names of properties and not their values, of which some are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSettings")
            .field("role", &self.role)
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("client_id", &self.client_id)
            .field("properties", &self.properties.keys())
            .finish_non_exhaustive()
    }
}

impl ClientSettings {
    /// Brings all sources together, by Java's precedence and types.
    ///
    /// # Errors
    /// [`Error::Settings`] for a file that cannot be read, and a value that cannot be used; [`Error::FileSettings`] for
    /// such a value from a file, [`Error::Servers`] for servers from elsewhere.
    pub fn resolve(role: Role, sources: &Sources) -> Result<Resolved> {
        let mut merged = sources::merge(sources).map_err(Error::Settings)?;
        providers::expand(&mut merged).map_err(|message| Error::Settings(merged.secrets.hide(&message)))?;
        let mut warnings = std::mem::take(&mut merged.warnings);
        let settings = Self::typed(role, &merged, &mut warnings).map_err(|refusal| {
            let message = merged.secrets.hide(&refusal.message);
            match refusal.name.and_then(|name| merged.files.get(name)) {
                Some(file) => Error::FileSettings { message, file: file.clone() },
                None if refusal.name == Some("bootstrap.servers") => Error::Servers(message),
                None => Error::Settings(message),
            }
        })?;
        let warnings = warnings.iter().map(|warning| merged.secrets.hide(warning)).collect();
        let group_of_files = merged.from_files.get("group.id").cloned();
        Ok(Resolved { settings, warnings, group_of_files })
    }

    /// Settings that name only the servers; everything else has Java's defaults.
    ///
    /// # Errors
    /// [`Error::Servers`] in Java's words for a list that names no server.
    pub fn new(role: Role, bootstrap_servers: &str) -> Result<Self> {
        let sources = Sources { bootstrap_servers: Some(bootstrap_servers.to_owned()), ..Sources::default() };
        Ok(Self::resolve(role, &sources)?.settings)
    }

    fn typed(role: Role, merged: &Merged, warnings: &mut Vec<String>) -> Result<Self, Refusal> {
        let values = Values::parse(role, merged, warnings)?;
        checks::check(&values)?;
        warnings.extend(checks::idle_security(merged.properties.keys()));
        let servers = servers::parse(role, values.given("bootstrap.servers").map(Value::items));
        let bootstrap_servers = servers.map_err(|message| Refusal { name: Some("bootstrap.servers"), message })?;
        let client_id = client_id(&values);
        let mut librdkafka = librdkafka::translate(&values, warnings)?;
        let addresses: Vec<String> = bootstrap_servers.iter().map(Endpoint::to_string).collect();
        librdkafka.insert("bootstrap.servers", addresses.join(","));
        librdkafka.insert("client.id", client_id.clone());
        let request_timeout = values.millis("request.timeout.ms");
        let api_timeout = match role {
            // The Java producer has no such property: this is for what is asked of the cluster beside producing.
            Role::Producer => Duration::from_secs(60),
            // A default below the time for one request gives way: Java's rule for admin clients.
            Role::Admin => values.millis("default.api.timeout.ms").max(request_timeout),
            Role::Consumer => values.millis("default.api.timeout.ms"),
        };
        let retry_backoff_max = values.millis("retry.backoff.max.ms");
        Ok(Self {
            role,
            bootstrap_servers,
            client_id,
            request_timeout,
            api_timeout,
            retry_backoff: values.millis("retry.backoff.ms").min(retry_backoff_max),
            retry_backoff_max,
            connection_setup_timeout: connection_setup_timeout(&values),
            properties: merged.properties.clone(),
            values,
            librdkafka,
        })
    }

    /// The names and values for `rd_kafka_conf_set`: none that it refuses, alone or together with the others.
    pub fn librdkafka(&self) -> Vec<(String, String)> {
        self.librdkafka.iter().map(|(&name, value)| (name.to_owned(), value.clone())).collect()
    }

    /// `group.id`, never empty.
    pub fn group_id(&self) -> Option<&str> {
        match self.values.given("group.id") {
            Some(Value::Text(group)) => Some(group),
            _ => None,
        }
    }

    /// `max.block.ms`: how long a producer waits for metadata and for room in its buffer.
    pub fn max_block(&self) -> Duration {
        self.values.millis("max.block.ms")
    }

    /// `delivery.timeout.ms`: how long a record may be on its way. At least `linger.ms` and `request.timeout.ms` together.
    pub fn delivery_timeout(&self) -> Duration {
        let least = u64::try_from(checks::linger_and_request(&self.values)).unwrap_or(0);
        self.values.millis("delivery.timeout.ms").max(Duration::from_millis(least))
    }

    /// `batch.size` of a producer, in bytes, if it was given.
    pub fn batch_size(&self) -> Option<usize> {
        match self.values.given("batch.size") {
            Some(&Value::Number(bytes)) => usize::try_from(bytes).ok(),
            _ => None,
        }
    }

    /// Whether keys play no part in a producer's choice of a partition: `partitioner.ignore.keys`, which counts only without
    /// a `partitioner.class`, or the class that does not look at them.
    pub fn ignores_keys(&self) -> bool {
        match self.values.text("partitioner.class").as_str() {
            "" => self.values.flag("partitioner.ignore.keys"),
            class => class.ends_with("UniformStickyPartitioner"),
        }
    }

    /// Whether a producer compresses (`compression.type`).
    pub fn compresses(&self) -> bool {
        self.values.text("compression.type") != "none"
    }

    /// Whether a producer's `acks` asks for all in-sync replicas.
    pub fn waits_for_all(&self) -> bool {
        checks::waits_for_all(&self.values)
    }

    /// `max.request.size` of a producer, in bytes.
    pub fn max_request_size(&self) -> usize {
        usize::try_from(self.values.number("max.request.size")).unwrap_or(0)
    }

    /// `buffer.memory` of a producer, in bytes.
    pub fn buffer_memory(&self) -> usize {
        usize::try_from(self.values.number("buffer.memory")).unwrap_or(0)
    }

    /// `metadata.max.age.ms`: how old what is known of the cluster may get.
    pub fn metadata_max_age(&self) -> Duration {
        self.values.millis("metadata.max.age.ms")
    }

    /// `exclude.internal.topics`: whether a pattern leaves out the topics that belong to Kafka itself.
    pub fn exclude_internal_topics(&self) -> bool {
        self.values.flag("exclude.internal.topics")
    }

    /// `auto.offset.reset`.
    pub fn offset_reset(&self) -> OffsetReset {
        let text = self.values.text("auto.offset.reset");
        match text.as_str() {
            "earliest" => OffsetReset::Earliest,
            "none" => OffsetReset::None,
            _ => match text.strip_prefix("by_duration:").and_then(duration::parse) {
                Some(nanos) => OffsetReset::ByDuration(Duration::from_millis(u64::try_from(nanos / 1_000_000).unwrap_or(0))),
                None => OffsetReset::Latest,
            },
        }
    }
}

impl Values {
    /// A time in milliseconds. A negative one is none at all.
    fn millis(&self, name: &str) -> Duration {
        Duration::from_millis(u64::try_from(self.number(name)).unwrap_or(0))
    }
}

/// The wait for one connection. Java's default of 10 s is for services; who sits in front of a tool waits half as long.
fn connection_setup_timeout(values: &Values) -> Duration {
    const NAME: &str = "socket.connection.setup.timeout.ms";
    let wait = if values.is_given(NAME) { values.millis(NAME) } else { Duration::from_secs(5) };
    wait.min(values.millis("socket.connection.setup.timeout.max.ms"))
}

/// `client.id`, or what the Java client calls itself; the admin handle has the name of this program.
fn client_id(values: &Values) -> String {
    let given = values.text("client.id");
    if !given.is_empty() {
        return given;
    }
    let or = |name, default: &str| values.given(name).map_or_else(|| default.to_owned(), Value::text);
    match values.role {
        Role::Admin => "kafkabox".to_owned(),
        Role::Producer => format!("producer-{}", or("transactional.id", "1")),
        Role::Consumer => format!("consumer-{}-{}", or("group.id", "null"), or("group.instance.id", "1")),
    }
}

#[cfg(test)]
mod tests;
