//! `--undo-file`: the offsets as they were, before anything is done to them.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

use super::fault;
use super::plan_file;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::admin::{Admin, Committed, ItemResult};
use crate::kafka::error::ErrorCode;
use crate::kafka::model::{TopicPartition, by_topic};

/// What of a group is about to change.
#[derive(Clone, Copy)]
pub(super) enum Extent<'a> {
    /// It loses all its offsets.
    All,
    /// It loses those for these partitions.
    Deleted(&'a [TopicPartition]),
    /// It gets others for these partitions, be it the first ones.
    Set(&'a [TopicPartition]),
}

/// What was kept of the offsets before a change. What brings them back is told after it, when it is known which groups were
/// changed: the others may have gone on by the time of the undo.
#[derive(Debug, Default)]
pub(super) struct Kept {
    file: Option<String>,
    plan: Plan,
}

/// What a file says, and what it cannot say.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// The lines, each with its group.
    text: String,
    /// The groups that have lines.
    groups: Vec<String>,
    /// Groups that have no offset for some partitions, with the options that make it so again.
    missing: Vec<(String, String)>,
    /// Groups beside whose offsets stands more than a plan holds.
    annotated: Vec<String>,
}

/// Reads what these groups have committed, and writes it to a file before it changes. Where there are no offsets, there is
/// no file.
///
/// # Errors
/// A file that is there already (an older undo may still be wanted) or cannot be written, and an offset that cannot be told;
/// of one group that cannot tell them, nothing can be undone.
pub(super) async fn keep(context: &Context, admin: &Admin, path: Option<&Path>, changes: &[(&str, Extent<'_>)]) -> Result<Kept, Failure> {
    let Some(path) = path else { return Ok(Kept::default()) };
    let groups: Vec<String> = changes.iter().map(|(group, _)| (*group).to_owned()).collect();
    let committed = admin.committed_offsets(&groups).await?;
    let mut plan = Plan::default();
    for ((group, extent), committed) in changes.iter().zip(committed) {
        let committed = committed.map_err(|error| fault::of_group(group, &error).hinted("nothing was changed"))?;
        plan.add(group, *extent, &committed)?;
    }
    let name = path.display().to_string();
    if plan.text.is_empty() {
        context.warn(format!("there is no offset to keep, {name} is not written"));
        return Ok(Kept { file: None, plan });
    }
    save(path, &plan.text)?;
    context.warn(format!("the offsets as they were are in {name}"));
    for group in &plan.annotated {
        context.warn(format!("warning: what consumers have noted beside the offsets of group {group} (metadata) is not kept"));
    }
    Ok(Kept { file: Some(name), plan })
}

/// Whether a change was made, or may have been: not every failure says that it was not.
pub(super) fn may_have_changed(outcome: &ItemResult<()>) -> bool {
    outcome.as_ref().err().is_none_or(|error| matches!(error.code, ErrorCode::UNKNOWN_SERVER_ERROR | ErrorCode::REQUEST_TIMED_OUT))
}

impl Kept {
    /// Says how to bring back what was `changed`, by group.
    pub fn tell(&self, context: &Context, changed: impl Fn(&str) -> bool) {
        self.told(changed).iter().for_each(|sentence| context.warn(sentence));
    }

    fn told(&self, changed: impl Fn(&str) -> bool) -> Vec<String> {
        let groups: Vec<&String> = self.plan.groups.iter().filter(|group| changed(group)).collect();
        let back = self.file.as_ref().map(|file| {
            if groups.is_empty() {
                return format!("nothing was changed that {file} could bring back");
            }
            let these: Vec<String> = groups.iter().map(|group| format!("--group {}", word(group))).collect();
            format!("--reset-offsets {} --from-file {} --execute brings them back", these.join(" "), word(file))
        });
        let missing = self.plan.missing.iter().filter(|(group, _)| changed(group));
        let missing =
            missing.map(|(_, options)| format!("warning: --from-file cannot bring back that there is no offset so far, {options} can"));
        back.into_iter().chain(missing).collect()
    }
}

fn save(path: &Path, plan: &str) -> Result<(), Failure> {
    let name = path.display();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(format!("{name} is there already, and an older undo is not overwritten"))
            .hinted("nothing was changed; give --undo-file another name"),
        _ => Failure::failed(format!("cannot write {name}: {}", plain_io(&error))).hinted("nothing was changed"),
    };
    let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
    file.write_all(plan.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // Half a plan would be in the way of the next attempt, or be taken for a whole one.
        let _ = std::fs::remove_file(path);
        failed(error)
    })
}

impl Plan {
    fn add(&mut self, group: &str, extent: Extent<'_>, committed: &Committed) -> Result<(), Failure> {
        let mut wanted: Vec<&TopicPartition> = match extent {
            Extent::All => committed.keys().collect(),
            Extent::Deleted(partitions) | Extent::Set(partitions) => partitions.iter().collect(),
        };
        wanted.sort();
        let mut without: Vec<&TopicPartition> = Vec::new();
        let (before, mut annotated) = (self.text.len(), false);
        for partition in wanted {
            match committed.get(partition) {
                Some(Ok(Some(offset))) => {
                    self.text.push_str(&plan_file::line(Some(group), partition, offset.offset));
                    annotated |= offset.annotated;
                }
                Some(Ok(None)) | None => without.push(partition),
                Some(Err(error)) => {
                    let message = format!("the offset of group {group} for {partition} cannot be kept for an undo: {error}");
                    return Err(Failure::failed(message).hinted("nothing was changed"));
                }
            }
        }
        if self.text.len() > before {
            self.groups.push(group.to_owned());
        }
        if annotated {
            self.annotated.push(group.to_owned());
        }
        if matches!(extent, Extent::Set(_)) && !without.is_empty() {
            self.missing.push((group.to_owned(), format!("--delete-offsets --group {}{}", word(group), topics(&without))));
        }
        Ok(())
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::model::CommittedOffset;

    fn at(partition: i32) -> TopicPartition {
        TopicPartition::new("t", partition)
    }

    fn committed() -> Committed {
        let offset = |offset| Ok(Some(CommittedOffset { offset, leader_epoch: Some(1), annotated: false }));
        [(at(0), offset(3)), (at(1), offset(4)), (at(2), Ok(None))].into()
    }

    fn plan(changes: &[(&str, Extent<'_>, Committed)]) -> Plan {
        let mut plan = Plan::default();
        for (group, extent, committed) in changes {
            plan.add(group, *extent, committed).unwrap();
        }
        plan
    }

    #[test]
    fn a_plan_is_what_from_file_takes() {
        let plan = plan(&[("g", Extent::All, committed())]);
        assert_eq!((plan.text.as_str(), plan.missing.len()), ("g,t,0,3\ng,t,1,4\n", 0));
        let back = plan_file::parse(&plan.text, Some("g")).unwrap();
        assert_eq!(back["g"].offset(&at(1)), Some(4));
    }

    #[test]
    fn only_what_changes_is_kept_and_what_has_no_offset_is_named() {
        let partitions = [at(7), at(1), at(2), TopicPartition::new("u", 0)];
        let set = plan(&[("g", Extent::Set(&partitions), committed())]);
        let missing = vec![("g".to_owned(), "--delete-offsets --group g --topic t:2,7 --topic u:0".to_owned())];
        assert_eq!((set.text.as_str(), set.missing), ("g,t,1,4\n", missing));
        // What is deleted and is not there does not have to be brought back.
        assert!(plan(&[("g", Extent::Deleted(&partitions), committed())]).missing.is_empty());
    }

    #[test]
    fn what_brings_back_names_the_groups_that_were_changed_and_have_a_line() {
        let plan = plan(&[("g", Extent::All, committed()), ("h", Extent::All, Committed::new()), ("i", Extent::All, committed())]);
        let kept = Kept { file: Some("u".into()), plan };
        assert_eq!(kept.told(|group| group != "i"), ["--reset-offsets --group g --from-file u --execute brings them back"]);
        assert_eq!(kept.told(|group| group == "h"), ["nothing was changed that u could bring back"]);
        let missing = Kept { file: None, plan: self::plan(&[("g", Extent::Set(&[at(0)]), Committed::new())]) };
        assert_eq!((missing.told(|_| true).len(), missing.told(|_| false).len()), (1, 0));
    }

    #[test]
    fn what_stands_beside_an_offset_is_noticed() {
        let noted = Ok(Some(CommittedOffset { offset: 1, leader_epoch: None, annotated: true }));
        let plan = plan(&[("g", Extent::All, committed()), ("h", Extent::All, [(at(0), noted)].into())]);
        assert_eq!(plan.annotated, ["h"]);
    }

    #[test]
    fn a_failure_that_does_not_say_that_nothing_was_done_may_have_changed_something() {
        let changed = |code: ErrorCode| may_have_changed(&Err(code.into()));
        assert!(may_have_changed(&Ok(())) && changed(ErrorCode::UNKNOWN_SERVER_ERROR));
        assert!(!changed(ErrorCode::NON_EMPTY_GROUP) && !changed(ErrorCode::GROUP_ID_NOT_FOUND));
    }

    #[test]
    fn names_are_words_for_a_shell() {
        assert_eq!([word("a-b.c_1/x"), word("a b"), word("it's"), word("")], ["a-b.c_1/x", "'a b'", r"'it'\''s'", "''"]);
    }

    #[test]
    fn an_offset_that_cannot_be_told_stops_everything() {
        let committed: Committed = [(at(0), Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED.into()))].into();
        let failure = Plan::default().add("g", Extent::All, &committed).unwrap_err();
        assert!(failure.complaint().unwrap().message.starts_with("the offset of group g for t-0 cannot be kept"));
    }
}
