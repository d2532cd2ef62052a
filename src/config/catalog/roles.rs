//! `roles.toml`: who people are, what each role may do, and whether the roles that checklists name exist.

use std::{collections::BTreeMap, path::PathBuf, sync::LazyLock};

use serde_json::Value as Json;

use super::Reader;
use crate::{
    config::{
        check::schema_of,
        diagnostic::{Diagnostic, one_of},
        document::{Document, Node},
        schema::checklist::RequirementTable,
    },
    domain::readiness::roles::Roles,
};

/// The schema of the file.
static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<Roles>);

/// The file, when there is one that can be read.
pub(super) struct Declared {
    document: Document,
    root: Node,
    /// Roles that own items of shipped templates and are not declared, each with a template that names it.
    missing: BTreeMap<String, String>,
}

impl Reader<'_> {
    /// Reads `roles.toml`. Comes after `allowed_signers`, whose people it names, and before the checklists, which name its roles.
    pub(super) fn roles(&mut self) {
        let path = self.directory.join("roles.toml");
        if let Some(document) = self.document(&path) {
            self.roles_of(path, document);
        }
    }

    /// Takes what `document` says about people and roles.
    pub(super) fn roles_of(&mut self, path: PathBuf, document: Document) {
        let file = self.parsed::<Roles>("roles".to_owned(), path, document, &SCHEMA);
        let Some(roles) = file.content else { return };
        self.names_of_one(&roles, &file.document, &file.root);
        self.groups(&roles, &file.document, &file.root);
        self.members(&roles, &file.document, &file.root);
        self.catalog.roles = roles;
        self.declared = Some(Declared { document: file.document, root: file.root, missing: BTreeMap::new() });
    }

    /// A name is one person's: otherwise one signature would count for two people.
    fn names_of_one(&mut self, roles: &Roles, document: &Document, root: &Node) {
        let mut owners: BTreeMap<&str, &str> =
            roles.principals.keys().map(|name| (name.as_str(), name.as_str())).collect();
        for (name, person) in &roles.principals {
            let Some(nodes) = at(root, &["principals", name, "also"]) else { continue };
            for (also, node) in person.also.iter().zip(nodes.items()) {
                if let Some(other) = owners.insert(also, name).filter(|other| other != name) {
                    self.report.push(
                        Diagnostic::error(document, node, format!("`{also}` is a name of `{other}` too"))
                            .expected("each name to be one person's")
                            .advise("take it out of one of them"),
                    );
                }
            }
        }
    }

    fn groups(&mut self, roles: &Roles, document: &Document, root: &Node) {
        for (name, members) in &roles.groups {
            let Some(nodes) = at(root, &["groups", name]) else { continue };
            for (member, node) in members.iter().zip(nodes.items()) {
                if member.starts_with('@') {
                    self.report.push(
                        Diagnostic::error(document, node, format!("`{member}` is a group, and a group lists people"))
                            .advise("name its people here, or name both groups in the role"),
                    );
                } else {
                    self.person(member, roles, document, node);
                }
            }
        }
    }

    fn members(&mut self, roles: &Roles, document: &Document, root: &Node) {
        for (name, role) in &roles.roles {
            let Some(table) = at(root, &["roles", name]) else { continue };
            let nodes = table.get("members").map_or(&[][..], Node::items);
            for (member, node) in role.members.iter().zip(nodes) {
                match member.strip_prefix('@') {
                    Some(group) if !roles.groups.contains_key(group) => {
                        let known = || roles.groups.keys().map(String::as_str);
                        self.report.push(
                            Diagnostic::error(document, node, format!("there is no group `{group}`"))
                                .nearest(group, known())
                                .expected(one_of(known()))
                                .advise("declare it under [groups]"),
                        );
                    }
                    Some(_) => {}
                    None => self.person(member, roles, document, node),
                }
            }
            if roles.people(name).is_empty() {
                self.report.push(
                    Diagnostic::warning(document, table, format!("nobody has the role `{name}`"))
                        .advise("name its `members`; what needs the role can never be given until then"),
                );
            }
        }
    }

    /// Warns about somebody whom neither this file nor `allowed_signers` knows: most likely misspelt.
    fn person(&mut self, name: &str, roles: &Roles, document: &Document, node: &Node) {
        let declared = || roles.principals.iter().flat_map(|(name, person)| std::iter::once(name).chain(&person.also));
        let signers = &self.catalog.signers;
        if signers.knows(name) || declared().any(|known| known == name) {
            return;
        }
        let others: Vec<&str> = signers.names().chain(declared().map(String::as_str)).collect();
        if others.is_empty() {
            return;
        }
        self.report.push(
            Diagnostic::warning(
                document,
                node,
                format!("`{name}` is neither in allowed_signers nor under [principals], so can sign nothing"),
            )
            .nearest(name, others)
            .advise("add the key to allowed_signers, or correct the name"),
        );
    }

    /// Warns about a reviewer whom nobody knows. Says nothing where there is no `roles.toml`.
    pub(super) fn reviewer_exists(&mut self, name: &str, document: &Document, node: &Node) {
        if self.declared.is_some() {
            let roles = self.catalog.roles.clone();
            self.person(name, &roles, document, node);
        }
    }

    /// Reports the owner of an item that is no role. Says nothing where there is no `roles.toml`.
    pub(super) fn owner_exists(&mut self, owner: &str, document: &Document, node: &Node) {
        if self.declared.is_some() && !self.catalog.roles.roles.contains_key(owner) {
            self.unknown_role(owner, document, node);
        }
    }

    /// Reports the owner of a release whom `roles.toml` does not know: nobody could be told apart from them. Says nothing where there
    /// is no `roles.toml`.
    pub(super) fn author_exists(&mut self, owner: &str, document: &Document, node: &Node) {
        if self.declared.is_none() || self.catalog.roles.knows(owner) {
            return;
        }
        let diagnostic = Diagnostic::error(document, node, format!("roles.toml knows nobody called `{owner}`"))
            .nearest(owner, self.catalog.roles.names())
            .expected("a person or a group of roles.toml, so that others can be told apart from the owner")
            .advise("correct the name, or add it under [principals] in roles.toml");
        self.report.push(diagnostic);
    }

    /// Remembers that a shipped template names `owner`: its file cannot be corrected, so `roles.toml` is told.
    pub(super) fn template_owner(&mut self, owner: &str, template: &str) {
        if let Some(declared) = &mut self.declared
            && !self.catalog.roles.roles.contains_key(owner)
        {
            declared.missing.entry(owner.to_owned()).or_insert_with(|| template.to_owned());
        }
    }

    /// Reports roles of a sign-off that do not exist.
    pub(super) fn required_roles(&mut self, table: &RequirementTable, document: &Document, node: &Node) {
        if self.declared.is_none() {
            return;
        }
        let (parts, key) = match table {
            RequirementTable::Role { role, .. } => {
                if !self.catalog.roles.roles.contains_key(role) {
                    self.unknown_role(role, document, node.get("role").unwrap_or(node));
                }
                return;
            }
            RequirementTable::All { all } => (all, "all"),
            RequirementTable::Any { any } => (any, "any"),
        };
        let nodes = node.get(key).map_or(&[][..], Node::items);
        for (part, node) in parts.iter().zip(nodes) {
            self.required_roles(part, document, node);
        }
    }

    /// Warns about the roles that templates in use name and nobody declared. Comes after the checklists.
    pub(super) fn missing_roles(&mut self) {
        let Some(declared) = self.declared.take() else { return };
        for (role, template) in declared.missing {
            let node = declared.root.get("roles").unwrap_or(&declared.root);
            let problem = format!("there is no role `{role}`, which owns items of the template `{template}`");
            self.report
                .push(Diagnostic::warning(&declared.document, node, problem).advise(format!("declare [roles.{role}]")));
        }
    }

    fn unknown_role(&mut self, role: &str, document: &Document, node: &Node) {
        let known = || self.catalog.roles.roles.keys().map(String::as_str);
        let diagnostic = Diagnostic::error(document, node, format!("there is no role `{role}`"))
            .nearest(role, known())
            .expected(one_of(known()))
            .advise("or declare it in roles.toml");
        self.report.push(diagnostic);
    }
}

/// The value below `root` at these keys.
fn at<'a>(root: &'a Node, keys: &[&str]) -> Option<&'a Node> {
    keys.iter().try_fold(root, |node, key| node.get(key))
}
