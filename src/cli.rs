//! The command line as Java's tools read it.
//!
//! The Java tools parse with jopt-simple, abbreviations switched off. This module brings a command line into the form
//! that clap reads, by jopt-simple's rules and with its words where it refuses; clap then holds the definitions, checks
//! values, and writes help, completions and man pages. All tools go through here.

use std::ffi::OsString;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::failure::Failure;
use crate::render::Format;
use crate::secrets::names_secret;

/// Options that are gone for good, whatever the tool, and what to do instead.
const REMOVED: &[(&str, &str)] = &[
    ("zookeeper", "Kafka has no ZooKeeper any more: use --bootstrap-server HOST:PORT"),
    ("authorizer", "the authorizer is the broker's: use --bootstrap-server HOST:PORT"),
    ("authorizer-properties", "the authorizer is the broker's: use --bootstrap-server HOST:PORT"),
    // Options of kafka-console-producer.sh whose producer was taken out in Kafka 2.0.
    ("queue-size", "the buffer is limited by its bytes: use --max-memory-bytes"),
    ("queue-enqueuetimeout-ms", "use --max-block-ms"),
    ("metadata-fetch-timeout-ms", "use --max-block-ms"),
    ("key-serializer", "keys and values are sent as the bytes that they are: leave it out"),
    ("value-serializer", "keys and values are sent as the bytes that they are: leave it out"),
];

/// A command line that was understood.
#[derive(Debug)]
pub struct Parsed {
    pub matches: ArgMatches,
    /// What was accepted, but deserves a word on stderr.
    pub warnings: Vec<String>,
}

/// A command line that was not.
#[derive(Debug)]
pub struct Refusal {
    pub failure: Failure,
    /// The option whose value it is about: some Java tools notice that only when they use the value.
    pub value_of: Option<String>,
}

impl Refusal {
    fn word(message: impl Into<String>) -> Self {
        Self { failure: Failure::usage(message), value_of: None }
    }

    fn value(option: &str, message: impl Into<String>) -> Self {
        Self { failure: Failure::usage(message), value_of: Some(option.to_owned()) }
    }
}

/// What every applet's definition starts from: `--help` and `--version` as in Java, no positional arguments, no short options.
pub fn applet(command: Command) -> Command {
    let flag = |name: &'static str, help: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue).help(help).display_order(1000);
    command
        .no_binary_name(true)
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .arg(flag("help", "Print this help"))
        .arg(flag("version", "Print the version"))
        .max_term_width(100)
}

/// Adds `--output` with these formats; `default` says which of them is taken when.
pub fn with_output(command: Command, formats: &[&'static str], default: &str) -> Command {
    let others: Vec<&str> = formats.iter().copied().filter(|name| *name != "text").collect();
    let others = others.split_last().map_or_else(String::new, |(last, rest)| format!("{} or {last}", rest.join(", ")));
    command.arg(
        Arg::new("output")
            .long("output")
            .value_name("FORMAT")
            .value_parser(PossibleValuesParser::new(formats).map(|name| Format::parse(&name).unwrap_or_default()))
            .help(format!("text (the Java tool's bytes), {others} [default: {default}]"))
            .display_order(900),
    )
}

/// The format that `words` ask for, as far as that can be told of a line that may be refused.
pub fn asked_output(words: &[OsString]) -> Option<Format> {
    let mut words = words.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        let value = match word.trim_start_matches('-').split_once('=') {
            _ if !looks_like_option(word) => None,
            Some(("output", value)) => Some(value),
            None if word.trim_start_matches('-') == "output" => words.next(),
            _ => None,
        };
        if let Some(value) = value {
            return Format::parse(value);
        }
    }
    None
}

/// Reads `args`, the words after the applet's name, with the definitions in `command`.
///
/// # Errors
/// A usage error in jopt-simple's words, with a hint.
pub fn parse(command: &Command, args: impl IntoIterator<Item = OsString>) -> Result<Parsed, Refusal> {
    let words = args.into_iter().map(|word| word.into_string().map_err(|word| not_text(&word))).collect::<Result<Vec<_>, _>>()?;
    let secretive = words.iter().any(|word| names_secret(word));
    let (canonical, warnings) =
        Reader { command, rest: words.into_iter(), secretive, canonical: Vec::new(), positional: Vec::new(), warnings: Vec::new() }
            .read()?;
    let matches = command.clone().try_get_matches_from(canonical).map_err(|error| in_javas_words(&error))?;
    Ok(Parsed { matches, warnings })
}

/// Two options that Java does not take together (`CommandLineUtils.checkInvalidArgs`).
pub fn excludes(option: &str, other: &str) -> Failure {
    Failure::usage(format!("Option \"[{option}]\" can't be used with option \"[{other}]\""))
}

/// Reads `words` as the command line of an applet, with a server in front; what is refused gives its message.
#[cfg(test)]
pub(crate) fn request_of<T>(command: Command, words: &str, request: impl FnOnce(&ArgMatches) -> Result<T, Failure>) -> Result<T, String> {
    let complaint = |failure: &Failure| failure.complaint().map(|complaint| complaint.message.clone()).unwrap_or_default();
    let words = format!("--bootstrap-server h:1 {words}");
    let parsed = parse(&applet(command), words.split_whitespace().map(OsString::from)).map_err(|refusal| complaint(&refusal.failure))?;
    request(&parsed.matches).map_err(|failure| complaint(&failure))
}

fn not_text(word: &OsString) -> Refusal {
    let word = word.to_string_lossy();
    Refusal::word(format!("the argument {} is not valid UTF-8", if names_secret(&word) { "with the password" } else { &word }))
}

/// Turns words into `--option=value` by jopt-simple's rules.
struct Reader<'a> {
    command: &'a Command,
    rest: std::vec::IntoIter<String>,
    /// Whether a secret is on the line. A word that belongs to nothing may be the second half of one with a blank in it.
    secretive: bool,
    canonical: Vec<String>,
    positional: Vec<String>,
    warnings: Vec<String>,
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<(Vec<String>, Vec<String>), Refusal> {
        let mut seen: Vec<&str> = Vec::new();
        let mut only_words = false;
        while let Some(word) = self.rest.next() {
            if !only_words && word == "--" {
                only_words = true;
            } else if only_words || !looks_like_option(&word) {
                if self.command.get_positionals().next().is_some() {
                    self.positional.push(word);
                    continue;
                }
                let what = if self.secretive { "a word".to_owned() } else { format!("the word '{word}'") };
                self.warnings.push(format!("ignored {what}, which belongs to no option"));
            } else {
                self.option(&word, &mut seen)?;
            }
        }
        if !self.positional.is_empty() {
            self.canonical.push("--".to_owned());
            self.canonical.append(&mut self.positional);
        }
        Ok((self.canonical, self.warnings))
    }

    fn option(&mut self, word: &str, seen: &mut Vec<&'a str>) -> Result<(), Refusal> {
        let text = word.trim_start_matches('-');
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let Some((arg, long)) = find(self.command, name) else { return Err(self.unrecognized(name)) };
        self.note_old_spelling(arg, name, long);
        match arity(arg) {
            Arity::None => {
                if attached.is_some() {
                    self.warnings.push(format!("ignored the value of --{name}, which takes none"));
                }
                // A flag may be given twice; where that means something, it is counted.
                if !seen.contains(&long) || matches!(arg.get_action(), ArgAction::Count) {
                    self.canonical.push(format!("--{long}"));
                }
            }
            Arity::One => {
                let value = attached.or_else(|| self.rest.next());
                let value = value.ok_or_else(|| Refusal::word(format!("Option {name} requires an argument")))?;
                refuse_second(arg, long, seen)?;
                self.canonical.push(format!("--{long}={value}"));
            }
            Arity::Optional => {
                let value = attached.or_else(|| self.rest.next_if_value());
                refuse_second(arg, long, seen)?;
                self.canonical.push(value.map_or_else(|| format!("--{long}"), |value| format!("--{long}={value}")));
            }
        }
        seen.push(long);
        Ok(())
    }

    fn note_old_spelling(&mut self, arg: &Arg, name: &str, long: &str) {
        if name != long {
            self.warnings.push(format!("--{name} is the old spelling of --{long}"));
        } else if arg.is_hide_set() && arity(arg) == Arity::None {
            self.warnings.push(format!("--{name} has no effect any more"));
        }
    }

    fn unrecognized(&self, name: &str) -> Refusal {
        if let Some((_, instead)) = REMOVED.iter().find(|(removed, _)| *removed == name) {
            return Refusal::word(format!("--{name} cannot work any more: {instead}"));
        }
        let failure = Failure::usage(format!("{name} is not a recognized option"));
        // The same thing has another name in other tools.
        let elsewhere = ["broker-list", "bootstrap-servers", "brokers"].contains(&name).then_some("bootstrap-server");
        let known = || self.command.get_arguments().filter_map(Arg::get_long);
        let failure = match elsewhere.filter(|option| known().any(|known| known == *option)).or_else(|| nearest(name, known())) {
            Some(option) => failure.hinted(format!("did you mean --{option}?")),
            None => failure,
        };
        Refusal { failure, value_of: None }
    }
}

fn refuse_second(arg: &Arg, long: &str, seen: &[&str]) -> Result<(), Refusal> {
    if seen.contains(&long) && !matches!(arg.get_action(), ArgAction::Append) {
        return Err(Refusal::value(long, format!("Found multiple arguments for option {long}, but you asked for only one")));
    }
    Ok(())
}

trait NextIfValue {
    /// The next word, if it does not look like an option.
    fn next_if_value(&mut self) -> Option<String>;
}

impl NextIfValue for std::vec::IntoIter<String> {
    fn next_if_value(&mut self) -> Option<String> {
        let is_value = self.as_slice().first().is_some_and(|word| !looks_like_option(word) && word != "--");
        if is_value { self.next() } else { None }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Arity {
    None,
    One,
    Optional,
}

fn arity(arg: &Arg) -> Arity {
    match arg.get_action() {
        ArgAction::SetTrue | ArgAction::SetFalse | ArgAction::Count => Arity::None,
        _ if arg.get_num_args().is_some_and(|range| range.min_values() == 0) => Arity::Optional,
        _ => Arity::One,
    }
}

/// A dash and more. A lone dash is a word, and so is `--`, which ends the options.
fn looks_like_option(word: &str) -> bool {
    word.starts_with('-') && word != "-" && word != "--"
}

/// The option with this name or hidden alias, and its present name.
fn find<'a>(command: &'a Command, name: &str) -> Option<(&'a Arg, &'a str)> {
    command.get_arguments().find_map(|arg| {
        let long = arg.get_long()?;
        let alias = || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&name));
        (long == name || alias()).then_some((arg, long))
    })
}

/// The candidate that `name` most likely stands for.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let score = |candidate: &str| strsim::jaro_winkler(name, candidate);
    candidates.max_by(|a, b| score(a).total_cmp(&score(b))).filter(|best| score(best) > 0.85)
}

/// clap's refusals in jopt-simple's words where that has some.
fn in_javas_words(error: &clap::Error) -> Refusal {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    // clap names an argument as "--partitions <N>".
    let option = context(ContextKind::InvalidArg).map(|arg| arg.trim_start_matches('-').split([' ', '=']).next().unwrap_or("").to_owned());
    match (error.kind(), option, context(ContextKind::InvalidValue)) {
        (ErrorKind::ValueValidation | ErrorKind::InvalidValue, Some(option), Some(value)) => {
            let refusal = Refusal::value(&option, format!("Cannot parse argument '{value}' of option {option}"));
            match error.get(ContextKind::ValidValue) {
                Some(ContextValue::Strings(valid)) if !valid.is_empty() => {
                    Refusal { failure: refusal.failure.hinted(format!("one of {}", valid.join(", "))), ..refusal }
                }
                _ => refusal,
            }
        }
        (ErrorKind::MissingRequiredArgument, ..) if let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) => {
            Refusal::word(format!("{} is missing", missing.join(" and ")))
        }
        _ => Refusal::word(error.to_string().trim_start_matches("error: ").lines().next().unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command() -> Command {
        applet(Command::new("t"))
            .arg(Arg::new("topic").long("topic"))
            .arg(Arg::new("list").long("list").action(ArgAction::SetTrue))
            .arg(Arg::new("partitions").long("partitions").value_parser(clap::value_parser!(i32)))
            .arg(Arg::new("property").long("property").action(ArgAction::Append))
            .arg(Arg::new("codec").long("compression-codec").num_args(0..=1).default_missing_value("gzip"))
            .arg(Arg::new("server").long("bootstrap-server").alias("broker-list"))
            .arg(Arg::new("new").long("new-consumer").action(ArgAction::SetTrue).hide(true))
    }

    fn parsed(words: &[&str]) -> Result<Parsed, String> {
        parse(&command(), words.iter().map(OsString::from)).map_err(|refusal| {
            let complaint = refusal.failure.complaint().unwrap();
            complaint.hint.as_ref().map_or(complaint.message.clone(), |hint| format!("{} [{hint}]", complaint.message))
        })
    }

    fn topic(words: &[&str]) -> Option<String> {
        parsed(words).unwrap().matches.get_one::<String>("topic").cloned()
    }

    #[test]
    fn the_output_of_a_line_that_may_be_refused() {
        let asked = |line: &str| asked_output(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        for line in ["--list --output json", "-output=json --nosuch", "--output json --output tsv"] {
            assert_eq!(asked(line), Some(Format::Json), "{line}");
        }
        for line in ["--list", "--output", "--output xml", "output json", "--output-file json"] {
            assert_eq!(asked(line), None, "{line}");
        }
    }

    #[test]
    fn every_form_that_jopt_simple_takes() {
        for words in [&["--topic", "x"][..], &["--topic=x"], &["-topic", "x"], &["-topic=x"]] {
            assert_eq!(topic(words).as_deref(), Some("x"), "{words:?}");
        }
        assert_eq!(topic(&["--topic", "--list"]).as_deref(), Some("--list"));
        assert_eq!(topic(&["--topic="]).as_deref(), Some(""));
        assert_eq!(topic(&["--topic", "a=b"]).as_deref(), Some("a=b"));
        assert_eq!(parsed(&["--partitions", "-5"]).unwrap().matches.get_one::<i32>("partitions"), Some(&-5));
        assert!(parsed(&["--list", "--list"]).unwrap().matches.get_flag("list"));
    }

    #[test]
    fn an_optional_argument_may_be_absent() {
        let codec = |words: &[&str]| parsed(words).unwrap().matches.get_one::<String>("codec").cloned();
        assert_eq!(codec(&["--compression-codec"]).as_deref(), Some("gzip"));
        assert_eq!(codec(&["--compression-codec", "lz4"]).as_deref(), Some("lz4"));
        assert_eq!(codec(&["--compression-codec", "--list"]).as_deref(), Some("gzip"));
        assert_eq!(codec(&["--compression-codec=zstd"]).as_deref(), Some("zstd"));
        assert_eq!(codec(&["--list"]), None);
    }

    #[test]
    fn refusals_are_in_jopt_simples_words() {
        assert_eq!(parsed(&["--foo"]).unwrap_err(), "foo is not a recognized option");
        assert_eq!(parsed(&["--topics", "x"]).unwrap_err(), "topics is not a recognized option [did you mean --topic?]");
        assert_eq!(parsed(&["--topic"]).unwrap_err(), "Option topic requires an argument");
        assert_eq!(
            parsed(&["--topic", "a", "-topic", "b"]).unwrap_err(),
            "Found multiple arguments for option topic, but you asked for only one"
        );
        assert_eq!(parsed(&["--partitions", "abc"]).unwrap_err(), "Cannot parse argument 'abc' of option partitions");
    }

    #[test]
    fn what_is_gone_names_its_replacement() {
        assert_eq!(
            parsed(&["--zookeeper", "zk:2181"]).unwrap_err(),
            "--zookeeper cannot work any more: Kafka has no ZooKeeper any more: use --bootstrap-server HOST:PORT"
        );
    }

    #[test]
    fn stray_words_and_old_spellings_are_taken_with_a_warning() {
        assert_eq!(parsed(&["x", "--list", "--", "--y"]).unwrap().warnings.len(), 2);
        let half = parsed(&["--topic", "password=half", "of it"]).unwrap();
        assert_eq!(half.warnings, ["ignored a word, which belongs to no option"]);
        assert_eq!(parsed(&["SCRAM-SHA-256=[password=x]", "--list"]).unwrap().warnings, half.warnings);
        let old = parsed(&["--broker-list", "h:1"]).unwrap();
        assert_eq!(old.warnings, ["--broker-list is the old spelling of --bootstrap-server"]);
        assert_eq!(old.matches.get_one::<String>("server").unwrap(), "h:1");
        assert_eq!(parsed(&["--new-consumer"]).unwrap().warnings, ["--new-consumer has no effect any more"]);
    }

    #[test]
    fn repeatable_options_keep_every_value() {
        let parsed = parsed(&["--property", "a=1", "--property", "b=2"]).unwrap();
        assert_eq!(parsed.matches.get_many::<String>("property").unwrap().collect::<Vec<_>>(), ["a=1", "b=2"]);
    }
}
