//! The real binary without a broker.

mod configs;
pub mod help;
mod links;
#[cfg(not(feature = "sandbox"))]
mod sandboxless;
mod streams;
mod unreachable;
mod usage;
