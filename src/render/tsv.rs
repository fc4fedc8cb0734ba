//! TSV: a header, then one line per row. Tab, line ends and backslash inside a value are written `\t`, `\n`, `\r`, `\\`.
//!
//! A list has commas between its items. What has names inside is written as in JSON: values may have commas of their own.

use std::io::{self, Write};

use super::columns::plain;
use super::{Cell, Grid, json};

pub(super) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let columns = grid.full_columns();
    let names: Vec<&str> = columns.iter().map(|index| grid.columns[*index]).collect();
    writeln!(out, "{}", names.join("\t"))?;
    for row in &grid.rows {
        let fields: Vec<String> = columns.iter().map(|index| escape(&field(&row[*index]))).collect();
        writeln!(out, "{}", fields.join("\t"))?;
    }
    Ok(())
}

fn field(cell: &Cell) -> String {
    match cell {
        Cell::Map(_) => json::value(cell).to_string(),
        Cell::List(items) if items.iter().any(|item| matches!(item, Cell::Map(_) | Cell::List(_))) => json::value(cell).to_string(),
        cell => plain(cell, ""),
    }
}

/// One field, without the characters that give a line its form.
pub fn escape(text: &str) -> String {
    if !text.contains(['\\', '\t', '\n', '\r']) {
        return text.to_owned();
    }
    text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::sample;
    use super::*;

    #[test]
    fn a_header_and_a_line_per_row() {
        let mut out = Vec::new();
        write(&sample(), &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "topic\tleader\tisr\na\\tb\t1\t1,2\nc\t\t\n");
    }
    #[test]
    fn what_has_names_inside_is_written_as_in_json() {
        let map = Cell::Map(vec![("a".into(), Cell::from("x,y")), ("b".into(), Cell::Null)]);
        assert_eq!(field(&map), r#"{"a":"x,y","b":null}"#);
        assert_eq!(field(&Cell::List(vec![map])), r#"[{"a":"x,y","b":null}]"#);
        assert_eq!(field(&Cell::List(vec![Cell::from("u"), Cell::Null])), "u,");
        assert_eq!(field(&Cell::List(vec![])), "");
    }
}
