//! `slos/*.yaml`: `OpenSLO` v1 (<https://github.com/OpenSLO/OpenSLO>).
//!
//! Read are SLOs with the budgeting method Occurrences and the SLIs that they refer to. Everything else is told, object by
//! object: nothing is left out silently.

mod indicator;
mod objective;
mod period;
mod query;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use super::Reader;
use crate::config::{
    diagnostic::{Diagnostic, Severity, nearest},
    document::{Document, Entry, Node, Value, yaml},
    layers,
};

/// The version that is read.
const VERSION: &str = "openslo/v1";

/// One object of a file.
struct Object {
    path: PathBuf,
    document: Document,
    node: Node,
}

/// SLIs by name.
type Indicators = BTreeMap<String, Node>;

impl Object {
    fn kind(&self) -> &str {
        self.node.get("kind").and_then(Node::text).unwrap_or_default()
    }

    fn name(&self) -> Option<&str> {
        self.node.get("metadata")?.get("name")?.text()
    }

    /// `SLO main-page`.
    fn title(&self) -> String {
        format!("{} {}", self.kind(), self.name().unwrap_or("without a name"))
    }

    /// What is wrong with the object at `node`.
    fn error(&self, node: &Node, problem: &str) -> Diagnostic {
        Diagnostic::error(&self.document, node, format!("{}: {problem}", self.title()))
    }

    /// What is left out because warroom cannot do it yet.
    fn unsupported(&self, node: &Node, what: &str) -> Diagnostic {
        let problem = format!("{}: {what} not supported yet, so it is left out", self.title());
        Diagnostic::warning(&self.document, node, problem)
    }
}

impl Reader<'_> {
    pub(super) fn openslo(&mut self) {
        let mut objects = Vec::new();
        for path in self.files("slos", &["yaml", "yml"]) {
            objects.extend(self.objects(&path));
        }
        objects.retain(|object| self.readable(object));
        let indicators: Indicators = objects
            .iter()
            .filter(|object| object.kind() == "SLI")
            .filter_map(|object| Some((object.name()?.to_owned(), object.node.get("spec")?.clone())))
            .collect();
        for object in objects.iter().filter(|object| object.kind() == "SLO") {
            self.openslo_slo(object, &indicators);
        }
    }

    /// The objects of a file: several documents, lists of objects, or both.
    fn objects(&mut self, path: &Path) -> Vec<Object> {
        let Some(document) = self.document(path) else { return Vec::new() };
        let nodes = match yaml::parse(&document.text) {
            Ok(nodes) => nodes,
            Err(error) => {
                layers::syntax(&document, "YAML", &[error], self.report);
                return Vec::new();
            }
        };
        let several = nodes.len() > 1;
        let mut objects = Vec::new();
        for (index, mut node) in nodes.into_iter().enumerate() {
            if several {
                node.set_paths(&format!("document {}", index + 1));
            }
            match node.value {
                Value::Null => {}
                Value::Array(items) => objects.extend(items),
                _ => objects.push(node),
            }
        }
        objects.into_iter().map(|node| Object { path: path.to_owned(), document: document.clone(), node }).collect()
    }

    /// Whether the object is one that can be read; reports it otherwise.
    fn readable(&mut self, object: &Object) -> bool {
        let node = &object.node;
        if !matches!(node.value, Value::Table(_)) {
            self.report.push(
                Diagnostic::error(&object.document, node, "not an OpenSLO object")
                    .expected("a table with apiVersion, kind, metadata and spec")
                    .found(node.described()),
            );
            return false;
        }
        let version = node.get("apiVersion");
        match version.and_then(Node::text) {
            Some(VERSION) => {}
            Some(other) if other.starts_with("openslo") => {
                let diagnostic = object.unsupported(version.unwrap_or(node), &format!("apiVersion {other} is"));
                self.report.push(diagnostic.expected(VERSION).advise("convert it to OpenSLO v1"));
                return false;
            }
            Some(other) => {
                let diagnostic =
                    object.error(version.unwrap_or(node), &format!("`{other}` is not a version of OpenSLO"));
                self.report.push(diagnostic.expected(VERSION).nearest(other, [VERSION]));
                return false;
            }
            None => {
                let diagnostic = object.error(version.unwrap_or(node), "`apiVersion` is missing or not a text");
                self.report.push(diagnostic.expected(format!("apiVersion: {VERSION}")));
                return false;
            }
        }
        self.known_kind(object)
    }

    fn known_kind(&mut self, object: &Object) -> bool {
        const READ: [&str; 2] = ["SLO", "SLI"];
        const IGNORED: [(&str, &str); 5] = [
            ("Service", "services are files in services/"),
            ("DataSource", "sources are configured as [[source]]"),
            ("AlertPolicy", "warroom reads alerts from Alertmanager and Prometheus"),
            ("AlertCondition", "warroom reads alerts from Alertmanager and Prometheus"),
            ("AlertNotificationTarget", "warroom notifies nobody"),
        ];
        let kind = object.kind();
        if READ.contains(&kind) {
            return true;
        }
        let at = object.node.get("kind").unwrap_or(&object.node);
        if let Some((_, why)) = IGNORED.iter().find(|(known, _)| *known == kind) {
            let problem = format!("{}: the kind {kind} is ignored", object.title());
            self.report.push(Diagnostic::warning(&object.document, at, problem).advise(*why));
        } else {
            let kinds = READ.into_iter().chain(IGNORED.iter().map(|(kind, _)| *kind));
            self.report.push(object.error(at, "an unknown kind").nearest(kind, kinds).expected("SLO or SLI"));
        }
        false
    }

    /// Warns about keys that OpenSLO does not have there: they are ignored.
    fn unknown_keys(&mut self, object: &Object, node: &Node, known: &[&str]) {
        let unknown = |entry: &&Entry| !known.contains(&entry.key.as_str()) && !entry.key.starts_with("x-");
        for entry in node.entries().iter().filter(unknown) {
            let mut diagnostic = Diagnostic::key_error(
                &object.document,
                entry,
                format!("{}: unknown key `{}`, which is ignored", object.title(), entry.key),
            );
            diagnostic.severity = Severity::Warning;
            diagnostic.nearest = nearest(&entry.key, known.iter().copied());
            self.report.push(diagnostic);
        }
    }
}
