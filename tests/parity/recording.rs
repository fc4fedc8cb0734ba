//! What the Java tools answered, kept beside the cases.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::case::Case;
use super::compare::{Answer, digest};
use crate::support::blessing::in_repository;

/// The answers to the cases of one file.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recording(BTreeMap<String, Entry>);

#[derive(Debug, Serialize, Deserialize)]
struct Entry {
    /// Tells whether the case has changed since.
    case: String,
    steps: Vec<Answer>,
}

fn place(tool: &str) -> PathBuf {
    in_repository("tests/parity/recorded").join(format!("{tool}.json"))
}

impl Recording {
    pub fn read(tool: &str) -> Self {
        let Ok(text) = fs::read_to_string(place(tool)) else { return Self::default() };
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", place(tool).display()))
    }

    pub fn write(&self, tool: &str) {
        let text = serde_json::to_string_pretty(self).expect("a recording is plain data");
        fs::write(place(tool), text + "\n").unwrap_or_else(|error| panic!("{}: {error}", place(tool).display()));
    }

    /// Forgets the cases that are no more.
    pub fn keep_only(&mut self, cases: &[Case]) {
        self.0.retain(|name, _| cases.iter().any(|case| case.name == *name));
    }

    pub fn put(&mut self, case: &Case, steps: Vec<Answer>) {
        self.0.insert(case.name.clone(), Entry { case: digest(&case.source.to_string()), steps });
    }

    /// Java's answers to a case.
    ///
    /// # Errors
    /// That there are none to this form of it.
    pub fn get(&self, case: &Case) -> Result<Vec<Answer>, String> {
        match self.0.get(&case.name) {
            Some(entry) if entry.case == digest(&case.source.to_string()) => Ok(entry.steps.clone()),
            Some(_) => Err("it was changed after Java's answer was recorded: `BLESS=1 cargo test parity` records it anew".to_owned()),
            None => Err("Java's answer was never recorded: `BLESS=1 cargo test parity` records it".to_owned()),
        }
    }
}
