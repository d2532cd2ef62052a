//! Whether an object is still the one that a plan was made for.

use serde_json::Value;

use super::{request::Observed, rollout};

/// What of an object must be as it was planned for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strictness {
    /// Identity, what is wanted, and every fact that decided: before something is done.
    Same,
    /// Identity alone: before it is taken back, because what was done has changed the rest.
    Identity,
}

/// What differs between `observed` and `object`, each in words; nothing when it is the one that was planned for.
#[must_use]
pub fn drift(observed: &Observed, object: &Value, strictness: Strictness) -> Vec<String> {
    let uid = object.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
    if uid != observed.uid {
        return vec!["it is another object of the same name: it was deleted and made again".to_owned()];
    }
    if strictness == Strictness::Identity {
        return Vec::new();
    }
    let generation = object.pointer("/metadata/generation").and_then(Value::as_u64).unwrap_or(0);
    let changed = (generation != observed.generation)
        .then(|| format!("somebody changed it: generation {} is {generation} now", observed.generation));
    let facts = observed.facts.iter().filter_map(|(name, before)| {
        let now = rollout::fact_of(object, name);
        (now != *before).then(|| format!("{name} was {before}, and is {now} now"))
    });
    changed.into_iter().chain(facts).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn observed() -> Observed {
        let facts = [("stableRS", "old"), ("/spec/suspend", "-")].map(|(name, fact)| (name.into(), fact.into()));
        Observed { uid: "u1".into(), generation: 7, resource_version: "99".into(), facts: facts.into() }
    }

    #[test]
    fn what_decided_must_still_be_so_and_mere_status_may_move() {
        let mut object = json!({"kind": "Rollout", "metadata": {"uid": "u1", "generation": 7, "resourceVersion": "120"},
            "spec": {"suspend": false}, "status": {"stableRS": "old", "replicas": 4}});
        assert!(drift(&observed(), &object, Strictness::Same).is_empty());
        object["status"]["stableRS"] = json!("new");
        object["spec"]["suspend"] = json!(true);
        let said = drift(&observed(), &object, Strictness::Same);
        assert_eq!(said, ["/spec/suspend was -, and is true now", "stableRS was old, and is new now"]);
        assert!(drift(&observed(), &object, Strictness::Identity).is_empty());
        object["metadata"]["generation"] = json!(8);
        assert!(drift(&observed(), &object, Strictness::Same)[0].contains("generation 7 is 8 now"));
        object["metadata"]["uid"] = json!("u2");
        assert!(drift(&observed(), &object, Strictness::Identity)[0].contains("deleted and made again"));
    }
}
