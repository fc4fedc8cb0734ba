//! The memory of headers on their way. The library limits the bytes of keys and values and the number of records, but not
//! what headers take, which may be many times as much.

use std::collections::VecDeque;

use super::Counts;
use crate::kafka::native::RecordHeader;

/// What a list of headers takes in the library beside the headers, in bytes.
const LIST: usize = 128;

/// What a header takes beside its own bytes.
const HEADER: usize = 80;

/// How many records are counted together.
const TOGETHER: u64 = 256;

/// What these headers take in the library's memory, in bytes.
pub(super) fn weight(headers: &[RecordHeader<'_>]) -> usize {
    let own = |header: &RecordHeader<'_>| HEADER + header.key.len() + header.value.map_or(0, <[u8]>::len);
    if headers.is_empty() { 0 } else { LIST + headers.iter().map(own).sum::<usize>() }
}

/// The headers of the records that have no answer yet, as if records were answered in the order in which they were sent.
#[derive(Debug, Default)]
pub(super) struct Heavy {
    parts: VecDeque<Part>,
    total: usize,
}

#[derive(Debug)]
struct Part {
    first: u64,
    last: u64,
    weight: usize,
}

impl Heavy {
    /// The record that was sent as number `number` has headers of this weight.
    pub fn note(&mut self, number: u64, weight: usize) {
        self.total += weight;
        match self.parts.back_mut() {
            Some(part) if number < part.first + TOGETHER => {
                part.last = number;
                part.weight += weight;
            }
            _ => self.parts.push_back(Part { first: number, last: number, weight }),
        }
    }

    /// What is on its way, in bytes.
    pub fn outstanding(&mut self, counts: Counts) -> usize {
        let settled = counts.acknowledged + counts.failed;
        while let Some(part) = self.parts.pop_front_if(|part| part.last <= settled) {
            self.total -= part.weight;
        }
        self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_weigh_until_their_records_are_answered() {
        let mut heavy = Heavy::default();
        for number in 1..=1000 {
            heavy.note(number, 10);
        }
        let counts = |acknowledged, failed| Counts { sent: 1000, acknowledged, failed };
        assert_eq!(heavy.outstanding(counts(0, 0)), 10_000);
        assert_eq!(heavy.outstanding(counts(200, 100)), 10_000 - 2560);
        assert_eq!(heavy.outstanding(counts(900, 100)), 0);
        heavy.note(1001, 7);
        assert_eq!(heavy.outstanding(Counts { sent: 1001, ..counts(900, 100) }), 7);
    }

    #[test]
    fn a_record_without_headers_weighs_nothing() {
        assert_eq!(weight(&[]), 0);
        assert_eq!(
            weight(&[RecordHeader { key: b"k", value: Some(b"vv") }, RecordHeader { key: b"", value: None }]),
            LIST + 2 * HEADER + 3
        );
    }
}
