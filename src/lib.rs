//! kafkabox: the kafka-*.sh tools of Apache Kafka as one native multi-call binary.
//!
//! # Layers
//!
//! ```text
//! main.rs ─ multicall.rs ─ cli.rs, context.rs, failure.rs
//!              └── commands/*        arguments -> a plan -> a report; thin
//!                     ├── kafka/*    handles: Admin, Producer, Consumer; settings; model; errors
//!                     ├── render/*   report -> text | table | json | tsv; progress
//!                     ├── java/*     what Java does to strings, numbers, maps and patterns; pure functions
//!                     └── sandbox/*  an in-memory broker, behind the cargo feature `sandbox`
//! ```
//!
//! - `commands` may use everything below it. `kafka` never sees clap, anyhow, comfy-table, indicatif or `render`;
//!   `render` never sees a client; `java` sees none of the others. `sandbox` shares nothing but the protocol's codec with
//!   the others, and only the command of its name sees it. A test over the paths in the source keeps it so.
//! - [`kafka::admin`] speaks the Kafka protocol itself; `kafka::producer` and `kafka::consumer` sit on librdkafka.
//! - A command is `args.rs` (the clap definition and Java's cross-checks, giving an `Action`), `run.rs` (the action
//!   against the handles, giving a report) and `text.rs` (the report in Java's bytes).
//!
//! # Streams and exit codes
//!
//! stdout carries data, stderr carries messages, and neither repeats a secret ([`secrets`]). The codes are in [`failure`].

pub mod cli;
pub mod commands;
pub mod context;
pub mod failure;
pub mod java;
pub mod kafka;
pub mod multicall;
pub mod render;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod secrets;
pub mod signals;

/// The release of Apache Kafka whose tools are mirrored.
pub const KAFKA_VERSION: &str = "4.3.1";
