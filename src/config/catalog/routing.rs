//! `routing.toml`: which class and which sign-offs a risk calls for.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::Value as Json;

use super::{File, Reader};
use crate::{
    config::{
        check::schema_of,
        diagnostic::Diagnostic,
        document::Node,
        load::unknown_environment,
        schema::change::{RoutingFile, RuleTable},
    },
    domain::{
        catalog::ChangeClass,
        risk::routing::{Routing, Rule, When},
    },
};

/// The schema of the file.
static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<RoutingFile>);

impl Reader<'_> {
    /// Reads the file. Comes after `roles.toml`, whose roles it names.
    pub(super) fn routing(&mut self) {
        let path = self.directory.join("routing.toml");
        let Some(document) = self.document(&path) else { return };
        let file = self.parsed::<RoutingFile>("routing".to_owned(), path, document, &SCHEMA);
        let Some(content) = &file.content else { return };
        for (role, node) in content.overrides.iter().zip(items(&file.root, "override")) {
            self.owner_exists(role, &file.document, node);
        }
        let mut seen = BTreeSet::new();
        for (rule, node) in content.rule.iter().zip(items(&file.root, "rule")) {
            if !seen.insert(rule.id.as_str()) {
                let node = node.get("id").unwrap_or(node);
                let problem = format!("there are two rules `{}`", rule.id);
                self.report.push(Diagnostic::error(&file.document, node, problem).advise("rename one of them"));
            }
            self.rule(rule, &file, node);
        }
        self.catalog.routing = Routing {
            rules: content.rule.iter().map(read).collect(),
            overrides: content.overrides.iter().cloned().collect(),
        };
    }

    fn rule(&mut self, rule: &RuleTable, file: &File<RoutingFile>, node: &Node) {
        for (role, node) in rule.sign.iter().zip(items(node, "sign")) {
            self.owner_exists(role, &file.document, node);
        }
        let when = node.get("when").unwrap_or(node);
        for (environment, node) in rule.when.environments.iter().zip(items(when, "environments")) {
            if !self.names.environments.contains(environment) {
                let diagnostic = Diagnostic::error(&file.document, node, "");
                self.report.push(unknown_environment(diagnostic, environment, self.names));
            }
        }
        if rule.class.is_none() && rule.sign.is_empty() {
            self.report.push(
                Diagnostic::error(&file.document, node, format!("the rule `{}` calls for nothing", rule.id))
                    .expected("`class`, `sign` or both"),
            );
        }
        if rule.class == Some(ChangeClass::Emergency) {
            let node = node.get("class").unwrap_or(node);
            self.report.push(
                Diagnostic::error(
                    &file.document,
                    node,
                    "no rule makes a release an emergency: somebody says that it is one",
                )
                .expected("standard or normal"),
            );
        }
    }
}

fn read(table: &RuleTable) -> Rule {
    Rule {
        id: table.id.clone(),
        when: When {
            score: table.when.score,
            criticality: table.when.criticality,
            has: table.when.has.clone(),
            environments: table.when.environments.iter().cloned().collect(),
        },
        class: table.class,
        sign: table.sign.iter().cloned().collect(),
    }
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map_or(&[], Node::items)
}
