//! What the state of a group means for a description of it. Pure functions.

use crate::kafka::model::GroupState;

/// What is to be said before a group is shown, or instead of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Fine,
    /// A sentence for stderr; the group is shown all the same.
    Worth(String),
    /// The group cannot be shown. Java prints this on stdout.
    Hopeless {
        message: String,
        java: String,
    },
}

/// Judges a state (Java's `shouldPrintMemberState`).
pub(super) fn standing(group: &str, state: GroupState) -> Standing {
    match state {
        GroupState::Stable => Standing::Fine,
        GroupState::Empty => Standing::Worth(format!("Consumer group '{group}' has no active members.")),
        GroupState::PreparingRebalance | GroupState::CompletingRebalance | GroupState::Assigning | GroupState::Reconciling => {
            Standing::Worth(format!("Warning: Consumer group '{group}' is rebalancing."))
        }
        GroupState::Dead => {
            let message = format!("Consumer group '{group}' does not exist.");
            Standing::Hopeless { java: format!("\nError: {message}\n"), message }
        }
        GroupState::Unknown | GroupState::NotReady => {
            let message = format!("Expected a valid consumer group state, but found '{}'.", state.name());
            Standing::Hopeless { java: super::text::java_error(&message), message }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_judged_as_in_java() {
        assert_eq!(standing("g", GroupState::Stable), Standing::Fine);
        assert_eq!(standing("g", GroupState::Empty), Standing::Worth("Consumer group 'g' has no active members.".into()));
        assert!(matches!(standing("g", GroupState::Assigning), Standing::Worth(text) if text.contains("rebalancing")));
        let Standing::Hopeless { java, .. } = standing("g", GroupState::Dead) else { panic!() };
        assert_eq!(java, "\nError: Consumer group 'g' does not exist.\n");
    }
}
