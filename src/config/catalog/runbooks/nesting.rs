//! Runbooks that contain others: in which order they are read, what they give each other, and the hash of it all.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Place, at, conversion, inner, items};
use crate::{
    config::{
        catalog::{File, Reader},
        diagnostic::{Diagnostic, one_of},
        document::Node,
        schema::runbook::{
            RunbookFile,
            action::{ActionTable, NestedTable},
        },
    },
    domain::{
        ledger::{canonical, hash::Hash},
        runbook::{Runbook, parameter::NotLetIn},
    },
};

/// What is hashed: a runbook, and the hashes of those that it contains.
#[derive(Serialize)]
struct Content<'a> {
    runbook: &'a Runbook,
    nested: BTreeMap<&'a str, Hash>,
}

/// The files by name, and which are being read.
struct Files<'a> {
    by_name: BTreeMap<&'a str, &'a File<RunbookFile>>,
    above: Vec<&'a str>,
}

impl Reader<'_> {
    /// Reads the runbooks, each after those that it contains.
    pub(super) fn nest(&mut self, files: &[File<RunbookFile>], commit: Option<&str>) {
        let by_name = files.iter().map(|file| (file.name.as_str(), file)).collect();
        let mut files = Files { by_name, above: Vec::new() };
        let names: Vec<&str> = files.by_name.keys().copied().collect();
        let mut done = BTreeMap::new();
        for name in names {
            self.visit_runbook(name, &mut files, &mut done);
        }
        for (name, mut runbook) in done {
            runbook.commit = commit.map(str::to_owned);
            self.catalog.runbooks.insert(name, runbook);
        }
    }

    fn visit_runbook<'a>(&mut self, name: &'a str, files: &mut Files<'a>, done: &mut BTreeMap<String, Runbook>) {
        let Some(file) = files.by_name.get(name).copied() else { return };
        let Some(content) = file.content.as_ref().filter(|_| !done.contains_key(name)) else { return };
        files.above.push(name);
        let mut nested = BTreeMap::new();
        for (step, node) in content.step.iter().zip(items(&file.root, "step")) {
            let ActionTable::Runbook(table) = &step.action else { continue };
            let place = Place { document: &file.document, parameters: &content.parameter };
            let node = inner(at(node, "do"));
            if self.nested_exists(table, place, node, files) {
                self.visit_runbook(&table.name, files, done);
                if let Some(other) = done.get(&table.name) {
                    nested.insert(table.name.as_str(), other.digest);
                    self.given(table, other, place, node);
                }
            }
        }
        files.above.pop();
        let mut runbook = conversion::runbook(name, content, done);
        match canonical::to_bytes(&Content { runbook: &runbook, nested }) {
            Ok(bytes) => runbook.digest = Hash::of(&bytes),
            // What cannot be recorded was told with its place.
            Err(error) if self.report.errors() == 0 => {
                let problem = format!("the runbook has no hash: {error}");
                self.report.push(Diagnostic::error(&file.document, &file.root, problem));
            }
            Err(_) => {}
        }
        done.insert(name.to_owned(), runbook);
    }

    fn nested_exists(&mut self, table: &NestedTable, place: Place<'_>, node: &Node, files: &Files<'_>) -> bool {
        let name = table.name.as_str();
        if !files.by_name.contains_key(name) {
            let known = || files.by_name.keys().copied().filter(|known| files.above.last() != Some(known));
            self.report.push(
                Diagnostic::error(place.document, at(node, "name"), format!("there is no runbook `{name}`"))
                    .nearest(name, known())
                    .expected(one_of(known()))
                    .advise(format!("or write runbooks/{name}.toml")),
            );
            return false;
        }
        let Some(start) = files.above.iter().position(|above| *above == name) else { return true };
        let round: Vec<&str> = files.above.iter().skip(start).copied().chain([name]).collect();
        let problem = format!("these runbooks contain each other: {}", round.join(" → "));
        self.report
            .push(Diagnostic::error(place.document, at(node, "name"), problem).advise("take one of these steps out"));
        false
    }

    /// Whether the parameters of the other runbook are given, and nothing else.
    fn given(&mut self, table: &NestedTable, other: &Runbook, place: Place<'_>, node: &Node) {
        let with = at(node, "with");
        for (name, value) in &table.with {
            let here = at(with, name);
            let Some(parameter) = other.parameters.iter().find(|known| known.name == *name) else {
                let known = || other.parameters.iter().map(|known| known.name.as_str());
                let problem = format!("the runbook `{}` has no parameter `{name}`", other.name);
                self.report.push(
                    Diagnostic::error(place.document, here, problem).nearest(name, known()).expected(one_of(known())),
                );
                continue;
            };
            // What a parameter of this one brings is looked at when it is planned.
            if !value.starts_with("${")
                && let Err(NotLetIn::Value { must, value, .. }) = parameter.admit(value)
            {
                let problem = format!("the parameter `{name}` of `{}` is not let in as `{value}`", other.name);
                self.report.push(Diagnostic::error(place.document, here, problem).expected(must));
            }
        }
        for parameter in other.parameters.iter().filter(|one| one.default.is_none()) {
            if !table.with.contains_key(&parameter.name) {
                let problem = format!("the runbook `{}` needs the parameter `{}`", other.name, parameter.name);
                self.report.push(Diagnostic::error(place.document, with, problem).expected(format!(
                    "with = {{ {} = {} }}",
                    parameter.name,
                    parameter.kind.words()
                )));
            }
        }
    }
}
