//! What failed and why, in few words: reasons with the lines that met them.

use std::fmt::Write as _;

use crate::kafka::producer::Counts;

/// How many different reasons are kept apart.
const REASONS: usize = 20;

/// How many of them the summary names.
const NAMED: usize = 3;

/// How many reasons are told at once, while records are still being read.
const TOLD: usize = 5;

/// The failures of one run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    reasons: Vec<Reason>,
    /// Failures for other reasons than the kept ones.
    others: u64,
    /// How many lines were no records.
    pub unreadable: u64,
}

#[derive(Debug)]
struct Reason {
    text: String,
    first_line: usize,
    count: u64,
}

impl Tally {
    /// Counts the failure of a line. True if the user should hear of it now: the reason is new, and not one of many.
    pub fn add(&mut self, line: usize, text: String) -> bool {
        if let Some(known) = self.reasons.iter_mut().find(|known| is_of_a_kind(&known.text, &text)) {
            known.count += 1;
            if line < known.first_line {
                (known.first_line, known.text) = (line, text);
            }
            return false;
        }
        if self.reasons.len() == REASONS {
            self.others += 1;
            return false;
        }
        self.reasons.push(Reason { text, first_line: line, count: 1 });
        self.reasons.len() <= TOLD
    }

    /// One line about the whole run; `None` if every record was acknowledged.
    pub fn summary(&self, counts: Counts) -> Option<String> {
        if counts.acknowledged == counts.sent && self.reasons.is_empty() {
            return None;
        }
        let mut text = totals(counts);
        let _ = match self.unreadable {
            0 => Ok(()),
            1 => write!(text, ", 1 line that is no record"),
            lines => write!(text, ", {lines} lines that are no records"),
        };
        for (index, reason) in self.reasons.iter().take(NAMED).enumerate() {
            text.push_str(if index == 0 { ": " } else { "; " });
            let _ = match reason.count - 1 {
                0 => write!(text, "line {}: {}", reason.first_line, reason.text),
                1 => write!(text, "line {} and 1 more: {}", reason.first_line, reason.text),
                more => write!(text, "line {} and {more} more: {}", reason.first_line, reason.text),
            };
        }
        let rest: u64 = self.reasons.iter().skip(NAMED).map(|reason| reason.count).sum::<u64>() + self.others;
        if rest > 0 {
            let _ = write!(text, "; {rest} more for other reasons");
        }
        Some(text)
    }
}

/// "3 records"
pub(super) fn records(count: u64) -> String {
    format!("{count} {}", if count == 1 { "record" } else { "records" })
}

/// Whether texts differ in their numbers alone: sizes, partitions.
fn is_of_a_kind(one: &str, other: &str) -> bool {
    let is_word = |c: &char| !c.is_ascii_digit();
    one.chars().filter(is_word).eq(other.chars().filter(is_word))
}

/// "sent 3 records, 1 acknowledged, 2 failed"
pub(super) fn totals(counts: Counts) -> String {
    let Counts { sent, acknowledged, failed } = counts;
    let mut text = format!("sent {}, {acknowledged} acknowledged, {failed} failed", records(sent));
    let unknown = counts.outstanding();
    if unknown > 0 {
        let _ = write!(text, ", {unknown} without any answer");
    }
    text
}

/// What to add about lines that were read, and not sent.
pub(super) fn rest(lines: usize) -> String {
    match lines {
        0 => String::new(),
        1 => "; 1 more line had been read and was not sent".to_owned(),
        lines => format!("; {lines} more lines had been read and were not sent"),
    }
}

/// What to add about a line of which only so many bytes came.
pub(super) fn begun(line: usize, bytes: u64) -> String {
    match bytes {
        0 => String::new(),
        1 => format!("; line {line} had begun (1 byte) and was not sent"),
        bytes => format!("; line {line} had begun ({bytes} bytes) and was not sent"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(sent: u64, acknowledged: u64, failed: u64) -> Counts {
        Counts { sent, acknowledged, failed }
    }

    #[test]
    fn nothing_is_said_of_a_run_without_failure() {
        assert_eq!(Tally::default().summary(counts(3, 3, 0)), None);
        assert_eq!(Tally::default().summary(counts(0, 0, 0)), None);
    }

    #[test]
    fn reasons_are_told_once_with_their_first_line() {
        let mut tally = Tally::default();
        assert!(tally.add(5, "too large".to_owned()));
        assert!(!tally.add(3, "too large".to_owned()));
        assert!(tally.add(9, "refused".to_owned()));
        assert_eq!(
            tally.summary(counts(10, 7, 3)).unwrap(),
            "sent 10 records, 7 acknowledged, 3 failed: line 3 and 1 more: too large; line 9: refused"
        );
    }

    #[test]
    fn lines_that_are_no_records_are_counted_beside_them() {
        let mut tally = Tally { unreadable: 2, ..Tally::default() };
        tally.add(3, "no key".to_owned());
        assert_eq!(
            tally.summary(counts(4, 4, 0)).unwrap(),
            "sent 4 records, 4 acknowledged, 0 failed, 2 lines that are no records: line 3: no key"
        );
    }

    #[test]
    fn many_reasons_stay_one_line() {
        let mut tally = Tally::default();
        let told = (1..=100).filter(|line| tally.add(*line, "x".repeat(*line))).count();
        assert_eq!(told, TOLD);
        assert!(tally.summary(counts(100, 0, 100)).unwrap().ends_with("line 3: xxx; 97 more for other reasons"));
    }

    #[test]
    fn reasons_that_differ_in_numbers_alone_are_one() {
        let mut tally = Tally::default();
        assert!(tally.add(7, "it is 12 bytes".to_owned()));
        assert!(!tally.add(4, "it is 7 bytes".to_owned()));
        assert!(tally.summary(counts(2, 0, 2)).unwrap().ends_with(": line 4 and 1 more: it is 7 bytes"));
    }

    #[test]
    fn input_without_a_fate_is_told_too() {
        assert_eq!(rest(0) + &begun(5, 0), "");
        assert_eq!(rest(1) + &begun(5, 1), "; 1 more line had been read and was not sent; line 5 had begun (1 byte) and was not sent");
        assert_eq!(rest(7) + &begun(5, 9), "; 7 more lines had been read and were not sent; line 5 had begun (9 bytes) and was not sent");
    }

    #[test]
    fn an_unknown_fate_is_not_passed_over() {
        assert_eq!(Tally::default().summary(counts(1, 0, 0)).unwrap(), "sent 1 record, 0 acknowledged, 0 failed, 1 without any answer");
    }
}
