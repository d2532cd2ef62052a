//! What the console knows of the ledger: who said what, and whether that can be read at all.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::domain::{
    ledger::{event::Event, proof::Proof},
    readiness::record::Record,
    run::{RunId, approval::Approvals, runs::Runs},
    time::Timestamp,
};

/// How many of the newest events are kept at hand.
pub const KEPT: usize = 500;

/// The ledger as it was read last. It is told as a whole each time, so that the newest telling replaces the one before.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Whether it can be read.
    pub state: State,
    /// What was said about every release.
    pub record: Arc<Record>,
    /// What is known of all runs.
    #[serde(default)]
    pub runs: Arc<Runs>,
    /// Approvals of plans that were asked for and given.
    #[serde(skip)]
    pub approvals: Arc<Approvals>,
    /// The newest events, the newest first; at most [`KEPT`].
    pub newest: Vec<Arc<Recorded>>,
    /// How many events were read.
    pub events: u64,
    /// When it was last read up to its end; `None` before the first time.
    pub read_at: Option<Timestamp>,
    /// What is wrong with which event: the first fault that was found.
    pub damage: Option<String>,
    /// Why nothing can be recorded in it, as far as that is known before somebody tries.
    #[serde(default)]
    pub unwritable: Option<String>,
    /// Runs that are not over, and whose worker cannot be seen to live.
    #[serde(default)]
    pub unattended: BTreeMap<RunId, Unattended>,
    /// Exports that stand still.
    #[serde(default)]
    pub stalled: Vec<Stalled>,
}

/// Why nobody can be seen to work on a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unattended {
    /// No worker ever took it up.
    Never,
    /// Its worker ended before it was over.
    Gone,
    /// Its worker is one of another machine: whether it lives cannot be seen from here.
    Elsewhere,
}

/// An export that does not get through to its collector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stalled {
    /// Which: the name of its cursor.
    pub export: String,
    /// Since when; `None` where that is not known.
    pub since: Option<Timestamp>,
    /// The last event that the collector took.
    pub upto: u64,
    /// Why. Text from outside.
    pub why: String,
}

/// Whether the ledger can be read.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// This console has none.
    #[default]
    Off,
    /// It is being read for the first time.
    Opening,
    /// There is none yet: nobody has recorded anything.
    Empty,
    /// It is followed.
    Following,
    /// It cannot be read: why, and since when.
    Away {
        /// In words.
        why: String,
        /// The first failure after the last success.
        since: Timestamp,
    },
}

/// An event and what its signature proves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The event.
    pub event: Event,
    /// What its signature proves.
    pub proof: Proof,
}

impl Recorded {
    /// Who did it: the person whose signature counts, otherwise the login name that the event claims. Text from outside.
    #[must_use]
    pub fn who(&self) -> &str {
        match &self.proof {
            Proof::Verified { principal } => principal,
            _ => &self.event.actor.user,
        }
    }

    /// Why, in the person's words, where there are any. Text from outside.
    #[must_use]
    pub fn why(&self) -> Option<&str> {
        let signed = self.event.signed.as_ref().map(|signed| &signed.statement);
        // What was signed comes first: nobody vouches for the rest.
        [signed, Some(&self.event.data)].into_iter().flatten().find_map(|map| {
            ["reason", "note"].iter().find_map(|name| map.get(*name)?.as_str()).filter(|text| !text.trim().is_empty())
        })
    }
}

impl Ledger {
    /// Whether what people said is known: it was read up to its end at least once.
    #[must_use]
    pub const fn is_known(&self) -> bool {
        self.read_at.is_some()
    }

    /// What it says of runs; `None` where it says nothing because it was not read, or is not there: no record is not an
    /// empty one.
    #[must_use]
    pub fn record_of_runs(&self) -> Option<&Runs> {
        (self.is_known() && self.state != State::Empty).then_some(self.runs.as_ref())
    }

    /// What is wrong with it, in words; `None` when nothing is.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        match (&self.state, &self.damage) {
            (State::Away { why, .. }, _) => Some(format!("the ledger cannot be read: {why}")),
            (_, Some(damage)) => Some(format!("the ledger is damaged: {damage}; `warroom ledger verify` says more")),
            (State::Empty | State::Following, None) => {
                let why = self.unwritable.as_ref()?;
                Some(format!("nothing can be recorded: the ledger cannot be written: {why}"))
            }
            _ => None,
        }
    }
}
