//! What every command is given: its name as the user typed it, the output format, and the two streams.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::os::fd::AsFd as _;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::failure::{Complaint, Failure};
use crate::render::{Format, Report, Screen, render, told};
use crate::secrets::Secrets;

/// The surroundings of one command.
#[derive(Debug)]
pub struct Context {
    /// `kafkabox topics` or `kafka-topics.sh`, as it was called.
    pub program: String,
    pub format: Format,
    /// Whether it was called as `kafkabox TOOL`, and not under the Java script's name.
    pub native: bool,
    /// What is not repeated in anything that is said.
    pub secrets: Secrets,
    stdout: BufWriter<StdoutLock<'static>>,
}

impl Context {
    /// The surroundings of `program`, before its command line has been read.
    pub fn new(program: String) -> Self {
        let stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        Self { program, format: Format::Text, native: false, secrets: Secrets::default(), stdout }
    }

    /// Where data goes. It is flushed when the command ends; a command that pauses flushes by itself.
    pub fn stdout(&mut self) -> &mut impl Write {
        &mut self.stdout
    }

    /// Whether nobody reads stdout any more, which a command that waits for something to print would not notice.
    pub fn reader_has_gone(&self) -> bool {
        let stdout = self.stdout.get_ref();
        let mut polled = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        // The system reports a closed pipe without being asked for it.
        let found = poll(&mut polled, PollTimeout::ZERO).unwrap_or(0);
        found > 0 && polled[0].revents().is_some_and(|events| events.intersects(PollFlags::POLLERR | PollFlags::POLLHUP))
    }

    /// Prints a report in the chosen format.
    ///
    /// # Errors
    /// [`Failure::ClosedPipe`], or that the output cannot be written.
    pub fn print(&mut self, report: &dyn Report) -> Result<(), Failure> {
        render(report, self.format, screen(), &mut self.stdout)?;
        Ok(self.stdout.flush()?)
    }

    /// Fails for want of what was asked for: `failure` names it. Scripts are told in their own form that there is nothing.
    ///
    /// # Errors
    /// `failure`, or that the output cannot be written.
    pub fn not_found(&mut self, failure: Failure, nothing: &dyn Report) -> Result<(), Failure> {
        if matches!(self.format, Format::Json | Format::Tsv) {
            self.print(nothing)?;
        }
        Err(failure)
    }

    /// Says something on stderr that is not an error.
    pub fn warn(&self, message: impl AsRef<str>) {
        say(&self.program, &self.secrets.hide(message.as_ref()));
    }

    /// Says on stderr what is data, so that nothing in it is hidden.
    pub fn log(&self, data: &str) {
        say(&self.program, data);
    }

    /// What says something on stderr from another thread.
    pub fn teller(&self) -> impl Fn(&str) + Send + use<> {
        let (program, secrets) = (self.program.clone(), self.secrets.clone());
        move |message| say(&program, &secrets.hide(message))
    }

    /// Writes several lines to stderr.
    pub fn explain(&self, text: &str) {
        // Nobody is left to be told when stderr cannot be written.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Ends the command's output: what is still to be written is, and what is still to be said is.
    ///
    /// A complaint goes to stderr in one line. In the `text` format stdout gets the Java tool's line, if it prints one
    /// there; where both streams are one file and that line says it all, a reader would see the same twice, so stderr
    /// stays silent then.
    ///
    /// # Errors
    /// `outcome`'s, or that the output could not be written.
    pub fn end(mut self, outcome: Result<(), Failure>) -> Result<(), Failure> {
        let outcome = outcome.and_then(|()| Ok(self.stdout.flush()?));
        let complaint = outcome.as_ref().err().and_then(Failure::complaint);
        let java = complaint.and_then(|complaint| complaint.java_stdout.as_deref()).filter(|_| self.format == Format::Text);
        // The first failure is the one that counts: a reader that has gone does not make a failed command succeed.
        let _ = self.stdout.write_all(self.secrets.hide(java.unwrap_or_default()).as_bytes());
        let _ = self.stdout.flush();
        if let Some(complaint) = complaint {
            self.complain(complaint, java);
        }
        outcome
    }

    /// Ends a command that went on when single items of it failed: one failure is the command's, the others are told.
    ///
    /// # Errors
    /// The first failure that the Java tool tells on stdout, or else the first of all; none if nothing failed.
    pub fn end_items(&self, failures: Vec<Failure>) -> Result<(), Failure> {
        let Some((last, others)) = Failure::last_of(failures) else { return Ok(()) };
        for complaint in others.iter().filter_map(Failure::complaint) {
            self.complain(complaint, None);
        }
        Err(last)
    }

    /// Tells a complaint on stderr, unless the same file has it already: `java` is what was printed on stdout for it.
    fn complain(&self, complaint: &Complaint, java: Option<&str>) {
        let told = self.format == Format::Text && complaint.is_told_on_stdout(java) && one_file();
        if !told {
            // What a broker says may have several lines, and so may a secret: it is looked for as it is.
            let sentence = self.secrets.hide(&sentence(complaint)).replace('\n', " ");
            say(&self.program, &sentence);
        }
    }
}

/// A complaint as a sentence: what failed and why, then what to try.
fn sentence(complaint: &Complaint) -> String {
    let message = complaint.message.trim();
    match &complaint.hint {
        Some(hint) => format!("{message}; {hint}"),
        None => message.to_owned(),
    }
}

fn say(program: &str, message: &str) {
    // Nobody is left to be told when stderr cannot be written.
    let _ = writeln!(io::stderr().lock(), "{program}: {}", told(message));
}

fn one_file() -> bool {
    match (same_file::Handle::stdout(), same_file::Handle::stderr()) {
        (Ok(stdout), Ok(stderr)) => stdout == stderr,
        _ => false,
    }
}

/// What tables are printed on. Colours are for terminals that have them, where `NO_COLOR` (no-color.org) is not set.
pub fn screen() -> Screen {
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal.is_empty() || terminal == "dumb");
    let width = terminal_width();
    Screen { width, colours: io::stdout().is_terminal() && !dumb && !is_set("NO_COLOR") }
}

/// The width of the terminal that stdout is, in columns.
pub fn terminal_width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    // A terminal that has never been told its width says zero.
    comfy_table::Table::new().width().filter(|width| *width > 0)
}
