//! A case: a state to start from, and command lines.
//!
//! ```yaml
//! - name: describe-empty-group
//!   cluster: one                  # none: nothing listens; three: three brokers
//!   kafka: why                    # why it cannot be played in the sandbox
//!   alone: true                   # changes what other cases see: nothing else runs meanwhile
//!   setup:                        # done for each side, with names of its own
//!   - create: {topic: '{t}', partitions: 2, config: {retention.ms: 1000}}    # or assignment: [[1, 2], [2, 3]]
//!   - produce: {topic: '{t}', records: [{key: k, value: v, headers: [[h, v]], partition: 0, timestamp: 0, times: 3}]}
//!   - delete: {topic: '{t}', partition: 0, before: 3}                          # the records below that offset
//!   - commit: {group: '{g}', offsets: [['{t}', 0, 1]]}
//!   - member: {group: '{g}', topics: ['{t}'], config: {client.id: '{c}'}}      # lives until the case ends
//!                                   # stalls: true      stops polling once it has partitions; killed: true, dies then
//!                                   # state: Reconciling the group is to come to that state, and not to rest
//!   - java: {tool: configs, args: [...], may_fail: true}
//!   - reassign: {topic: '{t}', partition: 0, replicas: [1, 2]}                 # goes on while one of them is stopped
//!   - broker: {stop: 2}                                                        # runs again when the case ends
//!   mask: [[regex, replacement]]  # done to stdout of both sides, after names, ids and ports were made neutral
//!   steps:
//!   - tool: consumer-groups
//!     args: [--describe, --group, '{g}']
//!     stdin: "text"               # or stdin_hex: 00ff, or stdin_repeat: [[text, times]]
//!     stdout: equal               # or sorted, words (sorted lines of sorted words), ignore
//!     exit: 1                     # a code that differs from Java's...
//!     departs: why                # ...for this reason
//!     stderr_has: [regex]         # what our stderr and stdout must hold
//!     java_stderr_has: [regex]    # and Java's: guards the case
//!     raw: true                   # no --bootstrap-server is put in front of args
//!     java: true                  # through the Java tool on both sides, where there is one: reads back what ours did
//!     files: {c.properties: text} # written first; '{dir}' is where
//!     save: plan.csv              # a file that gets this step's stdout
//!   cleanup: [...]                # as setup, after the steps, whatever came of them
//! ```
//!
//! `{t}`, `{t2}`, `{t3}`, `{g}`, `{g2}`, `{g3}`, `{u}` and `{c}` are names that no other case uses, equally long on both
//! sides; `{bootstrap}` and `{controller}` are addresses. A null stands for itself; `hex:00ff` is bytes.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// Settings, whose values YAML takes for numbers.
pub type Settings = BTreeMap<String, Word>;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    pub cluster: Option<String>,
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "there is no sandbox to leave it out of"))]
    pub kafka: Option<String>,
    #[serde(default)]
    pub alone: bool,
    #[serde(default)]
    pub setup: Vec<Value>,
    #[serde(default)]
    pub mask: Vec<(String, String)>,
    pub steps: Vec<Step>,
    #[serde(default)]
    pub cleanup: Vec<Value>,
    /// The case as it was read, for its digest.
    #[serde(skip)]
    pub source: Value,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub tool: String,
    #[serde(default)]
    pub args: Vec<Word>,
    pub stdin: Option<String>,
    pub stdin_hex: Option<String>,
    #[serde(default)]
    pub stdin_repeat: Vec<(String, usize)>,
    #[serde(default)]
    pub stdout: Comparison,
    pub exit: Option<i32>,
    pub departs: Option<String>,
    #[serde(default)]
    pub stderr_has: Vec<String>,
    #[serde(default)]
    pub java_stderr_has: Vec<String>,
    #[serde(default)]
    pub raw: bool,
    #[serde(default)]
    pub java: bool,
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    pub save: Option<String>,
}

/// How far stdout has to agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    #[default]
    Equal,
    Sorted,
    Words,
    Ignore,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Setup {
    Create {
        topic: String,
        partitions: Option<i32>,
        replicas: Option<i16>,
        #[serde(default)]
        config: Settings,
        assignment: Option<Vec<Vec<i32>>>,
    },
    Produce {
        topic: String,
        records: Vec<Produced>,
        #[serde(default)]
        config: Settings,
        transaction: Option<Ending>,
    },
    Delete {
        topic: String,
        partition: i32,
        before: i64,
    },
    Commit {
        group: String,
        offsets: Vec<Committed>,
    },
    Member {
        group: String,
        topics: Vec<String>,
        #[serde(default)]
        config: Settings,
        /// Whether it gets partitions.
        assigned: Option<bool>,
        /// Whether it stops polling once it has them.
        #[serde(default)]
        stalls: bool,
        /// Whether it is killed then, so that nobody hears of its end.
        #[serde(default)]
        killed: bool,
        /// The state that the group is in afterwards, if that is not to be at rest.
        state: Option<String>,
    },
    Java {
        tool: String,
        args: Vec<Word>,
        #[serde(default)]
        stdin: String,
        #[serde(default)]
        may_fail: bool,
    },
    Reassign {
        topic: String,
        partition: i32,
        replicas: Vec<i32>,
    },
    Broker {
        stop: usize,
    },
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    Commit,
    Abort,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Produced {
    pub key: Option<Word>,
    pub value: Option<Word>,
    #[serde(default)]
    pub headers: Vec<(String, Option<Word>)>,
    pub partition: Option<i32>,
    pub timestamp: Option<i64>,
    pub times: Option<usize>,
}

/// Topic, partition, offset, and perhaps metadata.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Committed {
    Plain(String, i32, i64),
    WithMetadata(String, i32, i64, String),
}

/// A word that YAML may have taken for a number or a truth value.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Word {
    Text(String),
    Number(serde_json::Number),
    Truth(bool),
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
            Self::Truth(truth) => truth.fmt(f),
        }
    }
}

impl Word {
    /// The bytes that it stands for.
    pub fn bytes(&self) -> Vec<u8> {
        let text = self.to_string();
        text.strip_prefix("hex:").map_or_else(|| text.clone().into_bytes(), unhex)
    }
}

/// The bytes that pairs of hexadecimal digits stand for.
pub fn unhex(digits: &str) -> Vec<u8> {
    let pair = |start| u8::from_str_radix(&digits[start..start + 2], 16).expect("hexadecimal digits");
    (0..digits.len()).step_by(2).map(pair).collect()
}

impl Case {
    /// Reads a file of cases.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let cases: Vec<Value> = serde_norway::from_str(text).map_err(|error| error.to_string())?;
        let mut names = std::collections::BTreeSet::new();
        let mut read = |source: Value| {
            let case: Self = serde_json::from_value(source.clone()).map_err(|error| format!("{}: {error}", source["name"]))?;
            if !names.insert(case.name.clone()) {
                return Err(format!("there are two cases called {}", case.name));
            }
            if let Some(step) = case.steps.iter().find(|step| step.exit.is_some() != step.departs.is_some()) {
                return Err(format!("{}: exit and departs belong together: {:?}", case.name, step.args));
            }
            // Where it is played does not change what Java answers.
            let mut source = source;
            source.as_object_mut().and_then(|fields| fields.shift_remove("kafka"));
            Ok(Self { source, ..case })
        };
        cases.into_iter().map(&mut read).collect()
    }

    pub fn needs_no_cluster(&self) -> bool {
        self.cluster.as_deref() == Some("none")
    }

    /// Why only a real cluster can play it.
    #[cfg(feature = "sandbox")]
    pub fn needs_kafka(&self) -> Option<&str> {
        let stops_a_broker = self.setup.iter().any(|item| item.get("broker").is_some());
        let has_three = self.cluster.as_deref() == Some("three");
        let kind = has_three.then_some("it is played on three brokers").or(stops_a_broker.then_some("it stops a broker"));
        self.kafka.as_deref().or(kind)
    }

    /// Whether nothing else may run meanwhile.
    pub fn alone(&self) -> bool {
        self.alone || self.setup.iter().any(|item| item.get("broker").is_some())
    }
}
