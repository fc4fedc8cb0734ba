//! How fast a partition is read and written, from what several looks have found. Pure functions.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// Rates are those of so long, or of the time between two looks, if that is longer: consumers commit every few seconds, and a
/// shorter time would show bursts; a longer one would hide for long that a consumer stands still.
const WINDOW: Duration = Duration::from_secs(20);

/// Looks that are closer are not all kept: that many would fill the memory, and tell no more.
const APART: Duration = Duration::from_secs(1);

/// What one look has found of one partition.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Instant,
    committed: Option<i64>,
    end: Option<i64>,
}

/// Messages per second; none as long as they are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Pace {
    pub consumed: Option<f64>,
    pub produced: Option<f64>,
}

/// When nothing will be left to read if it goes on like this.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Drain {
    Unknown,
    /// In so many seconds.
    After(f64),
    Never,
}

impl Pace {
    /// How long it takes until nothing is left to read.
    pub fn drain(&self, lag: Option<i64>) -> Drain {
        match (lag, self.consumed, self.produced) {
            (Some(..=0), ..) => Drain::After(0.0),
            (Some(lag), Some(consumed), Some(produced)) if consumed > produced => {
                #[allow(clippy::cast_precision_loss, reason = "an estimate")]
                let lag = lag as f64;
                Drain::After(lag / (consumed - produced))
            }
            (Some(_), Some(_), Some(_)) => Drain::Never,
            _ => Drain::Unknown,
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let sum = |one: Option<f64>, other: Option<f64>| match (one, other) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        Self { consumed: sum(self.consumed, other.consumed), produced: sum(self.produced, other.produced) }
    }
}

/// What was found of partitions so far, by whatever names them.
#[derive(Debug)]
pub(super) struct History<K>(HashMap<K, VecDeque<Sample>>);

impl<K> Default for History<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + std::hash::Hash> History<K> {
    /// Notes what was found at `at`, and gives the rates until then.
    pub fn note(&mut self, key: K, at: Instant, committed: Option<i64>, end: Option<i64>) -> Pace {
        let samples = self.0.entry(key).or_default();
        // Of looks in quick succession the last one counts, beside the first one that there was.
        if samples.iter().nth_back(1).is_some_and(|before| at.duration_since(before.at) < APART) {
            samples.pop_back();
        }
        samples.push_back(Sample { at, committed, end });
        while samples.len() > 2 && at.duration_since(samples[0].at) > WINDOW {
            samples.pop_front();
        }
        Pace { consumed: rate(samples, |sample| sample.committed), produced: rate(samples, |sample| sample.end) }
    }

    /// Forgets what was not noted at `at`: groups come and go for as long as somebody watches.
    pub fn forget_all_but(&mut self, at: Instant) {
        self.0.retain(|_, samples| samples.back().is_some_and(|last| last.at == at));
    }
}

/// The rate between the first and the last time that a value was known; none before there are two, or where it went back (a
/// reset, or a topic that was made anew).
fn rate(samples: &VecDeque<Sample>, value: impl Fn(&Sample) -> Option<i64>) -> Option<f64> {
    let mut known = samples.iter().filter_map(|sample| Some((sample.at, value(sample)?)));
    let (first, from) = known.next()?;
    let (last, to) = known.next_back()?;
    let seconds = last.duration_since(first).as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let count = to.checked_sub(from).filter(|count| *count >= 0)? as f64;
    (seconds > 0.0).then(|| count / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_the_last_looks() {
        let (mut history, start) = (History::default(), Instant::now());
        let mut note = |seconds, committed, end| history.note("p", start + Duration::from_secs(seconds), committed, end);
        assert_eq!(note(0, Some(0), Some(100)), Pace::default());
        assert_eq!(note(10, Some(50), Some(110)), Pace { consumed: Some(5.0), produced: Some(1.0) });
        // Nobody could tell the end this time.
        assert_eq!(note(20, Some(100), None), Pace { consumed: Some(5.0), produced: Some(1.0) });
        // The first two looks are too old by now.
        assert_eq!(note(40, Some(100), Some(230)), Pace { consumed: Some(0.0), produced: None });
    }

    #[test]
    fn looks_that_are_far_apart_have_rates_all_the_same() {
        let (mut history, start) = (History::default(), Instant::now());
        let mut note = |seconds, committed| history.note("p", start + Duration::from_secs(seconds), Some(committed), None);
        note(0, 0);
        assert_eq!(note(100, 500).consumed, Some(5.0));
        assert_eq!(note(200, 600).consumed, Some(1.0));
    }

    #[test]
    fn a_history_does_not_grow_for_as_long_as_it_is_watched() {
        let (mut history, start) = (History::default(), Instant::now());
        let at = |look: i64| start + Duration::from_millis(10) * u32::try_from(look).unwrap();
        for look in 0..10_000 {
            let pace = history.note("p", at(look), Some(look), Some(0));
            assert!(look == 0 || pace.consumed.is_some_and(|rate| (rate - 100.0).abs() < 0.001), "{look}: {pace:?}");
        }
        assert!(history.0["p"].len() < 50);
        history.note("q", at(10_000), None, None);
        history.forget_all_but(at(10_000));
        assert_eq!(history.0.keys().collect::<Vec<_>>(), [&"q"]);
    }

    #[test]
    fn an_offset_that_goes_back_has_no_rate() {
        let (mut history, start) = (History::default(), Instant::now());
        history.note("p", start, Some(9), Some(9));
        assert_eq!(history.note("p", start + Duration::from_secs(1), Some(3), Some(9)), Pace { consumed: None, produced: Some(0.0) });
    }

    #[test]
    fn it_drains_when_more_is_read_than_written() {
        let pace = |consumed: f64, produced: f64| Pace { consumed: Some(consumed), produced: Some(produced) };
        assert_eq!(pace(5.0, 1.0).drain(Some(40)), Drain::After(10.0));
        assert_eq!(pace(1.0, 1.0).drain(Some(40)), Drain::Never);
        assert_eq!(pace(0.0, 1.0).drain(Some(0)), Drain::After(0.0));
        assert_eq!(pace(5.0, 1.0).drain(None), Drain::Unknown);
        assert_eq!(Pace::default().drain(Some(1)), Drain::Unknown);
    }

    #[test]
    fn rates_of_several_partitions_add_up() {
        let one = Pace { consumed: Some(1.0), produced: None };
        assert_eq!(one.plus(Pace { consumed: Some(2.0), produced: Some(3.0) }), Pace { consumed: Some(3.0), produced: Some(3.0) });
    }
}
