//! `--replica-assignment`: the brokers of each partition.

use std::fmt::{self, Display, Formatter};

use crate::java::split::split;

/// The brokers of each partition, if any are given: an empty text gives none.
///
/// # Errors
/// Those of [`parse`].
pub(super) fn given(text: Option<&str>) -> Result<Option<Vec<Vec<i32>>>, String> {
    // A text of separators alone names no partition either.
    let assignment = text.filter(|text| !text.is_empty()).map(parse).transpose()?;
    Ok(assignment.filter(|assignment| !assignment.is_empty()))
}

/// Parses `1:2,2:3`: partition 0 on the brokers 1 and 2, partition 1 on 2 and 3.
///
/// # Errors
/// Java's sentence for what is no number, names a broker twice, or gives the partitions different numbers of replicas.
fn parse(text: &str) -> Result<Vec<Vec<i32>>, String> {
    let mut assignment: Vec<Vec<i32>> = Vec::new();
    for (partition, brokers) in split(text, ",").into_iter().enumerate() {
        let replicas = split(brokers, ":").into_iter().map(|id| parse_int(id.trim())).collect::<Result<Vec<i32>, _>>()?;
        let duplicates = duplicates(&replicas);
        if !duplicates.is_empty() {
            return Err(format!("Partition replica lists may not contain duplicate entries: {}", join(&duplicates, ",")));
        }
        if assignment.first().is_some_and(|first| first.len() != replicas.len()) {
            return Err(format!("Partition {partition} has different replication factor: [{}]", join(&replicas, ", ")));
        }
        assignment.push(replicas);
    }
    Ok(assignment)
}

/// `Integer.parseInt`, with its complaint.
fn parse_int(text: &str) -> Result<i32, String> {
    text.parse().map_err(|_| format!("For input string: \"{text}\""))
}

fn duplicates(replicas: &[i32]) -> Vec<i32> {
    let mut found: Vec<i32> =
        replicas.iter().enumerate().filter(|(index, id)| replicas[..*index].contains(id)).map(|(_, id)| *id).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Ids as a list.
pub(super) fn join<'a>(ids: &'a [i32], separator: &'a str) -> impl Display + 'a {
    Joined { ids, separator }
}

/// Written piece by piece: a wide cluster has tens of thousands of such lists.
struct Joined<'a> {
    ids: &'a [i32],
    separator: &'a str,
}

impl Display for Joined<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (place, id) in self.ids.iter().enumerate() {
            write!(f, "{}{id}", if place == 0 { "" } else { self.separator })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_and_brokers() {
        assert_eq!(parse("1:2, 2 : 3").unwrap(), [[1, 2], [2, 3]]);
        assert_eq!(parse("1,2,").unwrap(), [[1], [2]]);
    }

    #[test]
    fn nothing_is_no_assignment() {
        for text in [None, Some(""), Some(","), Some(",,")] {
            assert_eq!(given(text).unwrap(), None, "{text:?}");
        }
        assert_eq!(given(Some("1")).unwrap(), Some(vec![vec![1]]));
    }

    #[test]
    fn mistakes_in_javas_words() {
        assert_eq!(parse("1:1,2:3").unwrap_err(), "Partition replica lists may not contain duplicate entries: 1");
        assert_eq!(parse("1:2,3").unwrap_err(), "Partition 1 has different replication factor: [3]");
        assert_eq!(parse("1:b").unwrap_err(), "For input string: \"b\"");
    }
}
