//! What the README shows is what the tools take.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;

use kafkabox::cli;
use kafkabox::commands::APPLETS;
use kafkabox::multicall::{Applet, BINARY};

use crate::support::blessing::in_repository;

/// One call of a tool in the README.
struct Example {
    line: String,
    applet: &'static Applet,
    words: Vec<String>,
}

#[test]
fn every_example_is_understood() {
    let mut refused = Vec::new();
    for Example { line, applet, words } in examples() {
        match cli::parse(&applet.definition(applet.name), words.into_iter().map(OsString::from)) {
            Ok(parsed) if parsed.warnings.is_empty() => {}
            Ok(parsed) => refused.push(format!("{line}\n  warns: {:?}", parsed.warnings)),
            Err(refusal) => refused.push(format!("{line}\n  {:?}", refusal.failure)),
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn every_tool_has_an_example() {
    let shown: BTreeSet<&str> = examples().iter().map(|example| example.applet.name).collect();
    let all: BTreeSet<&str> = APPLETS.iter().map(|applet| applet.name).collect();
    assert_eq!(shown, all);
}

/// What it shows is looked at by `sandbox::command`.
#[test]
fn the_first_command_is_the_demonstration() {
    assert_eq!(shell_lines(&readme())[0], "cargo run -- sandbox --demo");
}

/// `.ci/run` takes the test command from the README.
#[test]
fn one_command_runs_all_tests() {
    let commands: Vec<String> = shell_lines(&readme()).into_iter().filter(|line| line.starts_with("cargo test")).collect();
    assert_eq!(commands.len(), 1, "{commands:?}");
}

#[test]
fn examples_are_found_wherever_they_stand() {
    let text = "```sh\n$ seq 3 | kafkabox console-producer --topic 'a b' \\\n    --sync > /dev/null && x=1 ./kafka-topics.sh --list 2>&1\n```\n\
                ```text\nkafkabox topics --nosuch\n```\n";
    let found: Vec<(&str, Vec<String>)> =
        shell_lines(text).iter().flat_map(|line| calls(line)).map(|call| (call.applet.name, call.words)).collect();
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    assert_eq!(found, [("console-producer", words(&["--topic", "a b", "--sync"])), ("topics", words(&["--list"]))]);
}

fn readme() -> String {
    fs::read_to_string(in_repository("README.md")).expect("there is a README.md")
}

fn examples() -> Vec<Example> {
    shell_lines(&readme()).iter().flat_map(|line| calls(line)).collect()
}

/// The commands in the blocks marked `sh`, continued lines joined, without a prompt and comments.
fn shell_lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in text.replace("\\\n", " ").lines() {
        let line = line.trim();
        if let Some(language) = line.strip_prefix("```") {
            inside = !inside && ["sh", "bash", "console"].contains(&language);
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            lines.push(line.strip_prefix("$ ").unwrap_or(line).to_owned());
        }
    }
    lines
}

/// The calls of tools in a shell command. A word of the binary alone (`--version`) is no tool.
fn calls(line: &str) -> Vec<Example> {
    let mut calls = Vec::new();
    for command in commands(line) {
        let mut words = command.into_iter().skip_while(|word| word.contains('=') && !word.starts_with('-'));
        let Some(program) = words.next() else { continue };
        let program = program.rsplit('/').next().unwrap_or_default().to_owned();
        let name = if program == BINARY {
            words.next().unwrap_or_default()
        } else if let Some(name) = program.strip_prefix("kafka-") {
            name.trim_end_matches(".sh").to_owned()
        } else {
            continue;
        };
        match APPLETS.iter().find(|applet| applet.name == name) {
            Some(applet) => calls.push(Example { line: line.to_owned(), applet, words: words.collect() }),
            None => assert!(name.starts_with('-'), "the README shows a tool that is not there: {line}"),
        }
    }
    calls
}

/// The simple commands of a line, split at pipes and the like, redirections taken out, quotes resolved.
fn commands(line: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    for sign in line.chars() {
        match (quote, sign) {
            (Some(open), sign) if open == sign => quote = None,
            (None, '\'' | '"') => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, '|' | ';' | '&' | '(' | ')') if word.as_deref().is_none_or(|word| !word.ends_with('>')) => {
                commands.last_mut().expect("never empty").extend(word.take());
                commands.push(Vec::new());
            }
            (None, ' ' | '\t') => commands.last_mut().expect("never empty").extend(word.take()),
            (_, sign) => word.get_or_insert_default().push(sign),
        }
    }
    commands.last_mut().expect("never empty").extend(word);
    commands.into_iter().map(without_redirections).filter(|command| !command.is_empty()).collect()
}

fn without_redirections(words: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        match word.trim_start_matches(|c: char| c.is_ascii_digit()) {
            ">" | ">>" | "<" => drop(words.next()),
            redirection if redirection.starts_with(['>', '<']) => {}
            _ => kept.push(word),
        }
    }
    kept
}
