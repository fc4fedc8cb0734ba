//! How large a record is on the wire, as the Java producer reckons before it accepts one.

use crate::kafka::native::RecordHeader;

/// The head of a record batch (`DefaultRecordBatch.RECORD_BATCH_OVERHEAD`).
const BATCH_OVERHEAD: usize = 61;

/// The most that a record adds to its own bytes (`DefaultRecord.MAX_RECORD_OVERHEAD`).
const RECORD_OVERHEAD: usize = 21;

/// The upper bound that Java holds against `max.request.size` (`AbstractRecords.estimateSizeInBytesUpperBound`), in bytes.
pub(super) fn upper_bound(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[RecordHeader<'_>]) -> usize {
    let headers_size: usize = headers.iter().map(|header| field(Some(header.key)) + field(header.value)).sum();
    BATCH_OVERHEAD + RECORD_OVERHEAD + field(key) + field(value) + varint(headers.len()) + headers_size
}

/// The size of a batch with this record alone, which the broker holds against `max.message.bytes` if nothing is compressed.
pub(super) fn alone(key: Option<&[u8]>, value: Option<&[u8]>, headers: &[RecordHeader<'_>]) -> usize {
    // Attributes, and the differences of timestamp and offset to the batch's own.
    let body = 3 + upper_bound(key, value, headers) - BATCH_OVERHEAD - RECORD_OVERHEAD;
    BATCH_OVERHEAD + varint(body) + body
}

/// A length and the bytes; null is a length of -1.
fn field(bytes: Option<&[u8]>) -> usize {
    bytes.map_or(1, |bytes| varint(bytes.len()) + bytes.len())
}

/// The size of a non-negative number in zigzag variable-length encoding.
fn varint(number: usize) -> usize {
    let bits = usize::BITS - number.leading_zeros() + 1;
    bits.div_ceil(7) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_javas() {
        // "The message is 1100088 bytes when serialized ..." for a line of 1100000 bytes.
        assert_eq!(upper_bound(None, Some(&vec![b'x'; 1_100_000]), &[]), 1_100_088);
        assert_eq!(upper_bound(None, None, &[]), 85);
        let header = RecordHeader { key: b"h", value: None };
        assert_eq!(upper_bound(Some(b"k"), Some(b""), &[header]), 82 + 2 + 1 + 1 + 2 + 1);
    }

    #[test]
    fn a_batch_of_one_record_is_as_large_as_a_brokers_log_says() {
        // Lengths of batches in the log of a broker.
        assert_eq!(alone(None, Some(b""), &[]), 68);
        assert_eq!(alone(Some(b"k"), Some(b"vv"), &[RecordHeader { key: b"h", value: None }]), 74);
    }

    #[test]
    fn variable_lengths_grow_at_the_right_numbers() {
        assert_eq!([0, 63, 64, 8191, 8192].map(varint), [1, 1, 2, 2, 3]);
    }
}
