//! A document against the schema of its type: every error at once, each with its place.
//!
//! The schema is the one that `config schema` prints, so what is documented is what is checked. What is wrong is taken out of the
//! tree after it was reported, so that the rest can still be read and checked further.

use std::{path::Path, sync::LazyLock};

use schemars::JsonSchema;
use serde_json::Value as Json;

use super::{
    diagnostic::{Diagnostic, Report, nearest, one_of},
    document::{Document, Entry, Node, Value},
    excerpt::is_sensitive,
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

static NULL: LazyLock<Json> = LazyLock::new(|| Json::Null);

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
            match self.choose(&choices, node, flag(&parts, "x-secret")) {
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

    /// The alternatives, without null.
    fn choices(&self, parts: &Parts<'a>) -> Vec<&'a Json> {
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
    fn words(&self, choices: &[&'a Json]) -> Option<Vec<&'a str>> {
        choices.iter().map(|choice| self.parts(choice).iter().find_map(|part| part.get("const")?.as_str())).collect()
    }

    fn word(&mut self, words: &[&str], node: &Node) -> bool {
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

    fn choose(&mut self, choices: &[&'a Json], node: &Node, secret: bool) -> Choice<'a> {
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
    fn tag(&self, choices: &[&'a Json]) -> Option<&'a str> {
        let first = self.parts(choices.first()?);
        let properties = first.iter().find_map(|part| part.get("properties")?.as_object())?;
        properties.iter().find(|(_, schema)| schema.get("const").is_some()).map(|(name, _)| name.as_str())
    }

    fn by_tag(&mut self, choices: &[&'a Json], tag: &str, node: &Node) -> Choice<'a> {
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

    fn by_key(&mut self, choices: &[&'a Json], node: &Node, secret: bool) -> Choice<'a> {
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

    fn wrong_sort(&mut self, parts: &Parts<'a>, node: &Node) {
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

    fn unknown_key(&mut self, entry: &Entry, names: &[&str]) {
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

    fn literal_secret(&mut self, node: &Node) {
        let problem = format!("a secret never stands in the file, and `{}` looks like one", last_key(&node.path));
        self.report.push(
            Diagnostic::error(self.document, node, problem)
                .expected(SECRET_FORMS)
                .found(node.sort())
                .advise("put it into the environment, a file of mode 600, or a password manager, and name that here; then change the secret, because it was in a file"),
        );
    }

    fn refuse_command(&mut self, node: &Node) {
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
    fn expectation(&self, parts: &Parts<'a>) -> String {
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

    fn alternatives(&self, choices: &[&'a Json]) -> String {
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

/// Which alternative a value means.
enum Choice<'a> {
    /// This one.
    Branch(&'a Json),
    /// A misspelt one, most likely this: it was reported, and the rest of the value is checked against it.
    Likely(&'a Json),
    /// None that can be told; it was reported.
    Unknown,
}

const SECRET_FORMS: &str = "{ env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

fn wrong_type(document: &Document, node: &Node) -> Diagnostic {
    let key = last_key(&node.path);
    let problem =
        if key.is_empty() { "the file is not a table".to_owned() } else { format!("`{key}` has the wrong type") };
    Diagnostic::error(document, node, problem)
}

/// What is there; only its sort where the key is sensitive.
fn found(node: &Node) -> String {
    if is_sensitive(&node.path) { node.sort().to_owned() } else { node.described() }
}

fn types(schema: &Json) -> Vec<&str> {
    match schema.get("type").unwrap_or(&NULL) {
        Json::String(kind) => vec![kind.as_str()],
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).filter(|kind| *kind != "null").collect(),
        _ => Vec::new(),
    }
}

fn types_of<'a>(parts: &Parts<'a>) -> &'a str {
    parts.iter().find_map(|part| types(part).first().copied()).unwrap_or("any")
}

fn is_kind(node: &Node, kind: &str) -> bool {
    matches!(
        (&node.value, kind),
        (Value::Table(_), "object")
            | (Value::Array(_), "array")
            | (Value::String(_) | Value::Datetime(_), "string")
            | (Value::Integer(_), "integer" | "number")
            | (Value::Float(_), "number")
            | (Value::Bool(_), "boolean")
    )
}

fn sort_of(kind: &str) -> &'static str {
    match kind {
        "string" => "a text in quotes",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "a table",
        _ => "something else",
    }
}

fn flag(parts: &Parts<'_>, key: &str) -> bool {
    parts.iter().any(|part| part.get(key) == Some(&Json::Bool(true)))
}

fn has(parts: &Parts<'_>, key: &str) -> bool {
    parts.iter().any(|part| part.get(key).is_some())
}

fn format<'a>(parts: &Parts<'a>) -> Option<&'a str> {
    parts.iter().find_map(|part| part.get("format")?.as_str())
}

fn property<'a>(parts: &Parts<'a>, name: &str) -> Option<&'a Json> {
    parts.iter().find_map(|part| part.get("properties")?.get(name))
}

/// The last key of a path, without an index.
fn last_key(path: &str) -> &str {
    let last = path.rsplit('.').next().unwrap_or(path);
    last.split('[').next().unwrap_or(last)
}

/// The path without its last key.
fn place_name(path: &str) -> Option<&str> {
    path.rsplit_once('.').map(|(parent, _)| parent)
}

fn listed(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn and<'b>(names: impl Iterator<Item = &'b str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(" and ")
}
