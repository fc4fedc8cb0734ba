//! What is not allowed is told where it is, and the rest is done.

use serde_json::{Value, json};

use super::{Bench, rows_of_failure};
use crate::support::client::{Config, Guarded, Record, unique};

const GROUP_REFUSED: &str = "Group authorization failed.";
const TOPIC_REFUSED: &str = "Topic authorization failed.";

/// Groups and topics of which some must not be looked at.
struct Scene {
    bench: Bench,
    open: String,
    closed: String,
    /// Has read from the open topic.
    plain: String,
    /// Must not be looked at.
    hidden: String,
    /// Has a member that reads both topics.
    reader: String,
    _member: crate::support::client::Member,
}

impl Scene {
    fn set() -> Option<Self> {
        let bench = Bench::guarded()?;
        let client = &bench.client;
        let (open, closed) = (client.topic(1), client.topic(1));
        client.produce(&open, &[Record::value("a"), Record::value("b")], &Config::new(), None).unwrap();
        let [plain, hidden, reader] = ["plain", "hidden", "reader"].map(unique);
        for group in [&plain, &hidden] {
            client.commit(group, &[(open.clone(), 0, 1, None)]).unwrap();
        }
        let member = client.member(&reader, &[open.clone(), closed.clone()], &Config::new(), true).unwrap();
        client.group_rests(&reader, 1).unwrap();
        client.forbid(Guarded::Topic, &closed).unwrap();
        client.forbid(Guarded::Group, &hidden).unwrap();
        Some(Self { bench, open, closed, plain, hidden, reader, _member: member })
    }

    fn call(&self, line: &str) -> crate::support::process::Output {
        self.bench.call("consumer-groups", line)
    }
}

#[test]
fn a_group_or_topic_that_is_forbidden_is_a_row_and_the_rest_is_shown() {
    let Some(scene) = Scene::set() else { return };
    let Scene { open, closed, plain, hidden, reader, .. } = &scene;
    let output = scene.call(&format!("--describe --group {plain} --group {hidden} --group {reader} --output json"));
    let facts = |row: &Value| ["group", "topic", "lag", "error"].map(|name| row[name].clone());
    let mut found: Vec<_> = rows_of_failure(&output).iter().map(facts).collect();
    found.sort_by_key(|row| row[..2].iter().map(Value::to_string).collect::<String>());
    let mut expected = vec![
        [json!(plain), json!(open), json!(1), json!(null)],
        [json!(hidden), json!(null), json!(null), json!(GROUP_REFUSED)],
        [json!(reader), json!(open), json!(null), json!(null)],
        [json!(reader), json!(closed), json!(null), json!(TOPIC_REFUSED)],
    ];
    expected.sort_by_key(|row| row[..2].iter().map(Value::to_string).collect::<String>());
    assert_eq!(found, expected, "{output}");
    assert!(output.err().contains(&format!("group {hidden}: {GROUP_REFUSED}\n")), "{output}");
    assert!(output.err().contains(&format!("group {reader}, partition {closed}-0: {TOPIC_REFUSED}\n")), "{output}");

    let text = scene.call(&format!("--describe --group {plain} --group {reader}"));
    text.failed();
    assert!(text.out().contains(plain.as_str()) && text.out().contains(closed.as_str()), "{text}");
}

#[test]
fn all_groups_are_those_that_are_listed_and_the_forbidden_ones_among_them_fail() {
    let Some(scene) = Scene::set() else { return };
    for view in ["", "--members", "--state"] {
        let output = scene.call(&format!("--describe --all-groups --output json {view}"));
        let rows = rows_of_failure(&output);
        let error = |group: &str| rows.iter().find(|row| row["group"] == group).map(|row| row["error"].clone());
        assert_eq!((error(&scene.plain).is_some(), error(&scene.hidden)), (view != "--members", Some(json!(GROUP_REFUSED))), "{output}");
    }
}

#[test]
fn what_is_forbidden_is_refused_in_javas_words() {
    let Some(scene) = Scene::set() else { return };
    let Scene { closed, plain, hidden, .. } = &scene;
    for line in [
        format!("--describe --group {hidden}"),
        format!("--describe --group {hidden} --members --verbose"),
        format!("--delete --group {hidden}"),
        format!("--reset-offsets --group {hidden} --all-topics --to-latest --dry-run"),
        format!("--reset-offsets --group {plain} --topic {closed} --to-latest --dry-run"),
        format!("--delete-offsets --group {plain} --topic {closed}"),
    ] {
        scene.bench.fails_unlike_java("consumer-groups", &line);
    }
}
