//! The real binary without a broker.

mod configs;
pub mod help;
mod links;
mod refused;
#[cfg(not(feature = "sandbox"))]
mod sandboxless;
mod streams;
mod unreachable;
mod usage;
