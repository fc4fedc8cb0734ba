//! `console-consumer`: mirrors kafka-console-consumer.sh.

mod args;
mod coordinator;
mod deserializer;
mod formatter;
mod moment;
mod rows;
mod run;

pub(super) use args::command;
pub(super) use run::run;
