//! `configs`.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Bench, rows};
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{Exit, Output, run};

/// What must never be seen again.
const SECRET: &str = "pssst-7c1e";

#[test]
fn settings_of_a_topic() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let alter = |change: &str| bench.call("configs", &format!("--alter --topic {topic} {change}")).succeeded();
    let done = format!("Completed updating config for topic {topic}.\n");
    assert_eq!(alter("--add-config retention.ms=1000,segment.ms=2000000"), done);
    let text = bench.as_java("configs", &format!("--describe --topic {topic}"));
    assert!(text.starts_with(&format!("Dynamic configs for topic {topic} are:\n")), "{text}");
    // A key that is not named keeps its value.
    assert_eq!(alter("--add-config cleanup.policy=[compact,delete] --delete-config segment.ms"), done);
    let text = bench.as_java("configs", &format!("--describe --entity-type topics --entity-name {topic}"));
    assert!(text.contains("  retention.ms=1000 ") && text.contains("  cleanup.policy=compact,delete "), "{text}");
    assert!(!text.contains("segment.ms"), "{text}");
    let described = rows(&bench.call("configs", &format!("--describe --topic {topic} --output json")));
    let retention = described.iter().find(|row| row["name"] == "retention.ms").unwrap_or_else(|| panic!("{described:?}"));
    assert_eq!(retention["value"], json!("1000"));
}

#[test]
fn settings_of_a_broker() {
    let Some(bench) = Bench::one_alone() else { return };
    let alter = |change: &str| bench.call("configs", &format!("--alter --broker 1 {change}")).succeeded();
    assert_eq!(alter("--add-config background.threads=9"), "Completed updating config for broker 1.\n");
    let text = bench.as_java("configs", "--describe --broker 1");
    assert!(text.contains("  background.threads=9 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:background.threads=9"), "{text}");
    assert_eq!(alter("--delete-config background.threads"), "Completed updating config for broker 1.\n");
    let text = bench.as_java("configs", "--describe --broker 1");
    assert!(!text.contains("background.threads"), "{text}");
}

#[test]
fn what_cannot_be_set_is_a_failure() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let missing = unique("nosuch");
    for (line, reason) in [
        (format!("--alter --topic {topic} --add-config nosuch.config=1"), "Unknown topic config name: nosuch.config".to_owned()),
        (format!("--alter --topic {topic} --add-config retention.ms=soon"), "retention.ms".to_owned()),
        (format!("--alter --topic {missing} --add-config retention.ms=1"), format!("The topic '{missing}' does not exist")),
        (format!("--describe --topic {missing}"), format!("The topic '{missing}' doesn't exist")),
    ] {
        let text = bench.call("configs", &line).failed();
        assert!(text.contains(&reason), "{line}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn scripts_are_told_in_their_form_that_something_is_unknown() {
    let Some(bench) = Bench::one() else { return };
    let missing = unique("nosuch");
    for words in [
        format!("--topic {missing}"),
        "--topic a%b".into(),
        format!("--group {missing}"),
        format!("--client-metrics {missing}"),
        "--broker 77".into(),
    ] {
        let called = |format: &str| bench.call("configs", &format!("--describe {words} --output {format}"));
        let (json, tsv) = (called("json"), called("tsv"));
        let reason = if words.contains('%') { "Topic name is invalid" } else { "doesn't exist" };
        assert!(json.failed().contains(reason) && tsv.failed().contains(reason), "{words}: {json}");
        assert_eq!(json.out(), "[]\n", "{words}");
        assert_eq!(tsv.out().lines().count(), 1, "{words}: {tsv}");
        assert!(tsv.out().starts_with("entity_type\tentity_name\tname\tvalue\t"), "{words}: {tsv}");
    }
}

/// Things with settings, and what is known of them.
struct Settled {
    bench: Bench,
    topic: String,
    user: String,
    group: String,
    metrics: String,
}

impl Settled {
    fn new() -> Option<Self> {
        let bench = Bench::one_alone()?;
        let topic = bench.client.topic(1);
        // It has what is in force where nothing is set.
        bench.client.topic(1);
        let [user, group, metrics] = ["dryuser", "drygroup", "drymetrics"].map(unique);
        let settled = Self { bench, topic, user, group, metrics };
        let Self { topic, user, group, metrics, .. } = &settled;
        settled.set(&format!("--topic {topic} --add-config retention.ms=1000,flush.ms=7"));
        settled.set(&format!("--user {user} --add-config producer_byte_rate=1000"));
        settled.set(&format!("--user {user} --add-config SCRAM-SHA-256=[password=x]"));
        settled.set(&format!("--group {group} --add-config consumer.session.timeout.ms=50000"));
        settled.set(&format!("--client-metrics {metrics} --add-config interval.ms=5000"));
        Some(settled)
    }

    fn set(&self, line: &str) {
        self.bench.call("configs", &format!("--alter {line}")).succeeded();
    }

    /// All that is described of them.
    fn state(&self) -> Vec<String> {
        let Self { topic, user, group, metrics, .. } = self;
        let lines = [
            format!("--topic {topic}"),
            format!("--user {user}"),
            format!("--user {user} --client-defaults"),
            format!("--group {group}"),
            format!("--client-metrics {metrics}"),
            "--broker 1".to_owned(),
            "--broker-defaults".to_owned(),
            "--broker-logger 1".to_owned(),
            "--ip 127.0.9.20".to_owned(),
        ];
        lines.iter().map(|line| self.bench.call("configs", &format!("--describe {line}")).succeeded()).collect()
    }

    /// What `--dry-run` is to say of an alteration, behind "Would ".
    fn intentions(&self) -> Vec<(String, String)> {
        let Self { topic, user, group, metrics, .. } = self;
        vec![
            (
                format!("--topic {topic} --add-config retention.ms=2000,flush.ms=7,flush.messages=3 --delete-config retention.ms.x"),
                format!(
                    "update config for topic {topic}:\n  retention.ms.x: unset, as it is\n  \
                 retention.ms: 1000 (DYNAMIC_TOPIC_CONFIG) -> 2000 (DYNAMIC_TOPIC_CONFIG)\n  \
                 flush.ms: 7 (DYNAMIC_TOPIC_CONFIG), as it is\n  \
                 flush.messages: 9223372036854775807 (DEFAULT_CONFIG) -> 3 (DYNAMIC_TOPIC_CONFIG)\n"
                ),
            ),
            (
                format!("--topic {topic} --delete-config flush.ms"),
                format!("update config for topic {topic}:\n  flush.ms: 7 (DYNAMIC_TOPIC_CONFIG) -> 9223372036854775807 (DEFAULT_CONFIG)\n"),
            ),
            (
                "--broker 1 --add-config background.threads=12".to_owned(),
                "update config for broker 1:\n  background.threads: 10 (DEFAULT_CONFIG) -> 12 (DYNAMIC_BROKER_CONFIG)\n".to_owned(),
            ),
            (
                "--broker-defaults --add-config background.threads=12".to_owned(),
                "update config for the default of brokers:\n  background.threads: unset -> 12 (DYNAMIC_DEFAULT_BROKER_CONFIG)\n".to_owned(),
            ),
            (
                "--broker-logger 1 --add-config kafka.log.LogManager=ERROR".to_owned(),
                "update config for broker-logger 1:\n  \
             kafka.log.LogManager: INFO (DYNAMIC_BROKER_LOGGER_CONFIG) -> ERROR (DYNAMIC_BROKER_LOGGER_CONFIG)\n"
                    .to_owned(),
            ),
            (
                format!("--user {user} --add-config consumer_byte_rate=5,producer_byte_rate=1000"),
                format!("update config for user {user}:\n  consumer_byte_rate: unset -> 5.0\n  producer_byte_rate: 1000.0, as it is\n"),
            ),
            (
                format!("--user {user} --client-defaults --add-config consumer_byte_rate=5"),
                format!("update config for user {user}, the default of clients:\n  consumer_byte_rate: unset -> 5.0\n"),
            ),
            (
                format!("--user {user} --add-config SCRAM-SHA-256=[iterations=5000,password=y]"),
                format!("update config for user {user}:\n  SCRAM-SHA-256: iterations=4096 -> iterations=5000\n"),
            ),
            (
                format!("--user {user} --delete-config SCRAM-SHA-256"),
                format!("update config for user {user}:\n  SCRAM-SHA-256: iterations=4096 -> unset\n"),
            ),
            (
                format!("--group {group} --delete-config consumer.session.timeout.ms"),
                format!(
                    "update config for group {group}:\n  \
                 consumer.session.timeout.ms: 50000 (DYNAMIC_GROUP_CONFIG) -> 45000 (DEFAULT_CONFIG)\n"
                ),
            ),
            (
                format!("--client-metrics {metrics} --delete-config interval.ms"),
                format!(
                    "update config for client-metric {metrics}:\n  \
                 interval.ms: 5000 (DYNAMIC_CLIENT_METRICS_CONFIG) -> 300000 (DEFAULT_CONFIG)\n"
                ),
            ),
            (
                format!("--client-metrics {metrics} --add-config interval.ms=5000"),
                format!(
                    "leave config for client-metric {metrics} as it is:\n  interval.ms: 5000 (DYNAMIC_CLIENT_METRICS_CONFIG), as it is\n"
                ),
            ),
            (
                "--ip 127.0.9.20 --add-config connection_creation_rate=7".to_owned(),
                "update config for ip 127.0.9.20:\n  connection_creation_rate: unset -> 7.0\n".to_owned(),
            ),
        ]
    }

    /// Alterations that are refused.
    fn impossible(&self) -> Vec<String> {
        let Self { topic, user, group, metrics, .. } = self;
        vec![
            format!("--topic {topic} --add-config retention.ms=soon"),
            format!("--topic {} --add-config retention.ms=1", unique("nosuch")),
            "--broker 1 --add-config broker.id=7".to_owned(),
            "--broker-logger 1 --add-config root=LOUD".to_owned(),
            format!("--user {user} --add-config producer_byte_rate=0"),
            format!("--user {user} --delete-config consumer_byte_rate"),
            format!("--user {user} --add-config SCRAM-SHA-256=[iterations=20000,password=y]"),
            format!("--user {user} --delete-config SCRAM-SHA-512"),
            format!("--user {user} --add-config SCRAM-SHA-256=[password=x],SCRAM-SHA-512=[password=y]"),
            format!("--user {user} --delete-config SCRAM-SHA-512 --add-config SCRAM-SHA-256=[password=x]"),
            format!("--user {user} --add-config SCRAM-SHA-256=[iterations=20000,password=x],SCRAM-SHA-512=[password=y]"),
            format!("--user {user} --delete-config SCRAM-SHA-256,SCRAM-SHA-512"),
            format!("--group {group} --add-config consumer.session.timeout.ms=1"),
            format!("--client-metrics {metrics} --add-config interval.ms=1"),
            "--ip 127.0.9.20 --add-config connection_creation_rate=0".to_owned(),
        ]
    }
}

impl Drop for Settled {
    fn drop(&mut self) {
        self.bench.call("configs", &format!("--alter --client-metrics {} --delete-config interval.ms", self.metrics));
    }
}

#[test]
fn a_dry_run_tells_what_would_change_and_changes_nothing() {
    let Some(settled) = Settled::new() else { return };
    let before = settled.state();
    for (line, expected) in settled.intentions() {
        let told = settled.bench.call("configs", &format!("--alter --dry-run {line}")).succeeded();
        assert_eq!(told, format!("Would {expected}"), "{line}");
        assert_eq!(settled.state(), before, "{line}");
    }
}

#[test]
fn a_dry_run_is_refused_as_the_real_thing_is() {
    let Some(settled) = Settled::new() else { return };
    let before = settled.state();
    for line in settled.impossible() {
        let tried = settled.bench.call("configs", &format!("--alter --dry-run {line}")).failed();
        assert_eq!(tried, settled.bench.call("configs", &format!("--alter {line}")).failed(), "{line}");
        assert_eq!(settled.state(), before, "{line}");
    }
}

#[test]
fn what_scripts_get() {
    let Some(bench) = Bench::one_alone() else { return };
    let topic = bench.client.topic(1);
    // It has what is in force where nothing is set.
    bench.client.topic(1);
    let described = |line: &str| rows(&bench.call("configs", &format!("--describe {line} --output json")));
    let alter = |line: &str| rows(&bench.call("configs", &format!("--alter {line} --output json")));
    let done = alter(&format!("--topic {topic} --add-config retention.ms=1000"));
    let expected = json!([{
        "entity_type": "topics", "entity_name": topic, "name": "retention.ms", "op": "set", "value": "1000", "outcome": "altered", "error": null
    }]);
    assert_eq!(Value::Array(done), expected);
    let all = described(&format!("--topic {topic} --all"));
    let of = |rows: &[Value], name: &str| rows.iter().find(|row| row["name"] == name).cloned().unwrap_or_default();
    assert_eq!(
        of(&all, "retention.ms"),
        json!({
            "entity_type": "topics", "entity_name": topic, "name": "retention.ms", "value": "1000", "source": "DYNAMIC_TOPIC_CONFIG",
            "is_default": false, "is_sensitive": false, "is_read_only": false,
            "synonyms": [{"name": "retention.ms", "value": "1000", "source": "DYNAMIC_TOPIC_CONFIG"}], "error": null
        })
    );
    assert_eq!(of(&all, "flush.ms")["is_default"], json!(true));
    let broker = described("--broker 1 --all");
    assert_eq!(of(&broker, "node.id")["is_read_only"], json!(true));
    let password = of(&broker, "ssl.keystore.password");
    assert_eq!((&password["is_sensitive"], &password["value"]), (&json!(true), &Value::Null));
    let of_broker = |change: &str| alter(&format!("--broker 1 {change}")).remove(0);
    let (set, deleted) = (of_broker("--add-config background.threads=9"), of_broker("--delete-config background.threads"));
    assert_eq!((&set["op"], &set["value"]), (&json!("set"), &json!("[hidden]")));
    assert_eq!((&deleted["op"], &deleted["value"]), (&json!("delete"), &Value::Null));
    let planned = rows(&bench.call("configs", &format!("--alter --dry-run --topic {topic} --delete-config retention.ms --output json")));
    let expected = json!([{
        "entity_type": "topics", "entity_name": topic, "name": "retention.ms", "op": "delete", "current_value": "1000",
        "current_source": "DYNAMIC_TOPIC_CONFIG", "value": "604800000", "source": "DEFAULT_CONFIG", "outcome": "would_alter", "error": null
    }]);
    assert_eq!(Value::Array(planned), expected);
    let tsv = bench.call("configs", &format!("--describe --topic {topic} --output tsv")).succeeded();
    let header = "entity_type\tentity_name\tname\tvalue\tsource\tis_default\tis_sensitive\tis_read_only\tsynonyms\terror\n";
    assert!(tsv.starts_with(header), "{tsv}");
}

/// A secret in every place where one can be given, on calls that succeed and calls that fail.
#[test]
fn no_output_repeats_a_secret() {
    let Some(bench) = Bench::one_alone() else { return };
    let user = unique("secretive");
    let secrets = [
        format!("--user {user} --add-config SCRAM-SHA-256=[password={SECRET}]"),
        format!("--user {user} --add-config SCRAM-SHA-256=[iterations=20000,password={SECRET}]"),
        format!("--user {user} --add-config SCRAM-SHA-256=[password={SECRET}],SCRAM-SHA-512=[password={SECRET}]"),
        format!("--user {user} --add-config SCRAM-SHA-256=[password=${{env:SECRET}}]"),
        format!("--broker 1 --add-config listener.name.other.ssl.keystore.password={SECRET}"),
        format!("--broker 1 --add-config ssl.keystore.password={SECRET}"),
        format!("--broker 1 --add-config my.plugin.setting={SECRET}"),
        format!("--broker 1 --add-config my.plugin.setting={SECRET},log.retention.ms=soon"),
        format!("--broker-defaults --add-config my.plugin.setting={SECRET}"),
        format!("--broker 1 --add-config listener.name.plaintext.plain.sasl.jaas.config={SECRET}"),
        format!("--broker 1 --add-config listener.name.plaintext.plain.sasl.jaas.config=[x.Y{{}}required{{}}password={SECRET};]"),
        format!("--broker 77 --add-config ssl.keystore.password={SECRET}"),
        format!("--broker 1 --delete-config ssl.keystore.password={SECRET}"),
        format!("--topic nosuch --add-config my.password={SECRET}"),
        format!("--topic nosuch --add-config my.setting={SECRET}"),
        format!("--group {user} --add-config my.setting={SECRET}"),
        format!("--client-metrics {user} --add-config my.setting={SECRET}"),
    ];
    let call = |line: &str| -> Output {
        let words = line.split(' ').map(|word| word.replace("{}", " "));
        run(command(BINARY).args(["configs", "--bootstrap-server", &bench.servers]).args(words).env("SECRET", SECRET), b"", LIMIT)
    };
    let silent = |line: &str, output: &Output| {
        assert!(!output.out().contains(SECRET) && !output.err().contains(SECRET), "{line}: {output}");
        assert!(matches!(output.exit, Exit::Code(0 | 1)), "{line}: {output}");
    };
    let mut done = 0;
    for line in &secrets {
        for way in ["", " --dry-run"] {
            for format in ["text", "table", "json", "tsv"] {
                let output = call(&format!("--alter {line}{way} --output {format}"));
                silent(line, &output);
                done += usize::from(output.exit == Exit::Code(0));
            }
        }
    }
    assert!(done > 20, "only {done} calls succeeded, so this proves little");
    for line in
        [format!("--user {user}"), "--broker 1".into(), "--broker 1 --all".into(), "--broker-defaults".into(), "--entity-type users".into()]
    {
        for format in ["text", "table", "json", "tsv"] {
            let output = call(&format!("--describe {line} --output {format}"));
            output.succeeded();
            silent(&line, &output);
        }
    }
    call(&format!("--alter --user {user} --delete-config SCRAM-SHA-256")).succeeded();
    let names = "my.plugin.setting,listener.name.other.ssl.keystore.password,listener.name.plaintext.plain.sasl.jaas.config";
    call(&format!("--alter --broker 1 --delete-config {names}")).succeeded();
    call("--alter --broker-defaults --delete-config my.plugin.setting").succeeded();
}

#[test]
fn an_unknown_broker_fails_at_once_with_those_that_run() {
    let Some(bench) = Bench::three_alone() else { return };
    for (line, start) in [
        ("--alter --broker 77 --add-config background.threads=9", "cannot alter broker 77: "),
        ("--alter --broker 77 --dry-run --add-config background.threads=9", "cannot alter broker 77: "),
        ("--alter --broker-logger 77 --add-config root=INFO", "cannot alter broker-logger 77: "),
        ("--describe --broker 77 --all", "cannot describe broker 77: "),
        ("--describe --broker-logger 77 --all", "cannot describe broker-logger 77: "),
    ] {
        let output = bench.call("configs", line);
        let text = output.failed();
        assert!(text.contains(&format!("{start}the cluster lists only 1, 2, 3 as running")), "{line}: {text}");
        assert!(output.took < Duration::from_secs(5), "{line}: {output}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

/// Asked one after another, the others would have no time left.
#[test]
fn a_broker_that_hangs_leaves_the_others_their_answers() {
    let Some(bench) = Bench::three_alone() else { return };
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, "request.timeout.ms=4000\ndefault.api.timeout.ms=5000\n").unwrap();
    let servers = bench.servers.split(',').skip(1).collect::<Vec<_>>().join(",");
    let words = ["configs", "--bootstrap-server", &servers, "--describe", "--all", "--entity-type", "brokers", "--output", "json"];
    let held = bench.cluster.held(1);
    let output = run(command(BINARY).args(words).arg("--command-config").arg(file.path()), b"", LIMIT);
    drop(held);
    assert!(output.failed().starts_with("kafkabox configs: cannot describe broker 1: "), "{output}");
    let rows: Vec<Value> = serde_json::from_str(&output.out()).unwrap();
    let of = |id: &str, what: &str| rows.iter().filter(|row| row["entity_name"] == id && !row[what].is_null()).count();
    assert_eq!((of("1", "name"), of("1", "error")), (0, 1), "{output}");
    assert!(of("2", "name") > 100 && of("3", "name") > 100, "{output}");
    assert_eq!((of("2", "error"), of("3", "error")), (0, 0), "{output}");
}

/// A quota counts over some ten seconds: what goes beyond that slows the producer down.
#[test]
fn a_changed_quota_throttles_a_producer() {
    const RATE: usize = 100_000;
    let Some(bench) = Bench::one() else { return };
    let (topic, client) = (bench.client.topic(1), unique("throttled"));
    let config = Config::from([("client.id".into(), client.clone()), ("batch.num.messages".into(), "1".into())]);
    let records: Vec<Record> = vec![Record { value: Some(vec![b'x'; RATE / 2]), ..Record::default() }; 30];
    let produce = || {
        let start = Instant::now();
        bench.client.produce(&topic, &records, &config, None).unwrap();
        start.elapsed()
    };
    let free = produce();
    let alter = |change: &str| bench.call("configs", &format!("--alter --client {client} {change}")).succeeded();
    alter(&format!("--add-config producer_byte_rate={RATE}"));
    assert_eq!(
        bench.as_java("configs", &format!("--describe --client {client}")),
        format!("Quota configs for client-id '{client}' are producer_byte_rate=100000.0\n")
    );
    let throttled = produce();
    assert!(throttled > free + Duration::from_secs(1), "{free:?} without the quota, {throttled:?} with it");
    alter("--delete-config producer_byte_rate");
}
