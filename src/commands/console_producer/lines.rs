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

/// A line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    Bytes(&'a [u8]),
    /// A line of so many bytes, which nobody could use and nobody has kept.
    TooLong(u64),
}

impl Lines {
    /// Lines of more than `limit` bytes need not be kept.
    pub fn new(limit: usize) -> Self {
        Self { begun: Vec::new(), joined: Vec::new(), overlong: 0, after_return: false, limit }
    }

    /// The lines that end in this chunk.
    pub fn feed<'a>(&'a mut self, chunk: &'a [u8]) -> LinesOfChunk<'a> {
        if chunk.is_empty() {
            return LinesOfChunk { first: None, rest: &[] };
        }
        let chunk = if std::mem::take(&mut self.after_return) { chunk.strip_prefix(b"\n").unwrap_or(chunk) } else { chunk };
        let Some(last) = memrchr2(b'\n', b'\r', chunk) else {
            self.hold(chunk);
            return LinesOfChunk { first: None, rest: &[] };
        };
        let (mut complete, tail) = chunk.split_at(last + 1);
        self.after_return = tail.is_empty() && complete.ends_with(b"\r");
        let mut first = None;
        if self.has_begun() {
            let (end, next) = cut(complete).unwrap_or((complete, &[]));
            self.hold(end);
            complete = next;
            first = Some(std::mem::take(&mut self.overlong));
            std::mem::swap(&mut self.joined, &mut self.begun);
            self.begun.clear();
        }
        self.hold(tail);
        let first = first.map(|overlong| if overlong > 0 { Line::TooLong(overlong) } else { Line::Bytes(&self.joined) });
        LinesOfChunk { first, rest: complete }
    }

    /// The last line, if the input did not end with a line's end.
    pub fn finish(&mut self) -> Option<Line<'_>> {
        if !self.has_begun() {
            return None;
        }
        std::mem::swap(&mut self.joined, &mut self.begun);
        self.begun.clear();
        match std::mem::take(&mut self.overlong) {
            0 => Some(Line::Bytes(&self.joined)),
            overlong => Some(Line::TooLong(overlong)),
        }
    }

    /// Whether a line has begun whose end has not come.
    pub fn has_begun(&self) -> bool {
        !self.begun.is_empty() || self.overlong > 0
    }

    fn hold(&mut self, bytes: &[u8]) {
        if self.overlong > 0 {
            self.overlong += bytes.len() as u64;
        } else if self.begun.len() + bytes.len() > self.limit {
            self.overlong = (self.begun.len() + bytes.len()) as u64;
            self.begun = Vec::new();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }
}

/// The lines that end in one chunk, in their order.
#[derive(Debug)]
pub(super) struct LinesOfChunk<'a> {
    first: Option<Line<'a>>,
    rest: &'a [u8],
}

impl<'a> Iterator for LinesOfChunk<'a> {
    type Item = Line<'a>;

    fn next(&mut self) -> Option<Line<'a>> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        let (line, rest) = cut(self.rest)?;
        self.rest = rest;
        Some(Line::Bytes(line))
    }
}

/// The first line of `bytes`, and what follows its end.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr2(b'\n', b'\r', bytes)?;
    let (line, rest) = (&bytes[..end], &bytes[end..]);
    Some((line, rest.strip_prefix(b"\r\n").unwrap_or(&rest[1..])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(chunks: &[&[u8]], limit: usize) -> Vec<Result<Vec<u8>, u64>> {
        let own = |line: Line<'_>| match line {
            Line::Bytes(bytes) => Ok(bytes.to_vec()),
            Line::TooLong(length) => Err(length),
        };
        let mut lines = Lines::new(limit);
        let mut seen = Vec::new();
        for chunk in chunks {
            seen.extend(lines.feed(chunk).map(own));
        }
        seen.extend(lines.finish().map(own));
        seen
    }

    fn texts(input: &[u8], size: usize) -> Vec<String> {
        let chunks: Vec<&[u8]> = input.chunks(size).collect();
        all(&chunks, 1000).into_iter().map(|line| String::from_utf8(line.unwrap()).unwrap()).collect()
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
        assert_eq!(all(&[b"a\r", b"", b"\nb"], 10), [Ok(b"a".to_vec()), Ok(b"b".to_vec())]);
    }

    #[test]
    fn bytes_go_through_as_they_are() {
        assert_eq!(all(&[b"\xff\x00", b"\xfe\n"], 10), [Ok(b"\xff\x00\xfe".to_vec())]);
    }

    #[test]
    fn a_line_that_is_too_long_is_counted_and_not_kept() {
        let chunks: [&[u8]; 5] = [b"ok\n12345", b"678901", b"23", b"4\nnext", b"\n"];
        assert_eq!(all(&chunks, 10), [Ok(b"ok".to_vec()), Err(14), Ok(b"next".to_vec())]);
        assert_eq!(all(&[b"123456", b"7"], 6), [Err(7)]);
    }
}
