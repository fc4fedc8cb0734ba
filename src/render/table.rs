//! A table for people, made by comfy-table: no wider than the terminal, numbers to the right.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use super::columns::plain;
use super::{Cell, Grid};

pub(super) fn write(grid: &Grid, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let shown = grid.table_columns();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(shown.iter().map(|index| grid.columns[*index].to_uppercase().replace('_', "-")));
    match width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for row in &grid.rows {
        table.add_row(shown.iter().map(|index| {
            let cell = &row[*index];
            let aligned = if matches!(cell, Cell::Int(_) | Cell::Float(_)) { CellAlignment::Right } else { CellAlignment::Left };
            comfy_table::Cell::new(plain(cell, "-")).set_alignment(aligned)
        }));
    }
    writeln!(out, "{table}")
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::sample;
    use super::*;

    #[test]
    fn a_narrow_terminal_is_never_exceeded() {
        let mut out = Vec::new();
        write(&sample(), Some(24), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("TOPIC"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 24), "{text}");
    }
}
