//! The states and types that `--list` may be restricted to. Pure functions.

use crate::java::split::split;
use crate::kafka::model::{GroupState, GroupType};

/// The states in a list with commas, in any case; none for an empty text.
///
/// # Errors
/// Java's sentence for a name that is no state of a consumer group.
pub(super) fn states(text: &str) -> Result<Vec<GroupState>, String> {
    let valid = GroupState::OF_CONSUMER_GROUPS;
    let names = valid.map(GroupState::name);
    members(text, |name| Some(GroupState::parse(name)).filter(|state| valid.contains(state)))
        .ok_or_else(|| format!("Invalid state list '{text}'. Valid states are: {}", names.join(", ")))
}

/// The types in a list with commas, in any case; none for an empty text.
///
/// # Errors
/// Java's sentence for a name that is no type of a consumer group.
pub(super) fn kinds(text: &str) -> Result<Vec<GroupType>, String> {
    let valid = GroupType::OF_CONSUMER_GROUPS;
    let names = valid.map(GroupType::name);
    members(text, |name| Some(GroupType::parse(name)).filter(|kind| valid.contains(kind)))
        .ok_or_else(|| format!("Invalid types list '{text}'. Valid types are: {}", names.join(", ")))
}

fn members<T: PartialEq>(text: &str, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let mut members = Vec::new();
    if text.is_empty() {
        return Some(members);
    }
    for name in split(text, ",") {
        let member = parse(name.trim())?;
        if !members.contains(&member) {
            members.push(member);
        }
    }
    Some(members)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_in_any_case_with_blanks() {
        assert_eq!(states("Stable, empty,STABLE").unwrap(), [GroupState::Stable, GroupState::Empty]);
        assert_eq!(kinds("classic,Consumer").unwrap(), [GroupType::Classic, GroupType::Consumer]);
        assert_eq!(states("").unwrap(), []);
    }

    #[test]
    fn one_wrong_name_spoils_the_list() {
        assert_eq!(
            states("stable,bogus").unwrap_err(),
            "Invalid state list 'stable,bogus'. Valid states are: PreparingRebalance, CompletingRebalance, Stable, Dead, Empty, Assigning, Reconciling"
        );
        assert_eq!(kinds("share").unwrap_err(), "Invalid types list 'share'. Valid types are: Classic, Consumer");
        assert!(states("NotReady").is_err() && states("unknown").is_err());
    }
}
