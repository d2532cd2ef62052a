//! The line of a file that a diagnostic is about, without anything in it that may be a secret.

use std::{fmt, ops::Range};

use super::document::Document;
use crate::domain::clean::clean;

/// Words in keys whose values are taken for secrets.
const SECRET_WORDS: [&str; 16] = [
    "auth",
    "basic",
    "bearer",
    "pass",
    "pwd",
    "secret",
    "token",
    "cookie",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "private",
    "signature",
    "session",
    "header",
];

/// Whether the values of this key may be secrets, judged by its name.
#[must_use]
pub fn is_sensitive(key: &str) -> bool {
    let key = key.to_lowercase();
    SECRET_WORDS.iter().any(|word| key.contains(word))
}

/// A line with a marked place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The line's number, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// The line, masked; empty where even that would tell too much.
    pub text: String,
    /// The marked characters of `text`.
    pub marked: Range<usize>,
}

impl Excerpt {
    /// The first line of `span`. In confidential documents, what may be a secret is replaced by `…`: every text of a line that
    /// concerns a sensitive key, and credentials in URLs. `None` for a variable or a flag.
    #[must_use]
    pub fn of(document: &Document, key: &str, span: &Range<usize>) -> Option<Self> {
        if !matches!(document.origin, super::origin::Origin::File(_)) {
            return None;
        }
        let text = document.text.as_ref();
        let mut start = span.start.min(text.len());
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let before = text.get(..start).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let column = text.get(line_start..start).unwrap_or_default().chars().count();
        let end = span.end.clamp(start, (line_start + line.len()).max(start));
        let width = text.get(start..end).map_or(1, |marked| marked.chars().count()).max(1);
        let number = before.matches('\n').count() + 1;
        let (text, marked) = if document.confidential && (is_sensitive(key) || is_sensitive(line)) {
            let masked = masked(line);
            // The columns after a masked text have moved: mark what is surely there.
            let mark = if masked == line { column..column + width } else { mark_in(&masked, column, width) };
            (masked, mark)
        } else {
            (without_credentials(line), column..column + width)
        };
        Some(Self { line: number, column: column + 1, text: clean(&text).into_owned(), marked })
    }

    /// How wide the margin with the line number is.
    #[must_use]
    pub fn margin(&self) -> usize {
        self.line.to_string().len()
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let margin = self.margin();
        // Very long lines are cut around the mark.
        let from = if self.marked.start > 100 { self.marked.start - 40 } else { 0 };
        let shown: String = self.text.chars().skip(from).take(160).collect();
        let start = self.marked.start - from;
        let width = self.marked.len().clamp(1, 160_usize.saturating_sub(start).max(1));
        writeln!(f, "{:margin$} |", "")?;
        writeln!(f, "{} | {shown}", self.line)?;
        writeln!(f, "{:margin$} | {:start$}{}", "", "", "^".repeat(width))
    }
}

/// `line` with the content of each text, and of an unfinished one, replaced by `…`; comments go too.
fn masked(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(['"', '\'', '#']) {
        let (before, tail) = rest.split_at(at);
        let quote = tail.chars().next().unwrap_or('"');
        out.push_str(before);
        if quote == '#' {
            return masked_bare(out.trim_end());
        }
        out.push(quote);
        out.push('…');
        let body = tail.get(1..).unwrap_or_default();
        let Some(end) = end_of_text(body, quote) else {
            return masked_bare(&out);
        };
        out.push(quote);
        rest = body.get(end + 1..).unwrap_or_default();
    }
    out.push_str(rest);
    masked_bare(&out)
}

/// Where the text that `body` begins with ends.
fn end_of_text(body: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        if c == quote && !escaped {
            return Some(at);
        }
        escaped = quote == '"' && c == '\\' && !escaped;
    }
    None
}

/// A line whose texts are masked, with bare words behind `=` masked too: `password = hunter2` is no TOML, but it is a password.
/// A line without any key is a continued text.
fn masked_bare(line: &str) -> String {
    if !line.contains('=') {
        return if line.trim_start().starts_with('[') { line.to_owned() } else { "…".to_owned() };
    }
    let mut out = String::new();
    let mut parts = line.split('=').peekable();
    let mut value = false;
    while let Some(part) = parts.next() {
        out.push_str(&if value { masked_words(part, parts.peek().is_some()) } else { part.to_owned() });
        if parts.peek().is_some() {
            out.push('=');
        }
        value = true;
    }
    out
}

/// The bare words of a value replaced by `…`; when a key follows, the last word is that key and stays.
fn masked_words(part: &str, key_follows: bool) -> String {
    let words: Vec<&str> = part.split_inclusive([' ', '{', '}', ',', '[', ']']).collect();
    let last = words.iter().rposition(|word| word.chars().any(char::is_alphanumeric));
    words
        .iter()
        .enumerate()
        .map(|(index, word)| {
            if !word.chars().any(char::is_alphanumeric) || (key_follows && Some(index) == last) {
                (*word).to_owned()
            } else {
                let tail = word.chars().last().filter(|c| " {},[]".contains(*c));
                format!("…{}", tail.map_or_else(String::new, |c| c.to_string()))
            }
        })
        .collect()
}

/// `line` with `user:password@` in URLs replaced by `…@`.
#[must_use]
pub fn without_credentials(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, tail) = rest.split_at(at + 3);
        out.push_str(before);
        let end = tail.find(['/', '"', '\'', ' ', '?', '#']).unwrap_or(tail.len());
        let host = tail.get(..end).unwrap_or_default();
        match host.rfind('@') {
            Some(user) => {
                out.push('…');
                out.push_str(host.get(user..).unwrap_or_default());
            }
            None => out.push_str(host),
        }
        rest = tail.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The mark in a masked line: from where it was, or from the last character, to at most the end.
fn mark_in(masked: &str, column: usize, width: usize) -> Range<usize> {
    let length = masked.chars().count();
    let start = column.min(length.saturating_sub(1));
    start..(start + width).min(length).max(start + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_secret_is_masked_whatever_its_shape() {
        for line in [
            "password = \"hunter2\"",
            "password = hunter2",
            "password = \"hunter2",
            "password = 'hunter2'  # not \"hunter2\"",
            "auth = { basic = { user = \"u\", password = \"a\\\"hunter2\" } }",
            "auth = { bearer = hunter2 }",
            "auth = { bearer = hunter2, x = hunter2 }",
            "hunter2\"\"\" # the rest of a token",
            "token = \"\"\"hunter2",
            "headers = { Authorization = \"Bearer hunter2\" }",
        ] {
            assert!(!masked(line).contains("hunter2"), "{line} -> {}", masked(line));
        }
        assert_eq!(masked("auth = { bearer = \"x\" }"), "auth = { bearer = \"…\" }");
    }

    #[test]
    fn credentials_in_urls_are_masked() {
        assert_eq!(
            without_credentials("url = \"https://mira:hunter2@prom.example.net/x@y\""),
            "url = \"https://…@prom.example.net/x@y\""
        );
    }
}
