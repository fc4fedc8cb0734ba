//! `links`: makes the names under which scripts know the tools.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{ArgMatches, Args as _, Command, FromArgMatches};

use super::APPLETS;
use crate::context::Context;
use crate::failure::Failure;

#[derive(clap::Args, Debug)]
struct Args {
    /// Replace whatever has the name of a link
    #[arg(long)]
    force: bool,
    /// The directory for the links, which must exist
    #[arg(value_name = "DIR", required_unless_present_any = ["help", "version"])]
    dir: Option<PathBuf>,
}

pub(super) fn command() -> Command {
    Args::augment_args(Command::new("links")).about("Make the kafka-*.sh and kafka-* links to this binary in a directory")
}

pub(super) fn run(context: &mut Context, matches: &ArgMatches) -> Result<(), Failure> {
    let args = Args::from_arg_matches(matches).map_err(|error| Failure::usage(error.to_string()))?;
    let dir = args.dir.ok_or_else(|| Failure::usage("DIR is missing"))?;
    if !dir.is_dir() {
        return Err(Failure::failed(format!("{} is not a directory", dir.display())));
    }
    let binary = std::env::current_exe().context("cannot find this binary")?;
    let links: Vec<(PathBuf, State)> = names().map(|name| dir.join(name)).map(|path| (path.clone(), state(&path, &binary))).collect();
    // Nothing is changed unless everything can be.
    if let Some((path, _)) = links.iter().find(|(_, state)| *state == State::Foreign && !args.force) {
        return Err(Failure::failed(format!("{} is there and is not a link to this binary; nothing was changed", path.display()))
            .hinted("--force replaces it"));
    }
    if let Some((path, _)) = links.iter().find(|(_, state)| *state == State::Directory) {
        return Err(Failure::failed(format!("{} is a directory, which is never replaced; nothing was changed", path.display())));
    }
    for (path, state) in links {
        if state == State::Ours {
            continue;
        }
        replace(&path, &binary).with_context(|| format!("cannot make {}", path.display()))?;
        writeln!(context.stdout(), "{} -> {}", path.display(), binary.display())?;
    }
    Ok(())
}

/// What has the name of a link now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Absent,
    Ours,
    Foreign,
    Directory,
}

fn state(path: &Path, binary: &Path) -> State {
    match (fs::symlink_metadata(path), fs::read_link(path)) {
        (Err(_), _) => State::Absent,
        (Ok(found), _) if found.is_dir() => State::Directory,
        (Ok(_), Ok(target)) if target == binary => State::Ours,
        _ => State::Foreign,
    }
}

/// Puts the link in place in one step, so that a script never meets a moment without the tool.
fn replace(path: &Path, binary: &Path) -> io::Result<()> {
    let fresh = path.with_file_name(format!(".kafkabox-link.{}", std::process::id()));
    symlink(binary, &fresh)?;
    fs::rename(&fresh, path).inspect_err(|_| {
        let _ = fs::remove_file(&fresh);
    })
}

/// The names of all links.
fn names() -> impl Iterator<Item = String> {
    let scripts = APPLETS.iter().filter_map(crate::multicall::Applet::script);
    scripts.flat_map(|script| [script.trim_end_matches(".sh").to_owned(), script.clone()])
}
