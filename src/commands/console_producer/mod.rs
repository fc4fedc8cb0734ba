//! `console-producer`: mirrors kafka-console-producer.sh (`org.apache.kafka.tools.ConsoleProducer`).

mod args;
mod input;
mod lines;
mod reader;
mod run;
mod tally;

pub(super) use args::command;
pub(super) use run::run;
