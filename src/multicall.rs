//! Which applet a call means, and the frame that every applet runs in.
//!
//! `kafkabox topics ...` and a link named `kafka-topics.sh` or `kafka-topics` are the same command.

use std::ffi::{OsStr, OsString};
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::builder::Resettable;
use clap::{ArgMatches, Command};

use crate::commands::APPLETS;
use crate::context::Context;
use crate::failure::Failure;
use crate::render::Format;
use crate::{KAFKA_VERSION, cli};

/// The name of the binary itself.
pub const BINARY: &str = "kafkabox";

/// The environment variable that stands in for `--output` where the native name is called.
const OUTPUT_VARIABLE: &str = "KAFKABOX_OUTPUT";

/// One command of the binary.
#[derive(Debug)]
pub struct Applet {
    /// The word after `kafkabox`; with `kafka-` in front the name of the Java script.
    pub name: &'static str,
    pub kind: Kind,
    /// The options.
    pub command: fn() -> Command,
    /// Does the work.
    pub run: fn(&mut Context, &ArgMatches) -> Result<(), Failure>,
    /// What the Java tool does about options whose value it refuses, where it finds out only while working.
    pub late_refusal: Option<LateRefusal>,
}

/// How a Java tool refuses the value of an option while it works: on stdout.
#[derive(Clone, Copy, Debug)]
pub struct LateRefusal {
    /// What it prints, made from the message.
    pub java: fn(&str) -> String,
    /// The options that it has read before: of them it tells on stderr alone.
    pub early: &'static [&'static str],
}

/// What sort of command an applet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Mirrors a Java tool, and prints reports.
    Admin,
    /// Mirrors a Java tool, and moves records; the formats in which it prints them.
    Console(&'static [&'static str]),
    /// Has no Java tool beside it.
    Own,
}

impl Applet {
    /// The Java script that this applet stands in for.
    pub fn script(&self) -> Option<String> {
        (self.kind != Kind::Own).then(|| format!("kafka-{}.sh", self.name))
    }

    /// The complete definition of the command line, for a program called `program`.
    pub fn definition(&self, program: &str) -> Command {
        let command = cli::applet((self.command)());
        let command = match self.kind {
            Kind::Admin => cli::with_output(command, &Format::NAMES, "table on a terminal, text otherwise"),
            Kind::Console(formats) => cli::with_output(command, formats, "text"),
            Kind::Own => command,
        };
        command.name(program.to_owned()).bin_name(program.to_owned())
    }
}

/// The whole program: finds the applet, runs it, and gives the process' exit code.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let called = args.next().unwrap_or_default();
    let outcome = match by_script(&called) {
        Some((applet, name)) => run(applet, name, false, args),
        None => by_word(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.exit_code(),
    }
}

/// The applet whose script's name `called` ends with, and that name.
fn by_script(called: &OsStr) -> Option<(&'static Applet, String)> {
    let name = Path::new(called).file_name()?.to_str()?;
    let word = name.strip_prefix("kafka-")?;
    let word = word.strip_suffix(".sh").unwrap_or(word);
    let applet = APPLETS.iter().find(|applet| applet.name == word && applet.kind != Kind::Own)?;
    Some((applet, name.to_owned()))
}

/// Runs the applet that the first word names.
fn by_word(mut args: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let mut context = Context::new(BINARY.to_owned());
    let first = args.next();
    let word = first.as_deref().map(OsStr::to_string_lossy);
    let outcome = match word.as_deref() {
        Some(word) if first.as_deref().and_then(OsStr::to_str).is_none() => {
            Err(Failure::usage(format!("the command '{word}' is not valid UTF-8")).hinted(format!("one of {}", names().join(", "))))
        }
        Some("--version" | "-V") => version(&mut context),
        Some("--help" | "-h" | "help") => Ok(context.stdout().write_all(overview().as_bytes())).and_then(|written| Ok(written?)),
        None => Err(Failure::usage("no command given").hinted(format!("one of {}; {BINARY} --help tells more", names().join(", ")))),
        Some(word) => match APPLETS.iter().find(|applet| applet.name == word) {
            Some(applet) => return run(applet, format!("{BINARY} {word}"), true, args),
            None => Err(unknown(word)),
        },
    };
    context.end(outcome)
}

fn unknown(word: &str) -> Failure {
    let failure = Failure::usage(format!("there is no command '{word}'"));
    let plain = word.trim_start_matches("kafka-").trim_end_matches(".sh");
    match cli::nearest(plain, APPLETS.iter().map(|applet| applet.name)) {
        Some(name) => failure.hinted(format!("did you mean {BINARY} {name}?")),
        None => failure.hinted(format!("one of {}", names().join(", "))),
    }
}

fn run(applet: &Applet, program: String, native: bool, args: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let mut context = Context::new(program);
    context.native = native;
    let outcome = run_applet(&mut context, applet, native, args);
    context.end(outcome)
}

fn run_applet(context: &mut Context, applet: &Applet, native: bool, args: impl Iterator<Item = OsString>) -> Result<(), Failure> {
    let mut definition = applet.definition(&context.program);
    let words: Vec<OsString> = args.collect();
    for word in &words {
        context.secrets.note(&word.to_string_lossy());
    }
    if words.is_empty() && applet.kind != Kind::Own {
        // As in Java, a call without any option gets the help, and has failed. The sentence on top stays one line.
        let about = definition.get_about().map(ToString::to_string).unwrap_or_default();
        let help = definition.about(Resettable::Reset).render_long_help();
        context.explain(&format!("{about}\n\n{help}"));
        return Err(Failure::Reported);
    }
    // A line that is refused is refused in its format, too.
    context.format = format(applet.kind, cli::asked_output(&words), native).unwrap_or_default();
    let parsed = cli::parse(&definition, words).map_err(|refusal| {
        let failure = point_to_help(refusal.failure, &context.program);
        // Java has no --output, and so no words about its value.
        match (applet.late_refusal, refusal.value_of.as_deref()) {
            (_, None | Some("output")) | (None, _) => failure,
            (Some(late), Some(option)) if late.early.contains(&option) => failure,
            (Some(late), Some(_)) => failure.java_stdout(late.java),
        }
    })?;
    if parsed.matches.get_flag("help") {
        return Ok(write!(context.stdout(), "{}", definition.render_long_help())?);
    }
    if parsed.matches.get_flag("version") {
        return version(context);
    }
    for warning in parsed.warnings {
        context.warn(format!("warning: {warning}"));
    }
    let asked = parsed.matches.try_get_one("output").ok().flatten().copied();
    context.format = format(applet.kind, asked, native)?;
    (applet.run)(context, &parsed.matches).map_err(|failure| point_to_help(failure, &context.program))
}

/// `--output`; under a Java name else Java's text, and so wherever records are moved; under the native name else
/// `KAFKABOX_OUTPUT`, else what fits: a table for a person, Java's text for scripts.
fn format(kind: Kind, asked: Option<Format>, native: bool) -> Result<Format, Failure> {
    if let Some(format) = asked {
        return Ok(format);
    }
    if !native || kind != Kind::Admin {
        return Ok(Format::Text);
    }
    match std::env::var_os(OUTPUT_VARIABLE).filter(|name| !name.is_empty()) {
        Some(name) => name.to_str().and_then(Format::parse).ok_or_else(|| {
            Failure::usage(format!("{OUTPUT_VARIABLE} is '{}'", name.display())).hinted(format!("one of {}", Format::NAMES.join(", ")))
        }),
        None if std::io::stdout().is_terminal() => Ok(Format::Table),
        None => Ok(Format::Text),
    }
}

/// A usage error without a better hint points to the help.
fn point_to_help(failure: Failure, program: &str) -> Failure {
    match failure {
        Failure::Usage(complaint) if complaint.hint.is_none() => {
            Failure::Usage(complaint).hinted(format!("{program} --help lists the options"))
        }
        other => other,
    }
}

fn version(context: &mut Context) -> Result<(), Failure> {
    let program = context.program.clone();
    let version = env!("CARGO_PKG_VERSION");
    Ok(writeln!(context.stdout(), "{program} {version} (mirrors the tools of Apache Kafka {KAFKA_VERSION})")?)
}

fn names() -> Vec<&'static str> {
    APPLETS.iter().map(|applet| applet.name).collect()
}

fn overview() -> String {
    let about = |applet: &Applet| (applet.command)().get_about().map(ToString::to_string).unwrap_or_default();
    let lines: Vec<String> = APPLETS.iter().map(|applet| format!("  {:<18}{}", applet.name, about(applet))).collect();
    format!(
        "The kafka-*.sh tools of Apache Kafka in one native binary\n\n\
         Usage: {BINARY} COMMAND [OPTIONS]\n\n\
         Commands:\n{}\n\n\
         {BINARY} COMMAND --help lists the options of a command. Called through a link named kafka-COMMAND.sh or\n\
         kafka-COMMAND, {BINARY} is that command; '{BINARY} links DIR' makes the links.\n",
        lines.join("\n")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn script(called: &str) -> Option<&'static str> {
        by_script(OsStr::new(called)).map(|(applet, _)| applet.name)
    }

    #[test]
    fn links_are_known_by_their_exact_stem_in_any_directory() {
        assert_eq!(script("/opt/kafka/bin/kafka-topics.sh"), Some("topics"));
        assert_eq!(script("kafka-console-producer"), Some("console-producer"));
        assert_eq!(script("my-kafka-topics.sh"), None);
        assert_eq!(script("kafka-topics.sh.bak"), None);
        assert_eq!(script("kafka-links"), None);
        assert_eq!(script("kafkabox"), None);
    }

    #[test]
    fn an_unknown_command_gets_the_nearest_name() {
        let hint = |word| unknown(word).complaint().and_then(|complaint| complaint.hint.clone()).unwrap();
        assert_eq!(hint("topic"), "did you mean kafkabox topics?");
        assert_eq!(hint("kafka-configs.sh"), "did you mean kafkabox configs?");
        assert!(hint("xyz").starts_with("one of topics, "));
    }

    #[test]
    fn every_definition_is_sound() {
        for applet in APPLETS {
            applet.definition(applet.name).debug_assert();
        }
    }
}
