//! Configs as a client sees them.
