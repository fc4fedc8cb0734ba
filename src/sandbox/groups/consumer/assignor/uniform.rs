//! All members get the same number of partitions, and keep what they have where they can
//! (`UniformHomogeneousAssignmentBuilder`): for members that subscribe to the same topics.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::super::Partitions;
use super::Spec;

pub const NAME: &str = "uniform";

pub fn assign(spec: &Spec) -> BTreeMap<String, Partitions> {
    let topics: BTreeSet<Uuid> = spec.members.values().next().map(|member| member.topics.clone()).unwrap_or_default();
    let mut target = BTreeMap::new();
    if topics.is_empty() {
        return target;
    }
    let mut owned: BTreeSet<(Uuid, i32)> = BTreeSet::new();
    for (topic, partitions) in spec.members.values().flat_map(|member| &member.before) {
        owned.extend(partitions.iter().map(|partition| (*topic, *partition)));
    }
    let all: Vec<(Uuid, i32)> = topics.iter().flat_map(|topic| (0..spec.partitions(*topic)).map(|partition| (*topic, partition))).collect();
    let mut free: Vec<(Uuid, i32)> = all.iter().filter(|one| !owned.contains(one)).copied().collect();
    let count = spec.members.len();
    let (least, mut extras) = (all.len() / count, all.len() % count);
    let mut unfilled: Vec<(&String, usize)> = Vec::new();
    for (index, (id, member)) in spec.members.iter().enumerate() {
        let mut has_extra = extras > 0;
        let mut room = least + usize::from(has_extra);
        let mut own = Partitions::new();
        for (topic, partitions) in member.before.iter().filter(|(topic, _)| topics.contains(topic)) {
            let there = partitions.iter().copied().filter(|partition| *partition < spec.partitions(*topic));
            for partition in there {
                if room > 0 {
                    room -= 1;
                    own.entry(*topic).or_default().insert(partition);
                } else {
                    free.push((*topic, partition));
                }
            }
        }
        // Who has not filled even its last place leaves that to one that comes later and has more.
        if room > 0 && has_extra && count - index > extras {
            room -= 1;
            has_extra = false;
        }
        if room > 0 {
            unfilled.push((id, room));
        }
        extras -= usize::from(has_extra);
        target.insert(id.clone(), own);
    }
    let mut free = free.into_iter();
    for (id, room) in unfilled {
        let own = target.entry(id.clone()).or_default();
        for (topic, partition) in free.by_ref().take(room) {
            own.entry(topic).or_default().insert(partition);
        }
    }
    target
}
