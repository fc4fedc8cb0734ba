//! The options of kafka-consumer-groups.sh.

mod checks;

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser as _};
use clap::{ArgMatches, Args as _, Command, FromArgMatches};

use super::filter;
use super::reset::{Reset, Scenario, Scope};
use super::scope::TopicArgs;
use super::text::java_error;
use crate::commands::connect::ClusterArgs;
use crate::failure::Failure;
use crate::java::{datetime, duration};
use crate::kafka::model::{GroupState, GroupType};

#[derive(clap::Args, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "one per option of the Java tool")]
struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// List all consumer groups
    #[arg(long)]
    list: bool,
    /// Show the offsets and the lag of groups, or their members, or their state
    #[arg(long)]
    describe: bool,
    /// Delete groups with all their offsets
    #[arg(long)]
    delete: bool,
    /// Reset the offsets of groups without running members; see --dry-run, --execute and --export
    #[arg(long)]
    reset_offsets: bool,
    /// Delete the offsets of one group for topics that it no longer consumes
    #[arg(long)]
    delete_offsets: bool,
    /// Check a regular expression by the rules of RE2, which brokers apply to subscriptions
    #[arg(long, value_name = "REGEX")]
    validate_regex: Option<String>,
    /// The group, any number of times
    #[arg(long, value_name = "GROUP", action = clap::ArgAction::Append)]
    group: Vec<String>,
    /// All consumer groups
    #[arg(long)]
    all_groups: bool,
    /// A topic whose offsets are reset or deleted, any number of times; TOPIC:0,1 means some of its partitions
    #[arg(long, value_name = "TOPIC", action = clap::ArgAction::Append)]
    topic: Vec<String>,
    /// With --reset-offsets, all topics for which the group has offsets
    #[arg(long)]
    all_topics: bool,
    /// With --describe, the members of the groups
    #[arg(long)]
    members: bool,
    /// With --describe, the offsets and the lag of the groups (the default)
    #[arg(long)]
    offsets: bool,
    /// With --describe, the state of the groups; with --list, show it, or list only groups in these states
    #[arg(long, value_name = "STATES", num_args = 0..=1, default_missing_value = "")]
    state: Option<String>,
    /// With --list, show the groups' type, or list only groups of these types (classic, consumer)
    #[arg(long = "type", value_name = "TYPES", num_args = 0..=1, default_missing_value = "")]
    kind: Option<String>,
    /// With --describe, show more columns
    #[arg(long)]
    verbose: bool,
    /// With --reset-offsets, only show what would be done
    #[arg(long)]
    dry_run: bool,
    /// With --reset-offsets, do it
    #[arg(long)]
    execute: bool,
    /// With --reset-offsets, print the plan as CSV, for --from-file
    #[arg(long)]
    export: bool,
    /// Reset to this offset
    #[arg(long, value_name = "OFFSET")]
    to_offset: Option<i64>,
    /// Reset to the offset of the first record at or after a time, YYYY-MM-DDThh:mm:ss.sss, in UTC unless it ends in an offset
    #[arg(long, value_name = "DATETIME")]
    to_datetime: Option<String>,
    /// Reset to the offset of the first record that is no older than a duration, PnDTnHnMnS
    #[arg(long, value_name = "DURATION")]
    by_duration: Option<String>,
    /// Reset to the first offset of each partition
    #[arg(long)]
    to_earliest: bool,
    /// Reset to the end of each partition
    #[arg(long)]
    to_latest: bool,
    /// Reset to the committed offset; where there is none, to the end of the partition
    #[arg(long)]
    to_current: bool,
    /// Move the committed offset by so many records, back if the number is negative
    #[arg(long, value_name = "N")]
    shift_by: Option<i64>,
    /// Reset to the offsets in a CSV file
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// With --describe, leave out the partitions that are read to their end
    #[arg(long)]
    lag_only: bool,
    /// With --describe, fail if a group has more unread messages than this in all its partitions
    #[arg(long, value_name = "N")]
    fail_if_lag_over: Option<String>,
    /// With --describe, look again every so many seconds (2): a table with rates on a terminal, else one line of JSON each time
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "2")]
    watch: Option<String>,
    /// Before offsets are reset or deleted, write them to a new file, as --from-file takes them
    #[arg(long, value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    undo_file: Option<PathBuf>,
    /// How long the command may take, in milliseconds; with --watch, each look
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    timeout: u64,
    /// From the time when there were two kinds of consumers
    #[arg(long, hide = true)]
    new_consumer: bool,
}

/// The definition of the command line.
pub(in crate::commands) fn command() -> Command {
    Args::augment_args(Command::new("consumer-groups"))
        .about("This tool helps to list all consumer groups, describe a consumer group, delete consumer group info, or reset consumer group offsets.")
}

/// What is to be done, and where.
#[derive(Debug)]
pub(super) struct Request {
    pub cluster: ClusterArgs,
    pub timeout: Duration,
    pub action: Action,
    /// Where the offsets are written before they are changed.
    pub undo: Option<PathBuf>,
    /// What is said on stderr before anything is done.
    pub warnings: Vec<String>,
}

/// One of the six things that kafka-consumer-groups.sh does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    List(Listing),
    Describe(Describing),
    Delete(Groups),
    Reset(Reset),
    DeleteOffsets { group: String, topics: TopicArgs },
    ValidateRegex(String),
}

/// Which groups.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Groups {
    All,
    /// As they were given; a name may be there twice.
    Named(Vec<String>),
}

/// Which groups `--list` shows, and which columns; no states or types means all of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    pub show_state: bool,
    pub show_type: bool,
    pub states: Vec<GroupState>,
    pub kinds: Vec<GroupType>,
}

/// A description as the command line words it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Describing {
    pub groups: Groups,
    pub view: View,
    pub verbose: bool,
    /// Whether partitions that are read to their end are left out.
    pub lag_only: bool,
    /// The lag of a group above which the command fails.
    pub limit: Option<i64>,
    /// The pause between two looks; none for a single one.
    pub watch: Option<Duration>,
}

/// What `--describe` shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Offsets,
    Members,
    State,
}

/// Reads the command line.
///
/// # Errors
/// Java's cross-checks, in Java's words.
pub(super) fn request(matches: &ArgMatches) -> Result<Request, Failure> {
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    args.check()?;
    let mut warnings = args.idle();
    if args.reset_offsets && !args.execute && !args.dry_run {
        warnings.push("without --execute nothing is changed; --dry-run says so explicitly".to_owned());
    }
    if args.to_datetime.as_deref().is_some_and(has_short_fraction) {
        warnings.push("what follows the dot in --to-datetime is a number of milliseconds, not a fraction".to_owned());
    }
    let (cluster, timeout) = (args.cluster.clone(), Duration::from_millis(args.timeout));
    let undo = args.undo_file.clone();
    Ok(Request { cluster, timeout, action: args.action()?, undo, warnings })
}

/// Whether the milliseconds have fewer than three digits: `.5` is read as 5 ms, which few expect.
fn has_short_fraction(datetime: &str) -> bool {
    let fraction = datetime.split_once('.').map(|(_, fraction)| fraction.bytes().take_while(u8::is_ascii_digit).count());
    fraction.is_some_and(|digits| digits < 3)
}

fn limit(text: &str) -> Result<i64, Failure> {
    let limit = text.parse().ok().filter(|limit| *limit >= 0);
    limit.ok_or_else(|| Failure::usage(format!("--fail-if-lag-over takes a number of messages, and '{text}' is none")))
}

fn pause(text: &str) -> Result<Duration, Failure> {
    let seconds = text.parse().ok().filter(|seconds| *seconds > 0.0);
    let pause = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    pause.ok_or_else(|| Failure::usage(format!("--watch takes a number of seconds, and '{text}' is none")))
}

impl Args {
    fn action(self) -> Result<Action, Failure> {
        if let Some(regex) = self.validate_regex {
            return Ok(Action::ValidateRegex(regex));
        }
        if self.list {
            let states = self.state.as_deref().map(filter::states).transpose().map_err(Failure::usage)?;
            let kinds = self.kind.as_deref().map(filter::kinds).transpose().map_err(Failure::usage)?;
            return Ok(Action::List(Listing {
                show_state: states.is_some(),
                show_type: kinds.is_some(),
                states: states.unwrap_or_default(),
                kinds: kinds.unwrap_or_default(),
            }));
        }
        if self.delete_offsets {
            let topics = TopicArgs::parse(&self.topic).map_err(Failure::usage)?;
            let group = self.group.into_iter().next().unwrap_or_default();
            return Ok(Action::DeleteOffsets { group, topics });
        }
        if self.reset_offsets {
            return self.reset().map(Action::Reset);
        }
        let groups = if self.all_groups { Groups::All } else { Groups::Named(self.group) };
        if self.delete {
            return Ok(Action::Delete(groups));
        }
        let view = match (self.members, self.state.is_some()) {
            (true, _) => View::Members,
            (_, true) => View::State,
            _ => View::Offsets,
        };
        let limit = self.fail_if_lag_over.as_deref().map(limit).transpose()?;
        let watch = self.watch.as_deref().map(pause).transpose()?;
        Ok(Action::Describe(Describing { groups, view, verbose: self.verbose, lag_only: self.lag_only, limit, watch }))
    }

    fn reset(self) -> Result<Reset, Failure> {
        let scope = if self.all_topics && self.from_file.is_some() {
            Scope::File
        } else if self.all_topics {
            Scope::AllTopics
        } else if !self.topic.is_empty() {
            Scope::Topics(TopicArgs::parse(&self.topic).map_err(Failure::usage)?)
        } else if self.from_file.is_some() {
            Scope::File
        } else {
            return Err(Failure::usage("One of the reset scopes should be defined: --all-topics, --topic."));
        };
        let scenario = self.scenario()?;
        let groups = if self.all_groups { Groups::All } else { Groups::Named(self.group) };
        Ok(Reset { groups, scope, scenario, execute: self.execute, export: self.export })
    }

    fn scenario(&self) -> Result<Scenario, Failure> {
        // Java finds out about a value that cannot be read only when it works, and says so on stdout.
        let refused = |java: String| move |message: String| Failure::usage(message).java_stdout(|_| java_error(&java));
        if let Some(offset) = self.to_offset {
            return Ok(Scenario::ToOffset(offset));
        }
        if let Some(text) = &self.to_datetime {
            let time = datetime::parse(text).map_err(|message| {
                refused(format!("java.text.ParseException: {message}"))(message).hinted("--to-datetime takes YYYY-MM-DDThh:mm:ss.sss")
            })?;
            return Ok(Scenario::ToDatetime(time));
        }
        if let Some(text) = &self.by_duration {
            let message = "Text cannot be parsed to a Duration";
            let nanos = duration::parse(text)
                .ok_or_else(|| refused(message.to_owned())(format!("{message}: '{text}'")).hinted("--by-duration takes PnDTnHnMnS"))?;
            return Ok(Scenario::ByDuration { nanos });
        }
        if let Some(by) = self.shift_by {
            return Ok(Scenario::ShiftBy(by));
        }
        if let Some(file) = &self.from_file {
            return Ok(Scenario::FromFile(file.clone()));
        }
        match (self.to_earliest, self.to_latest, self.to_current) {
            (true, ..) => Ok(Scenario::ToEarliest),
            (_, true, _) => Ok(Scenario::ToLatest),
            (.., true) => Ok(Scenario::ToCurrent),
            _ => {
                let names: Vec<String> = self.scenarios().iter().map(|(name, _)| format!("[{name}]")).collect();
                let names = names.join(", ");
                Err(Failure::usage(format!("Option '[reset-offsets]' requires one of the following scenarios: [{names}]")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
