//! Reading records and printing them.
//!
//! Records are formatted into one buffer. It is written out when it is large enough, and whenever no further record is
//! at hand; only then do its records count as consumed for the group.

use std::io::Write as _;
use std::time::{Duration, Instant};

use clap::ArgMatches;

use super::args::{Args, Limits};
use super::rows::{Layout, Table};
use crate::context::{Context, terminal_width};
use crate::failure::Failure;
use crate::kafka::consumer::{Batch, Consumer, Message, NotStarted};
use crate::kafka::settings::{ClientSettings, Resolved, Role};
use crate::render::Format;
use crate::signals::Signals;

/// How much is written at once.
const MOST: Portion = Portion { bytes: 256 * 1024, records: u64::MAX };
/// The same for a member of a group: while a reader is slow, the group may drop this member, and these records are read
/// again. Java takes 500 at once.
const MOST_OF_A_GROUP: Portion = Portion { bytes: 64 * 1024, records: 500 };
/// How many records are taken at once.
const BATCH: usize = 10_000;
/// How long a wait for records lasts before signals are looked at.
const TICK: Duration = Duration::from_millis(100);

/// Runs the command.
pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let args = Args::read(matches)?;
    for line in args.client_deprecations() {
        writeln!(context.stdout(), "{line}")?;
    }
    let Resolved { settings, warnings, group_of_files } = ClientSettings::resolve(Role::Consumer, &args.sources())?;
    for warning in warnings {
        context.warn(format!("warning: {warning}"));
    }
    let group = args.check_group(group_of_files.as_deref())?;
    args.check_reset(&settings)?;
    let reading = args.reading(group)?;
    let layout = layout(context, &args)?;
    context.stdout().flush()?;
    let mut printer = Printer {
        context,
        layout,
        limits: args.limits(),
        skips: args.skips_bad_records(),
        most: if group { MOST_OF_A_GROUP } else { MOST },
        text: Vec::with_capacity(2 * MOST.bytes),
        unwritten: 0,
        broken: false,
        taken: 0,
        written: 0,
    };
    let outcome = match Consumer::start(&settings, reading) {
        Ok(consumer) => printer.consume(consumer),
        Err(NotStarted { reached: true, error }) => Err(error.into()),
        // Without a cluster there is nothing to count.
        Err(NotStarted { reached: false, error }) => return Err(error.into()),
    };
    let count = printer.written;
    context.explain(&format!("Processed a total of {count} messages\n"));
    if args.announces_shutdown() {
        // A reader that has gone does not need to know; any other failure is the one that counts.
        let announced = writeln!(context.stdout(), "shutdown_complete").and_then(|()| context.stdout().flush());
        return outcome.and(announced.map_err(Failure::from));
    }
    outcome
}

/// How records are to be printed.
fn layout(context: &mut Context, args: &Args) -> Result<Layout, Failure> {
    let format = context.format;
    if format != Format::Text {
        args.check_output()?;
    }
    Ok(match format {
        Format::Json => Layout::Json,
        Format::Tsv => Layout::Tsv { headed: false },
        Format::Table => Layout::Table(Table::new(terminal_width(), args.reads_several_topics())),
        Format::Text => {
            let class = args.formatter_class()?;
            if let Some(line) = args.formatter_deprecation() {
                writeln!(context.stdout(), "{line}")?;
            }
            Layout::Text(args.configured_formatter(class)?)
        }
    })
}

/// How much is written at once.
#[derive(Clone, Copy, Debug)]
struct Portion {
    bytes: usize,
    records: u64,
}

/// Why the reading ended, if nothing failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// As many records as were asked for, or all that there were.
    Complete,
    Silence,
    Signal,
}

struct Printer<'a> {
    context: &'a mut Context,
    layout: Layout,
    limits: Limits,
    skips: bool,
    most: Portion,
    /// What has been formatted, but not been written yet.
    text: Vec<u8>,
    /// How many records that are.
    unwritten: u64,
    /// The output took no more.
    broken: bool,
    /// How many records have been formatted in all, ...
    taken: u64,
    /// ... and how many of them have been written.
    written: u64,
}

impl Printer<'_> {
    /// Reads from the start to the end, and commits.
    fn consume(&mut self, mut consumer: Consumer) -> Result<(), Failure> {
        let signals = Signals::catch().map_err(|error| Failure::failed(format!("cannot catch signals: {error}")))?;
        let mut batch = consumer.batch();
        let end = self.read(&mut consumer, &mut batch, &signals);
        // What has been formatted belongs to the output, whatever ended the reading.
        let written = if self.broken { Ok(()) } else { self.write(&mut consumer) };
        let end = end.and_then(|end| written.map(|()| end));
        self.warn(&mut consumer);
        let all_consumed = matches!(end, Ok(End::Complete | End::Silence)) || matches!(end, Ok(End::Signal)) && batch.is_empty();
        let committed = consumer.finish(batch, all_consumed, &mut |what| self.context.warn(format!("{what} ...")));
        self.warn(&mut consumer);
        match (end, committed) {
            (Ok(End::Complete | End::Silence), Err(error)) => Err(error.into()),
            // How the command ends has been decided, but what is not committed comes again.
            (end, Err(error)) => {
                self.context.warn(format!("warning: {error}"));
                end.and_then(|_| signals.outcome())
            }
            (Ok(End::Signal), Ok(())) => signals.outcome(),
            (Ok(End::Silence), Ok(())) => consumer.complaint().map_or(Ok(()), |complaint| Err(complaint.into())),
            (end, Ok(())) => end.map(drop),
        }
    }

    fn read(&mut self, consumer: &mut Consumer, batch: &mut Batch, signals: &Signals) -> Result<End, Failure> {
        let mut last = Instant::now();
        loop {
            let Some(limit) = self.next_limit() else { return Ok(End::Complete) };
            if consumer.is_complete() {
                return Ok(End::Complete);
            }
            if signals.received().is_some() {
                batch.clear();
                return Ok(End::Signal);
            }
            let mut came = consumer.receive(batch, limit, Duration::ZERO)?;
            if !came && !consumer.is_rebalancing() {
                self.write(consumer)?;
                self.warn(consumer);
                if self.context.reader_has_gone() {
                    return Err(Failure::ClosedPipe);
                }
                let patience = self.limits.silence.map_or(TICK, |silence| silence.saturating_sub(last.elapsed()).min(TICK));
                if patience.is_zero() {
                    return Ok(End::Silence);
                }
                came = consumer.receive(batch, 1, patience)?;
            }
            if came {
                if !self.print(consumer, batch, signals)? {
                    return Ok(End::Signal);
                }
                last = Instant::now();
            }
            if consumer.is_rebalancing() {
                self.write(consumer)?;
                consumer.rebalance();
            }
        }
    }

    /// How many records may come next; `None` when there have been enough.
    fn next_limit(&self) -> Option<usize> {
        match self.limits.records {
            None => Some(BATCH),
            Some(records) if records <= self.taken => None,
            Some(records) => Some(usize::try_from(records - self.taken).unwrap_or(BATCH).min(BATCH)),
        }
    }

    /// Formats a batch, and writes as it grows. False if a signal came in between.
    fn print(&mut self, consumer: &mut Consumer, batch: &Batch, signals: &Signals) -> Result<bool, Failure> {
        for message in batch.messages() {
            if self.text.len() >= self.most.bytes || self.unwritten >= self.most.records {
                self.write(consumer)?;
                if signals.received().is_some() {
                    return Ok(false);
                }
                if consumer.has_lost_its_partitions() {
                    return Ok(true);
                }
            }
            if self.limits.records.is_some_and(|records| records <= self.taken) {
                // Last records come together, however many are wanted.
                return Ok(true);
            }
            let printed = self.layout.print(&message, &mut self.text);
            // As in Java, a record counts even if it cannot be printed, and the group does not see it again.
            self.taken += 1;
            self.unwritten += 1;
            consumer.note(message);
            match printed {
                Ok(None) => {}
                Ok(Some(line)) => self.context.log(&line),
                Err(reason) if self.skips => self.context.warn(format!("skipped {}: {reason}", place(message))),
                Err(reason) => {
                    self.write(consumer)?;
                    let hint = "--skip-message-on-error goes on behind such records";
                    return Err(Failure::failed(format!("cannot print {}: {reason}", place(message))).hinted(hint));
                }
            }
        }
        Ok(true)
    }

    /// Writes what has been formatted. From then on it may be committed.
    fn write(&mut self, consumer: &mut Consumer) -> Result<(), Failure> {
        self.layout.finish(&mut self.text);
        if !self.text.is_empty() {
            self.broken = true;
            self.context.stdout().write_all(&self.text)?;
            self.context.stdout().flush()?;
            self.broken = false;
            self.text.clear();
        }
        self.written += std::mem::take(&mut self.unwritten);
        consumer.written();
        Ok(())
    }

    fn warn(&self, consumer: &mut Consumer) {
        for notice in consumer.notices() {
            self.context.warn(format!("warning: {notice}"));
        }
    }
}

/// Names a record.
fn place(message: Message<'_>) -> String {
    format!("the record at offset {} of {}-{}", message.offset(), message.topic(), message.partition())
}
