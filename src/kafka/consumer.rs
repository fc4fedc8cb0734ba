//! A handle that consumes records.
