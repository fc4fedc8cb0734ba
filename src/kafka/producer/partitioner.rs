//! Which partition a record goes to: the Java producer's built-in partitioner.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::ops::RangeInclusive;

use crate::java::murmur2::partition_for_key;
use crate::kafka::native::Partitions;

/// A stay at one partition is no longer than this share of all that went before, so that partitions are equally full.
const SHARE: usize = 64;

/// Keys are hashed; records without a key stay with one partition until a batch's worth of bytes has gone there (KIP-794).
/// The more has been sent, the longer a stay may be: large batches cost least.
#[derive(Debug)]
pub(super) struct Partitioner {
    /// Records without a key go only to those with a leader.
    partitions: Partitions,
    ignore_keys: bool,
    /// How many bytes a stay has at least and at most.
    stays: RangeInclusive<usize>,
    current: i32,
    /// What has gone to `current` since it was chosen, in bytes.
    sent: usize,
    /// What had gone to any partition until then.
    before: usize,
    random: Random,
}

impl Partitioner {
    /// A partitioner for a topic with these partitions.
    pub fn new(partitions: Partitions, ignore_keys: bool, stays: RangeInclusive<usize>) -> Self {
        let mut partitioner = Self {
            partitions,
            ignore_keys,
            stays,
            current: 0,
            sent: 0,
            before: 0,
            random: Random::new(RandomState::new().build_hasher().finish()),
        };
        partitioner.choose();
        partitioner
    }

    /// How many partitions there are.
    pub fn count(&self) -> i32 {
        self.partitions.count
    }

    /// The topic has been looked at again.
    pub fn update(&mut self, partitions: Partitions) {
        self.partitions = partitions;
        let Partitions { count, available } = &self.partitions;
        if self.current >= *count || !available.is_empty() && !available.contains(&self.current) {
            self.choose();
        }
    }

    /// The partition of a record with this key that is `size` bytes long.
    pub fn partition(&mut self, key: Option<&[u8]>, size: usize) -> i32 {
        match key {
            Some(key) if !self.ignore_keys => partition_for_key(key, self.partitions.count),
            _ => {
                if self.sent >= (self.before / SHARE).clamp(*self.stays.start(), *self.stays.end()) {
                    self.choose();
                }
                self.sent += size;
                self.current
            }
        }
    }

    fn choose(&mut self) {
        self.before += std::mem::take(&mut self.sent);
        let Partitions { count, available } = &self.partitions;
        self.current = match available.len() {
            0 => self.random.below(count.unsigned_abs() as usize).try_into().unwrap_or(0),
            many => available[self.random.below(many)],
        };
    }
}

/// A small generator (xorshift64*): spreading needs no more.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(high).unwrap_or(0) % bound.max(1)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn partitions(count: i32, available: &[i32]) -> Partitions {
        Partitions { count, available: available.to_vec() }
    }

    #[test]
    fn keys_decide_and_the_empty_key_is_one() {
        let mut partitioner = Partitioner::new(partitions(7, &[0, 1, 2, 3, 4, 5, 6]), false, 16384..=16384);
        assert_eq!(partitioner.partition(Some(b"a"), 1), 5);
        assert_eq!(partitioner.partition(Some(b""), 1), 2);
    }

    #[test]
    fn records_without_a_key_stick_for_a_batch_and_then_move_on() {
        let mut partitioner = Partitioner::new(partitions(5, &[0, 1, 3]), false, 100..=100);
        let mut seen = BTreeSet::new();
        for _ in 0..200 {
            let first = partitioner.partition(None, 60);
            assert_eq!(partitioner.partition(None, 60), first);
            seen.insert(first);
        }
        assert_eq!(seen, BTreeSet::from([0, 1, 3]), "only partitions with a leader, and all of them in time");
    }

    #[test]
    fn stays_grow_with_what_has_been_sent() {
        let mut partitioner = Partitioner::new(partitions(1000, &[]), false, 100..=300);
        // Numbers that never choose the same partition twice in a row: two stays would look like one.
        partitioner.random = Random::new(1);
        partitioner.choose();
        let mut stay = || {
            let first = partitioner.partition(None, 10);
            let mut records = 1;
            while partitioner.partition(None, 10) == first {
                records += 1;
            }
            // The next stay has begun with the record that ended this one.
            10 * records
        };
        let stays: Vec<usize> = (0..300).map(|_| stay()).collect();
        assert!(stays[..60].iter().all(|stay| *stay <= 110) && stays[250..].iter().all(|stay| *stay >= 290), "{stays:?}");
    }

    #[test]
    fn ignored_keys_stick_too() {
        let mut partitioner = Partitioner::new(partitions(50, &[]), true, 1000..=1000);
        let first = partitioner.partition(Some(b"a"), 1);
        assert!((b'b'..=b'z').all(|key| partitioner.partition(Some(&[key]), 1) == first));
    }

    #[test]
    fn a_partition_that_lost_its_leader_is_left() {
        let mut partitioner = Partitioner::new(partitions(2, &[0]), false, 1000..=1000);
        assert_eq!(partitioner.partition(None, 1), 0);
        partitioner.update(partitions(2, &[1]));
        assert_eq!(partitioner.partition(None, 1), 1);
    }

    #[test]
    fn new_partitions_take_part_and_gone_ones_do_not() {
        let mut partitioner = Partitioner::new(partitions(1, &[0]), false, 1..=1);
        assert_eq!(partitioner.partition(Some(b"a"), 1), 0);
        partitioner.update(partitions(7, &[0, 1, 2, 3, 4, 5, 6]));
        assert_eq!(partitioner.partition(Some(b"a"), 1), 5);
        partitioner.update(partitions(7, &[6]));
        assert_eq!(partitioner.partition(None, 1), 6);
        partitioner.update(partitions(2, &[]));
        assert!(partitioner.partition(None, 1) < 2);
    }

    #[test]
    fn without_any_leader_every_partition_will_do() {
        let mut partitioner = Partitioner::new(partitions(3, &[]), false, 1..=1);
        assert!((0..100).all(|_| (0..3).contains(&partitioner.partition(None, 1))));
    }
}
