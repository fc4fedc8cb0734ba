//! JSON: one array, one object per line, `[]` for nothing.

use std::io::{self, Write};

use serde_json::{Map, Number, Value};

use super::{Cell, Grid};

pub(super) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    if grid.rows.is_empty() {
        return writeln!(out, "[]");
    }
    let columns = grid.full_columns();
    for (index, row) in grid.rows.iter().enumerate() {
        out.write_all(if index == 0 { b"[\n  " } else { b",\n  " })?;
        let field = |index: &usize| (grid.columns[*index].to_owned(), value(&row[*index]));
        let object: Map<String, Value> = columns.iter().map(field).collect();
        serde_json::to_writer(&mut *out, &object)?;
    }
    writeln!(out, "\n]")
}

/// A cell as JSON.
pub(super) fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::String(text.clone()),
        Cell::Int(number) => Value::Number((*number).into()),
        // JSON has no infinities; there is nothing better to say than null.
        Cell::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
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
    fn nothing_is_an_empty_array() {
        let mut out = Vec::new();
        write(&Grid::default(), &mut out).unwrap();
        assert_eq!(out, b"[]\n");
    }
}
