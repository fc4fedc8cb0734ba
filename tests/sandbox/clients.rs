//! Clients that are not ours: what works with them works as Kafka does.

use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::start;
use crate::support::kafka::{self, run_tool};
use crate::support::kafkabox::{BINARY, command};
use crate::support::process::{Output, run};

/// How long one call of a client may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs a client that the machine may not have; `KAFKABOX_REQUIRE_CLIENTS=1` says that it must.
fn client(probe: &[&str], missing: &str) -> bool {
    let found = Command::new(probe[0]).args(&probe[1..]).output().is_ok_and(|output| output.status.success());
    let required = std::env::var_os("KAFKABOX_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
    assert!(found || !required, "{missing} is not on this machine");
    if !found {
        // Not by a macro: those are captured by the test runner, and this has to be seen.
        let _ = writeln!(std::io::stderr(), "\n!!! LEFT OUT: the sandbox against {missing}, which is not on this machine\n");
    }
    found
}

fn kcat(servers: &str, line: &str, stdin: &[u8]) -> Output {
    run(command("kcat").args(["-b", servers]).args(line.split_whitespace()), stdin, LIMIT)
}

fn ours(servers: &str, line: &str, stdin: &[u8]) -> Output {
    run(command(BINARY).env("KAFKA_BOOTSTRAP_SERVERS", servers).args(line.split_whitespace()), stdin, LIMIT)
}

/// Lines that no codec can make nothing of.
fn lines(count: usize) -> String {
    (0..count).fold(String::new(), |lines, number| lines + &format!("{number} {}\n", number * 7919 % 10_007))
}

#[test]
fn kcat_writes_with_every_codec_what_both_read() {
    if !client(&["kcat", "-V"], "kcat") {
        return;
    }
    let sandbox = start();
    let servers = sandbox.address().to_string();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let topic = format!("codec-{codec}");
        kcat(&servers, &format!("-P -t {topic} -p 0 -z {codec}"), lines(5000).as_bytes()).succeeded();
        assert_eq!(kcat(&servers, &format!("-C -t {topic} -e -q"), b"").succeeded(), lines(5000), "{codec}");
        let read = ours(&servers, &format!("console-consumer --topic {topic} --from-beginning --max-messages 5000"), b"");
        assert_eq!(read.succeeded(), lines(5000), "{codec}");
    }
    // And what we write, with Java's codecs, kcat reads.
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let topic = format!("ours-{codec}");
        ours(&servers, &format!("topics --create --topic {topic}"), b"").succeeded();
        ours(&servers, &format!("console-producer --topic {topic} --compression-codec {codec}"), lines(5000).as_bytes()).succeeded();
        assert_eq!(kcat(&servers, &format!("-C -t {topic} -e -q"), b"").succeeded(), lines(5000), "{codec}");
    }
}

#[test]
fn kcat_finds_offsets_by_time_and_joins_groups() {
    if !client(&["kcat", "-V"], "kcat") {
        return;
    }
    let sandbox = start();
    let servers = sandbox.address().to_string();
    kcat(&servers, "-P -t t -K: -H a=b", b"k1:v1\nk2:v2\n").succeeded();
    let stamps = kcat(&servers, "-C -t t -e -q -f %T\\n", b"").succeeded();
    let stamps: Vec<&str> = stamps.lines().collect();
    let found = kcat(&servers, &format!("-Q -t t:0:{}", stamps[1]), b"").succeeded();
    let expected = if stamps[0] == stamps[1] { "t [0] offset 0\n" } else { "t [0] offset 1\n" };
    assert_eq!(found, expected);
    let read = kcat(&servers, "-G g -X auto.offset.reset=earliest -c 2 -q -f %k=%s,%h,%o\\n t", b"").succeeded();
    assert_eq!(read, "k1=v1,a=b,0\nk2=v2,a=b,1\n");
    let described = ours(&servers, "consumer-groups --describe --group g --output json", b"").succeeded();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&described).unwrap();
    assert_eq!(rows.len(), 1, "{described}");
    for (field, value) in [("current_offset", 2), ("log_end_offset", 2), ("lag", 0)] {
        assert_eq!(rows[0][field], value, "{described}");
    }
}

#[test]
fn kafka_python_does_the_main_jobs() {
    if !client(&["python3", "-c", "import kafka"], "kafka-python") {
        return;
    }
    let sandbox = start();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/client.py");
    let output = run(Command::new("python3").arg(script).arg(sandbox.address().to_string()), b"", LIMIT).succeeded();
    let expected = "\
        topics ['python']\n\
        partitions 3\n\
        records 300 True\n\
        headers ['0', '100', '200']\n\
        committed 7\n\
        by time 66 200\n\
        ends [100, 100, 100]\n";
    assert!(output.starts_with(expected), "{output}");
    assert!(output.contains("'snake'") && output.ends_with("after []\n"), "{output}");
}

/// Transactions that are committed, aborted, left open, fenced and late; offsets in them; a static member that comes back.
#[test]
fn kafka_python_has_transactions_and_static_members() {
    if !client(&["python3", "-c", "import kafka; assert hasattr(kafka.KafkaProducer, 'begin_transaction')"], "kafka-python 3") {
        return;
    }
    let sandbox = start();
    let servers = sandbox.address().to_string();
    ours(&servers, "topics --create --topic t", b"").succeeded();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sandbox/transactions.py");
    let output = run(Command::new("python3").arg(script).arg(&servers), b"", LIMIT).succeeded();
    let expected = "\
        committed ['committed'] ['committed', 'aborted']\n\
        offset in the transaction None\n\
        offset after it 4\n\
        while one is open ['committed'] ['committed', 'aborted', 'open']\n\
        fenced ProducerFencedError\n\
        after it was fenced ['committed']\n\
        in the end ['committed', 'of the second']\n\
        timed out ProducerFencedError\n\
        then ['committed', 'of the second']\n\
        static True static\n";
    assert_eq!(output, expected);
    let members = ours(&servers, "consumer-groups --describe --members --group g --output json", b"").succeeded();
    assert_eq!(members.matches(r#""group_instance_id":"static""#).count(), 1, "{members}");
}

#[test]
fn the_java_tools_do_the_main_jobs() {
    let Some(release) = kafka::release() else { return };
    let sandbox = start();
    let servers = sandbox.address().to_string();
    let java = |tool: &str, line: &str, stdin: &[u8]| {
        let words: Vec<&str> = ["--bootstrap-server", &servers].into_iter().chain(line.split_whitespace()).collect();
        run_tool(release, tool, &words, stdin, Path::new("/"), LIMIT).succeeded()
    };
    assert_eq!(java("topics", "--create --topic j --partitions 2 --config retention.ms=1000", b""), "Created topic j.\n");
    java("console-producer", "--topic j --command-property enable.idempotence=true", lines(2000).as_bytes());
    let mut read: Vec<String> =
        java("console-consumer", "--topic j --group g --from-beginning --max-messages 2000", b"").lines().map(str::to_owned).collect();
    let mut written: Vec<String> = lines(2000).lines().map(str::to_owned).collect();
    read.sort();
    written.sort();
    assert_eq!(read, written);
    java("configs", "--alter --entity-type topics --entity-name j --add-config max.message.bytes=2000000", b"");
    // The same question has the same answer through both tools, the ids included.
    for (tool, line) in [
        ("topics", "--list"),
        ("topics", "--describe --topic j"),
        ("configs", "--describe --entity-type topics --entity-name j"),
        ("configs", "--describe --all --entity-type topics --entity-name j"),
        ("configs", "--describe --all --entity-type brokers --entity-name 1"),
        ("consumer-groups", "--list"),
        ("consumer-groups", "--describe --group g"),
        ("consumer-groups", "--describe --state --group g"),
    ] {
        assert_eq!(java(tool, line, b""), ours(&servers, &format!("{tool} {line}"), b"").succeeded(), "{tool} {line}");
    }
    java("consumer-groups", "--reset-offsets --to-earliest --group g --topic j --execute", b"");
    java("consumer-groups", "--delete --group g", b"");
    java("topics", "--delete --topic j", b"");
    assert_eq!(java("topics", "--list", b""), "__consumer_offsets\n");
}

#[test]
fn the_java_clients_have_transactions_static_members_and_the_new_protocol() {
    let Some(release) = kafka::release() else { return };
    let sandbox = start();
    let servers = sandbox.address().to_string();
    let java = |tool: &str, line: &str| {
        let words: Vec<&str> = ["--bootstrap-server", &servers].into_iter().chain(line.split_whitespace()).collect();
        run_tool(release, tool, &words, b"", Path::new("/"), LIMIT).succeeded()
    };
    java("topics", "--create --topic j");
    let transactions = "--transactional-id x --transaction-duration-ms 1";
    let produced = java("producer-perf-test", &format!("--topic j --num-records 500 --record-size 50 --throughput 2000 {transactions}"));
    assert!(produced.contains("500 records sent"), "{produced}");
    let settings = |group: &str, settings: &[&str]| {
        let settings = settings.iter().fold(String::new(), |line, setting| line + " --command-property " + setting);
        format!("--topic j --group {group} --from-beginning --max-messages 500 --isolation-level read_committed{settings}")
    };
    for (group, member, all) in [
        ("classic", "", &["group.protocol=classic"][..]),
        ("new", "", &["group.protocol=consumer"]),
        ("classic-static", "s1", &["group.protocol=classic", "group.instance.id=s1"]),
        ("new-static", "s2", &["group.protocol=consumer", "group.instance.id=s2"]),
    ] {
        let read = java("console-consumer", &settings(group, all));
        assert_eq!(read.lines().count(), 500, "{group}");
        // Static members stay for as long as their session.
        let members = ours(&servers, &format!("consumer-groups --describe --members --group {group} --output json"), b"").succeeded();
        assert_eq!(members.contains(&format!(r#""group_instance_id":"{member}""#)), !member.is_empty(), "{members}");
        // What was read is committed at the end.
        let line = format!("--describe --offsets --group {group}");
        let (theirs, offsets) = (java("consumer-groups", &line), ours(&servers, &format!("consumer-groups {line} --output json"), b""));
        assert!(theirs.contains(group), "{theirs}");
        let rows: Vec<serde_json::Value> = serde_json::from_str(&offsets.succeeded()).unwrap();
        assert_eq!(rows.len(), 1, "{offsets}");
        assert!(rows.iter().all(|row| row["current_offset"].as_i64().is_some_and(|offset| offset > 0)), "{offsets}");
    }
    let list = "consumer-groups --list --type consumer";
    let new = ours(&servers, &format!("{list} --output json"), b"").succeeded();
    assert_eq!(new.matches(r#""group":"new"#).count(), 2, "{new}");
    assert_eq!(new.matches(r#""group":""#).count(), 2, "{new}");
}
