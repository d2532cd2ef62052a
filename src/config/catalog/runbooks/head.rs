//! What a runbook says about itself: whom and what it is for, who answers for it, what it asks for.

use std::collections::BTreeSet;

use super::{Place, at, conversion, items};
use crate::{
    config::{
        catalog::Reader,
        diagnostic::Diagnostic,
        document::Node,
        load::unknown_environment,
        schema::{
            checklist::RequirementTable,
            runbook::{KindWord, ParameterTable, RunbookFile},
        },
    },
    domain::{
        readiness::roles::Right,
        runbook::parameter::{GIVEN, NotLetIn},
    },
};

impl Reader<'_> {
    /// Whether what the head of a runbook names exists.
    pub(super) fn head(&mut self, content: &RunbookFile, place: Place<'_>, root: &Node) {
        for (service, node) in content.services.iter().zip(items(root, "services")) {
            self.service_exists(service, place, node);
        }
        for (environment, node) in content.environments.iter().zip(items(root, "environments")) {
            if !self.names.environments.contains(environment) {
                let diagnostic = Diagnostic::error(place.document, node, "");
                self.report.push(unknown_environment(diagnostic, environment, self.names));
            }
        }
        if let Some(owner) = &content.owner {
            self.owner_exists(owner, place.document, at(root, "owner"));
        }
        for (reviewer, node) in content.reviewers.iter().zip(items(root, "reviewers")) {
            self.reviewer_exists(reviewer, place.document, node);
        }
        let approvals = &content.approvals;
        let all =
            [("standard", &approvals.standard), ("normal", &approvals.normal), ("emergency", &approvals.emergency)];
        for (class, requirement) in all {
            if let (Some(requirement), Some(node)) = (requirement, root.get("approvals").and_then(|all| all.get(class)))
            {
                self.required_roles(requirement, place.document, node);
                self.may_approve(requirement, place, node);
            }
        }
    }

    /// Warns about a role whose people may approve nothing.
    fn may_approve(&mut self, table: &RequirementTable, place: Place<'_>, node: &Node) {
        let (parts, key) = match table {
            RequirementTable::Role { role, .. } => {
                let powerless =
                    self.catalog.roles.roles.get(role).is_some_and(|role| !role.may.contains(&Right::Approve));
                if powerless {
                    let problem = format!("the role `{role}` may approve nothing, so its approval can never be given");
                    self.report.push(
                        Diagnostic::warning(place.document, at(node, "role"), problem)
                            .advise(format!("add \"approve\" to `may` of [roles.{role}], or name another role")),
                    );
                }
                return;
            }
            RequirementTable::All { all } => (all, "all"),
            RequirementTable::Any { any } => (any, "any"),
        };
        for (part, node) in parts.iter().zip(items(node, key)) {
            self.may_approve(part, place, node);
        }
    }

    /// Reports a service that nobody declared.
    pub(super) fn service_exists(&mut self, name: &str, place: Place<'_>, node: &Node) {
        if !self.services.contains(name) {
            let diagnostic = Diagnostic::error(place.document, node, "");
            self.report.push(self.unknown_service(diagnostic, name));
        }
    }

    /// Whether parameters make sense.
    pub(super) fn parameters(&mut self, place: Place<'_>, root: &Node) {
        let mut seen = BTreeSet::new();
        for (table, node) in place.parameters.iter().zip(items(root, "parameter")) {
            let name = table.name.as_str();
            let mut wrong = |key: &str, problem: String, expected: &str| {
                let diagnostic = Diagnostic::error(place.document, at(node, key), problem);
                self.report.push(diagnostic.expected(expected));
            };
            if GIVEN.contains(&name) {
                let given = format!("`{name}` is given by the target that the runbook is planned for");
                wrong("name", given, "another name, or no parameter: ${…} has it already");
            } else if !seen.insert(name) {
                wrong("name", format!("the parameter `{name}` is there twice"), "one of them");
            }
            self.parameter(table, place, node);
        }
    }

    fn parameter(&mut self, table: &ParameterTable, place: Place<'_>, node: &Node) {
        let mut wrong = |key: &str, problem: String, expected: String| {
            let diagnostic = Diagnostic::error(place.document, at(node, key), problem);
            self.report.push(diagnostic.expected(expected));
        };
        let is_choice = table.kind == KindWord::Choice;
        if is_choice && table.values.is_empty() {
            wrong("kind", "a choice of nothing".to_owned(), "values = [\"…\", \"…\"]".to_owned());
        } else if !is_choice && !table.values.is_empty() {
            wrong("values", "only a choice has `values`".to_owned(), "kind = \"choice\"".to_owned());
        }
        let is_number = table.kind == KindWord::Number;
        if let Some(key) = [("min", table.min), ("max", table.max)].iter().find_map(|(key, one)| one.map(|_| *key)) {
            if !is_number {
                wrong(key, format!("only a number has `{key}`"), "kind = \"number\"".to_owned());
            } else if let (Some(min), Some(max)) = (table.min, table.max)
                && min > max
            {
                wrong("max", "`max` is less than `min`".to_owned(), format!("at least {min}"));
            }
        }
        let Some(default) = &table.default else { return };
        if let Err(NotLetIn::Value { must, value, .. }) = conversion::parameter(table).admit(default) {
            wrong("default", format!("the default `{value}` is not let in"), must);
        }
    }
}
