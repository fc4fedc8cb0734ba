//! `configs`.

use serde_json::json;

use super::{Bench, rows};
use crate::support::client::unique;

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
