//! What is said about batches that were dropped for want of memory.

use std::rc::Rc;
use std::time::{Duration, Instant};

/// The least time between two messages about dropped batches.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells a person that records are gone, without telling every one.
pub struct Dropped {
    tell: Rc<dyn Fn(&str)>,
    told: Option<Instant>,
    unsaid: usize,
}

impl Dropped {
    pub fn new(tell: Rc<dyn Fn(&str)>) -> Self {
        Self { tell, told: None, unsaid: 0 }
    }

    /// A batch of that partition was dropped, and the log now starts at `start`; `limit` is the memory in bytes.
    pub fn note(&mut self, topic: &str, partition: i32, start: i64, limit: usize) {
        self.unsaid += 1;
        if self.told.is_some_and(|told| told.elapsed() < PAUSE) {
            return;
        }
        let (count, limit) = (self.unsaid, limit >> 20);
        let batches = if count == 1 { "1 batch was".to_owned() } else { format!("{count} batches were") };
        (self.tell)(&format!(
            "the {limit} MB for records are full: {batches} dropped, the oldest; {topic}-{partition} now starts at offset {start}"
        ));
        self.told = Some(Instant::now());
        self.unsaid = 0;
    }
}
