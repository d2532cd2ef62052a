//! A computed verdict as it is recorded beside what a person decides or starts: the word, and why.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Verdict, Word, reason::Effect};
use crate::domain::time::Timestamp;

/// How many reasons are recorded.
const MOST: usize = 5;

/// How many characters are recorded of each.
const LONGEST: usize = 300;

/// What was computed at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Computed {
    /// In one word.
    pub word: Word,
    /// When it was computed.
    pub at: Timestamp,
    /// The reasons that decided, the heaviest first; of a GO what it rests on. Text from outside.
    pub reasons: Vec<String>,
}

impl Computed {
    /// What is recorded of `verdict`.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        let deciding = verdict.deciding().map_or(Effect::Unknown, |reason| reason.effect);
        let reasons = verdict.reasons.iter().filter(|reason| reason.effect == deciding).take(MOST);
        let short = |text: &str| text.chars().take(LONGEST).collect();
        Self { word: verdict.word, at: verdict.at, reasons: reasons.map(|reason| short(&reason.text)).collect() }
    }

    /// The object that stands in the ledger.
    #[must_use]
    pub fn object(&self) -> Map<String, Value> {
        match serde_json::to_value(self) {
            Ok(Value::Object(object)) => object,
            Ok(_) | Err(_) => Map::new(),
        }
    }

    /// Reads such an object; `None` where it is none.
    #[must_use]
    pub fn read(object: &Map<String, Value>) -> Option<Self> {
        serde_json::from_value(Value::Object(object.clone())).ok()
    }

    /// `HOLD: readiness low; sign-off sre: open`.
    #[must_use]
    pub fn words(&self) -> String {
        match self.reasons.as_slice() {
            [] => self.word.word().to_owned(),
            reasons => format!("{}: {}", self.word.word(), reasons.join("; ")),
        }
    }
}
