//! The single records of a batch, read no further than the broker has to.

use super::batch::Batch;
use super::codec;

/// The fewest bytes that a record takes: length, attributes, two deltas, two lengths, number of headers.
const SMALLEST_RECORD: usize = 7;

/// Why records cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrupt(pub String);

/// What the broker looks at in a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Distance to the batch's base offset.
    pub offset_delta: i64,
    /// Milliseconds since 1970.
    pub timestamp: i64,
    pub has_key: bool,
}

/// The records of a batch, in their order.
///
/// # Errors
/// That they cannot be decompressed, or end too early, or are other than the batch says.
pub fn glances(batch: &Batch) -> Result<Vec<Glance>, Corrupt> {
    let bytes = match batch.codec() {
        0 => batch.records(),
        number => codec::decompress(number, &batch.records()).map_err(|error| Corrupt(error.to_string()))?,
    };
    let count = usize::try_from(batch.count()).unwrap_or_default();
    if count > bytes.len() / SMALLEST_RECORD {
        return Err(Corrupt(format!("{count} records do not fit into {} bytes", bytes.len())));
    }
    let mut reader = Reader { bytes: &bytes };
    let mut glances = Vec::with_capacity(count);
    for index in 0..count {
        let glance = glance(&mut reader, batch).ok_or_else(|| Corrupt(format!("record {index} of {count} cannot be read")))?;
        glances.push(glance);
    }
    if !reader.bytes.is_empty() {
        return Err(Corrupt(format!("{} bytes follow the last of {count} records", reader.bytes.len())));
    }
    Ok(glances)
}

fn glance(reader: &mut Reader, batch: &Batch) -> Option<Glance> {
    let length = usize::try_from(reader.varint()?).ok()?;
    let mut record = Reader { bytes: reader.take(length)? };
    record.take(1)?;
    let timestamp_delta = record.varint()?;
    let offset_delta = record.varint()?;
    let has_key = record.field()?;
    record.field()?;
    for _ in 0..u64::try_from(record.varint()?).ok()? {
        // The name of a header is never null; its value may be.
        record.field()?.then_some(())?;
        record.field()?;
    }
    let timestamp = if batch.has_append_time() { batch.max_timestamp() } else { batch.base_timestamp().checked_add(timestamp_delta)? };
    record.bytes.is_empty().then_some(Glance { offset_delta, timestamp, has_key })
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    /// A number in zigzag form.
    fn varint(&mut self) -> Option<i64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.take(1)?.first()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((number >> 1).cast_signed() ^ -(number & 1).cast_signed());
            }
        }
        None
    }

    /// Skips a field that may be null. Tells whether it is there.
    fn field(&mut self) -> Option<bool> {
        let length = self.varint()?;
        if length == -1 {
            return Some(false);
        }
        self.take(usize::try_from(length).ok()?).map(|_| true)
    }
}
