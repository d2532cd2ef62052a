//! `${name}`: whether there is such a parameter, and whether it may stand there. A value never becomes more than a value.

use super::Place;
use crate::{
    config::{
        catalog::Reader,
        diagnostic::{Diagnostic, one_of},
        document::{Node, Value},
        excerpt::is_sensitive,
        schema::runbook::{KindWord, ParameterTable},
    },
    domain::{
        ledger::canonical::LARGEST_INTEGER,
        runbook::parameter::{GIVEN, named},
    },
};

/// Keys of a body whose text is a secret itself.
const SECRETS: [&str; 10] = [
    "password",
    "passwd",
    "secret",
    "client_secret",
    "token",
    "access_token",
    "api_key",
    "apikey",
    "private_key",
    "authorization",
];

impl Reader<'_> {
    /// A text for people: parameters stand anywhere in it.
    pub(super) fn fills_words(&mut self, text: &str, place: Place<'_>, node: &Node) {
        for name in named(text) {
            if GIVEN.contains(&name) || place.parameters.iter().any(|known| known.name == name) {
                continue;
            }
            let known = || place.parameters.iter().map(|known| known.name.as_str()).chain(GIVEN);
            let problem = format!("there is no parameter `{name}`");
            self.report.push(
                Diagnostic::error(place.document, node, problem)
                    .nearest(name, known())
                    .expected(one_of(known()))
                    .advise("declare it as [[parameter]]"),
            );
        }
    }

    /// A value: a parameter stands for all of it, or there is none.
    pub(super) fn fills_whole(&mut self, text: &str, place: Place<'_>, node: &Node) {
        self.fills_words(text, place, node);
        if let Some(name) = named(text).first()
            && text != format!("${{{name}}}")
        {
            let problem = format!("`${{{name}}}` must stand alone here: nothing is filled in inside a value");
            self.report.push(
                Diagnostic::error(place.document, node, problem)
                    .expected(format!("\"${{{name}}}\""))
                    .advise("make the whole value the parameter"),
            );
        }
    }

    /// A value that is what is written.
    pub(super) fn fills_nothing(&mut self, text: &str, why: &str, place: Place<'_>, node: &Node) {
        if let Some(name) = named(text).first() {
            let problem = format!("`${{{name}}}` stands for nothing here: {why}");
            self.report.push(Diagnostic::error(place.document, node, problem).expected("a value without parameters"));
        }
    }

    /// A URL: a parameter is a part of its path or query. Only what the file itself limits may choose the host.
    pub(super) fn fills_url(&mut self, url: &str, place: Place<'_>, node: &Node) {
        self.fills_words(url, place, node);
        let host = url.split_once("://").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
        for name in named(host) {
            let limited = |known: &&ParameterTable| known.kind == KindWord::Choice;
            let declared = place.parameters.iter().filter(limited).any(|known| known.name == name);
            if !declared && !["environment", "service"].contains(&name) {
                let problem = format!("`${{{name}}}` would choose the host that the request goes to");
                self.report.push(
                    Diagnostic::error(place.document, node, problem)
                        .expected("a parameter in the path or query, or one of kind = \"choice\""),
                );
            }
        }
    }

    /// A query: a parameter is the content, or a part of it, of a text in double quotes.
    pub(super) fn fills_query(&mut self, query: &str, place: Place<'_>, node: &Node) {
        self.fills_words(query, place, node);
        if !query.contains("${") {
            return;
        }
        let (mut quote, mut escaped, mut last) = (None, false, ' ');
        for c in query.chars() {
            match (quote, c) {
                _ if escaped => escaped = false,
                (Some('"' | '\''), '\\') => escaped = true,
                (Some(open), c) if open == c => quote = None,
                (None, '"' | '\'' | '`') => quote = Some(c),
                (open, '{') if last == '$' && open != Some('"') => {
                    self.report.push(
                        Diagnostic::error(place.document, node, "a parameter stands outside of double quotes")
                            .expected("parameters in texts such as up{version=\"${to}\"}"),
                    );
                    return;
                }
                _ => {}
            }
            last = c;
        }
    }

    /// A header or environment variable. What its name tells to be a secret is never written in the file.
    pub(super) fn fills_named(&mut self, name: &str, text: &str, place: Place<'_>, node: &Node) {
        if is_sensitive(name) || name.to_lowercase().ends_with("-key") && !name.eq_ignore_ascii_case("idempotency-key")
        {
            self.literal_secret(name, place, node);
        } else {
            self.fills_whole(text, place, node);
        }
    }

    fn literal_secret(&mut self, name: &str, place: Place<'_>, node: &Node) {
        let problem = format!("a secret never stands in the file, and `{name}` looks like one");
        self.report.push(
            Diagnostic::error(place.document, node, problem)
                .hidden(place.document, &node.span)
                .expected("{ env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }")
                .advise("name where it comes from; then change the secret, because it was in a file"),
        );
    }

    /// JSON that is sent or patched: texts that are a parameter, and only what can be recorded exactly.
    pub(super) fn fills_json(&mut self, place: Place<'_>, node: &Node) {
        match &node.value {
            Value::String(text) => self.fills_whole(text, place, node),
            Value::Table(entries) => {
                for entry in entries {
                    self.fills_nothing(&entry.key, "it is a key", place, &entry.node);
                    let is_text = entry.node.text().is_some_and(|text| !text.is_empty());
                    if is_text && SECRETS.contains(&entry.key.to_lowercase().as_str()) {
                        self.secret_in_body(&entry.key, place, &entry.node);
                    } else {
                        self.fills_json(place, &entry.node);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.fills_json(place, item)),
            Value::Float(_) => self.not_exact(place, node, "a number with a fraction"),
            Value::Integer(number) if number.unsigned_abs() > LARGEST_INTEGER => {
                self.not_exact(place, node, "a number beyond 9007199254740991");
            }
            _ => {}
        }
    }

    fn secret_in_body(&mut self, key: &str, place: Place<'_>, node: &Node) {
        let problem = format!("`{key}` looks like a secret, and a body stands in the record of every run");
        self.report.push(
            Diagnostic::error(place.document, node, problem)
                .hidden(place.document, &node.span)
                .expected("a header: headers = { Authorization = { env = \"NAME\" } }")
                .advise("or run a program that reads the secret itself"),
        );
    }

    fn not_exact(&mut self, place: Place<'_>, node: &Node, what: &str) {
        self.report.push(
            Diagnostic::error(place.document, node, format!("{what} cannot be recorded exactly"))
                .expected("a whole number, or a text in quotes"),
        );
    }
}
