//! The settings of topics, as Java's tool checks them before any broker sees them (`LogConfig.validate`).

use super::typing::{Bounds, Kind, Value, invalid, trim};

/// What a setting may be.
enum Rule {
    Is(Kind),
    /// From 0 to 1.
    Ratio,
    /// `cleanup.policy`: each word once counts.
    Policies,
    /// `*`, or PARTITION:BROKER several times.
    Throttled,
}

const BOOLEAN: Rule = Rule::Is(Kind::Boolean);
const LONG_0: Rule = long_from(0);

const fn int_from(min: i64) -> Rule {
    Rule::Is(Kind::Int(Bounds::at_least(min)))
}

const fn long_from(min: i64) -> Rule {
    Rule::Is(Kind::Long(Bounds::at_least(min)))
}

const MIN_LAG: &str = "min.compaction.lag.ms";
const MAX_LAG: &str = "max.compaction.lag.ms";
const POLICIES: [&str; 2] = ["compact", "delete"];

/// In Java's order of checking, which decides which of several mistakes is told.
static RULES: [(&str, Rule); 34] = [
    ("segment.bytes", int_from(1 << 20)),
    ("segment.ms", long_from(1)),
    ("segment.jitter.ms", LONG_0),
    ("segment.index.bytes", int_from(4)),
    ("flush.messages", long_from(1)),
    ("flush.ms", LONG_0),
    ("retention.bytes", Rule::Is(Kind::Long(Bounds::ANY))),
    ("retention.ms", long_from(-1)),
    ("max.message.bytes", int_from(0)),
    ("index.interval.bytes", int_from(0)),
    ("delete.retention.ms", LONG_0),
    (MIN_LAG, LONG_0),
    (MAX_LAG, long_from(1)),
    ("file.delete.delay.ms", LONG_0),
    ("min.cleanable.dirty.ratio", Rule::Ratio),
    ("cleanup.policy", Rule::Policies),
    ("unclean.leader.election.enable", BOOLEAN),
    ("min.insync.replicas", int_from(1)),
    ("compression.type", Rule::Is(Kind::OneOf(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]))),
    ("compression.gzip.level", Rule::Is(Kind::GzipLevel)),
    ("compression.lz4.level", Rule::Is(Kind::Int(Bounds::between(1, 17)))),
    ("compression.zstd.level", Rule::Is(Kind::Int(Bounds::between(-131_072, 22)))),
    ("preallocate", BOOLEAN),
    ("message.timestamp.type", Rule::Is(Kind::OneOf(&["CreateTime", "LogAppendTime"]))),
    ("message.timestamp.before.max.ms", LONG_0),
    ("message.timestamp.after.max.ms", LONG_0),
    ("leader.replication.throttled.replicas", Rule::Throttled),
    ("follower.replication.throttled.replicas", Rule::Throttled),
    ("remote.storage.enable", BOOLEAN),
    ("local.retention.ms", long_from(-2)),
    ("local.retention.bytes", long_from(-2)),
    ("remote.log.copy.disable", BOOLEAN),
    ("remote.log.delete.on.disable", BOOLEAN),
    ("internal.segment.bytes", Rule::Is(Kind::Int(Bounds::ANY))),
];

/// Checks the settings of a topic that is to be created; of a repeated name the last counts.
///
/// # Errors
/// Java's sentence for a name that no topic's setting has, or for a value that it cannot have.
pub fn check_topic_configs(configs: &[(String, String)]) -> Result<(), String> {
    if let Some((unknown, _)) = configs.iter().find(|(name, _)| !RULES.iter().any(|(known, _)| known == name)) {
        return Err(format!("Unknown topic config name: {unknown}"));
    }
    let given = |name: &str| configs.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    for (name, rule) in &RULES {
        if let Some(value) = given(name) {
            rule.check(name, value)?;
        }
    }
    let lag = |name: &str, default| given(name).and_then(|value| trim(value).parse().ok()).unwrap_or(default);
    let (least, most): (i64, i64) = (lag(MIN_LAG, 0), lag(MAX_LAG, i64::MAX));
    if least > most {
        return Err(format!("conflict topic config setting {MIN_LAG} ({least}) > {MAX_LAG} ({most})"));
    }
    Ok(())
}

impl Rule {
    fn check(&self, name: &str, text: &str) -> Result<(), String> {
        match self {
            Self::Is(kind) => kind.parse(name, text).map(drop),
            Self::Ratio => match Kind::Double(f64::NEG_INFINITY, f64::INFINITY).parse(name, text)? {
                Value::Double(ratio) if ratio < 0.0 => Err(invalid(name, &format!("{ratio:?}"), "Value must be at least 0")),
                Value::Double(ratio) if ratio > 1.0 => Err(invalid(name, &format!("{ratio:?}"), "Value must be no more than 1")),
                _ => Ok(()),
            },
            Self::Policies => check_policies(name, Kind::List.parse(name, text)?.items()),
            Self::Throttled => check_throttled(name, Kind::List.parse(name, text)?.items()),
        }
    }
}

fn check_policies(name: &str, policies: &[String]) -> Result<(), String> {
    for policy in policies {
        if policy.is_empty() {
            return Err(format!("Configuration '{name}' values must not be empty."));
        }
        if !POLICIES.contains(&policy.as_str()) {
            return Err(invalid(name, policy, &format!("String must be one of: {}", POLICIES.join(", "))));
        }
    }
    Ok(())
}

fn check_throttled(name: &str, replicas: &[String]) -> Result<(), String> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let pair =
        |text: &String| text.is_empty() || text.split_once(':').is_some_and(|(partition, broker)| number(partition) && number(broker));
    if replicas.iter().all(pair) || replicas.concat() == "*" {
        return Ok(());
    }
    let why = format!(
        "{name} must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],..."
    );
    Err(invalid(name, &format!("[{}]", replicas.join(", ")), &why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(configs: &[(&str, &str)]) -> Option<String> {
        let configs: Vec<(String, String)> = configs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        check_topic_configs(&configs).err()
    }

    #[test]
    fn what_java_takes() {
        for (name, value) in [
            ("retention.ms", "-1"),
            ("retention.bytes", "-77"),
            ("cleanup.policy", "compact, delete"),
            ("cleanup.policy", "delete,delete"),
            ("cleanup.policy", ""),
            ("compression.zstd.level", "-5"),
            ("min.cleanable.dirty.ratio", "0.01"),
            ("preallocate", "TRUE"),
            ("leader.replication.throttled.replicas", "0:1,12:3"),
            ("leader.replication.throttled.replicas", "*"),
            ("internal.segment.bytes", "1000"),
        ] {
            assert_eq!(complaint(&[(name, value)]), None, "{name}={value}");
        }
    }

    #[test]
    fn mistakes_in_javas_words() {
        let refused = [
            ("nosuch", "1", "Unknown topic config name: nosuch"),
            ("retention.ms", "abc", "Invalid value abc for configuration retention.ms: Not a number of type LONG"),
            ("retention.ms", "-5", "Invalid value -5 for configuration retention.ms: Value must be at least -1"),
            ("segment.bytes", "1", "Invalid value 1 for configuration segment.bytes: Value must be at least 1048576"),
            (
                "min.cleanable.dirty.ratio",
                "2",
                "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1",
            ),
            ("cleanup.policy", "foo", "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete"),
            ("cleanup.policy", "delete,", "Configuration 'cleanup.policy' values must not be empty."),
            ("compression.lz4.level", "18", "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17"),
            (
                "follower.replication.throttled.replicas",
                "0:1,foo",
                "Invalid value [0:1, foo] for configuration follower.replication.throttled.replicas: \
                 follower.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: \
                 [partitionId]:[brokerId],[partitionId]:[brokerId],...",
            ),
        ];
        for (name, value, message) in refused {
            assert_eq!(complaint(&[(name, value)]).as_deref(), Some(message), "{name}={value}");
        }
    }

    #[test]
    fn names_are_checked_before_values_and_values_before_what_they_say_together() {
        assert_eq!(complaint(&[("retention.ms", "x"), ("nosuch", "1")]).as_deref(), Some("Unknown topic config name: nosuch"));
        let lags = [(MIN_LAG, "10"), (MAX_LAG, "5")];
        assert_eq!(
            complaint(&lags).as_deref(),
            Some("conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)")
        );
        let also = [lags[0], lags[1], ("retention.ms", "x")];
        assert_eq!(complaint(&also).as_deref(), Some("Invalid value x for configuration retention.ms: Not a number of type LONG"));
    }
}
