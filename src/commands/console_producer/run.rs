//! From the command line to a session.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::ArgMatches;

use super::args::{Request, request};
use super::input::{self, Input};
use super::ledger::Ledger;
use super::rejects::Rejects;
use super::rows::Rows;
use super::session::Session;
use super::tally::Tally;
use crate::commands::connect;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::error::{Error, ErrorCode};
use crate::kafka::producer::Producer;
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
    let mut input = Input::start(file).map_err(|error| unreadable(&source, &error))?;
    let rows = Rows::new(context.format, &topic);
    let producer = match Producer::open(&settings, &topic, rows.is_some() || rejects.is_some()) {
        Ok(producer) => producer,
        Err(error) => {
            // Nothing has been read that would have to be kept.
            drop(rejects.map(|rejects| rejects.finish(b"")));
            return match error {
                Error::Settings(_) => Err(error.into()),
                _ if input.is_empty(EMPTY_INPUT_PATIENCE) => Ok(()),
                error => Err(unusable(error)),
            };
        }
    };
    let signals = Signals::catch().context("cannot catch signals")?;
    // As Java, which asks whether there is a console: both streams are a terminal. Rows are for another reader.
    let prompt = std::io::stdin().is_terminal() && std::io::stdout().is_terminal() && rows.is_none() && input_file.is_none();
    let ledger = Ledger {
        context,
        tally: Tally::default(),
        rows,
        rejects,
        progress: size.map(|size| Progress::new("producing", Unit::Bytes, Some(size))),
        started: Instant::now(),
        broken: None,
    };
    Session::new(ledger, form, producer, signals, sync, prompt).run(&mut input, &source)
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

fn unusable(error: Error) -> Failure {
    let unknown = error.broker().is_some_and(|broker| broker.code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    let failure = Failure::from(error);
    if unknown { failure.hinted("check --topic, or create the topic with kafka-topics.sh --create") } else { failure }
}

pub(super) fn unreadable(source: &str, error: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot read {source}: {}", plain_io(error)))
}
