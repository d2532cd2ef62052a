//! `runbooks/*.toml`: procedures that are prepared before they are needed.

mod actions;
mod conversion;
mod filling;
mod head;
mod nesting;
mod steps;

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::{File, Reader};
use crate::config::{
    check::schema_of,
    document::{Document, Node},
    schema::runbook::{ParameterTable, RunbookFile},
};

/// The schema of a runbook's file.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<RunbookFile>);

/// The file that a value stands in, with the parameters that may be filled in there.
#[derive(Clone, Copy)]
struct Place<'a> {
    document: &'a Document,
    parameters: &'a [ParameterTable],
}

impl Reader<'_> {
    /// Reads the runbooks. Comes after services and roles, which they name, and before the checklists, which name them.
    pub(super) fn runbooks(&mut self) {
        let files = self.read::<RunbookFile>("runbooks", &SCHEMA);
        let commit = super::commit::of(self.directory);
        self.add_runbooks(&files, commit.as_deref());
    }

    /// Reads one runbook from a text.
    pub(super) fn runbook(&mut self, name: &str, document: Document) -> File<RunbookFile> {
        self.parsed(name.to_owned(), std::path::PathBuf::from(format!("{name}.toml")), document, &SCHEMA)
    }

    /// Takes what the files say, each with what it nests.
    pub(super) fn add_runbooks(&mut self, files: &[File<RunbookFile>], commit: Option<&str>) {
        self.runbooks = files.iter().map(|file| file.name.clone()).collect();
        for file in files {
            let Some(content) = &file.content else { continue };
            let place = Place { document: &file.document, parameters: &content.parameter };
            self.head(content, place, &file.root);
            self.parameters(place, &file.root);
            self.steps(content, place, &file.root);
        }
        self.nest(files, commit);
    }
}

/// The value at `key`, or what it is missing in.
fn at<'a>(node: &'a Node, key: &str) -> &'a Node {
    node.get(key).unwrap_or(node)
}

/// The values of the list at `key`.
fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map_or(&[][..], Node::items)
}

/// The table of the kind in `{ kind = { … } }`.
fn inner(node: &Node) -> &Node {
    node.entries().first().map_or(node, |entry| &entry.node)
}
