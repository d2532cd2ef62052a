//! Who owns what: by the uid of the owner reference, and by kind and name only where a uid is missing.

use std::collections::HashMap;

use super::objects::{Meta, Object};

/// Objects of one kind, found by their owner.
pub(crate) struct Owned<'a, T> {
    by_uid: HashMap<&'a str, Vec<&'a T>>,
    by_name: HashMap<(&'a str, &'a str, &'a str), Vec<&'a T>>,
    /// Whether these objects could be read at all.
    pub(crate) known: bool,
}

impl<'a, T: Object> Owned<'a, T> {
    /// Indexes `all`, in order; `known` says whether the list is the truth or could not be read.
    pub(crate) fn new(all: &'a [T], known: bool) -> Self {
        let mut owned = Self { by_uid: HashMap::new(), by_name: HashMap::new(), known };
        for object in all {
            let meta = object.meta();
            for owner in &meta.owner_references {
                if !owner.uid.is_empty() {
                    owned.by_uid.entry(&owner.uid).or_default().push(object);
                }
                if !owner.name.is_empty() {
                    owned.by_name.entry((&meta.namespace, &owner.kind, &owner.name)).or_default().push(object);
                }
            }
        }
        owned
    }

    /// What `owner` owns, in the order in which it was given.
    pub(crate) fn of<O: Object>(&self, owner: &O) -> Vec<&'a T> {
        let meta = owner.meta();
        if !meta.uid.is_empty()
            && let Some(found) = self.by_uid.get(meta.uid.as_str())
        {
            return found.iter().copied().filter(|object| same_namespace(object.meta(), meta)).collect();
        }
        let key = (meta.namespace.as_str(), O::KIND, meta.name.as_str());
        let named = self.by_name.get(&key).map(Vec::as_slice).unwrap_or_default();
        named.iter().copied().filter(|object| may_belong::<O>(object.meta(), meta)).collect()
    }
}

fn same_namespace(one: &Meta, other: &Meta) -> bool {
    one.namespace == other.namespace || one.namespace.is_empty() || other.namespace.is_empty()
}

/// Whether no uid speaks against it: a namesake that was deleted has left objects behind that are not ours.
fn may_belong<O: Object>(object: &Meta, owner: &Meta) -> bool {
    object.owner_references.iter().any(|reference| {
        reference.kind == O::KIND
            && reference.name == owner.name
            && (reference.uid.is_empty() || owner.uid.is_empty() || reference.uid == owner.uid)
    })
}
