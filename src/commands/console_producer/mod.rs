//! `console-producer`: mirrors kafka-console-producer.sh (`org.apache.kafka.tools.ConsoleProducer`).

mod args;
mod form;
mod input;
mod ledger;
mod lines;
mod reader;
mod reject_file;
mod rejects;
mod rows;
mod run;
mod session;
mod tally;

pub(super) use args::command;
pub(super) use run::run;
