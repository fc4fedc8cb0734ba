//! One side of a case: the Java tools, or kafkabox, on names of its own.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tempfile::TempDir;

use super::case::{Case, Committed, Ending, Produced, Settings, Setup, Step, Word, unhex};
use super::compare::{Outcome, mask};
use crate::support::client::{Client, Config, Member, Record, Transaction};
use crate::support::kafka::{Away, Cluster, Release, run_tool};
use crate::support::kafkabox::{BINARY, command, killed_member};
use crate::support::process::{Exit, Output, run};
use kafkabox::kafka::model::Layout;

/// How long one command line may take.
const LIMIT: Duration = Duration::from_secs(90);

/// Where nobody listens, for the cases without a cluster.
const NOBODY: &str = "127.0.0.1:1";

#[derive(Clone, Copy, Debug)]
pub enum Program {
    Java(&'static Release),
    Kafkabox,
}

/// Where a case is played.
#[derive(Clone, Copy, Debug)]
pub enum Stage<'a> {
    /// Nothing listens.
    Nowhere,
    Kafka(&'static Cluster),
    /// The in-memory broker at that address. No Java tool is at hand: kafkabox does its part of a set-up.
    #[cfg_attr(not(feature = "sandbox"), expect(dead_code, reason = "there is no such broker"))]
    Sandbox(&'a str),
}

/// A side that plays one case.
#[allow(missing_debug_implementations, reason = "the members have none")]
pub struct Side<'a> {
    program: Program,
    stage: Stage<'a>,
    servers: String,
    /// Placeholders, and what they stand for.
    names: Vec<(String, String)>,
    directory: TempDir,
    /// Members by group; those that were killed are no more.
    members: Vec<(String, Option<Member>)>,
    /// The states of groups that are not to come to rest.
    unrest: Vec<(String, String)>,
    stopped: Vec<Away>,
}

impl<'a> Side<'a> {
    pub fn new(stage: Stage<'a>, program: Program) -> Result<Self, String> {
        static SERIAL: AtomicU32 = AtomicU32::new(10_000);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let letter = if matches!(program, Program::Java(_)) { 'j' } else { 'k' };
        let directory = tempfile::tempdir().map_err(|error| error.to_string())?;
        let (servers, controller) = match stage {
            Stage::Nowhere => (NOBODY.to_owned(), NOBODY.to_owned()),
            Stage::Kafka(cluster) => (cluster.servers(), cluster.controller()),
            Stage::Sandbox(servers) => (servers.to_owned(), NOBODY.to_owned()),
        };
        let mut names: Vec<(String, String)> =
            ["t", "t2", "t3", "g", "g2", "g3", "u", "c"].map(|name| (format!("{{{name}}}"), format!("{letter}{name}-{serial}"))).into();
        names.push(("{dir}".to_owned(), directory.path().display().to_string()));
        names.push(("{bootstrap}".to_owned(), servers.clone()));
        names.push(("{controller}".to_owned(), controller));
        Ok(Self { program, stage, servers, names, directory, members: Vec::new(), unrest: Vec::new(), stopped: Vec::new() })
    }

    /// Plays the case to its end.
    ///
    /// # Errors
    /// What of its set-up did not work, or else of its clean-up.
    pub fn play(mut self, case: &Case) -> Result<Vec<Outcome>, String> {
        let outcomes = self.set_up(&case.setup).and_then(|()| case.steps.iter().map(|step| self.step(case, step)).collect());
        self.members.clear();
        let cleaned = self.set_up(&case.cleanup);
        self.stopped.clear();
        outcomes.and_then(|outcomes| cleaned.map(|()| outcomes))
    }

    fn cluster(&self) -> Result<&'static Cluster, String> {
        match self.stage {
            Stage::Kafka(cluster) => Ok(cluster),
            Stage::Nowhere | Stage::Sandbox(_) => Err("this needs a real cluster".to_owned()),
        }
    }

    /// The Java tools, where they are at hand.
    fn java(&self) -> Program {
        self.cluster().map_or(self.program, |cluster| Program::Java(cluster.release()))
    }

    fn step(&self, case: &Case, step: &Step) -> Result<Outcome, String> {
        for (name, text) in &step.files {
            fs::write(self.directory.path().join(name), self.filled(text)).map_err(|error| error.to_string())?;
        }
        let program = if step.java { self.java() } else { self.program };
        let output = self.call(program, &step.tool, &step.args, &self.stdin(step), step.raw);
        if let Some(name) = &step.save {
            fs::write(self.directory.path().join(name), &output.stdout).map_err(|error| error.to_string())?;
        }
        if let (Program::Kafkabox, Stage::Kafka(_)) = (self.program, self.stage) {
            // A JVM takes longer to start than brokers take to hear of a change; this binary does not.
            Client::new(&self.servers).settle()?;
        }
        let neutral = |bytes: &[u8]| mask(case, &self.neutral(&text(bytes)));
        let messages = [output.stderr.as_slice(), output.stdout.as_slice()].concat();
        Ok(Outcome { exit: output.exit, stdout: neutral(&output.stdout), messages: neutral(&messages) })
    }

    fn stdin(&self, step: &Step) -> Vec<u8> {
        if let Some(digits) = &step.stdin_hex {
            return unhex(digits);
        }
        let repeated: String = step.stdin_repeat.iter().map(|(text, times)| text.repeat(*times)).collect();
        self.filled(step.stdin.as_deref().unwrap_or(&repeated)).into_bytes()
    }

    fn call(&self, program: Program, tool: &str, args: &[Word], stdin: &[u8], raw: bool) -> Output {
        let mut words: Vec<String> = Vec::new();
        if !raw {
            words.extend(["--bootstrap-server".to_owned(), self.servers.clone()]);
        }
        words.extend(args.iter().map(|word| self.filled(&word.to_string())));
        match program {
            Program::Java(release) => run_tool(release, tool, &words, stdin, self.directory.path(), LIMIT),
            Program::Kafkabox => run(command(BINARY).arg(tool).args(words).current_dir(self.directory.path()), stdin, LIMIT),
        }
    }

    fn filled(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value))
    }

    fn neutral(&self, text: &str) -> String {
        self.names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(value, name))
    }

    fn fill<T: DeserializeOwned>(&self, value: &Value) -> Result<T, String> {
        fn walk(side: &Side<'_>, value: &mut Value) {
            match value {
                Value::String(text) => *text = side.filled(text),
                Value::Array(items) => items.iter_mut().for_each(|item| walk(side, item)),
                Value::Object(fields) => fields.values_mut().for_each(|field| walk(side, field)),
                Value::Null | Value::Bool(_) | Value::Number(_) => {}
            }
        }
        let mut filled = value.clone();
        walk(self, &mut filled);
        serde_json::from_value(filled).map_err(|error| format!("{value}: {error}"))
    }

    fn set_up(&mut self, items: &[Value]) -> Result<(), String> {
        for item in items {
            let setup = self.fill(item)?;
            self.prepare(setup).map_err(|reason| format!("{item}: {reason}"))?;
        }
        // What the last member's joining has set in motion comes to rest before anything is asked.
        let groups: std::collections::BTreeSet<&str> = self.members.iter().map(|(group, _)| group.as_str()).collect();
        for group in groups {
            let count = self.members.iter().filter(|(other, _)| other == group).count();
            let unrest = self.unrest.iter().rfind(|(other, _)| other == group);
            match unrest {
                Some((_, state)) => Client::new(&self.servers).group_is(group, state, count)?,
                None => Client::new(&self.servers).group_rests(group, count)?,
            }
        }
        Ok(())
    }

    fn prepare(&mut self, setup: Setup) -> Result<(), String> {
        let client = Client::new(&self.servers);
        match setup {
            Setup::Create { topic, partitions, replicas, config, assignment } => {
                let counts =
                    || Layout::Counts { partitions: Some(partitions.unwrap_or(1)), replication_factor: Some(replicas.unwrap_or(1)) };
                client.create(&topic, assignment.map_or_else(counts, Layout::Assignment), &plain(config))
            }
            Setup::Produce { topic, records, config, transaction } => {
                let records: Vec<Record> = records.iter().flat_map(repeated).collect();
                let transaction = transaction.map(|ending| match ending {
                    Ending::Commit => Transaction::Commit,
                    Ending::Abort => Transaction::Abort,
                });
                client.produce(&topic, &records, &plain(config), transaction)
            }
            Setup::Delete { topic, partition, before } => client.delete_records(&topic, partition, before),
            Setup::Commit { group, offsets } => {
                let offset = |committed| match committed {
                    Committed::Plain(topic, partition, offset) => (topic, partition, offset, None),
                    Committed::WithMetadata(topic, partition, offset, metadata) => (topic, partition, offset, Some(metadata)),
                };
                client.commit(&group, &offsets.into_iter().map(offset).collect::<Vec<_>>())
            }
            Setup::Member { group, topics, config, killed: true, .. } => {
                self.members.push((group.clone(), None));
                let count = self.members.iter().filter(|(other, _)| *other == group).count();
                killed_member(&client, &group, &topics, &plain(config), count)
            }
            Setup::Member { group, topics, config, assigned, stalls, state, .. } => {
                let member = client.member(&group, &topics, &plain(config), assigned.unwrap_or(true))?;
                if stalls {
                    member.stall();
                }
                self.members.push((group.clone(), Some(member)));
                self.unrest.extend(state.map(|state| (group, state)));
                Ok(())
            }
            Setup::Java { tool, args, stdin, may_fail } => {
                let output = self.call(self.java(), &tool, &args, stdin.as_bytes(), false);
                if output.exit == Exit::Code(0) || may_fail { Ok(()) } else { Err(output.to_string()) }
            }
            Setup::Reassign { topic, partition, replicas } => client.reassign(&topic, partition, &replicas),
            Setup::Broker { stop } => {
                let away = self.cluster()?.away(stop);
                self.stopped.push(away);
                Ok(())
            }
        }
    }
}

fn plain(settings: Settings) -> Config {
    settings.into_iter().map(|(key, value)| (key, value.to_string())).collect()
}

fn repeated(record: &Produced) -> Vec<Record> {
    let bytes = |word: &Option<Word>| word.as_ref().map(Word::bytes);
    let one = Record {
        key: bytes(&record.key),
        value: bytes(&record.value),
        headers: record.headers.iter().map(|(key, value)| (key.clone(), bytes(value))).collect(),
        partition: record.partition,
        timestamp: record.timestamp,
    };
    vec![one; record.times.unwrap_or(1)]
}

/// Bytes as text; what is none becomes `\xHH`, so that nothing is lost in the recording.
fn text(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::new(), |mut text, chunk| {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
        text
    })
}
