//! Runbooks, runs and the steps of a run as plain text.

use super::Table;
use crate::{
    app::{
        model::Model,
        rows::{self, StepRow},
        run::rehearsal,
    },
    domain::{
        run::{
            Run, State,
            approval::{Requested, standing},
        },
        time::Timestamp,
    },
};

pub(super) fn runbooks(model: &Model) -> Table {
    let rows = rows::runbooks(model).into_iter().map(|row| {
        let runbook = row.item.runbook;
        vec![
            runbook.name.clone(),
            runbook.title.clone(),
            if runbook.services.is_empty() { "any".to_owned() } else { runbook.services.join(" ") },
            runbook.risk.map_or("", |risk| risk.word()).to_owned(),
            runbook.owner.clone().unwrap_or_default(),
            runbook.budget.to_string(),
            rehearsal(model, runbook).1,
        ]
    });
    let columns = ["RUNBOOK", "TITLE", "SERVICES", "RISK", "OWNER", "BUDGET", "REHEARSAL"];
    Table::new("Runbooks", &columns, rows.collect())
}

pub(super) fn runs(model: &Model) -> Table {
    let rows = rows::runs(model).into_iter().map(|row| run_line(row.item, model.now));
    let columns = ["RUN", "STATE", "RUNBOOK", "SERVICE", "ENVIRONMENT", "MODE", "BY", "STARTED", "TOOK", "BUDGET"];
    Table::new("Runs", &columns, rows.collect())
}

fn run_line(run: &Run, now: Timestamp) -> Vec<String> {
    let state = match &run.state {
        State::Ended(ending) => ending.word().to_owned(),
        State::Running => "running".to_owned(),
        State::Undoing => "undoing".to_owned(),
        State::Waiting(why) => format!("waiting: {why}"),
    };
    vec![
        run.id.clone(),
        state,
        run.plan.runbook.name.clone(),
        run.plan.target.service.clone(),
        run.plan.target.environment.clone(),
        run.plan.mode.word().to_owned(),
        run.by.user.clone(),
        run.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        run.elapsed(now).age(),
        run.plan.budget.to_string(),
    ]
}

pub(super) fn approvals(model: &Model) -> Table {
    let rows = rows::approvals(model).into_iter().map(|row| approval_line(model, row.item));
    let columns = ["STATE", "CODE", "RISK", "PLAN", "HASH", "ASKED BY", "UNTIL"];
    Table::new("Approvals", &columns, rows.collect())
}

fn approval_line(model: &Model, requested: &Requested) -> Vec<String> {
    let standing = rows::standing_of(model, requested);
    let state = match () {
        () if !standing.denials.is_empty() => "denied".to_owned(),
        () if standing.broken.is_some() => "glass broken".to_owned(),
        () if standing.met => "approved".to_owned(),
        () => format!("waits for {}", standing::words(&standing.missing)),
    };
    vec![
        state,
        requested.code.clone(),
        requested.plan.risk.word().to_owned(),
        requested.plan.phrase(),
        requested.hash.to_string(),
        requested.by.principal.clone().unwrap_or_else(|| requested.by.user.clone()),
        requested.expires.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
    ]
}

pub(super) fn steps(model: &Model) -> Table {
    let title = rows::run(model).map_or_else(|| "Run".to_owned(), |run| format!("Steps of {}", run.id));
    let rows = rows::run_steps(model).into_iter().map(|row| step_line(&row.item));
    Table::new(title, &["STEP", "TITLE", "KIND", "STATE", "ATTEMPT", "TOOK", "WORDS"], rows.collect())
}

fn step_line(row: &StepRow<'_>) -> Vec<String> {
    let last = row.last();
    let result = last.and_then(|attempt| attempt.result.as_ref());
    let state = match (last, result) {
        (None, _) => "waiting".to_owned(),
        (Some(attempt), None) => if attempt.undo { "undoing" } else { "running, or not known" }.to_owned(),
        (Some(attempt), Some(result)) => {
            let undo = if attempt.undo { "undo " } else { "" };
            format!("{undo}{}", result.outcome.word())
        }
    };
    vec![
        row.step.id.clone(),
        row.step.title.clone(),
        row.step.kind.clone(),
        state,
        last.map(|attempt| attempt.number.to_string()).unwrap_or_default(),
        result.map(|result| result.took.age()).unwrap_or_default(),
        result.map(|result| result.words.clone()).unwrap_or_default(),
    ]
}
