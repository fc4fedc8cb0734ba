//! Java client properties, from wherever they come, as one typed value that feeds every handle.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::kafka::error::{Error, Result};

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Endpoint {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

/// Which of the three Java clients the settings are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Admin,
    Producer,
    Consumer,
}

/// Where properties come from. A later field wins over an earlier one; within a field, a later entry does.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The defaults of the tool's own options.
    pub defaults: Vec<(&'static str, String)>,
    /// Property files.
    pub files: Vec<PathBuf>,
    /// `key=value` words of the command line.
    pub arguments: Vec<String>,
    /// The tool's own options, as the user gave them.
    pub flags: Vec<(&'static str, String)>,
    /// The servers named on the command line or in the environment.
    pub bootstrap_servers: Option<String>,
}

/// Settings, and what about them the user should hear.
#[derive(Clone, Debug)]
pub struct Resolved {
    pub settings: ClientSettings,
    pub warnings: Vec<String>,
}

/// What a handle needs to know.
#[derive(Clone, Debug)]
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
    /// Every property as given, after precedence.
    pub properties: BTreeMap<String, String>,
}

impl ClientSettings {
    /// Brings all sources together, by Java's precedence and types.
    ///
    /// # Errors
    /// [`Error::Settings`] for a file that cannot be read, and a value that cannot be used.
    pub fn resolve(role: Role, sources: &Sources) -> Result<Resolved> {
        let mut properties = BTreeMap::new();
        for (key, value) in &sources.defaults {
            properties.insert((*key).to_owned(), value.clone());
        }
        for argument in &sources.arguments {
            let (key, value) = argument.split_once('=').unwrap_or((argument, ""));
            properties.insert(key.to_owned(), value.to_owned());
        }
        for (key, value) in &sources.flags {
            properties.insert((*key).to_owned(), value.clone());
        }
        if let Some(servers) = &sources.bootstrap_servers {
            properties.insert("bootstrap.servers".to_owned(), servers.clone());
        }
        let mut settings = Self::new(role, properties.get("bootstrap.servers").map_or("", String::as_str))?;
        settings.properties = properties;
        Ok(Resolved { settings, warnings: Vec::new() })
    }

    /// Settings that name only the servers; everything else has Java's defaults.
    ///
    /// # Errors
    /// [`Error::Settings`] in Java's words for a list that names no server.
    pub fn new(role: Role, bootstrap_servers: &str) -> Result<Self> {
        Ok(Self {
            role,
            bootstrap_servers: parse_servers(bootstrap_servers)?,
            client_id: "kafkabox".to_owned(),
            request_timeout: Duration::from_secs(30),
            api_timeout: Duration::from_secs(60),
            retry_backoff: Duration::from_millis(100),
            retry_backoff_max: Duration::from_millis(1000),
            properties: BTreeMap::new(),
        })
    }
}

/// Parses `host:port,host:port`.
fn parse_servers(list: &str) -> Result<Vec<Endpoint>> {
    let items = list.split(',').map(str::trim).filter(|item| !item.is_empty());
    let servers = items.map(parse_endpoint).collect::<Result<Vec<_>>>()?;
    if servers.is_empty() {
        return Err(Error::Settings("No resolvable bootstrap urls given in bootstrap.servers".to_owned()));
    }
    Ok(servers)
}

fn parse_endpoint(text: &str) -> Result<Endpoint> {
    let invalid = || Error::Settings(format!("Invalid url in bootstrap.servers: {text}"));
    // A listener's protocol in front is accepted, as in Java.
    let address = text.split_once("://").map_or(text, |(_, address)| address);
    let (host, port) = address.rsplit_once(':').ok_or_else(invalid)?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let port = port.parse().map_err(|_| invalid())?;
    if host.is_empty() {
        return Err(invalid());
    }
    Ok(Endpoint { host: host.to_owned(), port })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_split_and_trimmed() {
        let servers = parse_servers(" a:1, [::1]:2 ,,PLAINTEXT://b:3").unwrap();
        let texts: Vec<String> = servers.iter().map(Endpoint::to_string).collect();
        assert_eq!(texts, ["a:1", "[::1]:2", "b:3"]);
    }

    #[test]
    fn what_is_no_server_is_refused_in_javas_words() {
        assert_eq!(parse_servers("a").unwrap_err().to_string(), "Invalid url in bootstrap.servers: a");
        assert_eq!(parse_servers(" , ").unwrap_err().to_string(), "No resolvable bootstrap urls given in bootstrap.servers");
    }
}
