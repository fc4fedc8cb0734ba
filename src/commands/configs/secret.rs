//! Passwords on their way to the cluster: where they come from, and what their author should know.

use super::words::Settings;
use crate::kafka::model::ScramMechanism;
use crate::kafka::settings::expand_value;

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
        let literal = !password.is_empty() && !password.contains("${");
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

#[cfg(test)]
mod tests {
    use super::super::args::{Action, Wanted};
    use super::super::plan::Alteration;
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
        let mut add = settings(&[("SCRAM-SHA-256", "password=${ENV:PATH}")]);
        assert!(fetch(&mut add).unwrap_err().starts_with("SCRAM-SHA-256: ${...} names none of the providers env, file and directory"));
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
    fn nothing_prints_a_value_for_debugging() {
        let wanted = Wanted { file: None, add: settings(&[("SCRAM-SHA-256", "password=pa55")]), delete: vec!["gone".into()] };
        let change = ConfigChange { name: "ssl.keystore.password".into(), op: AlterOp::Set, value: Some("pa55".into()) };
        let alteration = Alteration::Resource { resource: ConfigResource::new(ResourceKind::Broker, "1"), changes: vec![change] };
        let told = format!("{:?} {alteration:?}", Action::Alter { wanted, dry_run: false });
        assert!(!told.contains("pa55"), "{told}");
        assert!(["SCRAM-SHA-256", "gone", "ssl.keystore.password"].iter().all(|name| told.contains(name)), "{told}");
    }
}
