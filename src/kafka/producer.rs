//! A handle that produces records.
