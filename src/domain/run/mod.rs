//! Runs: executions of plans. Their journal is the ledger, and what is known of a run is a fold over its events.
//!
//! The intent to do something is recorded before it is done, and the result after it. An intent without a result is
//! UNKNOWN: never failed, and never silently done again. The right to act on a service and environment is a lease, and its
//! epoch is the place of the event that took it; a run whose epoch is old can record nothing more.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    ledger::{event::Actor, hash::Hash},
    plan::{Mode, Plan},
    time::{Span, Timestamp},
};

pub mod act;
pub mod answer;
pub mod approval;
pub mod course;
#[cfg(test)]
pub(crate) mod example;
pub mod review;
pub mod runs;

/// The identifier of a run: `run-` and the ULID's last ten characters in lower case.
pub type RunId = String;

/// What is known of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its identifier.
    pub id: RunId,
    /// What it does.
    pub plan: Plan,
    /// The hash of it, which was confirmed.
    pub hash: Hash,
    /// Who started it.
    pub by: Actor,
    /// The machine that it was started on.
    pub host: String,
    /// When it was started.
    pub at: Timestamp,
    /// Its epoch: the place of the event that gave it its leases.
    pub epoch: u64,
    /// Where it stands.
    pub state: State,
    /// Who works on it.
    pub worker: Option<Worker>,
    /// What was done, in the order in which it was begun. Undoing a step is an attempt of its own.
    pub attempts: Vec<Attempt>,
    /// How far it was told to stop.
    pub stop: Option<Stop>,
    /// Whether a person let it end here.
    pub last: bool,
    /// The part of its budget that it warned of last, in percent; 0 before.
    pub warned: u32,
    /// What was kept of the failed version before the first write; `None` before that.
    pub snapshot: Option<Vec<act::Kept>>,
    /// That it was started without the approvals that it needs; `None` where it has them.
    #[serde(default)]
    pub glass: Option<review::Glass>,
    /// What could not be kept of it, and why. Text from outside is in it, with secrets taken out.
    #[serde(default)]
    pub not_kept: Vec<String>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The last event about it.
    pub upto: u64,
}

/// Where a run stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its steps are done.
    Running,
    /// It needs a person, and says why: a step failed, its outcome is not known, somebody has to act.
    Waiting(String),
    /// What was done is taken back.
    Undoing,
    /// It ended so.
    Ended(Ending),
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Everything was done, and somebody else than who was told confirms it.
    Verified,
    /// Everything was done, and nobody confirms it, or somebody says that it is not so.
    NotVerified,
    /// A precondition did not hold: nothing was done.
    Refused,
    /// A step failed, and a person let it end.
    Failed,
    /// It was told to stop.
    Aborted,
    /// What was done was taken back.
    Undone,
    /// Taking it back failed: somebody has to be called.
    Stuck,
    /// Somebody else took its lease.
    TakenOver,
}

/// One attempt at a step, or at taking it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The step.
    pub step: String,
    /// Whether the step is taken back.
    pub undo: bool,
    /// Which attempt, from 1.
    pub number: u32,
    /// When its intent was recorded.
    pub at: Timestamp,
    /// Until when it should be done.
    pub deadline: Timestamp,
    /// How it went; `None` is not known.
    pub result: Option<Result>,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Result {
    /// In one word.
    pub outcome: Outcome,
    /// What is known, in words with numbers. Text from outside is in it, with secrets taken out.
    pub words: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// How long it took.
    pub took: Span,
    /// How it is known.
    pub known: Known,
    /// The hash of what it wrote, when something was kept.
    pub output: Option<Hash>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was done, and reading back shows it where that can be read back.
    Succeeded,
    /// It was not done.
    Failed,
    /// It did not have to be done.
    Skipped,
    /// It did not end in its time, and it is known not to go on.
    TimedOut,
    /// Nobody knows.
    Unknown,
    /// It was ended by a person.
    Aborted,
}

/// How the result of an attempt is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Known {
    /// The worker that did it says so.
    Worker,
    /// The file that the program's shim wrote says so.
    StatusFile,
    /// Looking shows it.
    Probe,
    /// A person says so.
    Person,
}

/// The process that works on a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The machine.
    pub host: String,
    /// The identity of this start of the machine.
    pub boot: String,
    /// Its process.
    pub pid: u32,
    /// When the process was started, in clock ticks since the machine's start: a process number is used again.
    pub started: u64,
}

/// How a run is told to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// After the step that runs.
    AfterStep,
    /// At once: what runs is ended.
    Now,
}

macro_rules! words {
    ($type:ty: $($value:ident = $word:literal),+) => {
        impl $type {
            /// The word in the ledger and for people.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$value => $word),+ }
            }

            /// The value with this word.
            #[must_use]
            pub fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$value),)+ _ => None }
            }
        }
    };
}

words!(Ending: Verified = "verified", NotVerified = "not-verified", Refused = "refused", Failed = "failed",
    Aborted = "aborted", Undone = "undone", Stuck = "stuck", TakenOver = "taken-over");
words!(Outcome: Succeeded = "succeeded", Failed = "failed", Skipped = "skipped", TimedOut = "timed-out",
    Unknown = "unknown", Aborted = "aborted");
words!(Known: Worker = "worker", StatusFile = "status-file", Probe = "probe", Person = "person");
words!(Stop: AfterStep = "after-step", Now = "now");

impl Run {
    /// The last attempt at `step`, not at taking it back.
    #[must_use]
    pub fn attempt(&self, step: &str) -> Option<&Attempt> {
        self.attempts.iter().rev().find(|attempt| attempt.step == step && !attempt.undo)
    }

    /// The attempt whose result is not known: there is at most one, the last.
    #[must_use]
    pub fn open(&self) -> Option<&Attempt> {
        self.attempts.last().filter(|attempt| attempt.result.is_none())
    }

    /// Whether it still may do something.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self.state, State::Ended(_))
    }

    /// How long it has taken by the clock of the wall.
    #[must_use]
    pub fn elapsed(&self, now: Timestamp) -> Span {
        Span::between(self.at, self.ended.unwrap_or(now))
    }

    /// How much of its budget is used, in percent; more than 100 when it is over.
    #[must_use]
    pub fn spent_percent(&self, now: Timestamp) -> u64 {
        self.elapsed(now).millis().saturating_mul(100) / self.plan.budget.millis().max(1)
    }

    /// How long ago it was confirmed, when nothing of it was begun since, and that is longer than an approval holds: what it was
    /// made for may be gone. Nothing for a rehearsal, and for a run that was told to stop.
    #[must_use]
    pub fn unbegun(&self, now: Timestamp) -> Option<Span> {
        let age = Span::between(self.at, now);
        let waits = self.is_real() && self.attempts.is_empty() && self.state == State::Running;
        (waits && age > approval::HOLDS).then_some(age)
    }

    /// Whether its effects are real.
    #[must_use]
    pub fn is_real(&self) -> bool {
        self.plan.mode == Mode::Real
    }

    /// The leases that it needs: each service in its environment. A rehearsal changes nothing and needs none.
    pub fn claims(&self) -> impl Iterator<Item = Claim> {
        let services = if self.is_real() { self.plan.target.services.as_slice() } else { &[] };
        let environment = &self.plan.target.environment;
        services.iter().map(|service| Claim { service: service.clone(), environment: environment.clone() })
    }
}

/// What a lease is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Claim {
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
}

/// The one right to act on a service and environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The run that has it.
    pub run: RunId,
    /// The place of the event that gave it.
    pub epoch: u64,
}

/// Leases by what they are for.
pub type Leases = BTreeMap<Claim, Lease>;
