//! Every topic is cut into ranges, one for each member (`RangeAssignor`). What was before does not count.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::Partitions;
use super::Spec;

pub const NAME: &str = "range";

/// What is left to give of a topic.
struct Cut {
    partitions: i32,
    subscribers: i32,
    extra: i32,
    next: i32,
}

pub fn assign(spec: &Spec) -> BTreeMap<String, Partitions> {
    // Static members come first, in the order of their instance ids, so that a restart changes nothing.
    let mut order: Vec<_> = spec.members.iter().collect();
    order.sort_by_key(|(id, member)| match &member.instance {
        Some(instance) => (0, instance.as_str()),
        None => (1, id.as_str()),
    });
    let mut cuts: BTreeMap<Uuid, Cut> = BTreeMap::new();
    for topic in order.iter().flat_map(|(_, member)| &member.topics) {
        let partitions = spec.partitions(*topic);
        let cut = cuts.entry(*topic).or_insert(Cut { partitions, subscribers: 0, extra: 0, next: 0 });
        cut.subscribers += 1;
        cut.extra = partitions % cut.subscribers;
    }
    let mut target = BTreeMap::new();
    for (id, member) in order {
        let mut own = Partitions::new();
        for topic in &member.topics {
            let Some(cut) = cuts.get_mut(topic) else { continue };
            let quota = cut.partitions / cut.subscribers + i32::from(cut.extra > 0);
            cut.extra -= 1;
            let end = (cut.next + quota).min(cut.partitions);
            if cut.next < end {
                own.insert(*topic, (cut.next..end).collect());
            }
            cut.next = end;
        }
        target.insert(id.clone(), own);
    }
    target
}
