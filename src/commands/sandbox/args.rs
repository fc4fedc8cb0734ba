//! The options of `kafkabox sandbox`.

#![cfg_attr(not(feature = "sandbox"), allow(dead_code, reason = "without the broker the command line is only checked"))]

use clap::{ArgMatches, Args as _, Command, FromArgMatches};

use crate::failure::Failure;

/// The port that clients expect a broker on.
const DEFAULT_PORT: u16 = 9092;

const ABOUT: &str = "Start an in-memory Kafka broker to try things on";

const USAGE: &str = "kafkabox sandbox [OPTIONS]
       kafkabox sandbox [OPTIONS] run -- COMMAND [ARGUMENTS]
       kafkabox sandbox --demo";

/// One line for each paragraph: they are broken where the terminal's lines end.
const MORE: &str = "\
The broker listens on 127.0.0.1 only, and its data ends with it. It is for trying and for testing, not for data. It does \
not simulate replication, retention, compaction, a topic's own compression, authorisation, TLS and SASL, throttling by \
quotas, groups with members of both protocols, and share groups.

The one line on stdout is the address; everything else is said on stderr. Ctrl-C or SIGTERM ends the broker.

'run' starts a broker on a free port, runs COMMAND with KAFKA_BOOTSTRAP_SERVERS set to its address, and ends it when COMMAND \
ends. Signals are passed on to COMMAND. The exit code is COMMAND's: 128 and the number of the signal if one killed it, 127 \
if there is no such command, 126 if it cannot be started.";

#[derive(clap::Args, Debug)]
struct Args {
    /// The port on 127.0.0.1; 0 takes a free one [default: 9092; with run and --demo 0]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// A topic that is there from the start, NAME or NAME:PARTITIONS, any number of times
    #[arg(long, value_name = "TOPIC", action = clap::ArgAction::Append)]
    topic: Vec<String>,
    /// How much memory records may take, in MB; beyond it the oldest are dropped [default: 256]
    #[arg(long, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..=1_048_576))]
    memory: Option<u32>,
    /// Show the five tools at work on a broker of their own
    #[arg(long)]
    demo: bool,
    /// Run COMMAND with a broker of its own
    #[arg(value_name = "run")]
    run: Option<String>,
    /// The command to run, after --, with its arguments
    #[arg(value_name = "COMMAND", num_args = 0..)]
    command: Vec<String>,
}

/// How the broker is to be started.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Start {
    /// 0 for any.
    pub port: u16,
    /// Names and numbers of partitions.
    pub topics: Vec<(String, i32)>,
    /// In bytes; none for the broker's default.
    pub memory: Option<usize>,
}

/// What the command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// A broker until a signal comes.
    Serve(Start),
    /// A broker for as long as a command runs: its name and its arguments.
    Run(Start, String, Vec<String>),
    /// The five tools on a broker of their own.
    Demo(Start),
}

pub(in crate::commands) fn command() -> Command {
    Args::augment_args(Command::new("sandbox")).about(ABOUT).override_usage(USAGE).after_help(MORE)
}

/// What the command line asks for.
///
/// # Errors
/// A usage error.
pub(super) fn action(matches: &ArgMatches) -> Result<Action, Failure> {
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    if let Some(word) = args.run.as_deref().filter(|word| *word != "run") {
        return Err(Failure::usage(format!("'{word}' is neither an option nor 'run'")));
    }
    let alone = args.run.is_none() && !args.demo;
    let start = Start {
        port: args.port.unwrap_or(if alone { DEFAULT_PORT } else { 0 }),
        topics: args.topic.iter().map(|topic| topic_of(topic)).collect::<Result<_, _>>()?,
        memory: args.memory.map(|megabytes| usize::try_from(megabytes).unwrap_or(usize::MAX).saturating_mul(1 << 20)),
    };
    let mut command = args.command.into_iter();
    match (args.run.is_some(), args.demo, command.next()) {
        (true, true, _) => Err(Failure::usage("'run' and --demo do not go together")),
        (true, false, Some(name)) if !name.is_empty() => Ok(Action::Run(start, name, command.collect())),
        (true, false, _) => Err(Failure::usage("COMMAND is missing").hinted("kafkabox sandbox run -- COMMAND ...")),
        (false, true, _) => Ok(Action::Demo(start)),
        (false, false, _) => Ok(Action::Serve(start)),
    }
}

/// `NAME` or `NAME:PARTITIONS`.
fn topic_of(text: &str) -> Result<(String, i32), Failure> {
    let Some((name, partitions)) = text.rsplit_once(':') else { return Ok((text.to_owned(), 1)) };
    match partitions.parse() {
        Ok(count @ 1..) => Ok((name.to_owned(), count)),
        _ => Err(Failure::usage(format!("--topic {text}: '{partitions}' is not a number of partitions"))
            .hinted("NAME:PARTITIONS with at least 1 partition")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli;

    fn asked(words: &[&str]) -> Result<Action, String> {
        let words = words.iter().map(std::ffi::OsString::from);
        let parsed = cli::parse(&cli::applet(command()), words).map_err(|refusal| refusal.failure);
        let complaint = |failure: Failure| failure.complaint().unwrap().message.clone();
        parsed.and_then(|parsed| action(&parsed.matches)).map_err(complaint)
    }

    fn start(port: u16) -> Start {
        Start { port, topics: vec![], memory: None }
    }

    #[test]
    fn a_broker_alone_has_the_usual_port_and_others_any() {
        assert_eq!(asked(&[]), Ok(Action::Serve(start(9092))));
        assert_eq!(asked(&["--port", "0"]), Ok(Action::Serve(start(0))));
        assert_eq!(asked(&["--demo"]), Ok(Action::Demo(start(0))));
        assert_eq!(asked(&["run", "--", "x"]), Ok(Action::Run(start(0), "x".into(), vec![])));
        assert_eq!(asked(&["--port=7", "run", "--", "x"]), Ok(Action::Run(start(7), "x".into(), vec![])));
        assert_eq!(asked(&["--memory", "1"]), Ok(Action::Serve(Start { memory: Some(1 << 20), ..start(9092) })));
    }

    #[cfg(feature = "sandbox")]
    #[test]
    fn the_help_names_the_brokers_default() {
        let mut args = command();
        let help = args.render_long_help().to_string();
        assert!(help.contains(&format!("[default: {}]", crate::sandbox::DEFAULT_MEMORY >> 20)), "{help}");
    }

    #[test]
    fn the_words_of_a_command_are_its_own() {
        let words = ["sh", "-c", "--port", "--", "--help", "", "run", "--topic=x", "-"];
        let expected = words[1..].iter().map(|word| (*word).to_owned()).collect();
        let line = [&["run", "--topic", "a", "--"], &words[..]].concat();
        let topics = vec![("a".to_owned(), 1)];
        assert_eq!(asked(&line), Ok(Action::Run(Start { topics, ..start(0) }, "sh".into(), expected)));
        assert_eq!(asked(&["run", "kcat", "-L"]), Err("L is not a recognized option".into()));
    }

    #[test]
    fn topics_have_a_name_and_perhaps_a_number() {
        let topics = |words: &[&str]| match asked(words)? {
            Action::Serve(start) => Ok(start.topics),
            other => panic!("{other:?}"),
        };
        let expected = vec![("a".to_owned(), 1), ("b".to_owned(), 3)];
        assert_eq!(topics(&["--topic", "a", "--topic", "b:3"]), Ok(expected));
        for (topic, wrong) in [("a:", ""), ("a:x", "x"), ("a:0", "0"), ("a:-1", "-1"), ("a:99999999999", "99999999999")] {
            assert_eq!(topics(&["--topic", topic]), Err(format!("--topic {topic}: '{wrong}' is not a number of partitions")));
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        assert_eq!(asked(&["run"]), Err("COMMAND is missing".into()));
        assert_eq!(asked(&["run", "--", ""]), Err("COMMAND is missing".into()));
        assert_eq!(asked(&["--demo", "run", "--", "x"]), Err("'run' and --demo do not go together".into()));
        assert_eq!(asked(&["start"]), Err("'start' is neither an option nor 'run'".into()));
        assert_eq!(asked(&["--port", "65536"]), Err("Cannot parse argument '65536' of option port".into()));
        assert_eq!(asked(&["--memory", "0"]), Err("Cannot parse argument '0' of option memory".into()));
    }
}
