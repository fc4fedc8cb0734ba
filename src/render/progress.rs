//! Progress on stderr, by indicatif: only on a terminal, and only for what takes longer than a moment.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is quicker than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(250);

/// How often the bar is drawn anew at most, per second.
const REDRAWS: u8 = 10;

/// Progress of something that may take long. Does nothing unless stderr is a terminal.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    shown_from: Option<Instant>,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things with a name in the plural: "groups", "partitions".
    Items(&'static str),
    Bytes,
}

impl Progress {
    /// Progress towards `total`; `None` if nobody knows the total.
    pub fn new(what: &'static str, unit: Unit, total: Option<u64>) -> Self {
        let shown_from = std::io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
        bar.set_draw_target(ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(&template(unit, total.is_some())) {
            bar.set_style(style);
        }
        bar.set_prefix(what);
        Self { bar, shown_from }
    }

    /// Counts `done` more.
    pub fn advance(&mut self, done: u64) {
        self.bar.inc(done);
        if self.shown_from.is_some_and(|from| Instant::now() >= from) {
            self.shown_from = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS));
        }
    }

    /// Says something beside the numbers.
    pub fn say(&self, text: impl FnOnce() -> String) {
        if !self.bar.is_hidden() {
            self.bar.set_message(text());
        }
    }

    /// Lets something else be written to the terminal meanwhile.
    pub fn aside(&self, write: impl FnOnce()) {
        self.bar.suspend(write);
    }

    /// Takes the bar off the screen.
    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn template(unit: Unit, bounded: bool) -> String {
    match (unit, bounded) {
        (Unit::Bytes, true) => "{prefix} [{wide_bar}] {bytes}/{total_bytes} {bytes_per_sec} {msg} {eta} left".to_owned(),
        (Unit::Bytes, false) => "{prefix} {bytes} {bytes_per_sec} {msg}".to_owned(),
        (Unit::Items(name), true) => format!("{{prefix}} [{{bar:30}}] {{pos}}/{{len}} {name} {{eta}} left"),
        (Unit::Items(name), false) => format!("{{prefix}} {{pos}} {name} {{per_sec}}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_valid() {
        for unit in [Unit::Bytes, Unit::Items("groups")] {
            for bounded in [true, false] {
                assert!(ProgressStyle::with_template(&template(unit, bounded)).is_ok());
            }
        }
    }

    #[test]
    fn without_a_terminal_the_bar_stays_hidden() {
        let mut progress = Progress::new("x", Unit::Items("groups"), Some(2));
        progress.shown_from = None;
        progress.advance(2);
        assert!(progress.bar.is_hidden());
    }
}
