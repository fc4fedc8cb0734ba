//! The options of kafka-consumer-groups.sh, and its cross-checks.

use std::path::PathBuf;
use std::time::Duration;

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
    /// How long the command may take, in milliseconds
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
    /// What is said on stderr before anything is done.
    pub warnings: Vec<String>,
}

/// One of the six things that kafka-consumer-groups.sh does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Action {
    List(Listing),
    Describe { groups: Groups, view: View, verbose: bool },
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
    let mut warnings = Vec::new();
    if args.reset_offsets && !args.execute && !args.dry_run {
        warnings.push("warning: without --execute nothing is changed; --dry-run says so explicitly".to_owned());
    }
    if args.to_datetime.as_deref().is_some_and(has_short_fraction) {
        warnings.push("warning: what follows the dot in --to-datetime is a number of milliseconds, not a fraction".to_owned());
    }
    let (cluster, timeout) = (args.cluster.clone(), Duration::from_millis(args.timeout));
    Ok(Request { cluster, timeout, action: args.action()?, warnings })
}

/// Whether the milliseconds have fewer than three digits: `.5` is read as 5 ms, which few expect.
fn has_short_fraction(datetime: &str) -> bool {
    let fraction = datetime.split_once('.').map(|(_, fraction)| fraction.bytes().take_while(u8::is_ascii_digit).count());
    fraction.is_some_and(|digits| digits < 3)
}

impl Args {
    fn actions(&self) -> [(&'static str, bool); 6] {
        [
            ("list", self.list),
            ("describe", self.describe),
            ("delete", self.delete),
            ("reset-offsets", self.reset_offsets),
            ("delete-offsets", self.delete_offsets),
            ("validate-regex", self.validate_regex.is_some()),
        ]
    }

    fn scenarios(&self) -> [(&'static str, bool); 8] {
        [
            ("to-offset", self.to_offset.is_some()),
            ("to-datetime", self.to_datetime.is_some()),
            ("by-duration", self.by_duration.is_some()),
            ("to-earliest", self.to_earliest),
            ("to-latest", self.to_latest),
            ("to-current", self.to_current),
            ("shift-by", self.shift_by.is_some()),
            ("from-file", self.from_file.is_some()),
        ]
    }

    /// The checks in Java's order: of two mistakes, both tools complain about the same one.
    fn check(&self) -> Result<(), Failure> {
        self.check_available()?;
        if self.validate_regex.is_none() && self.cluster.servers().is_none() {
            return Err(Failure::usage("Missing required argument \"[bootstrap-server]\""));
        }
        let has_groups = !self.group.is_empty() || self.all_groups;
        self.check_describe(has_groups)?;
        if self.delete && !has_groups {
            return Err(needs_groups("delete"));
        }
        if self.delete && !self.topic.is_empty() {
            return Err(Failure::usage("The consumer does not support topic-specific offset deletion from a consumer group.")
                .hinted("--delete-offsets deletes the offsets for some topics"));
        }
        if self.delete_offsets && (self.group.is_empty() || self.topic.is_empty()) {
            return Err(Failure::usage("Option [delete-offsets] takes the following options: [group], [topic]"));
        }
        if self.reset_offsets {
            self.check_reset(has_groups)?;
        }
        let clashes =
            [("group", !self.group.is_empty(), "all-groups", self.all_groups), ("group", !self.group.is_empty(), "list", self.list)];
        let topic = !self.topic.is_empty();
        let clashes = clashes.into_iter().chain([("topic", topic, "list", self.list), ("topic", topic, "describe", self.describe)]);
        for (option, given, other, other_given) in clashes {
            if given && other_given {
                return Err(excludes(option, other));
            }
        }
        let actions = self.actions();
        if actions.iter().filter(|(_, given)| *given).count() != 1 {
            let names: Vec<String> = actions.iter().map(|(name, _)| format!("--{name}")).collect();
            return Err(Failure::usage(format!("Command must include exactly one action: {}", names.join(", "))));
        }
        if self.delete_offsets && self.group.len() > 1 {
            return Err(Failure::usage("Found multiple arguments for option group, but you asked for only one").java_stdout(java_error));
        }
        Ok(())
    }

    /// Options that mean something only beside another one.
    fn check_available(&self) -> Result<(), Failure> {
        let (describe, list) = (self.describe, self.list);
        let options = [
            ("members", self.members, describe),
            ("verbose", self.verbose, describe),
            ("offsets", self.offsets, describe),
            ("state", self.state.is_some(), describe || list),
            ("type", self.kind.is_some(), list),
        ];
        let stray: Vec<&str> = options.iter().filter(|(_, given, available)| *given && !available).map(|(name, ..)| *name).collect();
        if stray.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(format!("Option(s) [{}] are unavailable given other options on the command line", stray.join(", "))))
    }

    fn check_describe(&self, has_groups: bool) -> Result<(), Failure> {
        if !self.describe {
            return Ok(());
        }
        if !has_groups {
            return Err(needs_groups("describe"));
        }
        let views = [self.members, self.offsets, self.state.is_some()];
        if views.iter().filter(|given| **given).count() > 1 {
            return Err(Failure::usage("Option [describe] takes at most one of these options: [members], [offsets], [state]"));
        }
        if self.state.as_ref().is_some_and(|states| !states.is_empty()) {
            return Err(Failure::usage("Option [describe] does not take a value for [state]"));
        }
        Ok(())
    }

    fn check_reset(&self, has_groups: bool) -> Result<(), Failure> {
        if self.dry_run && self.execute {
            return Err(Failure::usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]"));
        }
        if !has_groups {
            return Err(needs_groups("reset-offsets"));
        }
        let scenarios = self.scenarios();
        let mut given = scenarios.iter().filter(|(_, given)| *given);
        if let (Some((first, _)), Some((second, _))) = (given.next(), given.next()) {
            return Err(excludes(first, second));
        }
        Ok(())
    }

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
        Ok(Action::Describe { groups, view, verbose: self.verbose })
    }

    fn reset(self) -> Result<Reset, Failure> {
        let scope = if self.all_topics {
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

fn needs_groups(action: &str) -> Failure {
    Failure::usage(format!("Option [{action}] takes one of these options: [group], [all-groups]"))
}

fn excludes(option: &str, other: &str) -> Failure {
    Failure::usage(format!("Option \"[{option}]\" can't be used with option \"[{other}]\""))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli;

    fn read(words: &str) -> Result<Request, String> {
        let complaint = |failure: &Failure| failure.complaint().unwrap().message.clone();
        let command = cli::applet(command());
        let words = format!("--bootstrap-server h:1 {words}");
        let parsed = cli::parse(&command, words.split_whitespace().map(OsString::from)).map_err(|refusal| complaint(&refusal.failure))?;
        request(&parsed.matches).map_err(|failure| complaint(&failure))
    }

    fn refused(words: &str) -> String {
        read(words).unwrap_err()
    }

    #[test]
    fn mistakes_are_told_in_javas_order_and_words() {
        let cases = [
            ("--list --describe --group g", "Option \"[group]\" can't be used with option \"[list]\""),
            ("--describe", "Option [describe] takes one of these options: [group], [all-groups]"),
            ("--describe --group g --all-groups", "Option \"[group]\" can't be used with option \"[all-groups]\""),
            ("--describe --group g --topic t", "Option \"[topic]\" can't be used with option \"[describe]\""),
            (
                "--describe --group g --members --state",
                "Option [describe] takes at most one of these options: [members], [offsets], [state]",
            ),
            ("--describe --group g --state stable", "Option [describe] does not take a value for [state]"),
            ("--list --members", "Option(s) [members] are unavailable given other options on the command line"),
            ("--delete --group g --topic t", "The consumer does not support topic-specific offset deletion from a consumer group."),
            ("--delete-offsets --group g", "Option [delete-offsets] takes the following options: [group], [topic]"),
            ("--delete-offsets --group g --group h --topic t", "Found multiple arguments for option group, but you asked for only one"),
        ];
        for (words, message) in cases {
            assert_eq!(refused(words), message, "{words}");
        }
        assert!(refused("--describe --delete --group g").starts_with("Command must include exactly one action: --list, --describe,"));
        assert!(refused("").starts_with("Command must include exactly one action"));
    }

    #[test]
    fn a_reset_needs_a_scope_and_one_scenario() {
        let cases = [
            ("--reset-offsets --all-topics --to-latest", "Option [reset-offsets] takes one of these options: [group], [all-groups]"),
            ("--reset-offsets --group g --to-latest", "One of the reset scopes should be defined: --all-topics, --topic."),
            (
                "--reset-offsets --group g --all-topics --to-latest --shift-by -1",
                "Option \"[to-latest]\" can't be used with option \"[shift-by]\"",
            ),
            (
                "--reset-offsets --group g --all-topics --to-latest --dry-run --execute",
                "Option [reset-offsets] only accepts one of [execute] and [dry-run]",
            ),
            ("--reset-offsets --group g --topic t --to-datetime 2023-11-14T22:13:20", "Unparseable date: \"2023-11-14T22:13:20Z\""),
            ("--reset-offsets --group g --topic t --by-duration 1D", "Text cannot be parsed to a Duration: '1D'"),
        ];
        for (words, message) in cases {
            assert_eq!(refused(words), message, "{words}");
        }
        assert!(refused("--reset-offsets --group g --all-topics").contains("requires one of the following scenarios: [[to-offset], "));
    }

    #[test]
    fn negative_numbers_are_values() {
        let action = read("--reset-offsets --group g --all-topics --shift-by -5 --execute").unwrap().action;
        let Action::Reset(reset) = action else { panic!("{action:?}") };
        assert_eq!((reset.scenario, reset.execute), (Scenario::ShiftBy(-5), true));
    }

    #[test]
    fn what_a_reset_leaves_open_is_said() {
        assert_eq!(read("--reset-offsets --group g --all-topics --to-latest").unwrap().warnings.len(), 1);
        assert_eq!(read("--reset-offsets --group g --all-topics --to-latest --dry-run").unwrap().warnings.len(), 0);
        let short = "--reset-offsets --group g --all-topics --dry-run --to-datetime 2023-11-14T22:13:20.5";
        assert_eq!(read(short).unwrap().warnings.len(), 1);
    }

    #[test]
    fn a_listing_may_show_columns_without_filtering() {
        let action = read("--list --state --type classic").unwrap().action;
        let listing = Listing { show_state: true, show_type: true, states: vec![], kinds: vec![GroupType::Classic] };
        assert_eq!(action, Action::List(listing));
    }
}
