//! From Java's properties to librdkafka's: names, ranges, defaults and the combinations it would refuse.

use std::collections::BTreeMap;

use super::Role;
use super::checks::{is_idempotent, linger_and_request};
use super::rules::{self, Use};
use super::typing::Value;
use super::values::{Refusal, Values};

const INT: i64 = i32::MAX as i64;
/// librdkafka adds 100 ms to it in 32 bits.
pub(super) const LONGEST_TRANSACTION: i64 = INT - 100;

/// A canonical text.
struct Setting(String);

impl From<i64> for Setting {
    fn from(value: i64) -> Self {
        Self(value.to_string())
    }
}

impl From<bool> for Setting {
    fn from(value: bool) -> Self {
        Self(value.to_string())
    }
}

impl From<&str> for Setting {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for Setting {
    fn from(value: String) -> Self {
        Self(value)
    }
}

/// What is set, and what was brought into range on the way.
struct Target<'a> {
    settings: BTreeMap<&'static str, String>,
    warnings: &'a mut Vec<String>,
}

impl Target<'_> {
    fn set(&mut self, name: &'static str, value: impl Into<Setting>) {
        self.settings.insert(name, value.into().0);
    }

    /// Brings the number that the user knows as `java` into librdkafka's range.
    fn clamp(&mut self, java: &str, value: i64, min: i64, max: i64) -> i64 {
        let inside = value.clamp(min, max);
        // One for none, and twenty-four days for ever, are not worth a word.
        if inside != value && !(value == 0 && min == 1) && value != INT {
            self.warnings.push(format!("{java}={value} is out of range here; {inside} is used"));
        }
        inside
    }

    fn set_clamped(&mut self, java: &str, name: &'static str, value: i64, (min, max): (i64, i64)) {
        let value = self.clamp(java, value, min, max);
        self.set(name, value);
    }
}

/// Translates the values for `rd_kafka_conf_set`: every name and value is one that it accepts.
///
/// # Errors
/// A class that has no counterpart.
pub(super) fn translate(values: &Values, warnings: &mut Vec<String>) -> Result<BTreeMap<&'static str, String>, Refusal> {
    let mut target = Target { settings: BTreeMap::new(), warnings };
    for rule in rules::of(values.role) {
        let value = match values.given(rule.name) {
            Some(value) => value.clone(),
            None if rule.always => values.effective(rule.name).unwrap_or_else(|| Value::Text(String::new())),
            None => continue,
        };
        match (rule.usage, value) {
            (Use::Same(name), value) if !value.text().is_empty() => target.set(name, value.text()),
            (Use::Within(name, min, max), Value::Number(value)) => target.set_clamped(rule.name, name, value, (min, max)),
            _ => {}
        }
    }
    connections(values, &mut target);
    match values.role {
        Role::Admin => {}
        Role::Producer => producer(values, &mut target)?,
        Role::Consumer => consumer(values, &mut target)?,
    }
    Ok(target.settings)
}

fn connections(values: &Values, target: &mut Target<'_>) {
    for (java, name) in [("send.buffer.bytes", "socket.send.buffer.bytes"), ("receive.buffer.bytes", "socket.receive.buffer.bytes")] {
        match values.given(java) {
            Some(Value::Number(-1)) => target.set(name, 0),
            Some(Value::Number(bytes)) => target.set_clamped(java, name, *bytes, (0, 100_000_000)),
            _ => {}
        }
    }
    // Who gives only the base gets no growing backoff: Java's rule.
    let base = values.number("reconnect.backoff.ms");
    let only_base = values.is_given("reconnect.backoff.ms") && !values.is_given("reconnect.backoff.max.ms");
    let max = if only_base { base } else { values.number("reconnect.backoff.max.ms").max(base) };
    target.set_clamped("reconnect.backoff.ms", "reconnect.backoff.ms", base, (0, 3_600_000));
    target.set("reconnect.backoff.max.ms", max.min(3_600_000));
    if values.is_given("retry.backoff.ms") || values.is_given("retry.backoff.max.ms") {
        let max = values.number("retry.backoff.max.ms");
        // A base above the maximum means the maximum, always.
        let base = values.number("retry.backoff.ms").min(max);
        target.set_clamped("retry.backoff.ms", "retry.backoff.ms", base, (1, 300_000));
        target.set("retry.backoff.max.ms", max.clamp(1, 300_000));
    }
    let timeout = values.number("request.timeout.ms");
    target.set_clamped("request.timeout.ms", "socket.timeout.ms", timeout, (10, 300_000));
    if values.role != Role::Admin || values.is_given("connections.max.idle.ms") {
        let idle = values.number("connections.max.idle.ms").max(0);
        // Beyond the range it is as good as never.
        target.set("connections.max.idle.ms", if idle > INT { 0 } else { idle });
    }
}

fn producer(values: &Values, target: &mut Target<'_>) -> Result<(), Refusal> {
    target.set("enable.idempotence", is_idempotent(values));
    target.set("request.timeout.ms", values.number("request.timeout.ms").clamp(1, 900_000));
    // Java counts bytes only.
    let kilobytes = (values.number("buffer.memory").saturating_add(1023) / 1024).clamp(1, INT);
    target.set("queue.buffering.max.kbytes", kilobytes);
    target.set("queue.buffering.max.messages", 0);
    target.set("partitioner", partitioner(values)?);
    compression_level(values, target);
    delivery(values, target);
    Ok(())
}

/// Java's partitioner puts equal keys on equal partitions; librdkafka's default would put them elsewhere.
fn partitioner(values: &Values) -> Result<&'static str, Refusal> {
    let class = values.text("partitioner.class");
    match class.strip_prefix("org.apache.kafka.clients.producer.").unwrap_or(&class) {
        "" if values.flag("partitioner.ignore.keys") => Ok("random"),
        "" | "internals.DefaultPartitioner" => Ok("murmur2_random"),
        "UniformStickyPartitioner" => Ok("random"),
        _ => Err(Refusal {
            name: Some("partitioner.class"),
            message: format!("partitioner.class={class}: this partitioner is not available in this version"),
        }),
    }
}

fn compression_level(values: &Values, target: &mut Target<'_>) {
    let kind = values.text("compression.type");
    let name = match kind.as_str() {
        "gzip" => "compression.gzip.level",
        "lz4" => "compression.lz4.level",
        "zstd" => "compression.zstd.level",
        _ => return,
    };
    let Some(&Value::Number(level)) = values.given(name) else { return };
    let level = match kind.as_str() {
        // 9 is Java's default and means the fast compressor, which librdkafka calls -1.
        "lz4" if level == 9 => -1,
        "lz4" => level.min(12),
        // For zstd itself 0 is the default.
        "zstd" if level == 0 => -1,
        "zstd" => target.clamp(name, level, 1, 12),
        _ => level,
    };
    target.set("compression.level", level);
}

/// `delivery.timeout.ms`, which has to fit between its own parts and the transaction around it.
fn delivery(values: &Values, target: &mut Target<'_>) {
    let wanted = values.number("delivery.timeout.ms").max(linger_and_request(values));
    let mut linger = values.number("linger.ms").min(900_000);
    let mut longest = INT;
    if values.is_given("transactional.id") {
        longest = values.number("transaction.timeout.ms").clamp(1_000, LONGEST_TRANSACTION);
        let request = values.number("request.timeout.ms");
        target.set("request.timeout.ms", request.clamp(1, 900_000.min(longest)));
        target.set("socket.timeout.ms", request.clamp(10, 300_000.min(longest)));
        if linger >= longest {
            linger = target.clamp("linger.ms", linger, 0, longest - 1);
            target.set("linger.ms", linger);
        }
    }
    // librdkafka wants more than the linger time, and takes 0 for ever.
    let timeout = wanted.max(linger + 1).min(INT);
    if values.is_given("delivery.timeout.ms") {
        target.clamp("delivery.timeout.ms", timeout, 1, longest);
    }
    target.set("delivery.timeout.ms", timeout.min(longest));
}

fn consumer(values: &Values, target: &mut Target<'_>) -> Result<(), Refusal> {
    let commits = values.flag("enable.auto.commit") && values.is_given("group.id");
    target.set("enable.auto.commit", commits);
    // Without a look-up by time, which the caller has to make, there is no offset to go to.
    let reset = values.text("auto.offset.reset");
    target.set("auto.offset.reset", if matches!(reset.as_str(), "earliest" | "latest") { reset.as_str() } else { "error" });
    if values.is_given("fetch.max.bytes") {
        let bytes = values.number("fetch.max.bytes").max(1_000);
        if bytes < 1_000_000 {
            // The largest message must fit into the largest answer.
            target.set("message.max.bytes", bytes);
        }
    }
    let interval = values.number("max.poll.interval.ms").clamp(1, 86_400_000);
    if values.text("group.protocol") != "classic" {
        // librdkafka refuses the classic protocol's settings at any value.
        target.set("max.poll.interval.ms", interval);
        return Ok(());
    }
    let mut session = 1;
    if values.is_given("session.timeout.ms") {
        session = target.clamp("session.timeout.ms", values.number("session.timeout.ms"), 1, 3_600_000);
        target.set("session.timeout.ms", session);
    }
    if values.is_given("heartbeat.interval.ms") {
        target.set_clamped("heartbeat.interval.ms", "heartbeat.interval.ms", values.number("heartbeat.interval.ms"), (1, 3_600_000));
    }
    if !values.is_given("session.timeout.ms") {
        session = values.number("session.timeout.ms");
    }
    if interval < session {
        target.warnings.push(format!("max.poll.interval.ms={interval} is less than session.timeout.ms; {session} is used"));
    }
    target.set("max.poll.interval.ms", interval.max(session));
    target.set("partition.assignment.strategy", assignors(values)?);
    Ok(())
}

fn assignors(values: &Values) -> Result<String, Refusal> {
    let mut names = Vec::new();
    for class in values.given("partition.assignment.strategy").map_or(&[][..], Value::items) {
        let name = match class.strip_prefix("org.apache.kafka.clients.consumer.").unwrap_or(class) {
            "RangeAssignor" | "range" => "range",
            "RoundRobinAssignor" | "roundrobin" => "roundrobin",
            "CooperativeStickyAssignor" | "cooperative-sticky" => "cooperative-sticky",
            _ => {
                return Err(Refusal {
                    name: Some("partition.assignment.strategy"),
                    message: format!(
                        "partition.assignment.strategy={class}: this assignor is not available; \
                         RangeAssignor, RoundRobinAssignor and CooperativeStickyAssignor are"
                    ),
                });
            }
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // Java's default pair starts out with range, and librdkafka cannot mix the two protocols.
    if names.iter().any(|name| *name != "cooperative-sticky") {
        names.retain(|name| *name != "cooperative-sticky");
    }
    Ok(if names.is_empty() { "range".to_owned() } else { names.join(",") })
}
