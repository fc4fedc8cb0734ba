//! All integration tests in one binary, so that they share the brokers that they start.
//!
//! | module | needs | looks at |
//! |---|---|---|
//! | `cli` | nothing | the real binary without a broker |
//! | `broker` | a JDK and Maven | the tools against a real Apache Kafka |
//! | `parity` | a JDK and Maven, but for the cases without a cluster | the same command lines through the Java tool and through kafkabox |
//! | `sandbox` | nothing; for clients that are not ours kcat, kafka-python, and a JDK and Maven | the tools against the in-memory broker |
//! | `artifacts`, `readme`, `layers` | nothing | what is generated, what is promised, how the source is built |
//!
//! Without a JDK and Maven the tests that need a real Kafka are left out, which one line on stderr says; with
//! `KAFKABOX_REQUIRE_KAFKA=1` they fail instead. So it is with the other clients and `KAFKABOX_REQUIRE_CLIENTS=1`. `BLESS=1` rewrites everything that is generated.

#![allow(clippy::unwrap_used, reason = "in a test a panic is the report")]

mod artifacts;
mod broker;
mod cli;
mod layers;
mod parity;
mod readme;
#[cfg(feature = "sandbox")]
mod sandbox;
mod support;
