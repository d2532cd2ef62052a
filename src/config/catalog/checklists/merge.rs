//! Checklists laid over each other: what builds on another may add and tighten, never loosen.

use std::collections::BTreeSet;

use super::{
    super::Reader,
    Parts,
    item::{Defaults, changed_item, changed_signoff},
};
use crate::{
    config::{
        diagnostic::Diagnostic,
        document::{Document, Node},
        schema::checklist::{ItemTable, SignoffTable},
    },
    domain::checklist::{Item, Signoff, strictness},
};

/// What was merged so far.
#[derive(Default)]
pub(super) struct Merge {
    pub(super) groups: Vec<(String, Vec<Placed<Item>>)>,
    pub(super) signoffs: Vec<Placed<Signoff>>,
}

/// A value, and where it was last said.
pub(super) struct Placed<T> {
    pub(super) value: T,
    part: usize,
    place: String,
}

impl Merge {
    fn item(&mut self, id: &str) -> Option<&mut Placed<Item>> {
        self.groups.iter_mut().flat_map(|(_, items)| items).find(|placed| placed.value.id == id)
    }

    fn push(&mut self, group: &str, item: Placed<Item>) {
        match self.groups.iter_mut().find(|(name, _)| name == group) {
            Some((_, items)) => items.push(item),
            None => self.groups.push((group.to_owned(), vec![item])),
        }
    }
}

/// The place of `node` for another message: `checklists/base.toml:12:1`, or the template's name.
fn place(parts: &Parts, index: usize, document: &Document, node: &Node) -> String {
    match parts.all.get(index) {
        Some(part) if part.shipped => format!("the template `{}`", part.file.name),
        _ => Diagnostic::error(document, node, "").place(),
    }
}

impl Reader<'_> {
    /// Lays the file `index` over what was merged before.
    pub(super) fn add(&mut self, merge: &mut Merge, index: usize, parts: &Parts) {
        let Some(part) = parts.all.get(index) else { return };
        let Some(content) = &part.file.content else { return };
        let below = below(parts, index);
        let mut seen = BTreeSet::new();
        let groups = part.file.root.get("group").map_or(&[][..], Node::items);
        for (group, group_node) in content.group.iter().zip(groups) {
            let nodes = group_node.get("item").map_or(&[][..], Node::items);
            for (table, node) in group.item.iter().zip(nodes) {
                let at = Spot { parts, index, document: &part.file.document, node, below: &below };
                if !seen.insert(table.id.clone()) {
                    self.twice(&at, "item", &table.id, None);
                    continue;
                }
                self.add_item(merge, &group.name, table, &at);
            }
        }
        seen.clear();
        let nodes = part.file.root.get("signoff").map_or(&[][..], Node::items);
        for (table, node) in content.signoff.iter().zip(nodes) {
            let at = Spot { parts, index, document: &part.file.document, node, below: &below };
            if !seen.insert(table.id.clone()) {
                self.twice(&at, "sign-off", &table.id, None);
                continue;
            }
            self.add_signoff(merge, table, &at);
        }
    }

    fn add_item(&mut self, merge: &mut Merge, group: &str, table: &ItemTable, at: &Spot<'_>) {
        self.item_references(table, at.document, at.node, at.shipped());
        if let (true, Some(owner), Some(part)) = (at.shipped(), &table.owner, at.parts.all.get(at.index)) {
            self.template_owner(owner, &part.file.name);
        }
        let old = merge.item(&table.id);
        if let Some(old) = &old
            && !at.below.contains(&old.part)
        {
            let place = old.place.clone();
            self.twice(at, "item", &table.id, Some(place));
            return;
        }
        let Some(new) = self.read_item(table, old.as_deref().map(|placed| &placed.value), at.document, at.node) else {
            return;
        };
        let place = at.place();
        match old {
            Some(old) => match strictness::looser_item(&old.value, &new) {
                Some(why) => self.loosened(at, "item", &table.id, &why, &old.place),
                None => *old = Placed { value: new, part: at.index, place },
            },
            None => merge.push(group, Placed { value: new, part: at.index, place }),
        }
    }

    fn add_signoff(&mut self, merge: &mut Merge, table: &SignoffTable, at: &Spot<'_>) {
        self.required_roles(&table.by, at.document, at.node.get("by").unwrap_or(at.node));
        let new = changed_signoff(table);
        let place = at.place();
        let Some(old) = merge.signoffs.iter_mut().find(|placed| placed.value.id == table.id) else {
            merge.signoffs.push(Placed { value: new, part: at.index, place });
            return;
        };
        if !at.below.contains(&old.part) {
            let place = old.place.clone();
            self.twice(at, "sign-off", &table.id, Some(place));
        } else if let Some(why) = strictness::looser_signoff(&old.value, &new) {
            let place = old.place.clone();
            self.loosened(at, "sign-off", &table.id, &why, &place);
        } else {
            *old = Placed { value: new, part: at.index, place };
        }
    }

    fn read_item(&mut self, table: &ItemTable, old: Option<&Item>, document: &Document, node: &Node) -> Option<Item> {
        if old.is_none() && table.title.is_none() {
            if !self.told(document, &format!("{}.title", node.path)) {
                self.report.push(
                    Diagnostic::error(document, node, "`title` is missing")
                        .expected("title = a text in quotes, which says what must hold")
                        .advise(format!(
                            "to tighten an item `{}` of another checklist, name that one in `extends`",
                            table.id
                        )),
                );
            }
            return None;
        }
        Some(changed_item(table, old, &Defaults::default()))
    }

    fn twice(&mut self, at: &Spot<'_>, what: &str, id: &str, other: Option<String>) {
        let node = at.node.get("id").unwrap_or(at.node);
        let place = other.map_or_else(|| "in this file".to_owned(), |place| format!("in {place}"));
        self.report.push(
            Diagnostic::error(at.document, node, format!("the {what} `{id}` is there twice; it is {place} already"))
                .advise("rename one of them; the record names it, so rename the newer one"),
        );
    }

    fn loosened(&mut self, at: &Spot<'_>, what: &str, id: &str, why: &str, place: &str) {
        self.report.push(
            Diagnostic::error(at.document, at.node, format!("the {what} `{id}` of {place} is loosened: {why}"))
                .expected("the same, or stricter")
                .advise("a release that cannot keep it needs a waiver; otherwise change it where it was first said"),
        );
    }
}

/// Where a table stands.
struct Spot<'a> {
    parts: &'a Parts,
    index: usize,
    document: &'a Document,
    node: &'a Node,
    /// The files that this one builds on.
    below: &'a BTreeSet<usize>,
}

impl Spot<'_> {
    fn place(&self) -> String {
        place(self.parts, self.index, self.document, self.node)
    }

    fn shipped(&self) -> bool {
        self.parts.all.get(self.index).is_some_and(|part| part.shipped)
    }
}

/// The files that `index` builds on, directly and through others.
fn below(parts: &Parts, index: usize) -> BTreeSet<usize> {
    let (mut found, mut next) = (BTreeSet::new(), vec![index]);
    while let Some(index) = next.pop() {
        let Some(content) = parts.all.get(index).and_then(|part| part.file.content.as_ref()) else { continue };
        for base in content.extends.iter().filter_map(|name| parts.find(name, index)) {
            if found.insert(base) {
                next.push(base);
            }
        }
    }
    found
}
