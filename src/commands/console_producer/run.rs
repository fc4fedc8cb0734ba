//! Lines from standard input to a topic, each counted to its acknowledgement.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::ArgMatches;

use super::args::{Request, request};
use super::input::{Input, Next};
use super::lines::{Line, Lines};
use super::reader::LineReader;
use super::tally::{Tally, rest, totals};
use crate::commands::connect;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::error::{Error, ErrorCode};
use crate::kafka::producer::{Producer, Record};
use crate::kafka::settings::Role;
use crate::render::progress::{Progress, Unit};
use crate::signals::Signals;

/// How many records go to the library at a time.
const BATCH: usize = 1000;

/// How long an empty input may take to end after the topic has turned out to be unusable. Java looks at the topic when it
/// has the first record, and finds nothing wrong when there is none.
const EMPTY_INPUT_PATIENCE: Duration = Duration::from_millis(250);

/// How long the input is waited for before deliveries are looked at again, while some are outstanding.
const BUSY_PAUSE: Duration = Duration::from_millis(20);

/// The same while nothing is outstanding: only a signal can come.
const IDLE_PAUSE: Duration = Duration::from_millis(100);

/// How long deliveries are waited for before signals are looked at again.
const DRAIN_PAUSE: Duration = Duration::from_millis(50);

/// What a delivery may take beyond delivery.timeout.ms before its fate counts as unknown.
const DELIVERY_GRACE: Duration = Duration::from_secs(10);

/// How long the end may take before the user hears what it waits for.
const SILENT_DRAIN: Duration = Duration::from_secs(2);

/// A line that is longer than a record may be cannot be a record, whatever its separators and markers: these few bytes of
/// it count at most for those.
const SEPARATORS: usize = 1 << 16;

/// Runs the command.
pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let Request { topic, reader, sources, sync, deprecations, warnings } = request(matches)?;
    for deprecation in deprecations {
        writeln!(context.stdout(), "{deprecation}")?;
    }
    context.stdout().flush()?;
    for warning in warnings {
        context.warn(format!("warning: {warning}"));
    }
    let reader = LineReader::configure(&reader).map_err(Failure::failed)?;
    let settings = connect::settings(context, Role::Producer, &sources)?;
    let (mut input, size) = Input::stdin().map_err(|error| unreadable(&error))?;
    let producer = match Producer::open(&settings, &topic) {
        Ok(producer) => producer,
        Err(error @ Error::Settings(_)) => return Err(error.into()),
        Err(_) if input.is_empty(EMPTY_INPUT_PATIENCE) => return Ok(()),
        Err(error) => return Err(unusable(error)),
    };
    let signals = Signals::catch().context("cannot catch signals")?;
    let session = Session {
        // As Java, which asks whether there is a console: both streams are a terminal.
        prompt: std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        progress: size.map(|size| Progress::new("producing", Unit::Bytes, Some(size))),
        lines: Lines::new(producer.max_request_size() + SEPARATORS),
        context,
        reader,
        producer,
        sync,
        signals,
        tally: Tally::default(),
        number: 0,
        unsent: 0,
    };
    session.run(&mut input)
}

fn unusable(error: Error) -> Failure {
    let unknown = error.broker().is_some_and(|broker| broker.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    let failure = Failure::from(error);
    if unknown { failure.hinted("check --topic, or create the topic with kafka-topics.sh --create") } else { failure }
}

fn unreadable(error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot read the input: {}", plain_io(error)))
}

/// One run of the tool.
struct Session<'a> {
    context: &'a mut Context,
    reader: LineReader,
    producer: Producer,
    sync: bool,
    signals: Signals,
    lines: Lines,
    /// The number of the line read last.
    number: usize,
    /// How many lines have been read that no record was made of any more.
    unsent: usize,
    tally: Tally,
    prompt: bool,
    progress: Option<Progress>,
}

impl Session<'_> {
    fn run(mut self, input: &mut Input) -> Result<(), Failure> {
        let read = self.read(input);
        let read = read.and_then(|()| self.signals.outcome());
        if matches!(read, Err(Failure::Signalled(_))) {
            self.count_unsent(input);
        }
        self.drain(read.is_err());
        self.end(read)
    }

    /// Sends what is read until the input ends, something ends the run, or a signal comes.
    fn read(&mut self, input: &mut Input) -> Result<(), Failure> {
        self.prompt()?;
        loop {
            // What has been read already is still sent after a signal, unless there is no room for it; see `count_unsent`.
            let stopping = self.signals.received().is_some();
            let patience = match self.producer.counts().outstanding() {
                _ if stopping => Duration::ZERO,
                0 => IDLE_PAUSE,
                _ => BUSY_PAUSE,
            };
            match input.next(patience) {
                Next::Chunk(chunk) => {
                    self.send_chunk(chunk.bytes())?;
                    if let Some(progress) = &mut self.progress {
                        progress.advance(chunk.bytes().len() as u64);
                    }
                    if stopping {
                        // Not given back: reading ends with the buffers that are full now.
                        drop(chunk);
                    } else {
                        input.recycle(chunk);
                    }
                }
                Next::Pause if stopping => return Ok(()),
                Next::Pause => {}
                Next::End => return self.send_last(),
                Next::Broken(error) => return Err(unreadable(&error)),
            }
            self.producer.serve(Duration::ZERO);
            self.tell();
        }
    }

    fn send_chunk(&mut self, chunk: &[u8]) -> Result<(), Failure> {
        // The lines are taken out for as long as records borrow from them.
        let mut lines = std::mem::replace(&mut self.lines, Lines::new(0));
        let outcome = self.send_lines(lines.feed(chunk));
        self.lines = lines;
        outcome
    }

    fn send_last(&mut self) -> Result<(), Failure> {
        let mut lines = std::mem::replace(&mut self.lines, Lines::new(0));
        self.send_lines(lines.finish().into_iter())
    }

    fn send_lines<'b>(&mut self, mut lines: impl Iterator<Item = Line<'b>>) -> Result<(), Failure> {
        let outcome = self.send_records(lines.by_ref());
        // There are some left only if something has ended the run.
        self.unsent += lines.count();
        outcome
    }

    /// Counts the lines that have been read ahead, and are not going to be sent because a signal has ended the run.
    fn count_unsent(&mut self, input: &mut Input) {
        loop {
            match input.next(Duration::ZERO) {
                Next::Chunk(chunk) => self.unsent += self.lines.feed(chunk.bytes()).count(),
                Next::End => {
                    self.unsent += usize::from(self.lines.finish().is_some());
                    return;
                }
                Next::Pause | Next::Broken(_) => return,
            }
        }
    }

    /// Sends lines as records, in batches. What comes before a line that ends the run is sent.
    fn send_records<'b>(&mut self, lines: impl Iterator<Item = Line<'b>>) -> Result<(), Failure> {
        let size = if self.sync || self.prompt { 1 } else { BATCH };
        let mut batch: Vec<Record<'b>> = Vec::new();
        for line in lines {
            self.number += 1;
            let record = match line {
                Line::Bytes(line) => self.reader.parse(line, self.number),
                Line::TooLong(length) => {
                    self.producer.refuse_too_long(self.number, length);
                    if self.sync {
                        self.wait_for_each()?;
                    }
                    self.prompt()?;
                    continue;
                }
            };
            match record {
                Ok(record) => batch.push(record),
                Err(reason) => {
                    self.send(&batch)?;
                    return Err(Failure::failed(reason));
                }
            }
            if batch.len() == size {
                self.send(&batch)?;
                batch.clear();
                self.prompt()?;
            }
        }
        self.send(&batch)
    }

    fn send(&mut self, batch: &[Record<'_>]) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        let signals = self.signals.clone();
        let sent = self.producer.send(batch, &|| signals.received().is_some());
        self.unsent += sent.left;
        if let Some(error) = sent.error {
            let line = sent.first_left.map_or_else(String::new, |line| format!("line {line}: "));
            return Err(Failure::failed(format!("{line}{error}")));
        }
        if sent.left > 0 {
            return self.signals.outcome();
        }
        if self.sync {
            return self.wait_for_each();
        }
        self.tell();
        Ok(())
    }

    /// `--sync`: nothing more is read before this has an answer, and nothing at all after a bad one.
    fn wait_for_each(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.producer.delivery_timeout() + DELIVERY_GRACE;
        while self.producer.counts().outstanding() > 0 && Instant::now() < deadline {
            self.producer.serve(DRAIN_PAUSE);
            self.signals.outcome()?;
        }
        match self.producer.failures().pop() {
            Some(failure) => Err(Failure::failed(format!("line {}: {}", failure.tag, failure.error))),
            None if self.producer.counts().outstanding() > 0 => Err(Failure::failed(format!("line {}: no answer at all", self.number))),
            None => Ok(()),
        }
    }

    /// Waits until every record has been acknowledged or has failed.
    fn drain(&mut self, broken_off: bool) {
        let started = Instant::now();
        let deadline = started + self.producer.delivery_timeout() + DELIVERY_GRACE;
        let mut told = false;
        if let Err(error) = self.producer.start_flush(deadline - started) {
            self.context.warn(format!("what lingers is sent when linger.ms is over: no thread to send it at once: {}", plain_io(&error)));
        }
        while self.producer.counts().outstanding() > 0 && Instant::now() < deadline {
            self.producer.serve(DRAIN_PAUSE);
            self.note_failures();
            // Who has asked for the end should know why it does not come.
            let impatient = broken_off || self.signals.received().is_some();
            if impatient && !told && started.elapsed() > SILENT_DRAIN {
                told = true;
                self.context.warn(format!(
                    "waiting for the acknowledgement of {} records; another signal ends that at once",
                    self.producer.counts().outstanding()
                ));
            }
            self.tell_trouble();
        }
        self.note_failures();
    }

    /// What is to be said about the whole run.
    fn end(mut self, read: Result<(), Failure>) -> Result<(), Failure> {
        if let Some(progress) = self.progress.take() {
            progress.finish();
        }
        let counts = self.producer.counts();
        let summary = self.tally.summary(counts);
        match (read, summary) {
            (Ok(()), None) => Ok(()),
            (Ok(()), Some(summary)) => Err(Failure::failed(summary)),
            (Err(signal @ Failure::Signalled(_)), summary) => {
                let rest = rest(self.unsent, self.lines.has_begun());
                self.context.warn(format!("ended by a signal: {}{rest}", summary.unwrap_or_else(|| totals(counts))));
                Err(signal)
            }
            (Err(failure), _) if counts.sent == 0 => Err(failure),
            (Err(failure), Some(summary)) => Err(failure.hinted(summary)),
            (Err(failure), None) => Err(failure.hinted(totals(counts))),
        }
    }

    /// Tells what has become known while records are being read.
    fn tell(&mut self) {
        for failure in self.producer.failures() {
            let text = failure.error.to_string();
            if self.tally.add(failure.tag, text.clone()) {
                self.context.warn(format!("line {}: {text}", failure.tag));
            }
        }
        self.tell_trouble();
    }

    fn tell_trouble(&mut self) {
        if let Some(trouble) = self.producer.trouble() {
            self.context.warn(format!("no broker can be reached at the moment, trying again: {trouble}"));
        }
    }

    fn note_failures(&mut self) {
        for failure in self.producer.failures() {
            self.tally.add(failure.tag, failure.error.to_string());
        }
    }

    fn prompt(&mut self) -> Result<(), Failure> {
        if self.prompt {
            self.context.stdout().write_all(b">")?;
            self.context.stdout().flush()?;
        }
        Ok(())
    }
}
