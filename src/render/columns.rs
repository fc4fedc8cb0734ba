//! Rows with named columns: the one description from which table, JSON and TSV are made.

/// The value of one column in one row.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing to tell: `null`, an empty field, `-`.
    Null,
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Cell>),
    Map(Vec<(String, Cell)>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i32> for Cell {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Clone + Into<Cell>> From<&[T]> for Cell {
    fn from(values: &[T]) -> Self {
        Self::List(values.iter().cloned().map(Into::into).collect())
    }
}

/// One column of rows of type `R`.
pub struct Column<R> {
    /// The stable name in JSON and TSV, in snake_case.
    pub name: &'static str,
    /// The value in a row.
    pub cell: fn(&R) -> Cell,
}

/// Rows whose columns have names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// The grid of `rows`, with `columns` in the order in which they are printed.
    pub fn of<R>(columns: &[Column<R>], rows: impl IntoIterator<Item = R>) -> Self {
        Self {
            columns: columns.iter().map(|column| column.name).collect(),
            rows: rows.into_iter().map(|row| columns.iter().map(|column| (column.cell)(&row)).collect()).collect(),
        }
    }
}

/// Writes a cell as plain text; `null` stands for what is not there.
pub(super) fn plain(cell: &Cell, null: &str) -> String {
    let join = |items: Vec<String>| items.join(",");
    match cell {
        Cell::Null => null.to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) => number.to_string(),
        Cell::Bool(flag) => flag.to_string(),
        Cell::List(items) => join(items.iter().map(|item| plain(item, null)).collect()),
        Cell::Map(entries) => join(entries.iter().map(|(key, value)| format!("{key}={}", plain(value, null))).collect()),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::render) struct Sample {
        pub topic: &'static str,
        pub leader: Option<i32>,
        pub isr: &'static [i32],
    }

    pub(in crate::render) fn sample() -> Grid {
        let columns = [
            Column { name: "topic", cell: |row: &Sample| row.topic.into() },
            Column { name: "leader", cell: |row| row.leader.into() },
            Column { name: "isr", cell: |row| row.isr.into() },
        ];
        Grid::of(&columns, [Sample { topic: "a\tb", leader: Some(1), isr: &[1, 2] }, Sample { topic: "c", leader: None, isr: &[] }])
    }

    #[test]
    fn a_grid_takes_its_cells_from_the_rows() {
        let grid = sample();
        assert_eq!(grid.columns, ["topic", "leader", "isr"]);
        assert_eq!(grid.rows[1], [Cell::Text("c".into()), Cell::Null, Cell::List(vec![])]);
    }

    #[test]
    fn maps_and_lists_are_joined_by_commas() {
        let map = Cell::Map(vec![("a".into(), Cell::Int(1)), ("b".into(), Cell::Null)]);
        assert_eq!(plain(&map, "-"), "a=1,b=-");
    }
}
