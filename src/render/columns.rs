//! Rows with named columns: the one description from which table, JSON and TSV are made.

use crate::java::float::double;

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

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Int(i64::try_from(number).unwrap_or(i64::MAX))
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

/// How a value is to be taken by someone who looks for trouble: its colour on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Good,
    Warning,
    Bad,
}

/// Rows whose columns have names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<Cell>>,
    /// Columns that are for scripts alone: a table leaves them out.
    full_only: Vec<&'static str>,
    /// Columns that sum up for people what others have one by one.
    table_only: Vec<&'static str>,
    /// Columns that a table has only if one of its rows has something to say in them.
    when_present: Vec<&'static str>,
    /// Columns with numbers that are worse the larger they are.
    graded: Vec<&'static str>,
    /// Columns in which everything there is is bad.
    alarming: Vec<&'static str>,
}

impl Grid {
    /// The grid of `rows`, with `columns` in the order in which they are printed.
    pub fn of<R>(columns: &[Column<R>], rows: impl IntoIterator<Item = R>) -> Self {
        Self {
            columns: columns.iter().map(|column| column.name).collect(),
            rows: rows.into_iter().map(|row| columns.iter().map(|column| (column.cell)(&row)).collect()).collect(),
            full_only: Vec::new(),
            table_only: Vec::new(),
            when_present: Vec::new(),
            graded: Vec::new(),
            alarming: Vec::new(),
        }
    }

    /// Keeps these columns out of tables.
    #[must_use]
    pub fn full_only(mut self, columns: &[&'static str]) -> Self {
        self.full_only.extend(columns);
        self
    }

    /// Keeps these columns out of everything but tables.
    #[must_use]
    pub fn table_only(mut self, columns: &[&'static str]) -> Self {
        self.table_only.extend(columns);
        self
    }

    /// Keeps these columns out of tables in which they would be empty.
    #[must_use]
    pub fn when_present(mut self, columns: &[&'static str]) -> Self {
        self.when_present.extend(columns);
        self
    }

    /// Colours the numbers of these columns by their size: nothing is left to do, little, much, very much.
    #[must_use]
    pub fn graded(mut self, columns: &[&'static str]) -> Self {
        self.graded.extend(columns);
        self
    }

    /// Colours everything in these columns as bad.
    #[must_use]
    pub fn alarming(mut self, columns: &[&'static str]) -> Self {
        self.alarming.extend(columns);
        self
    }

    /// The tone of a cell in the column with this index.
    pub(super) fn tone(&self, column: usize, cell: &Cell) -> Tone {
        let name = self.columns[column];
        match cell {
            Cell::Null => Tone::Plain,
            _ if self.alarming.contains(&name) => Tone::Bad,
            Cell::Int(number) if self.graded.contains(&name) => grade(*number),
            _ => Tone::Plain,
        }
    }

    /// The indices of the columns that scripts get.
    pub(super) fn full_columns(&self) -> Vec<usize> {
        (0..self.columns.len()).filter(|index| !self.table_only.contains(&self.columns[*index])).collect()
    }

    /// The indices of the columns that a table has.
    pub(super) fn table_columns(&self) -> Vec<usize> {
        let empty = |cell: &Cell| matches!(cell, Cell::Null) || matches!(cell, Cell::List(items) if items.is_empty());
        let shown = |index: &usize| {
            let name = self.columns[*index];
            let missing = || self.rows.iter().all(|row| empty(&row[*index]));
            let left_out = self.full_only.contains(&name) || self.when_present.contains(&name) && missing();
            !left_out
        };
        (0..self.columns.len()).filter(shown).collect()
    }
}

/// From here on a backlog is worth a look, and from there on it is trouble, as is one that cannot be.
const MUCH: i64 = 1_000;
const VERY_MUCH: i64 = 100_000;

fn grade(number: i64) -> Tone {
    match number {
        0 => Tone::Good,
        1..MUCH => Tone::Plain,
        MUCH..VERY_MUCH => Tone::Warning,
        ..0 | VERY_MUCH.. => Tone::Bad,
    }
}

/// Writes a cell as plain text; `null` stands for what is not there.
pub(super) fn plain(cell: &Cell, null: &str) -> String {
    let join = |items: Vec<String>| items.join(",");
    match cell {
        Cell::Null => null.to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Int(number) => number.to_string(),
        Cell::Float(number) if number.is_finite() => number.to_string(),
        Cell::Float(number) => double(*number),
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
    fn a_table_leaves_out_what_is_for_scripts_and_what_is_empty() {
        let grid = sample();
        assert_eq!(grid.table_columns(), [0, 1, 2]);
        assert_eq!(grid.clone().full_only(&["isr"]).table_columns(), [0, 1]);
        assert_eq!(grid.clone().when_present(&["isr"]).table_columns(), [0, 1, 2]);
        let mut grid = grid.when_present(&["isr"]);
        grid.rows.remove(0);
        assert_eq!(grid.table_columns(), [0, 1]);
    }

    #[test]
    fn what_sums_up_is_for_tables() {
        let grid = sample().table_only(&["leader"]);
        assert_eq!(grid.table_columns(), [0, 1, 2]);
        assert_eq!(grid.full_columns(), [0, 2]);
    }

    #[test]
    fn numbers_are_coloured_by_size_and_what_is_bad_always() {
        let grid = sample().graded(&["leader"]).alarming(&["topic"]);
        let tones = [0, 1, 999, 1_000, 100_000].map(|number| grid.tone(1, &Cell::Int(number)));
        assert_eq!(tones, [Tone::Good, Tone::Plain, Tone::Plain, Tone::Warning, Tone::Bad]);
        assert_eq!(
            (grid.tone(0, &"x".into()), grid.tone(0, &Cell::Null), grid.tone(2, &Cell::Int(9))),
            (Tone::Bad, Tone::Plain, Tone::Plain)
        );
    }

    #[test]
    fn maps_and_lists_are_joined_by_commas() {
        let map = Cell::Map(vec![("a".into(), Cell::Int(1)), ("b".into(), Cell::Null)]);
        assert_eq!(plain(&map, "-"), "a=1,b=-");
    }
}
