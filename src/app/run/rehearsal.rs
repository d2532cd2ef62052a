//! When a runbook was last rehearsed, with how much that needs a person.

use crate::{
    app::model::Model,
    domain::{
        level::Level,
        runbook::{
            Runbook,
            lint::{self, Finding},
            rehearsal::Rehearsed,
        },
    },
};

/// How much the last rehearsal of `runbook` needs a person, and what is known of it in words.
#[must_use]
pub fn rehearsal(model: &Model, runbook: &Runbook) -> (Level, String) {
    let rehearsed = Rehearsed::of(runbook.digest, None, model.shown_ledger().record_of_runs());
    let level = match (rehearsed, rehearsed.age(model.now)) {
        (Rehearsed::Unknown, _) => Level::Unknown,
        (_, Some(age)) if age <= runbook.rehearse => Level::Ok,
        _ => Level::Watch,
    };
    (level, rehearsed.words(runbook.budget, model.now))
}

/// What a reader of `runbook` would warn of, the worst first.
#[must_use]
pub fn lint(model: &Model, runbook: &Runbook) -> Vec<Finding> {
    let rehearsed = Rehearsed::of(runbook.digest, None, model.shown_ledger().record_of_runs());
    let mut found = lint::lint(runbook, &model.room.catalog.runbooks, rehearsed, model.now);
    found.sort_by_key(|finding| finding.level);
    found
}
