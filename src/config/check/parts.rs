//! Questions about schemas and values.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::Parts;
use crate::config::{
    diagnostic::Diagnostic,
    document::{Document, Node, Value},
    excerpt::is_sensitive,
};

static NULL: LazyLock<Json> = LazyLock::new(|| Json::Null);

pub(super) fn wrong_type(document: &Document, node: &Node) -> Diagnostic {
    let key = last_key(&node.path);
    let problem =
        if key.is_empty() { "the file is not a table".to_owned() } else { format!("`{key}` has the wrong type") };
    Diagnostic::error(document, node, problem)
}

/// What is there; only its sort where the key is sensitive.
pub(super) fn found(node: &Node) -> String {
    if is_sensitive(&node.path) { node.sort().to_owned() } else { node.described() }
}

pub(super) fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type").unwrap_or(&NULL) {
        Json::String(kind) => vec![kind.as_str()],
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).filter(|kind| *kind != "null").collect(),
        _ => Vec::new(),
    }
}

pub(super) fn types_of<'a>(parts: &Parts<'a>) -> &'a str {
    parts.iter().find_map(|part| types(part).first().copied()).unwrap_or("any")
}

pub(super) fn is_kind(node: &Node, kind: &str) -> bool {
    matches!(
        (&node.value, kind),
        (Value::Table(_), "object")
            | (Value::Array(_), "array")
            | (Value::String(_) | Value::Datetime(_), "string")
            | (Value::Integer(_), "integer" | "number")
            | (Value::Float(_), "number")
            | (Value::Bool(_), "boolean")
    )
}

pub(super) fn sort_of(kind: &str) -> &'static str {
    match kind {
        "string" => "a text in quotes",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "a table",
        _ => "something else",
    }
}

pub(super) fn flag(parts: &Parts<'_>, key: &str) -> bool {
    parts.iter().any(|part| part.get(key) == Some(&Json::Bool(true)))
}

pub(super) fn has(parts: &Parts<'_>, key: &str) -> bool {
    parts.iter().any(|part| part.get(key).is_some())
}

pub(super) fn format<'a>(parts: &Parts<'a>) -> Option<&'a str> {
    parts.iter().find_map(|part| part.get("format")?.as_str())
}

pub(super) fn property<'a>(parts: &Parts<'a>, name: &str) -> Option<&'a Json> {
    parts.iter().find_map(|part| part.get("properties")?.get(name))
}

/// The last key of a path, without an index.
pub(super) fn last_key(path: &str) -> &str {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.split('[').next().unwrap_or(last)
}

/// The path without its last key.
pub(super) fn place_name(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(parent, _)| parent)
}
