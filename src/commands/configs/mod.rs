//! `configs`: mirrors kafka-configs.sh (`kafka.admin.ConfigCommand`).

mod args;
mod describe;
mod entity;
mod plan;
mod run;
mod text;
mod words;

pub(super) use args::command;
pub(super) use run::run;
