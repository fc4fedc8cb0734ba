//! The real binary without a broker.

pub mod help;
mod links;
#[cfg(not(feature = "sandbox"))]
mod sandboxless;
mod streams;
mod unreachable;
mod usage;
