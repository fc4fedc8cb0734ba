//! Passwords on their way to the cluster: where they come from, and what must not repeat them.

use super::plan::Alteration;
use super::words::Settings;
use crate::kafka::admin::CredentialChange;
use crate::kafka::model::ScramMechanism;
use crate::kafka::settings::{expand_value, has_variable};

/// What stands where a secret stood.
pub(super) const HIDDEN: &str = "[hidden]";

/// Parts of the names of settings whose values are secret (those of type `PASSWORD` in Java's `KafkaConfig`), and of names
/// that a plug-in may have chosen for such.
const SECRET_NAMES: [&str; 9] =
    ["password", "secret", "jaas.config", "keystore.key", "certificate.chain", "truststore.certificates", "token", "credential", "api.key"];

/// Whether a setting's value is likely to be a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    SECRET_NAMES.iter().any(|part| name.contains(part))
}

/// Brings the passwords of SCRAM credentials in from where `${env:NAME}`, `${file:PATH}` and their like say.
///
/// # Errors
/// What a variable stands for cannot be had. The sentence tells no value.
pub(super) fn fetch(add: &mut Settings) -> Result<(), String> {
    for (name, value) in add.iter_mut().filter(|(name, _)| ScramMechanism::from_name(name).is_some()) {
        if let Some((before, password)) = split_password(value) {
            *value = format!("{before}{}", expand_value(name, password)?);
        }
    }
    Ok(())
}

/// What the user of a command line with SCRAM credentials should know; nothing where no password is in it.
pub(super) fn exposed(add: &Settings) -> Option<String> {
    let plain = |(name, value): &(String, String)| {
        let mechanism = ScramMechanism::from_name(name)?;
        let (_, password) = split_password(value)?;
        let literal = !password.is_empty() && !has_variable(password);
        literal.then_some(mechanism)
    };
    let mechanism = add.iter().find_map(plain)?.name();
    Some(format!(
        "others on this machine can read a password on the command line: {mechanism}=[password=${{env:NAME}}] and \
         {mechanism}=[password=${{file:PATH}}] keep it out"
    ))
}

/// Whether a password ends in what its author meant for the number of iterations, which has to come first.
pub(super) fn swallowed_iterations(add: &Settings) -> bool {
    let swallowed = |(name, value): &(String, String)| {
        ScramMechanism::from_name(name).is_some()
            && split_password(value)
                .is_some_and(|(_, password)| password.rsplit_once(",iterations=").is_some_and(|(_, rest)| is_number(rest)))
    };
    add.iter().any(swallowed)
}

fn is_number(text: &str) -> bool {
    text.parse::<i64>().is_ok()
}

/// Splits a credential behind `password=`.
fn split_password(value: &str) -> Option<(&str, &str)> {
    let rest = match value.strip_prefix("iterations=") {
        Some(rest) => rest.split_once(',')?.1,
        None => value,
    };
    let password = rest.strip_prefix("password=")?;
    Some((&value[..value.len() - password.len()], password))
}

/// What an alteration must not have repeated: passwords, and values of settings whose names say so.
#[derive(Default)]
pub(super) struct Secrets(Vec<String>);

impl Secrets {
    /// The secrets of `alteration`.
    pub fn of(alteration: &Alteration) -> Self {
        let mut secrets: Vec<String> = match alteration {
            Alteration::Resource { changes, .. } => {
                let secret = changes.iter().filter(|change| is_secret(&change.name));
                secret.filter_map(|change| change.value.as_deref()).flat_map(parts).map(str::to_owned).collect()
            }
            Alteration::Credentials { changes, .. } => {
                let password = |change: &CredentialChange| match change {
                    CredentialChange::Upsert(upsertion) => Some(upsertion.password.clone()),
                    CredentialChange::Delete(_) => None,
                };
                changes.iter().filter_map(password).collect()
            }
            Alteration::Quotas { .. } => Vec::new(),
        };
        secrets.retain(|secret| !secret.is_empty());
        // The whole before its parts.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        Self(secrets)
    }

    /// `message`, with every secret in it hidden. A short one is hidden where it is a word of its own.
    pub fn hide(&self, message: &str) -> String {
        self.0.iter().fold(message.to_owned(), |message, secret| hide(&message, secret))
    }
}

/// A secret and, of one that consists of settings itself (a JAAS configuration), their values.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    let words = value.split(|c: char| c.is_whitespace() || c == ';');
    let values = words.filter_map(|word| Some(word.split_once('=')?.1.trim_matches(['"', '\''])));
    std::iter::once(value).chain(values)
}

fn hide(message: &str, secret: &str) -> String {
    const LONG: usize = 8;
    if secret.chars().count() >= LONG {
        return message.replace(secret, HIDDEN);
    }
    let mut hidden = String::with_capacity(message.len());
    let mut end = 0;
    for (at, _) in message.match_indices(secret) {
        let after = at + secret.len();
        let part_of_a_word =
            message[..at].ends_with(char::is_alphanumeric) || message[after..].starts_with(char::is_alphanumeric) || at < end;
        if !part_of_a_word {
            hidden.push_str(&message[end..at]);
            hidden.push_str(HIDDEN);
            end = after;
        }
    }
    hidden.push_str(&message[end..]);
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::admin::{AlterOp, ConfigChange};
    use crate::kafka::model::{ConfigResource, ResourceKind};

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_the_password_of_a_credential_is_fetched() {
        let path = std::env::var("PATH").unwrap();
        let mut add = settings(&[("SCRAM-SHA-512", "iterations=5000,password=${env:PATH}"), ("ssl.keystore.password", "${env:PATH}")]);
        fetch(&mut add).unwrap();
        assert_eq!(add[0].1, format!("iterations=5000,password={path}"));
        // The broker resolves that one, by its own providers.
        assert_eq!(add[1].1, "${env:PATH}");
        let mut add = settings(&[("SCRAM-SHA-256", "password=${env:NO_SUCH_VARIABLE_}")]);
        assert_eq!(fetch(&mut add).unwrap_err(), "SCRAM-SHA-256: variable ${env:NO_SUCH_VARIABLE_} is not set");
        let mut add = settings(&[("SCRAM-SHA-256", "${env:NO_SUCH_VARIABLE_}")]);
        assert_eq!(fetch(&mut add), Ok(()));
    }

    #[test]
    fn a_password_on_the_command_line_is_warned_of() {
        let exposed = |value: &str| exposed(&settings(&[("SCRAM-SHA-256", value)])).is_some();
        assert!(exposed("password=x") && exposed("iterations=5000,password=$x{"));
        for fine in ["password=${env:PATH}", "password=${env:NO_SUCH_VARIABLE_}", "password=", "x"] {
            assert!(!exposed(fine), "{fine}");
        }
        let swallowed = |value: &str| swallowed_iterations(&settings(&[("SCRAM-SHA-256", value)]));
        assert!(swallowed("password=x,iterations=5000"));
        assert!(!swallowed("iterations=5000,password=x") && !swallowed("password=x,iterations=y"));
    }

    #[test]
    fn what_a_broker_says_loses_its_secrets() {
        let change = |name: &str, value: &str| ConfigChange { name: name.into(), op: AlterOp::Set, value: Some(value.into()) };
        let jaas = "org.X required user=\"bob\" password=\"pa55\";";
        let secrets = Secrets::of(&Alteration::Resource {
            resource: ConfigResource::new(ResourceKind::Broker, "1"),
            changes: vec![change("listener.name.a.sasl.jaas.config", jaas), change("background.threads", "900900900")],
        });
        assert_eq!(
            secrets.hide(&format!("Invalid value {jaas}, 'pa55' for bobby, 900900900")),
            "Invalid value [hidden], '[hidden]' for bobby, 900900900"
        );
        let secrets = Secrets(vec!["x".into()]);
        assert_eq!(secrets.hide("max is x, or x"), "max is [hidden], or [hidden]");
    }

    #[test]
    fn names_of_secrets() {
        for name in ["ssl.keystore.password", "listener.name.a.plain.sasl.jaas.config", "ssl.keystore.key", "my.Secret"] {
            assert!(is_secret(name), "{name}");
        }
        assert!(!is_secret("retention.ms") && !is_secret("ssl.keystore.location"));
    }
}
