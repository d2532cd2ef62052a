//! What somebody signs who says how a step went that a person does.

use serde_json::{Map, Value};

use super::Outcome;
use crate::domain::{readiness::field, time::Timestamp};

/// The version of statements that this program writes.
pub const VERSION: u64 = 1;

/// What is said of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Who signs, by the name in `allowed_signers`.
    pub principal: &'a str,
    /// The role in which it is said.
    pub role: &'a str,
    /// The run.
    pub run: &'a str,
    /// The step.
    pub step: &'a str,
    /// How it went.
    pub outcome: Outcome,
    /// What was seen.
    pub words: &'a str,
    /// Used once.
    pub nonce: &'a str,
    /// When it was signed, by the signer's clock.
    pub at: Timestamp,
}

impl Answer<'_> {
    /// The object that is signed.
    #[must_use]
    pub fn object(&self) -> Map<String, Value> {
        let text = |value: &str| Some(value.to_owned());
        let mut object = field::object([
            ("principal", text(self.principal)),
            ("role", text(self.role)),
            ("run", text(self.run)),
            ("step", text(self.step)),
            ("outcome", text(self.outcome.word())),
            ("words", text(self.words)),
            ("nonce", text(self.nonce)),
            ("at", Some(field::written(self.at))),
        ]);
        object.insert("v".to_owned(), VERSION.into());
        object
    }
}
