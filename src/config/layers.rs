//! The layers of settings: files, variables and flags as trees, laid over each other.

use std::{collections::BTreeMap, fs, io, path::Path, sync::Arc};

use config::{Map, Value as Merged, ValueKind};
use serde_json::Value as Json;

use super::{
    check::{self, Rules, schema_at, type_at},
    diagnostic::{Diagnostic, Report, Severity, nearest, one_of},
    document::{Document, Entry, Node, Value, toml},
    options::{Options, Override, PREFIX, Place, Trust},
    origin::Origin,
};

/// One layer, checked by itself.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) document: Document,
    pub(crate) root: Node,
}

/// The largest file that is read.
const MAX_FILE: u64 = 8 * 1024 * 1024;

/// Reads a whole file as text; `None` when there is no such file.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn read(path: &Path) -> Result<Option<Arc<str>>, Box<Diagnostic>> {
    let broken = |problem: String, advice: &str| {
        Box::new(Diagnostic::new(Severity::Error, Origin::File(path.to_owned()), problem).advise(advice))
    };
    let unreadable = |error: io::Error| {
        broken(format!("cannot be read: {error}"), "check the rights of the file and of its directories")
    };
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(unreadable(error)),
    };
    if !metadata.is_file() {
        return Err(broken("not a file".to_owned(), "put a file there, or take it away"));
    }
    if metadata.len() > MAX_FILE {
        return Err(broken(
            format!("{} bytes are too many for such a file", metadata.len()),
            "split it, or check what it is",
        ));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        broken(format!("not UTF-8 from byte {} on", error.utf8_error().valid_up_to()), "save the file as UTF-8")
    })?;
    Ok(Some(text.into()))
}

/// A diagnostic for each syntax error.
pub(crate) fn syntax(document: &Document, language: &str, errors: &[toml::SyntaxError], report: &mut Report) {
    for error in errors {
        let problem = format!("not {language}: {}", error.message.trim());
        let diagnostic = Diagnostic::new(Severity::Error, document.origin.clone(), problem);
        // A broken line has no key to judge it by: it is treated as if it held a secret.
        report.push(diagnostic.hidden(document, &error.span));
    }
}

/// Reads and checks every layer that there is, in order. Before anything is taken out of a tree, `seen` may look at it.
pub(crate) fn all(options: &Options, schema: &Json, seen: &mut dyn FnMut(&Node), report: &mut Report) -> Vec<Layer> {
    let mut layers = Vec::new();
    for place in options.places() {
        if let Some(layer) = file(&place, report) {
            let rules = Rules { commands: place.trust != Trust::Found, home: options.home_dir.as_deref() };
            layers.push((layer, rules));
        }
    }
    let rules = Rules { commands: true, home: options.home_dir.as_deref() };
    for (name, value) in &options.variables {
        layers.extend(variable(name, value, options, schema, report).map(|layer| (layer, rules)));
    }
    layers.extend(flags(options, schema).into_iter().map(|layer| (layer, rules)));
    let mut checked = Vec::new();
    for (mut layer, rules) in layers {
        seen(&layer.root);
        check::check(schema, &layer.document, &mut layer.root, rules, report);
        checked.push(layer);
    }
    checked
}

fn file(place: &Place, report: &mut Report) -> Option<Layer> {
    let text = match read(&place.path) {
        Ok(Some(text)) => text,
        Err(diagnostic) => {
            report.push(*diagnostic);
            return None;
        }
        Ok(None) => {
            if place.trust == Trust::Given {
                let origin = Origin::File(place.path.clone());
                report.push(
                    Diagnostic::new(Severity::Error, origin, "no such file")
                        .advise("check the path behind --config, or leave --config out"),
                );
            }
            return None;
        }
    };
    let base = place.path.parent().map(Path::to_path_buf).unwrap_or_default();
    let document = Document { origin: Origin::File(place.path.clone()), text, base, confidential: true };
    let (root, errors) = toml::parse(&document.text);
    syntax(&document, "TOML", &errors, report);
    Some(Layer { document, root })
}

/// The layer of one environment variable.
fn variable(name: &str, value: &str, options: &Options, schema: &Json, report: &mut Report) -> Option<Layer> {
    let keys: Vec<String> = name.strip_prefix(PREFIX)?.split("__").map(str::to_lowercase).collect();
    let origin = Origin::Variable(name.to_owned());
    match schema_at(schema, &keys) {
        Ok(at) => {
            let node = parsed(value, type_at(schema, at));
            Some(layer(origin, value, options, nested(&keys, node)))
        }
        Err((index, names)) => {
            let wrong = keys.get(index).cloned().unwrap_or_default();
            let in_list = index > 0 && names.is_empty();
            let mut diagnostic = Diagnostic::new(Severity::Error, origin, format!("{name} names no setting"));
            if in_list {
                let list = keys.get(..index).unwrap_or_default().join("__").to_uppercase();
                diagnostic = diagnostic.advise(format!(
                    "`{}` has no keys of its own; a list is set as a whole: {PREFIX}{list}='[{{ … }}]'",
                    list.to_lowercase()
                ));
            } else {
                diagnostic = diagnostic.expected(one_of(names.iter().copied())).found(format!("`{wrong}`"));
                if let Some(near) = nearest(&wrong, names.iter().copied()) {
                    let mut right = keys.clone();
                    if let Some(key) = right.get_mut(index) {
                        *key = near;
                    }
                    diagnostic.nearest = Some(format!("{PREFIX}{}", right.join("__").to_uppercase()));
                }
            }
            report.push(diagnostic);
            None
        }
    }
}

/// The layers of the flags: one for each value, and one for each list that flags give elements of.
fn flags(options: &Options, schema: &Json) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut lists: BTreeMap<&[String], (Vec<Node>, Vec<&Override>)> = BTreeMap::new();
    for flag in &options.overrides {
        if flag.element {
            let (items, flags) = lists.entry(&flag.keys).or_default();
            items.push(parsed(&flag.value, "object"));
            flags.push(flag);
            continue;
        }
        let kind = schema_at(schema, &flag.keys).map_or("string", |at| type_at(schema, at));
        let node = parsed(&flag.value, kind);
        layers.push(layer(Origin::Flag(flag.flag.clone()), &flag.value, options, nested(&flag.keys, node)));
    }
    for (keys, (items, flags)) in lists {
        let names: Vec<&str> = flags.iter().map(|flag| flag.flag.as_str()).collect();
        let node = nested(keys, Node::new(0..0, Value::Array(items)));
        layers.push(layer(Origin::Flag(names.join(", ")), "", options, node));
    }
    layers
}

fn layer(origin: Origin, text: &str, options: &Options, mut root: Node) -> Layer {
    root.set_paths("");
    let document = Document { origin, text: text.into(), base: options.working_dir.clone(), confidential: true };
    Layer { document, root }
}

/// The value of a variable or flag: texts as they are, anything else as TOML writes it. What does not parse stays a text, and the
/// check says what was expected.
fn parsed(text: &str, kind: &str) -> Node {
    let as_text = || Node::new(0..text.len(), Value::String(text.to_owned()));
    if kind == "string" {
        return as_text();
    }
    let (root, errors) = toml::parse(&format!("value = {}", text.trim()));
    match (errors.is_empty(), root.get("value")) {
        (true, Some(node)) if root.entries().len() == 1 => node.clone(),
        _ => as_text(),
    }
}

/// A table of one key in a table of one key …
fn nested(keys: &[String], node: Node) -> Node {
    keys.iter()
        .rev()
        .fold(node, |node, key| Node::new(0..0, Value::Table(vec![Entry { key: key.clone(), key_span: 0..0, node }])))
}

/// A layer as the `config` crate merges it. The origin of each value is `layer:line`.
#[derive(Clone, Debug)]
struct Source {
    root: Map<String, Merged>,
}

impl config::Source for Source {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Merged>, config::ConfigError> {
        Ok(self.root.clone())
    }
}

/// Lays the layers over each other: tables are merged key by key, anything else is replaced.
///
/// # Errors
/// When the `config` crate refuses.
pub(crate) fn merge(layers: &[Layer]) -> Result<config::Config, config::ConfigError> {
    layers
        .iter()
        .enumerate()
        .fold(config::Config::builder(), |builder, (index, layer)| {
            let root = match merged(index, layer, &layer.root).kind {
                ValueKind::Table(root) => root,
                _ => Map::new(),
            };
            builder.add_source(Source { root })
        })
        .build()
}

fn merged(index: usize, layer: &Layer, node: &Node) -> Merged {
    let line = layer.document.text.get(..node.span.start).map_or(0, |before| before.matches('\n').count()) + 1;
    let kind = match &node.value {
        Value::Null => ValueKind::Nil,
        Value::Bool(value) => ValueKind::Boolean(*value),
        Value::Integer(value) => ValueKind::I64(*value),
        Value::Float(value) => ValueKind::Float(*value),
        Value::String(value) | Value::Datetime(value) => ValueKind::String(value.clone()),
        Value::Array(items) => ValueKind::Array(items.iter().map(|item| merged(index, layer, item)).collect()),
        Value::Table(entries) => ValueKind::Table(
            entries.iter().map(|entry| (entry.key.clone(), merged(index, layer, &entry.node))).collect(),
        ),
    };
    Merged::new(Some(&format!("{index}:{line}")), kind)
}
