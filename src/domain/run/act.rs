//! What is recorded about runs: the journal's entries, which are events of the ledger like all others.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Ending, Known, Outcome, RunId, Stop, Worker};
use crate::domain::{
    ledger::{
        event::{Actor, Entry, Event},
        hash::Hash,
    },
    plan::Plan,
    time::{Span, Timestamp},
    verdict::computed::Computed,
};

/// Something about a run. The event's action is its tag, its data the rest; its target is the run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", content = "data", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "it lives for one step of the fold")]
pub enum Act {
    /// Somebody confirmed a plan. With it the run takes its leases, and its place is their epoch.
    #[serde(rename = "run.create")]
    Create {
        /// The plan.
        plan: Plan,
        /// The hash that was confirmed.
        hash: Hash,
        /// Why.
        reason: Option<String>,
        /// The incident that it is for.
        incident: Option<String>,
        /// The run whose leases it takes over, when somebody said so.
        take_over: Option<RunId>,
        /// Whether it was started without the approvals that it needs.
        break_glass: bool,
        /// The event that began the countdown at whose end the circuit breaker started it; `None` for what a person starts.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        countdown: Option<u64>,
        /// The verdict on its release when it was confirmed, where one was computed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        computed: Option<Computed>,
    },
    /// A worker took it up.
    #[serde(rename = "run.claim")]
    Claim {
        /// The run's epoch.
        epoch: u64,
        /// Who.
        worker: Worker,
    },
    /// Something is about to be done.
    #[serde(rename = "run.intent")]
    Intent {
        /// The run's epoch.
        epoch: u64,
        /// The step.
        step: String,
        /// Whether the step is taken back.
        undo: bool,
        /// Which attempt, from 1.
        number: u32,
        /// Until when it should be done.
        deadline: Timestamp,
    },
    /// How it went.
    #[serde(rename = "run.result")]
    Result {
        /// The run's epoch.
        epoch: u64,
        /// The step.
        step: String,
        /// Whether the step was taken back.
        undo: bool,
        /// Which attempt.
        number: u32,
        /// In one word.
        outcome: Outcome,
        /// In words.
        words: String,
        /// How long it took.
        took: Span,
        /// How it is known.
        known: Known,
        /// The hash of what it wrote.
        output: Option<Hash>,
    },
    /// What was kept of the failed version before the first write.
    #[serde(rename = "run.snapshot")]
    Snapshot {
        /// The run's epoch.
        epoch: u64,
        /// Each with its hash.
        files: Vec<Kept>,
        /// What could not be kept, and why.
        missing: Vec<String>,
    },
    /// A part of the budget is used up.
    #[serde(rename = "run.budget")]
    Budget {
        /// The run's epoch.
        epoch: u64,
        /// 50, 80 or 100.
        percent: u32,
    },
    /// Somebody told it to stop.
    #[serde(rename = "run.stop")]
    Stop {
        /// How.
        how: Stop,
        /// Why.
        reason: Option<String>,
    },
    /// Somebody told it to go on after it waited.
    #[serde(rename = "run.resume")]
    Resume {
        /// How.
        how: Resume,
        /// Why.
        reason: Option<String>,
    },
    /// It ended.
    #[serde(rename = "run.end")]
    End {
        /// The run's epoch.
        epoch: u64,
        /// How.
        ending: Ending,
        /// In words.
        words: String,
    },
}

/// Something that was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The file's name in the run's directory.
    pub name: String,
    /// The hash of its content.
    pub hash: Hash,
    /// Its size in bytes.
    pub size: u64,
}

/// How a run that waits goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resume {
    /// The step that failed is tried again. Not after an outcome that nobody knows, unless doing it twice is harmless.
    Retry,
    /// The step that failed is left as it is, and the next one is taken.
    Skip,
    /// What was done is taken back, the last first.
    Undo,
    /// It ends here.
    End,
}

impl Resume {
    /// The word in the ledger and for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Skip => "skip",
            Self::Undo => "undo",
            Self::End => "end",
        }
    }
}

/// How an event reads.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "it lives for one step of the fold")]
pub enum Reading {
    /// Something about that run.
    Act(Act),
    /// Something else.
    Other,
    /// An action of runs whose data is not what it must be.
    Malformed(String),
}

/// Reads an event.
#[must_use]
pub fn read(event: &Event) -> Reading {
    if !event.action.starts_with("run.") {
        return Reading::Other;
    }
    match serde_json::from_value(json!({ "action": event.action, "data": event.data })) {
        Ok(act) => Reading::Act(act),
        Err(why) => Reading::Malformed(why.to_string()),
    }
}

impl Act {
    /// The entry for the ledger: by `actor`, about `run` of `release`.
    ///
    /// # Errors
    /// When it holds what JSON cannot say.
    pub fn entry(&self, actor: Actor, run: &str, release: Option<&str>) -> Result<Entry, serde_json::Error> {
        let (action, data) = match serde_json::to_value(self)? {
            Value::Object(mut parts) => (parts.remove("action"), parts.remove("data")),
            _ => (None, None),
        };
        let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default();
        let data = match data {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        };
        Ok(Entry {
            actor,
            action: text(action),
            target: run.to_owned(),
            release: release.map(str::to_owned),
            outcome: crate::domain::ledger::event::Outcome::Done,
            data,
            signed: None,
        })
    }

    /// The epoch that it was written in, for what only the worker of a run writes.
    #[must_use]
    pub const fn epoch(&self) -> Option<u64> {
        match self {
            Self::Claim { epoch, .. }
            | Self::Intent { epoch, .. }
            | Self::Result { epoch, .. }
            | Self::Snapshot { epoch, .. }
            | Self::Budget { epoch, .. }
            | Self::End { epoch, .. } => Some(*epoch),
            Self::Create { .. } | Self::Stop { .. } | Self::Resume { .. } => None,
        }
    }
}
