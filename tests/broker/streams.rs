//! What stdout is decides what goes there.

use std::fs::File;
use std::os::unix::fs::symlink;

use super::Bench;
use crate::support::kafkabox::{BINARY, LIMIT, command};
use crate::support::process::{run, run_into};

/// What a program prints when stdout is a terminal.
fn on_terminal(line: &str) -> String {
    let mut script = command("script");
    let output = run(script.env("TERM", "dumb").args(["--quiet", "--return", "--command", line, "/dev/null"]), b"", LIMIT);
    output.succeeded().replace('\r', "")
}

#[test]
fn a_terminal_gets_a_table_and_a_script_gets_javas_text() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    let directory = tempfile::tempdir().unwrap();
    let link = directory.path().join("kafka-topics.sh");
    symlink(BINARY, &link).unwrap();
    let options = format!("--bootstrap-server {} --list --topic {topic}", bench.servers);
    // A terminal that does not know its width, as here, and one that does.
    for width in ["", "stty columns 100;"] {
        let table = on_terminal(&format!("{width} {BINARY} topics {options}"));
        assert!(table.contains("│ TOPIC ") && table.contains(&format!("│ {topic} │")), "{table}");
    }
    assert_eq!(on_terminal(&format!("{} {options}", link.display())), format!("{topic}\n"));
    assert_eq!(on_terminal(&format!("{BINARY} topics {options} --output text")), format!("{topic}\n"));
    assert_eq!(bench.call("topics", &format!("--list --topic {topic}")).succeeded(), format!("{topic}\n"));
}

#[test]
fn a_reader_that_has_gone_is_a_normal_end() {
    let Some(bench) = Bench::one() else { return };
    bench.client.topic(1);
    for format in ["text", "json", "tsv", "table"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let words = ["topics", "--bootstrap-server", &bench.servers, "--list", "--output", format];
        let output = run_into(writer, command(BINARY).args(words), b"", LIMIT);
        output.succeeded();
        assert_eq!(output.err(), "");
    }
}

#[test]
fn a_full_disk_is_told_in_one_line() {
    let Some(bench) = Bench::one() else { return };
    bench.client.topic(1);
    for format in ["text", "json", "tsv", "table"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let words = ["topics", "--bootstrap-server", &bench.servers, "--list", "--output", format];
        let text = run_into(full, command(BINARY).args(words), b"", LIMIT).failed();
        assert_eq!(text, "kafkabox topics: cannot write the output: No space left on device\n");
    }
}

#[test]
fn one_of_the_bootstrap_servers_is_enough() {
    let Some(bench) = Bench::one() else { return };
    let topic = bench.client.topic(1);
    for servers in [format!("127.0.0.1:1,{}", bench.servers), format!("{},127.0.0.1:1", bench.servers)] {
        let words = ["topics", "--bootstrap-server", &servers, "--list", "--topic", &topic];
        let output = run(command(BINARY).args(words), b"", LIMIT);
        assert_eq!((output.succeeded(), output.err()), (format!("{topic}\n"), String::new()));
    }
}
