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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        ledger::{claim, signature::Meaning},
        readiness::{
            act::Act,
            example::{at, event, hash, statement},
            statement::{About, Decision, Statement},
        },
    };

    fn computed(word: Word) -> Computed {
        Computed { word, at: at(1), reasons: vec!["checkout error rate 6 % (limit 5 %)".to_owned()] }
    }

    #[test]
    fn a_decision_carries_what_was_computed_and_both_are_told() {
        let object = computed(Word::RollBack).object();
        let about = About::Decision { decision: Decision::Go, reason: "known noise", computed: Some(&object) };
        let said = statement(hash("subject"), "mira", "n", at(1), about);
        let signed = said.object();
        assert_eq!(Statement::read(&signed, Meaning::Decision), Ok(said));
        let (recorded, _) = event(1, &Act::Signed(said));
        assert_eq!(claim::computed(&recorded), Some(computed(Word::RollBack)));
        assert_eq!(claim::beside(&recorded), ", AGAINST the computed ROLL BACK");
        let object = computed(Word::Go).object();
        let about = About::Decision { decision: Decision::Go, reason: "all calm", computed: Some(&object) };
        let (recorded, _) = event(1, &Act::Signed(statement(hash("subject"), "mira", "n", at(1), about)));
        assert_eq!(claim::beside(&recorded), ", computed GO");
    }

    #[test]
    fn something_else_in_its_place_is_no_decision() {
        let about = About::Decision { decision: Decision::Go, reason: "all calm", computed: None };
        let mut object = statement(hash("subject"), "mira", "n", at(1), about).object();
        assert!(Statement::read(&object, Meaning::Decision).is_ok(), "it may be left out");
        for wrong in [json!("go"), json!({}), json!({ "word": "perhaps", "at": "2026-11-20T13:00:00Z", "reasons": [] })]
        {
            object.insert("computed".to_owned(), wrong);
            assert!(Statement::read(&object, Meaning::Decision).is_err());
        }
    }
}
