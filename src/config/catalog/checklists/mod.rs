//! `checklists/*.toml` and the templates that come with warroom.

mod item;
mod merge;
pub(crate) mod templates;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value as Json;

pub(super) use self::item::{check, requirement};
use self::merge::Merge;
use super::{File, Reader};
use crate::{
    config::{
        check::schema_of,
        diagnostic::{Diagnostic, one_of},
        document::{Document, Node},
        schema::checklist::ChecklistFile,
    },
    domain::{
        checklist::{Checklist, Group},
        ledger::{canonical, hash::Hash},
    },
};

/// The schema of a checklist's file.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<ChecklistFile>);

/// A file of a checklist together with whether it comes with warroom.
struct Part {
    file: File<ChecklistFile>,
    shipped: bool,
}

/// All files that checklists are made of. A name means the catalog's own file, then the shipped one.
struct Parts {
    all: Vec<Part>,
    own: BTreeMap<String, usize>,
    shipped: BTreeMap<String, usize>,
}

impl Parts {
    /// The file that `name` means in the file `from`: in a file of the same name as a template it is the template.
    fn find(&self, name: &str, from: usize) -> Option<usize> {
        let shipped_only = self.all.get(from).is_some_and(|part| part.shipped);
        let own = self.own.get(name).copied().filter(|own| !shipped_only && *own != from);
        own.or_else(|| self.shipped.get(name).copied().filter(|shipped| *shipped != from))
    }

    fn names(&self) -> BTreeSet<&str> {
        self.own.keys().chain(self.shipped.keys()).map(String::as_str).collect()
    }
}

impl Reader<'_> {
    /// Reads the checklists, and merges each with what it builds on. Shipped ones are merged when a release names them.
    pub(super) fn checklists(&mut self) {
        let files = self.read::<ChecklistFile>("checklists", &SCHEMA);
        let commit = super::commit::of(self.directory);
        self.merge(files, commit.as_deref());
    }

    /// Reads one checklist from a text.
    pub(super) fn checklist(&mut self, name: &str, document: Document) -> File<ChecklistFile> {
        self.parsed(name.to_owned(), std::path::PathBuf::from(format!("{name}.toml")), document, &SCHEMA)
    }

    /// Merges each of the catalog's own checklists with what it builds on.
    pub(super) fn merge(&mut self, own: Vec<File<ChecklistFile>>, commit: Option<&str>) {
        let mut parts = Parts { all: Vec::new(), own: BTreeMap::new(), shipped: BTreeMap::new() };
        for (name, text) in templates::ALL {
            let file = self.checklist(name, Document::built_in(text));
            parts.shipped.insert((*name).to_owned(), parts.all.len());
            parts.all.push(Part { file, shipped: true });
        }
        for file in own {
            parts.own.insert(file.name.clone(), parts.all.len());
            parts.all.push(Part { file, shipped: false });
        }
        let wanted: BTreeSet<String> = self.catalog.releases.values().filter_map(|one| one.checklist.clone()).collect();
        for (name, index) in &parts.own {
            self.merged(name, *index, &parts, commit);
        }
        for (name, index) in parts.shipped.iter().filter(|(name, _)| wanted.contains(*name)) {
            if !parts.own.contains_key(name) {
                self.merged(name, *index, &parts, commit);
            }
        }
        self.named_checklists(&parts);
    }

    fn merged(&mut self, name: &str, index: usize, parts: &Parts, commit: Option<&str>) {
        let Some(order) = self.order(index, parts) else { return };
        let mut merge = Merge::default();
        for index in order {
            self.add(&mut merge, index, parts);
        }
        let title = parts.all.get(index).and_then(|part| part.file.content.as_ref()?.title.clone());
        let groups = merge
            .groups
            .into_iter()
            .map(|(name, items)| Group { name, items: items.into_iter().map(|placed| placed.value).collect() });
        let mut checklist = Checklist {
            name: name.to_owned(),
            title,
            groups: groups.filter(|group| !group.items.is_empty()).collect(),
            signoffs: merge.signoffs.into_iter().map(|placed| placed.value).collect(),
            digest: Hash::NONE,
            commit: None,
        };
        match canonical::to_bytes(&checklist) {
            Ok(bytes) => checklist.digest = Hash::of(&bytes),
            Err(error) => {
                if let Some(part) = parts.all.get(index) {
                    let problem = format!("the checklist has no hash: {error}");
                    self.report.push(Diagnostic::error(&part.file.document, &part.file.root, problem));
                }
                return;
            }
        }
        checklist.commit = commit.map(str::to_owned);
        self.catalog.checklists.insert(name.to_owned(), checklist);
    }

    /// The files that one builds on, each once and before those that build on it, itself last. `None` for a cycle.
    fn order(&mut self, index: usize, parts: &Parts) -> Option<Vec<usize>> {
        let (mut order, mut above) = (Vec::new(), Vec::new());
        self.visit(index, parts, &mut above, &mut order).then_some(order)
    }

    fn visit(&mut self, index: usize, parts: &Parts, above: &mut Vec<usize>, order: &mut Vec<usize>) -> bool {
        let Some(part) = parts.all.get(index) else { return true };
        let Some(content) = &part.file.content else { return true };
        above.push(index);
        let nodes = part.file.root.get("extends").map_or(&[][..], Node::items);
        for (name, node) in content.extends.iter().zip(nodes) {
            let Some(base) = parts.find(name, index) else {
                let diagnostic = Diagnostic::error(&part.file.document, node, "");
                self.report.push(unknown_checklist(diagnostic, name, parts, "to build on"));
                continue;
            };
            if above.contains(&base) {
                let names: Vec<&str> = above
                    .iter()
                    .skip_while(|one| **one != base)
                    .chain([&base])
                    .filter_map(|one| parts.all.get(*one))
                    .map(|part| part.file.name.as_str())
                    .collect();
                let problem = format!("these checklists build on each other: {}", names.join(" → "));
                self.report
                    .push(Diagnostic::error(&part.file.document, node, problem).advise("take one `extends` out"));
                return false;
            }
            if !order.contains(&base) && !self.visit(base, parts, above, order) {
                return false;
            }
        }
        above.pop();
        order.push(index);
        true
    }

    /// Reports releases whose checklist does not exist.
    fn named_checklists(&mut self, parts: &Parts) {
        for (document, node, name) in std::mem::take(&mut self.wanted_checklists) {
            if !parts.own.contains_key(&name) && !parts.shipped.contains_key(&name) {
                let diagnostic = Diagnostic::error(&document, &node, "");
                self.report.push(unknown_checklist(diagnostic, &name, parts, "for a release"));
            }
        }
    }
}

fn unknown_checklist(mut diagnostic: Diagnostic, name: &str, parts: &Parts, what_for: &str) -> Diagnostic {
    diagnostic.problem = format!("there is no checklist `{name}` {what_for}");
    diagnostic
        .nearest(name, parts.names())
        .expected(one_of(parts.names()))
        .advise(format!("or write checklists/{name}.toml"))
}
