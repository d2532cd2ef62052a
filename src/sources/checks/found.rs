//! What a look found.

use serde_json::Value;

use crate::domain::{
    checklist::{predicate::Predicate, state::Finding},
    source::SourceError,
};

/// What a look found, in words with numbers and units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What it says.
    pub finding: Finding,
    /// In words. Text from outside is in it; cut, and to be cleaned before drawing.
    pub words: String,
    /// Who says so, where that is not the kind of the check.
    pub by: Option<String>,
}

/// Words are cut after so many characters.
const LONGEST: usize = 300;

impl Found {
    /// It holds.
    pub fn pass(words: impl Into<String>) -> Self {
        Self::new(Finding::Pass, words)
    }

    /// It does not hold.
    pub fn fail(words: impl Into<String>) -> Self {
        Self::new(Finding::Fail, words)
    }

    /// Nobody can say.
    pub fn unknown(words: impl Into<String>) -> Self {
        Self::new(Finding::Unknown, words)
    }

    /// Nothing came back that could be judged.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "it stands where a Result is unwrapped")]
    pub fn failed(error: SourceError) -> Self {
        Self::unknown(error.to_string())
    }

    /// The same, said by `who`.
    #[must_use]
    pub fn by(self, who: impl Into<String>) -> Self {
        Self { by: Some(who.into()), ..self }
    }

    fn new(finding: Finding, words: impl Into<String>) -> Self {
        Self { finding, words: shortened(&words.into()), by: None }
    }
}

/// A text on one line, at most [`LONGEST`] characters long.
fn shortened(text: &str) -> String {
    let line = crate::domain::clean::clean(text).replace(['\n', '\t'], " ");
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// What the value at `pointer` of `document` says.
#[must_use]
pub fn field(document: &Value, pointer: &str, must: &Predicate) -> Found {
    let value = document.pointer(pointer);
    let name = if pointer.is_empty() { "the document" } else { pointer };
    match must.holds(value) {
        Ok(true) => Found::pass(format!("{name} is {} (must be {must})", told(value))),
        Ok(false) => Found::fail(format!("{name} is {} (must be {must})", told(value))),
        Err(why) => Found::unknown(format!("{name}: {why} (must be {must})")),
    }
}

fn told(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(members)) => format!("an object with {} members", members.len()),
        Some(Value::Array(items)) => format!("a list of {}", items.len()),
        Some(value) => value.to_string(),
        None => "nothing".to_owned(),
    }
}
