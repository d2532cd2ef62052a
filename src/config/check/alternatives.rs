//! Which of several shapes a value means.

use serde_json::Value as Json;

use super::{
    Checker, Parts,
    parts::{found, has, is_kind, last_key, types, wrong_type},
};
use crate::config::{
    diagnostic::{Diagnostic, nearest, one_of},
    document::{Node, Value},
};

/// Which alternative a value means.
pub(super) enum Choice<'a> {
    /// This one.
    Branch(&'a Json),
    /// A misspelt one, most likely this: it was reported, and the rest of the value is checked against it.
    Likely(&'a Json),
    /// None that can be told; it was reported.
    Unknown,
}

impl<'a> Checker<'a> {
    /// The alternatives, without null.
    pub(super) fn choices(&self, parts: &Parts<'a>) -> Vec<&'a Json> {
        let all = parts.iter().find_map(|part| part.get("oneOf").or_else(|| part.get("anyOf"))?.as_array());
        let all: Vec<&Json> = all.into_iter().flatten().filter(|one| types(one) != ["null"]).collect();
        match all.as_slice() {
            // `Option` of something with alternatives of its own.
            [only] => {
                let parts = self.parts(only);
                if has(&parts, "oneOf") || has(&parts, "anyOf") { self.choices(&parts) } else { all }
            }
            _ => all,
        }
    }

    /// The words, when every alternative is one.
    pub(super) fn words(&self, choices: &[&'a Json]) -> Option<Vec<&'a str>> {
        choices.iter().map(|choice| self.parts(choice).iter().find_map(|part| part.get("const")?.as_str())).collect()
    }

    pub(super) fn word(&mut self, words: &[&str], node: &Node) -> bool {
        if node.text().is_some_and(|text| words.contains(&text)) {
            return true;
        }
        let problem = match node.text() {
            Some(text) => format!("`{}` is not a known value of `{}`", text, last_key(&node.path)),
            None => format!("`{}` has the wrong type", last_key(&node.path)),
        };
        let mut diagnostic =
            Diagnostic::error(self.document, node, problem).expected(one_of(words.iter().copied())).found(found(node));
        match &node.value {
            Value::String(text) => diagnostic.nearest = nearest(text, words.iter().copied()),
            Value::Integer(number) if words.contains(&number.to_string().as_str()) => {
                diagnostic = diagnostic.advise(format!("write it in quotes: \"{number}\""));
            }
            _ => {}
        }
        self.report.push(diagnostic);
        false
    }

    pub(super) fn choose(&mut self, choices: &[&'a Json], node: &Node, secret: bool) -> Choice<'a> {
        let fitting: Vec<&'a Json> = choices
            .iter()
            .copied()
            .filter(|choice| self.parts(choice).iter().any(|part| types(part).iter().any(|kind| is_kind(node, kind))))
            .collect();
        match fitting.as_slice() {
            [] => {
                let expected = self.alternatives(choices);
                self.report.push(wrong_type(self.document, node).expected(expected).found(found(node)));
                Choice::Unknown
            }
            [only] => Choice::Branch(only),
            several => match self.tag(several) {
                Some(tag) => self.by_tag(several, tag, node),
                None => self.by_key(several, node, secret),
            },
        }
    }

    /// The property that tells the alternatives apart by a constant.
    pub(super) fn tag(&self, choices: &[&'a Json]) -> Option<&'a str> {
        let first = self.parts(choices.first()?);
        let properties = first.iter().find_map(|part| part.get("properties")?.as_object())?;
        properties.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(name, _)| name.as_str())
    }

    pub(super) fn by_tag(&mut self, choices: &[&'a Json], tag: &str, node: &Node) -> Choice<'a> {
        let word = |choice: &&'a Json| choice.pointer(&format!("/properties/{tag}/const")).and_then(Json::as_str);
        let words: Vec<&str> = choices.iter().filter_map(word).collect();
        let Some(value) = node.get(tag) else {
            self.report.push(
                Diagnostic::error(self.document, node, format!("`{tag}` is missing"))
                    .expected(format!("{tag} = {}", one_of(words.iter().copied()))),
            );
            return Choice::Unknown;
        };
        if let Some(branch) = choices.iter().find(|choice| value.text().is_some() && word(choice) == value.text()) {
            return Choice::Branch(branch);
        }
        self.word(&words, value);
        let near = value.text().and_then(|text| nearest(text, words.iter().copied()));
        let likely = choices.iter().find(|choice| near.is_some() && word(choice) == near.as_deref());
        likely.map_or(Choice::Unknown, |branch| Choice::Likely(branch))
    }

    pub(super) fn by_key(&mut self, choices: &[&'a Json], node: &Node, secret: bool) -> Choice<'a> {
        let key = |choice: &'a Json| choice.pointer("/required/0").and_then(Json::as_str).unwrap_or_default();
        let keys: Vec<&str> = choices.iter().map(|choice| key(choice)).collect();
        let present: Vec<&'a Json> = choices.iter().copied().filter(|choice| node.get(key(choice)).is_some()).collect();
        match present.as_slice() {
            [only] => {
                if secret && key(only) == "command" && !self.rules.commands {
                    self.refuse_command(node);
                    return Choice::Unknown;
                }
                Choice::Branch(only)
            }
            [] => {
                for entry in node.entries() {
                    self.unknown_key(entry, &keys);
                }
                if node.entries().is_empty() {
                    let problem = format!("`{}` is empty", last_key(&node.path));
                    self.report.push(
                        Diagnostic::error(self.document, node, problem)
                            .expected(format!("exactly one of {}", one_of(keys.iter().copied()))),
                    );
                }
                Choice::Unknown
            }
            several => {
                let there = several.iter().map(|choice| key(choice));
                let problem = format!("`{}` has {}, and only one may be there", last_key(&node.path), and(there));
                self.report.push(
                    Diagnostic::error(self.document, node, problem)
                        .expected(format!("exactly one of {}", one_of(keys.iter().copied()))),
                );
                Choice::Unknown
            }
        }
    }
}

fn and<'b>(names: impl Iterator<Item = &'b str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}
