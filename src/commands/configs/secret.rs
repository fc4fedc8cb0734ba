//! Passwords on their way to the cluster: where they come from, and what must not repeat them.

use super::plan::Alteration;
use super::words::Settings;
use crate::cli::names_secret;
use crate::kafka::admin::CredentialChange;
use crate::kafka::model::ScramMechanism;
use crate::kafka::settings::{expand_value, has_variable};

/// What stands where a secret stood.
pub(super) const HIDDEN: &str = "[hidden]";

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
                let secret = changes.iter().filter(|change| names_secret(&change.name));
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
fn parts(value: &str) -> Vec<&str> {
    let mut parts = vec![value];
    let mut rest = value;
    while let Some((_, after)) = rest.split_once('=') {
        let after = after.trim_start();
        // A quoted value may have anything in it, and ends at a quote that no backslash precedes.
        let quoted = after.strip_prefix('"').map(|inner| (inner, '"')).or_else(|| after.strip_prefix('\'').map(|inner| (inner, '\'')));
        let (text, end) = match quoted {
            Some((inner, quote)) => {
                let closes = |at: &usize| !inner[..*at].ends_with('\\');
                (inner, inner.match_indices(quote).map(|(at, _)| at).find(closes))
            }
            None => (after, after.find(|c: char| c.is_whitespace() || c == ';')),
        };
        let (part, left) = text.split_at(end.unwrap_or(text.len()));
        parts.push(part);
        rest = left;
    }
    parts
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
    use super::super::args::{Action, Wanted};
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
    fn the_values_of_a_jaas_configuration() {
        let of = |value| parts(value).split_off(1);
        assert_eq!(of(r#"x.Y required user="bob" password="a b";"#), ["bob", "a b"]);
        assert_eq!(of(r#"x.Y required password = 'a;="b' k=v== l=w;"#), [r#"a;="b"#, "v==", "w"]);
        assert_eq!(of(r#"p="a\"b c" q="open end"#), [r#"a\"b c"#, "open end"]);
        assert!(of("pa55").is_empty());
    }

    #[test]
    fn nothing_prints_a_value_for_debugging() {
        let wanted = Wanted { file: None, add: settings(&[("SCRAM-SHA-256", "password=pa55")]), delete: vec!["gone".into()] };
        let change = ConfigChange { name: "ssl.keystore.password".into(), op: AlterOp::Set, value: Some("pa55".into()) };
        let alteration = Alteration::Resource { resource: ConfigResource::new(ResourceKind::Broker, "1"), changes: vec![change] };
        let told = format!("{:?} {alteration:?}", Action::Alter { wanted, dry_run: false });
        assert!(!told.contains("pa55"), "{told}");
        assert!(["SCRAM-SHA-256", "gone", "ssl.keystore.password"].iter().all(|name| told.contains(name)), "{told}");
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
}
