//! The levels of the broker's loggers, of which nothing else is simulated (`RuntimeLoggerManager`, `Log4jCoreController`).
//!
//! Which loggers there are was listed by a broker of the reference release that had a topic.

use std::collections::BTreeMap;

use kafka_protocol::error::ResponseError;

use super::alter::{DELETE, Op, SET};
use super::java_order;
use crate::sandbox::broker::NODE_ID;
use crate::sandbox::error::Refusal;

const ROOT: &str = "root";

const LEVELS: [&str; 6] = ["DEBUG", "ERROR", "FATAL", "INFO", "TRACE", "WARN"];

/// A name on each line.
const NAMES: &str = include_str!("broker-logger.txt");

/// The level of them all.
const FIRST_LEVEL: &str = "INFO";

/// The levels that were set at run time.
#[derive(Debug, Default)]
pub struct Loggers {
    set: BTreeMap<String, String>,
}

impl Loggers {
    /// All loggers and their levels, in the order in which a broker lists them.
    pub fn all(&self) -> Vec<(&'static str, &str)> {
        let names = java_order::sorted(NAMES.lines());
        names.into_iter().map(|name| (name, self.level(name))).collect()
    }

    /// A logger's own level, or else that of the nearest one above it that has one.
    fn level(&self, name: &'static str) -> &str {
        let mut above = Some(name);
        while let Some(name) = above {
            if let Some(level) = self.set.get(name) {
                return level;
            }
            above = name.rsplit_once('.').map(|(above, _)| above);
        }
        self.set.get(ROOT).map_or(FIRST_LEVEL, String::as_str)
    }

    /// Sets levels, or takes them back; `validate_only` does neither.
    ///
    /// # Errors
    /// What is wrong with the resource's name, a logger or a level, in the broker's words.
    pub fn alter(&mut self, resource: &str, ops: &[Op], validate_only: bool) -> Result<(), Refusal> {
        let invalid = |message: String| Err(Refusal::saying(ResponseError::InvalidRequest, message));
        match resource.parse::<i32>() {
            Ok(NODE_ID) => (),
            Ok(other) => return invalid(format!("Unexpected node id. Expected {NODE_ID}, but received {other}")),
            Err(_) => return invalid(format!("Node id must be an integer, but it is: {resource}")),
        }
        for op in ops {
            match op.what {
                SET | DELETE if !exists(&op.key) => {
                    let message = format!("Logger {} does not exist!", op.key);
                    return Err(Refusal::saying(ResponseError::InvalidConfig, message));
                }
                SET if !op.value.as_deref().is_some_and(|level| LEVELS.contains(&level)) => {
                    let (key, level) = (&op.key, op.value.as_deref().unwrap_or("null"));
                    let message = format!(
                        "Cannot set the log level of {key} to {level} as it is not a supported log level. \
                         Valid log levels are {}",
                        LEVELS.join(", ")
                    );
                    return Err(Refusal::saying(ResponseError::InvalidConfig, message));
                }
                DELETE if op.key == ROOT => return invalid(format!("Removing the log level of the {ROOT} logger is not allowed")),
                SET | DELETE => (),
                2 => return invalid("APPEND operation is not allowed for the BROKER_LOGGER resource".into()),
                3 => return invalid("SUBTRACT operation is not allowed for the BROKER_LOGGER resource".into()),
                // The broker of the reference release fails here, without a word about it.
                _ => return Err(Refusal::bare(ResponseError::UnknownServerError)),
            }
        }
        if !validate_only {
            for op in ops {
                match &op.value {
                    Some(level) if op.what == SET => self.set.insert(op.key.clone(), level.clone()),
                    _ => self.set.remove(&op.key),
                };
            }
        }
        Ok(())
    }
}

fn exists(name: &str) -> bool {
    NAMES.lines().any(|other| other == name)
}
