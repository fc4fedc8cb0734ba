//! ListGroups.

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};

use super::{Group, Groups, text};
use crate::sandbox::broker::{Broker, Call};

/// Answers a ListGroups request.
pub fn answer(broker: &mut Broker, _: &Call, request: ListGroupsRequest) -> ListGroupsResponse {
    let lower = |filter: Vec<kafka_protocol::protocol::StrBytes>| filter.iter().map(|word| word.trim().to_lowercase()).collect();
    ListGroupsResponse::default().with_groups(broker.groups.list(&lower(request.states_filter), &lower(request.types_filter)))
}

impl Groups {
    /// The groups in one of the states and of one of the types, given in small letters; an empty list takes all.
    fn list(&self, states: &Vec<String>, types: &Vec<String>) -> Vec<ListedGroup> {
        let takes = |filter: &Vec<String>, word: &str| filter.is_empty() || filter.contains(&word.to_lowercase());
        let mut listed = Vec::new();
        for (id, group) in &self.by_id {
            let (kind, protocol_type) = match group {
                Group::Classic(group) => ("classic", group.protocol_type.as_deref().unwrap_or_default()),
                Group::Consumer(_) => ("consumer", "consumer"),
            };
            if takes(states, group.state()) && takes(types, kind) {
                let one = ListedGroup::default().with_group_id(GroupId(text(id))).with_protocol_type(text(protocol_type));
                listed.push(one.with_group_state(text(group.state())).with_group_type(text(kind)));
            }
        }
        listed
    }
}
