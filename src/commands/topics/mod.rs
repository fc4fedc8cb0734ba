//! `topics`: mirrors kafka-topics.sh (`org.apache.kafka.tools.TopicCommand`).

mod args;
mod assignment;
mod describe;
mod description;
mod fault;
mod meant;
mod run;
mod text;

pub(super) use args::command;
pub(super) use fault::java_error;
pub(super) use run::run;
