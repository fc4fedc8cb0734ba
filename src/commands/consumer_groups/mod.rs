//! `consumer-groups`: mirrors kafka-consumer-groups.sh (`org.apache.kafka.tools.consumer.group.ConsumerGroupCommand`).

mod args;
mod committing;
mod describing;
mod fault;
mod filter;
mod lag;
mod logs;
mod pace;
mod plan_file;
mod reset;
mod resetting;
mod run;
mod scope;
mod standing;
mod text;
mod undo;
mod watch;

pub(super) use args::command;
pub(super) use run::run;
pub(super) use text::java_error;
