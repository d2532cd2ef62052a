//! A plan: a runbook resolved for one target. What exactly would be done, frozen and hashed.
//!
//! People confirm and approve the hash. It covers everything that decides what happens: the runbook's content, every
//! request, argument and patch, the state of the objects when it was made, class, window, policy and mode. Secrets are
//! named by where they come from, never by what they are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    catalog::{ChangeClass, ChangeWindow},
    checklist::{Requirement, check::Check},
    ledger::{
        canonical::{self, CannotWrite},
        hash::Hash,
    },
    runbook::{Failing, Part, action::Effect, risk::Risk},
    time::Span,
};

pub mod again;
pub mod compare;
pub mod drift;
pub mod fit;
pub mod request;
pub mod resolve;
pub mod rollout;

use request::Request;

/// The version of plans that this program makes.
pub const VERSION: u64 = 1;

/// A runbook resolved for one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// [`VERSION`].
    pub v: u64,
    /// What it was made of.
    pub runbook: Source,
    /// Where.
    pub target: Target,
    /// Whether its effects are real.
    pub mode: Mode,
    /// How much ceremony the change needs.
    pub class: ChangeClass,
    /// When the release may be changed, where it says so.
    pub window: Option<ChangeWindow>,
    /// The version of the policies that were asked; none yet.
    pub policy: Option<Hash>,
    /// How much a mistake would cost.
    pub risk: Risk,
    /// Why it is that risk, and nothing less.
    pub because: String,
    /// Whose approval it needs beside the one who runs it.
    pub needs: Option<Requirement>,
    /// How long the whole may take.
    pub budget: Span,
    /// The values of the runbook's parameters.
    pub parameters: BTreeMap<String, String>,
    /// What is kept of the failed version before the first write, beside what every run keeps. It changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<Planned>,
    /// What is done, in this order.
    pub steps: Vec<Planned>,
}

/// The runbook that a plan was made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub name: String,
    /// For people.
    pub title: String,
    /// The hash of its content.
    pub digest: Hash,
    /// The commit of the catalog, when it lies in a git repository.
    pub commit: Option<String>,
    /// The role that answers for it: whom to call when it is stuck.
    pub owner: Option<String>,
}

/// What a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The release, when there is one.
    pub release: Option<String>,
    /// The environment.
    pub environment: String,
    /// Whether that is production.
    pub production: bool,
    /// The service that it is about.
    pub service: String,
    /// Every service that a step changes, with that one; the leases that a run takes.
    pub services: Vec<String>,
    /// The version that the service has, where it is known.
    pub from: Option<String>,
    /// The version that it has afterwards, where the plan changes it.
    pub to: Option<String>,
}

/// Whether effects are real.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// They are.
    #[default]
    Real,
    /// They are replaced: nothing is changed.
    Rehearsal,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Unique in the plan: `RUNBOOK-STEP` where it is nested, `STEP@SERVICE` where it is done for several.
    pub id: String,
    /// The part of the runbook.
    pub part: Part,
    /// For people.
    pub title: String,
    /// The kind of the step: `rollout`.
    pub kind: String,
    /// What exactly is done.
    pub request: Request,
    /// What exactly takes it back.
    pub undo: Option<Request>,
    /// What tells whether its effect is there.
    pub probe: Option<Check>,
    /// Whether it changes anything.
    pub effect: Effect,
    /// Whether doing it twice is the same as doing it once.
    pub idempotent: bool,
    /// Whether it may be ended while it runs.
    pub cancellable: bool,
    /// How long one attempt may take.
    pub timeout: Span,
    /// How long it has to end by itself after it was told to.
    pub grace: Span,
    /// How often it is tried in all.
    pub attempts: u32,
    /// What happens when it fails.
    pub failing: Failing,
    /// What a person should know: what will put it back, why this verb. Told with the plan.
    pub notes: Vec<String>,
}

/// What a person is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asks<'a> {
    /// The role that does it; whoever runs the runbook when nothing is said.
    pub who: Option<&'a str>,
    /// Whether something must be written down.
    pub evidence: bool,
}

impl Plan {
    /// Its canonical bytes, which are what is hashed.
    ///
    /// # Errors
    /// When it holds what cannot be recorded: a number that is not whole in the body of a request.
    pub fn bytes(&self) -> Result<Vec<u8>, CannotWrite> {
        canonical::to_bytes(self)
    }

    /// The hash that people confirm and approve.
    ///
    /// # Errors
    /// As [`Plan::bytes`].
    pub fn hash(&self) -> Result<Hash, CannotWrite> {
        Ok(Hash::of(&self.bytes()?))
    }

    /// What the one who runs it types: it names what differs, so that it cannot be typed without reading.
    #[must_use]
    pub fn phrase(&self) -> String {
        let Target { service, environment, to, .. } = &self.target;
        match to {
            Some(to) => format!("rollback {service} {environment} to {to}"),
            None => format!("run {} {service} {environment}", self.runbook.name),
        }
    }

    /// The step of that identifier.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Planned> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// What a person is asked for in the step `id`, or to take it back; `None` where no person does it.
    #[must_use]
    pub fn asks(&self, id: &str, undo: bool) -> Option<Asks<'_>> {
        let step = self.step(id)?;
        match if undo { step.undo.as_ref()? } else { &step.request } {
            Request::Manual { who, evidence, .. } => Some(Asks { who: who.as_deref(), evidence: *evidence }),
            _ => None,
        }
    }

    /// The steps that change something.
    pub fn writes(&self) -> impl Iterator<Item = &Planned> {
        self.steps.iter().filter(|step| step.effect == Effect::Write)
    }

    /// The writes that nothing takes back.
    pub fn for_good(&self) -> impl Iterator<Item = &Planned> {
        self.writes().filter(|step| step.undo.is_none() && !matches!(step.request, Request::Nothing { .. }))
    }
}

impl Mode {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Rehearsal => "rehearsal",
        }
    }
}
