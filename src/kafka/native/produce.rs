//! The native side of the producer.
