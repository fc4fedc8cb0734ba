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

pub use columns::{Cell, Column, Grid};
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
}

/// Writes `report` in `format`; `width` is the terminal's, in columns, if there is one.
///
/// # Errors
/// Those of the writer.
pub fn render(report: &dyn Report, format: Format, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Text => report.text(out),
        Format::Table => table::write(&report.grid(), width, out),
        Format::Json => json::write(&report.grid(), out),
        Format::Tsv => tsv::write(&report.grid(), out),
    }
}
