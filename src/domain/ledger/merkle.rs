//! The Merkle tree over the events of a ledger, as RFC 6962 §2.1 defines it.
//!
//! Its root stands for all events up to a size. An inclusion proof shows one event to somebody who has only the root; a
//! consistency proof shows that a larger tree begins with a smaller one.

use super::hash::Hash;

/// The root of no event: SHA-256 of nothing.
#[must_use]
pub fn empty_root() -> Hash {
    Hash::of(b"")
}

/// A tree that only grows. It keeps the roots of all its perfect subtrees (64 bytes a leaf), so that the root of any smaller
/// size is at hand too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Growing {
    size: usize,
    /// By height: the roots of the perfect subtrees from left to right.
    levels: Vec<Vec<Hash>>,
}

impl Growing {
    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Hash) {
        self.size += 1;
        let mut node = leaf;
        for height in 0.. {
            if self.levels.len() == height {
                self.levels.push(Vec::new());
            }
            let Some(level) = self.levels.get_mut(height) else { return };
            let left = level.last().copied();
            level.push(node);
            match left.filter(|_| level.len() % 2 == 0) {
                Some(left) => node = Hash::node(&left, &node),
                None => return,
            }
        }
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        u64::try_from(self.size).unwrap_or(u64::MAX)
    }

    /// The root of all leaves so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root_of(self.size).unwrap_or_else(empty_root)
    }

    /// The root of the first `size` leaves; nothing when there are not so many.
    #[must_use]
    pub fn root_of(&self, size: usize) -> Option<Hash> {
        if size > self.size {
            return None;
        }
        let mut root = None;
        // One perfect subtree for each bit that is set, the lowest furthest to the right.
        for (height, level) in self.levels.iter().enumerate().filter(|(height, _)| size >> height & 1 == 1) {
            let left = level.get((size >> height) - 1)?;
            root = Some(root.map_or(*left, |right| Hash::node(left, &right)));
        }
        Some(root.unwrap_or_else(empty_root))
    }
}

/// The root of `leaves`.
#[must_use]
pub fn root(leaves: &[Hash]) -> Hash {
    let mut tree = Growing::default();
    for leaf in leaves {
        tree.push(*leaf);
    }
    tree.root()
}

/// The hashes that lead from leaf `index` to the root of `leaves` (RFC 6962 §2.1.1), or nothing when there is no such leaf.
#[must_use]
pub fn inclusion(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut part, mut index) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        if index < left.len() {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            index -= left.len();
            part = right;
        }
    }
    path.reverse();
    Some(path)
}

/// Whether `path` leads from `leaf`, the event at `index` (from 0), to `root` of a tree of `size` events (RFC 9162 §2.1.3.2).
#[must_use]
pub fn included(leaf: Hash, index: u64, size: u64, path: &[Hash], root: Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = Hash::node(step, &hash);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            hash = Hash::node(&hash, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && hash == root
}

/// The hashes that show that the tree of `leaves` begins with its first `size` ones (RFC 6962 §2.1.2); nothing when
/// `size` is zero or larger than the tree.
#[must_use]
pub fn consistency(leaves: &[Hash], size: usize) -> Option<Vec<Hash>> {
    if size == 0 || size > leaves.len() {
        return None;
    }
    let mut path = Vec::new();
    let (mut part, mut size, mut whole) = (leaves, size, true);
    while size != part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if size <= left.len() {
            path.push(root(right));
            part = left;
        } else {
            path.push(root(left));
            size -= left.len();
            part = right;
            whole = false;
        }
    }
    if !whole {
        path.push(root(part));
    }
    path.reverse();
    Some(path)
}

/// Whether `path` shows that the tree with `new_root` over `new` events begins with the one of `old_root` over `old`
/// (RFC 9162 §2.1.4.2).
#[must_use]
pub fn consistent(old: u64, old_root: Hash, new: u64, new_root: Hash, path: &[Hash]) -> bool {
    if old == 0 || old > new {
        return false;
    }
    if old == new {
        return path.is_empty() && old_root == new_root;
    }
    let (first, rest) = if old.is_power_of_two() {
        (old_root, path)
    } else {
        let Some((first, rest)) = path.split_first() else { return false };
        (*first, rest)
    };
    let (mut node, mut last) = (old - 1, new - 1);
    while node & 1 == 1 {
        node >>= 1;
        last >>= 1;
    }
    let (mut from_old, mut from_new) = (first, first);
    for step in rest {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            from_old = Hash::node(step, &from_old);
            from_new = Hash::node(step, &from_new);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            from_new = Hash::node(&from_new, step);
        }
        node >>= 1;
        last >>= 1;
    }
    last == 0 && from_old == old_root && from_new == new_root
}

/// The largest power of two below `size` (which is at least 2).
fn split(size: usize) -> usize {
    (size.div_ceil(2)).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The leaves of the published test vectors of Certificate Transparency.
    fn published() -> Vec<Hash> {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        leaves.iter().map(|leaf| Hash::leaf(leaf)).collect()
    }

    #[test]
    fn roots_are_the_published_ones() {
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        for (size, expected) in roots.iter().enumerate() {
            assert_eq!(root(&published()[..=size]).to_string(), *expected, "of {} leaves", size + 1);
        }
        let mut tree = Growing::default();
        for leaf in published() {
            tree.push(leaf);
        }
        for size in 0..=8 {
            assert_eq!(tree.root_of(size), Some(root(&published()[..size])), "of the first {size}");
        }
        assert_eq!(tree.root_of(9), None);
        assert_eq!(root(&[]).to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn a_proof_of_inclusion_holds_for_its_event_alone() {
        let leaves: Vec<Hash> = (0..40_u8).map(|n| Hash::leaf(&[n])).collect();
        for size in 1..=leaves.len() {
            let tree = &leaves[..size];
            for index in 0..size {
                let path = inclusion(tree, index).expect("there is such an event");
                let holds = |index, path: &[Hash]| included(leaves[0], index, size as u64, path, root(tree));
                assert!(included(leaves[index], index as u64, size as u64, &path, root(tree)), "{index} of {size}");
                assert!(index == 0 || !holds(index as u64, &path), "another event in its place");
                assert!(!included(
                    leaves[index],
                    index as u64,
                    size as u64,
                    &[path, vec![leaves[0]]].concat(),
                    root(tree)
                ));
            }
        }
        assert_eq!(inclusion(&leaves, 40), None);
    }

    #[test]
    fn a_proof_of_consistency_holds_for_a_tree_that_only_grew() {
        let leaves: Vec<Hash> = (0..40_u8).map(|n| Hash::leaf(&[n])).collect();
        for new in 1..=leaves.len() {
            for old in 1..=new {
                let path = consistency(&leaves[..new], old).expect("the tree has that size");
                let (was, is) = (root(&leaves[..old]), root(&leaves[..new]));
                assert!(consistent(old as u64, was, new as u64, is, &path), "{old} in {new}");
                assert!(
                    !consistent(old as u64, Hash::leaf(b"other"), new as u64, is, &path),
                    "{old} in {new}, changed"
                );
            }
        }
        assert_eq!(consistency(&leaves, 0), None);
    }
}
