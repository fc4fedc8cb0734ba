//! The order in which Scala 2.13 walks an immutable `Set` of strings; one of the tools is written in Scala.

use super::hash_order::hash_code;

/// Sets of up to this many elements keep them in the order in which they came.
const SMALL: usize = 4;

/// Bits of the hash that choose a branch on each level of the trie.
const BITS: u32 = 5;

/// Orders `items`, which are distinct and in the order in which they came, as the set gives them back.
pub fn sort(items: &mut [String]) {
    if items.len() > SMALL {
        let mut hashed: Vec<(u32, String)> = items.iter_mut().map(std::mem::take).map(|item| (improve(hash_code(&item)), item)).collect();
        let mut ordered = Vec::with_capacity(hashed.len());
        walk(&mut hashed, 0, &mut ordered);
        items.iter_mut().zip(ordered).for_each(|(place, item)| *place = item);
    }
}

/// One node of the trie: first the elements that are alone in their branch, then the branches that hold several.
fn walk(items: &mut Vec<(u32, String)>, shift: u32, ordered: &mut Vec<String>) {
    if shift >= u32::BITS {
        // Equal hashes: the order in which they came.
        ordered.extend(items.drain(..).map(|(_, item)| item));
        return;
    }
    let mut branches: Vec<Vec<(u32, String)>> = vec![Vec::new(); 1 << BITS];
    for (hash, item) in items.drain(..) {
        branches[(hash >> shift) as usize & ((1 << BITS) - 1)].push((hash, item));
    }
    for branch in branches.iter_mut().filter(|branch| branch.len() == 1) {
        ordered.extend(branch.drain(..).map(|(_, item)| item));
    }
    for mut branch in branches.into_iter().filter(|branch| !branch.is_empty()) {
        walk(&mut branch, shift + BITS, ordered);
    }
}

/// `scala.collection.Hashing.improve`.
fn improve(hash: i32) -> u32 {
    let mut hash = hash.cast_unsigned();
    hash = hash.wrapping_add(!(hash << 9));
    hash ^= hash >> 14;
    hash = hash.wrapping_add(hash << 4);
    hash ^ (hash >> 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(items: &[&str]) -> Vec<String> {
        let mut items: Vec<String> = items.iter().map(|item| (*item).to_owned()).collect();
        sort(&mut items);
        items
    }

    #[test]
    fn small_sets_keep_their_order() {
        assert_eq!(sorted(&["d", "c", "b", "a"]), ["d", "c", "b", "a"]);
    }

    /// What Scala 2.13.18 gives.
    #[test]
    fn larger_sets_are_walked_by_hash() {
        assert_eq!(sorted(&["a", "b", "c", "d", "e"]), ["e", "a", "b", "c", "d"]);
        assert_eq!(
            sorted(&["orders", "payments", "billing", "audit", "search", "mail"]),
            ["payments", "mail", "orders", "audit", "billing", "search"]
        );
        assert_eq!(sorted(&["Aa", "BB", "x", "y", "z", "w"]), ["x", "y", "w", "z", "Aa", "BB"]);
    }

    #[test]
    fn branches_that_hold_several_come_last() {
        let mut groups: Vec<String> = (0..60).map(|index| format!("group-{index}")).collect();
        sort(&mut groups);
        let start = ["34", "30", "20", "32", "11", "22", "19", "8", "55", "2"].map(|index| format!("group-{index}"));
        let end = ["54", "49", "38", "3", "44", "33"].map(|index| format!("group-{index}"));
        assert_eq!(groups[..10], start);
        assert_eq!(groups[54..], end);
    }
}
