//! What a screen that stands still shows: everything as it was at one moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ledger::Ledger, model::Model};
use crate::domain::{
    picture::Picture,
    readiness::standing::Standing,
    release::ReleaseId,
    verdict::{Verdict, calendar::Held},
};

/// What was known when the screen was frozen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frozen {
    /// What the sources said.
    pub picture: Picture,
    /// What people said.
    pub ledger: Ledger,
    /// How releases stood against their checklists.
    #[serde(skip)]
    pub readiness: BTreeMap<ReleaseId, Standing>,
    /// The verdicts.
    #[serde(default)]
    pub verdicts: BTreeMap<ReleaseId, Verdict>,
    /// What each entry of the calendar held.
    #[serde(default)]
    pub held: BTreeMap<String, Vec<Held>>,
}

impl Frozen {
    /// What is known now.
    #[must_use]
    pub fn of(model: &Model) -> Self {
        Self {
            picture: model.picture.clone(),
            ledger: model.ledger.clone(),
            readiness: model.readiness.clone(),
            verdicts: model.verdicts.clone(),
            held: model.held.clone(),
        }
    }
}
