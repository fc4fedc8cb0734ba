//! JSON: one array, one object per line, `[]` for nothing.

use std::io::{self, Write};

use serde_json::{Map, Number, Value};

use super::{Cell, Grid};
use crate::java::float::double;

pub(super) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    if grid.rows.is_empty() {
        return writeln!(out, "[]");
    }
    for (index, object) in objects(grid).enumerate() {
        out.write_all(if index == 0 { b"[\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &object)?;
    }
    writeln!(out, "\n]")
}

/// Everything in one line.
pub(super) fn line(head: &[(&str, Cell)], name: &str, grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    let mut whole: Map<String, Value> = head.iter().map(|(name, cell)| ((*name).to_owned(), value(cell))).collect();
    whole.insert(name.to_owned(), Value::Array(objects(grid).map(Value::Object).collect()));
    serde_json::to_writer(&mut *out, &whole)?;
    writeln!(out)
}

fn objects(grid: &Grid) -> impl Iterator<Item = Map<String, Value>> + use<'_> {
    let columns = grid.full_columns();
    let object = move |row: &Vec<Cell>| {
        columns.iter().map(|index| (grid.columns[*index].to_owned(), value(&row[*index]))).collect::<Map<String, Value>>()
    };
    grid.rows.iter().map(object)
}

/// A cell as JSON.
pub(super) fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::String(text.clone()),
        Cell::Int(number) => Value::Number((*number).into()),
        // JSON has no number for these.
        Cell::Float(number) => Number::from_f64(*number).map_or_else(|| Value::String(double(*number)), Value::Number),
        Cell::Bool(flag) => Value::Bool(*flag),
        Cell::List(items) => Value::Array(items.iter().map(value).collect()),
        Cell::Map(entries) => Value::Object(entries.iter().map(|(key, cell)| (key.clone(), value(cell))).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::tests::sample;
    use super::*;

    #[test]
    fn rows_are_objects_and_absence_is_null_or_empty() {
        let mut out = Vec::new();
        write(&sample(), &mut out).unwrap();
        let expected = "[\n  {\"topic\":\"a\\tb\",\"leader\":1,\"isr\":[1,2]},\n  {\"topic\":\"c\",\"leader\":null,\"isr\":[]}\n]\n";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn a_line_has_a_head_and_all_rows() {
        let mut out = Vec::new();
        line(&[("time", 1.into())], "rows", &sample(), &mut out).unwrap();
        let rows = "[{\"topic\":\"a\\tb\",\"leader\":1,\"isr\":[1,2]},{\"topic\":\"c\",\"leader\":null,\"isr\":[]}]";
        assert_eq!(String::from_utf8(out).unwrap(), format!("{{\"time\":1,\"rows\":{rows}}}\n"));
    }

    #[test]
    fn nothing_is_an_empty_array() {
        let mut out = Vec::new();
        write(&Grid::default(), &mut out).unwrap();
        assert_eq!(out, b"[]\n");
    }
}
