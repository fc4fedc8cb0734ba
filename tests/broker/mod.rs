//! The tools against a real Apache Kafka.

mod topics;
