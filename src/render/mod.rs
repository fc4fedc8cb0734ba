//! Reports on their way to stdout: Java's text, a table for people, JSON and TSV for scripts.
//!
//! A command makes a [`Report`]: Java's bytes, and the same facts as a [`Grid`] of named columns. Which of them is
//! printed, and how a grid looks, is decided here alone.

mod columns;
mod json;
pub mod progress;
mod table;
mod tsv;

use std::io::{self, Write};

pub use columns::{Cell, Column, Grid, Tone};
pub use tsv::escape;

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// What the Java tool prints, byte for byte.
    #[default]
    Text,
    /// A table that fits the terminal.
    Table,
    /// One array of objects.
    Json,
    /// A header and one line per row.
    Tsv,
}

impl Format {
    /// The names that `--output` takes.
    pub const NAMES: [&str; 4] = ["text", "table", "json", "tsv"];

    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "text" => Some(Self::Text),
            "table" => Some(Self::Table),
            "json" => Some(Self::Json),
            "tsv" => Some(Self::Tsv),
            _ => None,
        }
    }
}

/// What a command found out or did.
pub trait Report {
    /// Writes what the Java tool prints.
    ///
    /// # Errors
    /// Those of the writer.
    fn text(&self, out: &mut dyn Write) -> io::Result<()>;

    /// The same facts, as rows.
    fn grid(&self) -> Grid;

    /// What the rows come to, for a second table below the first.
    fn summary(&self) -> Option<Grid> {
        None
    }
}

/// A text as it may be shown on a terminal: what would be done there and not seen is escaped.
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() { shown.extend(character.escape_default()) } else { shown.push(character) }
    }
    shown
}

/// As [`shown`], in a line that is not part of a table: a tab does no harm there.
pub fn told(text: &str) -> String {
    text.split('\t').map(shown).collect::<Vec<_>>().join("\t")
}

/// What stands for the rest of a text.
const CUT: char = '…';

/// The beginning of a text that is longer than `width` characters, and a sign that there was more.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain([CUT]).collect()
}

/// What a table is made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Screen {
    /// The terminal's width in columns, if it is for one.
    pub width: Option<u16>,
    pub colours: bool,
}

/// Writes `report` in `format`.
///
/// # Errors
/// Those of the writer.
pub fn render(report: &dyn Report, format: Format, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => report.text(out),
        Format::Table => {
            table::write(&report.grid(), screen, out)?;
            report.summary().map_or(Ok(()), |summary| table::write(&summary, screen, out))
        }
        Format::Json => json::write(&report.grid(), out),
        Format::Tsv => tsv::write(&report.grid(), out),
    }
}

/// Writes a grid as one JSON object in one line: `head`, then the rows under `name`. For a command that prints the same again
/// and again.
///
/// # Errors
/// Those of the writer.
pub fn json_line(head: &[(&str, Cell)], name: &str, grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    json::line(head, name, grid, out)
}
