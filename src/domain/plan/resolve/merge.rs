//! What a merge patch would change in an object, and what takes it back.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::domain::{
    checklist::predicate::{Comparison, Predicate},
    plan::rollout,
};

/// What a merge patch would do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Merged {
    /// Line by line: `- /spec/suspend: false`. Empty when everything is so already.
    pub(super) diff: Vec<String>,
    /// What stands now where it changes something.
    pub(super) facts: BTreeMap<String, String>,
    /// The patch that takes it back.
    pub(super) inverse: Value,
    /// The other way round.
    pub(super) inverse_diff: Vec<String>,
    /// What is seen afterwards, where that can be said.
    pub(super) until: Vec<(String, Predicate)>,
    /// What is seen when it was taken back.
    pub(super) inverse_until: Vec<(String, Predicate)>,
}

/// What `patch` would do to `object`.
pub(super) fn merged(object: &Value, patch: &Value) -> Merged {
    let mut merged = Merged::default();
    let mut inverse = Value::Null;
    walk(Some(object), patch, "", object, &mut merged, &mut inverse);
    merged.inverse = inverse;
    merged
}

/// Sets `inverse` to what takes `change` back where `now` stands, if it changes anything.
fn walk(now: Option<&Value>, change: &Value, path: &str, whole: &Value, merged: &mut Merged, inverse: &mut Value) {
    if let (Some(now @ Value::Object(_)), Value::Object(changes)) = (now, change) {
        let mut back = Map::new();
        for (name, change) in changes {
            let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
            let mut part = Value::Null;
            let before = merged.diff.len();
            walk(now.get(name), change, &path, whole, merged, &mut part);
            if merged.diff.len() > before {
                back.insert(name.clone(), part);
            }
        }
        *inverse = Value::Object(back);
        return;
    }
    let now = now.filter(|now| !now.is_null());
    if now == Some(change).filter(|change| !change.is_null()) {
        return;
    }
    merged.facts.insert(path.to_owned(), rollout::fact_of(whole, path));
    let (gone, come) = (now.map(|now| line('-', path, now)), (!change.is_null()).then(|| line('+', path, change)));
    merged.inverse_diff.extend(come.iter().map(|line| line.replacen('+', "-", 1)));
    merged.inverse_diff.extend(gone.iter().map(|line| line.replacen('-', "+", 1)));
    merged.diff.extend(gone.into_iter().chain(come));
    merged.until.extend(seen(path, change));
    merged.inverse_until.extend(now.and_then(|now| seen(path, now)));
    *inverse = now.cloned().unwrap_or(Value::Null);
}

fn line(sign: char, path: &str, value: &Value) -> String {
    format!("{sign} {path}: {}", value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// What must be read back, for values that a predicate can say.
fn seen(path: &str, value: &Value) -> Option<(String, Predicate)> {
    let must = match value {
        Value::String(text) => Predicate::Text { equal: true, text: text.clone() },
        Value::Bool(truth) => Predicate::Truth(*truth),
        Value::Number(number) => Predicate::Number(Comparison::Equal, number.as_f64()?),
        _ => return None,
    };
    Some((path.to_owned(), must))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_patch_changes_is_told_with_what_takes_it_back() {
        let object = json!({"kind": "CronJob", "metadata": {"labels": {"team/x": "a"}},
            "spec": {"suspend": false, "schedule": "* * * * *", "list": [1]}});
        let patch = json!({"metadata": {"labels": {"team/x": null, "new": "b"}},
            "spec": {"suspend": true, "schedule": "* * * * *", "list": [2]}});
        let merged = merged(&object, &patch);
        assert_eq!(
            merged.diff,
            [
                "+ /metadata/labels/new: b",
                "- /metadata/labels/team~1x: a",
                "- /spec/list: [1]",
                "+ /spec/list: [2]",
                "- /spec/suspend: false",
                "+ /spec/suspend: true"
            ]
        );
        let back =
            json!({"metadata": {"labels": {"team/x": "a", "new": null}}, "spec": {"suspend": false, "list": [1]}});
        assert_eq!(merged.inverse, back);
        let until: Vec<_> = merged.until.iter().map(|(path, must)| format!("{path} {must}")).collect();
        assert_eq!(until, ["/metadata/labels/new == \"b\"", "/spec/suspend == true"]);
        assert_eq!(merged.facts["/spec/list"], "[1]");
        assert!(!merged.facts.contains_key("/spec/schedule"), "what stays is no fact");
    }

    #[test]
    fn what_is_so_already_is_no_change() {
        let object = json!({"spec": {"suspend": true}});
        assert!(merged(&object, &json!({"spec": {"suspend": true, "gone": null}})).diff.is_empty());
    }
}
