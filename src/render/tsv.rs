//! TSV: a header, then one line per row. Tab, line ends and backslash inside a value are written `\t`, `\n`, `\r`, `\\`.

use std::io::{self, Write};

use super::Grid;
use super::columns::plain;

pub(super) fn write(grid: &Grid, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", grid.columns.join("\t"))?;
    for row in &grid.rows {
        let fields: Vec<String> = row.iter().map(|cell| escape(&plain(cell, ""))).collect();
        writeln!(out, "{}", fields.join("\t"))?;
    }
    Ok(())
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
}
