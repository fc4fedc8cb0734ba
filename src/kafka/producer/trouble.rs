//! Why records fail, and what hinders all of them: librdkafka's reports in the words of this program.

use std::time::Duration;

use super::{Producer, RecordFailure};
use crate::kafka::error::{BrokerError, Error, ErrorCode};
use crate::kafka::native::{NativeError, Undelivered, Words, codes};

/// After how long without any acknowledgement the brokers are asked for the reason.
const STILL: Duration = Duration::from_secs(3);

/// What befalls a record whose batch is refused because of another one.
const SAME_BATCH: &str = "It was part of a batch in which the broker rejected another record.";

/// What befalls a record that was sent, and that no answer came to.
const PERHAPS_STORED: &str = " (it may be in the topic all the same)";

impl Producer {
    pub(super) fn note_failures(&mut self, failed: Vec<Undelivered>) {
        self.counts.failed += failed.len() as u64;
        if failed.iter().any(|undelivered| undelivered.error.code == codes::FATAL) {
            self.fatal = self.native.fatal_error();
        }
        for undelivered in failed {
            let (tag, perhaps_stored) = (undelivered.tag, undelivered.perhaps_stored);
            let error = self.reason(undelivered);
            let error = if perhaps_stored { Error::Client(format!("{error}{PERHAPS_STORED}")) } else { error };
            self.failures.push(RecordFailure { tag, error });
        }
    }

    /// Why a record was not acknowledged: Java's sentence for the broker's code, or what the library says.
    fn reason(&mut self, undelivered: Undelivered) -> Error {
        let Undelivered { error, partition, has_key, .. } = undelivered;
        match (error.code, i16::try_from(error.code)) {
            // The broker refuses the whole batch. Its own words would tell which records are to blame.
            (1.., Ok(code)) if ErrorCode(code) == ErrorCode::INVALID_RECORD && self.config.compacted && !has_key => {
                keyless(&self.topic, partition)
            }
            (1.., Ok(code)) if ErrorCode(code) == ErrorCode::INVALID_RECORD && self.config.compacted => named(ErrorCode(code), SAME_BATCH),
            (1.., Ok(code)) => named(ErrorCode(code), &ErrorCode(code).message()),
            (codes::MSG_TIMED_OUT, _) => {
                let hindrance = self.standing.hindrance(&self.topic, self.config, Some(partition));
                let last = hindrance.or_else(|| self.last_trouble.clone());
                Error::Client(too_late(self.limits.delivery_timeout, last.as_deref()))
            }
            (codes::UNKNOWN_TOPIC | codes::UNKNOWN_PARTITION, _) => {
                let hindrance = self.standing.hindrance(&self.topic, self.config, Some(partition));
                Error::Client(hindrance.unwrap_or_else(|| format!("{}-{partition} does not exist any longer", self.topic)))
            }
            (codes::INVALID_DIFFERENT_RECORD, _) => Error::Client(SAME_BATCH.to_owned()),
            _ => Error::Client(error.text),
        }
    }

    /// Why nothing moves, if that has not been told yet and something waits.
    pub fn trouble(&mut self) -> Option<String> {
        if self.counts.outstanding() == 0 {
            return None;
        }
        if let Some(trouble) = self.trouble.tell() {
            return Some(format!("no broker can be reached at the moment, trying again: {trouble}"));
        }
        if self.moved.elapsed() < STILL || !self.trouble.is_to_be_asked_for() {
            return None;
        }
        let hindrance = self.standing.hindrance(&self.topic, self.config, None);
        let still = STILL.as_secs();
        hindrance.map(|hindrance| format!("no acknowledgement for {still} s: {hindrance}; waiting until delivery.timeout.ms is over"))
    }

    pub(super) fn note_trouble(&mut self, error: &NativeError) {
        match error.code {
            codes::FATAL => self.fatal = self.native.fatal_error(),
            codes::ALL_BROKERS_DOWN => {
                let reason = self.last_trouble.clone().unwrap_or_else(|| "the brokers do not answer".to_owned());
                self.trouble.note(reason);
            }
            code => {
                let text = Words::of(&error.text).to_string();
                if matches!(code, codes::AUTHENTICATION | codes::SSL) {
                    self.trouble.note(text.clone());
                }
                self.last_trouble = Some(text);
            }
        }
    }
}

/// Why a record without a key is not taken by a compacted topic, in the broker's words.
pub(super) fn keyless(topic: &str, partition: i32) -> Error {
    let reason = format!("Compacted topic cannot accept message without key in topic partition {topic}-{partition}.");
    named(ErrorCode::INVALID_RECORD, &reason)
}

/// Why a record over the topic's `max.message.bytes` is not taken.
pub(super) fn too_large() -> Error {
    named(ErrorCode::MESSAGE_TOO_LARGE, &ErrorCode::MESSAGE_TOO_LARGE.message())
}

/// Why a record is not taken whose timestamp is further from the present than the topic allows.
pub(super) fn odd_timestamp() -> Error {
    named(ErrorCode::INVALID_TIMESTAMP, &ErrorCode::INVALID_TIMESTAMP.message())
}

/// A broker's refusal with the name of its code.
fn named(code: ErrorCode, message: &str) -> Error {
    BrokerError { code, message: Some(format!("{message} ({})", code.name())) }.into()
}

/// A trouble with the brokers, told once for as long as it lasts.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    untold: Option<String>,
    lasting: bool,
    /// Whether brokers have been asked for the reason. That they knew none says nothing about what comes.
    asked: bool,
}

impl Trouble {
    fn note(&mut self, reason: String) {
        if !self.lasting {
            self.untold = Some(reason);
        }
    }

    /// What has not been told yet.
    pub fn tell(&mut self) -> Option<String> {
        self.lasting |= self.untold.is_some();
        self.untold.take()
    }

    /// Whether brokers are to be asked for the reason now: once, and not where it has been told.
    fn is_to_be_asked_for(&mut self) -> bool {
        !self.lasting && !std::mem::replace(&mut self.asked, true)
    }

    /// Something was acknowledged.
    pub fn is_over(&mut self) {
        *self = Self::default();
    }
}

/// The library has one code for both ways in which a record comes to its end without an answer.
fn too_late(delivery_timeout: Duration, last: Option<&str>) -> String {
    let millis = delivery_timeout.as_millis();
    let reason = last.map_or_else(String::new, |last| format!(" (last trouble: {last})"));
    format!("not acknowledged in time: delivery.timeout.ms ({millis} ms) is over, or the retries are used up{reason}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lasting_trouble_is_told_once() {
        let mut trouble = Trouble::default();
        assert_eq!(trouble.tell(), None);
        trouble.note("a".to_owned());
        assert_eq!(trouble.tell().as_deref(), Some("a"));
        trouble.note("b".to_owned());
        assert_eq!(trouble.tell(), None);
        trouble.is_over();
        trouble.note("c".to_owned());
        assert_eq!(trouble.tell().as_deref(), Some("c"));
    }

    #[test]
    fn asking_for_the_reason_silences_nothing() {
        let mut trouble = Trouble::default();
        assert!(trouble.is_to_be_asked_for() && !trouble.is_to_be_asked_for(), "once");
        trouble.note("a".to_owned());
        assert_eq!(trouble.tell().as_deref(), Some("a"));
        trouble.is_over();
        trouble.note("b".to_owned());
        assert_eq!(trouble.tell().as_deref(), Some("b"));
        assert!(!trouble.is_to_be_asked_for(), "it is known");
    }

    #[test]
    fn a_late_record_is_not_said_to_have_waited_for_the_whole_time() {
        let text = "not acknowledged in time: delivery.timeout.ms (3000 ms) is over, or the retries are used up";
        assert_eq!(too_late(Duration::from_secs(3), None), text);
        assert_eq!(too_late(Duration::from_secs(3), Some("h:9092: gone")), format!("{text} (last trouble: h:9092: gone)"));
    }
}
