//! How much memory batches and the state of their producers take, and which batches go first when it is too much.

use std::cell::Cell;
use std::collections::VecDeque;
use std::mem::size_of;
use std::rc::Rc;

use uuid::Uuid;

use super::Stored;

/// What a batch takes besides its bytes: its place in the log, and in the queue of the oldest.
const PER_BATCH: usize = size_of::<Stored>() + size_of::<Place>() + 16;

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The topic's id, and not its name: a topic that is made anew has other batches.
    pub topic: Uuid,
    pub partition: i32,
    pub base_offset: i64,
}

/// The account of all batches, and of what goes with the last batch of a producer.
#[derive(Debug)]
pub struct Memory {
    limit: usize,
    used: Rc<Cell<usize>>,
    live: Rc<Cell<usize>>,
    /// All batches in the order in which they came, and some that are gone.
    oldest: VecDeque<Place>,
}

/// The part of the account that one batch or producer has. Dropped with it.
#[derive(Debug)]
pub struct Charge {
    bytes: usize,
    batches: usize,
    used: Rc<Cell<usize>>,
    live: Rc<Cell<usize>>,
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.used.set(self.used.get().saturating_sub(self.bytes));
        self.live.set(self.live.get().saturating_sub(self.batches));
    }
}

impl Memory {
    /// An account of up to `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { limit, used: Rc::default(), live: Rc::default(), oldest: VecDeque::new() }
    }

    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Puts a batch of `length` bytes on the account.
    pub fn charge(&mut self, length: usize, place: Place) -> Charge {
        self.oldest.push_back(place);
        self.put(length + PER_BATCH, 1)
    }

    /// Puts the state of a producer on the account.
    pub fn hold(&self, bytes: usize) -> Charge {
        self.put(bytes, 0)
    }

    fn put(&self, bytes: usize, batches: usize) -> Charge {
        self.used.set(self.used.get() + bytes);
        self.live.set(self.live.get() + batches);
        Charge { bytes, batches, used: Rc::clone(&self.used), live: Rc::clone(&self.live) }
    }

    /// The place of the batch that came first, when there is more than may be. The batch may be gone already; asking again
    /// gives the next.
    pub fn next_to_go(&mut self) -> Option<Place> {
        // The last one stays, however large: its producer has been told that it is here.
        (self.used.get() > self.limit && self.live.get() > 1).then(|| self.oldest.pop_front())?
    }

    /// Forgets the places of batches that are gone, once most of them are.
    pub fn tidy(&mut self, is_live: impl Fn(&Place) -> bool) {
        if self.oldest.len() > 1024 + 2 * self.live.get() {
            self.oldest.retain(|place| is_live(place));
        }
    }
}
