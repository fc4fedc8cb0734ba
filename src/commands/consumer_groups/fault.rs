//! Failures of single groups and partitions: the rest goes on, and the command fails at its end.

use super::text::java_error;
use crate::context::Context;
use crate::failure::Failure;
use crate::kafka::error::{BrokerError, Error};

/// Something that failed while the rest went on.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    /// What Java prints on stdout for it, after the report.
    java: Option<String>,
}

impl Fault {
    /// A fault of which the Java tool says nothing on stdout.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), java: None }
    }

    /// A group's error, which ends the Java tool.
    pub fn of_group(group: &str, error: &BrokerError) -> Self {
        let text = error.text();
        let message = if text.contains(group) { text } else { format!("group {group}: {text}") };
        Self { message, java: Some(java_error(&error.java_text())) }
    }

    /// A broker that did not answer.
    pub fn of_broker(id: i32, error: &Error) -> Self {
        Self::new(format!("broker {id} cannot be asked for its groups, which are left out: {error}"))
    }

    /// Adds what Java prints on stdout.
    pub fn java(mut self, java: impl Into<String>) -> Self {
        self.java = Some(java.into());
        self
    }

    /// The report has told the same on stdout.
    pub fn told(self) -> Self {
        self.java("")
    }
}

/// Ends a command: the last fault is its failure, the others are said before. Of what Java would print the first counts.
///
/// # Errors
/// The last fault.
pub(super) fn finish(context: &Context, mut faults: Vec<Fault>) -> Result<(), Failure> {
    let java = faults.iter_mut().find_map(|fault| fault.java.take());
    let Some(last) = faults.pop() else { return Ok(()) };
    for fault in faults {
        context.warn(&fault.message);
    }
    let failure = Failure::failed(last.message);
    Err(match java {
        Some(java) => failure.java_stdout(|_| java),
        None => failure,
    })
}
