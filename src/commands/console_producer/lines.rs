//! Lines out of chunks of bytes, by the rules of Java's `BufferedReader.readLine`.

use memchr::{memchr2, memrchr2};

/// Cuts what comes in at `\n`, `\r` and `\r\n`. The last line needs no end.
#[derive(Debug)]
pub(super) struct Lines {
    /// The beginning of a line whose end has not come yet.
    begun: Vec<u8>,
    /// The line that was put together from two chunks or more.
    joined: Vec<u8>,
    /// How long a begun line is that has outgrown `limit`; 0 if it has not.
    overlong: u64,
    /// Whether the last chunk ended with `\r`, so that a `\n` at the start of the next one belongs to it.
    after_return: bool,
    /// The longest line that is kept over several chunks, in bytes.
    limit: usize,
}

/// What the input consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Whole(Whole<'a>),
    /// A part of a line that nobody could use, and that is not kept: it is longer than the limit.
    Part(&'a [u8]),
    /// The end of such a line. It had so many bytes.
    TooLong(u64),
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Whole<'a> {
    /// With its end, as far as that came with the line: the `\n` of a `\r\n` may be missing.
    pub raw: &'a [u8],
    length: usize,
}

impl<'a> Whole<'a> {
    /// The line without its end.
    pub fn text(&self) -> &'a [u8] {
        &self.raw[..self.length]
    }
}

impl Lines {
    /// Lines of more than `limit` bytes need not be kept.
    pub fn new(limit: usize) -> Self {
        Self { begun: Vec::new(), joined: Vec::new(), overlong: 0, after_return: false, limit }
    }

    /// The lines that end in this chunk, and parts of lines that are too long.
    pub fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> LinesOfChunk<'a> {
        if chunk.is_empty() {
            return LinesOfChunk::default();
        }
        let chunk = if std::mem::take(&mut self.after_return) { chunk.strip_prefix(b"\n").unwrap_or(chunk) } else { chunk };
        let Some(last) = memrchr2(b'\n', b'\r', chunk) else {
            let part = self.hold(chunk);
            return LinesOfChunk { part: part.map(|part| part.bytes(&self.joined, chunk)), ..LinesOfChunk::default() };
        };
        let (mut rest, tail) = chunk.split_at(last + 1);
        self.after_return = tail.is_empty() && rest.ends_with(b"\r");
        let (mut part, mut first) = (None, None);
        let begun = self.has_begun().then(|| cut(rest)).flatten();
        if let Some((line, next)) = begun {
            rest = next;
            let end = line.raw.len() - line.length;
            part = self.hold(line.raw).map(|part| (part, line.raw));
            first = Some(self.complete(end));
        }
        let tail_part = self.hold(tail).map(|part| part.bytes(&[], tail));
        LinesOfChunk {
            part: part.map(|(part, raw)| part.bytes(&self.joined, raw)),
            first: first.map(|first| first.line(&self.joined)),
            rest,
            tail: tail_part,
        }
    }

    /// The last line, if the input did not end with a line's end.
    pub fn finish(&mut self) -> Option<Line<'_>> {
        if !self.has_begun() {
            return None;
        }
        let last = self.complete(0);
        Some(last.line(&self.joined))
    }

    /// How many bytes have come of a line whose end has not.
    pub fn begun(&self) -> u64 {
        self.overlong.max(self.begun.len() as u64)
    }

    /// Whether a line has begun whose end has not come.
    fn has_begun(&self) -> bool {
        self.begun() > 0
    }

    /// Adds to the line that has begun. The result is what is not kept.
    fn hold(&mut self, bytes: &[u8]) -> Option<Unkept> {
        if self.overlong > 0 {
            self.overlong += bytes.len() as u64;
            return Some(Unkept::Now);
        }
        let length = self.begun.len() + bytes.len();
        if length <= self.limit {
            self.begun.extend_from_slice(bytes);
            return None;
        }
        self.overlong = length as u64;
        if self.begun.is_empty() {
            return Some(Unkept::Now);
        }
        self.joined.clear();
        self.joined.append(&mut self.begun);
        self.begun = Vec::new();
        self.joined.extend_from_slice(bytes);
        Some(Unkept::Joined)
    }

    /// The line that has begun is complete, with an end of so many bytes.
    fn complete(&mut self, end: usize) -> Complete {
        match std::mem::take(&mut self.overlong) {
            0 => {
                std::mem::swap(&mut self.joined, &mut self.begun);
                self.begun.clear();
                Complete::Joined { length: self.joined.len() - end }
            }
            overlong => Complete::TooLong(overlong - end as u64),
        }
    }
}

/// Where the bytes are that are not kept.
#[derive(Clone, Copy)]
enum Unkept {
    /// In the chunk.
    Now,
    /// In `joined`, with what had been kept before.
    Joined,
}

impl Unkept {
    fn bytes<'a>(self, joined: &'a [u8], now: &'a [u8]) -> &'a [u8] {
        match self {
            Self::Now => now,
            Self::Joined => joined,
        }
    }
}

#[derive(Clone, Copy)]
enum Complete {
    Joined { length: usize },
    TooLong(u64),
}

impl Complete {
    fn line(self, joined: &[u8]) -> Line<'_> {
        match self {
            Self::Joined { length } => Line::Whole(Whole { raw: joined, length }),
            Self::TooLong(length) => Line::TooLong(length),
        }
    }
}

/// What ends in one chunk, in its order.
#[derive(Debug, Default)]
pub(super) struct LinesOfChunk<'a> {
    part: Option<&'a [u8]>,
    first: Option<Line<'a>>,
    rest: &'a [u8],
    tail: Option<&'a [u8]>,
}

impl<'a> Iterator for LinesOfChunk<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if let Some((line, rest)) = cut(self.rest).filter(|_| self.part.is_none() && self.first.is_none()) {
            self.rest = rest;
            return Some(Line::Whole(line));
        }
        self.part.take().map(Line::Part).or_else(|| self.first.take()).or_else(|| self.tail.take().map(Line::Part))
    }
}

/// The first line of `bytes`, and what follows it.
fn cut(bytes: &[u8]) -> Option<(Whole<'_>, &[u8])> {
    let length = memchr2(b'\n', b'\r', bytes)?;
    let end = if bytes[length..].starts_with(b"\r\n") { 2 } else { 1 };
    let (raw, rest) = bytes.split_at(length + end);
    Some((Whole { raw, length }, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out: the texts of lines, the lengths of those that were too long, and everything as it was.
    fn all(chunks: &[&[u8]], limit: usize) -> (Vec<Result<Vec<u8>, u64>>, Vec<u8>) {
        let mut lines = Lines::new(limit);
        let (mut seen, mut raw) = (Vec::new(), Vec::new());
        let mut note = |line: Line<'_>| match line {
            Line::Whole(whole) => {
                seen.push(Ok(whole.text().to_vec()));
                raw.extend_from_slice(whole.raw);
            }
            Line::Part(part) => raw.extend_from_slice(part),
            Line::TooLong(length) => seen.push(Err(length)),
        };
        for chunk in chunks {
            lines.feed(chunk).for_each(&mut note);
        }
        if let Some(last) = lines.finish() {
            note(last);
        }
        (seen, raw)
    }

    fn texts(input: &[u8], size: usize) -> Vec<String> {
        let chunks: Vec<&[u8]> = input.chunks(size).collect();
        let (seen, raw) = all(&chunks, 1000);
        // In several chunks a `\r\n` may lose its second half, and stays the end of a line.
        assert!(raw == input || size < input.len(), "{input:?}");
        seen.into_iter().map(|line| String::from_utf8(line.unwrap()).unwrap()).collect()
    }

    #[test]
    fn three_line_ends_in_chunks_of_any_size() {
        let cases: [(&[u8], &[&str]); 9] = [
            (b"", &[]),
            (b"\n", &[""]),
            (b"a", &["a"]),
            (b"a\n", &["a"]),
            (b"a\n\nb", &["a", "", "b"]),
            (b"a\r\nb\r\n", &["a", "b"]),
            (b"a\rb\r", &["a", "b"]),
            (b"a\r\r\n\nlong line\n\r", &["a", "", "", "long line", ""]),
            (b"\r\n\r\nx\n\r\ny", &["", "", "x", "", "y"]),
        ];
        for (input, expected) in cases {
            for size in 1..=input.len().max(1) {
                assert_eq!(texts(input, size), expected, "{input:?} in chunks of {size}");
            }
        }
    }

    #[test]
    fn an_empty_chunk_changes_nothing() {
        assert_eq!(all(&[b"a\r", b"", b"\nb"], 10).0, [Ok(b"a".to_vec()), Ok(b"b".to_vec())]);
    }

    #[test]
    fn bytes_go_through_as_they_are() {
        assert_eq!(all(&[b"\xff\x00", b"\xfe\n"], 10).0, [Ok(b"\xff\x00\xfe".to_vec())]);
    }

    #[test]
    fn a_line_that_is_too_long_is_counted_and_given_away_in_parts() {
        let chunks: [&[u8]; 5] = [b"ok\n12345", b"678901", b"23", b"4\r\nnext", b"\n"];
        assert_eq!(all(&chunks, 10), (vec![Ok(b"ok".to_vec()), Err(14), Ok(b"next".to_vec())], chunks.concat()));
        assert_eq!(all(&[b"123456", b"7"], 6), (vec![Err(7)], b"1234567".to_vec()));
        assert_eq!(all(&[b"a\n1234567", b"8\n"], 6), (vec![Ok(b"a".to_vec()), Err(8)], b"a\n12345678\n".to_vec()));
        assert_eq!(all(&[b"1234", b"567\nb\n1234567", b"\n"], 6).0, [Err(7), Ok(b"b".to_vec()), Err(7)]);
    }
}
