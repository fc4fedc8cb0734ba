//! The order in which a `java.util.HashMap` is walked.

/// Orders `items` as a `HashMap` keyed by `key` gives them back, when they were put in one by one, in this order, into a
/// map made for `capacity` buckets or more.
///
/// A bucket with eight or more keys becomes a tree in Java; its order is kept all the same, as the tree keeps the links.
pub fn sort_by_hash<T>(items: &mut [T], capacity: usize, key: impl Fn(&T) -> &str) {
    sort_by_hash_code(items, capacity, |item| hash_code(key(item)));
}

/// As [`sort_by_hash`], for keys that are no strings: `code` gives a key's `hashCode()`.
pub fn sort_by_hash_code<T>(items: &mut [T], capacity: usize, code: impl Fn(&T) -> i32) {
    let buckets = buckets(items.len(), capacity);
    // A code is made of all of a name: once for each is enough.
    items.sort_by_cached_key(|item| spread(code(item)) as usize & (buckets - 1));
}

/// The number of buckets of a map made for `capacity` that holds this many items: given as a capacity, it orders some of them
/// as they stand among all.
pub fn buckets(items: usize, capacity: usize) -> usize {
    // A map grows when it is more than three quarters full.
    let mut buckets = capacity.next_power_of_two().max(1);
    while items * 4 > buckets * 3 {
        buckets *= 2;
    }
    buckets
}

/// The number of buckets of `new HashMap()`.
pub const DEFAULT_CAPACITY: usize = 16;

/// `String.hashCode`: over UTF-16 units.
pub fn hash_code(text: &str) -> i32 {
    text.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// `TopicPartition.hashCode`.
pub fn topic_partition_hash(topic: &str, partition: i32) -> i32 {
    31_i32.wrapping_add(partition).wrapping_mul(31).wrapping_add(hash_code(topic))
}

/// `HashMap.hash`: the high half takes part in the choice of a bucket.
fn spread(hash: i32) -> u32 {
    let hash = hash.cast_unsigned();
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_codes_are_javas() {
        assert_eq!(hash_code(""), 0);
        assert_eq!(hash_code("hello"), 99_162_322);
        assert_eq!(
            hash_code("__consumer_offsets"),
            "__consumer_offsets".bytes().fold(0_i32, |h, b| h.wrapping_mul(31).wrapping_add(i32::from(b)))
        );
    }

    #[test]
    fn partitions_hash_by_topic_and_number() {
        assert_eq!(topic_partition_hash("", 0), 961);
        assert_eq!(topic_partition_hash("a", 2), 33 * 31 + 97);
    }

    #[test]
    fn maps_grow_when_they_are_three_quarters_full() {
        assert_eq!((buckets(12, 16), buckets(13, 16), buckets(34, 16), buckets(1, 1)), (16, 32, 64, 2));
    }

    #[test]
    fn buckets_decide_and_insertion_order_breaks_ties() {
        let order = |items: &[&'static str]| {
            let mut items = items.to_vec();
            sort_by_hash(&mut items, DEFAULT_CAPACITY, |item| item);
            items
        };
        // hashCode("a") is 97, bucket 1 of 16; "b" 2; "q" 113, bucket 1.
        assert_eq!(order(&["b", "a", "q"]), ["a", "q", "b"]);
        assert_eq!(order(&["q", "b", "a"]), ["q", "a", "b"]);
    }
}
