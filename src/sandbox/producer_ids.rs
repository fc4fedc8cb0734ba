//! The numbers by which the broker knows producers.

/// The next number to give out.
#[derive(Debug, Default)]
pub struct ProducerIds {
    next: i64,
}

impl ProducerIds {
    /// A number that nobody has.
    pub fn fresh(&mut self) -> i64 {
        let id = self.next;
        self.next += 1;
        id
    }
}
