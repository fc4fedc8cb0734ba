//! `topics`: mirrors kafka-topics.sh (`org.apache.kafka.tools.TopicCommand`).

mod args;
mod assignment;
mod describe;
mod description;
mod meant;
mod run;
mod text;

pub(super) use args::command;
pub(super) use run::{java_error, run};
