//! The hash that decides the partition of a key (`org.apache.kafka.common.utils.Utils.murmur2`).

const SEED: u32 = 0x9747_b28c;
const MIX: u32 = 0x5bd1_e995;
const SHIFT: u32 = 24;

/// The 32 bit MurmurHash2 of `data`, as Java computes it.
pub fn murmur2(data: &[u8]) -> i32 {
    // Java's lengths are 32 bits wide as well; a longer key is refused before.
    #[allow(clippy::cast_possible_truncation, reason = "only the low half takes part")]
    let mut hash = SEED ^ data.len() as u32;
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(MIX);
        k ^= k >> SHIFT;
        hash = hash.wrapping_mul(MIX) ^ k.wrapping_mul(MIX);
    }
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(MIX);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(MIX);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The partition of a record with this key (`BuiltInPartitioner.partitionForKey`); an empty key is a key.
///
/// # Panics
/// If `partitions` is not positive.
pub fn partition_for_key(key: &[u8], partitions: i32) -> i32 {
    (murmur2(key) & i32::MAX) % partitions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_java_clients() {
        // Printed by Utils.murmur2 of kafka-clients 4.3.1.
        let vectors: [(&[u8], i32); 13] = [
            (b"", 275_646_681),
            (b"a", -1_563_381_124),
            (b"ab", 316_155_434),
            (b"abc", 479_470_107),
            (b"abcd", -1_323_649_548),
            (b"abcde", 461_995_741),
            (b"abcdefgh", -955_427_363),
            (b"\0", 375_494_588),
            (b"user-1", 1_404_122_828),
            ("żółw".as_bytes(), 1_005_548_696),
            ("\u{1F980}".as_bytes(), 1_309_741_855),
            (b"foo@example.org", 521_387_122),
            (b"\xff\xfe\xfd", 998_637_092),
        ];
        for (data, hash) in vectors {
            assert_eq!(murmur2(data), hash, "{data:?}");
        }
        let every_byte: Vec<u8> = (0..=255).collect();
        assert_eq!(murmur2(&every_byte), -1_948_347_274);
    }

    #[test]
    fn partitions_are_the_java_clients() {
        let partitions = ["", "a", "abcd", "user-1", "foo@example.org"].map(|key| partition_for_key(key.as_bytes(), 7));
        assert_eq!(partitions, [2, 5, 5, 3, 4]);
    }
}
