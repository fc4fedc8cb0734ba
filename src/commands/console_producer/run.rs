//! From the command line to a session.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use clap::ArgMatches;

use super::args::{Request, request};
use super::input::{self, Input};
use super::ledger::Ledger;
use super::lines::Lines;
use super::rejects::Rejects;
use super::rows::Rows;
use super::session::Session;
use crate::commands::connect;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::error::{Error, ErrorCode};
use crate::kafka::producer::{Counts, Producer};
use crate::kafka::settings::Role;
use crate::render::Format;
use crate::render::progress::{Progress, Unit};
use crate::signals::Signals;

/// How long an empty input may take to end after the topic has turned out to be unusable. Java looks at the topic when it
/// has the first record, and finds nothing wrong when there is none.
const EMPTY_INPUT_PATIENCE: Duration = Duration::from_millis(250);

/// Runs the command.
pub(in crate::commands) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let request = request(matches)?;
    announce(context, &request)?;
    let Request { topic, form, sources, sync, input_file, reject_file, .. } = request;
    let form = form.configure()?;
    let settings = connect::settings(context, Role::Producer, &sources)?;
    let source = input_file.as_deref().map_or_else(|| "the input".to_owned(), |path| path.display().to_string());
    let mut file = input::open(input_file.as_deref()).map_err(|error| unreadable(&source, &error))?;
    let rejects = reject_file.as_deref().map(|path| open_rejects(path, &file)).transpose()?;
    let size = input::rest(&mut file);
    // What has been read is not to be lost to a signal.
    let signals = Signals::catch().context("cannot catch signals")?;
    let mut input = Input::start(file).map_err(|error| unreadable(&source, &error))?;
    let rows = Rows::new(context.format, &topic);
    let detailed = rows.is_some() || rejects.is_some();
    // As Java, which asks whether there is a console: both streams are a terminal. Rows are for another reader.
    let is_console = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    let prompt = is_console && rows.is_none() && input_file.is_none();
    let progress = size.map(|size| Progress::new("producing", Unit::Bytes, Some(size)));
    let ledger = Ledger::open(context, rows, rejects, progress);
    let lines = Lines::new(form.longest_line(settings.max_request_size()));
    let producer = match Producer::open(&settings, &topic, detailed, &|| signals.received().is_some()) {
        Ok(producer) => producer,
        Err(error) => return unusable(ledger, &signals, error, input, lines),
    };
    Session::new(ledger, form, lines, producer, signals, sync, prompt).run(&mut input, &source)
}

/// Says what is to be said before anything is done.
fn announce(context: &mut Context, request: &Request) -> Result<(), Failure> {
    for deprecation in &request.deprecations {
        if context.format == Format::Text {
            writeln!(context.stdout(), "{deprecation}")?;
        } else {
            context.warn(deprecation);
        }
    }
    context.stdout().flush()?;
    for warning in &request.warnings {
        context.warn(format!("warning: {warning}"));
    }
    Ok(())
}

fn open_rejects(path: &Path, input: &std::fs::File) -> Result<Rejects, Failure> {
    let named = |reason: &str| Failure::failed(format!("--reject-file {}: {reason}", path.display()));
    let rejects = Rejects::open(path).map_err(|error| named(&plain_io(&error)))?;
    if rejects.is_file(input) {
        return Err(named("this is the file that is read").hinted("name another one"));
    }
    Ok(rejects)
}

/// Ends a run that has no producer: the topic, the brokers or the settings cannot be used, or a signal came meanwhile. What has
/// been read is put aside.
fn unusable(mut ledger: Ledger<'_>, signals: &Signals, error: Error, mut input: Input, mut lines: Lines) -> Result<(), Failure> {
    let signalled = signals.outcome();
    if signalled.is_ok() && !matches!(error, Error::Settings(_)) && input.is_empty(EMPTY_INPUT_PATIENCE) {
        return ledger.end(Ok(()), Counts::default(), &lines);
    }
    input.take_rest(&mut lines, |line| ledger.leave(line));
    let failure = match error.broker().map(|broker| broker.code) {
        // The topic is looked at for the first record.
        Some(code) if ledger.unsent > 0 => {
            let failure = Failure::failed(format!("line 1: {error}"));
            let unknown = code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
            if unknown { failure.hinted("check --topic, or create the topic with kafka-topics.sh --create") } else { failure }
        }
        _ => error.into(),
    };
    ledger.end(signalled.and(Err(failure)), Counts::default(), &lines)
}

pub(super) fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot read {source}: {}", plain_io(error)))
}
