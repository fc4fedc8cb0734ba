//! One step of a member towards its target (`CurrentAssignmentBuilder`).

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::{Epochs, Member, MemberState, Partitions};

/// Where a member is to go, and what is known for the next step.
pub struct Goal<'a> {
    pub epoch: i32,
    pub target: &'a Partitions,
    /// The topics that the member subscribes to now.
    pub subscribed: &'a BTreeSet<Uuid>,
    pub subscription_changed: bool,
    /// What the member says that it has; none if it does not tell.
    pub owned: Option<&'a [(Uuid, Vec<i32>)]>,
    /// Whether anybody has that partition still.
    pub held: &'a dyn Fn(Uuid, i32) -> bool,
}

/// The member after the step; as it was if there is nothing to do.
pub fn step(member: &Member, goal: &Goal<'_>) -> Member {
    match member.state {
        MemberState::Stable if member.epoch != goal.epoch => towards_target(member, goal),
        MemberState::UnrevokedPartitions if owns_any(goal.owned, &member.revoking) => without_unsubscribed(member, goal),
        MemberState::Stable => without_unsubscribed(member, goal),
        MemberState::UnrevokedPartitions | MemberState::UnreleasedPartitions => towards_target(member, goal),
    }
}

/// Whether the member has any of them still; it is taken to as long as it does not tell.
fn owns_any(owned: Option<&[(Uuid, Vec<i32>)]>, of: &Epochs) -> bool {
    let has = |(topic, partitions): &(Uuid, Vec<i32>)| {
        of.get(topic).is_some_and(|epochs| partitions.iter().any(|partition| epochs.contains_key(partition)))
    };
    owned.is_none_or(|owned| owned.iter().any(has))
}

/// The member with the topics that it no longer subscribes to on the way out. They go before a new target is made.
fn without_unsubscribed(member: &Member, goal: &Goal<'_>) -> Member {
    let mut after = member.clone();
    if !goal.subscription_changed {
        return after;
    }
    let (kept, out): (Epochs, Epochs) = member.assigned.clone().into_iter().partition(|(topic, _)| goal.subscribed.contains(topic));
    if out.is_empty() {
        return after;
    }
    for (topic, partitions) in out {
        after.revoking.entry(topic).or_default().extend(partitions);
    }
    after.assigned = kept;
    after.previous_epoch = after.epoch;
    if owns_any(goal.owned, &after.revoking) {
        after.state = MemberState::UnrevokedPartitions;
    } else {
        after.revoking.clone_from(&member.revoking);
    }
    after
}

/// The member with the part of its target that it can have now.
fn towards_target(member: &Member, goal: &Goal<'_>) -> Member {
    let (mut assigned, mut revoking, mut coming) = (Epochs::new(), Epochs::new(), Partitions::new());
    let mut waits = false;
    let none = (BTreeSet::new(), BTreeMap::new());
    let topics: BTreeSet<Uuid> = goal.target.keys().chain(member.assigned.keys()).copied().collect();
    for topic in topics {
        let target = goal.target.get(&topic).filter(|_| goal.subscribed.contains(&topic)).unwrap_or(&none.0);
        let current = member.assigned.get(&topic).unwrap_or(&none.1);
        let (stay, go): (BTreeMap<i32, i32>, _) =
            current.iter().map(|(one, epoch)| (*one, *epoch)).partition(|(one, _)| target.contains(one));
        let own_revoking = member.revoking.get(&topic).unwrap_or(&none.1);
        let wanted: BTreeSet<i32> = target.iter().copied().filter(|one| !stay.contains_key(one)).collect();
        let (free, taken): (BTreeSet<i32>, BTreeSet<i32>) =
            wanted.into_iter().partition(|one| !(goal.held)(topic, *one) || own_revoking.contains_key(one));
        waits |= !taken.is_empty();
        insert(&mut assigned, topic, stay);
        insert(&mut revoking, topic, go);
        if !free.is_empty() {
            coming.insert(topic, free);
        }
    }
    let mut after = member.clone();
    after.previous_epoch = member.epoch;
    if !revoking.is_empty() && owns_any(goal.owned, &revoking) {
        after.state = MemberState::UnrevokedPartitions;
        after.assigned = assigned;
        after.revoking = revoking;
        return after;
    }
    for (topic, partitions) in coming {
        assigned.entry(topic).or_default().extend(partitions.into_iter().map(|partition| (partition, goal.epoch)));
    }
    after.epoch = goal.epoch;
    after.state = if waits { MemberState::UnreleasedPartitions } else { MemberState::Stable };
    after.assigned = assigned;
    after.revoking.clear();
    after
}

fn insert(epochs: &mut Epochs, topic: Uuid, partitions: BTreeMap<i32, i32>) {
    if !partitions.is_empty() {
        epochs.insert(topic, partitions);
    }
}
