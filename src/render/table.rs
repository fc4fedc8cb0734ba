//! A table for people, made by comfy-table: no wider than the terminal, numbers to the right.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};

use super::columns::plain;
use super::{Cell, Grid};

pub(super) fn write(grid: &Grid, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let shown = grid.table_columns();
    let headings: Vec<String> = shown.iter().map(|index| grid.columns[*index].to_uppercase().replace('_', " ")).collect();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(&headings);
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
    if let Some(width) = width {
        keep_words_whole(&mut table, &headings, width);
    }
    writeln!(out, "{table}")
}

/// Gives every column the room for the longest word of its heading, where the terminal has it.
fn keep_words_whole(table: &mut Table, headings: &[String], width: u16) {
    // A blank on either side of the content.
    let least = |heading: &String| heading.split(' ').map(str::len).max().unwrap_or(0) + 2;
    // One line between two columns and at either end.
    if headings.iter().map(|heading| least(heading) + 1).sum::<usize>() + 1 > usize::from(width) {
        return;
    }
    for (column, heading) in table.column_iter_mut().zip(headings) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(least(heading)).unwrap_or(u16::MAX))));
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::sample;
    use super::*;

    #[test]
    fn headings_break_between_words_only() {
        let columns = [
            crate::render::Column { name: "under_replicated", cell: |row: &i32| (*row).into() },
            crate::render::Column { name: "text", cell: |_| "a long text that has to be broken into several lines to fit".into() },
        ];
        let mut out = Vec::new();
        write(&Grid::of(&columns, [1, 2]), Some(40), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("REPLICATED") && text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }

    #[test]
    fn a_narrow_terminal_is_never_exceeded() {
        let mut out = Vec::new();
        write(&sample(), Some(24), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("TOPIC"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 24), "{text}");
    }
}
