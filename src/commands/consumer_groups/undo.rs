//! `--undo-file`: the offsets as they were, before anything is done to them.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::fault;
use super::plan_file;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::admin::{Admin, Committed};
use crate::kafka::model::{TopicPartition, by_topic};

/// The offsets of one group that are about to change.
pub(super) struct Before<'a> {
    pub group: &'a str,
    pub committed: &'a Committed,
    /// Which of its partitions; none means all that have an offset.
    pub partitions: Option<&'a [TopicPartition]>,
}

/// Writes a plan that brings offsets back, on disk for sure when this returns; says where it is, and what it cannot bring
/// back. Where there are no offsets, there is no file.
///
/// # Errors
/// A file that is there already (an older undo may still be wanted) or cannot be written, and an offset that cannot be told.
pub(super) fn write(context: &Context, path: &Path, groups: &[Before<'_>]) -> Result<(), Failure> {
    let (plan, missing) = plan(groups)?;
    let name = path.display();
    if plan.is_empty() {
        context.warn(format!("there is no offset to keep, {name} is not written"));
    } else {
        save(path, &plan)?;
        let these: Vec<String> = groups.iter().map(|before| format!("--group {}", word(before.group))).collect();
        let (these, file) = (these.join(" "), word(&name.to_string()));
        context
            .warn(format!("the offsets as they were are in {name}; --reset-offsets {these} --from-file {file} --execute brings them back"));
    }
    for missing in missing {
        context.warn(format!("warning: --from-file cannot bring back that there is no offset so far, {missing} can"));
    }
    Ok(())
}

fn save(path: &Path, plan: &str) -> Result<(), Failure> {
    let name = path.display();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(format!("{name} is there already, and an older undo is not overwritten"))
            .hinted("nothing was changed; give --undo-file another name"),
        _ => Failure::failed(format!("cannot write {name}: {}", plain_io(&error))).hinted("nothing was changed"),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(plan.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// The lines of the file, each with its group; and for each group that has no offset for some partitions, the options that
/// make it so again.
fn plan(groups: &[Before<'_>]) -> Result<(String, Vec<String>), Failure> {
    let (mut plan, mut missing) = (String::new(), Vec::new());
    for Before { group, committed, partitions } in groups {
        let mut wanted: Vec<&TopicPartition> = partitions.map_or_else(|| committed.keys().collect(), |wanted| wanted.iter().collect());
        wanted.sort();
        let mut without: Vec<&TopicPartition> = Vec::new();
        for partition in wanted {
            match committed.get(partition) {
                Some(Ok(Some(offset))) => plan.push_str(&plan_file::line(Some(group), partition, offset.offset)),
                Some(Ok(None)) | None => without.push(partition),
                Some(Err(error)) => {
                    let message = format!("the offset of group {group} for {partition} cannot be kept for an undo: {error}");
                    return Err(Failure::failed(message).hinted("nothing was changed"));
                }
            }
        }
        // Where all that the group has is kept, nothing was asked for that it does not have.
        if partitions.is_some() && !without.is_empty() {
            missing.push(format!("--delete-offsets --group {}{}", word(group), topics(&without)));
        }
    }
    Ok((plan, missing))
}

/// A name as one word of a shell's command line.
fn word(name: &str) -> String {
    let plain = |character: char| character.is_alphanumeric() || "-_./:,@+".contains(character);
    if !name.is_empty() && name.chars().all(plain) { name.to_owned() } else { format!("'{}'", name.replace('\'', r"'\''")) }
}

/// Partitions as the options that name them.
fn topics(partitions: &[&TopicPartition]) -> String {
    let option = |(topic, partitions): (&str, Vec<&&TopicPartition>)| {
        let numbers: Vec<String> = partitions.iter().map(|partition| partition.partition.to_string()).collect();
        format!(" --topic {topic}:{}", numbers.join(","))
    };
    by_topic(partitions, |partition| partition).into_iter().map(option).collect()
}

/// Writes all that groups have committed, or only for these partitions, before they lose it.
///
/// # Errors
/// Those of [`write`], and of reading the offsets; of one group that cannot tell them, nothing can be undone.
pub(super) async fn keep(
    context: &Context,
    admin: &Admin,
    path: Option<&Path>,
    groups: &[String],
    partitions: Option<&[TopicPartition]>,
) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let committed = admin.committed_offsets(groups).await?.into_iter();
    let kept: Vec<(&String, Committed)> = groups
        .iter()
        .zip(committed)
        .map(|(group, outcome)| {
            let mut committed = outcome.map_err(|error| fault::of_group(group, &error))?;
            if let Some(partitions) = partitions {
                committed = partitions.iter().filter_map(|partition| committed.swap_remove_entry(partition)).collect();
            }
            Ok((group, committed))
        })
        .collect::<Result<_, Failure>>()?;
    let before: Vec<Before<'_>> = kept.iter().map(|(group, committed)| Before { group, committed, partitions: None }).collect();
    write(context, path, &before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::error::ErrorCode;
    use crate::kafka::model::CommittedOffset;

    fn at(partition: i32) -> TopicPartition {
        TopicPartition::new("t", partition)
    }

    fn committed() -> Committed {
        let offset = |offset| Ok(Some(CommittedOffset { offset, leader_epoch: Some(1) }));
        [(at(0), offset(3)), (at(1), offset(4)), (at(2), Ok(None))].into()
    }

    #[test]
    fn a_plan_is_what_from_file_takes() {
        let committed = committed();
        let (text, missing) = plan(&[Before { group: "g", committed: &committed, partitions: None }]).unwrap();
        assert_eq!((text.as_str(), missing.len()), ("g,t,0,3\ng,t,1,4\n", 0));
        let back = plan_file::parse(&text, Some("g")).unwrap();
        assert_eq!(back["g"].offset(&at(1)), Some(4));
    }

    #[test]
    fn only_what_changes_is_kept_and_what_has_no_offset_is_named() {
        let committed = committed();
        let partitions = [at(7), at(1), at(2), TopicPartition::new("u", 0)];
        let before = Before { group: "g", committed: &committed, partitions: Some(&partitions) };
        let missing = vec!["--delete-offsets --group g --topic t:2,7 --topic u:0".to_owned()];
        assert_eq!(plan(&[before]).unwrap(), ("g,t,1,4\n".to_owned(), missing));
    }

    #[test]
    fn names_are_words_for_a_shell() {
        assert_eq!([word("a-b.c_1/x"), word("a b"), word("it's"), word("")], ["a-b.c_1/x", "'a b'", r"'it'\''s'", "''"]);
    }

    #[test]
    fn an_offset_that_cannot_be_told_stops_everything() {
        let committed: Committed = [(at(0), Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED.into()))].into();
        let failure = plan(&[Before { group: "g", committed: &committed, partitions: None }]).unwrap_err();
        assert!(failure.complaint().unwrap().message.starts_with("the offset of group g for t-0 cannot be kept"));
    }
}
