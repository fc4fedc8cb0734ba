//! The books of one run: what is known of each record goes to the rows, the reject file, the summary and the user.

use std::io;
use std::time::Instant;

use super::lines::{Line, Lines};
use super::rejects::{Rejects, Written};
use super::rows::Rows;
use super::tally::{Tally, begun, rest, totals};
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::producer::{Counts, Producer};
use crate::render::progress::Progress;

/// Where everything that is to be known about the run goes.
pub(super) struct Ledger<'a> {
    pub context: &'a mut Context,
    pub tally: Tally,
    pub rows: Option<Rows>,
    pub rejects: Option<Rejects>,
    pub progress: Option<Progress>,
    pub started: Instant,
    /// The number of the line read last.
    pub number: usize,
    /// How many lines have been read that no record was made of any more.
    pub unsent: usize,
    /// Why the run cannot go on: the output, or the reject file, takes no more.
    pub broken: Option<Failure>,
}

impl<'a> Ledger<'a> {
    /// The books of a run that begins now.
    pub fn open(context: &'a mut Context, rows: Option<Rows>, rejects: Option<Rejects>, progress: Option<Progress>) -> Self {
        Self { context, tally: Tally::default(), rows, rejects, progress, started: Instant::now(), number: 0, unsent: 0, broken: None }
    }

    /// Takes down what has become of records, and tells what is new.
    pub fn tell(&mut self, producer: &mut Producer) {
        for (line, reason) in self.settle(producer) {
            if self.tally.add(line, reason.clone()) {
                self.warn(&format!("line {line}: {reason}"));
            }
        }
        self.tell_trouble(producer);
    }

    /// Takes down what has become of records for the summary.
    pub fn note(&mut self, producer: &mut Producer) {
        for (line, reason) in self.settle(producer) {
            self.tally.add(line, reason);
        }
    }

    /// Takes down what has become of records. The result is what failed: lines and reasons.
    pub fn settle(&mut self, producer: &mut Producer) -> Vec<(usize, String)> {
        for record in producer.deliveries() {
            if let Some(rows) = &mut self.rows {
                rows.add(&record);
            }
            if let Some(rejects) = &mut self.rejects {
                rejects.acknowledge(record.tag);
            }
        }
        let mut failed = Vec::new();
        for failure in producer.failures() {
            if let Some(rejects) = &mut self.rejects {
                rejects.reject(failure.tag);
            }
            failed.push((failure.tag, failure.error.to_string()));
        }
        if let Some(rows) = &mut self.rows
            && let Err(error) = rows.write(self.context.stdout())
        {
            self.broken.get_or_insert(error.into());
        }
        self.on_rejects(Rejects::write);
        if let Some(progress) = &self.progress {
            progress.say(|| {
                let millis = self.started.elapsed().as_millis().max(1);
                format!("{} records/s", u128::from(producer.counts().acknowledged) * 1000 / millis)
            });
        }
        failed
    }

    /// Tells why nothing moves.
    pub fn tell_trouble(&mut self, producer: &mut Producer) {
        if let Some(trouble) = producer.trouble() {
            self.warn(&trouble);
        }
    }

    /// Says something on stderr, beside the progress bar.
    pub fn warn(&self, message: &str) {
        match &self.progress {
            Some(progress) => progress.aside(|| self.context.warn(message)),
            None => self.context.warn(message),
        }
    }

    /// Why the run has to end, if so.
    ///
    /// # Errors
    /// That.
    pub fn check(&mut self) -> Result<(), Failure> {
        self.broken.take().map_or(Ok(()), Err)
    }

    /// Keeps a line that is going to be sent.
    pub fn keep(&mut self, number: usize, raw: &[u8]) {
        if let Some(rejects) = &mut self.rejects {
            rejects.keep(number, raw);
        }
    }

    /// Puts a line aside that is no record, if there is a place for that.
    pub fn put_aside(&mut self, number: usize, raw: &[u8], reason: &str) -> bool {
        let Some(rejects) = &mut self.rejects else { return false };
        rejects.keep(number, raw);
        rejects.reject(number);
        self.tally.unreadable += 1;
        if self.tally.add(number, reason.to_owned()) {
            self.warn(&format!("line {number}: {reason}"));
        }
        true
    }

    /// Whether more lines than these should not be kept at a time.
    pub fn is_full(&self) -> bool {
        self.rejects.as_ref().is_some_and(Rejects::is_full)
    }

    /// Whether parts of a line can be put aside without overtaking others.
    pub fn takes_parts(&self) -> bool {
        self.rejects.as_ref().is_none_or(Rejects::is_idle)
    }

    /// Puts a line aside that has been read, and is not sent any more.
    pub fn leave(&mut self, line: Line<'_>) {
        self.unsent += usize::from(!matches!(line, Line::Part(_)));
        match line {
            Line::Whole(whole) => {
                self.number += 1;
                self.keep(self.number, whole.raw);
            }
            line => self.pass(line),
        }
    }

    /// Puts a line aside that is too long to be kept. What is still open before it counts as not acknowledged.
    pub fn pass(&mut self, line: Line<'_>) {
        self.number += usize::from(matches!(line, Line::TooLong(_)));
        self.on_rejects(|rejects| match line {
            Line::Part(part) => rejects.write_part(part),
            Line::TooLong(_) => {
                rejects.end_parts();
                Ok(())
            }
            Line::Whole(_) => Ok(()),
        });
    }

    /// Keeps what has no answer, should this process be ended at once.
    pub fn secure(&mut self) {
        if let Some(rejects) = &mut self.rejects {
            // What cannot be written now is tried again at the end, which tells.
            let _ = rejects.write_ahead();
        }
    }

    /// What is to be said about the whole run.
    ///
    /// # Errors
    /// What ended it, and what was not acknowledged.
    pub fn end(mut self, read: Result<(), Failure>, counts: Counts, lines: &Lines) -> Result<(), Failure> {
        if let Some(progress) = self.progress.take() {
            progress.finish();
        }
        let notes = self.last_notes();
        let more = [""].into_iter().chain(notes.iter().map(String::as_str)).collect::<Vec<_>>().join("; ");
        let summary = self.tally.summary(counts);
        let unsent = rest(self.unsent) + &begun(self.number + 1, lines.begun());
        match (read, summary) {
            (Ok(()), None) => {
                // Whatever is wrong with the file, every record is in the topic.
                for note in notes {
                    self.warn(&note);
                }
                Ok(())
            }
            (Ok(()), Some(summary)) => Err(Failure::failed(summary + &more)),
            (Err(signal @ Failure::Signalled(_)), summary) => {
                let summary = summary.unwrap_or_else(|| totals(counts));
                self.warn(&format!("ended by a signal: {summary}{unsent}{more}"));
                Err(signal)
            }
            (Err(failure), None) if counts.sent == 0 && unsent.is_empty() && more.is_empty() => Err(failure),
            (Err(failure), summary) => {
                let summary = summary.unwrap_or_else(|| totals(counts));
                Err(failure.noting(&format!("{summary}{unsent}{more}")))
            }
        }
    }

    /// Ends the reject file. What is to be said about it, and about whatever else took no more without ending the run.
    fn last_notes(&mut self) -> Vec<String> {
        let broken = self.broken.take().and_then(|failure| Some(failure.complaint()?.message.clone()));
        let Some(rejects) = self.rejects.take() else { return Vec::from_iter(broken) };
        let path = rejects.path().display().to_string();
        match rejects.finish() {
            Ok(written) => written_notes(written, &path).into_iter().chain(broken).collect(),
            // `broken` would be the same, if anything.
            Err(error) => {
                let reason = plain_io(&error);
                vec![format!("cannot write {path}, so that not every line is kept that was not acknowledged: {reason}")]
            }
        }
    }

    fn on_rejects(&mut self, work: impl FnOnce(&mut Rejects) -> io::Result<()>) {
        if let Some(rejects) = &mut self.rejects
            && let Err(error) = work(rejects)
        {
            let message = format!("cannot write {}: {}", rejects.path().display(), plain_io(&error));
            self.broken.get_or_insert(Failure::failed(message));
        }
    }
}

fn written_notes(written: Written, path: &str) -> Vec<String> {
    let notes = [
        (written.lines, format!("in {path}")),
        (written.stayed, format!("in {path} that may have been acknowledged meanwhile: something else has added to it, so they stay")),
    ];
    let told = notes.into_iter().filter(|(lines, _)| *lines > 0);
    told.map(|(lines, place)| if lines == 1 { format!("1 line is {place}") } else { format!("{lines} lines are {place}") }).collect()
}
