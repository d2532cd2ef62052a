//! What is wrong with a file: where, what was expected, what was found, what to do.

use std::{fmt, ops::Range};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::{
    document::{Document, Entry, Node},
    excerpt::Excerpt,
    origin::Origin,
};
use crate::domain::clean::clean;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is loaded while it is there.
    Error,
    /// Something is left out or looks wrong; the rest is loaded.
    Warning,
}

impl Severity {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// The file, variable or flag.
    pub origin: Origin,
    /// The keys from the root: `source[0].interval`; empty where no key is concerned.
    pub key: String,
    /// What is wrong, without a full stop.
    pub problem: String,
    /// What would be right.
    pub expected: Option<String>,
    /// What is there. Never a value that may be a secret.
    pub found: Option<String>,
    /// The valid name that is most like the wrong one.
    pub nearest: Option<String>,
    /// What to do.
    pub advice: Option<String>,
    /// Line, column and text; `None` where a place means nothing.
    pub excerpt: Option<Excerpt>,
}

impl Diagnostic {
    /// A diagnostic without a place in the text.
    pub fn new(severity: Severity, origin: Origin, problem: impl Into<String>) -> Self {
        Self {
            severity,
            origin,
            key: String::new(),
            problem: problem.into(),
            expected: None,
            found: None,
            nearest: None,
            advice: None,
            excerpt: None,
        }
    }

    /// An error about a value.
    pub fn error(document: &Document, node: &Node, problem: impl Into<String>) -> Self {
        Self::new(Severity::Error, document.origin.clone(), problem).placed(document, &node.path, &node.span)
    }

    /// A warning about a value.
    pub fn warning(document: &Document, node: &Node, problem: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(document, node, problem) }
    }

    /// An error about a key.
    pub fn key_error(document: &Document, entry: &Entry, problem: impl Into<String>) -> Self {
        Self::new(Severity::Error, document.origin.clone(), problem).placed(document, &entry.node.path, &entry.key_span)
    }

    /// The same, at a place.
    #[must_use]
    pub fn placed(mut self, document: &Document, key: &str, span: &Range<usize>) -> Self {
        key.clone_into(&mut self.key);
        self.excerpt = Excerpt::of(document, key, span);
        self
    }

    /// The same with an excerpt that shows no text of its line: one of them is, or may be, a secret.
    #[must_use]
    pub fn hidden(mut self, document: &Document, span: &Range<usize>) -> Self {
        self.excerpt = Excerpt::of(document, "secret", span);
        self
    }

    /// The same with what would be right.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The same with what is there.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// The same with the one of `names` that is most like `wrong`, if any is.
    #[must_use]
    pub fn nearest<'a>(mut self, wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.nearest = nearest(wrong, names);
        self
    }

    /// The same with what to do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// On one line, for a notice: `catalog/services/checkout.toml:3:1: unknown key …`.
    #[must_use]
    pub fn line(&self) -> String {
        let mut line = format!("{}: {}", self.place(), self.problem);
        if !self.key.is_empty() && !self.problem.contains(&format!("`{}`", self.key)) {
            line = format!("{}: {}: {}", self.place(), self.key, self.problem);
        }
        if let Some(nearest) = &self.nearest {
            line = format!("{line} (did you mean `{nearest}`?)");
        } else if let Some(expected) = &self.expected {
            line = format!("{line} (expected {expected})");
        }
        clean(&line).into_owned()
    }

    /// File, line and column.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.excerpt {
            Some(excerpt) => format!("{}:{}:{}", self.origin, excerpt.line, excerpt.column),
            None => self.origin.to_string(),
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.severity.word(), clean(&self.problem))?;
        write!(f, "  --> {}", clean(&self.place()))?;
        if !self.key.is_empty() {
            write!(f, "  {}", clean(&self.key))?;
        }
        writeln!(f)?;
        let margin = match &self.excerpt {
            Some(excerpt) => {
                write!(f, "{excerpt}")?;
                excerpt.margin()
            }
            None => 1,
        };
        let notes = [
            ("expected", self.expected.clone()),
            ("found", self.found.clone()),
            ("nearest", self.nearest.as_ref().map(|name| format!("did you mean `{name}`?"))),
            ("help", self.advice.clone()),
        ];
        for (word, note) in notes {
            if let Some(note) = note {
                writeln!(f, "{:margin$} = {word}: {}", "", clean(&note))?;
            }
        }
        Ok(())
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = serializer.serialize_struct("Diagnostic", 11)?;
        json.serialize_field("severity", &self.severity)?;
        json.serialize_field("origin", &self.origin)?;
        json.serialize_field("line", &self.excerpt.as_ref().map(|excerpt| excerpt.line))?;
        json.serialize_field("column", &self.excerpt.as_ref().map(|excerpt| excerpt.column))?;
        json.serialize_field("key", &self.key)?;
        json.serialize_field("problem", &self.problem)?;
        json.serialize_field("expected", &self.expected)?;
        json.serialize_field("found", &self.found)?;
        json.serialize_field("nearest", &self.nearest)?;
        json.serialize_field("advice", &self.advice)?;
        json.serialize_field("excerpt", &self.excerpt.as_ref().map(|excerpt| &excerpt.text))?;
        json.end()
    }
}

/// Everything that is wrong, in the order in which files were read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Report {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl std::error::Error for Report {}

impl Report {
    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// How many errors there are.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count()
    }

    /// How many warnings there are.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.diagnostics.len() - self.errors()
    }

    /// Whether nothing at all is wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// One line for each, for a notice or `Msg::ConfigProblems`.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.diagnostics.iter().map(Diagnostic::line).collect()
    }

    /// Sorts by file and line, so that what belongs together stands together; nothing twice.
    pub fn sort(&mut self) {
        let place = |one: &Diagnostic| one.excerpt.as_ref().map_or((0, 0), |excerpt| (excerpt.line, excerpt.column));
        self.diagnostics.sort_by(|a, b| (&a.origin, place(a)).cmp(&(&b.origin, place(b))));
        self.diagnostics.dedup();
    }

    /// `2 errors, 1 warning`.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |number: usize, word: &str| match number {
            0 => None,
            1 => Some(format!("1 {word}")),
            _ => Some(format!("{number} {word}s")),
        };
        let parts: Vec<String> =
            [count(self.errors(), "error"), count(self.warnings(), "warning")].into_iter().flatten().collect();
        if parts.is_empty() { "no problems".to_owned() } else { parts.join(", ") }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for diagnostic in &self.diagnostics {
            writeln!(f, "{diagnostic}")?;
        }
        writeln!(f, "{}", self.summary())
    }
}

/// The one of `names` that is most like `wrong`; `None` when none is like it.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| {
            let likeness = strsim::normalized_damerau_levenshtein(&lower, &name.to_lowercase());
            let begins = wrong.len() >= 3 && (name.starts_with(&lower) || lower.starts_with(name));
            (name, if begins { likeness.max(0.7) } else { likeness })
        })
        .filter(|(_, likeness)| *likeness >= 0.5)
        .max_by(|(_, a), (_, b)| a.total_cmp(b))
        .map(|(name, _)| name.to_owned())
}

/// A list of names for people: `` `a`, `b` or `c` ``.
#[must_use]
pub fn one_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} or {last}", names.join(", ")),
        None => "nothing".to_owned(),
    }
}

/// At most 60 characters of a text.
#[must_use]
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_told_only_when_it_is_near() {
        let names = ["interval", "timeout", "url", "urls"];
        assert_eq!(nearest("intervall", names).as_deref(), Some("interval"));
        assert_eq!(nearest("Url", names).as_deref(), Some("url"));
        assert_eq!(nearest("colour", names), None);
    }

    #[test]
    fn names_are_listed_as_people_list_them() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
