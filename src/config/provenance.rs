//! Which layer each value came from.

use std::collections::BTreeMap;

use config::{Value as Merged, ValueKind};
use serde::Serialize;
use serde_json::Value as Json;

use super::{document::joined, layers::Layer, origin::Origin};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct From {
    /// The layer.
    pub origin: Origin,
    /// The line, for files.
    pub line: Option<usize>,
}

/// Where each value came from, by key path. What is not in it is built in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    values: BTreeMap<String, From>,
}

/// A value in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Effective {
    /// Its keys from the root.
    pub key: String,
    /// The value.
    pub value: Json,
    /// Where it came from.
    #[serde(flatten)]
    pub from: From,
}

impl Provenance {
    pub(crate) fn new(merged: &Merged, layers: &[Layer]) -> Self {
        let mut provenance = Self::default();
        provenance.collect("", merged, layers);
        provenance
    }

    fn collect(&mut self, path: &str, value: &Merged, layers: &[Layer]) {
        match &value.kind {
            ValueKind::Table(table) => {
                for (key, value) in table {
                    self.collect(&joined(path, key), value, layers);
                }
            }
            ValueKind::Array(items) if items.iter().any(|item| matches!(item.kind, ValueKind::Table(_))) => {
                for (index, item) in items.iter().enumerate() {
                    self.collect(&format!("{path}[{index}]"), item, layers);
                }
            }
            _ => {
                let Some((layer, line)) = value.origin().and_then(|origin| origin.split_once(':')) else { return };
                let layer = layer.parse::<usize>().ok().and_then(|index| layers.get(index));
                if let Some(layer) = layer {
                    let origin = layer.document.origin.clone();
                    let line = line.parse().ok().filter(|_| matches!(origin, Origin::File(_)));
                    self.values.insert(path.to_owned(), From { origin, line });
                }
            }
        }
    }

    /// Where the value at `key` came from.
    #[must_use]
    pub fn of(&self, key: &str) -> From {
        self.values.get(key).cloned().unwrap_or(From { origin: Origin::BuiltIn, line: None })
    }

    /// Every value of `settings` (as JSON) with its origin, sorted by key.
    #[must_use]
    pub fn effective(&self, settings: &Json) -> Vec<Effective> {
        let mut all = Vec::new();
        self.gather("", settings, &mut all);
        all
    }

    fn gather(&self, path: &str, value: &Json, all: &mut Vec<Effective>) {
        match value {
            Json::Object(members) if !members.is_empty() => {
                for (key, value) in members {
                    self.gather(&joined(path, key), value, all);
                }
            }
            Json::Array(items) if items.iter().any(Json::is_object) => {
                for (index, item) in items.iter().enumerate() {
                    self.gather(&format!("{path}[{index}]"), item, all);
                }
            }
            // An empty table is no value, and neither is what was left out.
            Json::Null | Json::Object(_) => {}
            _ => all.push(Effective { key: path.to_owned(), value: value.clone(), from: self.of(path) }),
        }
    }
}
