//! What policies decided about a release, when, and about which question.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::domain::{ledger::hash::Hash, time::Timestamp};

/// An answer of all policies together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ruling {
    /// What they decided.
    pub decision: Decision,
    /// When they were asked.
    pub at: Timestamp,
    /// The hash of what they were asked about ([`super::input::hash`]).
    pub input: Hash,
}
