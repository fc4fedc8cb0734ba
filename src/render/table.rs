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
    let texts: Vec<Vec<String>> = grid.rows.iter().map(|row| shown.iter().map(|index| words(&row[*index])).collect()).collect();
    let widths = screen.width.and_then(|width| widths(&headings, &texts, usize::from(width)));
    let fitted = |column: usize, text: &str| widths.as_ref().map_or_else(|| text.to_owned(), |widths| wrap(text, widths[column]));
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header(headings.iter().enumerate().map(|(column, heading)| fitted(column, heading)));
    if screen.colours {
        table.enforce_styling();
    }
    match screen.width {
        Some(width) => table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    for (row, texts) in grid.rows.iter().zip(&texts) {
        table.add_row(shown.iter().zip(texts).enumerate().map(|(column, (index, text))| {
            let cell = &row[*index];
            let aligned = if matches!(cell, Cell::Int(_) | Cell::Float(_)) { CellAlignment::Right } else { CellAlignment::Left };
            let shown = comfy_table::Cell::new(fitted(column, text)).set_alignment(aligned);
            match colour(grid.tone(*index, cell)).filter(|_| screen.colours) {
                Some(colour) => shown.fg(colour),
                None => shown,
            }
        }));
    }
    for (column, width) in table.column_iter_mut().zip(widths.iter().flatten()) {
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width + 2).unwrap_or(u16::MAX))));
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

/// A text that takes many lines anyway has no say beyond this many of them in how wide its column is.
const FEW: usize = 3;

/// The length of the longest number. What is not longer is broken only where there is no room otherwise: half a number reads
/// like another one.
const NUMBER: usize = 20;

/// The widths of the columns of a table that is too wide for the terminal; `None` for one that fits, and for a terminal that
/// has no room for the columns at all.
fn widths(headings: &[String], rows: &[Vec<String>], width: usize) -> Option<Vec<usize>> {
    // A blank on either side of the content, one line between two columns, and one at either end.
    let room = width.checked_sub(headings.len() * 3 + 1)?;
    let lengths: Vec<Vec<usize>> = (0..headings.len()).map(|column| rows.iter().map(|row| length(&row[column])).collect()).collect();
    let longest = |column: usize| lengths[column].iter().copied().max().unwrap_or(0);
    if (0..headings.len()).map(|column| longest(column).max(length(&headings[column]))).sum::<usize>() <= room {
        return None;
    }
    let longest_word = |text: &str| text.split(' ').map(length).filter(|length| *length <= NUMBER).max().unwrap_or(0);
    let words = |column: usize| rows.iter().map(|row| longest_word(&row[column])).max().unwrap_or(0);
    let mut widths: Vec<usize> = headings.iter().enumerate().map(|(column, heading)| longest_word(heading).max(words(column))).collect();
    while widths.iter().sum::<usize>() > room {
        // Where not all words fit, the longest is broken.
        *widths.iter_mut().max().filter(|width| **width > 1)? -= 1;
    }
    for _ in widths.iter().sum()..room {
        // One more goes where most lines are broken.
        let lines = |column: usize, length: usize| (length.saturating_sub(1) / widths[column]).min(FEW);
        let broken = |column: usize| lengths[column].iter().map(|length| lines(column, *length)).sum::<usize>();
        let Some(column) = (0..widths.len()).rev().max_by_key(|column| broken(*column)).filter(|column| broken(*column) > 0) else { break };
        widths[column] += 1;
    }
    Some(widths)
}

fn length(text: &str) -> usize {
    text.lines().map(|line| line.chars().count()).max().unwrap_or(0)
}

/// Breaks a text into lines: at a blank, else behind punctuation, else where the width ends.
fn wrap(text: &str, width: usize) -> String {
    let mut lines = Vec::new();
    for mut rest in text.lines() {
        while let Some((end, next)) = rest.char_indices().nth(width.max(1)) {
            let head = &rest[..end];
            let blank = if next == ' ' { Some(end) } else { head.rfind(' ') };
            // A break far from the end would take more lines than it makes legible.
            let punctuation = head.rfind(['.', ',', '/', '_', '-', ':', ';']).map(|at| at + 1).filter(|at| *at * 2 > end);
            let at = blank.filter(|at| *at > 0).or(punctuation).unwrap_or(end);
            lines.push(rest[..at].trim_end());
            rest = rest[at..].trim_start();
        }
        lines.push(rest);
    }
    lines.join("\n")
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
    fn room_goes_where_most_lines_are_broken() {
        let headings = ["KIND OF THING".to_owned(), "NAME".to_owned(), "VALUE".to_owned()];
        let row = |name: &str, value: &str| vec!["broker".to_owned(), name.to_owned(), value.to_owned()];
        let rows = [row("background.threads", "10"), row("log.dirs", "/a/very/long/path/to/the/logs"), row("num.io.threads", "8")];
        assert_eq!(widths(&headings, &rows, 80), None);
        assert_eq!(widths(&headings, &rows, 41), Some(vec![6, 18, 7]));
        assert_eq!(widths(&headings, &rows, 20), Some(vec![4, 3, 3]));
        assert_eq!(widths(&headings, &rows, 12), None);
    }

    #[test]
    fn numbers_are_not_broken_while_there_is_something_else_to_break() {
        let headings = ["GROUP".to_owned(), "LAG".to_owned()];
        let rows = [vec!["a-group-whose-name-is-rather-long".to_owned(), "9223372036854775807".to_owned()]];
        assert_eq!(widths(&headings, &rows, 40), Some(vec![14, 19]));
    }

    #[test]
    fn lines_end_at_blanks_or_behind_punctuation() {
        assert_eq!(wrap("1, 2, 3, 4", 5), "1, 2,\n3, 4");
        assert_eq!(wrap("UNDER REPLICATED", 10), "UNDER\nREPLICATED");
        assert_eq!(wrap("log.retention.check.interval.ms", 20), "log.retention.check.\ninterval.ms");
        assert_eq!(wrap("a.9223372036854775807", 10), "a.92233720\n3685477580\n7");
        assert_eq!(wrap("short", 10), "short");
        assert_eq!(wrap("éé", 0), "é\né");
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
