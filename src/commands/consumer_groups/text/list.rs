//! `--list`.

use std::io::{self, Write};

use super::{left, width};
use crate::java::hash_order::{DEFAULT_CAPACITY, sort_by_hash};
use crate::kafka::model::{GroupListing, GroupState, GroupType};
use crate::render::{Column, Grid, Report};

/// The groups that were found, in the brokers' order: Java's hash map keeps it within a bucket.
pub(in super::super) struct Listings {
    pub groups: Vec<GroupListing>,
    pub show_type: bool,
    pub show_state: bool,
}

impl Report for Listings {
    fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut groups: Vec<&GroupListing> = self.groups.iter().collect();
        sort_by_hash(&mut groups, DEFAULT_CAPACITY, |listing| &listing.group);
        if !self.show_type && !self.show_state {
            return groups.iter().try_for_each(|listing| writeln!(out, "{}", listing.group));
        }
        let width = width(15, groups.iter().map(|listing| listing.group.as_str())) + 10;
        let mut line = |group: &str, kind: &str, state: &str| {
            write!(out, "{}", left(group, width))?;
            if self.show_type {
                write!(out, " {kind:<20}")?;
            }
            if self.show_state {
                write!(out, " {state:<20}")?;
            }
            writeln!(out)
        };
        line("GROUP", "TYPE", "STATE")?;
        for listing in groups {
            let kind = listing.kind.unwrap_or(GroupType::Unknown);
            let state = listing.state.unwrap_or(GroupState::Unknown);
            line(&listing.group, kind.name(), state.name())?;
        }
        Ok(())
    }

    fn grid(&self) -> Grid {
        let columns = [
            Column { name: "group", cell: |listing: &&GroupListing| (&listing.group).into() },
            Column { name: "type", cell: |listing| listing.kind.map(GroupType::name).into() },
            Column { name: "state", cell: |listing| listing.state.map(GroupState::name).into() },
        ];
        let mut groups: Vec<&GroupListing> = self.groups.iter().collect();
        groups.sort_by_key(|listing| &listing.group);
        Grid::of(&columns, groups)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::text;
    use super::*;

    fn listings(show_type: bool, show_state: bool) -> Listings {
        let listing = |group: &str| GroupListing { group: group.into(), kind: Some(GroupType::Classic), state: Some(GroupState::Empty) };
        Listings { groups: vec![listing("a"), listing("b"), listing("q")], show_type, show_state }
    }

    #[test]
    fn names_alone_come_in_the_order_of_a_hash_map() {
        assert_eq!(text(&listings(false, false)), "a\nq\nb\n");
        assert_eq!(text(&Listings { groups: vec![], show_type: false, show_state: false }), "");
    }

    #[test]
    fn columns_keep_their_trailing_blanks() {
        let text = text(&listings(true, true));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "GROUP                     TYPE                 STATE               ");
        assert_eq!(lines[1], "a                         Classic              Empty               ");
    }
}
