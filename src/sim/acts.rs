//! What the people of a story do about the readiness of a release, and when.

use serde::Deserialize;

use super::scenario::{Moment, Scenario};
use crate::domain::{
    readiness::statement::{Decision, Ticked, Vote},
    time::{Span, Timestamp},
};

/// Somebody does something.
#[derive(Clone, Debug, PartialEq)]
pub struct Act {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// About which release.
    pub release: String,
    /// What.
    pub deed: Deed,
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Deed {
    /// Says of an item how it is.
    Tick {
        /// The item.
        item: String,
        /// How it is.
        #[serde(default = "pass")]
        state: Ticked,
        /// In words.
        note: Option<String>,
        /// Whether it is signed.
        #[serde(default)]
        signed: bool,
    },
    /// Says something about an item, or about the release.
    Note {
        /// The item; the whole release when left out.
        item: Option<String>,
        /// In words.
        note: String,
    },
    /// Asks for a sign-off.
    Request {
        /// Which.
        signoff: String,
    },
    /// Signs it off, or denies that, or takes back what was signed.
    Sign {
        /// Which.
        signoff: String,
        /// How.
        vote: Vote,
        /// In which role.
        role: String,
        /// In words.
        reason: Option<String>,
    },
    /// Takes an item out for a while.
    Waive {
        /// The item.
        item: String,
        /// In which role.
        role: String,
        /// In words.
        reason: String,
        /// For how long.
        #[serde(rename = "for")]
        length: Span,
    },
    /// Rehearses the way back of a service, in production, before the release was there.
    Rehearse(Rehearsed),
    /// Decides.
    Decide {
        /// What.
        decision: Decision,
        /// In words.
        reason: String,
    },
}

/// A rehearsal that went through.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rehearsed {
    /// The runbook.
    pub runbook: String,
    /// The service that it is for.
    pub service: String,
    /// The version that the service had then.
    pub version: String,
    /// The one before that.
    pub before: String,
    /// How long it took.
    pub took: Span,
}

const fn pass() -> Ticked {
    Ticked::Pass
}

/// An act, as a scenario's file has it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Scripted {
    at: Moment,
    by: String,
    /// The scenario's first one when left out.
    #[serde(default)]
    release: Option<String>,
    #[serde(rename = "do")]
    deed: Deed,
}

/// The acts of a scenario that starts at `start`, in their order.
pub(super) fn of(scenario: &Scenario, start: Timestamp) -> Vec<Act> {
    let usual = || scenario.releases.first().map(|release| release.id.clone());
    let mut acts: Vec<Act> = scenario
        .acts
        .iter()
        .filter_map(|act| {
            Some(Act {
                at: start + chrono::TimeDelta::milliseconds(act.at.0),
                by: act.by.clone(),
                release: act.release.clone().or_else(usual)?,
                deed: act.deed.clone(),
            })
        })
        .collect();
    acts.sort_by_key(|act| act.at);
    acts
}
