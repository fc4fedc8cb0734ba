//! The order in which Java's `HashMap` and `HashSet` give strings: sentences that list several keys show it.

/// The strings in that order.
pub fn sorted<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut keys: Vec<&str> = keys.collect();
    let mut buckets: u32 = 16;
    while keys.len() > usize::try_from(buckets / 4 * 3).unwrap_or(usize::MAX) {
        buckets *= 2;
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
        assert_eq!(sorted(["node.id", "process.roles", "broker.rack"].into_iter()), EXPECTED);
    }

    const EXPECTED: [&str; 3] = ["node.id", "process.roles", "broker.rack"];
}
