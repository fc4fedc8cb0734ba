//! The single records of a batch, read no further than the broker has to, and never all at once: a small batch may
//! decompress to very much.

use std::io::{self, BufRead};
use std::ops::ControlFlow;

use super::batch::Batch;
use super::codec;

/// The most that the batches of one request may decompress to, in bytes: the broker serves nobody else meanwhile.
pub const BUDGET: u64 = 256 << 20;

/// Why records cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrupt(pub String);

/// What the broker looks at in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordView {
    /// Distance to the batch's base offset.
    pub offset_delta: i64,
    /// Milliseconds since 1970; -1 for none.
    pub timestamp: i64,
    /// Bytes of the key; none for a null key.
    pub key: Option<u64>,
    /// Bytes of the value; none for a null value.
    pub value: Option<u64>,
}

/// Visits the records of a batch in their order, until the visitor breaks. What they take decompressed is taken from
/// `budget`, in bytes.
///
/// # Errors
/// That they cannot be decompressed, or end too early, or are other than the batch says, or are more than the budget.
pub fn visit(batch: &Batch, budget: &mut u64, mut visitor: impl FnMut(RecordView) -> ControlFlow<()>) -> Result<(), Corrupt> {
    let records = batch.records();
    let source = codec::decompressing(batch.codec(), &records).map_err(|error| Corrupt(error.to_string()))?;
    let mut reader = Reader { source, left: *budget };
    let outcome = visit_all(&mut reader, batch, &mut visitor);
    *budget = reader.left;
    outcome
}

fn visit_all(
    reader: &mut Reader<codec::Source<'_>>,
    batch: &Batch,
    visitor: &mut impl FnMut(RecordView) -> ControlFlow<()>,
) -> Result<(), Corrupt> {
    let count = batch.count();
    for index in 0..count {
        let view = read(reader, batch).map_err(|error| Corrupt(format!("record {index} of {count} cannot be read: {error}")))?;
        if visitor(view).is_break() {
            return Ok(());
        }
    }
    match reader.source.fill_buf() {
        Ok([]) => Ok(()),
        Ok(_) => Err(Corrupt(format!("more bytes follow the last of {count} records"))),
        Err(error) => Err(Corrupt(error.to_string())),
    }
}

fn read(reader: &mut Reader<codec::Source<'_>>, batch: &Batch) -> io::Result<RecordView> {
    let length = u64::try_from(reader.varint()?).map_err(|_| wrong("its length is negative"))?;
    let end = reader.left.checked_sub(length).ok_or_else(|| wrong("there is too much in this request"))?;
    reader.skip(1)?;
    let timestamp_delta = reader.varint()?;
    let offset_delta = reader.varint()?;
    let key = reader.field()?;
    let value = reader.field()?;
    let headers = u64::try_from(reader.varint()?).map_err(|_| wrong("the number of its headers is negative"))?;
    for _ in 0..headers {
        // The name of a header is never null; its value may be.
        reader.field()?.ok_or_else(|| wrong("a header has no name"))?;
        reader.field()?;
    }
    if reader.left != end {
        return Err(wrong("it is not as long as it says"));
    }
    let timestamp = if batch.has_append_time() { Some(batch.max_timestamp()) } else { batch.base_timestamp().checked_add(timestamp_delta) };
    let timestamp = timestamp.ok_or_else(|| wrong("its timestamp is too large"))?;
    Ok(RecordView { offset_delta, timestamp, key, value })
}

fn wrong(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads bytes, as long as there may be more.
struct Reader<R> {
    source: R,
    /// How many bytes may be read yet.
    left: u64,
}

impl<R: BufRead> Reader<R> {
    fn byte(&mut self) -> io::Result<u8> {
        let byte = *self.source.fill_buf()?.first().ok_or(io::ErrorKind::UnexpectedEof)?;
        self.spend(1)?;
        self.source.consume(1);
        Ok(byte)
    }

    fn spend(&mut self, bytes: u64) -> io::Result<()> {
        self.left = self.left.checked_sub(bytes).ok_or_else(|| wrong("there is too much in this request"))?;
        Ok(())
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        self.spend(bytes)?;
        let mut rest = bytes;
        while rest > 0 {
            let there = self.source.fill_buf()?.len();
            if there == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let taken = usize::try_from(rest).unwrap_or(usize::MAX).min(there);
            self.source.consume(taken);
            rest -= taken as u64;
        }
        Ok(())
    }

    /// A number in zigzag form.
    fn varint(&mut self) -> io::Result<i64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        Err(wrong("a number of it has no end"))
    }

    /// Skips a field that may be null. Gives its length.
    fn field(&mut self) -> io::Result<Option<u64>> {
        let length = self.varint()?;
        if length == -1 {
            return Ok(None);
        }
        let length = u64::try_from(length).map_err(|_| wrong("a length of it is negative"))?;
        self.skip(length)?;
        Ok(Some(length))
    }
}
