//! The uniform assignor for members that subscribe to different topics (`UniformHeterogeneousAssignmentBuilder`): what
//! members have they keep, what is free goes to who has least, and then partitions move until no move makes it better.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::Partitions;
use super::Spec;

/// How often all topics are gone through for a better balance.
const ROUNDS: usize = 16;

struct Assignment<'a> {
    target: BTreeMap<&'a str, Partitions>,
    sizes: BTreeMap<&'a str, usize>,
    owners: BTreeMap<(Uuid, i32), &'a str>,
}

impl<'a> Assignment<'a> {
    fn give(&mut self, topic: Uuid, partition: i32, member: &'a str) {
        if let Some(before) = self.owners.insert((topic, partition), member) {
            if let Some(partitions) = self.target.get_mut(before).and_then(|topics| topics.get_mut(&topic)) {
                partitions.remove(&partition);
            }
            *self.sizes.entry(before).or_insert(1) -= 1;
        }
        self.target.entry(member).or_default().entry(topic).or_default().insert(partition);
        *self.sizes.entry(member).or_default() += 1;
    }

    fn size(&self, member: &str) -> usize {
        self.sizes.get(member).copied().unwrap_or(0)
    }
}

pub fn assign(spec: &Spec) -> BTreeMap<String, Partitions> {
    let mut subscribers: BTreeMap<Uuid, Vec<&str>> = BTreeMap::new();
    for (id, member) in &spec.members {
        for topic in &member.topics {
            subscribers.entry(*topic).or_default().push(id);
        }
    }
    let mut assignment = Assignment { target: BTreeMap::new(), sizes: BTreeMap::new(), owners: BTreeMap::new() };
    for (id, member) in &spec.members {
        for (topic, partitions) in member.before.iter().filter(|(topic, _)| member.topics.contains(topic)) {
            for partition in partitions.iter().filter(|partition| **partition < spec.partitions(*topic)) {
                assignment.give(*topic, *partition, id);
            }
        }
    }
    // The topics with the most partitions for each subscriber come first: they are the hardest to balance.
    let mut topics: Vec<(Uuid, &Vec<&str>)> = subscribers.iter().map(|(topic, members)| (*topic, members)).collect();
    topics.sort_by(|(one, one_members), (other, other_members)| {
        let load =
            |topic: Uuid, members: &[&str]| f64::from(spec.partitions(topic)) / f64::from(u32::try_from(members.len()).unwrap_or(u32::MAX));
        let by_load = load(*other, other_members).total_cmp(&load(*one, one_members));
        by_load.then(one_members.len().cmp(&other_members.len())).then(one.cmp(other))
    });
    for (topic, members) in &topics {
        let mut filling = Filling::new(members, &assignment);
        for partition in 0..spec.partitions(*topic) {
            if !assignment.owners.contains_key(&(*topic, partition))
                && let Some(least) = filling.next(&assignment)
            {
                assignment.give(*topic, partition, least);
            }
        }
    }
    for _ in 0..ROUNDS {
        let moved: usize = topics.iter().map(|(topic, members)| balance(&mut assignment, *topic, members)).sum();
        if moved == 0 {
            break;
        }
    }
    let named = assignment.target.into_iter().map(|(id, mut topics)| {
        topics.retain(|_, partitions| !partitions.is_empty());
        (id.to_owned(), topics)
    });
    named.collect()
}

/// Fills members up like water: those with least first, in turns, and the next ones once these have as much.
struct Filling<'a> {
    members: Vec<&'a str>,
    /// How many of them are level, and how high.
    level: usize,
    height: usize,
    next: usize,
}

impl<'a> Filling<'a> {
    fn new(members: &[&'a str], assignment: &Assignment<'a>) -> Self {
        let mut members = members.to_vec();
        members.sort_by_key(|member| assignment.size(member));
        let height = members.first().map_or(0, |least| assignment.size(least));
        Self { members, level: 0, height, next: 0 }
    }

    fn next(&mut self, assignment: &Assignment<'a>) -> Option<&'a str> {
        if self.next >= self.level {
            while self.members.get(self.level).is_some_and(|member| assignment.size(member) == self.height) {
                self.level += 1;
            }
            self.height += 1;
            self.next = 0;
        }
        self.next += 1;
        self.members.get(self.next - 1).copied()
    }
}

/// Moves partitions of one topic from who has most to who has least, of those that subscribe to it. How many is told.
fn balance<'a>(assignment: &mut Assignment<'a>, topic: Uuid, members: &[&'a str]) -> usize {
    let mut moved = 0;
    loop {
        let last_of = |member: &str| assignment.target.get(member)?.get(&topic)?.last().copied();
        let most = members.iter().filter(|member| last_of(member).is_some()).min_by_key(|member| Reverse(assignment.size(member)));
        let least = members.iter().min_by_key(|member| assignment.size(member));
        let (Some(most), Some(least)) = (most, least) else { return moved };
        let Some(partition) = last_of(most) else { return moved };
        if assignment.size(most) <= assignment.size(least) + 1 {
            return moved;
        }
        assignment.give(topic, partition, least);
        moved += 1;
    }
}
