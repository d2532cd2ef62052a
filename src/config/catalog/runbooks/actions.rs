//! What a step does: whether what it names exists, and whether parameters stand where they may.

use std::collections::BTreeMap;

use super::{Place, at, inner, items};
use crate::{
    config::{
        catalog::Reader,
        diagnostic::Diagnostic,
        document::Node,
        form,
        schema::{
            checklist::CheckValue,
            runbook::action::{
                ActionTable, BodyTable, NotifyTable, PatchTable, ProgramTable, RequestTable, RolloutTable,
                TextOrSecret, WaitTable,
            },
        },
    },
    domain::{checklist::predicate::Predicate, runbook::action::Verb},
};

impl Reader<'_> {
    /// Whether an action makes sense; `node` is the table of its kind.
    pub(super) fn action(&mut self, action: &ActionTable, place: Place<'_>, node: &Node) {
        match action {
            ActionTable::Http(request) => self.request(request, place, node),
            ActionTable::Kubernetes(patch) => self.patch(patch, place, node),
            ActionTable::Rollout(rollout) => self.rollout(rollout, place, node),
            ActionTable::Command(program) => self.program(program, place, node),
            ActionTable::WaitMetric(wait) => self.wait(wait, place, node),
            // The check itself stands where the kind's table would.
            ActionTable::Check(check) => self.look(check, place, node),
            ActionTable::Manual(manual) => {
                self.fills_words(&manual.instruction, place, at(node, "instruction"));
                if manual.instruction.trim().is_empty() {
                    self.report.push(
                        Diagnostic::error(place.document, at(node, "instruction"), "an empty instruction")
                            .expected("what to do, and how to see that it is done"),
                    );
                }
                if let Some(who) = &manual.who {
                    self.owner_exists(who, place.document, at(node, "who"));
                }
            }
            ActionTable::Notify(message) => self.message(message, place, node),
            // What it nests is looked at when all files were read.
            ActionTable::Runbook(nested) => {
                for (name, value) in &nested.with {
                    self.fills_whole(value, place, node.get("with").map_or(node, |with| at(with, name)));
                }
            }
        }
    }

    fn request(&mut self, table: &RequestTable, place: Place<'_>, node: &Node) {
        self.fills_url(&table.url, place, at(node, "url"));
        self.headers(&table.headers, place, at(node, "headers"));
        self.body(table.body.as_ref(), place, node);
        self.pair((table.field.as_ref(), table.must.as_ref()), place.document, node);
        self.pointer(table.field.as_ref(), place.document, at(node, "field"));
        self.condition(table.must.as_ref(), place, at(node, "must"));
        if let Some(url) = &table.rehearsal_url {
            self.fills_url(url, place, at(node, "rehearsal_url"));
        }
    }

    fn message(&mut self, table: &NotifyTable, place: Place<'_>, node: &Node) {
        self.fills_url(&table.url, place, at(node, "url"));
        self.headers(&table.headers, place, at(node, "headers"));
        self.body(table.body.as_ref(), place, node);
        if let Some(url) = &table.rehearsal_url {
            self.fills_url(url, place, at(node, "rehearsal_url"));
        }
    }

    fn headers(&mut self, headers: &BTreeMap<String, TextOrSecret>, place: Place<'_>, node: &Node) {
        for (name, value) in headers {
            if let TextOrSecret::Text(text) = value {
                self.fills_named(name, text, place, at(node, name));
            }
        }
    }

    fn body(&mut self, body: Option<&BodyTable>, place: Place<'_>, node: &Node) {
        let Some(node) = node.get("body").map(inner) else { return };
        match body {
            Some(BodyTable::Json(_)) => self.fills_json(place, node),
            Some(BodyTable::Text(text)) => {
                self.fills_nothing(text, "a text is sent as it is; only JSON has parameters", place, node);
            }
            None => {}
        }
    }

    fn patch(&mut self, table: &PatchTable, place: Place<'_>, node: &Node) {
        self.source_exists(table.source.as_ref(), place.document, at(node, "source"));
        self.fills_nothing(&table.kind, "the kind decides what is changed", place, at(node, "kind"));
        if table.kind.rsplit('/').next() == Some("Secret") {
            let problem = "a Secret is never changed by a runbook: its content would stand in the plan";
            self.report.push(
                Diagnostic::error(place.document, at(node, "kind"), problem)
                    .advise("change it with a program, or with what made it, and restart what reads it"),
            );
        }
        self.fills_whole(&table.name, place, at(node, "name"));
        if let Some(namespace) = &table.namespace {
            self.fills_whole(namespace, place, at(node, "namespace"));
        }
        let patch = at(node, "patch");
        if patch.entries().is_empty() {
            self.report.push(
                Diagnostic::error(place.document, patch, "the patch changes nothing")
                    .expected("a table such as { spec = { suspend = true } }"),
            );
        }
        self.fills_json(place, patch);
        if let (Some(until), Some(node)) = (&table.until, node.get("until")) {
            self.pointer(Some(&until.field), place.document, at(node, "field"));
            self.condition(Some(&until.must), place, at(node, "must"));
        }
    }

    fn rollout(&mut self, table: &RolloutTable, place: Place<'_>, node: &Node) {
        if let Some(service) = &table.service {
            self.fills_whole(service, place, at(node, "service"));
            if !service.starts_with("${") {
                self.service_exists(service, place, at(node, "service"));
            }
        }
        let Some(to) = &table.to else { return };
        self.fills_whole(to, place, at(node, "to"));
        if !matches!(table.verb, Verb::Undo | Verb::Back) {
            let problem = format!("`{}` goes back to no version", table.verb.word());
            self.report.push(
                Diagnostic::error(place.document, at(node, "to"), problem)
                    .advise("take `to` out, or write verb = \"back\" or \"undo\""),
            );
        }
    }

    fn program(&mut self, table: &ProgramTable, place: Place<'_>, node: &Node) {
        if !self.commands {
            self.refused_command(place.document, node);
        }
        self.arguments(&table.argv, place, node, "argv");
        if let Some(argv) = &table.rehearsal {
            self.arguments(argv, place, node, "rehearsal");
        }
        for (name, node) in table.pass.iter().zip(items(node, "pass")) {
            if form::check("label", name).is_err() {
                self.report.push(
                    Diagnostic::error(place.document, node, format!("`{name}` is not the name of a variable"))
                        .expected("letters, digits and _, not beginning with a digit"),
                );
            }
        }
        for (name, value) in &table.environment {
            if let TextOrSecret::Text(text) = value {
                self.fills_named(name, text, place, node.get("environment").map_or(node, |all| at(all, name)));
            }
        }
    }

    fn arguments(&mut self, argv: &[String], place: Place<'_>, node: &Node, key: &str) {
        for (index, (argument, node)) in argv.iter().zip(items(node, key)).enumerate() {
            if index > 0 {
                self.fills_whole(argument, place, node);
                continue;
            }
            self.fills_nothing(argument, "it is the program that is run", place, node);
            if argument.trim().is_empty() {
                self.report.push(Diagnostic::error(place.document, node, "no program").expected("its name or path"));
            }
        }
    }

    fn wait(&mut self, table: &WaitTable, place: Place<'_>, node: &Node) {
        self.source_exists(table.source.as_ref(), place.document, at(node, "source"));
        self.fills_query(&table.query, place, at(node, "query"));
        self.condition(Some(&table.must), place, at(node, "must"));
    }

    fn condition(&mut self, must: Option<&Predicate>, place: Place<'_>, node: &Node) {
        if let Some(Predicate::Text { text, .. }) = must {
            self.fills_whole(text, place, node);
        }
    }

    /// Whether a look makes sense: `node` is the value `{ kind = { … } }`.
    pub(super) fn look(&mut self, check: &CheckValue, place: Place<'_>, node: &Node) {
        if matches!(check, CheckValue::Manual | CheckValue::Signed) {
            self.report.push(
                Diagnostic::error(place.document, node, "only a person can tell this")
                    .expected("a check such as { promql = { … } }")
                    .advise("a step for a person is do = { manual = { … } }"),
            );
            return;
        }
        let node = inner(node);
        self.check_references(check, place.document, node, false);
        match check {
            CheckValue::Promql(one) => {
                self.fills_query(&one.query, place, at(node, "query"));
                self.condition(Some(&one.must), place, at(node, "must"));
            }
            CheckValue::Http(one) => {
                self.fills_url(node.get("url").and_then(Node::text).unwrap_or_default(), place, at(node, "url"));
                self.condition(one.must.as_ref(), place, at(node, "must"));
            }
            CheckValue::Kubernetes(one) => {
                self.fills_whole(&one.name, place, at(node, "name"));
                self.fills_whole(one.namespace.as_deref().unwrap_or_default(), place, at(node, "namespace"));
                self.condition(Some(&one.must), place, at(node, "must"));
            }
            CheckValue::Json(one) => self.condition(Some(&one.must), place, at(node, "must")),
            CheckValue::Alerts(one) => {
                for (name, value) in &one.labels {
                    self.fills_whole(value, place, node.get("labels").map_or(node, |labels| at(labels, name)));
                }
            }
            CheckValue::Certificate(one) => self.fills_whole(&one.host, place, at(node, "host")),
            CheckValue::Rehearsal(_) => {
                self.report.push(
                    Diagnostic::error(place.document, node, "a runbook does not look at rehearsals")
                        .advise("its own is told wherever it stands; ask for one in a checklist"),
                );
            }
            CheckValue::Command(one) => {
                self.arguments(&one.argv, place, node, "argv");
                self.condition(one.must.as_ref(), place, at(node, "must"));
            }
            _ => {}
        }
    }
}
