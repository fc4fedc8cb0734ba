//! What a person is told while requests are answered.

use std::rc::Rc;
use std::time::{Duration, Instant};

/// The least time between two notices.
const PAUSE: Duration = Duration::from_secs(5);

/// Tells a person what clients are not told, and not every time: a client may ask for the same thing all the time.
pub struct Notices {
    tell: Rc<dyn Fn(&str)>,
    told: Option<Instant>,
}

impl Notices {
    pub fn new(tell: Rc<dyn Fn(&str)>) -> Self {
        Self { tell, told: None }
    }

    /// Tells it, unless something was told just now.
    pub fn tell(&mut self, message: &str) {
        if self.told.is_none_or(|told| told.elapsed() >= PAUSE) {
            (self.tell)(message);
            self.told = Some(Instant::now());
        }
    }
}
