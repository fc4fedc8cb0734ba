//! What the tests stand on.

pub mod blessing;
pub mod client;
pub mod frame;
pub mod kafka;
pub mod kafkabox;
pub mod process;
pub mod relay;
pub mod wait;
