//! What Java does to strings, numbers and patterns, where the tools' output depends on it. Pure functions.

pub mod base64;
pub mod charset;
pub mod datetime;
pub mod double;
pub mod duration;
pub mod float;
pub mod hash_order;
pub mod murmur2;
pub mod pattern;
pub mod properties;
pub mod re2;
pub mod scala_set;
pub mod split;
