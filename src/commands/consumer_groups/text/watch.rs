//! `--describe --watch`.

use std::io::{self, Write};

use jiff::Timestamp;

use super::super::lag::{OffsetRow, Total};
use super::super::pace::{Drain, Pace};
use super::partitions::{self, PartitionRow};
use crate::kafka::model::{GroupState, by_topic};
use crate::render::{Cell, Column, Grid, Report};

/// What one look has found.
pub(in super::super) struct Watched {
    pub at: Timestamp,
    /// By name.
    pub groups: Vec<WatchedGroup>,
    /// What concerns no group that is known.
    pub errors: Vec<String>,
}

/// One group, or why nothing can be told of it.
pub(in super::super) struct WatchedGroup {
    pub group: String,
    pub told: Result<(GroupState, Vec<WatchedRow>), String>,
    /// Of all partitions, shown or not.
    pub total: Total,
}

/// One partition, and how fast it changes.
pub(in super::super) struct WatchedRow {
    pub row: OffsetRow,
    pub pace: Pace,
}

impl WatchedGroup {
    fn state(&self) -> Option<GroupState> {
        self.told.as_ref().ok().map(|(state, _)| *state)
    }

    fn rows(&self) -> &[WatchedRow] {
        self.told.as_ref().map(|(_, rows)| rows.as_slice()).unwrap_or_default()
    }

    fn row<'a>(&'a self, watched: Option<&'a WatchedRow>) -> PartitionRow<'a, Look> {
        let look = Look { state: self.state(), pace: watched.map(|watched| watched.pace).unwrap_or_default() };
        PartitionRow { group: &self.group, error: self.told.as_ref().err(), row: watched.map(|watched| &watched.row), more: look }
    }
}

impl Watched {
    /// What is told of the look itself.
    pub fn head(&self) -> [(&'static str, Cell); 2] {
        let time = self.at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        [("time", time.into()), ("errors", self.errors.as_slice().iter().map(String::as_str).collect::<Vec<&str>>().as_slice().into())]
    }

    pub fn totals(&self) -> impl Iterator<Item = (&str, Total)> {
        self.groups.iter().map(|group| (group.group.as_str(), group.total.clone()))
    }

    /// The same without the single partitions.
    pub fn in_short(&self) -> impl Report {
        InShort(self)
    }

    fn rows(&self) -> impl Iterator<Item = PartitionRow<'_, Look>> {
        self.groups.iter().flat_map(|group| {
            let alone = group.told.is_err().then(|| group.row(None));
            alone.into_iter().chain(group.rows().iter().map(|watched| group.row(Some(watched))))
        })
    }
}

impl Report for Watched {
    fn text(&self, _: &mut dyn Write) -> io::Result<()> {
        // The Java tool has no such thing.
        Ok(())
    }

    fn grid(&self) -> Grid {
        let grid = Grid::of(&columns(), self.rows()).full_only(&["log_start_offset", "host", "consumer_id", "drain_seconds"]);
        grid.table_only(&["drain"]).when_present(&["gone", "client_id", "error"]).graded(&["lag"]).alarming(&["gone", "error"])
    }
}

/// What a look tells of a partition besides its offsets.
struct Look {
    state: Option<GroupState>,
    pace: Pace,
}

impl PartitionRow<'_, Look> {
    fn drain(&self) -> Drain {
        self.more.pace.drain(self.row.and_then(OffsetRow::lag))
    }
}

fn columns<'a>() -> Vec<Column<PartitionRow<'a, Look>>> {
    let state = |row: &PartitionRow<'a, Look>| row.more.state.map(GroupState::name).into();
    let mut columns = vec![partitions::group(), Column { name: "state", cell: state }];
    columns.extend(partitions::standing());
    columns.extend([
        Column { name: "consumed_per_second", cell: |row: &PartitionRow<'a, Look>| rounded(row.more.pace.consumed) },
        Column { name: "produced_per_second", cell: |row| rounded(row.more.pace.produced) },
        Column { name: "drain_seconds", cell: |row| seconds(row.drain()) },
        Column { name: "drain", cell: |row| words(row.drain()).into() },
    ]);
    columns.extend(partitions::member());
    columns.push(partitions::error());
    columns
}

/// One line for each topic of each group, those with the largest lag first.
struct InShort<'a>(&'a Watched);

struct Line<'a> {
    group: &'a WatchedGroup,
    topic: Option<&'a str>,
    total: Total,
    pace: Pace,
    /// The first of its partitions' errors, or that of the group.
    error: Option<&'a String>,
}

impl Line<'_> {
    /// None where it is not known of any partition: that is not the same as none to read.
    fn lag(&self) -> Option<i64> {
        Some(self.total.lag).filter(|_| self.total.unknown < self.total.partitions)
    }
}

impl Report for InShort<'_> {
    fn text(&self, _: &mut dyn Write) -> io::Result<()> {
        Ok(())
    }

    fn grid(&self) -> Grid {
        let mut lines: Vec<Line<'_>> = self.0.groups.iter().flat_map(lines).collect();
        lines.sort_by_key(|line| std::cmp::Reverse(line.total.lag));
        let columns: [Column<Line<'_>>; 11] = [
            Column { name: "group", cell: |line| (&line.group.group).into() },
            Column { name: "state", cell: |line| line.group.state().map(GroupState::name).into() },
            Column { name: "topic", cell: |line| line.topic.into() },
            Column { name: "partitions", cell: |line| line.total.partitions.into() },
            Column { name: "lag", cell: |line| line.lag().into() },
            Column { name: "without_lag", cell: |line| Some(line.total.unknown).filter(|unknown| *unknown > 0).into() },
            Column { name: "gone", cell: |line| Some(line.total.gone).filter(|gone| *gone > 0).into() },
            Column { name: "consumed_per_second", cell: |line| rounded(line.pace.consumed) },
            Column { name: "produced_per_second", cell: |line| rounded(line.pace.produced) },
            Column { name: "drain", cell: |line| words(line.pace.drain(line.lag())).into() },
            Column { name: "error", cell: |line| line.error.into() },
        ];
        Grid::of(&columns, lines).when_present(&["without_lag", "gone", "error"]).graded(&["lag"]).alarming(&["gone", "error"])
    }
}

fn lines<'a>(group: &'a WatchedGroup) -> Vec<Line<'a>> {
    if let Err(error) = &group.told {
        return vec![Line { group, topic: None, total: Total::default(), pace: Pace::default(), error: Some(error) }];
    }
    let line = |(topic, watched): (_, Vec<&'a WatchedRow>)| {
        let pace = watched.iter().fold(Pace::default(), |pace, watched| pace.plus(watched.pace));
        let error = watched.iter().find_map(|watched| watched.row.error.as_ref());
        Line { group, topic: Some(topic), total: Total::of(watched.iter().map(|watched| &watched.row)), pace, error }
    };
    by_topic(group.rows(), |watched| &watched.row.partition).into_iter().map(line).collect()
}

/// A rate with one digit behind the point.
fn rounded(rate: Option<f64>) -> Cell {
    rate.map(|rate| (rate * 10.0).round() / 10.0).into()
}

fn seconds(drain: Drain) -> Cell {
    match drain {
        Drain::After(seconds) => seconds.round().into(),
        Drain::Unknown | Drain::Never => Cell::Null,
    }
}

/// For people: the two largest units.
fn words(drain: Drain) -> String {
    let seconds = match drain {
        Drain::Unknown => return super::MISSING.to_owned(),
        Drain::Never => return "never".to_owned(),
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time that nobody lives to see ends at the largest number"
        )]
        Drain::After(seconds) => seconds.ceil() as u64,
    };
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{:02}s", seconds % 60),
        (0, ..) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::model::{CommittedOffset, TopicPartition};

    fn watched() -> Watched {
        let row = |partition, offset| OffsetRow {
            partition: TopicPartition::new("t", partition),
            committed: Some(CommittedOffset { offset, leader_epoch: None, annotated: false }),
            log_start_offset: Some(0),
            log_end_offset: Some(10),
            member: None,
            error: None,
            leaderless: false,
        };
        let pace = Pace { consumed: Some(2.0), produced: Some(1.06) };
        let rows = vec![WatchedRow { row: row(0, 8), pace }, WatchedRow { row: row(1, 3), pace }];
        let total = Total::of(rows.iter().map(|watched| &watched.row));
        let told = WatchedGroup { group: "g".into(), told: Ok((GroupState::Stable, rows)), total };
        let failed = WatchedGroup { group: "h".into(), told: Err("gone".into()), total: Total::default() };
        Watched { at: Timestamp::UNIX_EPOCH, groups: vec![told, failed], errors: vec![] }
    }

    #[test]
    fn a_row_tells_rates_and_the_time_to_drain() {
        let (watched, mut out) = (watched(), Vec::new());
        crate::render::json_line(&watched.head(), "partitions", &watched.grid(), &mut out).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(line["time"], "1970-01-01T00:00:00.000Z");
        let first = &line["partitions"][0];
        assert_eq!((&first["lag"], &first["consumed_per_second"], &first["produced_per_second"]), (&2.into(), &2.0.into(), &1.1.into()));
        assert_eq!((&first["drain_seconds"], &first["state"], &first["drain"]), (&2.0.into(), &"Stable".into(), &serde_json::Value::Null));
        assert_eq!((&line["partitions"][2]["error"], &line["partitions"][2]["topic"]), (&"gone".into(), &serde_json::Value::Null));
    }

    #[test]
    fn in_short_there_is_one_line_per_topic() {
        let watched = watched();
        let grid = watched.in_short().grid();
        let cell = |row: usize, name: &str| grid.rows[row][grid.columns.iter().position(|column| *column == name).unwrap()].clone();
        assert_eq!(grid.rows.len(), 2);
        assert_eq!((cell(0, "partitions"), cell(0, "lag"), cell(0, "consumed_per_second")), (2_usize.into(), 9_i64.into(), 4.0.into()));
        assert_eq!((cell(1, "group"), cell(1, "error"), cell(1, "lag")), ("h".into(), "gone".into(), Cell::Null));
    }

    #[test]
    fn in_short_a_lag_that_nobody_knows_is_not_zero() {
        let mut watched = watched();
        let Ok((_, rows)) = &mut watched.groups[0].told else { panic!() };
        for (watched, error) in rows.iter_mut().zip([None, Some("no answer".to_owned())]) {
            (watched.row.log_end_offset, watched.row.error) = (None, error);
        }
        let grid = watched.in_short().grid();
        let cell = |name: &str| grid.rows[0][grid.columns.iter().position(|column| *column == name).unwrap()].clone();
        assert_eq!((cell("lag"), cell("without_lag")), (Cell::Null, 2_usize.into()));
        assert_eq!((cell("drain"), cell("error")), ("-".into(), "no answer".into()));
    }

    #[test]
    fn times_have_two_units() {
        let words = |seconds| words(Drain::After(seconds));
        assert_eq!([words(0.0), words(59.2), words(125.0)], ["0s", "1m00s", "2m05s"]);
        assert_eq!([words(3_720.0), words(90_000.0)], ["1h02m", "1d01h"]);
        assert_eq!([super::words(Drain::Never), super::words(Drain::Unknown)], ["never", "-"]);
    }
}
