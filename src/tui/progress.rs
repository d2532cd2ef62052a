//! How far runs and their steps are, as glyph and words: the same on every screen.

use super::{look::Look, scene::Scene, strip::Strip};
use crate::app::ledger::Unattended;
use crate::domain::{
    level::Level,
    plan::{Planned, request::Request},
    run::{Attempt, Ending, Outcome, Run, State},
    time::{Span, Timestamp},
};

/// How much a run needs a person, and the word for where it stands.
pub(crate) fn of_run(run: &Run, now: Timestamp) -> (Level, &'static str) {
    match &run.state {
        State::Running | State::Undoing if overdue(run, now) => (Level::Unknown, "UNKNOWN"),
        State::Running if waits_for_hand(run) => (Level::Watch, "WAITS FOR A HAND"),
        State::Running if run.stop.is_some() => (Level::Watch, "STOPPING"),
        State::Running => (Level::Run, "RUN"),
        State::Undoing => (Level::Run, "UNDOING"),
        State::Waiting(_) => (Level::Watch, "WAITS FOR YOU"),
        State::Ended(ending) => of_ending(*ending),
    }
}

/// The same, with what was seen of its worker: a run that nobody works on does not go on.
pub(crate) fn stands(scene: &Scene<'_>, run: &Run) -> (Level, &'static str) {
    match scene.model.shown_ledger().unattended.get(&run.id) {
        Some(Unattended::Gone | Unattended::Never) if !run.is_over() => (Level::Bad, "NO WORKER"),
        _ => of_run(run, scene.model.now),
    }
}

/// The same of a run that is over.
const fn of_ending(ending: Ending) -> (Level, &'static str) {
    match ending {
        Ending::Verified => (Level::Ok, "VERIFIED"),
        Ending::NotVerified => (Level::Unknown, "NOT VERIFIED"),
        Ending::Refused => (Level::Watch, "REFUSED"),
        Ending::Failed => (Level::Bad, "FAILED"),
        Ending::Aborted => (Level::Watch, "ABORTED"),
        Ending::Undone => (Level::Watch, "UNDONE"),
        Ending::Stuck => (Level::Bad, "STUCK"),
        Ending::TakenOver => (Level::Watch, "TAKEN OVER"),
    }
}

/// Whether the open attempt should have ended by now, with all the grace it has: nobody knows how it goes.
fn overdue(run: &Run, now: Timestamp) -> bool {
    let late = |attempt: &Attempt| run.plan.step(&attempt.step).is_some_and(|step| is_late(step, attempt, now));
    run.open().is_some_and(late)
}

fn is_late(step: &Planned, attempt: &Attempt, now: Timestamp) -> bool {
    let manual = matches!(step.request, Request::Manual { .. });
    !manual && attempt.result.is_none() && now > attempt.deadline + step.grace.delta()
}

fn waits_for_hand(run: &Run) -> bool {
    let step = run.open().and_then(|open| run.plan.step(&open.step));
    step.is_some_and(|step| matches!(step.request, Request::Manual { .. }))
}

/// How a step stands by its last attempt.
pub(crate) fn of_step(run: &Run, step: &Planned, attempt: Option<&Attempt>, now: Timestamp) -> (Level, &'static str) {
    let Some(attempt) = attempt else {
        return (Level::Wait, if run.is_over() { "NOT DONE" } else { "WAITING" });
    };
    match &attempt.result {
        None if is_late(step, attempt, now) => (Level::Unknown, "UNKNOWN"),
        None if matches!(step.request, Request::Manual { .. }) => (Level::Watch, "YOUR TURN"),
        None => (Level::Run, "RUN"),
        Some(result) => match result.outcome {
            Outcome::Succeeded => (Level::Ok, "DONE"),
            Outcome::Failed => (Level::Bad, "FAILED"),
            Outcome::Skipped => (Level::Paused, "SKIPPED"),
            Outcome::TimedOut => (Level::Bad, "TIMED OUT"),
            Outcome::Unknown => (Level::Unknown, "UNKNOWN"),
            Outcome::Aborted => (Level::Bad, "ABORTED"),
        },
    }
}

/// The same, with what was seen of the worker: what nobody works on is not known to go on.
pub(crate) fn step_stands(
    scene: &Scene<'_>,
    run: &Run,
    step: &Planned,
    attempt: Option<&Attempt>,
) -> (Level, &'static str) {
    let stands = of_step(run, step, attempt, scene.model.now);
    let gone = matches!(scene.model.shown_ledger().unattended.get(&run.id), Some(Unattended::Gone));
    if gone && stands.0 == Level::Run { (Level::Unknown, "UNKNOWN") } else { stands }
}

/// How many steps are done, of how many.
pub(crate) fn steps(run: &Run) -> (usize, usize) {
    let done = |step: &&Planned| run.attempt(&step.id).is_some_and(|attempt| attempt.result.is_some());
    (run.plan.steps.iter().filter(done).count(), run.plan.steps.len())
}

/// `elapsed 2m12s of 10m, 22 %`; loud from 80 % on.
pub(crate) fn clock(run: &Run, look: &Look, now: Timestamp) -> Strip {
    let percent = run.spent_percent(now);
    let words = format!("{} of {}, {percent} %", run.elapsed(now).age(), run.plan.budget);
    match percent {
        _ if run.is_over() => Strip::of(format!("took {words}"), look.text()),
        100.. => look.status(Level::Bad, &format!("OVER BUDGET {words}")),
        80.. => look.status(Level::Watch, &words),
        50.. => Strip::of(words, look.bold()),
        _ => Strip::of(words, look.text()),
    }
}

/// `rollback checkout to 1.41.7 in prod`: what a run does.
pub(crate) fn what(run: &Run) -> String {
    let target = &run.plan.target;
    let mode = if run.is_real() { "" } else { "REHEARSAL of " };
    match &target.to {
        Some(to) => format!("{mode}rollback {} to {to} in {}", target.service, target.environment),
        None => format!("{mode}{} for {} in {}", run.plan.runbook.name, target.service, target.environment),
    }
}

/// A run in a line that is read from anywhere: `RUN run-0192: rollback checkout to 1.41.7 in prod, 3/5 steps, by mira, 2m12s of 10m`.
/// A `private` one names nobody.
pub(crate) fn loud(scene: &Scene<'_>, run: &Run, private: bool) -> (Level, String) {
    let now = scene.model.now;
    let (level, word) = stands(scene, run);
    let (done, all) = steps(run);
    let glass = if run.glass.is_some() { ", GLASS BROKEN" } else { "" };
    let elapsed = if scene.model.ui.low_bandwidth { run.elapsed(now).coarse_age() } else { run.elapsed(now).age() };
    let who = run.by.principal.as_deref().unwrap_or(&run.by.user);
    let by = if private { String::new() } else { format!(", by {who}") };
    let words =
        format!("{word} {}: {}, {done}/{all} steps{by}{glass}, {elapsed} of {}", run.id, what(run), run.plan.budget);
    (level, words)
}

/// How long a run that ended badly stays loud.
const STAYS: Span = Span::from_mins(30);

/// Whether a run is told on every screen: while it goes on, and for a while when nobody should rely on how it ended.
pub(crate) fn is_loud(run: &Run, now: Timestamp) -> bool {
    match (&run.state, run.ended) {
        (State::Ended(Ending::Stuck | Ending::NotVerified | Ending::Failed), Some(at)) => {
            run.is_real() && Span::between(at, now) < STAYS
        }
        (State::Ended(_), _) => false,
        _ => true,
    }
}
