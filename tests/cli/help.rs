//! Help, version, and the command that a name means.

use std::os::unix::fs::symlink;

use crate::support::kafkabox::{BINARY, LIMIT, command, kafkabox, words};
use crate::support::process::run;

/// The tools that mirror a script of Kafka.
pub const TOOLS: [&str; 5] = ["topics", "console-producer", "console-consumer", "consumer-groups", "configs"];

#[test]
fn help_goes_to_stdout_and_succeeds() {
    for tool in TOOLS {
        for help in ["--help", "-help"] {
            let output = kafkabox(&[tool, help]);
            let text = output.succeeded();
            assert!(text.contains(&format!("Usage: kafkabox {tool} [OPTIONS]")), "{output}");
            assert!(text.contains("--bootstrap-server <"), "{output}");
            assert_eq!(output.err(), "");
        }
    }
}

#[test]
fn the_overview_names_every_command() {
    for line in ["--help", "-h", "help"] {
        let text = words(line).succeeded();
        for command in TOOLS.iter().chain(&["sandbox", "links"]) {
            assert!(text.contains(&format!("\n  {command} ")), "{command} is missing:\n{text}");
        }
    }
}

#[test]
fn a_call_without_options_gets_the_help_and_has_failed() {
    for tool in TOOLS {
        let output = words(tool);
        assert!(output.failed().contains(&format!("Usage: kafkabox {tool} [OPTIONS]")), "{output}");
        assert_eq!(output.out(), "");
    }
}

#[test]
fn version_names_the_program_as_it_was_called() {
    let directory = tempfile::tempdir().unwrap();
    let version = format!("{} (mirrors the tools of Apache Kafka 4.3.1)\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(words("--version").succeeded(), format!("kafkabox {version}"));
    for tool in TOOLS {
        assert_eq!(words(&format!("{tool} --version")).succeeded(), format!("kafkabox {tool} {version}"));
        for name in [format!("kafka-{tool}.sh"), format!("kafka-{tool}")] {
            let link = directory.path().join(&name);
            symlink(BINARY, &link).unwrap();
            assert_eq!(run(command(&link).arg("--version"), b"", LIMIT).succeeded(), format!("{name} {version}"));
        }
    }
}

#[test]
fn a_link_is_known_by_its_exact_name_in_any_directory() {
    let directory = tempfile::tempdir().unwrap();
    let below = directory.path().join("kafka-configs.sh").join("bin");
    std::fs::create_dir_all(&below).unwrap();
    for name in ["kafka-topics.sh", "my-kafka-topics.sh", "kafka-topics.sh.old", "kafka-links"] {
        symlink(BINARY, below.join(name)).unwrap();
    }
    let call = |program: &str| run(command(program).args(["--list", "--nosuch"]).current_dir(&below), b"", LIMIT).failed();
    assert!(call("./kafka-topics.sh").starts_with("kafka-topics.sh: nosuch is not a recognized option"));
    for other in ["my-kafka-topics.sh", "kafka-topics.sh.old", "kafka-links"] {
        let text = call(&format!("./{other}"));
        assert!(text.starts_with("kafkabox: there is no command '--list'"), "{other}: {text}");
    }
}

#[test]
fn unknown_commands_get_the_nearest_name() {
    assert_eq!(words("topic --list").failed(), "kafkabox: there is no command 'topic'; did you mean kafkabox topics?\n");
    assert_eq!(words("kafka-configs.sh").failed(), "kafkabox: there is no command 'kafka-configs.sh'; did you mean kafkabox configs?\n");
    let text = kafkabox::<&str>(&[]).failed();
    assert!(text.starts_with("kafkabox: no command given; one of topics, "), "{text}");
}
