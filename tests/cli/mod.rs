//! The real binary without a broker.

pub mod help;
mod links;
mod streams;
mod unreachable;
mod usage;
