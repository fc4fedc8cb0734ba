//! `--validate-regex`.

use std::io::{self, Write};

use crate::render::{Column, Grid, Report};

/// Whether a text is a regular expression; if not, why.
pub(in super::super) struct RegexVerdict {
    pub regex: String,
    pub verdict: Result<(), &'static str>,
}

impl Report for RegexVerdict {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        match self.verdict {
            Ok(()) => writeln!(out, "The regular expression `{}` is valid.", self.regex),
            Err(why) => writeln!(out, "The regular expression `{}` is invalid: {why}.", self.regex),
        }
    }

    fn grid(&self) -> Grid {
        let columns = [
            Column { name: "regex", cell: |report: &&Self| (&report.regex).into() },
            Column { name: "valid", cell: |report| report.verdict.is_ok().into() },
            Column { name: "error", cell: |report| report.verdict.err().into() },
        ];
        Grid::of(&columns, [self])
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    #[test]
    fn a_verdict_is_a_sentence() {
        let verdict = |verdict| text(&RegexVerdict { regex: "a(".into(), verdict });
        assert_eq!(verdict(Ok(())), "The regular expression `a(` is valid.\n");
        assert_eq!(verdict(Err("missing closing )")), "The regular expression `a(` is invalid: missing closing ).\n");
    }
}
