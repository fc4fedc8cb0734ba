//! `consumer-groups`.

use serde_json::json;

use super::{Bench, rows};
use crate::support::client::{Config, Record, unique};

/// A topic of two partitions with five and three records, and a group that has read two and three of them.
fn behind(bench: &Bench) -> (String, String) {
    let (topic, group) = (bench.client.topic(2), unique("behind"));
    let records: Vec<Record> = (0..8).map(|number| Record::value("x").to(i32::from(number >= 5))).collect();
    bench.client.produce(&topic, &records, &Config::new(), None).unwrap();
    bench.client.commit(&group, &[(topic.clone(), 0, 2, None), (topic.clone(), 1, 3, None)]).unwrap();
    (topic, group)
}

/// The committed offsets by partition.
fn committed(bench: &Bench, group: &str) -> Vec<i64> {
    let described = rows(&bench.call("consumer-groups", &format!("--describe --group {group} --output json")));
    described.iter().map(|row| row["current_offset"].as_i64().unwrap()).collect()
}

#[test]
fn lag_is_told_as_java_tells_it() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let text = bench.as_java("consumer-groups", &format!("--describe --group {group}"));
    assert!(text.contains(&topic), "{text}");
    let described = rows(&bench.call("consumer-groups", &format!("--describe --group {group} --output json")));
    let row = &described[0];
    assert_eq!((&row["group"], &row["topic"], &row["partition"]), (&json!(group), &json!(topic), &json!(0)));
    assert_eq!((&row["current_offset"], &row["log_end_offset"], &row["lag"]), (&json!(2), &json!(5), &json!(3)));
    assert_eq!(described[1]["lag"], json!(0));
}

#[test]
fn a_live_member_is_shown() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    for protocol in ["classic", "consumer"] {
        let group = format!("{group}-{protocol}");
        let config =
            Config::from([("group.protocol", protocol), ("client.id", "probe")].map(|(key, value)| (key.to_owned(), value.to_owned())));
        let _member = bench.client.member(&group, std::slice::from_ref(&topic), &config, true).unwrap();
        bench.client.group_rests(&group, 1).unwrap();
        let text = bench.as_java("consumer-groups", &format!("--describe --group {group} --members"));
        assert!(text.contains("probe"), "{text}");
        bench.as_java("consumer-groups", &format!("--describe --group {group} --state"));
        let output = bench.call("consumer-groups", &format!("--delete --group {group}"));
        output.failed();
    }
}

#[test]
fn offsets_move_only_with_execute() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let reset = |how: &str| bench.as_java("consumer-groups", &format!("--reset-offsets --group {group} --topic {topic} {how}"));
    let plan = reset("--to-earliest --dry-run");
    assert!(plan.contains("NEW-OFFSET"), "{plan}");
    assert_eq!(committed(&bench, &group), [2, 3]);
    for (how, offsets) in [
        ("--to-earliest --execute", [0, 0]),
        ("--to-latest --execute", [5, 3]),
        ("--to-offset 1 --execute", [1, 1]),
        ("--shift-by 2 --execute", [3, 3]),
        ("--shift-by -2 --execute", [1, 1]),
        ("--to-offset 99 --execute", [5, 3]),
    ] {
        bench.call("consumer-groups", &format!("--reset-offsets --group {group} --topic {topic} {how}")).succeeded();
        assert_eq!(committed(&bench, &group), offsets, "{how}");
    }
}

#[test]
fn a_group_in_use_is_not_reset() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let _member = bench.client.member(&group, std::slice::from_ref(&topic), &Config::new(), true).unwrap();
    bench.client.group_rests(&group, 1).unwrap();
    let output = bench.call("consumer-groups", &format!("--reset-offsets --group {group} --all-topics --to-earliest --execute"));
    output.failed();
    assert!(output.err().contains(&group) || output.out().contains(&group), "{output}");
    assert_eq!(committed(&bench, &group), [2, 3]);
}

#[test]
fn groups_are_listed_and_deleted() {
    let Some(bench) = Bench::one() else { return };
    let (_, group) = behind(&bench);
    let listed = || {
        let all = rows(&bench.call("consumer-groups", "--list --output json"));
        all.iter().any(|row| row["group"] == json!(group))
    };
    assert!(listed());
    let text = bench.call("consumer-groups", &format!("--delete --group {group}")).succeeded();
    assert_eq!(text, format!("Deletion of requested consumer groups ('{group}') was successful.\n"));
    assert!(!listed());
}

#[test]
fn what_is_not_there_is_a_failure() {
    let Some(bench) = Bench::one() else { return };
    let group = unique("nosuch");
    for line in ["--describe", "--describe --members", "--describe --state", "--delete"] {
        let output = bench.call("consumer-groups", &format!("{line} --group {group}"));
        let text = output.failed();
        assert!(text.contains(&group), "{line}: {output}");
    }
}
