//! A batch of records, format version 2 (`org.apache.kafka.common.record.internal.DefaultRecordBatch`).
//!
//! Batches are kept and served as the producer sent them; only the offset, the leader epoch and, for topics with
//! `LogAppendTime`, the timestamp are written into them.

use bytes::{BufMut, Bytes, BytesMut};

/// Bytes of a batch before its length counts: base offset and the length itself.
const PREFIX: usize = 12;

/// Bytes of a batch before its records.
pub const HEADER: usize = 61;

/// Where in a batch the fields are.
mod at {
    pub const LENGTH: usize = 8;
    pub const LEADER_EPOCH: usize = 12;
    pub const MAGIC: usize = 16;
    pub const CRC: usize = 17;
    pub const ATTRIBUTES: usize = 21;
    pub const LAST_OFFSET_DELTA: usize = 23;
    pub const BASE_TIMESTAMP: usize = 27;
    pub const MAX_TIMESTAMP: usize = 35;
    pub const PRODUCER_ID: usize = 43;
    pub const PRODUCER_EPOCH: usize = 51;
    pub const BASE_SEQUENCE: usize = 53;
    pub const COUNT: usize = 57;
}

/// The bits of a batch's attributes.
mod attribute {
    pub const CODEC: i16 = 0b111;
    pub const LOG_APPEND_TIME: i16 = 1 << 3;
    pub const TRANSACTIONAL: i16 = 1 << 4;
    pub const CONTROL: i16 = 1 << 5;
}

/// The batch format that is kept; older ones are refused.
const MAGIC: i8 = 2;

/// A batch whose frame is whole: a header, and as many bytes as it announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    bytes: Bytes,
}

/// Why bytes are no batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misshapen {
    /// They end before the batch does, or have no room for a header.
    Cut,
    /// They are of an older format.
    Old,
}

impl Batch {
    /// Splits what a producer sent for one partition into its batches. They still have the producer's offsets.
    ///
    /// # Errors
    /// What is wrong with the first that is none.
    pub fn split(mut bytes: Bytes) -> Result<Vec<Self>, Misshapen> {
        let mut batches = Vec::new();
        while !bytes.is_empty() {
            if bytes.len() < HEADER {
                return Err(Misshapen::Cut);
            }
            if i8::from_be_bytes([bytes[at::MAGIC]]) != MAGIC {
                return Err(Misshapen::Old);
            }
            let announced = i32::from_be_bytes(field(&bytes, at::LENGTH));
            let whole = usize::try_from(announced).ok().map(|length| length.saturating_add(PREFIX)).unwrap_or_default();
            if whole < HEADER || whole > bytes.len() {
                return Err(Misshapen::Cut);
            }
            batches.push(Self { bytes: bytes.split_to(whole) });
        }
        Ok(batches)
    }

    /// The batch as it is sent to clients.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// What follows the header, in the batch's compression.
    pub fn records(&self) -> Bytes {
        self.bytes.slice(HEADER..)
    }

    /// Whether the check sum is that of the content.
    pub fn is_intact(&self) -> bool {
        self.crc() == crc32c::crc32c(&self.bytes[at::ATTRIBUTES..])
    }

    /// The check sum as it was sent.
    pub fn crc(&self) -> u32 {
        u32::from_be_bytes(self.field(at::CRC))
    }

    pub fn base_offset(&self) -> i64 {
        i64::from_be_bytes(self.field(0))
    }

    /// The offset of the last record, which may have been compacted away.
    pub fn last_offset(&self) -> i64 {
        self.base_offset().saturating_add(i64::from(self.last_offset_delta()))
    }

    pub fn last_offset_delta(&self) -> i32 {
        i32::from_be_bytes(self.field(at::LAST_OFFSET_DELTA))
    }

    /// Milliseconds since 1970 that the records' timestamps count from.
    pub fn base_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.field(at::BASE_TIMESTAMP))
    }

    /// The newest timestamp in the batch, in milliseconds since 1970; -1 if its records have none.
    pub fn max_timestamp(&self) -> i64 {
        i64::from_be_bytes(self.field(at::MAX_TIMESTAMP))
    }

    pub fn producer_id(&self) -> i64 {
        i64::from_be_bytes(self.field(at::PRODUCER_ID))
    }

    pub fn producer_epoch(&self) -> i16 {
        i16::from_be_bytes(self.field(at::PRODUCER_EPOCH))
    }

    pub fn base_sequence(&self) -> i32 {
        i32::from_be_bytes(self.field(at::BASE_SEQUENCE))
    }

    /// The sequence number of the last record; after the largest number comes 0.
    pub fn last_sequence(&self) -> i32 {
        let last = i64::from(self.base_sequence()) + i64::from(self.last_offset_delta());
        i32::try_from(last).unwrap_or_else(|_| i32::try_from(last - i64::from(i32::MAX) - 1).unwrap_or_default())
    }

    /// How many records it says it has.
    pub fn count(&self) -> i32 {
        i32::from_be_bytes(self.field(at::COUNT))
    }

    /// The number of the codec its records are compressed with; 0 for none.
    pub fn codec(&self) -> i16 {
        self.attributes() & attribute::CODEC
    }

    pub fn is_transactional(&self) -> bool {
        self.attributes() & attribute::TRANSACTIONAL != 0
    }

    pub fn is_control(&self) -> bool {
        self.attributes() & attribute::CONTROL != 0
    }

    /// Whether its records have the time at which the broker took them.
    pub fn has_append_time(&self) -> bool {
        self.attributes() & attribute::LOG_APPEND_TIME != 0
    }

    /// The batch as it stands in the log: in memory of its own, with the log's offset, and for a topic with
    /// `LogAppendTime` with that time in milliseconds since 1970.
    pub fn placed(&self, base_offset: i64, leader_epoch: i32, append_time: Option<i64>) -> Self {
        let mut bytes = BytesMut::from(&self.bytes[..]);
        bytes[..at::LENGTH].copy_from_slice(&base_offset.to_be_bytes());
        bytes[at::LEADER_EPOCH..at::MAGIC].copy_from_slice(&leader_epoch.to_be_bytes());
        if let Some(time) = append_time {
            let attributes = self.attributes() | attribute::LOG_APPEND_TIME;
            bytes[at::ATTRIBUTES..at::LAST_OFFSET_DELTA].copy_from_slice(&attributes.to_be_bytes());
            bytes[at::MAX_TIMESTAMP..at::PRODUCER_ID].copy_from_slice(&time.to_be_bytes());
            seal(&mut bytes);
        }
        Self { bytes: bytes.freeze() }
    }

    fn attributes(&self) -> i16 {
        i16::from_be_bytes(self.field(at::ATTRIBUTES))
    }

    fn field<const N: usize>(&self, start: usize) -> [u8; N] {
        field(&self.bytes, start)
    }
}

/// A record that the broker itself writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnRecord {
    pub key: Option<Bytes>,
    pub value: Option<Bytes>,
}

/// Whose records a batch of the broker's own holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// Nobody's: what the group coordinator keeps.
    Broker,
    /// The marker that ends a producer's transaction.
    Marker { producer_id: i64, epoch: i16 },
}

/// A batch of records that the broker itself writes, all of the time `now`.
pub fn of_own_records(records: &[OwnRecord], author: Author, now: i64) -> Batch {
    let mut body = BytesMut::new();
    for (delta, record) in (0..).zip(records) {
        let mut bytes = BytesMut::new();
        bytes.put_i8(0);
        put_varint(&mut bytes, 0);
        put_varint(&mut bytes, delta);
        put_field(&mut bytes, record.key.as_deref());
        put_field(&mut bytes, record.value.as_deref());
        put_varint(&mut bytes, 0);
        put_varint(&mut body, length(bytes.len()));
        body.put_slice(&bytes);
    }
    let (attributes, producer_id, epoch) = match author {
        Author::Broker => (0, -1, -1),
        Author::Marker { producer_id, epoch } => (attribute::TRANSACTIONAL | attribute::CONTROL, producer_id, epoch),
    };
    let count = i32::try_from(records.len()).unwrap_or(i32::MAX);
    let mut batch = BytesMut::with_capacity(HEADER + body.len());
    batch.put_i64(0);
    batch.put_i32(i32::try_from(HEADER - PREFIX + body.len()).unwrap_or(i32::MAX));
    batch.put_i32(0);
    batch.put_i8(MAGIC);
    batch.put_u32(0);
    batch.put_i16(attributes);
    batch.put_i32(count - 1);
    batch.put_i64(now);
    batch.put_i64(now);
    batch.put_i64(producer_id);
    batch.put_i16(epoch);
    batch.put_i32(-1);
    batch.put_i32(count);
    batch.put_slice(&body);
    seal(&mut batch);
    Batch { bytes: batch.freeze() }
}

/// Writes the check sum of a batch's content into it.
fn seal(batch: &mut BytesMut) {
    let crc = crc32c::crc32c(&batch[at::ATTRIBUTES..]);
    batch[at::CRC..at::ATTRIBUTES].copy_from_slice(&crc.to_be_bytes());
}

/// The bytes of a field; there are enough of them in every [`Batch`].
fn field<const N: usize>(bytes: &[u8], start: usize) -> [u8; N] {
    bytes.get(start..start + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}

fn put_field(bytes: &mut BytesMut, value: Option<&[u8]>) {
    match value {
        Some(value) => {
            put_varint(bytes, length(value.len()));
            bytes.put_slice(value);
        }
        None => put_varint(bytes, -1),
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// A number in as few bytes as it needs, small negative ones too (zigzag).
fn put_varint(bytes: &mut BytesMut, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    loop {
        let low = u8::try_from(rest & 0x7f).unwrap_or_default();
        rest >>= 7;
        if rest == 0 {
            return bytes.put_u8(low);
        }
        bytes.put_u8(low | 0x80);
    }
}
