//! The objects of the simulated cluster, as its API shows them, with versions and a log of changes for watches.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

/// Changes that a watch can still ask for; older ones are 410 Gone.
const LOG_LENGTH: usize = 2_000;

/// Resource, namespace, name.
pub(crate) type ObjectId = (&'static str, String, String);

/// What happened to an object.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    /// The resource version that it made.
    pub(crate) version: u64,
    /// `ADDED`, `MODIFIED`, `DELETED`.
    pub(crate) kind: &'static str,
    /// Whose.
    pub(crate) id: ObjectId,
    /// The object after it; for a deletion, as it was.
    pub(crate) object: Value,
}

/// All objects.
#[derive(Debug)]
pub(crate) struct Store {
    objects: BTreeMap<ObjectId, Value>,
    log: VecDeque<Change>,
    version: u64,
}

impl Store {
    /// An empty store.
    pub(crate) fn new() -> Self {
        Self { objects: BTreeMap::new(), log: VecDeque::new(), version: 1_000 }
    }

    /// The version of the newest change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// Puts an object; nothing happens when it is there already and equal.
    pub(crate) fn put(&mut self, id: ObjectId, mut object: Value) {
        let kind = match self.objects.get(&id) {
            None => "ADDED",
            Some(old) => {
                set_version(&mut object, old.pointer("/metadata/resourceVersion").cloned().unwrap_or(Value::Null));
                if *old == object {
                    return;
                }
                "MODIFIED"
            }
        };
        self.version += 1;
        set_version(&mut object, json!(self.version.to_string()));
        self.note(kind, id.clone(), object.clone());
        self.objects.insert(id, object);
    }

    /// Removes all objects that `stays` does not want.
    pub(crate) fn retain(&mut self, stays: impl Fn(&ObjectId) -> bool) {
        let gone: Vec<ObjectId> = self.objects.keys().filter(|id| !stays(id)).cloned().collect();
        for id in gone {
            if let Some(mut object) = self.objects.remove(&id) {
                self.version += 1;
                set_version(&mut object, json!(self.version.to_string()));
                self.note("DELETED", id, object);
            }
        }
    }

    fn note(&mut self, kind: &'static str, id: ObjectId, object: Value) {
        self.log.push_back(Change { version: self.version, kind, id, object });
        if self.log.len() > LOG_LENGTH {
            self.log.pop_front();
        }
    }

    /// One object.
    pub(crate) fn get(&self, id: &ObjectId) -> Option<&Value> {
        self.objects.get(id)
    }

    /// All objects of a resource, in one namespace or in all.
    pub(crate) fn list(
        &self,
        resource: &'static str,
        namespace: Option<&str>,
    ) -> impl Iterator<Item = (&ObjectId, &Value)> {
        self.objects
            .iter()
            .filter(move |(id, _)| id.0 == resource && namespace.is_none_or(|namespace| id.1 == namespace))
    }

    /// Changes after `version`; `None` when some of them are forgotten.
    pub(crate) fn since(&self, version: u64) -> Option<impl Iterator<Item = &Change>> {
        let oldest = self.log.front().map_or(self.version, |change| change.version - 1);
        (version >= oldest).then(|| self.log.iter().filter(move |change| change.version > version))
    }
}

fn set_version(object: &mut Value, version: Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("resourceVersion".to_owned(), version);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ObjectId {
        ("pods", "shop".to_owned(), name.to_owned())
    }

    #[test]
    fn an_equal_object_makes_no_change_and_a_forgotten_version_is_gone() {
        let mut store = Store::new();
        store.put(id("a"), json!({"metadata": {"name": "a"}, "spec": 1}));
        let first = store.version();
        store.put(id("a"), json!({"metadata": {"name": "a"}, "spec": 1}));
        assert_eq!(store.version(), first);
        store.put(id("a"), json!({"metadata": {"name": "a"}, "spec": 2}));
        store.retain(|_| false);
        let kinds: Vec<_> = store.since(first).expect("known").map(|change| change.kind).collect();
        assert_eq!(kinds, ["MODIFIED", "DELETED"]);
        for round in 0..=LOG_LENGTH {
            store.put(id("b"), json!({"metadata": {"name": "b"}, "spec": round}));
        }
        assert!(store.since(first).is_none());
    }
}
