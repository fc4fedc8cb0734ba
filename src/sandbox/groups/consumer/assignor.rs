//! The server-side assignors of the reference release: who is to get which partitions.

mod mixed;
mod range;
mod uniform;

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Partitions;

/// The assignor where no member wants another: the first of `group.consumer.assignors`.
pub const DEFAULT: &str = uniform::NAME;

/// All of them, in the order in which a broker names them.
pub const ALL: [&str; 2] = [uniform::NAME, range::NAME];

/// Whom to assign to, and what there is.
#[derive(Debug)]
pub struct Spec {
    pub members: BTreeMap<String, Subscriber>,
    /// How many partitions each subscribed topic has.
    pub topics: BTreeMap<Uuid, i32>,
}

/// One member as an assignor sees it.
#[derive(Clone, Debug, Default)]
pub struct Subscriber {
    pub instance: Option<String>,
    pub topics: BTreeSet<Uuid>,
    /// What it was to get before.
    pub before: Partitions,
}

impl Spec {
    /// Whether all members subscribe to the same topics.
    fn is_homogeneous(&self) -> bool {
        let mut members = self.members.values();
        members.next().is_none_or(|first| members.all(|member| member.topics == first.topics))
    }

    fn partitions(&self, topic: Uuid) -> i32 {
        self.topics.get(&topic).copied().unwrap_or(0)
    }
}

/// What each member is to get. Every member is in the answer.
pub fn assign(assignor: &str, spec: &Spec) -> BTreeMap<String, Partitions> {
    let mut target = match assignor {
        range::NAME => range::assign(spec),
        _ if spec.is_homogeneous() => uniform::assign(spec),
        _ => mixed::assign(spec),
    };
    for member in spec.members.keys() {
        target.entry(member.clone()).or_default();
    }
    target
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn spec(topics: &[(u128, i32)], members: &[(&str, &[u128])]) -> Spec {
        let subscriber = |topics: &[u128]| Subscriber { topics: topics.iter().copied().map(topic).collect(), ..Subscriber::default() };
        Spec {
            members: members.iter().map(|(id, topics)| ((*id).to_owned(), subscriber(topics))).collect(),
            topics: topics.iter().map(|(id, count)| (topic(*id), *count)).collect(),
        }
    }

    /// The target as "member: topic-partition ...", and taken over for the next round.
    fn shown(assignor: &str, spec: &mut Spec) -> Vec<String> {
        let target = assign(assignor, spec);
        let mut lines = Vec::new();
        for (id, partitions) in target {
            let names = partitions.iter().flat_map(|(topic, partitions)| partitions.iter().map(|one| format!("{}-{one}", topic.as_u128())));
            lines.push(format!("{id}: {}", names.collect::<Vec<_>>().join(" ")));
            if let Some(member) = spec.members.get_mut(&id) {
                member.before = partitions;
            }
        }
        lines
    }

    #[test]
    fn range_gives_each_member_a_range_of_every_topic() {
        let mut group = spec(&[(1, 3), (2, 2)], &[("a", &[1, 2]), ("b", &[1, 2])]);
        assert_eq!(shown("range", &mut group), ["a: 1-0 1-1 2-0", "b: 1-2 2-1"]);
    }

    #[test]
    fn range_sorts_static_members_by_their_instance_first() {
        let mut group = spec(&[(1, 3)], &[("a", &[1]), ("b", &[1]), ("c", &[1])]);
        group.members.get_mut("b").unwrap().instance = Some("2".into());
        group.members.get_mut("c").unwrap().instance = Some("1".into());
        assert_eq!(shown("range", &mut group), ["a: 1-2", "b: 1-1", "c: 1-0"]);
    }

    #[test]
    fn range_leaves_out_who_does_not_subscribe() {
        let mut group = spec(&[(1, 2), (2, 2)], &[("a", &[1, 2]), ("b", &[2])]);
        assert_eq!(shown("range", &mut group), ["a: 1-0 1-1 2-0", "b: 2-1"]);
    }

    #[test]
    fn uniform_is_balanced_over_all_topics_and_moves_little() {
        let mut group = spec(&[(1, 3), (2, 2)], &[("a", &[1, 2])]);
        assert_eq!(shown("uniform", &mut group), ["a: 1-0 1-1 1-2 2-0 2-1"]);
        group.members.insert("b".into(), Subscriber { topics: [topic(1), topic(2)].into(), ..Subscriber::default() });
        assert_eq!(shown("uniform", &mut group), ["a: 1-0 1-1 1-2", "b: 2-0 2-1"]);
        group.members.remove("a");
        assert_eq!(shown("uniform", &mut group), ["b: 1-0 1-1 1-2 2-0 2-1"]);
    }

    #[test]
    fn uniform_leaves_members_without_partitions_where_there_are_too_few() {
        let mut group = spec(&[(1, 1)], &[("a", &[1]), ("b", &[1])]);
        assert_eq!(shown("uniform", &mut group), ["a: ", "b: 1-0"]);
    }

    #[test]
    fn a_topic_that_shrank_or_went_is_forgotten() {
        let mut group = spec(&[(1, 2), (2, 1)], &[("a", &[1, 2])]);
        shown("uniform", &mut group);
        group.topics.remove(&topic(2));
        group.members.get_mut("a").unwrap().topics.remove(&topic(2));
        assert_eq!(shown("uniform", &mut group), ["a: 1-0 1-1"]);
    }

    #[test]
    fn uniform_balances_members_with_different_subscriptions() {
        let mut group = spec(&[(1, 2), (2, 4)], &[("a", &[1, 2]), ("b", &[2])]);
        assert_eq!(shown("uniform", &mut group), ["a: 1-0 1-1 2-3", "b: 2-0 2-1 2-2"]);
        // A third that takes only what the first alone had.
        group.members.insert("c".into(), Subscriber { topics: [topic(1)].into(), ..Subscriber::default() });
        let lines = shown("uniform", &mut group);
        let counts: Vec<_> = lines.iter().map(|line| line.matches('-').count()).collect();
        assert_eq!(counts.iter().sum::<usize>(), 6);
        assert!(counts.iter().all(|count| (1..=3).contains(count)), "{lines:?}");
    }
}
