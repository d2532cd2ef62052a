//! Steps: identifiers, limits, and what may stand beside what.

use std::collections::BTreeMap;

use super::{Place, at, conversion, inner, items};
use crate::{
    config::{
        catalog::Reader,
        diagnostic::{Diagnostic, one_of},
        document::Node,
        schema::runbook::{RunbookFile, StepTable, action::ActionTable},
    },
    domain::runbook::{
        Part,
        action::{Action, Effect},
    },
};

impl Reader<'_> {
    /// Whether the steps of a runbook make sense.
    pub(super) fn steps(&mut self, content: &RunbookFile, place: Place<'_>, root: &Node) {
        let mut seen = BTreeMap::new();
        let parts = [
            (Some(Part::Before), &content.before, "before"),
            (None, &content.keep, "keep"),
            (Some(Part::Steps), &content.step, "step"),
            (Some(Part::Validation), &content.validation, "validation"),
        ];
        for (part, tables, key) in parts {
            for (table, node) in tables.iter().zip(items(root, key)) {
                let here = Diagnostic::error(place.document, node, "").place();
                if let Some(other) = seen.insert(table.id.as_str(), here) {
                    let problem = format!("the step `{}` is there twice; it is in {other} already", table.id);
                    self.report.push(
                        Diagnostic::error(place.document, at(node, "id"), problem)
                            .advise("rename one of them: the record of a run names steps by their `id`"),
                    );
                }
                match part {
                    Some(part) => self.step(table, part, place, node),
                    None => self.kept(table, place, node),
                }
            }
        }
    }

    fn step(&mut self, table: &StepTable, part: Part, place: Place<'_>, node: &Node) {
        if let (Some(title), Some(node)) = (&table.title, node.get("title")) {
            self.fills_words(title, place, node);
        }
        let action = conversion::action(&table.action);
        let reads = action.effect() == Effect::Read;
        if part != Part::Steps && !reads {
            self.only_looks(&action, part, place, node);
        }
        if reads {
            self.nothing_beside(
                node,
                place,
                &["undo", "probe"],
                "it changes nothing, so there is nothing to take back",
            );
        }
        if matches!(action, Action::Runbook(_)) {
            let own = ["undo", "probe", "idempotent", "cancellable", "timeout", "grace", "attempts"];
            self.nothing_beside(node, place, &own, "the steps of the other runbook have their own");
        }
        self.limits(table, &action, place, node);
        if let (Some(each), Some(node)) = (&table.each, node.get("each")) {
            for (service, node) in each.services.iter().zip(items(node, "services")) {
                self.service_exists(service, place, node);
            }
        }
        self.action(&table.action, place, inner(at(node, "do")));
        if let (Some(undo), Some(node)) = (&table.undo, node.get("undo")) {
            self.undo(undo, place, node);
        }
        if let (Some(probe), Some(node)) = (&table.probe, node.get("probe")) {
            self.look(probe, place, node);
        }
    }

    /// What only brings something that is kept.
    fn kept(&mut self, table: &StepTable, place: Place<'_>, node: &Node) {
        if let (Some(title), Some(node)) = (&table.title, node.get("title")) {
            self.fills_words(title, place, node);
        }
        let action = conversion::action(&table.action);
        let brings =
            matches!(&action, Action::Command(_)) || matches!(&action, Action::Http(http) if http.method == "GET");
        if !brings {
            let problem =
                format!("what is kept is what a program writes or a GET brings, and `{}` is neither", action.word());
            self.report.push(
                Diagnostic::error(place.document, at(node, "do"), problem)
                    .expected("command = { argv = [\"kubectl\", \"logs\", …] }, or http = { method = \"GET\", … }")
                    .advise("make it a [[step]] when it changes something"),
            );
        }
        let own = ["each", "undo", "probe", "idempotent", "attempts", "failing"];
        self.nothing_beside(node, place, &own, "it changes nothing, is asked once, and blocks nothing");
        self.action(&table.action, place, inner(at(node, "do")));
    }

    fn only_looks(&mut self, action: &Action, part: Part, place: Place<'_>, node: &Node) {
        let what = if part == Part::Before { "a precondition" } else { "a validation" };
        let problem = format!("{what} only looks, and `{}` may change something", action.word());
        self.report.push(
            Diagnostic::error(place.document, at(node, "do"), problem)
                .expected(one_of(["check", "wait_metric"]))
                .advise("make it a [[step]]"),
        );
    }

    /// Reports keys that mean nothing here.
    fn nothing_beside(&mut self, node: &Node, place: Place<'_>, keys: &[&str], why: &str) {
        for entry in node.entries().iter().filter(|entry| keys.contains(&entry.key.as_str())) {
            let problem = format!("`{}` means nothing here: {why}", entry.key);
            self.report.push(Diagnostic::key_error(place.document, entry, problem).advise("take it out"));
        }
    }

    fn limits(&mut self, table: &StepTable, action: &Action, place: Place<'_>, node: &Node) {
        let kind = action.word();
        let is_open = matches!(action, Action::WaitMetric(_) | Action::Manual(_));
        if is_open && table.timeout.is_none() && !self.told(place.document, &format!("{}.timeout", node.path)) {
            self.report.push(
                Diagnostic::error(
                    place.document,
                    node,
                    format!("`timeout` is missing: nobody knows how long a {kind} takes"),
                )
                .expected("timeout = a duration such as 300ms, 15s, 5m, 1h30m or 30d"),
            );
        }
        let idempotent = table.idempotent.unwrap_or_else(|| action.is_idempotent());
        if table.attempts.is_some_and(|attempts| attempts > 1) && !idempotent {
            let problem = format!("`{kind}` is tried once, unless doing it twice is the same as doing it once");
            self.report.push(
                Diagnostic::error(place.document, at(node, "attempts"), problem)
                    .expected("1")
                    .advise("say `idempotent = true` where that is so"),
            );
        }
    }

    fn undo(&mut self, undo: &ActionTable, place: Place<'_>, node: &Node) {
        let kinds = ["http", "kubernetes", "rollout", "command", "manual"];
        let kind = conversion::action(undo).word();
        if !kinds.contains(&kind) {
            let problem = format!("`{kind}` takes nothing back");
            self.report.push(Diagnostic::error(place.document, node, problem).expected(one_of(kinds)));
        }
        self.action(undo, place, inner(node));
    }
}
