//! What of two outcomes has to agree.

use fancy_regex::Regex;
use serde::{Deserialize, Serialize};

use super::case::{Case, Comparison, Step};
use crate::support::process::Exit;

/// Longer lines are kept as their beginning and a digest.
const LONG_LINE: usize = 5000;

/// What became of one step, names and volatile values made neutral.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub exit: Exit,
    pub stdout: String,
    /// stderr and stdout.
    pub messages: String,
}

impl Outcome {
    /// Which of the patterns the messages lack.
    pub fn lacks(&self, patterns: &[String]) -> impl Iterator<Item = String> {
        let lacks = |pattern: &&String| !regex(pattern).is_match(&self.messages).unwrap_or_default();
        patterns.iter().filter(lacks).map(|pattern| format!("/{pattern}/ is missing in:\n{}", self.messages))
    }
}

/// What the two sides have to have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    exit: String,
    /// Absent where it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    stdout: Option<String>,
}

impl Answer {
    fn of(step: &Step, outcome: &Outcome) -> Self {
        let sorted = |mut lines: Vec<String>| {
            lines.sort();
            lines.join("\n")
        };
        let words = |line: &str| {
            let mut words: Vec<&str> = line.split([',', ' ', '\t']).filter(|word| !word.is_empty()).collect();
            words.sort_unstable();
            words.join(" ")
        };
        let stdout = match step.stdout {
            Comparison::Equal => Some(outcome.stdout.clone()),
            Comparison::Sorted => Some(sorted(outcome.stdout.lines().map(str::to_owned).collect())),
            Comparison::Words => Some(sorted(outcome.stdout.lines().map(words).collect())),
            Comparison::Ignore => None,
        };
        Self { exit: outcome.exit.to_string(), stdout }
    }
}

pub fn answers(case: &Case, outcomes: &[Outcome]) -> Vec<Answer> {
    case.steps.iter().zip(outcomes).map(|(step, outcome)| Answer::of(step, outcome)).collect()
}

/// In what our outcomes differ from Java's answers, apart from what the case lists.
pub fn differences(case: &Case, java: &[Answer], ours: &[Outcome]) -> Vec<String> {
    let mut found = Vec::new();
    for (number, ((step, java), outcome)) in case.steps.iter().zip(java).zip(ours).enumerate() {
        let line = step.args.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let mut tell = |problem: String| found.push(format!("step {} ({} {line}): {problem}", number + 1, step.tool));
        let answer = Answer::of(step, outcome);
        if answer.stdout != java.stdout {
            let (java, ours) = (java.stdout.clone().unwrap_or_default(), answer.stdout.unwrap_or_default());
            tell(format!("stdout differs\n{}stderr was:\n{}", difference(&java, &ours), outcome.messages));
        }
        let wanted = step.exit.map_or_else(|| java.exit.clone(), |exit| exit.to_string());
        if answer.exit != wanted {
            tell(format!("exit {} instead of {wanted}:\n{}", answer.exit, outcome.messages));
        }
        if step.exit.is_some_and(|exit| exit.to_string() == java.exit) {
            tell("the listed difference is none: Java has the same exit code".to_owned());
        }
        outcome.lacks(&step.stderr_has).for_each(|lack| tell(format!("of our messages {lack}")));
    }
    found
}

/// The lines in which two texts differ, between their common beginning and end.
fn difference(java: &str, ours: &str) -> String {
    let (java, ours): (Vec<&str>, Vec<&str>) = (java.split_inclusive('\n').collect(), ours.split_inclusive('\n').collect());
    let start = java.iter().zip(&ours).take_while(|(java, ours)| java == ours).count();
    let end = java[start..].iter().rev().zip(ours[start..].iter().rev()).take_while(|(java, ours)| java == ours).count();
    let side = |name: &str, lines: &[&str]| {
        let different = &lines[start..lines.len() - end];
        let lines: Vec<String> = different.iter().take(20).map(|line| format!("{name} {line:?}")).collect();
        lines.join("\n") + "\n"
    };
    format!("from line {} on\n{}{}", start + 1, side("java", &java), side("ours", &ours))
}

/// Makes values neutral that no two runs share.
pub fn mask(case: &Case, text: &str) -> String {
    let standard = [
        ("TopicId: [A-Za-z0-9_-]{22}".to_owned(), "TopicId: <id>".to_owned()),
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}".to_owned(), "<uuid>".to_owned()),
    ];
    let text = standard
        .iter()
        .chain(&case.mask)
        .fold(text.to_owned(), |text, (pattern, replacement)| regex(pattern).replace_all(&text, replacement).into_owned());
    text.split_inclusive('\n').map(shortened).collect()
}

fn shortened(line: &str) -> String {
    if line.len() < LONG_LINE {
        return line.to_owned();
    }
    let beginning: String = line.chars().take(100).collect();
    format!("{beginning}<{} bytes in all, digest {}>\n", line.len(), digest(line))
}

/// The beginning of a text's SHA-256.
pub fn digest(text: &str) -> String {
    let beginning: [u8; 8] = openssl::sha::sha256(text.as_bytes())[..8].try_into().expect("a digest is longer");
    format!("{:016x}", u64::from_be_bytes(beginning))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"))
}
