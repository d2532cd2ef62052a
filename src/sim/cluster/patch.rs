//! JSON merge patch (RFC 7396) and the part of JSON patch (RFC 6902) that deployment tools use.

use serde_json::Value;

/// Why a patch was not applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatchError {
    /// The body is not a patch: 400.
    #[error("{0}")]
    Malformed(String),
    /// A `test` did not hold, or a path is not there: 422.
    #[error("{0}")]
    Refused(String),
}

/// Merges `patch` into `target`: null removes.
pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(object) = target {
        for (key, change) in changes {
            if change.is_null() {
                object.remove(key);
            } else {
                merge(object.entry(key.clone()).or_insert(Value::Null), change);
            }
        }
    }
}

/// Applies a list of operations: `add`, `replace`, `remove`, `test`.
///
/// # Errors
/// When the list is none, when a path is not there, or when a test does not hold.
pub(crate) fn apply(target: &mut Value, operations: &Value) -> Result<(), PatchError> {
    let list = operations
        .as_array()
        .ok_or_else(|| PatchError::Malformed("a JSON patch is a list of operations".to_owned()))?;
    for operation in list {
        let text = |key: &str| operation.get(key).and_then(Value::as_str);
        let (Some(op), Some(path)) = (text("op"), text("path")) else {
            return Err(PatchError::Malformed("an operation of a JSON patch has `op` and `path`".to_owned()));
        };
        let value = operation.get("value").cloned().unwrap_or(Value::Null);
        let missing = || PatchError::Refused(format!("the path {path} is not there"));
        match op {
            "test" => {
                if target.pointer(path) != Some(&value) {
                    return Err(PatchError::Refused(format!("testing value {path} failed")));
                }
            }
            "replace" => *target.pointer_mut(path).ok_or_else(missing)? = value,
            "add" | "remove" => {
                let (parent, key) = path.rsplit_once('/').ok_or_else(missing)?;
                let key = key.replace("~1", "/").replace("~0", "~");
                match target.pointer_mut(parent).ok_or_else(missing)? {
                    Value::Object(object) if op == "add" => {
                        object.insert(key, value);
                    }
                    Value::Object(object) => {
                        object.remove(&key).ok_or_else(missing)?;
                    }
                    Value::Array(items) => {
                        change_item(items, &key, (op == "add").then_some(value)).ok_or_else(missing)?;
                    }
                    _ => return Err(missing()),
                }
            }
            _ => return Err(PatchError::Malformed(format!("the operation {op} of JSON patch is not simulated"))),
        }
    }
    Ok(())
}

fn change_item(items: &mut Vec<Value>, key: &str, added: Option<Value>) -> Option<()> {
    let index = if key == "-" { items.len() } else { key.parse().ok()? };
    match added {
        Some(value) if index <= items.len() => items.insert(index, value),
        None if index < items.len() => {
            items.remove(index);
        }
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_merge_patch_sets_and_removes() {
        let mut object = json!({"status": {"pauseConditions": [{"reason": "CanaryPauseStep"}], "phase": "Paused"}});
        merge(&mut object, &json!({"status": {"pauseConditions": null, "abort": true}}));
        assert_eq!(object, json!({"status": {"phase": "Paused", "abort": true}}));
    }

    #[test]
    fn a_json_patch_tests_before_it_changes() {
        let mut object = json!({"metadata": {"resourceVersion": "5"}, "spec": {"list": [1]}});
        let stale = json!([{"op": "test", "path": "/metadata/resourceVersion", "value": "4"}]);
        assert!(matches!(apply(&mut object, &stale), Err(PatchError::Refused(_))));
        let good = json!([
            {"op": "test", "path": "/metadata/resourceVersion", "value": "5"},
            {"op": "add", "path": "/spec/list/-", "value": 2},
            {"op": "replace", "path": "/spec/list/0", "value": 0},
            {"op": "add", "path": "/metadata/a~1b", "value": "c"},
        ]);
        apply(&mut object, &good).expect("applies");
        assert_eq!(object, json!({"metadata": {"resourceVersion": "5", "a/b": "c"}, "spec": {"list": [0, 2]}}));
        assert!(matches!(apply(&mut object, &json!({})), Err(PatchError::Malformed(_))));
    }
}
