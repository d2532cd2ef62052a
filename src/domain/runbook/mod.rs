//! Runbooks: pre-staged procedures in files, before they are resolved for a target.
//!
//! A runbook says what would be done. Nothing is done by it: a [`crate::domain::plan::Plan`] says what exactly, and a run
//! does it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    catalog::ChangeClass,
    checklist::{Requirement, check::Check},
    ledger::hash::Hash,
    time::Span,
};

pub mod action;
#[cfg(test)]
pub(crate) mod example;
pub mod fill;
pub mod lint;
pub mod parameter;
pub mod rehearsal;
pub mod risk;
mod words;

use action::{Action, Effect, Verb};
use parameter::Parameter;
use risk::Risk;

/// How deep runbooks are looked into.
const DEEPEST: usize = 8;

/// A procedure in a file under version control.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runbook {
    /// The file's stem.
    pub name: String,
    /// For people.
    pub title: String,
    /// When to take it, and what it is not for.
    pub purpose: Option<String>,
    /// The services that it is for; empty is any.
    pub services: Vec<String>,
    /// The environments that it is for; empty is any.
    pub environments: Vec<String>,
    /// The role that answers for it.
    pub owner: Option<String>,
    /// Who looked at it: principals of `roles.toml`.
    pub reviewers: Vec<String>,
    /// How long the whole may take. A run warns at 50, 80 and 100 %, and never ends a write because of it.
    pub budget: Span,
    /// How soon users are served again, as it was agreed (recovery time objective).
    pub rto: Option<Span>,
    /// How much data may be lost, as it was agreed (recovery point objective).
    pub rpo: Option<Span>,
    /// The risk that its author gives it. It may be more than what the steps say, never less.
    pub risk: Option<Risk>,
    /// A rehearsal older than this is told.
    pub rehearse: Span,
    /// What is asked for when it is planned.
    pub parameters: Vec<Parameter>,
    /// Whose approval a plan needs, by the change class of the release.
    pub approvals: BTreeMap<ChangeClass, Requirement>,
    /// What must hold before anything is done. Reads only.
    pub before: Vec<Step>,
    /// What is kept of the failed version before the first write, beside what every run keeps. It changes nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<Step>,
    /// What is done, in this order.
    pub steps: Vec<Step>,
    /// What must hold afterwards. Reads only, and asked of somebody else than who was told to act.
    pub validation: Vec<Step>,
    /// The hash of its content with all that it nests.
    pub digest: Hash,
    /// The commit of the catalog, when it lies in a git repository.
    pub commit: Option<String>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Unique in the runbook; what the journal names.
    pub id: String,
    /// For people.
    pub title: String,
    /// What it does.
    pub action: Action,
    /// Once for each of several services.
    pub each: Option<Each>,
    /// What takes it back.
    pub undo: Option<Action>,
    /// What tells, without changing anything, whether its effect is there. Kubernetes and rollout steps know by themselves.
    pub probe: Option<Check>,
    /// Whether doing it twice is the same as doing it once.
    pub idempotent: bool,
    /// Whether it may be ended while it runs.
    pub cancellable: bool,
    /// How long one attempt may take.
    pub timeout: Span,
    /// How long it has to end by itself after it was told to.
    pub grace: Span,
    /// How often it is tried in all, from 1. More than once only what is idempotent.
    pub attempts: u32,
    /// What happens when it fails.
    pub failing: Failing,
}

/// What happens when a step fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Failing {
    /// The run stops and waits for a person.
    #[default]
    Stop,
    /// The run goes on; the failure stays visible.
    GoOn,
}

/// A step that is done for several services.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Each {
    /// Which; empty is every service of the release.
    pub services: Vec<String>,
    /// In which order.
    pub order: Order,
}

/// The order of services that call each other (`depends_on`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// Who is called first: how a release goes out.
    Forward,
    /// Who calls first: how it comes back.
    #[default]
    Reverse,
}

impl Runbook {
    /// All its steps with the part they belong to, in the order in which they are taken.
    pub fn all(&self) -> impl Iterator<Item = (Part, &Step)> {
        let part = |part: Part| move |step| (part, step);
        let before = self.before.iter().map(part(Part::Before));
        let steps = self.steps.iter().map(part(Part::Steps));
        before.chain(steps).chain(self.validation.iter().map(part(Part::Validation)))
    }

    /// Whether a step of it, or of a runbook of `all` that it nests, takes a new version on: what a hold and a change window are
    /// for. All else is a way back, which nothing of that kind stops.
    #[must_use]
    pub fn goes_forward(&self, all: &BTreeMap<String, Self>) -> bool {
        self.takes_on(all, DEEPEST)
    }

    fn takes_on(&self, all: &BTreeMap<String, Self>, depth: usize) -> bool {
        self.all().any(|(_, step)| match &step.action {
            Action::Rollout(rollout) => matches!(rollout.verb, Verb::Resume | Verb::Retry),
            Action::Runbook(nested) => {
                depth > 0 && all.get(&nested.runbook).is_some_and(|inner| inner.takes_on(all, depth - 1))
            }
            _ => false,
        })
    }

    /// Whether it may be planned for `service` in `environment`.
    #[must_use]
    pub fn is_for(&self, service: &str, environment: &str) -> bool {
        let names = |list: &[String], name: &str| list.is_empty() || list.iter().any(|known| known == name);
        names(&self.services, service) && names(&self.environments, environment)
    }
}

impl Step {
    /// Whether it changes anything.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        self.action.effect()
    }
}

/// The parts of a runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// What must hold before anything is done.
    Before,
    /// What is done.
    Steps,
    /// What must hold afterwards.
    Validation,
}
