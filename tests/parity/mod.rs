//! The same command lines through the Java tool and through kafkabox, from equal states of one broker: equal bytes on
//! stdout and equal exit codes, or a difference that the case lists.
//!
//! The cases are in `cases/`, one file per tool; `case.rs` says what they may hold. What Java answered is in `recorded/`.
//! Where there is a JDK, every run asks Java again, and compares its answer with both the recording and ours. Cases
//! without a cluster run everywhere.
//!
//! `KAFKABOX_CASES=REGEX` chooses cases by name. `BLESS=1 cargo test parity` rewrites the recordings.

pub mod case;
pub mod compare;
pub mod recording;
pub mod side;

use std::fs;

use self::case::Case;
use self::compare::{Answer, answers, differences};
use self::recording::Recording;
use self::side::{Program, Side, Stage};
use crate::cli::help::TOOLS;
use crate::support::blessing::{blessing, in_repository};
use crate::support::kafka;

/// A test for each tool: `check` with its name.
macro_rules! tests_of_tools {
    ($check:path) => {
        $crate::parity::tests_of_tools!($check, topics "topics", console_producer "console-producer", console_consumer "console-consumer",
            consumer_groups "consumer-groups", configs "configs");
    };
    ($check:path, $($test:ident $tool:literal),*) => {
        $(
            #[test]
            fn $test() {
                $check($tool);
            }
        )*
    };
}
pub(crate) use tests_of_tools;

tests_of_tools!(check);

/// The cases of one tool.
pub fn cases(tool: &str) -> Vec<Case> {
    let text = fs::read_to_string(in_repository("tests/parity/cases").join(format!("{tool}.yaml"))).unwrap();
    Case::read(&text).unwrap_or_else(|reason| panic!("{tool}.yaml: {reason}"))
}

/// The names of the cases of all tools.
fn all_names() -> Vec<String> {
    TOOLS.iter().flat_map(|tool| cases(tool)).map(|case| case.name).collect()
}

/// The cases that `KAFKABOX_CASES` chooses.
pub struct Chosen(Option<fancy_regex::Regex>);

impl Chosen {
    /// What the environment says.
    pub fn read() -> Self {
        let Ok(pattern) = std::env::var("KAFKABOX_CASES") else { return Self(None) };
        let chosen = Self(Some(fancy_regex::Regex::new(&pattern).expect("a regular expression")));
        let exists = all_names().iter().any(|name| chosen.includes(name));
        assert!(exists, "KAFKABOX_CASES is '{pattern}', and no case of any tool has such a name");
        chosen
    }

    pub fn includes(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|pattern| pattern.is_match(name).unwrap_or_default())
    }
}

fn check(tool: &str) {
    let cases = cases(tool);
    let chosen = Chosen::read();
    let mut recording = Recording::read(tool);
    recording.keep_only(&cases);
    let mut failed = Vec::new();
    for case in &cases {
        if !chosen.includes(&case.name) {
            continue;
        }
        let problems = verify(case, &mut recording).unwrap_or_else(|reason| vec![format!("the case could not run: {reason}")]);
        if !problems.is_empty() {
            failed.push(format!("{tool}/{}:\n  {}", case.name, problems.join("\n").replace('\n', "\n  ")));
        }
    }
    if blessing() {
        recording.write(tool);
    }
    assert!(failed.is_empty(), "{} of {} cases differ\n{}", failed.len(), cases.len(), failed.join("\n"));
}

/// Plays a case on both sides, and tells what is wrong. A case that this machine cannot play has nothing wrong.
fn verify(case: &Case, recording: &mut Recording) -> Result<Vec<String>, String> {
    let release = kafka::release();
    let cluster = match case.cluster.as_deref() {
        Some("none") => None,
        Some("three") => kafka::three(),
        _ => kafka::one(),
    };
    if cluster.is_none() && !case.needs_no_cluster() {
        return Ok(Vec::new());
    }
    let _alone = cluster.filter(|_| case.alone()).map(kafka::Cluster::exclusive);
    let stage = cluster.map_or(Stage::Nowhere, Stage::Kafka);
    let _together = cluster.filter(|_| !case.alone()).map(kafka::Cluster::shared);
    let mut problems = Vec::new();
    let java: Vec<Answer> = if let Some(release) = release {
        let outcomes = Side::new(stage, Program::Java(release))?.play(case)?;
        for (step, outcome) in case.steps.iter().zip(&outcomes) {
            problems.extend(outcome.lacks(&step.java_stderr_has).map(|lack| format!("CASE: of Java's messages {lack}")));
        }
        let live = answers(case, &outcomes);
        if blessing() {
            recording.put(case, live.clone());
        }
        live
    } else {
        recording.get(case)?
    };
    if recording.get(case)? != java {
        problems.push("Java answers otherwise than recorded: if that is right, `BLESS=1 cargo test parity` rewrites it".to_owned());
    }
    let ours = Side::new(stage, Program::Kafkabox)?.play(case)?;
    problems.extend(differences(case, &java, &ours));
    Ok(problems)
}
