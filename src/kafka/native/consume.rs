//! The native side of the consumer.
