//! What can go wrong between this process and a cluster.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::error_codes;

/// An error code of the Kafka protocol, known to this build or not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ErrorCode(pub i16);

impl ErrorCode {
    pub const UNKNOWN_SERVER_ERROR: Self = Self(-1);
    pub const NONE: Self = Self(0);
    pub const CORRUPT_MESSAGE: Self = Self(2);
    pub const UNKNOWN_TOPIC_OR_PARTITION: Self = Self(3);
    pub const LEADER_NOT_AVAILABLE: Self = Self(5);
    pub const REQUEST_TIMED_OUT: Self = Self(7);
    pub const MESSAGE_TOO_LARGE: Self = Self(10);
    pub const NETWORK_EXCEPTION: Self = Self(13);
    pub const COORDINATOR_LOAD_IN_PROGRESS: Self = Self(14);
    pub const COORDINATOR_NOT_AVAILABLE: Self = Self(15);
    pub const NOT_COORDINATOR: Self = Self(16);
    pub const INVALID_TOPIC_EXCEPTION: Self = Self(17);
    pub const ILLEGAL_GENERATION: Self = Self(22);
    pub const INCONSISTENT_GROUP_PROTOCOL: Self = Self(23);
    pub const INVALID_GROUP_ID: Self = Self(24);
    pub const UNKNOWN_MEMBER_ID: Self = Self(25);
    pub const INVALID_SESSION_TIMEOUT: Self = Self(26);
    pub const REBALANCE_IN_PROGRESS: Self = Self(27);
    pub const TOPIC_AUTHORIZATION_FAILED: Self = Self(29);
    pub const GROUP_AUTHORIZATION_FAILED: Self = Self(30);
    pub const CLUSTER_AUTHORIZATION_FAILED: Self = Self(31);
    pub const INVALID_TIMESTAMP: Self = Self(32);
    pub const UNSUPPORTED_SASL_MECHANISM: Self = Self(33);
    pub const ILLEGAL_SASL_STATE: Self = Self(34);
    pub const UNSUPPORTED_VERSION: Self = Self(35);
    pub const TOPIC_ALREADY_EXISTS: Self = Self(36);
    pub const INVALID_PARTITIONS: Self = Self(37);
    pub const NOT_CONTROLLER: Self = Self(41);
    pub const SASL_AUTHENTICATION_FAILED: Self = Self(58);
    pub const NON_EMPTY_GROUP: Self = Self(68);
    pub const GROUP_ID_NOT_FOUND: Self = Self(69);
    pub const GROUP_MAX_SIZE_REACHED: Self = Self(81);
    pub const FENCED_INSTANCE_ID: Self = Self(82);
    pub const GROUP_SUBSCRIBED_TO_TOPIC: Self = Self(86);
    pub const INVALID_RECORD: Self = Self(87);
    pub const RESOURCE_NOT_FOUND: Self = Self(91);
    pub const UNKNOWN_TOPIC_ID: Self = Self(100);
    pub const UNSUPPORTED_ASSIGNOR: Self = Self(112);
    pub const STALE_MEMBER_EPOCH: Self = Self(113);
    pub const MISMATCHED_ENDPOINT_TYPE: Self = Self(114);
    pub const INVALID_REGULAR_EXPRESSION: Self = Self(128);

    /// True for code 0.
    pub fn is_none(self) -> bool {
        self == Self::NONE
    }

    /// The constant's name in Java's `Errors`.
    pub fn name(self) -> String {
        error_codes::find(self.0).map_or_else(|| format!("ERROR_{}", self.0), |entry| entry.name.to_owned())
    }

    /// The sentence of Java's `Errors`.
    pub fn message(self) -> String {
        error_codes::find(self.0).map_or_else(
            || format!("The broker answered with error code {}, which this version does not know.", self.0),
            |entry| entry.message.to_owned(),
        )
    }

    /// The class of Java's exception for the code, with its package.
    pub fn java_exception(self) -> String {
        format!("org.apache.kafka.common.errors.{}", error_codes::exception(self.0))
    }

    /// Whether asking again can help (Java's `RetriableException`).
    ///
    /// An unknown topic is no hiccup to an admin tool but its answer, as in Java's admin client.
    pub fn is_retriable(self) -> bool {
        !self.is_unknown_topic() && error_codes::find(self.0).is_some_and(|entry| entry.retriable)
    }

    /// Whether another broker has to be asked (Java's `InvalidMetadataException`, and moved controllers and coordinators).
    pub fn is_misrouted(self) -> bool {
        !self.is_unknown_topic()
            && (error_codes::find(self.0).is_some_and(|entry| entry.stale_metadata)
                || matches!(self, Self::NOT_CONTROLLER | Self::NOT_COORDINATOR | Self::COORDINATOR_NOT_AVAILABLE))
    }

    /// Whether an item of a request has to be sent again, while the others are settled.
    pub fn is_transient(self) -> bool {
        self.is_misrouted() || self == Self::COORDINATOR_LOAD_IN_PROGRESS
    }

    /// Whether a topic with this error is not listed: it is not there, or not for the one who asks to see.
    pub fn hides_topic(self) -> bool {
        self.is_unknown_topic() || matches!(self, Self::TOPIC_AUTHORIZATION_FAILED | Self::INVALID_TOPIC_EXCEPTION)
    }

    fn is_unknown_topic(self) -> bool {
        matches!(self, Self::UNKNOWN_TOPIC_OR_PARTITION | Self::UNKNOWN_TOPIC_ID)
    }
}

impl fmt::Debug for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

/// What a broker answered instead of a result: its code, and its own words where it sent some.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct BrokerError {
    pub code: ErrorCode,
    pub message: Option<String>,
}

impl BrokerError {
    /// `Ok` for code 0.
    ///
    /// # Errors
    /// Any other code, with the broker's message.
    pub fn check(code: i16, message: Option<&str>) -> Result<(), Self> {
        match ErrorCode(code) {
            ErrorCode::NONE => Ok(()),
            code => Err(Self { code, message: message.map(str::to_owned) }),
        }
    }

    /// The broker's words, or the client's sentence for the code: what `getMessage()` gives in Java.
    pub fn text(&self) -> String {
        self.message.clone().unwrap_or_else(|| self.code.message())
    }

    /// What a person is told: as [`text`](Self::text), but some brokers send a message that is empty.
    fn words(&self) -> String {
        self.message.clone().filter(|message| !message.is_empty()).unwrap_or_else(|| self.code.message())
    }

    /// Java's `toString()` of the exception: its class, then the words.
    pub fn java_text(&self) -> String {
        format!("{}: {}", self.code.java_exception(), self.text())
    }
}

impl From<ErrorCode> for BrokerError {
    fn from(code: ErrorCode) -> Self {
        Self { code, message: None }
    }
}

/// Any failure of a client call.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No bootstrap server could be reached, or a broker named by the cluster could not.
    #[error("cannot reach {target}: {reason}")]
    Unreachable { target: String, reason: String },
    /// A connection was made, but did not behave as a Kafka broker's.
    #[error("{target} does not answer as a Kafka broker: {reason}")]
    NotKafka { target: String, reason: String },
    /// An established connection broke while an answer was awaited.
    #[error("lost the connection to {target}: {reason}")]
    Disconnected { target: String, reason: String },
    /// A request was sent, and no answer came in time.
    #[error("timed out after {} while waiting for {request} (last attempt: no answer from {target})", seconds(*.after))]
    Unanswered { target: String, request: String, after: Duration },
    /// No answer came to a request that must not be sent twice: the connection broke, or the time was over.
    #[error("{why}; whether {request} was done is not known")]
    Uncertain { why: String, request: String },
    /// The time for the call is over; `last` is the reason of the last attempt.
    #[error("timed out after {} while waiting for {request}{}", seconds(*.after), because(.last.as_ref()))]
    Timeout { request: String, after: Duration, last: Option<String> },
    /// The broker's answer to the request as a whole.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The broker is too old, or too new, for a request that the command needs.
    #[error("{target} does not support {request}")]
    Unsupported { target: String, request: String },
    /// A controller answers where a broker should: it knows no metadata.
    #[error("{target} is the port of a controller")]
    Controller { target: String },
    /// An answer that cannot be decoded.
    #[error("cannot understand the answer of {target} to {request}: {reason}")]
    Protocol { target: String, request: String, reason: String },
    /// A setting that cannot be used.
    #[error("{0}")]
    Settings(String),
    /// A list of servers that cannot be used.
    #[error("{0}")]
    Servers(String),
    /// A setting that cannot be used, and the file it is from.
    #[error("{message}")]
    FileSettings { message: String, file: PathBuf },
    /// librdkafka's own words for a failure that has no counterpart above.
    #[error("{0}")]
    Client(String),
}

impl Error {
    /// The broker's error, if this is one.
    pub fn broker(&self) -> Option<&BrokerError> {
        match self {
            Self::Broker(error) => Some(error),
            _ => None,
        }
    }

    /// Whether the same request may succeed when it is sent again.
    pub fn is_retriable(&self) -> bool {
        match self {
            Self::Broker(error) => error.code.is_retriable(),
            Self::Disconnected { .. } => true,
            _ => false,
        }
    }

    /// What a person could try, where there is something.
    pub fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Unreachable { .. } => Some("check --bootstrap-server, and that the broker is up".into()),
            Self::Broker(error) if error.code == ErrorCode::MISMATCHED_ENDPOINT_TYPE => {
                Some("brokers belong to --bootstrap-server, controllers to --bootstrap-controller".into())
            }
            Self::NotKafka { .. } => Some("check the port in --bootstrap-server and security.protocol".into()),
            Self::Controller { .. } => Some("give --bootstrap-server the port of a broker".into()),
            Self::Servers(_) => Some("give --bootstrap-server HOST:PORT".into()),
            Self::Uncertain { .. } => Some("look before it is tried again".into()),
            Self::FileSettings { file, .. } => Some(format!("it is set in {}", file.display()).into()),
            _ => None,
        }
    }
}

fn seconds(duration: Duration) -> String {
    let millis = duration.as_millis();
    if millis.is_multiple_of(1000) { format!("{} s", millis / 1000) } else { format!("{millis} ms") }
}

fn because(last: Option<&String>) -> String {
    last.map_or_else(String::new, |reason| format!(" (last attempt: {reason})"))
}

/// An I/O error as the system words it, without Rust's "(os error N)".
pub fn plain_io(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_owned()
}

/// The result of a client call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_carry_javas_names_and_sentences() {
        assert_eq!(ErrorCode(36).name(), "TOPIC_ALREADY_EXISTS");
        assert_eq!(ErrorCode(3).message(), "This server does not host this topic-partition.");
        assert_eq!(ErrorCode(-1).name(), "UNKNOWN_SERVER_ERROR");
        assert_eq!(ErrorCode(9999).name(), "ERROR_9999");
    }

    #[test]
    fn codes_carry_javas_exceptions() {
        let class = |code| ErrorCode(code).java_exception().rsplit('.').next().unwrap().to_owned();
        assert_eq!(ErrorCode(69).java_exception(), "org.apache.kafka.common.errors.GroupIdNotFoundException");
        assert_eq!(class(68), "GroupNotEmptyException");
        assert_eq!(class(30), "GroupAuthorizationException");
        assert_eq!(class(17), "InvalidTopicException");
        assert_eq!(class(97), "PrincipalDeserializationException");
    }

    #[test]
    fn the_brokers_words_win_over_the_clients_sentence() {
        let error = BrokerError { code: ErrorCode(44), message: Some("no tombstones here".into()) };
        assert_eq!(error.to_string(), "no tombstones here");
        let silent = BrokerError { code: ErrorCode(3), message: Some(String::new()) };
        assert_eq!(silent.to_string(), "This server does not host this topic-partition.");
        assert_eq!(BrokerError::from(ErrorCode(44)).to_string(), "Request parameters do not satisfy the configured policy.");
    }

    #[test]
    fn routing_errors_are_retried_elsewhere_and_refusals_are_final() {
        assert!(ErrorCode::NOT_CONTROLLER.is_retriable() && ErrorCode::NOT_CONTROLLER.is_misrouted());
        assert!(ErrorCode(6).is_retriable() && ErrorCode(6).is_misrouted());
        assert!(!ErrorCode::TOPIC_ALREADY_EXISTS.is_retriable());
        assert!(!ErrorCode::UNKNOWN_TOPIC_OR_PARTITION.is_retriable());
    }
}
