//! Handles to a Kafka cluster: [`admin`] for every admin request, [`producer`] and [`consumer`] for the data.
//!
//! Nothing here knows the command line, prints, or decides an exit code. All handles take one
//! [`ClientSettings`](settings::ClientSettings), so that a property means the same to every tool.

pub mod admin;
pub mod consumer;
pub mod error;
mod error_codes;
pub mod model;
mod native;
pub mod producer;
pub mod settings;
pub mod wire;
