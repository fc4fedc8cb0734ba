//! librdkafka's own error codes that are told apart; the brokers' codes are positive.

pub const BAD_MESSAGE: i32 = -199;
pub const BAD_COMPRESSION: i32 = -198;
pub const TRANSPORT: i32 = -195;
pub const RESOLVE: i32 = -193;
/// A record was not acknowledged within its time, or the last attempt was not answered.
pub const MSG_TIMED_OUT: i32 = -192;
pub const PARTITION_EOF: i32 = -191;
pub const UNKNOWN_PARTITION: i32 = -190;
pub const UNKNOWN_TOPIC: i32 = -188;
pub const ALL_BROKERS_DOWN: i32 = -187;
pub const TIMED_OUT: i32 = -185;
/// No room in the queue.
pub const QUEUE_FULL: i32 = -184;
pub const SSL: i32 = -181;
pub const AUTHENTICATION: i32 = -169;
/// There was nothing to commit.
pub const NOTHING_STORED: i32 = -168;
pub const UNSUPPORTED_FEATURE: i32 = -165;
/// The client cannot go on at all.
pub const FATAL: i32 = -150;
pub const MAX_POLL_EXCEEDED: i32 = -147;
pub const AUTO_OFFSET_RESET: i32 = -140;
/// The broker has refused the batch because of another record.
pub const INVALID_DIFFERENT_RECORD: i32 = -138;
