//! Who waits for records, and of which partitions.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use tokio::sync::Notify;
use uuid::Uuid;

/// A partition, by the id of its topic: a topic that is made anew is another one.
pub type Partition = (Uuid, i32);

/// Wakes those who wait for partitions to change, and nobody else.
#[derive(Debug, Default)]
pub struct Changes {
    next: Cell<u64>,
    waiting: RefCell<Waiting>,
}

/// Those who wait, by their numbers.
#[derive(Debug, Default)]
struct Waiting {
    all: BTreeMap<u64, Rc<Notify>>,
    by_partition: HashMap<Partition, BTreeMap<u64, Rc<Notify>>>,
}

impl Changes {
    /// Waits for changes of these partitions from now on, until what is returned is dropped.
    pub fn wait_for(&self, partitions: Vec<Partition>) -> Wait<'_> {
        let number = self.next.replace(self.next.get().wrapping_add(1));
        let notify = Rc::new(Notify::new());
        let mut waiting = self.waiting.borrow_mut();
        waiting.all.insert(number, Rc::clone(&notify));
        for partition in &partitions {
            waiting.by_partition.entry(*partition).or_default().insert(number, Rc::clone(&notify));
        }
        Wait { changes: self, number, notify, partitions }
    }

    /// Records were appended to a partition.
    pub fn appended(&self, topic: Uuid, partition: i32) {
        if let Some(waiting) = self.waiting.borrow().by_partition.get(&(topic, partition)) {
            for notify in waiting.values() {
                notify.notify_one();
            }
        }
    }

    /// Topics or partitions came or went, or records were deleted: all who wait look again.
    pub fn notify_waiters(&self) {
        for notify in self.waiting.borrow().all.values() {
            notify.notify_one();
        }
    }
}

/// One who waits.
#[derive(Debug)]
pub struct Wait<'a> {
    changes: &'a Changes,
    number: u64,
    notify: Rc<Notify>,
    partitions: Vec<Partition>,
}

impl Wait<'_> {
    /// Ends when something has changed since the last time that it ended, or since the waiting began.
    pub async fn changed(&self) {
        self.notify.notified().await;
    }
}

impl Drop for Wait<'_> {
    fn drop(&mut self) {
        let mut waiting = self.changes.waiting.borrow_mut();
        waiting.all.remove(&self.number);
        for partition in &self.partitions {
            if let Some(others) = waiting.by_partition.get_mut(partition) {
                others.remove(&self.number);
                if others.is_empty() {
                    waiting.by_partition.remove(partition);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn only_those_are_woken_who_wait_for_the_partition() {
        let changes = Changes::default();
        let (topic, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let one = changes.wait_for(vec![(topic, 0), (topic, 0), (topic, 1)]);
        let two = changes.wait_for(vec![(topic, 1)]);
        let woken = |wait: &Wait| wait.changed().now_or_never().is_some();
        let appended = |topic, partition| {
            changes.appended(topic, partition);
            (woken(&one), woken(&two))
        };
        assert_eq!(appended(topic, 0), (true, false));
        assert_eq!(appended(topic, 1), (true, true));
        assert_eq!(appended(topic, 2), (false, false));
        assert_eq!(appended(other, 0), (false, false));
        changes.notify_waiters();
        assert_eq!((woken(&one), woken(&two)), (true, true));
        assert_eq!((woken(&one), woken(&two)), (false, false));
    }

    #[test]
    fn who_waits_no_more_leaves_nothing() {
        let changes = Changes::default();
        let topic = Uuid::from_u128(1);
        let one = changes.wait_for(vec![(topic, 0), (topic, 1)]);
        let two = changes.wait_for(vec![(topic, 0), (topic, 0)]);
        drop(one);
        changes.appended(topic, 0);
        assert!(two.changed().now_or_never().is_some());
        drop(two);
        let waiting = changes.waiting.borrow();
        assert!(waiting.all.is_empty() && waiting.by_partition.is_empty(), "{waiting:?}");
    }
}
