//! Values that are fine alone and wrong together (Java's `postProcessParsedConfig`, and the clients' constructors).

use super::Role;
use super::values::{Refusal, Values};

/// Checks what was given against each other.
///
/// # Errors
/// Java's sentence where it has one.
pub(super) fn check(values: &Values) -> Result<(), Refusal> {
    security(values)?;
    match values.role {
        Role::Admin => admin(values),
        Role::Producer => producer(values),
        Role::Consumer => consumer(values),
    }
}

/// What to say of TLS and SASL settings that are there although `security.protocol` is PLAINTEXT: as in Java, they do
/// nothing.
pub(super) fn idle_security<'a>(names: impl Iterator<Item = &'a String>) -> Option<String> {
    let idle: Vec<&str> = names.map(String::as_str).filter(|name| name.starts_with("ssl.") || name.starts_with("sasl.")).collect();
    (!idle.is_empty()).then(|| format!("no effect while security.protocol is PLAINTEXT: {}", idle.join(", ")))
}

fn refuse(name: &'static str, message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal { name: Some(name), message: message.into() })
}

/// The door for TLS and SASL. Until it opens, nobody gets a plaintext connection who asked for another one.
fn security(values: &Values) -> Result<(), Refusal> {
    let protocol = values.text("security.protocol").to_ascii_uppercase();
    if protocol == "PLAINTEXT" {
        return Ok(());
    }
    refuse("security.protocol", format!("security.protocol={protocol}: TLS and SASL are not available in this version"))
}

fn admin(values: &Values) -> Result<(), Refusal> {
    // Without a value of its own the whole call gets as much time as one request.
    let given = values.is_given("default.api.timeout.ms");
    if given && values.number("default.api.timeout.ms") < values.number("request.timeout.ms") {
        return refuse(
            "default.api.timeout.ms",
            "The specified value of default.api.timeout.ms must be no smaller than the value of request.timeout.ms.",
        );
    }
    Ok(())
}

/// Whether the producer is idempotent: it is unless the user wants something that rules it out.
pub(super) fn is_idempotent(values: &Values) -> bool {
    values.flag("enable.idempotence") && values.number("retries") != 0 && waits_for_all(values)
}

/// Whether a record counts as acknowledged only when all in-sync replicas have it.
pub(super) fn waits_for_all(values: &Values) -> bool {
    matches!(values.text("acks").as_str(), "all" | "-1")
}

fn producer(values: &Values) -> Result<(), Refusal> {
    let asked = values.is_given("enable.idempotence");
    if values.flag("enable.idempotence") {
        if asked && values.number("retries") == 0 {
            return refuse("retries", "Must set retries to non-zero when using the idempotent producer.");
        }
        if asked && !waits_for_all(values) {
            return refuse(
                "acks",
                "Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.",
            );
        }
        // Java asks for this even when acks or retries have switched idempotence off.
        let in_flight = values.number("max.in.flight.requests.per.connection");
        if in_flight > 5 {
            return refuse(
                "max.in.flight.requests.per.connection",
                format!(
                    "To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. \
                     Current value is {in_flight}."
                ),
            );
        }
    }
    if values.is_given("transactional.id") && !is_idempotent(values) {
        return refuse("transactional.id", "Cannot set a transactional.id without also enabling idempotence.");
    }
    if values.is_given("delivery.timeout.ms") && values.number("delivery.timeout.ms") < linger_and_request(values) {
        return refuse("delivery.timeout.ms", "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms");
    }
    Ok(())
}

/// The least time in which a record can be delivered, in milliseconds.
pub(super) fn linger_and_request(values: &Values) -> i64 {
    let int = i64::from(i32::MAX);
    (values.number("linger.ms").min(int) + values.number("request.timeout.ms")).min(int)
}

fn consumer(values: &Values) -> Result<(), Refusal> {
    let group = values.given("group.id").map(|_| values.text("group.id"));
    if group.is_none() && values.is_given("enable.auto.commit") && values.flag("enable.auto.commit") {
        return refuse("enable.auto.commit", "enable.auto.commit cannot be set to true when default group id (null) is used.");
    }
    let classic = values.text("group.protocol") == "classic";
    let foreign: &[&'static str] = if classic {
        &["group.remote.assignor"]
    } else {
        &["partition.assignment.strategy", "heartbeat.interval.ms", "session.timeout.ms"]
    };
    let wrong: Vec<&'static str> =
        foreign.iter().copied().filter(|name| !values.given(name).is_none_or(|value| value.text().is_empty())).collect();
    if let Some(first) = wrong.first() {
        let protocol = if classic { "CLASSIC" } else { "CONSUMER" };
        return refuse(first, format!("{} cannot be set when group.protocol={protocol}", wrong.join(", ")));
    }
    if group.as_deref() == Some("") {
        return refuse("group.id", "The configured group.id should not be an empty string or whitespace.");
    }
    if classic && group.is_some() && values.number("heartbeat.interval.ms") >= values.number("session.timeout.ms") {
        return refuse("heartbeat.interval.ms", "Heartbeat must be set lower than the session timeout");
    }
    Ok(())
}
