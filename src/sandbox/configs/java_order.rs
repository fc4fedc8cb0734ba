//! The order in which Java's `HashMap` and `HashSet` give strings: sentences that list several keys show it.

/// The strings in that order.
pub fn sorted<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    from(16, keys)
}

/// The strings in the order that they have in a map which was made with the least room.
pub fn sorted_in_little<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    from(1, keys)
}

fn from<'a>(mut buckets: u32, keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut keys: Vec<&str> = keys.collect();
    // A map grows once it is more than three quarters full.
    while keys.len().saturating_mul(4) > usize::try_from(buckets).unwrap_or(usize::MAX).saturating_mul(3) {
        buckets = buckets.saturating_mul(2);
    }
    keys.sort_by_key(|key| bucket(key, buckets));
    keys
}

fn bucket(key: &str, buckets: u32) -> u32 {
    let hash = key.encode_utf16().fold(0_u32, |hash, unit| hash.wrapping_mul(31).wrapping_add(unit.into()));
    (hash ^ (hash >> 16)) & (buckets - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_as_from_a_java_set() {
        // What `new HashSet<>(List.of(...)).toString()` prints.
        assert_eq!(
            sorted_in_little(["producer_byte_rate", "request_percentage"].into_iter()),
            ["request_percentage", "producer_byte_rate"]
        );
        assert_eq!(sorted(["node.id", "process.roles", "broker.rack"].into_iter()), EXPECTED);
    }

    const EXPECTED: [&str; 3] = ["node.id", "process.roles", "broker.rack"];
}
