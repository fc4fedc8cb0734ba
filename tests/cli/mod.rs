//! The real binary without a broker.

mod help;
mod links;
mod streams;
mod unreachable;
mod usage;
