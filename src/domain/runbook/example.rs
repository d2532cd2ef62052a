//! Runbooks for tests.

use std::collections::BTreeMap;

use super::{
    Failing, Runbook, Step,
    action::{Action, Manual, Rollout, Verb, WaitMetric},
};
use crate::domain::{ledger::hash::Hash, time::Span};

/// A runbook of these steps that nothing is to be said against, with a validation.
pub(crate) fn example(name: &str, steps: Vec<Step>) -> Runbook {
    Runbook {
        name: name.to_owned(),
        title: name.to_owned(),
        purpose: None,
        services: Vec::new(),
        environments: Vec::new(),
        owner: Some("sre".into()),
        reviewers: vec!["mira".into()],
        budget: Span::from_hours(1),
        rto: None,
        rpo: None,
        risk: None,
        rehearse: Span::from_days(30),
        parameters: Vec::new(),
        approvals: BTreeMap::new(),
        before: Vec::new(),
        steps,
        keep: Vec::new(),
        validation: vec![step("errors", wait("job:errors:ratio1m", "< 0.01", Span::from_mins(1)))],
        digest: Hash::of(name.as_bytes()),
        commit: None,
    }
}

/// A step that does `action`, for five minutes at most.
pub(crate) fn step(id: &str, action: Action) -> Step {
    Step {
        id: id.to_owned(),
        title: id.to_owned(),
        each: None,
        undo: None,
        probe: None,
        idempotent: action.is_idempotent(),
        cancellable: false,
        timeout: Span::from_mins(5),
        grace: Span::from_secs(10),
        attempts: 1,
        failing: Failing::Stop,
        action,
    }
}

/// Waits for a metric.
pub(crate) fn wait(query: &str, must: &str, hold: Span) -> Action {
    let must = must.parse().expect("a condition");
    Action::WaitMetric(WaitMetric { source: None, query: query.to_owned(), must, hold, every: Span::from_secs(10) })
}

/// Brings a rollout back.
pub(crate) fn back() -> Action {
    Action::Rollout(Rollout { service: None, verb: Verb::Back, to: None })
}

/// Asks a person.
pub(crate) fn ask(who: Option<&str>) -> Action {
    Action::Manual(Manual { instruction: "Restore it".into(), who: who.map(str::to_owned), evidence: true })
}
