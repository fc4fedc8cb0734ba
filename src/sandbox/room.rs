//! The memory that requests and answers on their way take, those of all clients together.

use std::cell::Cell;
use std::rc::Rc;

/// Memory that is shared by all connections.
pub struct Room {
    free: Cell<usize>,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Rc<Self> {
        Rc::new(Self { free: Cell::new(bytes) })
    }
}

/// A part of the room, given back when it is dropped.
pub struct Place {
    room: Rc<Room>,
    bytes: usize,
}

impl Place {
    /// A place that takes no room yet.
    pub fn new(room: &Rc<Room>) -> Self {
        Self { room: Rc::clone(room), bytes: 0 }
    }

    /// Takes room for `bytes` more. False if there is not so much.
    pub fn add(&mut self, bytes: usize) -> bool {
        let left = self.room.free.get().checked_sub(bytes);
        if let Some(left) = left {
            self.room.free.set(left);
            self.bytes += bytes;
        }
        left.is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room.free.set(self.room.free.get() + self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_comes_back() {
        let room = Room::new(10);
        let mut one = Place::new(&room);
        assert!(one.add(4) && one.add(3));
        let mut other = Place::new(&room);
        assert!(!other.add(4) && other.add(3) && !other.add(1));
        drop(one);
        assert!(other.add(7) && !other.add(1));
    }
}
