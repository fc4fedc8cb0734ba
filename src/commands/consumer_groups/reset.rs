//! Which offsets a group gets. Pure functions.

use std::collections::HashMap;
use std::path::PathBuf;

use super::args::Groups;
use super::logs::{Logs, Points};
use super::plan_file::Plan;
use super::scope::TopicArgs;
use crate::java::hash_order::sort_by_hash;
use crate::kafka::admin::{Committed, ItemResult};
use crate::kafka::error::BrokerError;
use crate::kafka::model::{TopicDescription, TopicPartition};

/// A reset as the command line words it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reset {
    pub groups: Groups,
    pub scope: Scope,
    pub scenario: Scenario,
    /// Whether it is done, not only shown.
    pub execute: bool,
    /// Whether it is shown as CSV.
    pub export: bool,
}

/// Which partitions are reset.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All that the group has committed an offset for.
    AllTopics,
    Topics(TopicArgs),
    /// Those in the file of the scenario.
    File,
}

/// What they are reset to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scenario {
    ToOffset(i64),
    /// Milliseconds since 1970.
    ToDatetime(i64),
    /// So long before now.
    ByDuration {
        nanos: i128,
    },
    ToEarliest,
    ToLatest,
    ToCurrent,
    ShiftBy(i64),
    FromFile(PathBuf),
}

/// What one group's partitions are reset to, all questions of the command line answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Goal<'a> {
    Offset(i64),
    /// The first record at or after a point in time.
    Time,
    Earliest,
    Latest,
    Current,
    Shift(i64),
    Given(&'a Plan),
}

impl Goal<'_> {
    /// Whether the offset may have to be brought into the log.
    pub fn needs_range(&self) -> bool {
        matches!(self, Self::Offset(_) | Self::Shift(_) | Self::Given(_))
    }

    /// Whether the end of the log has to be known for a partition with, or without, a committed offset.
    pub fn needs_end(&self, committed: bool) -> bool {
        matches!(self, Self::Latest) || self.needs_range() || matches!(self, Self::Current) && !committed
    }
}

/// The new offset of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub partition: TopicPartition,
    /// The committed offset, where it was looked up.
    pub old_offset: Option<i64>,
    pub new_offset: i64,
    pub remark: Option<Remark>,
    /// Why it was not committed.
    pub error: Option<String>,
    /// What was found instead, after it was committed.
    pub found: Option<String>,
}

/// Why an offset is not the one that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Remark {
    AboveEnd {
        asked: i64,
    },
    BelowStart {
        asked: i64,
    },
    /// The log has no record so new.
    NothingSoNew,
}

impl Planned {
    /// The remark in Java's words.
    pub fn remark(&self) -> Option<String> {
        let (partition, new) = (&self.partition, self.new_offset);
        Some(match self.remark.as_ref()? {
            Remark::AboveEnd { asked } => {
                format!("New offset ({asked}) is higher than latest offset for topic partition {partition}. Value will be set to {new}")
            }
            Remark::BelowStart { asked } => {
                format!("New offset ({asked}) is lower than earliest offset for topic partition {partition}. Value will be set to {new}")
            }
            Remark::NothingSoNew => {
                format!("Partition {} from topic {} is empty. Falling back to latest known offset.", partition.partition, partition.topic)
            }
        })
    }
}

/// Plans one partition.
///
/// # Errors
/// Why there is no new offset for it.
pub(super) fn plan(goal: &Goal<'_>, partition: &TopicPartition, committed: Option<&Committed>, logs: &Logs) -> Result<Planned, String> {
    let old_offset = match committed.and_then(|committed| committed.get(partition)) {
        None => None,
        Some(Ok(committed)) => committed.map(|committed| committed.offset),
        Some(Err(error)) => return Err(format!("{partition}: {error}")),
    };
    let start = || point(&logs.starts, partition, "starting offset");
    let end = || point(&logs.ends, partition, "ending offset");
    let (new_offset, remark) = match goal {
        Goal::Earliest => (start()?, None),
        Goal::Latest => (end()?, None),
        Goal::Current => (old_offset.map_or_else(end, Ok)?, None),
        Goal::Offset(offset) => within(*offset, start()?, end()?),
        Goal::Given(offsets) => within(offsets.offset(partition).unwrap_or_default(), start()?, end()?),
        Goal::Shift(by) => {
            let missing = || format!("Cannot shift offset for partition {partition} since there is no current committed offset");
            within(old_offset.ok_or_else(missing)?.saturating_add(*by), start()?, end()?)
        }
        Goal::Time => match logs.times.get(partition) {
            Some(Ok(Some(offset))) => (*offset, None),
            Some(Ok(None)) => (end()?, Some(Remark::NothingSoNew)),
            _ => (point(&logs.times, partition, "offset by timestamp")?, None),
        },
    };
    Ok(Planned { partition: partition.clone(), old_offset, new_offset, remark, error: None, found: None })
}

fn point(points: &Points, partition: &TopicPartition, what: &str) -> Result<i64, String> {
    let failed = |why: &str| format!("Error getting {what} of topic partition: {partition}{why}");
    match points.get(partition) {
        Some(Ok(Some(offset))) => Ok(*offset),
        Some(Err(error)) => Err(failed(&format!(" ({error})"))),
        Some(Ok(None)) | None => Err(failed("")),
    }
}

/// Brings an offset into the log.
fn within(asked: i64, start: i64, end: i64) -> (i64, Option<Remark>) {
    if asked > end {
        (end, Some(Remark::AboveEnd { asked }))
    } else if asked < start {
        (start, Some(Remark::BelowStart { asked }))
    } else {
        (asked, None)
    }
}

/// Why partitions cannot be reset: for people, and in the words of the Java tool.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub message: String,
    pub java: String,
}

/// The partitions that were named one by one, then those of the topics that were named whole, in the order of the map in which
/// Java has these topics.
///
/// # Errors
/// The first topic that cannot be described.
pub(super) fn named_partitions(
    args: &TopicArgs,
    topics: &HashMap<String, ItemResult<TopicDescription>>,
) -> Result<Vec<TopicPartition>, Refusal> {
    let mut partitions = args.partitions.clone();
    let mut whole: Vec<&String> = args.whole.iter().collect();
    let capacity = whole.len();
    sort_by_hash(&mut whole, capacity, |name| name);
    for name in whole {
        match topics.get(name) {
            Some(Ok(topic)) => {
                partitions.extend(topic.partitions.iter().map(|partition| TopicPartition::new(name, partition.partition)));
            }
            Some(Err(error)) => return Err(Refusal { message: of_topic(name, error), java: error.text() }),
            None => {}
        }
    }
    Ok(partitions.into_iter().collect())
}

/// A topic's error with its name, unless it has none.
fn of_topic(name: &str, error: &BrokerError) -> String {
    if name.is_empty() { error.to_string() } else { format!("{name}: {error}") }
}

/// Checks that partitions exist and have a leader (Java's `checkAllTopicPartitionsValid`).
///
/// # Errors
/// Java's sentence, with the partitions that it is about.
pub(super) fn check<'a>(
    partitions: impl Iterator<Item = &'a TopicPartition>,
    topics: &HashMap<String, ItemResult<TopicDescription>>,
) -> Result<(), Refusal> {
    let known = topics.values().flatten().flat_map(|topic| {
        topic.partitions.iter().map(|partition| ((topic.name.as_str(), partition.partition), partition.leader.is_some()))
    });
    let known: HashMap<(&str, i32), bool> = known.collect();
    let (mut missing, mut leaderless) = (Vec::new(), Vec::new());
    for partition in partitions {
        match topics.get(&partition.topic) {
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                let message = of_topic(&partition.topic, error);
                return Err(Refusal { message, java: format!("java.util.concurrent.ExecutionException: {}", error.java_text()) });
            }
            None => continue,
        }
        match known.get(&(partition.topic.as_str(), partition.partition)) {
            None => missing.push(partition.to_string()),
            Some(false) => leaderless.push(partition.to_string()),
            Some(true) => {}
        }
    }
    let refuse = |partitions: &[String], what: &str| {
        let message = format!("The partitions \"{}\" {what}", partitions.join(","));
        Err(Refusal { java: message.clone(), message })
    };
    match (missing.is_empty(), leaderless.is_empty()) {
        (false, _) => refuse(&missing, "do not exist"),
        (true, false) => refuse(&leaderless, "have no leader"),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::error::ErrorCode;
    use crate::kafka::model::{CommittedOffset, PartitionDescription, TopicId};

    fn at() -> TopicPartition {
        TopicPartition::new("t", 0)
    }

    fn logs() -> Logs {
        let point = |offset| HashMap::from([(at(), Ok(Some(offset)))]);
        Logs { starts: point(3), ends: point(10), times: point(5) }
    }

    fn planned(goal: &Goal<'_>, committed: Option<i64>) -> Result<(i64, Option<Remark>), String> {
        let committed: Committed = committed
            .map(|offset| (at(), Ok(Some(CommittedOffset { offset, leader_epoch: None, annotated: false }))))
            .into_iter()
            .collect();
        plan(goal, &at(), Some(&committed), &logs()).map(|planned| (planned.new_offset, planned.remark))
    }

    #[test]
    fn offsets_are_brought_into_the_log() {
        assert_eq!(planned(&Goal::Offset(4), None), Ok((4, None)));
        assert_eq!(planned(&Goal::Offset(1), None), Ok((3, Some(Remark::BelowStart { asked: 1 }))));
        assert_eq!(planned(&Goal::Offset(11), None), Ok((10, Some(Remark::AboveEnd { asked: 11 }))));
        assert_eq!(planned(&Goal::Shift(-2), Some(6)), Ok((4, None)));
        assert_eq!(planned(&Goal::Shift(i64::MAX), Some(6)), Ok((10, Some(Remark::AboveEnd { asked: i64::MAX }))));
        assert_eq!(planned(&Goal::Given(&Plan::from_iter([(at(), 9)])), None), Ok((9, None)));
    }

    #[test]
    fn points_of_the_log_and_of_the_group() {
        assert_eq!(planned(&Goal::Earliest, None), Ok((3, None)));
        assert_eq!(planned(&Goal::Latest, None), Ok((10, None)));
        assert_eq!(planned(&Goal::Time, None), Ok((5, None)));
        // A commit is kept even where the log has lost it.
        assert_eq!(planned(&Goal::Current, Some(1)), Ok((1, None)));
        assert_eq!(planned(&Goal::Current, None), Ok((10, None)));
    }

    #[test]
    fn a_log_without_so_new_a_record_is_read_to_its_end() {
        let logs = Logs { times: HashMap::from([(at(), Ok(None))]), ..logs() };
        let planned = plan(&Goal::Time, &at(), None, &logs).unwrap();
        assert_eq!(planned.new_offset, 10);
        assert_eq!(planned.remark().unwrap(), "Partition 0 from topic t is empty. Falling back to latest known offset.");
    }

    #[test]
    fn what_cannot_be_planned_says_why() {
        assert_eq!(
            planned(&Goal::Shift(1), None).unwrap_err(),
            "Cannot shift offset for partition t-0 since there is no current committed offset"
        );
        let error = plan(&Goal::Latest, &at(), None, &Logs::default()).unwrap_err();
        assert_eq!(error, "Error getting ending offset of topic partition: t-0");
    }

    #[test]
    fn a_remark_is_in_javas_words() {
        let planned = plan(&Goal::Offset(11), &at(), None, &logs()).unwrap();
        let words = "New offset (11) is higher than latest offset for topic partition t-0. Value will be set to 10";
        assert_eq!(planned.remark().unwrap(), words);
    }

    fn topics(leaders: &[Option<i32>]) -> HashMap<String, ItemResult<TopicDescription>> {
        let partition = |(partition, leader): (i32, &Option<i32>)| PartitionDescription {
            partition,
            leader: *leader,
            replicas: vec![1],
            isr: vec![1],
            elr: None,
            last_known_elr: None,
        };
        let partitions = (0..).zip(leaders).map(partition).collect();
        HashMap::from([
            ("t".to_owned(), Ok(TopicDescription { name: "t".into(), id: TopicId::default(), partitions })),
            ("u".to_owned(), Err(BrokerError::from(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION))),
        ])
    }

    #[test]
    fn partitions_have_to_exist_and_to_have_a_leader() {
        let topics = topics(&[Some(1), None]);
        let check = |partitions: &[TopicPartition]| check(partitions.iter(), &topics).map_err(|refusal| refusal.message);
        assert_eq!(check(&[at()]), Ok(()));
        assert_eq!(check(&[TopicPartition::new("t", 1)]).unwrap_err(), "The partitions \"t-1\" have no leader");
        let missing = [TopicPartition::new("t", 1), TopicPartition::new("t", 5), TopicPartition::new("t", 6)];
        assert_eq!(check(&missing).unwrap_err(), "The partitions \"t-5,t-6\" do not exist");
        assert_eq!(check(&[TopicPartition::new("u", 0)]).unwrap_err(), "u: This server does not host this topic-partition.");
    }

    #[test]
    fn whole_topics_give_all_their_partitions_once() {
        let topics = topics(&[Some(1), None]);
        let args = TopicArgs { whole: ["t".into()].into(), partitions: [TopicPartition::new("t", 1)].into() };
        assert_eq!(named_partitions(&args, &topics).unwrap(), [TopicPartition::new("t", 1), at()]);
        let unknown = TopicArgs { whole: ["u".into()].into(), ..TopicArgs::default() };
        assert_eq!(named_partitions(&unknown, &topics).unwrap_err().java, "This server does not host this topic-partition.");
    }

    #[test]
    fn whole_topics_come_in_the_order_of_a_hash_map() {
        let mut topics = topics(&[Some(1)]);
        let one = topics["t"].clone();
        topics.extend(["a", "q", "b"].map(|name| (name.to_owned(), one.clone())));
        let order = |names: [&str; 3]| {
            let args = TopicArgs { whole: names.map(str::to_owned).into(), ..TopicArgs::default() };
            named_partitions(&args, &topics).unwrap().into_iter().map(|partition| partition.topic).collect::<Vec<_>>()
        };
        assert_eq!(order(["b", "q", "a"]), ["q", "a", "b"]);
        assert_eq!(order(["a", "b", "q"]), ["a", "q", "b"]);
    }
}
