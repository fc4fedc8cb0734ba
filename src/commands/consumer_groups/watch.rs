//! `--describe --watch`: the same question again and again, and how fast the answer changes.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::args::Describing;
use super::describing::{Seen, seen};
use super::lag::{self, OffsetRow, Total};
use super::pace::History;
use super::run::names;
use super::standing::{Standing, standing};
use super::text::{Watched, WatchedGroup, WatchedRow};
use crate::context::{Context, screen};
use crate::failure::Failure;
use crate::kafka::admin::{Admin, ItemResult};
use crate::kafka::model::TopicPartition;
use crate::kafka::settings::ClientSettings;
use crate::render::{Format, Report, Screen, cut, json_line, render, shown};

/// Looks again every `pause`, until a signal or a reader that has gone ends it, or a group's lag is over the limit.
///
/// Every look has a connection of its own: brokers may come and go meanwhile. Once there was an answer, a look that fails is
/// told, and not the end.
///
/// # Errors
/// Those of the first look; that the output cannot be written; that a group's lag is over the limit.
pub(super) async fn watch(context: &mut Context, settings: &ClientSettings, request: &Describing, pause: Duration) -> Result<(), Failure> {
    let on_screen = match (context.format, io::stdout().is_terminal()) {
        (Format::Tsv, _) | (Format::Table, false) => {
            return Err(Failure::usage("--watch prints a table on a terminal, and else lines of JSON").hinted("--output json"));
        }
        (Format::Json, _) | (Format::Text, false) => false,
        (Format::Text | Format::Table, true) => true,
    };
    let mut history = History::default();
    let mut answered = false;
    loop {
        let start = Instant::now();
        match look(settings, request, &mut history).await {
            Ok(watched) => {
                if on_screen {
                    redraw(context, &watched, pause, !answered)?;
                } else {
                    tell(context, &watched)?;
                }
                answered = true;
                if let Some(over) = request.limit.and_then(|limit| lag::over(limit, watched.totals())) {
                    return Err(Failure::failed(over));
                }
            }
            Err(failure) if !answered => return Err(failure),
            Err(failure) => {
                let why = failure.complaint().map_or("this look failed", |complaint| &complaint.message);
                context.warn(why);
                if !on_screen {
                    tell(context, &Watched { at: Timestamp::now(), groups: Vec::new(), errors: vec![why.to_owned()] })?;
                }
            }
        }
        tokio::time::sleep(pause.saturating_sub(start.elapsed())).await;
    }
}

async fn look(
    settings: &ClientSettings,
    request: &Describing,
    history: &mut History<(String, TopicPartition)>,
) -> Result<Watched, Failure> {
    let admin = Admin::connect(settings.clone()).await?;
    let (mut names, faults) = names(&admin, &request.groups).await?;
    names.sort();
    let found = seen(&admin, &names).await?;
    let now = Instant::now();
    let errors = faults.iter().filter_map(Failure::complaint).map(|complaint| complaint.message.clone()).collect();
    let groups = found.into_iter().map(|(group, told)| watched(group, told, request.lag_only, now, history)).collect();
    history.forget_all_but(now);
    Ok(Watched { at: Timestamp::now(), groups, errors })
}

fn watched(
    group: String,
    told: ItemResult<Seen>,
    lag_only: bool,
    now: Instant,
    history: &mut History<(String, TopicPartition)>,
) -> WatchedGroup {
    let told = told.map_err(|error| error.to_string()).and_then(|seen| match standing(&group, seen.state) {
        Standing::Hopeless { message, .. } => Err(message),
        Standing::Fine | Standing::Worth(_) => Ok(seen),
    });
    let Seen { state, rows } = match told {
        Ok(seen) => seen,
        Err(error) => return WatchedGroup { group, told: Err(error), total: Total::default() },
    };
    let total = Total::of(&rows);
    let mut paced = |row: OffsetRow| {
        let pace = history.note((group.clone(), row.partition.clone()), now, row.current_offset(), row.log_end_offset);
        WatchedRow { row, pace }
    };
    let rows: Vec<WatchedRow> = rows.into_iter().map(&mut paced).filter(|watched| !lag_only || !watched.row.is_done()).collect();
    WatchedGroup { told: Ok((state, rows)), group, total }
}

/// One line of JSON.
fn tell(context: &mut Context, watched: &Watched) -> Result<(), Failure> {
    let out = context.stdout();
    json_line(&watched.head(), "partitions", &watched.grid(), out)?;
    Ok(out.flush()?)
}

/// Draws over what was drawn before; the `first` time there is something else, which moves up and out of sight. Nothing is
/// switched that would have to be switched back when a signal ends this.
fn redraw(context: &mut Context, watched: &Watched, pause: Duration, first: bool) -> Result<(), Failure> {
    const HOME: &str = "\x1b[H";
    const REST_OF_LINE: &str = "\x1b[K";
    const REST_OF_SCREEN: &str = "\x1b[J";
    let screen = screen();
    let (height, _) = console::Term::stdout().size();
    let lines = drawn(watched, screen, usize::from(height))?;
    let at = watched.at.strftime("%H:%M:%S");
    let out = context.stdout();
    if first {
        write!(out, "{}", "\n".repeat(usize::from(height)))?;
    }
    write!(out, "{HOME}{at} UTC, every {} s{REST_OF_LINE}", pause.as_secs_f64())?;
    for line in lines {
        write!(out, "\n{line}{REST_OF_LINE}")?;
    }
    write!(out, "\n{REST_OF_SCREEN}")?;
    Ok(out.flush()?)
}

/// The lines of the table: all partitions if the screen has room for them, or else the groups and topics.
fn drawn(watched: &Watched, screen: Screen, height: usize) -> io::Result<Vec<String>> {
    // The line on top, and the one on which the cursor rests.
    let room = height.saturating_sub(2);
    let text = |report: &dyn Report| {
        let mut out = Vec::new();
        render(report, Format::Table, screen, &mut out)?;
        Ok::<_, io::Error>(String::from_utf8_lossy(&out).lines().map(str::to_owned).collect::<Vec<String>>())
    };
    let mut lines = text(watched)?;
    if lines.len() + watched.errors.len() > room {
        lines = text(&watched.in_short())?;
    }
    // What goes on in the next line would push the first one out of sight.
    let error = |error: &String| screen.width.map_or_else(|| shown(error), |width| cut(&shown(error), usize::from(width)));
    lines.extend(watched.errors.iter().map(error));
    if lines.len() > room {
        let more = lines.len() - room + 1;
        lines.truncate(room.saturating_sub(1));
        lines.push(format!("... and {more} more lines"));
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::model::GroupState;

    #[test]
    fn a_line_is_a_line_of_the_screen_and_there_are_no_more_than_it_has() {
        let errors = vec![format!("broker 1 {}", "cannot be asked ".repeat(9)), "broker \x1b[2J".to_owned(), "third".to_owned()];
        let watched = Watched { at: Timestamp::UNIX_EPOCH, groups: Vec::new(), errors };
        let screen = Screen { width: Some(40), colours: false };
        let lines = drawn(&watched, screen, 24).unwrap();
        assert!(lines.iter().all(|line| line.chars().count() <= 40), "{lines:?}");
        assert!(lines.contains(&"broker \\u{1b}[2J".to_owned()), "{lines:?}");
        let low = drawn(&watched, screen, 6).unwrap();
        assert_eq!((low.len(), low[3].ends_with("more lines")), (4, true), "{low:?}");
    }

    #[test]
    fn a_group_that_is_not_there_has_an_error() {
        // So it comes from brokers before 3.9.
        let seen = Seen { state: GroupState::Dead, rows: Vec::new() };
        let watched = watched("g".into(), Ok(seen), false, Instant::now(), &mut History::default());
        assert_eq!(watched.told.err().unwrap(), "Consumer group 'g' does not exist.");
    }
}
