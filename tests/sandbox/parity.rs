//! The parity cases, with the answers that Java gave on a real broker.

use std::collections::BTreeSet;
use std::io::Write;

use super::start;
use crate::parity::case::Case;
use crate::parity::compare::differences;
use crate::parity::recording::Recording;
use crate::parity::side::{Program, Side, Stage};
use crate::parity::{Chosen, cases, tests_of_tools};

tests_of_tools!(check);

fn check(tool: &str) {
    let (cases, chosen, recording) = (cases(tool), Chosen::read(), Recording::read(tool));
    let (left_out, played): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.needs_kafka().is_some());
    tell_what_is_left_out(tool, played.len(), &left_out);
    let played: Vec<&Case> = played.into_iter().filter(|case| chosen.includes(&case.name)).collect();
    let verify = |case: &&Case| {
        let problems = verify(case, &recording).unwrap_or_else(|reason| vec![format!("the case could not run: {reason}")]);
        (!problems.is_empty()).then(|| format!("{tool}/{}:\n  {}", case.name, problems.join("\n").replace('\n', "\n  ")))
    };
    let failed: Vec<String> = played.iter().filter_map(verify).collect();
    assert!(failed.is_empty(), "{} of {} cases differ\n{}", failed.len(), played.len(), failed.join("\n"));
}

/// What the sandbox cannot play is the smaller part, and has its reasons. It is told, as it may be what somebody looks for.
fn tell_what_is_left_out(tool: &str, played: usize, left_out: &[&Case]) {
    let count = |reason: &str| left_out.iter().filter(|case| case.needs_kafka() == Some(reason)).count();
    let reasons: BTreeSet<&str> = left_out.iter().filter_map(|case| case.needs_kafka()).collect();
    let reasons: Vec<String> = reasons.into_iter().map(|reason| format!("{}: {reason}", count(reason))).collect();
    let reasons = if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) };
    let told = format!("{tool}: {played} cases are played in the sandbox, {} left out{reasons}", left_out.len());
    assert!(played > left_out.len(), "{told}");
    for case in left_out {
        assert!(case.needs_kafka().is_some_and(|reason| reason.contains(' ')), "{tool}/{} has no reason to be left out", case.name);
    }
    // Not by a macro: those are captured by the test runner, and this has to be seen.
    let _ = writeln!(std::io::stderr(), "{told}");
}

/// Plays a case on a broker of its own, and tells what is wrong.
fn verify(case: &Case, recording: &Recording) -> Result<Vec<String>, String> {
    let sandbox = start();
    let servers = sandbox.address().to_string();
    let stage = if case.needs_no_cluster() { Stage::Nowhere } else { Stage::Sandbox(&servers) };
    let ours = Side::new(stage, Program::Kafkabox)?.play(case)?;
    Ok(differences(case, &recording.get(case)?, &ours))
}
