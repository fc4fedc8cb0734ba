//! What librdkafka reports: which errors end the reading, which are told, and which it gets over by itself.

use std::time::Instant;

use super::Consumer;
use crate::kafka::error::{BrokerError, Error, ErrorCode};
use crate::kafka::native::{NativeError, StreamError, Words, codes};

/// Refusals of the group coordinator that no waiting changes.
const FINAL_FOR_GROUPS: [ErrorCode; 8] = [
    ErrorCode::INCONSISTENT_GROUP_PROTOCOL,
    ErrorCode::INVALID_GROUP_ID,
    ErrorCode::INVALID_SESSION_TIMEOUT,
    ErrorCode::GROUP_AUTHORIZATION_FAILED,
    ErrorCode::GROUP_MAX_SIZE_REACHED,
    ErrorCode::FENCED_INSTANCE_ID,
    ErrorCode::UNSUPPORTED_ASSIGNOR,
    ErrorCode::INVALID_REGULAR_EXPRESSION,
];

/// Other refusals that no waiting changes: a corrupt or too large record, an invalid name, missing permissions.
const FINAL: [ErrorCode; 9] = [
    ErrorCode::CORRUPT_MESSAGE,
    ErrorCode::MESSAGE_TOO_LARGE,
    ErrorCode::INVALID_TOPIC_EXCEPTION,
    ErrorCode::TOPIC_AUTHORIZATION_FAILED,
    ErrorCode::CLUSTER_AUTHORIZATION_FAILED,
    ErrorCode::UNSUPPORTED_SASL_MECHANISM,
    ErrorCode::ILLEGAL_SASL_STATE,
    ErrorCode::UNSUPPORTED_VERSION,
    ErrorCode::SASL_AUTHENTICATION_FAILED,
];

/// The group is changing: a commit may succeed once this member has followed.
const REBALANCING: [ErrorCode; 3] = [ErrorCode::ILLEGAL_GENERATION, ErrorCode::REBALANCE_IN_PROGRESS, ErrorCode::STALE_MEMBER_EPOCH];

impl Consumer {
    /// Judges an error in the stream of records.
    pub(super) fn judge(&mut self, error: StreamError) {
        if error.error.code == codes::PARTITION_EOF {
            self.lost = None;
            let early = self.pinned.as_ref().is_some_and(|ends| error.offset < ends.of(&error.topic, error.partition));
            if early && self.has_lost_records(&error.topic, error.partition) {
                return;
            }
            self.reached(&error.topic, error.partition, error.offset);
            if self.is_member() {
                self.ends.push((error.topic, error.partition, error.offset));
            }
            return;
        }
        if error.error.code == codes::AUTO_OFFSET_RESET {
            self.out_of_range(&error);
            return;
        }
        if error.error.code == codes::UNKNOWN_PARTITION {
            self.tell(format!("{}-{} does not exist, or not any longer: nothing is read from it", error.topic, error.partition));
            if self.pinned.is_some() {
                // Whether its end can still come is asked for.
                self.next_refresh = Instant::now();
            }
            return;
        }
        self.hear(&error.error, &error.topic);
    }

    /// An error ends the reading, or is told once.
    pub(super) fn hear(&mut self, error: &NativeError, topic: &str) {
        if is_final(error.code) {
            // Without a group, what the coordinator thinks does not matter.
            if self.is_member() || !is_one_of(&FINAL_FOR_GROUPS, error.code) {
                // What is fatal says that it is, and then all of it again.
                let cause = (error.code == codes::FATAL).then(|| self.native.fatal_error()).flatten();
                let failure = self.broker_error(cause.as_ref().unwrap_or(error), topic);
                self.failure.get_or_insert(failure);
            }
            return;
        }
        match error.code {
            codes::ALL_BROKERS_DOWN => {
                let reason = self.last_reason.clone().unwrap_or_else(|| "no broker answers".to_owned());
                if self.lost.is_none() {
                    self.notices.push(format!("lost {}: {reason}; waiting for it to come back", self.servers));
                }
                self.lost = Some(reason);
            }
            codes::MAX_POLL_EXCEEDED => {
                let notice =
                    "no records were taken for longer than max.poll.interval.ms, so the group has dropped this member; joining again";
                self.notices.push(notice.to_owned());
            }
            codes::TRANSPORT | codes::RESOLVE => self.remember_reason(error),
            code if code == i32::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0) && self.missing.is_some() => {}
            // Whether its end can still come is asked for, before a group that is given nothing takes that for the end.
            code if code == i32::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.0) && self.pinned.is_some() => {
                self.next_refresh = Instant::now();
            }
            // The library's other own errors are about attempts that it repeats.
            code if code < 0 => self.remember_reason(error),
            _ => {
                let text = if topic.is_empty() { plain(&error.text) } else { format!("{topic}: {}", plain(&error.text)) };
                self.tell(text);
            }
        }
    }

    pub(super) fn remember_reason(&mut self, error: &NativeError) {
        // That all are down is no reason: others come with it.
        if error.code != codes::ALL_BROKERS_DOWN {
            self.last_reason = Some(plain(&error.text));
        }
    }

    pub(super) fn tell(&mut self, notice: String) {
        if self.told.insert(notice.clone()) {
            self.notices.push(notice);
        }
    }

    /// An error with the meaning that it has in the rest of this program.
    pub(super) fn broker_error(&self, error: &NativeError, topic: &str) -> Error {
        match error.code {
            codes::AUTHENTICATION | codes::SSL => Error::Unreachable { target: self.servers.clone(), reason: plain(&error.text) },
            code if code > 0 => {
                let of_group = self.group.as_deref().filter(|_| is_one_of(&FINAL_FOR_GROUPS, code));
                refused(ErrorCode(i16::try_from(code).unwrap_or(-1)), of_group.unwrap_or(topic))
            }
            _ => Error::Client(plain(&error.text)),
        }
    }
}

/// Whether no waiting changes this.
pub(super) fn is_final(code: i32) -> bool {
    matches!(
        code,
        codes::FATAL | codes::AUTHENTICATION | codes::SSL | codes::UNSUPPORTED_FEATURE | codes::BAD_MESSAGE | codes::BAD_COMPRESSION
    ) || is_one_of(&FINAL, code)
        || is_one_of(&FINAL_FOR_GROUPS, code)
}

/// Whether a commit was refused because the group is changing.
pub(super) fn is_rebalancing(code: i32) -> bool {
    is_one_of(&REBALANCING, code)
}

fn is_one_of(codes: &[ErrorCode], code: i32) -> bool {
    i16::try_from(code).is_ok_and(|code| codes.contains(&ErrorCode(code)))
}

/// Whether a topic is being created, or elects its leaders.
pub(super) fn is_waiting(code: i32) -> bool {
    code == i32::from(ErrorCode::LEADER_NOT_AVAILABLE.0)
}

pub(super) fn unknown_topic(topic: &str) -> Error {
    Error::Client(format!("the topic '{topic}' does not exist"))
}

/// A broker's refusal, with the name of the topic or group where it is about one.
pub(super) fn refused(code: ErrorCode, subject: &str) -> Error {
    let message = match (code, subject) {
        (ErrorCode::INVALID_TOPIC_EXCEPTION, topic) => Some(format!("Invalid topic '{topic}': {}", code.message())),
        (_, "") => None,
        (code, subject) => Some(format!("{subject}: {}", code.message())),
    };
    Error::Broker(BrokerError { code, message })
}

/// librdkafka's sentence without the names of its own parts.
pub(super) fn plain(text: &str) -> String {
    Words::of(text).reason.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_waiting_changes_is_final() {
        // INVALID_REGULAR_EXPRESSION, an assignor that the group does not have, a failed authentication of the library's own.
        assert!([128, 112, -169].into_iter().all(is_final));
        // REBOOTSTRAP_REQUIRED is the library's business, and a rebalance passes; some codes are new.
        assert!(![129, 27, 22, 1000, -195].into_iter().any(is_final));
    }

    #[test]
    fn refusals_name_the_topic() {
        assert_eq!(refused(ErrorCode(29), "t").to_string(), "t: Topic authorization failed.");
        assert!(refused(ErrorCode(17), "bad topic!").to_string().starts_with("Invalid topic 'bad topic!': "));
        assert!(refused(ErrorCode(17), "").to_string().starts_with("Invalid topic '': "));
        assert_eq!(refused(ErrorCode(30), "").to_string(), ErrorCode(30).message());
    }
}
