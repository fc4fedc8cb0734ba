//! A table for people, made by comfy-table: no wider than the terminal, numbers to the right.

use std::io::{self, Write};

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, Width};

use super::columns::plain;
use super::shown;
use super::{Cell, Grid, Screen, Tone};

pub(super) fn write(grid: &Grid, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let shown = grid.table_columns();
    let headings: Vec<String> = shown.iter().map(|index| grid.columns[*index].to_uppercase().replace('_', " ")).collect();
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(&headings);
    if screen.colours {
        table.enforce_styling();
    }
    match screen.width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    let mut longest: Vec<usize> = headings.iter().map(|heading| longest_word(heading)).collect();
    let heading_words = longest.clone();
    for row in &grid.rows {
        table.add_row(shown.iter().zip(&mut longest).map(|(index, longest)| {
            let cell = &row[*index];
            let aligned = if matches!(cell, Cell::Int(_) | Cell::Float(_)) { CellAlignment::Right } else { CellAlignment::Left };
            let text = words(cell);
            *longest = longest_word(&text).min(LONG_WORD).max(*longest);
            let cell = comfy_table::Cell::new(text).set_alignment(aligned);
            match colour(grid.tone(*index, &row[*index])).filter(|_| screen.colours) {
                Some(colour) => cell.fg(colour),
                None => cell,
            }
        }));
    }
    if let Some(width) = screen.width {
        // Where not all words fit, those of the headings may.
        let _ = keep_whole(&mut table, &longest, width) || keep_whole(&mut table, &heading_words, width);
    }
    writeln!(out, "{table}")
}

fn colour(tone: Tone) -> Option<Color> {
    match tone {
        Tone::Plain => None,
        Tone::Good => Some(Color::Green),
        Tone::Warning => Some(Color::Yellow),
        Tone::Bad => Some(Color::Red),
    }
}

/// A cell's text: the items of a list are words, so that a narrow column breaks between them.
fn words(cell: &Cell) -> String {
    match cell {
        Cell::List(items) => items.iter().map(|item| shown(&plain(item, "-"))).collect::<Vec<_>>().join(", "),
        cell => shown(&plain(cell, "-")),
    }
}

/// A longer word is broken where there is not much room: names have no end.
const LONG_WORD: usize = 12;

fn longest_word(text: &str) -> usize {
    text.split(' ').map(|word| word.chars().count()).max().unwrap_or(0)
}

/// Gives every column the room for a word of this length; says whether the terminal has it.
fn keep_whole(table: &mut Table, words: &[usize], width: u16) -> bool {
    // A blank on either side of the content, one line between two columns, and one at either end.
    if words.iter().map(|word| word + 3).sum::<usize>() + 1 > usize::from(width) {
        return false;
    }
    for (column, word) in table.column_iter_mut().zip(words) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(u16::try_from(word + 2).unwrap_or(u16::MAX))));
    }
    true
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::sample;
    use super::*;

    fn narrow(width: u16) -> Screen {
        Screen { width: Some(width), colours: false }
    }

    #[test]
    fn colours_are_there_only_where_they_are_wanted() {
        let text = |colours| {
            let mut out = Vec::new();
            write(&sample().graded(&["leader"]).alarming(&["topic"]), Screen { width: None, colours }, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert!(!text(false).contains('\u{1b}'), "{}", text(false));
        // The library has an eye on this variable, too.
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        assert_eq!(text(true).contains('\u{1b}'), !forbidden);
    }

    #[test]
    fn headings_break_between_words_only() {
        let columns = [
            crate::render::Column { name: "under_replicated", cell: |row: &i32| (*row).into() },
            crate::render::Column { name: "text", cell: |_| "a long text that has to be broken into several lines to fit".into() },
        ];
        let mut out = Vec::new();
        write(&Grid::of(&columns, [1, 2]), narrow(40), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("REPLICATED") && text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }

    #[test]
    fn what_a_name_would_do_to_a_terminal_is_not_done() {
        let columns = [crate::render::Column { name: "group", cell: |name: &&str| (*name).into() }];
        let mut out = Vec::new();
        write(&Grid::of(&columns, ["\u{1b}[31mred\nnext\tto"]), Screen::default(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r" \u{1b}[31mred\nnext\tto "), "{text}");
    }

    #[test]
    fn a_narrow_terminal_is_never_exceeded() {
        let mut out = Vec::new();
        write(&sample(), narrow(24), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains("TOPIC"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 24), "{text}");
    }
}
