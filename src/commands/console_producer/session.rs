//! One run: lines from the input to the topic, each counted to its acknowledgement.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::form::{Batch, Form};
use super::input::{Input, Next};
use super::ledger::Ledger;
use super::lines::{Line, Lines, Whole};
use super::run::unreadable;
use super::tally::records;
use crate::failure::{Failure, plain_io};
use crate::kafka::producer::Producer;
use crate::signals::Signals;

/// How many records go to the library at a time.
const BATCH: usize = 1000;

/// How long deliveries are waited for before the input is looked at again, while some are outstanding: little at first,
/// and more as long as nothing comes.
const BUSY_PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(5)];

/// How long the input is waited for while nothing is outstanding: only a signal can come.
const IDLE_PAUSE: Duration = Duration::from_millis(100);

/// How long deliveries are waited for before signals are looked at again.
const DRAIN_PAUSE: Duration = Duration::from_millis(50);

/// What a delivery may take beyond delivery.timeout.ms before its fate counts as unknown.
const DELIVERY_GRACE: Duration = Duration::from_secs(10);

/// How long the end may take before the user hears what it waits for.
const SILENT_DRAIN: Duration = Duration::from_secs(2);

/// One run of the tool.
pub(super) struct Session<'a> {
    ledger: Ledger<'a>,
    form: Form,
    producer: Producer,
    signals: Signals,
    sync: bool,
    prompt: bool,
    lines: Lines,
    /// Nothing more is sent, and what was sent has been waited for.
    drained: bool,
}

impl<'a> Session<'a> {
    pub fn new(ledger: Ledger<'a>, form: Form, lines: Lines, producer: Producer, signals: Signals, sync: bool, prompt: bool) -> Self {
        Self { ledger, form, producer, signals, sync, prompt, lines, drained: false }
    }

    /// Sends everything. `source` is what an unreadable input is called.
    pub fn run(mut self, input: &mut Input, source: &str) -> Result<(), Failure> {
        let read = self.read(input, source);
        let read = read.and_then(|()| self.signals.outcome());
        if read.is_err() {
            let mut lines = std::mem::replace(&mut self.lines, Lines::new(0));
            input.take_rest(&mut lines, |line| self.leave(line));
            self.lines = lines;
        }
        self.drain(read.is_err());
        let read = read.and_then(|()| self.ledger.check());
        let Self { ledger, producer, lines, .. } = self;
        ledger.end(read, producer.counts(), &lines)
    }

    /// Sends what is read until the input ends, something ends the run, or a signal comes.
    fn read(&mut self, input: &mut Input, source: &str) -> Result<(), Failure> {
        self.prompt()?;
        let mut pause = BUSY_PAUSES[0];
        loop {
            // What has been read already is still sent after a signal, unless there is no room for it.
            let stopping = self.signals.received().is_some();
            let idle = self.producer.counts().outstanding() == 0;
            let mut patience = Duration::ZERO;
            match input.next(if idle && !stopping { IDLE_PAUSE } else { Duration::ZERO }) {
                Next::Chunk(chunk) => {
                    pause = BUSY_PAUSES[0];
                    self.send_chunk(chunk.bytes())?;
                    if let Some(progress) = &mut self.ledger.progress {
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
                Next::Pause if idle => {}
                Next::Pause => {
                    patience = pause;
                    pause = (pause * 2).min(BUSY_PAUSES[1]);
                }
                Next::End => return self.send_last(),
                Next::Broken(error) => return Err(unreadable(source, &error)),
            }
            self.producer.serve(patience);
            self.ledger.tell(&mut self.producer);
            self.ledger.check()?;
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
        if outcome.is_err() {
            lines.for_each(|line| self.leave(line));
        }
        outcome
    }

    /// Sends lines as records, in batches. What comes before a line that ends the run is sent.
    fn send_records<'b>(&mut self, lines: impl Iterator<Item = Line<'b>>) -> Result<(), Failure> {
        let size = if self.sync || self.prompt { 1 } else { BATCH };
        let mut batch = self.form.batch();
        for line in lines {
            match line {
                Line::Whole(whole) => self.take(whole, &mut batch)?,
                Line::Part(_) | Line::TooLong(_) => {
                    let sent = self.send(&mut batch);
                    self.refuse(line);
                    sent?;
                    if self.sync {
                        self.wait_for_each()?;
                    }
                }
            }
            if batch.len() >= size {
                self.send(&mut batch)?;
            }
            if size == 1 {
                self.prompt()?;
            }
        }
        self.send(&mut batch)
    }

    /// Takes a line into the batch. One that is no record is put aside if there is a place for that, and ends the run if not.
    fn take<'b>(&mut self, line: Whole<'b>, batch: &mut Batch<'b>) -> Result<(), Failure> {
        self.ledger.number += 1;
        match self.form.read(line.text(), self.ledger.number, batch) {
            Ok(true) => self.ledger.keep(self.ledger.number, line.raw),
            Ok(false) => {}
            Err(unreadable) if self.ledger.put_aside(self.ledger.number, line.raw, &unreadable.reason) => {}
            Err(unreadable) => {
                self.send(batch)?;
                return Err(Failure::failed(unreadable.sentence));
            }
        }
        Ok(())
    }

    /// Puts a line aside that has been read, and is not sent any more.
    fn leave(&mut self, line: Line<'_>) {
        if !matches!(line, Line::Whole(_)) {
            // Its parts must not overtake what is still on its way.
            self.drain(true);
        }
        self.ledger.leave(line);
    }

    /// Counts a line that is too long for any record as failed.
    fn refuse(&mut self, line: Line<'_>) {
        if !self.ledger.takes_parts() {
            self.settle_all(false);
        }
        self.ledger.pass(line);
        if let Line::TooLong(length) = line {
            self.producer.refuse_too_long(self.ledger.number, length);
        }
    }

    /// Sends a batch, if there is anything in it, and empties it. Waits for acknowledgements first where too much is kept.
    fn send(&mut self, batch: &mut Batch<'_>) -> Result<(), Failure> {
        let Self { producer, ledger, signals, .. } = self;
        // Lines that are no records are kept, too, and come with no batch. Without any record on its way, what is kept are the
        // lines of this very batch.
        while ledger.is_full() && producer.counts().outstanding() > 0 && signals.received().is_none() && ledger.broken.is_none() {
            producer.serve(DRAIN_PAUSE);
            ledger.tell(producer);
        }
        if batch.len() == 0 {
            return ledger.check();
        }
        let sent = batch.with(|records| {
            producer.send(records, &mut |producer| {
                ledger.tell(producer);
                signals.received().is_none() && ledger.broken.is_none()
            })
        });
        batch.clear();
        self.ledger.unsent += sent.left;
        self.ledger.check()?;
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
        self.ledger.tell(&mut self.producer);
        self.ledger.check()
    }

    /// `--sync`: nothing more is read before this has an answer, and nothing at all after a bad one.
    fn wait_for_each(&mut self) -> Result<(), Failure> {
        let deadline = Instant::now() + self.producer.delivery_timeout() + DELIVERY_GRACE;
        while self.producer.counts().outstanding() > 0 && Instant::now() < deadline {
            self.producer.serve(DRAIN_PAUSE);
            self.ledger.tell_trouble(&mut self.producer);
            self.signals.outcome()?;
        }
        let failed = self.ledger.settle(&mut self.producer);
        self.ledger.check()?;
        match failed.into_iter().next() {
            Some((line, reason)) => Err(Failure::failed(format!("line {line}: {reason}"))),
            None if self.producer.counts().outstanding() > 0 => {
                Err(Failure::failed(format!("line {}: no answer at all", self.ledger.number)))
            }
            None => Ok(()),
        }
    }

    /// Waits until every record has been acknowledged or has failed. Nothing is sent after that.
    fn drain(&mut self, broken_off: bool) {
        if !std::mem::replace(&mut self.drained, true) {
            self.settle_all(broken_off);
        }
    }

    fn settle_all(&mut self, broken_off: bool) {
        let started = Instant::now();
        let deadline = started + self.producer.delivery_timeout() + DELIVERY_GRACE;
        let (mut secured, mut told) = (false, false);
        if let Err(error) = self.producer.start_flush(deadline - started) {
            let reason = plain_io(&error);
            self.ledger.warn(&format!("what lingers is sent when linger.ms is over: no thread to send it at once: {reason}"));
        }
        while self.producer.counts().outstanding() > 0 && Instant::now() < deadline {
            self.producer.serve(DRAIN_PAUSE);
            self.ledger.note(&mut self.producer);
            // Who has asked for the end should know why it does not come.
            let impatient = broken_off || self.signals.received().is_some();
            if impatient && !std::mem::replace(&mut secured, true) {
                self.ledger.secure();
            }
            if impatient && !told && started.elapsed() > SILENT_DRAIN {
                told = true;
                let outstanding = records(self.producer.counts().outstanding());
                self.ledger.warn(&format!("waiting for the acknowledgement of {outstanding}; another signal ends that at once"));
            }
            self.ledger.tell_trouble(&mut self.producer);
        }
        self.ledger.note(&mut self.producer);
    }

    fn prompt(&mut self) -> Result<(), Failure> {
        if self.prompt {
            self.ledger.context.stdout().write_all(b">")?;
            self.ledger.context.stdout().flush()?;
        }
        Ok(())
    }
}
