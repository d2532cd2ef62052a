//! What a reader of a runbook would warn of before it is needed. The loader refuses what cannot be right; this tells what can
//! be better.

mod evidence;
mod limits;
mod reach;
mod steps;

use std::collections::BTreeMap;

use serde::Serialize;

pub use limits::total;

use super::{Runbook, rehearsal::Rehearsed};
use crate::domain::time::Timestamp;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// It does not do what it is for.
    Error,
    /// It may leave somebody alone in the night.
    Warning,
    /// It may be meant.
    Note,
}

impl Level {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Something that a reader would warn of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// The step, when it is about one.
    pub step: Option<String>,
    /// What it is.
    pub words: String,
    /// What to do.
    pub advice: String,
}

impl Finding {
    fn new(level: Level, step: Option<&str>, words: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { level, step: step.map(str::to_owned), words: words.into(), advice: advice.into() }
    }
}

/// Everything that a reader would warn of, the worst first. `all` are the runbooks of the catalog, for what it nests.
#[must_use]
pub fn lint(runbook: &Runbook, all: &BTreeMap<String, Runbook>, rehearsed: Rehearsed, now: Timestamp) -> Vec<Finding> {
    let mut found = reach::findings(runbook, all);
    found.extend(evidence::findings(runbook, all));
    found.extend(steps::findings(runbook));
    found.extend(limits::findings(runbook));
    found.extend(people(runbook));
    found.extend(rehearsal(runbook, rehearsed, now));
    found.sort_by_key(|finding| finding.level);
    found
}

fn people(runbook: &Runbook) -> Vec<Finding> {
    let mut found = Vec::new();
    if runbook.owner.is_none() {
        let advice = "name the role in `owner`: it is called when the way back is stuck";
        found.push(Finding::new(Level::Warning, None, "nobody owns it", advice));
    }
    if runbook.reviewers.is_empty() {
        let advice = "let a second person read it, and name them in `reviewers`";
        found.push(Finding::new(Level::Warning, None, "nobody has reviewed it", advice));
    }
    found
}

fn rehearsal(runbook: &Runbook, rehearsed: Rehearsed, now: Timestamp) -> Option<Finding> {
    let advice = format!("rehearse it: `warroom runbook rehearse {}` changes nothing", runbook.name);
    let words = match rehearsed {
        Rehearsed::Unknown => "it is not known when it was rehearsed: there is no ledger to read".to_owned(),
        Rehearsed::Never => "it was never rehearsed as it is now".to_owned(),
        Rehearsed::Done { .. } if rehearsed.age(now)? <= runbook.rehearse => return None,
        Rehearsed::Done { .. } => {
            format!("it was {}, and every {} is agreed", rehearsed.words(runbook.budget, now), runbook.rehearse)
        }
    };
    Some(Finding::new(Level::Warning, None, words, advice))
}

#[cfg(test)]
mod tests;
