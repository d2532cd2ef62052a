//! Lines of what is staged and what runs: runbooks, runs, the steps of a run.

use super::{Row, keeps, position, release, selected, unique};
use crate::{
    app::{
        model::{List, Model, Screen},
        run::Attempted,
    },
    domain::{
        plan::Planned,
        release::Release,
        run::{
            Attempt, Run, State,
            approval::{self, People, Requested, Standing},
        },
        runbook::Runbook,
    },
};

/// A runbook, and whether it is staged for the release that is looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunbookRow<'a> {
    /// The runbook.
    pub runbook: &'a Runbook,
    /// Whether it is staged for a service of the release; `None` where no release is looked at.
    pub fits: Option<bool>,
}

/// A step of a run, and the last attempts at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepRow<'a> {
    /// Its place in the plan, from 0.
    pub index: usize,
    /// The step.
    pub step: &'a Planned,
    /// The last attempt at it.
    pub done: Option<&'a Attempt>,
    /// The last attempt at taking it back.
    pub undone: Option<&'a Attempt>,
}

impl<'a> StepRow<'a> {
    /// The newest attempt of the two.
    #[must_use]
    pub fn last(&self) -> Option<&'a Attempt> {
        self.undone.or(self.done)
    }
}

/// Runbooks of the catalog; those for the release that is looked at first.
#[must_use]
pub fn runbooks(model: &Model) -> Vec<Row<RunbookRow<'_>>> {
    let release = match &model.ui.screen {
        Screen::Runbooks(Some(_)) => release(model),
        _ => None,
    };
    let fits = |runbook: &Runbook| {
        let release = release?;
        Some(release.components.iter().any(|component| runbook.is_for(&component.service, &release.environment)))
    };
    let all = model.room.catalog.runbooks.values().map(|runbook| RunbookRow { runbook, fits: fits(runbook) });
    let mut found: Vec<_> = all.filter(|row| keeps(model, List::Runbooks, || runbook_text(row.runbook))).collect();
    found.sort_by_key(|row| row.fits == Some(false));
    unique(found.into_iter().map(|row| (row.runbook.name.clone(), row)))
}

/// The runbook that is selected.
#[must_use]
pub fn chosen_runbook(model: &Model) -> Option<&Runbook> {
    selected(model, List::Runbooks, &runbooks(model)).map(|row| row.runbook)
}

/// Runs, those that are not over first, then the newest.
#[must_use]
pub fn runs(model: &Model) -> Vec<Row<&Run>> {
    let newest = model.shown_ledger().runs.newest().into_iter();
    let mut found: Vec<&Run> = newest.filter(|run| keeps(model, List::Runs, || run_text(run))).collect();
    found.sort_by_key(|run| run.is_over());
    unique(found.into_iter().map(|run| (run.id.clone(), run)))
}

/// Plans that somebody asked others to approve, and that can still be answered, the newest first.
#[must_use]
pub fn approvals(model: &Model) -> Vec<Row<&Requested>> {
    let open = model.shown_ledger().approvals.open(model.now).into_iter();
    let text = |requested: &Requested| {
        let plan = &requested.plan;
        format!("{} {} {} {}", requested.code, plan.phrase(), plan.runbook.title, requested.by.user)
    };
    let kept = open.filter(|requested| keeps(model, List::Approvals, || text(requested)));
    unique(kept.map(|requested| (requested.hash.to_string(), requested)))
}

/// How the approvals of a plan stand now.
#[must_use]
pub fn standing_of(model: &Model, requested: &Requested) -> Standing {
    let release = requested.plan.target.release.as_ref().and_then(|id| model.picture.release(id));
    let author = release.and_then(|release| release.file.as_ref()?.owner.as_deref());
    approval::standing(requested, People { roles: &model.room.catalog.roles, author }, model.now)
}

/// Runs that are not over, the newest first.
#[must_use]
pub fn live(model: &Model) -> Vec<&Run> {
    model.shown_ledger().runs.newest().into_iter().filter(|run| !run.is_over()).collect()
}

/// Runs that change a service of `release`, the newest first.
#[must_use]
pub fn runs_of<'a>(model: &'a Model, release: &Release) -> Vec<&'a Run> {
    let of = |run: &&Run| {
        let target = &run.plan.target;
        target.release.as_ref() == Some(&release.id)
            || target.environment == release.environment && target.services.iter().any(|service| release.has(service))
    };
    model.shown_ledger().runs.newest().into_iter().filter(of).collect()
}

/// The run that is open.
#[must_use]
pub fn run(model: &Model) -> Option<&Run> {
    match &model.ui.screen {
        Screen::Run(id) => model.shown_ledger().runs.run(id),
        _ => None,
    }
}

/// The steps of the run that is open.
#[must_use]
pub fn run_steps(model: &Model) -> Vec<Row<StepRow<'_>>> {
    let Some(run) = run(model) else { return Vec::new() };
    let rows = run.plan.steps.iter().enumerate().map(|(index, step)| StepRow {
        index,
        step,
        done: run.attempt(&step.id),
        undone: run.attempts.iter().rev().find(|attempt| attempt.undo && attempt.step == step.id),
    });
    let text = |row: &StepRow<'_>| format!("{} {} {}", row.step.id, row.step.title, row.step.kind);
    unique(
        rows.filter(|row| keeps(model, List::RunSteps, || text(row))).map(|row| (format!("step {}", row.step.id), row)),
    )
}

/// The step whose output is shown: the selected one, else the one that the newest attempt was at.
#[must_use]
pub fn shown_attempt(model: &Model) -> Option<StepRow<'_>> {
    let rows = run_steps(model);
    if model.ui.selected.contains_key(&List::RunSteps) {
        let place = position(model, List::RunSteps, &rows)?;
        return rows.get(place).map(|row| row.item);
    }
    let newest = run(model)?.attempts.last()?;
    rows.iter().find(|row| row.item.step.id == newest.step).map(|row| row.item)
}

/// Whose output is looked at; `None` where no run is.
#[must_use]
pub fn attempted(model: &Model) -> Option<Attempted> {
    let run = run(model)?;
    let row = shown_attempt(model)?;
    let attempt = row.last()?;
    Some(Attempted {
        run: run.id.clone(),
        step: attempt.step.clone(),
        index: row.index,
        undo: attempt.undo,
        number: attempt.number,
    })
}

fn runbook_text(runbook: &Runbook) -> String {
    format!(
        "{} {} {} {} {}",
        runbook.name,
        runbook.title,
        runbook.services.join(" "),
        runbook.environments.join(" "),
        runbook.owner.as_deref().unwrap_or_default()
    )
}

fn run_text(run: &Run) -> String {
    let state = match &run.state {
        State::Ended(ending) => ending.word(),
        State::Running => "running",
        State::Waiting(_) => "waiting",
        State::Undoing => "undoing",
    };
    let target = &run.plan.target;
    format!(
        "{} {} {} {} {} {state} {} {}",
        run.id,
        run.plan.runbook.name,
        run.plan.runbook.title,
        target.service,
        target.environment,
        run.by.user,
        target.release.as_deref().unwrap_or_default()
    )
}
