//! `kafkabox sandbox`, `sandbox run` and `sandbox --demo`.

use std::net::{TcpListener, TcpStream};
use std::path::Path;

use crate::support::kafkabox::{BINARY, LIMIT, command, kafkabox, words};
use crate::support::process::{Exit, Live, run};

/// `kafkabox sandbox WORDS`, running.
fn live(words: &[&str]) -> Live {
    Live::start(command(BINARY).arg("sandbox").args(words))
}

#[test]
fn the_address_is_the_one_line_on_stdout() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut sandbox = live(&["--port", "0", "--topic", "orders:3", "--topic", "clicks"]);
        let line = sandbox.lines(1, LIMIT);
        let address = line.trim_end();
        assert!(address.starts_with("127.0.0.1:"), "{line}");
        let list = words(&format!("topics --bootstrap-server {address} --list"));
        assert_eq!(list.succeeded(), "clicks\norders\n");
        let described = words(&format!("topics --bootstrap-server {address} --describe --topic orders --output tsv"));
        assert_eq!(described.succeeded().lines().count(), 1 + 3);
        sandbox.signal(signal);
        let output = sandbox.end(LIMIT);
        assert_eq!((output.exit, output.out()), (Exit::Code(code), line.clone()), "{output}");
        assert!(output.err().contains(&format!("\n  export KAFKA_BOOTSTRAP_SERVERS={address}\n")), "{output}");
        assert!(output.err().contains("\n  kafkabox topics --describe --topic orders\n"), "{output}");
        assert!(TcpStream::connect(address).is_err(), "{address} still listens");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let expected = format!("kafkabox sandbox: port {port} of 127.0.0.1 is in use; --port takes another, and any free one if it is 0\n");
    for words in [&["sandbox", "--port", &port][..], &["sandbox", "--port", &port, "run", "--", "true"]] {
        let output = kafkabox(words);
        assert_eq!(output.failed(), expected);
        assert_eq!(output.out(), "");
    }
}

#[test]
fn topics_that_no_broker_makes_are_refused() {
    let refused = |words: &[&str]| kafkabox(&[&["sandbox", "--port", "0"], words].concat()).failed();
    assert_eq!(
        refused(&["--topic", "a b:2"]),
        "kafkabox sandbox: topic a b: Topic name is invalid: 'a b' contains one or more characters other than ASCII \
         alphanumerics, '.', '_' and '-'\n"
    );
    assert_eq!(refused(&["--topic", "a", "--topic", "a:2"]), "kafkabox sandbox: topic a: Topic 'a' already exists.\n");
    assert_eq!(
        refused(&["--topic", "a:many"]),
        "kafkabox sandbox: --topic a:many: 'many' is not a number of partitions; NAME:PARTITIONS with at least 1 partition\n"
    );
}

#[test]
fn run_ends_as_its_command_does() {
    let code = |words: &[&str]| {
        let output = kafkabox(&[&["sandbox", "run", "--"], words].concat());
        assert_eq!(output.out(), "");
        (output.exit, output.err())
    };
    assert_eq!(code(&["true"]), (Exit::Code(0), String::new()));
    assert_eq!(code(&["sh", "-c", "exit 7"]), (Exit::Code(7), String::new()));
    assert_eq!(code(&["sh", "-c", "kill -KILL $$"]), (Exit::Code(137), String::new()));
    let missing = "kafkabox sandbox: cannot run /nosuch/command: No such file or directory\n";
    assert_eq!(code(&["/nosuch/command"]), (Exit::Code(127), missing.into()));
    assert_eq!(code(&["/etc/passwd"]), (Exit::Code(126), "kafkabox sandbox: cannot run /etc/passwd: Permission denied\n".into()));
}

#[test]
fn run_leaves_words_and_streams_to_its_command() {
    let words = ["sandbox", "run", "--", "sh", "-c", "printf '%s|' \"$@\"; cat; cat >&2 /dev/null", "x", "--port", "--", "--help", "", "-"];
    let output = run(command(BINARY).args(words), b"from stdin\n", LIMIT);
    assert_eq!(output.succeeded(), "--port|--|--help||-|from stdin\n");
    assert_eq!(output.err(), "");
}

#[test]
fn run_gives_its_command_a_broker_that_ends_with_it() {
    let script = "echo $KAFKA_BOOTSTRAP_SERVERS; \"$0\" topics --list";
    let output = kafkabox(&["sandbox", "--topic", "orders:3", "run", "--", "sh", "-c", script, BINARY]);
    let text = output.succeeded();
    let (address, topics) = text.split_once('\n').unwrap();
    assert_eq!(topics, "orders\n");
    assert!(TcpStream::connect(address).is_err(), "{address} still listens");
}

#[test]
fn run_passes_signals_on_and_leaves_nothing_behind() {
    for (signal, code) in [("TERM", 143), ("INT", 130), ("HUP", 129)] {
        let mut sandbox = live(&["run", "--", "sh", "-c", "echo $$; exec cat"]);
        let process = sandbox.lines(1, LIMIT);
        sandbox.signal(signal);
        let output = sandbox.end(LIMIT);
        assert_eq!((output.exit, output.err()), (Exit::Code(code), String::new()), "{signal}");
        assert!(!Path::new("/proc").join(process.trim()).exists(), "{process} was left running");
    }
    // A command that has its own idea of a signal is waited for, however many come.
    let script = "n=0; trap 'n=$((n + 1)); echo $n; [ $n -lt 2 ] || exit 3' TERM; echo ready; while :; do read -r -t 0.05; done";
    let mut sandbox = live(&["run", "--", "bash", "-c", script]);
    sandbox.lines(1, LIMIT);
    sandbox.signal("TERM");
    sandbox.lines(2, LIMIT);
    sandbox.signal("TERM");
    let output = sandbox.end(LIMIT);
    assert_eq!((output.exit, output.out()), (Exit::Code(3), "ready\n1\n2\n".into()), "{output}");
}

#[test]
fn records_beyond_the_memory_are_dropped_and_that_is_told() {
    let mut sandbox = live(&["--port", "0", "--topic", "t", "--memory", "1"]);
    let address = sandbox.lines(1, LIMIT).trim_end().to_owned();
    let resident = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", sandbox.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap()
    };
    let before = resident();
    // 20 MB, of which the last one or so are kept.
    let records = (0..100_000).fold(String::new(), |lines, number| lines + &format!("{number:0199}\n"));
    let servers = ["--bootstrap-server", &address, "--topic", "t"];
    run(command(BINARY).arg("console-producer").args(servers), records.as_bytes(), LIMIT).succeeded();
    let read = run(command(BINARY).arg("console-consumer").args(servers).args(["--from-beginning", "--max-messages", "1"]), b"", LIMIT);
    let first: u64 = read.succeeded().trim_end().parse().unwrap();
    assert!((90_000..100_000).contains(&first), "{first}");
    let most = resident();
    assert!(most < before + (16 << 10), "{most} kB after {before} kB");
    sandbox.signal("TERM");
    let told = sandbox.end(LIMIT).err();
    assert!(told.contains("the 1 MB for records are full: 1 batch was dropped, the oldest; t-0 now starts at offset "), "{told}");
}

/// The README's first command.
#[test]
fn the_demonstration_shows_the_five_tools() {
    let output = words("sandbox --demo");
    let text = output.succeeded();
    let steps: Vec<(&str, &str)> = text.split("$ ").skip(1).map(|step| step.split_once('\n').unwrap()).collect();
    for tool in crate::cli::help::TOOLS {
        assert!(steps.iter().any(|(line, _)| line.contains(&format!("kafkabox {tool} "))), "{tool} is missing:\n{output}");
    }
    let shown = |words: &str| steps.iter().find(|(line, _)| line.contains(words)).unwrap_or_else(|| panic!("{words}: {output}")).1;
    assert_eq!(shown("--create"), "Created topic orders.\n\n");
    assert_eq!(shown("topics --describe").matches("\tLeader: 1\t").count(), 3, "{output}");
    assert_eq!(shown("console-consumer").trim_end().lines().count(), 5, "{output}");
    let rows: Vec<serde_json::Value> = serde_json::from_str(shown("--output json")).unwrap_or_else(|error| panic!("{error}: {output}"));
    let lag: i64 = rows.iter().map(|row| row["lag"].as_i64().unwrap_or_default()).sum();
    let unread: i64 = rows.iter().filter(|row| row["lag"].is_null()).map(|row| row["log_end_offset"].as_i64().unwrap()).sum();
    assert_eq!(lag + unread, 1000 - 5, "{output}");
    assert!(shown("configs --describe").contains("retention.ms=3600000"), "{output}");
    let last = output.err();
    assert!(last.ends_with("The broker of this demonstration is gone; 'kafkabox sandbox' starts one that stays.\n"), "{output}");
}
