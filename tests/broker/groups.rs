//! `consumer-groups`.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::{Value, json};

use super::{Bench, rows, rows_of_failure};
use crate::support::client::{Config, Record, unique};
use crate::support::kafkabox::{BINARY, LIMIT, bash, command, killed_member};

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

/// What `--describe` says of a group, as rows.
fn described(bench: &Bench, group: &str, more: &str) -> Vec<Value> {
    rows(&bench.call("consumer-groups", &format!("--describe --group {group} --output json {more}")))
}

#[test]
fn what_was_undone_is_as_before() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).display().to_string();
    let undo = file("undo.csv");
    let reset = |how: &str| bench.call("consumer-groups", &format!("--reset-offsets --group {group} {how} --execute"));
    let output = reset(&format!("--topic {topic} --to-earliest --undo-file {undo}"));
    output.succeeded();
    assert!(output.err().contains(&undo), "{output}");
    assert_eq!(std::fs::read_to_string(&undo).unwrap(), format!("{group},{topic},0,2\n{group},{topic},1,3\n"));
    assert_eq!(committed(&bench, &group), [0, 0]);
    // What is there already may still be wanted: nothing is done.
    reset(&format!("--topic {topic} --to-latest --undo-file {undo}")).failed();
    assert_eq!(committed(&bench, &group), [0, 0]);
    reset(&format!("--from-file {undo}")).succeeded();
    assert_eq!(committed(&bench, &group), [2, 3]);
    let other = file("other.csv");
    bench.call("consumer-groups", &format!("--delete-offsets --group {group} --topic {topic}:1 --undo-file {other}")).succeeded();
    assert_eq!(committed(&bench, &group), [2]);
    reset(&format!("--from-file {other}")).succeeded();
    let last = file("last.csv");
    bench.call("consumer-groups", &format!("--delete --group {group} --undo-file {last}")).succeeded();
    reset(&format!("--from-file {last}")).succeeded();
    assert_eq!(committed(&bench, &group), [2, 3]);
}

#[test]
fn an_undo_names_the_groups_that_were_changed() {
    let Some(bench) = Bench::one() else { return };
    let (topic, busy) = behind(&bench);
    let (idle, none) = (unique("idle"), unique("none"));
    bench.client.commit(&idle, &[(topic.clone(), 0, 1, Some("noted".to_owned()))]).unwrap();
    let _member = bench.client.member(&busy, std::slice::from_ref(&topic), &Config::new(), true).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let delete = |name: &str, groups: &str| {
        let file = directory.path().join(name).display().to_string();
        let output = bench.call("consumer-groups", &format!("--delete {groups} --undo-file {file}"));
        (output.failed(), file)
    };
    let (err, file) = delete("undo.csv", &format!("--group {busy} --group {idle} --group {none}"));
    assert!(err.contains(&format!("--reset-offsets --group {idle} --from-file {file} --execute brings them back\n")), "{err}");
    assert!(err.contains(&format!("beside the offsets of group {idle} (metadata) is not kept\n")), "{err}");
    bench.call("consumer-groups", &format!("--reset-offsets --group {idle} --from-file {file} --execute")).succeeded();
    assert_eq!(committed(&bench, &idle), [1]);
    let (err, file) = delete("second.csv", &format!("--group {busy}"));
    assert!(err.contains(&format!("nothing was changed that {file} could bring back\n")), "{err}");
}

#[test]
fn what_an_undo_cannot_bring_back_is_told() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = (bench.client.topic(3), unique("partly"));
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("undo.csv").display().to_string();
    let reset = || {
        bench.call("consumer-groups", &format!("--reset-offsets --group {group} --topic {topic} --to-latest --execute --undo-file {file}"))
    };
    // A group without any offset has nothing to bring back, and an empty file would be no plan.
    let output = reset();
    output.succeeded();
    assert!(output.err().contains("there is no offset to keep") && !std::fs::exists(&file).unwrap(), "{output}");
    bench.call("consumer-groups", &format!("--delete-offsets --group {group} --topic {topic}:0,2")).succeeded();
    let output = reset();
    output.succeeded();
    assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{group},{topic},1,0\n"));
    assert!(output.err().contains(&format!("--delete-offsets --group {group} --topic {topic}:0,2 can\n")), "{output}");
}

#[test]
fn a_reset_that_finds_nothing_to_do_says_so() {
    let Some(bench) = Bench::one() else { return };
    let group = unique("mistyped");
    let output = bench.call("consumer-groups", &format!("--reset-offsets --group {group} --all-topics --to-earliest --execute"));
    output.succeeded();
    assert!(output.err().contains(&format!("group {group} has no offsets")), "{output}");
}

#[test]
fn a_reset_that_is_refused_is_a_row_for_each_group() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let line = format!("--reset-offsets --group {group} --topic {topic}:0,9 --to-latest --execute --output json");
    let refused = rows_of_failure(&bench.call("consumer-groups", &line));
    let words = format!("The partitions \"{topic}-9\" do not exist");
    assert_eq!((&refused[0]["group"], &refused[0]["outcome"], &refused[0]["error"]), (&json!(group), &json!("failed"), &json!(words)));
    assert_eq!(committed(&bench, &group), [2, 3]);
}

#[test]
fn every_group_that_is_not_deleted_is_told() {
    let Some(bench) = Bench::one() else { return };
    let groups = ["nosuch", "nosuch"].map(unique);
    let output = bench.fails_unlike_java("consumer-groups", &format!("--delete --group {} --group {}", groups[0], groups[1]));
    for group in &groups {
        assert!(output.err().contains(&format!("group {group} could not be deleted: ")), "{output}");
    }
}

#[test]
fn an_export_is_csv_wherever_it_can_be() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let export = |format: &str| {
        let line = format!("--reset-offsets --group {group} --all-topics --to-current --dry-run --export --output {format}");
        bench.call("consumer-groups", &line)
    };
    for format in ["text", "table"] {
        assert!(export(format).succeeded().contains(&format!("{topic},0,2\n")));
    }
    let output = export("json");
    output.succeeded();
    assert!(output.err().contains("--export"), "{output}");
}

#[test]
fn an_undo_is_for_what_changes() {
    let Some(bench) = Bench::one() else { return };
    for line in ["--describe --all-groups", "--list", "--reset-offsets --group g --all-topics --to-latest --dry-run"] {
        let output = bench.call("consumer-groups", &format!("{line} --undo-file /dev/null"));
        assert!(output.failed().contains("--undo-file"), "{output}");
    }
    let (topic, group) = behind(&bench);
    let line = format!("--reset-offsets --group {group} --topic {topic} --to-latest --execute --undo-file /no/such/directory");
    bench.call("consumer-groups", &line).failed();
    assert_eq!(committed(&bench, &group), [2, 3]);
}

#[test]
fn too_much_lag_fails_and_names_the_group() {
    let Some(bench) = Bench::one() else { return };
    let (_, group) = behind(&bench);
    bench.call("consumer-groups", &format!("--describe --group {group} --fail-if-lag-over 3")).succeeded();
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --fail-if-lag-over 2"));
    assert!(output.failed().contains(&format!("{group} (3)")), "{output}");
    assert!(output.out().contains("LAG"), "{output}");
    assert!(bench.call("consumer-groups", &format!("--describe --group {group} --fail-if-lag-over -1")).failed().contains("number"));
}

#[test]
fn partitions_that_are_read_can_be_left_out() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let rows = described(&bench, &group, "--lag-only");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((&rows[0]["topic"], &rows[0]["partition"]), (&json!(topic), &json!(0)));
}

#[test]
fn messages_that_are_gone_are_counted() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    bench.client.delete_records(&topic, 0, 4).unwrap();
    let rows = described(&bench, &group, "");
    let facts = |row: &Value| (row["log_start_offset"].clone(), row["lag"].clone(), row["gone"].clone());
    assert_eq!((facts(&rows[0]), facts(&rows[1])), ((json!(4), json!(3), json!(2)), (json!(0), json!(0), Value::Null)));
    let output = bench.call("consumer-groups", &format!("--describe --group {group}"));
    let words = format!("group {group}: 2 messages are gone: the log of {topic}-0 begins at 4, after the committed offset 2\n");
    assert!(output.err().contains(&words), "{output}");
    let table = bench.call("consumer-groups", &format!("--describe --group {group} --output table")).succeeded();
    assert!(table.contains("GONE") && table.contains("TOTAL LAG"), "{table}");
}

#[test]
fn an_offset_after_the_end_of_its_log_is_told_and_not_left_out() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = (bench.client.topic(1), unique("beyond"));
    bench.client.produce(&topic, &[Record::value("x")], &Config::new(), None).unwrap();
    bench.client.commit(&group, &[(topic.clone(), 0, 7, None)]).unwrap();
    let text = bench.as_java("consumer-groups", &format!("--describe --group {group}"));
    assert!(text.contains(" -6 "), "{text}");
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --lag-only --output json"));
    assert_eq!(rows(&output)[0]["lag"], json!(-6));
    assert!(output.err().contains(&format!("the log of {topic}-0 ends at 1, before the committed offset 7")), "{output}");
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --fail-if-lag-over 0"));
    assert!(output.failed().contains(&format!("{group} (up to 1)")), "{output}");
}

#[test]
fn a_member_that_has_never_committed_may_have_everything_to_read() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = (bench.client.topic(2), unique("stuck"));
    bench.client.produce(&topic, &vec![Record::value("x").to(1); 5], &Config::new(), None).unwrap();
    let _member = bench.client.member(&group, std::slice::from_ref(&topic), &Config::new(), true).unwrap();
    bench.client.group_rests(&group, 1).unwrap();
    bench.call("consumer-groups", &format!("--describe --group {group} --fail-if-lag-over 5")).succeeded();
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --fail-if-lag-over 4"));
    assert!(output.failed().contains(&format!("{group} (up to 5)")), "{output}");
}

#[test]
fn a_topic_that_was_deleted_under_a_member_is_a_row_with_an_error() {
    let Some(bench) = Bench::one() else { return };
    let (kept, deleted, group) = (bench.client.topic(1), bench.client.topic(1), unique("orphan"));
    let config = Config::from([("group.protocol".to_owned(), "classic".to_owned())]);
    // A member that lives would notice, and join again without the topic.
    killed_member(&bench.client, &group, &[kept.clone(), deleted.clone()], &config, 1).unwrap();
    bench.call("topics", &format!("--delete --topic {deleted}")).succeeded();
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --output json"));
    let rows = rows_of_failure(&output);
    let error = |topic: &str| rows.iter().find(|row| row["topic"] == topic).map(|row| row["error"].clone());
    let why = "This server does not host this topic-partition.";
    assert_eq!((error(&kept), error(&deleted)), (Some(json!(null)), Some(json!(why))), "{output}");
    assert!(output.err().ends_with(&format!("group {group}, partition {deleted}-0: {why}\n")), "{output}");
    let text = bench.call("consumer-groups", &format!("--describe --group {group}"));
    text.failed();
    assert!(text.out().contains(&kept) && text.out().contains(&deleted), "{text}");
}

#[test]
fn notes_on_groups_are_javas_and_come_before_each() {
    let Some(bench) = Bench::one() else { return };
    let ((topic, one), (_, other)) = (behind(&bench), behind(&bench));
    for view in ["", "--members", "--state"] {
        let line = format!("--describe --group {one} --group {other} {view}");
        bench.as_java("consumer-groups", &line);
        assert_eq!(bench.java("consumer-groups", &line).err(), bench.call("consumer-groups", &line).err(), "{line}");
    }
    let line = "$kafkabox consumer-groups --bootstrap-server $servers --describe --group $one --group $other 2>&1";
    let line = line.replace("$servers", &bench.servers).replace("$one", &one).replace("$other", &other);
    let together = bash(&line, LIMIT).succeeded();
    let place = |text: &str| together.find(text).unwrap_or_else(|| panic!("no {text}: {together}"));
    assert!(place(&format!("'{one}' has no active members")) < place(&topic), "{together}");
    assert!(place(&topic) < place(&format!("'{other}' has no active members")), "{together}");
}

#[test]
fn lag_is_watched_in_lines_of_json() {
    let Some(bench) = Bench::one() else { return };
    let (_, group) = behind(&bench);
    let mut call = command(BINARY);
    call.args(["consumer-groups", "--bootstrap-server", &bench.servers, "--describe", "--group", &group, "--watch", "0.2"]);
    let mut process = call.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut tick = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let first = tick();
    assert_eq!((&first["partitions"][0]["group"], &first["partitions"][0]["lag"]), (&json!(group), &json!(3)));
    assert_eq!(first["partitions"][0]["consumed_per_second"], Value::Null);
    let second = tick();
    assert_eq!((&second["partitions"][0]["consumed_per_second"], &second["partitions"][0]["drain_seconds"]), (&json!(0.0), &Value::Null));
    assert_eq!(second["partitions"][1]["drain_seconds"], json!(0.0));
    // Nobody reads any more: a normal end.
    drop(lines);
    assert_eq!(process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_watch_ends_when_there_is_too_much_lag() {
    let Some(bench) = Bench::one() else { return };
    let (_, group) = behind(&bench);
    let output = bench.call("consumer-groups", &format!("--describe --group {group} --watch 0.2 --fail-if-lag-over 2"));
    assert!(output.failed().contains(&group), "{output}");
    assert_eq!(output.out().lines().count(), 1, "{output}");
}

#[test]
fn a_reset_tells_what_the_groups_have_now() {
    let Some(bench) = Bench::one() else { return };
    let (topic, group) = behind(&bench);
    let line = format!("--reset-offsets --group {group} --topic {topic} --to-offset 4 --execute --output json");
    let reset = rows(&bench.call("consumer-groups", &line));
    let facts = |row: &Value| (row["old_offset"].clone(), row["new_offset"].clone(), row["outcome"].clone());
    assert_eq!(facts(&reset[0]), (json!(2), json!(4), json!("reset")));
    assert_eq!(facts(&reset[1]), (json!(3), json!(3), json!("reset")));
}
