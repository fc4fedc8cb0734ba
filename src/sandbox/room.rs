//! The memory that requests and answers on their way take, those of all clients together.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

/// Memory that is shared by all connections.
pub struct Room {
    bytes: usize,
    free: Cell<usize>,
}

impl Room {
    /// Room for so many bytes.
    pub fn new(bytes: usize) -> Rc<Self> {
        Rc::new(Self { bytes, free: Cell::new(bytes) })
    }
}

/// There is no room left; `0` is how many bytes there are for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full(usize);

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "requests and answers on their way would take more than {} MB, those of all clients together", self.0 >> 20)
    }
}

/// A part of the room, given back when it is dropped.
pub struct Claim {
    room: Rc<Room>,
    bytes: usize,
}

impl Claim {
    /// A claim to no room yet.
    pub fn new(room: &Rc<Room>) -> Self {
        Self { room: Rc::clone(room), bytes: 0 }
    }

    /// Takes room for `bytes` more.
    ///
    /// # Errors
    /// That there is not so much; what was taken before stays.
    pub fn add(&mut self, bytes: usize) -> Result<(), Full> {
        let left = self.room.free.get().checked_sub(bytes).ok_or(Full(self.room.bytes))?;
        self.room.free.set(left);
        self.bytes += bytes;
        Ok(())
    }
}

impl Drop for Claim {
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
        let (taken, full) = (Ok(()), Err(Full(10)));
        let mut one = Claim::new(&room);
        assert_eq!((one.add(4), one.add(3)), (taken, taken));
        let mut other = Claim::new(&room);
        assert_eq!((other.add(4), other.add(3), other.add(1)), (full, taken, full));
        drop(one);
        assert_eq!((other.add(7), other.add(1)), (taken, full));
    }
}
