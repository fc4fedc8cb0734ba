//! How long a command may take, and how long it waits between two attempts.

use std::time::{Duration, Instant};

/// The point in time at which a command gives up.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    started: Instant,
    allowed: Duration,
    /// The time of the whole command, where it is that which ends a step.
    whole: Option<Duration>,
}

impl Deadline {
    /// A deadline `allowed` from now.
    pub fn after(allowed: Duration) -> Self {
        Self { started: Instant::now(), allowed, whole: None }
    }

    /// A deadline for one step: `step` from now, but not after this one.
    #[must_use]
    pub fn step(&self, step: Duration) -> Self {
        let left = self.left();
        Self { whole: (left < step).then_some(self.allowed), ..Self::after(step.min(left)) }
    }

    /// The time of the whole command, if that is what ends this step; none if the step has only taken too long itself.
    pub fn whole(&self) -> Option<Duration> {
        self.whole
    }

    /// The time left; zero once the deadline has passed.
    pub fn left(&self) -> Duration {
        self.allowed.saturating_sub(self.started.elapsed())
    }

    /// Whether no time is left.
    pub fn passed(&self) -> bool {
        self.left().is_zero()
    }

    /// An earlier deadline, for waiting that must leave time for what comes after it: two thirds of the time left.
    #[must_use]
    pub fn most(&self) -> Self {
        Self::after(self.left() * 2 / 3)
    }

    /// The time that was given at the start.
    pub fn allowed(&self) -> Duration {
        self.allowed
    }
}

/// Growing pauses between attempts: `retry.backoff.ms` doubled up to `retry.backoff.max.ms`, as in Java since KIP-580.
#[derive(Clone, Debug)]
pub struct Backoff {
    next: Duration,
    max: Duration,
}

impl Backoff {
    /// Starts at `first` and never waits longer than `max`.
    pub fn new(first: Duration, max: Duration) -> Self {
        Self { next: first.min(max), max }
    }

    /// The pause before the next attempt.
    pub fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (self.next * 2).min(self.max);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_maximum() {
        let mut backoff = Backoff::new(Duration::from_millis(100), Duration::from_millis(350));
        let pauses: Vec<u128> = (0..4).map(|_| backoff.pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 350, 350]);
    }

    #[test]
    fn a_step_knows_whose_time_it_ends_with() {
        let command = Deadline::after(Duration::from_secs(60));
        assert_eq!(command.step(Duration::from_secs(5)).whole(), None);
        assert_eq!(command.step(Duration::from_secs(90)).whole(), Some(Duration::from_secs(60)));
        assert!(command.step(Duration::from_secs(90)).left() <= Duration::from_secs(60));
    }

    #[test]
    fn a_deadline_of_no_time_has_passed() {
        assert!(Deadline::after(Duration::ZERO).passed());
        assert!(!Deadline::after(Duration::from_secs(60)).passed());
    }
}
