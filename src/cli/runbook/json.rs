//! Runbooks as JSON. The shape is an interface: `docs/json.md` tells it, and `version` changes with it.

use serde_json::{Value, json};

use super::shelf::Judged;
use crate::domain::{
    run::Run,
    runbook::{Step, lint, rehearsal::Rehearsed},
    time::{Span, Timestamp},
};

/// A runbook in a list.
pub(super) fn summary(one: &Judged<'_>, now: Timestamp) -> Value {
    let runbook = one.runbook;
    json!({
        "name": runbook.name,
        "title": runbook.title,
        "services": runbook.services,
        "environments": runbook.environments,
        "risk": runbook.risk,
        "owner": runbook.owner,
        "reviewers": runbook.reviewers,
        "budget_seconds": runbook.budget.secs(),
        "digest": runbook.digest,
        "commit": runbook.commit,
        "rehearsal": rehearsal(one.rehearsed, now),
        "lint": one.findings,
        // Where no ledger was read, nobody knows.
        "reviews_owed": (one.rehearsed != Rehearsed::Unknown)
            .then(|| one.owed.iter().map(|run| owed(run)).collect::<Vec<_>>()),
    })
}

/// A run that had not the approvals that it needed, and that nobody looked at afterwards.
pub(in crate::cli) fn owed(run: &Run) -> Value {
    let glass = run.owes_review();
    json!({
        "run": run.id,
        "release": run.plan.target.release,
        "service": run.plan.target.service,
        "environment": run.plan.target.environment,
        "by": run.by.principal.as_ref().unwrap_or(&run.by.user),
        "since": run.at,
        "incident": glass.and_then(|glass| glass.incident.as_ref()),
        "reason": glass.and_then(|glass| glass.reason.as_ref()),
    })
}

/// A runbook with its steps.
pub(super) fn whole(one: &Judged<'_>, now: Timestamp) -> Value {
    let runbook = one.runbook;
    let steps = |steps: &[Step]| steps.iter().map(step).collect::<Vec<_>>();
    let mut value = summary(one, now);
    let more = json!({
        "version": 1,
        "at": now,
        "purpose": runbook.purpose,
        "rto_seconds": runbook.rto.map(Span::secs),
        "rpo_seconds": runbook.rpo.map(Span::secs),
        "limits_seconds": lint::total(runbook).secs(),
        "rehearse_seconds": runbook.rehearse.secs(),
        "approvals": runbook.approvals,
        "parameters": runbook.parameters,
        "before": steps(&runbook.before),
        "keep": steps(&runbook.keep),
        "steps": steps(&runbook.steps),
        "validation": steps(&runbook.validation),
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

fn rehearsal(rehearsed: Rehearsed, now: Timestamp) -> Value {
    match rehearsed {
        Rehearsed::Unknown => json!({ "state": "unknown" }),
        Rehearsed::Never => json!({ "state": "never" }),
        Rehearsed::Done { at, took } => json!({
            "state": "done",
            "at": at,
            "age_seconds": Span::between(at, now).secs(),
            "took_seconds": took.secs(),
        }),
    }
}

fn step(step: &Step) -> Value {
    json!({
        "id": step.id,
        "title": step.title,
        "kind": step.action.word(),
        "words": step.action.words(),
        "action": step.action,
        "each": step.each,
        "undo": step.undo,
        "probe": step.probe,
        "effect": step.effect(),
        "idempotent": step.idempotent,
        "cancellable": step.cancellable,
        "timeout_seconds": step.timeout.secs(),
        "grace_seconds": step.grace.secs(),
        "attempts": step.attempts,
        "failing": step.failing,
    })
}
