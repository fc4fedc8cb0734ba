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

    /// One fault for many failures of one kind, which the report has in full; none for none.
    pub fn summary(failures: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut failures = failures.into_iter();
        let first = failures.next()?;
        Some(Self::new(match failures.count() {
            0 => first,
            more => format!("{first} (and {more} more failed)"),
        }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::error::ErrorCode;

    #[test]
    fn many_failures_become_one_line() {
        let summary = |failures: &[&str]| Fault::summary(failures.iter().map(|text| (*text).to_owned())).map(|fault| fault.message);
        assert_eq!(summary(&[]), None);
        assert_eq!(summary(&["a"]).unwrap(), "a");
        assert_eq!(summary(&["a", "b", "c"]).unwrap(), "a (and 2 more failed)");
    }

    #[test]
    fn a_groups_error_names_it_once() {
        let not_found = BrokerError { code: ErrorCode::GROUP_ID_NOT_FOUND, message: Some("Group g not found.".into()) };
        let fault = Fault::of_group("g", &not_found);
        assert_eq!(fault.message, "Group g not found.");
        let class = "org.apache.kafka.common.errors.GroupIdNotFoundException";
        assert_eq!(fault.java.unwrap(), format!("\nError: Executing consumer group command failed due to {class}: Group g not found.\n"));
        assert_eq!(Fault::of_group("h", &not_found).message, "group h: Group g not found.");
    }
}
