//! Why a command did not do what it was asked to, and the exit code that says so.
//!
//! | code | when |
//! |---|---|
//! | 0 | done; also help, version, and a reader that closed the pipe |
//! | 1 | anything failed, be it one item among many; usage errors |
//! | 129, 130, 143 | ended by SIGHUP, SIGINT, SIGTERM |
//! | any | `sandbox run`: that of the command that was run; 126 and 127 when it could not be |

use std::io;
use std::process::ExitCode;

use crate::kafka::error::Error as KafkaError;
pub use crate::kafka::error::plain_io;

/// The end of a command that did not succeed.
#[derive(Debug)]
pub enum Failure {
    /// The command line cannot be understood. Nothing was done.
    Usage(Complaint),
    /// Something went wrong; to be told to the user in one line.
    Failed(Complaint),
    /// Something went wrong, and the output already says so.
    Reported,
    /// The reader of stdout has gone: a normal end.
    ClosedPipe,
    /// A signal with this number ended the command in good order.
    Signalled(i32),
    /// An exit code that is not this command's own: that of another that it ran, or a shell's for one that could not be run.
    Code(u8, Option<Complaint>),
}

/// What the user reads about a failure.
#[derive(Debug, Default)]
pub struct Complaint {
    /// What failed, and why.
    pub message: String,
    /// What to try.
    pub hint: Option<String>,
    /// What the Java tool prints on stdout for this failure; it goes there too when the output format is `text`.
    pub java_stdout: Option<String>,
    /// Whether the report in the `text` format, already printed, tells the same.
    pub in_report: bool,
}

impl Complaint {
    /// Whether whoever reads stdout in the `text` format is told all of this, with `java` printed at the end.
    pub fn is_told_on_stdout(&self, java: Option<&str>) -> bool {
        self.hint.is_none() && (self.in_report || java.is_some_and(|java| java.contains(self.message.trim())))
    }
}

impl Failure {
    /// A command line that cannot be understood.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(Complaint { message: message.into(), ..Complaint::default() })
    }

    /// A failure with a message of its own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(Complaint { message: message.into(), ..Complaint::default() })
    }

    /// A failure with a message and an exit code of its own.
    pub fn code(code: u8, message: impl Into<String>) -> Self {
        Self::Code(code, Some(Complaint { message: message.into(), ..Complaint::default() }))
    }

    /// Adds what to try.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        if let Self::Usage(complaint) | Self::Failed(complaint) = &mut self {
            complaint.hint = Some(hint.into());
        }
        self
    }

    /// Adds to what failed, and why, what became of the rest.
    #[must_use]
    pub fn noting(mut self, rest: &str) -> Self {
        if let Self::Usage(complaint) | Self::Failed(complaint) = &mut self {
            complaint.message = format!("{}; {rest}", complaint.message);
        }
        self
    }

    /// Adds what the Java tool prints on stdout: `java` makes it from the message.
    #[must_use]
    pub fn java_stdout(mut self, java: impl FnOnce(&str) -> String) -> Self {
        if let Self::Usage(complaint) | Self::Failed(complaint) = &mut self {
            complaint.java_stdout = Some(java(&complaint.message));
        }
        self
    }

    /// The report in the `text` format tells the same.
    #[must_use]
    pub fn in_report(mut self) -> Self {
        if let Self::Usage(complaint) | Self::Failed(complaint) = &mut self {
            complaint.in_report = true;
        }
        self
    }

    /// Of several failures the one that ends the command, and the others in their order. Java ends at the first that it
    /// tells on stdout.
    pub fn last_of(mut failures: Vec<Self>) -> Option<(Self, Vec<Self>)> {
        let ends = |failure: &Self| failure.complaint().is_some_and(|complaint| complaint.java_stdout.is_some());
        let place = failures.iter().position(ends).unwrap_or_default();
        (place < failures.len()).then(|| (failures.remove(place), failures))
    }

    /// What the user reads, if anything is left to say.
    pub fn complaint(&self) -> Option<&Complaint> {
        match self {
            Self::Usage(complaint) | Self::Failed(complaint) | Self::Code(_, Some(complaint)) => Some(complaint),
            Self::Reported | Self::ClosedPipe | Self::Signalled(_) | Self::Code(_, None) => None,
        }
    }

    /// The process' exit code.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Failed(_) | Self::Reported => ExitCode::from(1),
            Self::ClosedPipe => ExitCode::SUCCESS,
            Self::Code(code, _) => ExitCode::from(*code),
            Self::Signalled(signal) => ExitCode::from(128 + u8::try_from(*signal).unwrap_or(0)),
        }
    }
}

impl From<KafkaError> for Failure {
    fn from(error: KafkaError) -> Self {
        let failure = Self::failed(error.to_string());
        match error.hint() {
            Some(hint) => failure.hinted(hint),
            None => failure,
        }
    }
}

impl From<io::Error> for Failure {
    /// A failure to write the output: the only I/O that commands do without adding a context of their own.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::ClosedPipe,
            _ => Self::failed(format!("cannot write the output: {}", plain_io(&error))),
        }
    }
}

impl From<anyhow::Error> for Failure {
    /// A failure of a command's own work: the context that the command added, then the causes, each in the system's words.
    fn from(error: anyhow::Error) -> Self {
        let words = |cause: &(dyn std::error::Error + 'static)| match cause.downcast_ref::<io::Error>() {
            Some(error) => plain_io(error),
            None => cause.to_string(),
        };
        Self::failed(error.chain().map(words).collect::<Vec<_>>().join(": "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_a_normal_end_and_a_full_disk_is_not() {
        let closed = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(closed.exit_code(), ExitCode::SUCCESS);
        let full = Failure::from(io::Error::from_raw_os_error(28));
        assert_eq!(full.exit_code(), ExitCode::from(1));
        assert_eq!(full.complaint().unwrap().message, "cannot write the output: No space left on device");
    }

    #[test]
    fn a_commands_context_comes_before_the_systems_words() {
        let error = anyhow::Error::from(io::Error::from_raw_os_error(2)).context("cannot read x");
        let failure = Failure::from(error);
        assert_eq!(failure.complaint().unwrap().message, "cannot read x: No such file or directory");
        // A pipe that a command reads is not the one that it prints to.
        let closed = Failure::from(anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("cannot read x"));
        assert_eq!(closed.exit_code(), ExitCode::from(1));
    }

    #[test]
    fn signals_end_with_128_and_their_number() {
        assert_eq!(Failure::Signalled(2).exit_code(), ExitCode::from(130));
        assert_eq!(Failure::Signalled(15).exit_code(), ExitCode::from(143));
    }

    #[test]
    fn the_first_failure_that_java_tells_ends_the_command() {
        let messages = |failures| {
            let (last, others) = Failure::last_of(failures)?;
            let message = |failure: &Failure| failure.complaint().unwrap().message.clone();
            Some((message(&last), others.iter().map(message).collect::<Vec<_>>().concat()))
        };
        let told = |message: &str| Failure::failed(message).java_stdout(str::to_owned);
        assert_eq!(messages(vec![]), None);
        assert_eq!(messages(vec![Failure::failed("a"), Failure::failed("b")]), Some(("a".into(), "b".into())));
        assert_eq!(messages(vec![Failure::failed("a"), told("b"), told("c")]), Some(("b".into(), "ac".into())));
    }

    #[test]
    fn only_a_complaint_that_stdout_has_in_full_is_told_there() {
        let complaint = |message: &str| Complaint { message: message.into(), ..Complaint::default() };
        assert!(complaint("x failed").is_told_on_stdout(Some("Error: x failed\n")));
        assert!(!complaint("x failed: no disk").is_told_on_stdout(Some("Error: x failed\n")));
        assert!(!complaint("x failed").is_told_on_stdout(None));
        assert!(!Complaint { hint: Some("try y".into()), ..complaint("x") }.is_told_on_stdout(Some("x")));
        assert!(Complaint { in_report: true, ..complaint("x") }.is_told_on_stdout(None));
    }

    #[test]
    fn hints_and_javas_line_belong_to_the_complaint() {
        let failure = Failure::failed("x").hinted("try y").java_stdout(|message| format!("Error: {message}")).noting("z is done");
        let complaint = failure.complaint().unwrap();
        assert_eq!((complaint.message.as_str(), complaint.hint.as_deref()), ("x; z is done", Some("try y")));
        assert_eq!(complaint.java_stdout.as_deref(), Some("Error: x"));
    }
}
