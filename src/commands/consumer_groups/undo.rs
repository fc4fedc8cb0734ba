//! `--undo-file`: the offsets as they were, before anything is done to them.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::fault;
use super::plan_file;
use crate::context::Context;
use crate::failure::{Failure, plain_io};
use crate::kafka::admin::{Admin, Committed};
use crate::kafka::model::TopicPartition;

/// The offsets of one group that are about to change.
pub(super) struct Before<'a> {
    pub group: &'a str,
    pub committed: &'a Committed,
    /// Which of its partitions; none means all that have an offset.
    pub partitions: Option<&'a [TopicPartition]>,
}

/// Writes a plan that brings offsets back, on disk for sure when this returns; says where it is, and what it cannot bring
/// back.
///
/// # Errors
/// A file that is there already (an older undo may still be wanted) or cannot be written, and an offset that cannot be told.
pub(super) fn write(context: &Context, path: &Path, groups: &[Before<'_>]) -> Result<(), Failure> {
    let (plan, without) = plan(groups)?;
    let name = path.display();
    let failed = |error: &io::Error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed(format!("{name} is there already, and an older undo is not overwritten"))
            .hinted("nothing was changed; give --undo-file another name"),
        _ => Failure::failed(format!("cannot write {name}: {}", plain_io(error))).hinted("nothing was changed"),
    };
    let mut file: File = OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| failed(&error))?;
    file.write_all(plan.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| failed(&error))?;
    let these = match groups {
        [Before { group, .. }] => format!("--group {group}"),
        _ => "--group of each".to_owned(),
    };
    context.warn(format!("the offsets as they were are in {name}; --reset-offsets {these} --from-file {name} --execute brings them back"));
    if without > 0 {
        let word = if without == 1 { "partition has" } else { "partitions have" };
        context.warn(format!("warning: {without} {word} no offset so far: --from-file cannot bring that back, --delete-offsets can"));
    }
    Ok(())
}

/// The lines of the file, each with its group; and how many partitions have no offset that could be in it.
fn plan(groups: &[Before<'_>]) -> Result<(String, usize), Failure> {
    let (mut plan, mut without) = (String::new(), 0);
    for Before { group, committed, partitions } in groups {
        let wanted = |partition: &TopicPartition| partitions.is_none_or(|partitions| partitions.contains(partition));
        let known = committed.iter().filter(|(partition, _)| wanted(partition));
        for (partition, offset) in known {
            match offset {
                Ok(Some(offset)) => plan.push_str(&plan_file::line(Some(group), partition, offset.offset)),
                Ok(None) => {}
                Err(error) => {
                    let failure =
                        Failure::failed(format!("the offset of group {group} for {partition} cannot be kept for an undo: {error}"));
                    return Err(failure.hinted("nothing was changed"));
                }
            }
        }
        let missing = |partition: &&TopicPartition| !matches!(committed.get(partition), Some(Ok(Some(_))));
        without += partitions.map_or(0, |partitions| partitions.iter().filter(missing).count());
    }
    Ok((plan, without))
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
            committed.retain(|partition, _| partitions.is_none_or(|partitions| partitions.contains(partition)));
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
        let (text, without) = plan(&[Before { group: "g", committed: &committed, partitions: None }]).unwrap();
        assert_eq!((text.as_str(), without), ("g,t,0,3\ng,t,1,4\n", 0));
        let back = plan_file::parse(&text, Some("g")).unwrap();
        assert_eq!(back["g"][&at(1)], 4);
    }

    #[test]
    fn only_what_changes_is_kept_and_what_has_no_offset_is_counted() {
        let committed = committed();
        let partitions = [at(1), at(2), at(7)];
        let before = Before { group: "g", committed: &committed, partitions: Some(&partitions) };
        assert_eq!(plan(&[before]).unwrap(), ("g,t,1,4\n".to_owned(), 2));
    }

    #[test]
    fn an_offset_that_cannot_be_told_stops_everything() {
        let committed: Committed = [(at(0), Err(ErrorCode::TOPIC_AUTHORIZATION_FAILED.into()))].into();
        let failure = plan(&[Before { group: "g", committed: &committed, partitions: None }]).unwrap_err();
        assert!(failure.complaint().unwrap().message.starts_with("the offset of group g for t-0 cannot be kept"));
    }
}
