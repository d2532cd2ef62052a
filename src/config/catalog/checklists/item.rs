//! From the tables of a file to items and sign-offs, and whether what they name exists.

use super::super::Reader;
use crate::{
    config::{
        diagnostic::{Diagnostic, one_of},
        document::{Document, Node},
        form,
        load::unknown_environment,
        schema::checklist::{CheckValue, ItemTable, LevelWord, RequirementTable, SignoffTable, location},
    },
    domain::{
        catalog::ChangeClass,
        checklist::{Due, Item, Requirement, Signoff, check::Check, predicate::Predicate},
        time::Span,
    },
};

/// What is meant where nothing is said.
pub(super) struct Defaults {
    every: Span,
    timeout: Span,
    expires: Span,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { every: Span::from_mins(1), timeout: Span::from_secs(10), expires: Span::from_hours(24) }
    }
}

/// The item that `table` makes of `old`, or a new one. Forms were checked when the file was read.
pub(super) fn changed_item(table: &ItemTable, old: Option<&Item>, defaults: &Defaults) -> Item {
    let due = table.due.as_deref().and_then(|text| form::due(text).ok());
    Item {
        id: table.id.clone(),
        title: table.title.clone().or_else(|| Some(old?.title.clone())).unwrap_or_default(),
        owner: table.owner.clone().or_else(|| old?.owner.clone()),
        mandatory: table.mandatory.or_else(|| Some(old?.mandatory)).unwrap_or(true),
        weight: table.weight.or_else(|| Some(old?.weight)).unwrap_or(1),
        due: due.or_else(|| Some(old?.due)).unwrap_or_default(),
        check: table
            .check
            .as_ref()
            .map(check)
            .or_else(|| Some(old?.check.clone()))
            .unwrap_or(Check::Manual { signed: false }),
        every: table.every.or_else(|| Some(old?.every)).unwrap_or(defaults.every),
        timeout: table.timeout.or_else(|| Some(old?.timeout)).unwrap_or(defaults.timeout),
    }
}

/// The sign-off of `table`.
pub(super) fn changed_signoff(table: &SignoffTable) -> Signoff {
    let all = || vec![ChangeClass::Standard, ChangeClass::Normal, ChangeClass::Emergency];
    Signoff {
        id: table.id.clone(),
        title: table.title.clone().unwrap_or_else(|| table.id.clone()),
        due: table.due.as_deref().and_then(|text| form::due(text).ok()).unwrap_or(Due::Start),
        classes: table.classes.clone().unwrap_or_else(all),
        by: requirement(&table.by),
        expires: table.expires.unwrap_or(Defaults::default().expires),
    }
}

/// The requirement of a table.
pub(in crate::config::catalog) fn requirement(table: &RequirementTable) -> Requirement {
    match table {
        RequirementTable::Role { role, count, not_author } => {
            Requirement::Role { role: role.clone(), count: *count, not_author: *not_author }
        }
        RequirementTable::All { all } => Requirement::All(all.iter().map(requirement).collect()),
        RequirementTable::Any { any } => Requirement::Any(any.iter().map(requirement).collect()),
    }
}

/// The check of a table.
pub(in crate::config::catalog) fn check(value: &CheckValue) -> Check {
    match value {
        CheckValue::Manual => Check::Manual { signed: false },
        CheckValue::Signed => Check::Manual { signed: true },
        CheckValue::Promql(table) => Check::Promql {
            source: table.source.as_deref().map(Into::into),
            query: table.query.clone(),
            must: table.must.clone(),
        },
        CheckValue::Http(table) => Check::Http {
            url: table.url.clone(),
            status: table.status.unwrap_or(200),
            field: field(table.field.as_ref(), table.must.as_ref()),
            within: table.within,
        },
        CheckValue::Kubernetes(table) => Check::Kubernetes {
            source: table.source.as_deref().map(Into::into),
            kind: table.kind.clone(),
            namespace: table.namespace.clone(),
            name: table.name.clone(),
            field: table.field.clone(),
            must: table.must.clone(),
        },
        CheckValue::Certificate(table) => Check::Certificate {
            host: table.host.clone(),
            port: table.port.unwrap_or(443),
            left: table.left,
            ca: table.ca.clone(),
        },
        CheckValue::Junit(table) => {
            Check::Junit { report: location(&table.report), at_least: table.at_least.unwrap_or(1) }
        }
        CheckValue::Sarif(table) => Check::Sarif {
            report: location(&table.report),
            worst: match table.worst.unwrap_or(LevelWord::Warning) {
                LevelWord::None => "none",
                LevelWord::Note => "note",
                LevelWord::Warning => "warning",
            }
            .to_owned(),
        },
        CheckValue::Json(table) => {
            Check::Json { document: location(&table.document), field: table.field.clone(), must: table.must.clone() }
        }
        CheckValue::Alerts(table) => Check::Alerts { labels: table.labels.clone() },
        CheckValue::Rules(table) => Check::Rules {
            source: table.source.as_deref().map(Into::into),
            alerts: table.alerts.clone(),
            records: table.records.clone(),
            targets: table.targets,
        },
        CheckValue::Command(table) => Check::Command {
            argv: table.argv.clone(),
            exit: table.exit.unwrap_or(0),
            field: field(table.field.as_ref(), table.must.as_ref()),
        },
        CheckValue::Artifact(table) => Check::Artifact { same_as: table.same_as.clone() },
        CheckValue::Rehearsal(table) => Check::Rehearsal { runbook: table.runbook.clone(), within: table.within },
    }
}

fn field(pointer: Option<&String>, must: Option<&Predicate>) -> Option<(String, Predicate)> {
    Some((pointer?.clone(), must?.clone()))
}

/// Whether `text` is a path into JSON by RFC 6901.
fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    (text.is_empty() || text.starts_with('/')) && escapes
}

impl Reader<'_> {
    /// Whether what an item names exists, and whether its check says something at all.
    pub(super) fn item_references(&mut self, table: &ItemTable, document: &Document, node: &Node, shipped: bool) {
        if let Some(owner) = table.owner.as_ref().filter(|_| !shipped) {
            self.owner_exists(owner, document, node.get("owner").unwrap_or(node));
        }
        let Some(check) = &table.check else { return };
        let Some(inner) = node.get("check").and_then(|check| check.entries().first()).map(|entry| &entry.node) else {
            return;
        };
        self.check_references(check, document, inner, shipped);
    }

    /// Whether what a check names exists, and whether it says something at all; `inner` is the table of its kind.
    pub(in crate::config::catalog) fn check_references(
        &mut self,
        check: &CheckValue,
        document: &Document,
        inner: &Node,
        shipped: bool,
    ) {
        let at = |key: &str| inner.get(key).unwrap_or(inner);
        match check {
            CheckValue::Promql(one) => self.source_exists(one.source.as_ref(), document, at("source")),
            CheckValue::Kubernetes(one) => {
                self.source_exists(one.source.as_ref(), document, at("source"));
                self.pointer(Some(&one.field), document, at("field"));
            }
            CheckValue::Rules(one) => {
                self.source_exists(one.source.as_ref(), document, at("source"));
                if one.alerts.is_empty() && one.records.is_empty() && !one.targets {
                    self.says_nothing(document, inner, "name `alerts`, `records`, or say `targets = true`");
                }
            }
            CheckValue::Json(one) => self.pointer(Some(&one.field), document, at("field")),
            CheckValue::Http(one) => {
                self.pair((one.field.as_ref(), one.must.as_ref()), document, inner);
                self.pointer(one.field.as_ref(), document, at("field"));
            }
            CheckValue::Command(one) => {
                self.pair((one.field.as_ref(), one.must.as_ref()), document, inner);
                self.pointer(one.field.as_ref(), document, at("field"));
                if !self.commands {
                    self.refused_command(document, inner);
                }
            }
            CheckValue::Artifact(one) if !shipped && !self.names.environments.contains(&one.same_as) => {
                let diagnostic = Diagnostic::error(document, at("same_as"), "");
                self.report.push(unknown_environment(diagnostic, &one.same_as, self.names));
            }
            CheckValue::Rehearsal(one) if !shipped && !self.runbooks.contains(&one.runbook) => {
                let name = &one.runbook;
                let mut diagnostic =
                    Diagnostic::error(document, at("runbook"), format!("there is no runbook `{name}`"));
                if !self.runbooks.is_empty() {
                    let known = || self.runbooks.iter().map(String::as_str);
                    diagnostic = diagnostic.nearest(name, known()).expected(one_of(known()));
                }
                self.report.push(diagnostic.advise(format!("or write runbooks/{name}.toml")));
            }
            CheckValue::Certificate(one) if one.host.is_empty() || one.host.contains(['/', '@', ' ']) => {
                self.report.push(
                    Diagnostic::error(document, at("host"), format!("`{}` is not a host's name", one.host))
                        .expected("a name such as shop.example.net, without https:// and without a path"),
                );
            }
            _ => {}
        }
    }

    /// Reports what is no JSON Pointer.
    pub(in crate::config::catalog) fn pointer(&mut self, pointer: Option<&String>, document: &Document, node: &Node) {
        if let Some(pointer) = pointer.filter(|pointer| !is_pointer(pointer)) {
            let mut diagnostic = Diagnostic::error(document, node, format!("`{pointer}` is not a JSON Pointer"))
                .expected("a path that begins with /, such as /status/ready");
            diagnostic.nearest =
                Some(format!("/{}", pointer.trim_start_matches(['.', '$']).replace(['.', '['], "/").replace(']', "")));
            self.report.push(diagnostic);
        }
    }

    /// `field` and `must` stand together or not at all.
    pub(in crate::config::catalog) fn pair(
        &mut self,
        pair: (Option<&String>, Option<&Predicate>),
        document: &Document,
        node: &Node,
    ) {
        let (there, missing) = match pair {
            (Some(_), None) => ("field", "must"),
            (None, Some(_)) => ("must", "field"),
            _ => return,
        };
        if !self.told(document, &format!("{}.{missing}", node.path)) {
            self.report.push(
                Diagnostic::error(document, node, format!("`{there}` is there and `{missing}` is missing"))
                    .expected("both `field` and `must`, or neither"),
            );
        }
    }

    fn says_nothing(&mut self, document: &Document, node: &Node, expected: &str) {
        self.report.push(Diagnostic::error(document, node, "the check asks for nothing").expected(expected));
    }

    /// Reports a program that this catalog may not name.
    pub(in crate::config::catalog) fn refused_command(&mut self, document: &Document, node: &Node) {
        self.report.push(
            Diagnostic::error(
                document,
                node,
                "a catalog that a warroom.toml found in the working directory names may not name a command to run",
            )
            .advise("name the catalog in your own configuration file, or give this file by --config if you trust it"),
        );
    }
}
