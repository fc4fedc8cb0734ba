//! What a request, or a part of it, is refused with.

use kafka_protocol::error::ResponseError;
use kafka_protocol::protocol::StrBytes;

/// An error code of the protocol, with the broker's own sentence where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub code: i16,
    pub message: Option<String>,
}

impl Refusal {
    /// A refusal that tells no more than its code.
    pub fn bare(error: ResponseError) -> Self {
        Self { code: error.code(), message: None }
    }

    /// A refusal in the broker's own words.
    pub fn saying(error: ResponseError, message: impl Into<String>) -> Self {
        Self { code: error.code(), message: Some(message.into()) }
    }

    /// The sentence as the codec takes it.
    pub fn text(&self) -> Option<StrBytes> {
        self.message.clone().map(StrBytes::from_string)
    }
}

/// The code of an outcome: 0 for one that is no refusal.
pub fn code_of<T>(outcome: &Result<T, Refusal>) -> i16 {
    outcome.as_ref().err().map_or(0, |refusal| refusal.code)
}
