//! Where in each partition reading begins.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::ends::Ends;
use super::tail::Tail;
use super::{Consumer, SILENCE, Start};
use crate::kafka::error::{Error, Result};
use crate::kafka::native::{EARLIEST, LATEST, Offsets, StreamError};
use crate::kafka::settings::OffsetReset;

impl Consumer {
    /// Where each of these partitions is to be read from. What appeared only after the start is read as a whole: all of its
    /// records are later than the start.
    pub(super) fn starts(&self, places: &[(String, i32)], first: bool) -> Result<Offsets> {
        let all = |offset: i64| Ok(places.iter().map(|(topic, partition)| (topic.clone(), *partition, offset)).collect());
        match (self.start, self.reset) {
            (Start::Offset(offset), _) => all(offset),
            (Start::Reset, OffsetReset::None) => {
                let names: Vec<String> = places.iter().map(|(topic, partition)| format!("{topic}-{partition}")).collect();
                Err(Error::Client(format!("Undefined offset with no reset policy for partitions: [{}]", names.join(", "))))
            }
            (Start::Earliest, _) | (Start::Reset, OffsetReset::Earliest) => all(EARLIEST),
            _ if !first => all(EARLIEST),
            (Start::Latest | Start::Tail(_), _) | (Start::Reset, OffsetReset::Latest) => all(LATEST),
            (Start::Time(time), _) => self.at_time(places, time),
            (Start::Reset, OffsetReset::ByDuration(age)) => self.at_time(places, milliseconds_ago(age)),
        }
    }

    /// The first offsets at or after a time; the ends where there is nothing as late.
    fn at_time(&self, places: &[(String, i32)], time: i64) -> Result<Offsets> {
        let found = self.offsets(places, time)?;
        Ok(found.into_iter().map(|(topic, partition, offset)| (topic, partition, if offset < 0 { LATEST } else { offset })).collect())
    }

    /// Notes the ends of these partitions, and leaves out those starts behind which there is nothing to read.
    pub(super) fn bounded(&mut self, places: &[(String, i32)], starts: Offsets) -> Result<Offsets> {
        // The ends come last: what is written meanwhile is not missed.
        let first = self.offsets(places, EARLIEST)?;
        let ends = self.offsets(places, LATEST)?;
        let mut bounds: BTreeMap<(String, i32), (i64, i64)> =
            first.into_iter().map(|(topic, partition, first)| ((topic, partition), (first, first))).collect();
        for (topic, partition, end) in &ends {
            bounds.entry((topic.clone(), *partition)).and_modify(|bounds| bounds.1 = *end);
        }
        if let Some(pinned) = &mut self.pinned {
            pinned.pin(ends);
        }
        if let Start::Tail(wanted) = self.start {
            let mut tail = Tail::new(wanted);
            let starts = bounds.into_iter().filter_map(|((topic, partition), (first, end))| {
                let from = tail.add(&topic, partition, first, end)?;
                Some((topic, partition, from))
            });
            let starts = starts.collect();
            self.tail = Some(tail);
            return Ok(starts);
        }
        let mut begun = Offsets::new();
        for (topic, partition, offset) in starts {
            let (first, end) = bounds.get(&(topic.clone(), partition)).copied().unwrap_or_default();
            let from = match offset {
                EARLIEST => first,
                LATEST => end,
                offset => offset,
            };
            let waits = from > end && self.pinned.as_ref().is_some_and(Ends::are_of_what_is_committed);
            if waits {
                self.tell(format!(
                    "offset {from} of {topic}-{partition} is beyond what is committed, which ends at {end}: nothing is read"
                ));
            }
            if waits || from == end {
                self.reached(&topic, partition, end);
            } else {
                // Beyond the end is out of range: the broker says so.
                begun.push((topic, partition, from));
            }
        }
        Ok(begun)
    }

    /// What the brokers say about a time or a place.
    pub(super) fn offsets(&self, places: &[(String, i32)], time: i64) -> Result<Offsets> {
        self.native.offsets_at(places, time, SILENCE).map_err(|error| {
            let topic = places.first().map_or("", |(topic, _)| topic);
            match self.broker_error(&error, topic) {
                Error::Client(reason) => Error::Client(format!("cannot look up offsets of {topic}: {reason}")),
                error => error,
            }
        })
    }

    /// Where a group's partitions begin for which it has no offset, if only a time tells that (KIP-1106). What cannot be
    /// looked up is left to the library, which reports that it does not know.
    pub(super) fn starts_by_age(&self, places: &[(String, i32)]) -> Offsets {
        let OffsetReset::ByDuration(age) = self.reset else { return Offsets::new() };
        let Ok(committed) = self.native.committed(places, SILENCE) else { return Offsets::new() };
        let fresh: Vec<(String, i32)> =
            committed.into_iter().filter(|(_, _, offset)| *offset < 0).map(|(topic, partition, _)| (topic, partition)).collect();
        let found = self.native.offsets_at(&fresh, milliseconds_ago(age), SILENCE).unwrap_or_default();
        found.into_iter().map(|(topic, partition, offset)| (topic, partition, if offset < 0 { LATEST } else { offset })).collect()
    }

    /// An offset is out of range: reading goes on where `auto.offset.reset` says (Java does so without a word), or ends.
    pub(super) fn out_of_range(&mut self, error: &StreamError) {
        let StreamError { topic, partition, offset, error } = error;
        if self.has_lost_records(topic, *partition) {
            return;
        }
        let place = [(topic.clone(), *partition)];
        let next = match self.reset {
            _ if self.is_member() => None,
            OffsetReset::None => None,
            OffsetReset::Earliest => Some(Ok((EARLIEST, "its first record"))),
            OffsetReset::Latest => Some(Ok((LATEST, "its end"))),
            OffsetReset::ByDuration(age) => {
                let found = self.at_time(&place, milliseconds_ago(age));
                Some(found.map(|found| (found.first().map_or(LATEST, |found| found.2), "the time of auto.offset.reset")))
            }
        };
        let begun = match next {
            None => {
                let text = format!("Undefined offset with no reset policy for partitions: [{topic}-{partition}]");
                Err(Error::Client(format!("{text} ({})", super::trouble::plain(&error.text))))
            }
            Some(Err(error)) => Err(error),
            Some(Ok((next, words))) => {
                self.tell(format!("offset {offset} of {topic}-{partition} is out of range; going on at {words}"));
                self.begin_anew(topic, *partition, next)
            }
        };
        if let Err(error) = begun {
            self.failure.get_or_insert(error);
        }
    }

    fn begin_anew(&self, topic: &str, partition: i32, offset: i64) -> Result<()> {
        let Some((handle, _)) = self.fetched.get(topic) else { return Ok(()) };
        handle.stop(partition);
        self.native.begin(handle, partition, offset).map_err(|error| Error::Client(error.text))
    }
}

/// The time so long ago, in milliseconds since 1970.
fn milliseconds_ago(age: Duration) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.saturating_sub(age).as_millis()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_counted_back_from_now() {
        let hour = Duration::from_secs(3600);
        let apart = milliseconds_ago(Duration::ZERO) - milliseconds_ago(hour);
        assert!((3_590_000..=3_600_000).contains(&apart), "{apart}");
        assert_eq!(milliseconds_ago(Duration::MAX), 0);
    }
}
