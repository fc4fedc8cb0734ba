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
        assert_eq!(sorted(["broker.rack", "process.roles", "node.id"].into_iter()), ["node.id", "process.roles", "broker.rack"]);
        assert_eq!(sorted(["client-id", "ip", "user"].into_iter()), ["ip", "client-id", "user"]);
    }

    #[test]
    fn a_small_map_has_an_order_of_its_own() {
        assert_eq!(sorted_in_little(["ip", "user"].into_iter()), ["user", "ip"]);
    }
}
