//! A file as a tree in which every value knows its place, the same for TOML and YAML.

pub mod toml;
pub mod yaml;

use std::{ops::Range, path::PathBuf, sync::Arc};

use super::origin::Origin;

/// A text that was read, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file, variable or flag.
    pub origin: Origin,
    /// Its whole text.
    pub text: Arc<str>,
    /// What relative paths in it are relative to.
    pub base: PathBuf,
    /// Whether it may hold references to secrets, so that excerpts of it are masked with care.
    pub confidential: bool,
}

impl Document {
    /// A text that comes with the program.
    #[must_use]
    pub fn built_in(text: &str) -> Self {
        Self { origin: Origin::BuiltIn, text: text.into(), base: PathBuf::new(), confidential: false }
    }
}

/// A value with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The bytes of the text that hold it.
    pub span: Range<usize>,
    /// Its keys from the root: `source[0].auth.bearer`. Empty for the root.
    pub path: String,
    /// What it is.
    pub value: Value,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing (YAML).
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    String(String),
    /// A date, a time, or both, as it was written (TOML).
    Datetime(String),
    /// A list.
    Array(Vec<Node>),
    /// A table, in the order of the keys.
    Table(Vec<Entry>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The bytes of the text that hold the key.
    pub key_span: Range<usize>,
    /// The value.
    pub node: Node,
}

impl Node {
    /// A node of a text in which places mean nothing, such as a variable.
    #[must_use]
    pub fn new(span: Range<usize>, value: Value) -> Self {
        Self { span, path: String::new(), value }
    }

    /// The value of `key`, when this is a table that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The entry of `key`, when this is a table that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.value {
            Value::Table(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The entries of a table; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The elements of a list; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    /// The text, when this is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when this is one.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self.value {
            Value::Integer(number) => Some(number as f64),
            Value::Float(number) => Some(number),
            _ => None,
        }
    }

    /// What it is, in words: `the text "fast"`, `a table`.
    #[must_use]
    pub fn described(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_owned(),
            Value::Bool(value) => format!("`{value}`"),
            Value::Integer(value) => format!("the number {value}"),
            Value::Float(value) => format!("the number {value}"),
            Value::String(value) => format!("the text {:?}", super::diagnostic::shortened(value)),
            Value::Datetime(value) => format!("the time {value}"),
            Value::Array(_) => "a list".to_owned(),
            Value::Table(_) => "a table".to_owned(),
        }
    }

    /// What sort of value it is, without the value: `a text`.
    #[must_use]
    pub const fn sort(&self) -> &'static str {
        match &self.value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Integer(_) => "a whole number",
            Value::Float(_) => "a number",
            Value::String(_) => "a text",
            Value::Datetime(_) => "a time",
            Value::Array(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    /// The same without places, for `serde`. Numbers that JSON does not know (NaN, infinite) become null.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Integer(value) => Json::from(*value),
            Value::Float(value) => Json::from(*value),
            Value::String(value) | Value::Datetime(value) => Json::String(value.clone()),
            Value::Array(items) => Json::Array(items.iter().map(Self::json).collect()),
            Value::Table(entries) => entries.iter().map(|entry| (entry.key.clone(), entry.node.json())).collect(),
        }
    }

    /// Writes the key path of every node below `path`.
    pub(crate) fn set_paths(&mut self, path: &str) {
        path.clone_into(&mut self.path);
        match &mut self.value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    item.set_paths(&format!("{path}[{index}]"));
                }
            }
            Value::Table(entries) => {
                for entry in entries {
                    entry.node.set_paths(&joined(path, &entry.key));
                }
            }
            _ => {}
        }
    }
}

/// The path of `key` below `path`; keys that are not bare are quoted.
#[must_use]
pub fn joined(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    let key = if bare { key.to_owned() } else { format!("{key:?}") };
    if path.is_empty() { key } else { format!("{path}.{key}") }
}
