//! librdkafka's own error codes that are told apart; the brokers' codes are positive.

/// No room in the queue.
pub const QUEUE_FULL: i32 = -184;
/// A record was not acknowledged within its time, or the last attempt was not answered.
pub const MSG_TIMED_OUT: i32 = -192;
pub const ALL_BROKERS_DOWN: i32 = -187;
pub const SSL: i32 = -181;
pub const AUTHENTICATION: i32 = -169;
/// The client cannot go on at all.
pub const FATAL: i32 = -150;
/// The broker has refused the batch because of another record.
pub const INVALID_DIFFERENT_RECORD: i32 = -138;
