//! How large an answer may become while it is made.

use kafka_protocol::error::ResponseError;

use super::error::Refusal;

/// How many bytes the parts of one answer may take, roughly.
const MOST: usize = 64 << 20;

/// The memory that one answer may take. A request that names the same large thing many times is answered like a broker does,
/// until this is used up; what is named after that is refused.
#[derive(Debug)]
pub struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: MOST }
    }
}

impl Budget {
    /// Whether another part may be made. The last one may go past the end.
    ///
    /// # Errors
    /// POLICY_VIOLATION: the answer is large enough.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.left > 0 {
            return Ok(());
        }
        let message = format!("The sandbox answers with up to {} MB at once; ask for less.", MOST >> 20);
        Err(Refusal::saying(ResponseError::PolicyViolation, message))
    }

    /// Takes note of a part of so many bytes.
    pub fn spend(&mut self, bytes: usize) {
        self.left = self.left.saturating_sub(bytes);
    }
}
