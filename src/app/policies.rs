//! What policies decided about releases, and what they are being asked.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{catalog::Catalog, ledger::hash::Hash, policy::Ruling, release::ReleaseId, time::Timestamp};

/// What is known of policies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policies {
    /// What was decided last about each release.
    pub rulings: BTreeMap<ReleaseId, Ruling>,
    /// What is being asked.
    pub asked: Option<Asked>,
    /// How many times they were asked.
    pub number: u64,
    /// When the question about each release was last looked at.
    pub looked: BTreeMap<ReleaseId, Timestamp>,
    /// When something was last learned that they may judge.
    pub learned: Option<Timestamp>,
}

/// Questions that have not been answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Which: [`Questions::number`].
    pub number: u64,
    /// Since when.
    pub at: Timestamp,
    /// The hash of each question.
    pub hashes: BTreeMap<ReleaseId, Hash>,
}

/// Questions to policies, all asked at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Questions {
    /// The answer names it.
    pub number: u64,
    /// The policies.
    pub catalog: Arc<Catalog>,
    /// What is asked about each release ([`crate::domain::policy::input`]).
    pub inputs: Vec<(ReleaseId, Value)>,
}
