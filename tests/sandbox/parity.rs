//! The parity cases, with the answers that Java gave on a real broker.

use super::start;
use crate::parity::case::Case;
use crate::parity::compare::differences;
use crate::parity::recording::Recording;
use crate::parity::side::{Program, Side, Stage};
use crate::parity::{Chosen, cases};

#[test]
fn topics() {
    check("topics");
}

#[test]
fn console_producer() {
    check("console-producer");
}

#[test]
fn console_consumer() {
    check("console-consumer");
}

#[test]
fn consumer_groups() {
    check("consumer-groups");
}

#[test]
fn configs() {
    check("configs");
}

fn check(tool: &str) {
    let (cases, chosen, recording) = (cases(tool), Chosen::read(), Recording::read(tool));
    let played: Vec<&Case> = cases.iter().filter(|case| chosen.includes(&case.name) && !case.needs_kafka()).collect();
    let verify = |case: &&Case| {
        let problems = verify(case, &recording).unwrap_or_else(|reason| vec![format!("the case could not run: {reason}")]);
        (!problems.is_empty()).then(|| format!("{tool}/{}:\n  {}", case.name, problems.join("\n").replace('\n', "\n  ")))
    };
    let failed: Vec<String> = played.iter().filter_map(verify).collect();
    assert!(failed.is_empty(), "{} of {} cases differ\n{}", failed.len(), played.len(), failed.join("\n"));
}

/// Plays a case on a broker of its own, and tells what is wrong.
fn verify(case: &Case, recording: &Recording) -> Result<Vec<String>, String> {
    let sandbox = start();
    let servers = sandbox.address().to_string();
    let stage = if case.needs_no_cluster() { Stage::Nowhere } else { Stage::Sandbox(&servers) };
    let ours = Side::new(stage, Program::Kafkabox)?.play(case)?;
    Ok(differences(case, &recording.get(case)?, &ours))
}
