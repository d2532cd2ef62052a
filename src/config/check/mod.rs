//! A document against the schema of its type: every error at once, each with its place.
//!
//! The schema is the one that `config schema` prints, so what is documented is what is checked. What is wrong is taken out of the
//! tree after it was reported, so that the rest can still be read and checked further.

mod alternatives;
mod parts;
mod told;

use std::path::Path;

use schemars::JsonSchema;
use serde_json::Value as Json;

use self::{
    alternatives::Choice,
    parts::{flag, format, found, has, last_key, property, types, types_of},
};
use super::{
    diagnostic::{Diagnostic, Report},
    document::{Document, Entry, Node, Value},
    form,
};
use crate::domain::time::Span;

/// What a document may do.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// Whether it may name commands to run.
    pub commands: bool,
    /// What `~/` means.
    pub home: Option<&'a Path>,
}

/// The schema of `T`, as JSON.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Json {
    let mut schema = schemars::schema_for!(T).to_value();
    one_line_descriptions(&mut schema);
    schema
}

fn one_line_descriptions(schema: &mut Json) {
    match schema {
        Json::Object(members) => {
            for (key, member) in members {
                match member {
                    Json::String(text) if key == "description" => *text = text.replace('\n', " "),
                    other => one_line_descriptions(other),
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(one_line_descriptions),
        _ => {}
    }
}

/// Checks `root` and takes out what is wrong. Paths become absolute.
pub fn check(schema: &Json, document: &Document, root: &mut Node, rules: Rules<'_>, report: &mut Report) {
    Checker { schema, document, rules, report }.node(schema, root);
}

/// The schema of the value at `keys`, when the schema knows it: for values that do not come from files.
///
/// # Errors
/// The position of the first unknown key, and the keys that would be known there.
pub fn schema_at<'a>(schema: &'a Json, keys: &[String]) -> Result<&'a Json, (usize, Vec<&'a str>)> {
    let mut at = schema;
    for (index, key) in keys.iter().enumerate() {
        let parts = parts_of(schema, at);
        let additional =
            || parts.iter().find_map(|part| part.get("additionalProperties").filter(|one| one.is_object()));
        at = property(&parts, key).or_else(additional).ok_or_else(|| {
            let names =
                parts.iter().filter_map(|part| part.get("properties")?.as_object()).flat_map(serde_json::Map::keys);
            (index, names.map(String::as_str).collect())
        })?;
    }
    Ok(at)
}

/// The type of the value that `schema` describes: `string`, `integer`, `boolean`, `object`, `array`.
#[must_use]
pub fn type_at<'a>(root: &'a Json, schema: &'a Json) -> &'a str {
    let parts = parts_of(root, schema);
    let words = parts.iter().any(|part| part.get("oneOf").is_some());
    if words { "string" } else { types_of(&parts) }
}

/// A schema and all that it refers to.
fn parts_of<'a>(root: &'a Json, schema: &'a Json) -> Parts<'a> {
    let mut parts = vec![schema];
    let mut at = schema;
    // No schema refers more than a few times.
    for _ in 0..16 {
        let Some(target) = at.get("$ref").and_then(Json::as_str).and_then(|to| to.strip_prefix('#')) else { break };
        let Some(target) = root.pointer(target) else { break };
        parts.push(target);
        at = target;
    }
    parts
}

struct Checker<'a> {
    schema: &'a Json,
    document: &'a Document,
    rules: Rules<'a>,
    report: &'a mut Report,
}

/// The parts of a schema that apply together: itself, what it refers to, the chosen alternative.
type Parts<'a> = Vec<&'a Json>;

impl<'a> Checker<'a> {
    /// Whether the node can be kept.
    fn node(&mut self, schema: &'a Json, node: &mut Node) -> bool {
        let mut parts = self.parts(schema);
        let choices = self.choices(&parts);
        let mut known = true;
        if flag(&parts, "x-secret") && !matches!(node.value, Value::Table(_)) {
            self.literal_secret(node);
            return false;
        }
        if !choices.is_empty() {
            if let Some(words) = self.words(&choices) {
                return self.word(&words, node);
            }
            match self.choose(&choices, node, flag(&parts, "x-secret") || flag(&parts, "x-secret-too")) {
                Choice::Branch(branch) => parts.extend(self.parts(branch)),
                Choice::Likely(branch) => {
                    parts.extend(self.parts(branch));
                    known = false;
                }
                Choice::Unknown if has(&parts, "properties") => known = false,
                Choice::Unknown => return false,
            }
        }
        if let Some(words) = parts.iter().find_map(|part| part.get("enum")?.as_array()) {
            let words: Vec<&str> = words.iter().filter_map(Json::as_str).collect();
            return self.word(&words, node);
        }
        let kind = parts.iter().find_map(|part| types(part).first().copied()).unwrap_or("any");
        let fits = match (&node.value, kind) {
            (Value::Table(_), "object") => return self.table(&parts, node, known) && known,
            (Value::Array(_), "array") => return self.array(&parts, node),
            (Value::String(_), "string") => return self.text(&parts, node),
            (Value::Datetime(_), "string") if format(&parts) == Some("instant") => return self.text(&parts, node),
            (Value::Integer(_) | Value::Float(_), "number") | (Value::Integer(_), "integer") => {
                return self.number(&parts, node);
            }
            (Value::Bool(_), "boolean") | (_, "any") => true,
            _ => false,
        };
        if !fits {
            self.wrong_sort(&parts, node);
        }
        fits
    }

    fn parts(&self, schema: &'a Json) -> Parts<'a> {
        parts_of(self.schema, schema)
    }

    fn table(&mut self, parts: &Parts<'a>, node: &mut Node, known: bool) -> bool {
        let mut valid = true;
        for name in parts.iter().filter_map(|part| part.get("required")?.as_array()).flatten().filter_map(Json::as_str)
        {
            if node.get(name).is_none() {
                valid &= property(parts, name).is_some_and(|schema| schema.get("default").is_some());
                let property = property(parts, name).map_or_else(String::new, |schema| {
                    let parts = self.parts(schema);
                    self.expectation(&parts)
                });
                self.report.push(
                    Diagnostic::error(self.document, node, format!("`{name}` is missing"))
                        .expected(format!("{name} = {property}")),
                );
            }
        }
        let closed = known
            && parts.iter().any(|part| {
                ["additionalProperties", "unevaluatedProperties"]
                    .iter()
                    .any(|key| part.get(*key) == Some(&Json::Bool(false)))
            });
        let additional =
            parts.iter().find_map(|part| part.get("additionalProperties").filter(|schema| schema.is_object()));
        let names: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.get("properties")?.as_object())
            .flat_map(|all| all.keys())
            .map(String::as_str)
            .collect();
        let key_form = parts.iter().find_map(|part| part.get("propertyNames")?.get("format")?.as_str());
        let required: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.get("required")?.as_array())
            .flatten()
            .filter_map(Json::as_str)
            .collect();
        let Value::Table(entries) = std::mem::replace(&mut node.value, Value::Null) else { return false };
        let mut kept = Vec::new();
        for mut entry in entries {
            let keep = match (property(parts, &entry.key), additional) {
                (Some(schema), _) => {
                    let good = self.node(schema, &mut entry.node);
                    valid &= good || !required.contains(&entry.key.as_str());
                    good
                }
                (None, Some(schema)) => self.key_form(key_form, &entry) && self.node(schema, &mut entry.node),
                (None, None) => {
                    if closed {
                        self.unknown_key(&entry, &names);
                    }
                    !closed
                }
            };
            if keep {
                kept.push(entry);
            }
        }
        node.value = Value::Table(kept);
        valid
    }

    fn key_form(&mut self, form: Option<&str>, entry: &Entry) -> bool {
        let Some(flaw) = form.and_then(|form| form::check(form, &entry.key).err()) else { return true };
        let mut diagnostic = Diagnostic::key_error(self.document, entry, flaw.problem);
        diagnostic.nearest = flaw.nearest;
        diagnostic.advice = flaw.advice;
        self.report.push(diagnostic);
        false
    }

    fn array(&mut self, parts: &Parts<'a>, node: &mut Node) -> bool {
        let items = parts.iter().find_map(|part| part.get("items"));
        let least = parts.iter().find_map(|part| part.get("minItems")?.as_u64()).unwrap_or(0);
        if (node.items().len() as u64) < least {
            let problem = format!("`{}` is empty", last_key(&node.path));
            self.report.push(Diagnostic::error(self.document, node, problem).expected("at least one"));
            return false;
        }
        if let (Some(schema), Value::Array(list)) = (items, &mut node.value) {
            list.retain_mut(|item| self.node(schema, item));
        }
        true
    }

    fn text(&mut self, parts: &Parts<'a>, node: &mut Node) -> bool {
        let (Value::String(text) | Value::Datetime(text)) = &node.value else { return false };
        let Some(format) = format(parts) else { return true };
        if let Err(flaw) = form::check(format, text) {
            let mut diagnostic = Diagnostic::error(self.document, node, flaw.problem).expected(self.expectation(parts));
            diagnostic.nearest = flaw.nearest;
            diagnostic.advice = flaw.advice;
            if flaw.secret {
                diagnostic = diagnostic.hidden(self.document, &node.span);
            }
            self.report.push(diagnostic);
            return false;
        }
        if format == "span" && !self.span_in_range(parts, text, node) {
            return false;
        }
        if format == "path" {
            node.value =
                Value::String(form::path(text, &self.document.base, self.rules.home).to_string_lossy().into_owned());
        }
        true
    }

    fn span_in_range(&mut self, parts: &Parts<'a>, text: &str, node: &Node) -> bool {
        let bound = |key: &str| {
            parts.iter().find_map(|part| part.get(key)?.as_str()).and_then(|text| text.parse::<Span>().ok())
        };
        let (Ok(span), least, most) = (text.parse::<Span>(), bound("x-span-min"), bound("x-span-max")) else {
            return true;
        };
        if least.is_none_or(|least| span >= least) && most.is_none_or(|most| span <= most) {
            return true;
        }
        let range = match (least, most) {
            (Some(least), Some(most)) => format!("from {least} to {most}"),
            (Some(least), None) => format!("at least {least}"),
            (None, most) => format!("at most {}", most.unwrap_or_default()),
        };
        let problem = format!("`{}` is out of range", last_key(&node.path));
        self.report.push(Diagnostic::error(self.document, node, problem).expected(range).found(text));
        false
    }

    fn number(&mut self, parts: &Parts<'a>, node: &Node) -> bool {
        let Some(number) = node.number() else { return false };
        let bound = |key: &str| parts.iter().find_map(|part| part.get(key)?.as_f64());
        let (least, most) = (bound("minimum"), bound("maximum"));
        let (above, below) = (bound("exclusiveMinimum"), bound("exclusiveMaximum"));
        let good = number.is_finite()
            && least.is_none_or(|least| number >= least)
            && most.is_none_or(|most| number <= most)
            && above.is_none_or(|above| number > above)
            && below.is_none_or(|below| number < below);
        if !good {
            let bounds: Vec<String> = [("at least", least), ("at most", most), ("above", above), ("below", below)]
                .into_iter()
                .filter_map(|(word, bound)| bound.map(|bound| format!("{word} {bound}")))
                .collect();
            let bounds = if bounds.is_empty() { "a finite number".to_owned() } else { bounds.join(" and ") };
            let mut diagnostic =
                Diagnostic::error(self.document, node, format!("`{}` is out of range", last_key(&node.path)))
                    .expected(bounds)
                    .found(found(node));
            if above == Some(0.0) && below == Some(100.0) && last_key(&node.path) == "objective" {
                diagnostic =
                    diagnostic.advise("an objective is a percentage, such as 99.9; 100 leaves no budget at all");
            }
            self.report.push(diagnostic);
        }
        good
    }
}
