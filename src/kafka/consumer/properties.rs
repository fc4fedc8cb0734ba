//! A Java consumer's properties in librdkafka's names.

use std::time::Duration;

use crate::kafka::error::{Error, Result};
use crate::kafka::settings::ClientSettings;

/// What happens where a group has no offset, or has one that is gone (`auto.offset.reset`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    Earliest,
    Latest,
    None,
    /// From the records that are no older than this.
    Since(Duration),
}

impl Reset {
    /// Reads the property.
    ///
    /// # Errors
    /// Java's sentence for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = || {
            let why = format!(
                "Invalid value `{text}` for configuration auto.offset.reset. The value must be either 'earliest', 'latest', 'none' or of \
                 the format 'by_duration:<PnDTnHnMn.nS.>'."
            );
            Error::Settings(format!("Invalid value {text} for configuration auto.offset.reset: {why}"))
        };
        match text {
            "earliest" => Ok(Self::Earliest),
            "latest" => Ok(Self::Latest),
            "none" => Ok(Self::None),
            _ => text.strip_prefix("by_duration:").and_then(duration).map(Self::Since).ok_or_else(invalid),
        }
    }
}

/// `java.time.Duration.parse`, for durations that are not negative.
fn duration(text: &str) -> Option<Duration> {
    let text = text.to_ascii_uppercase();
    let (days, time) = match text.strip_prefix('P')?.split_once('T') {
        Some((days, time)) if !time.is_empty() => (days, time),
        Some(_) => return None,
        None => (text.strip_prefix('P')?, ""),
    };
    let mut millis = 0_f64;
    let mut parts = 0;
    let mut take = |text: &str, units: &[(char, f64)]| {
        let mut number = String::new();
        let mut units = units.iter();
        for letter in text.chars() {
            if letter.is_ascii_digit() || letter == '.' && !number.is_empty() {
                number.push(letter);
                continue;
            }
            let (_, factor) = units.find(|(unit, _)| *unit == letter)?;
            if letter != 'S' && number.contains('.') {
                return None;
            }
            millis += number.parse::<f64>().ok()? * factor;
            number.clear();
            parts += 1;
        }
        number.is_empty().then_some(())
    };
    take(days, &[('D', 86_400_000.0)])?;
    take(time, &[('H', 3_600_000.0), ('M', 60_000.0), ('S', 1000.0)])?;
    if parts == 0 { None } else { Duration::try_from_secs_f64(millis / 1000.0).ok() }
}

/// Names and meanings that both clients share.
const SAME: [&str; 40] = [
    "allow.auto.create.topics",
    "auto.commit.interval.ms",
    "check.crcs",
    "client.dns.lookup",
    "client.id",
    "client.rack",
    "connections.max.idle.ms",
    "fetch.max.bytes",
    "fetch.min.bytes",
    "group.id",
    "group.instance.id",
    "group.protocol",
    "group.remote.assignor",
    "heartbeat.interval.ms",
    "isolation.level",
    "max.partition.fetch.bytes",
    "max.poll.interval.ms",
    "metadata.max.age.ms",
    "reconnect.backoff.max.ms",
    "reconnect.backoff.ms",
    "retry.backoff.max.ms",
    "retry.backoff.ms",
    "sasl.kerberos.kinit.cmd",
    "sasl.kerberos.min.time.before.relogin",
    "sasl.kerberos.service.name",
    "sasl.mechanism",
    "sasl.oauthbearer.client.id",
    "sasl.oauthbearer.client.secret",
    "sasl.oauthbearer.scope",
    "sasl.oauthbearer.token.endpoint.url",
    "security.protocol",
    "session.timeout.ms",
    "socket.connection.setup.timeout.ms",
    "ssl.cipher.suites",
    "ssl.endpoint.identification.algorithm",
    "ssl.key.password",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.ca.location",
    "ssl.ca.pem",
];

/// The configuration of a consumer.
pub(super) fn librdkafka(settings: &ClientSettings, group: bool, reset: Reset) -> Vec<(String, String)> {
    let servers: Vec<String> = settings.bootstrap_servers.iter().map(ToString::to_string).collect();
    let own = [
        ("bootstrap.servers", servers.join(",")),
        // The Java client asks for a topic in the way that lets the broker create it.
        ("allow.auto.create.topics", "true".to_owned()),
        ("isolation.level", "read_uncommitted".to_owned()),
        // What is committed is said record by record.
        ("enable.auto.offset.store", "false".to_owned()),
        ("enable.partition.eof", "true".to_owned()),
        // The defaults let a fast reader wait for a second, and a new partition for half of one.
        ("fetch.queue.backoff.ms", "2".to_owned()),
        ("fetch.wait.max.ms", "50".to_owned()),
        ("topic.metadata.refresh.interval.ms", "10000".to_owned()),
        ("reconnect.backoff.ms", "20".to_owned()),
        ("reconnect.backoff.max.ms", "1000".to_owned()),
        ("enable.metrics.push", "false".to_owned()),
        (
            "auto.offset.reset",
            match reset {
                Reset::Earliest => "earliest",
                Reset::Latest | Reset::Since(_) => "latest",
                Reset::None => "error",
            }
            .to_owned(),
        ),
    ];
    let mut configuration: Vec<(String, String)> = own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let given = settings.properties.iter().filter_map(|(name, value)| match name.as_str() {
        "fetch.max.wait.ms" => Some(("fetch.wait.max.ms", value)),
        "request.timeout.ms" => Some(("socket.timeout.ms", value)),
        // These belong to groups: without one nothing is joined, and nothing is committed.
        "group.id" | "group.protocol" | "group.instance.id" | "group.remote.assignor" | "enable.auto.commit" if !group => None,
        "enable.auto.commit" => Some(("enable.auto.commit", value)),
        name => SAME.iter().find(|same| **same == name).map(|same| (*same, value)),
    });
    configuration.extend(given.map(|(name, value)| (name.to_owned(), value.clone())));
    configuration
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reset_policies() {
        assert_eq!(Reset::parse("earliest").unwrap(), Reset::Earliest);
        assert_eq!(Reset::parse("by_duration:PT1H").unwrap(), Reset::Since(Duration::from_secs(3600)));
        assert_eq!(Reset::parse("by_duration:P1DT2H3M4.5S").unwrap(), Reset::Since(Duration::from_millis(93_784_500)));
        for text in [
            "by_duration:",
            "by_duration:PT",
            "by_duration:P",
            "by_duration:1H",
            "by_duration:PT1",
            "by_duration:PT1.5H",
            "by_duration:PT1M1H",
            "first",
        ] {
            assert!(Reset::parse(text).unwrap_err().to_string().starts_with(&format!("Invalid value {text} for configuration")), "{text}");
        }
    }

    #[test]
    fn a_group_is_named_only_where_one_is_joined() {
        let mut settings = ClientSettings::new(crate::kafka::settings::Role::Consumer, "a:1,b:2").unwrap();
        settings.properties.insert("group.id".to_owned(), "g".to_owned());
        settings.properties.insert("fetch.max.wait.ms".to_owned(), "7".to_owned());
        settings.properties.insert("no.such.setting".to_owned(), "1".to_owned());
        let value = |group: bool, name: &str| {
            librdkafka(&settings, group, Reset::None).into_iter().rev().find(|(known, _)| known == name).map(|(_, value)| value)
        };
        assert_eq!(value(true, "group.id").as_deref(), Some("g"));
        assert_eq!(value(false, "group.id"), None);
        assert_eq!(value(true, "bootstrap.servers").as_deref(), Some("a:1,b:2"));
        assert_eq!(value(true, "fetch.wait.max.ms").as_deref(), Some("7"));
        assert_eq!(value(true, "no.such.setting"), None);
        assert_eq!(value(true, "auto.offset.reset").as_deref(), Some("error"));
    }
}
