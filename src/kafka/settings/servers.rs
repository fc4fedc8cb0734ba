//! `bootstrap.servers`: where to begin.

use std::fmt;

use super::Role;

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

/// Checks the items of the list as Java's `ClientUtils.parseAndValidateAddresses` does, but asks no name server.
///
/// # Errors
/// Java's sentence for this client.
pub(super) fn parse(role: Role, items: Option<&[String]>) -> Result<Vec<Endpoint>, String> {
    match (role, items) {
        (Role::Admin, None | Some([])) => Err("You must set either bootstrap.servers or bootstrap.controllers".to_owned()),
        (_, None) => Err("Missing required configuration \"bootstrap.servers\" which has no default value.".to_owned()),
        (_, Some([])) => Err("Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value".to_owned()),
        (_, Some(items)) if items.iter().any(String::is_empty) => {
            Err("Configuration 'bootstrap.servers' values must not be empty.".to_owned())
        }
        (_, Some(items)) => items.iter().map(|item| endpoint(item)).collect(),
    }
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    let invalid = || format!("Invalid url in bootstrap.servers: {text}");
    let allowed = |text: &str, more: &[char]| text.chars().all(|c| c.is_ascii_alphanumeric() || "-%._".contains(c) || more.contains(&c));
    // A listener's protocol in front is accepted.
    let address = match text.split_once("://") {
        Some((protocol, address)) if allowed(protocol, &[]) => address,
        Some(_) => return Err(invalid()),
        None => text,
    };
    let (host, port) = address.rsplit_once(':').ok_or_else(invalid)?;
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    if !allowed(host, &[':']) || port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(invalid());
    }
    let port = port.parse().map_err(|_| format!("Invalid port in bootstrap.servers: {text}"))?;
    // Java resolves no name at all to this machine.
    Ok(Endpoint { host: if host.is_empty() { "localhost".to_owned() } else { host.to_owned() }, port })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(items: &[&str]) -> Result<Vec<String>, String> {
        let items: Vec<String> = items.iter().map(|&item| item.to_owned()).collect();
        Ok(parse(Role::Admin, Some(&items))?.iter().map(Endpoint::to_string).collect())
    }

    #[test]
    fn hosts_come_with_ports_and_may_wear_brackets_and_a_protocol() {
        assert_eq!(
            parsed(&["a:1", "[::1]:2", "PLAINTEXT://b:3", "::1:9", ":4"]).unwrap(),
            ["a:1", "[::1]:2", "b:3", "[::1]:9", "localhost:4"]
        );
    }

    #[test]
    fn what_is_no_server_is_refused_in_javas_words() {
        for text in ["host", "http://user@localhost:9", "localhost:9/path", "localhost:-1", "a b:1", "a:"] {
            assert_eq!(parsed(&[text]).unwrap_err(), format!("Invalid url in bootstrap.servers: {text}"));
        }
        assert_eq!(parsed(&["h:99999"]).unwrap_err(), "Invalid port in bootstrap.servers: h:99999");
        assert_eq!(parsed(&["a:1", ""]).unwrap_err(), "Configuration 'bootstrap.servers' values must not be empty.");
    }

    #[test]
    fn each_client_has_its_own_words_for_no_server() {
        let empty = Some(&[][..]);
        assert_eq!(parse(Role::Admin, None).unwrap_err(), "You must set either bootstrap.servers or bootstrap.controllers");
        assert_eq!(
            parse(Role::Producer, None).unwrap_err(),
            "Missing required configuration \"bootstrap.servers\" which has no default value."
        );
        assert_eq!(
            parse(Role::Consumer, empty).unwrap_err(),
            "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value"
        );
    }
}
