//! Objects as rows of a table, which is how `kubectl get` likes to be answered.

use chrono::DateTime;
use http::{HeaderMap, header};
use serde_json::{Value, json};

use crate::domain::time::Span;

/// Columns of a kind: title, type, and where the value stands.
type Column = (&'static str, &'static str, &'static str);

const ROLLOUTS: &[Column] = &[
    ("Desired", "integer", "/spec/replicas"),
    ("Current", "integer", "/status/replicas"),
    ("Up-to-date", "integer", "/status/updatedReplicas"),
    ("Available", "integer", "/status/availableReplicas"),
];
const DEPLOYMENTS: &[Column] = &[
    ("Ready", "integer", "/status/readyReplicas"),
    ("Up-to-date", "integer", "/status/updatedReplicas"),
    ("Available", "integer", "/status/availableReplicas"),
];
const REPLICA_SETS: &[Column] = &[
    ("Desired", "integer", "/spec/replicas"),
    ("Current", "integer", "/status/replicas"),
    ("Ready", "integer", "/status/readyReplicas"),
];
const WITH_PHASE: &[Column] = &[("Status", "string", "/status/phase")];
const EVENTS: &[Column] =
    &[("Reason", "string", "/reason"), ("Object", "string", "/involvedObject/name"), ("Message", "string", "/message")];

fn columns(resource: &str) -> &'static [Column] {
    match resource {
        "rollouts" => ROLLOUTS,
        "deployments" => DEPLOYMENTS,
        "replicasets" => REPLICA_SETS,
        "pods" | "analysisruns" | "namespaces" => WITH_PHASE,
        "events" => EVENTS,
        _ => &[],
    }
}

/// Whether the caller would rather have a table.
pub(super) fn wanted(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("as=Table"))
}

/// A table of objects. `now` is for their ages, in milliseconds.
pub(super) fn table<'a>(resource: &str, objects: impl Iterator<Item = &'a Value>, metadata: &Value, now: i64) -> Value {
    let columns = columns(resource);
    let definition = |name: &str, kind: &str, format: &str| json!({"name": name, "type": kind, "format": format, "description": "", "priority": 0});
    let mut definitions = vec![definition("Name", "string", "name")];
    definitions.extend(columns.iter().map(|(name, kind, _)| definition(name, kind, "")));
    definitions.push(definition("Age", "string", ""));
    let rows: Vec<Value> = objects
        .map(|object| {
            let mut cells = vec![object.pointer("/metadata/name").cloned().unwrap_or(Value::Null)];
            cells.extend(columns.iter().map(|(_, _, path)| object.pointer(path).cloned().unwrap_or(Value::Null)));
            cells.push(json!(age(object, now)));
            json!({"cells": cells, "object": object})
        })
        .collect();
    json!({"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata, "columnDefinitions": definitions, "rows": rows})
}

fn age(object: &Value, now: i64) -> String {
    let made = object
        .pointer("/metadata/creationTimestamp")
        .and_then(Value::as_str)
        .and_then(|text| DateTime::parse_from_rfc3339(text).ok());
    made.map_or_else(
        || "<unknown>".to_owned(),
        |made| Span::from_millis(u64::try_from(now - made.timestamp_millis()).unwrap_or(0)).age(),
    )
}
