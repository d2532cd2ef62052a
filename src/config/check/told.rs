//! What is said about a value that does not fit, and what would.

use serde_json::Value as Json;

use super::{
    Checker, Parts,
    parts::{flag, format, found, has, last_key, place_name, sort_of, types_of, wrong_type},
};
use crate::config::{
    diagnostic::{Diagnostic, one_of},
    document::{Entry, Node, Value},
};

/// How a secret is written.
const SECRET_FORMS: &str = "{ env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

impl<'a> Checker<'a> {
    pub(super) fn wrong_sort(&mut self, parts: &Parts<'a>, node: &Node) {
        let mut diagnostic = wrong_type(self.document, node).expected(self.expectation(parts)).found(found(node));
        match (&node.value, format(parts), types_of(parts)) {
            (Value::Integer(number), Some("span"), _) => {
                diagnostic = diagnostic.advise(format!("write it as text with a unit: \"{number}s\""));
            }
            (Value::String(text), _, "integer" | "number") if text.parse::<f64>().is_ok() => {
                diagnostic = diagnostic.advise("write it without quotes");
            }
            (Value::String(text), _, "boolean") if ["true", "false"].contains(&text.as_str()) => {
                diagnostic = diagnostic.advise("write it without quotes");
            }
            (Value::Integer(_) | Value::Float(_) | Value::Bool(_), _, "string") => {
                diagnostic = diagnostic.advise("write it in quotes");
            }
            (Value::String(_), _, "array") => diagnostic = diagnostic.advise("write it in brackets: [\"…\"]"),
            (Value::Table(_), _, "array") => {
                diagnostic = diagnostic.advise(format!("write [[{0}]] instead of [{0}]", node.path));
            }
            _ => {}
        }
        self.report.push(diagnostic);
    }

    pub(super) fn unknown_key(&mut self, entry: &Entry, names: &[&str]) {
        let mut valid: Vec<&str> = names.to_vec();
        valid.sort_unstable();
        valid.dedup();
        let parent = place_name(&entry.node.path);
        let problem = match parent {
            Some(parent) => format!("unknown key `{}` in `{parent}`", entry.key),
            None => format!("unknown key `{}`", entry.key),
        };
        let mut diagnostic =
            Diagnostic::key_error(self.document, entry, problem).nearest(&entry.key, valid.iter().copied());
        diagnostic = diagnostic.expected(one_of(valid.iter().copied()));
        self.report.push(diagnostic);
    }

    pub(super) fn literal_secret(&mut self, node: &Node) {
        let problem = format!("a secret never stands in the file, and `{}` looks like one", last_key(&node.path));
        self.report.push(
            Diagnostic::error(self.document, node, problem)
                .expected(SECRET_FORMS)
                .found(node.sort())
                .advise("put it into the environment, a file of mode 600, or a password manager, and name that here; then change the secret, because it was in a file"),
        );
    }

    pub(super) fn refuse_command(&mut self, node: &Node) {
        self.report.push(
            Diagnostic::error(
                self.document,
                node,
                "a warroom.toml found in the working directory may not name a command to run",
            )
            .expected("{ env = \"NAME\" } or { file = \"PATH\" }")
            .advise("move it to your own configuration file, or give this file by --config if you trust it"),
        );
    }

    /// What would be right, in words.
    pub(super) fn expectation(&self, parts: &Parts<'a>) -> String {
        if flag(parts, "x-secret") {
            return SECRET_FORMS.to_owned();
        }
        if let Some(form) =
            parts.iter().find(|part| part.get("format").is_some()).and_then(|part| part.get("title")?.as_str())
        {
            return form.to_owned();
        }
        if let Some(words) = parts.iter().find_map(|part| part.get("enum")?.as_array()) {
            return one_of(words.iter().filter_map(Json::as_str));
        }
        let choices = self.choices(parts);
        if let Some(words) = self.words(&choices).filter(|words| !words.is_empty()) {
            return one_of(words);
        }
        if !choices.is_empty() && !has(parts, "properties") {
            return self.alternatives(&choices);
        }
        if let (Some(items), "array") = (parts.iter().find_map(|part| part.get("items")), types_of(parts)) {
            return format!("[{}, …]", self.expectation(&self.parts(items)));
        }
        sort_of(types_of(parts)).to_owned()
    }

    pub(super) fn alternatives(&self, choices: &[&'a Json]) -> String {
        let all: Vec<String> = choices
            .iter()
            .map(|choice| match choice.pointer("/required/0").and_then(Json::as_str) {
                Some(key) if choices.len() > 1 && choice.get("$ref").is_none() => format!("{{ {key} = … }}"),
                _ => self.expectation(&self.parts(choice)),
            })
            .collect();
        listed(&all)
    }
}

fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
