//! What is asked of the process that judges, on its standard input, and what it answers: one JSON document, then a line each.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The hidden command that is this process.
pub const JUDGE: &str = "_policy";

/// A file of policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its name, for messages.
    pub name: String,
    /// Rego.
    pub text: String,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// All policies.
    pub policies: Vec<Policy>,
    /// How long one answer may take, in milliseconds.
    pub limit: u64,
    /// What about.
    pub asked: Asked,
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// What `data.warroom.gate` is for each of these inputs.
    Decide(Vec<Value>),
    /// Whether the policies can be read.
    Check,
    /// How their tests end: the rules `test_…`.
    Test,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// What was decided about the next input; nothing where it is undefined.
    Decided(Option<Value>),
    /// A test, and whether it passed.
    Tested {
        /// The rule: `data.warroom.gate_test.test_freeze`.
        rule: String,
        /// Whether it is true.
        passed: bool,
        /// Why not, where that is known.
        why: Option<String>,
    },
    /// The next one could not be judged.
    Failed(String),
    /// That was all.
    Done,
}
