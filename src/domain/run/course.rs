//! The course of a run: what fits where it stands, where it stands after that, and what comes next.
//!
//! - A step of the first part that fails ends the run: nothing was done.
//! - A write whose outcome is not known stops the run until it is known.
//! - A write that failed stops the run unless its author said otherwise; a person says how it goes on.
//! - A check of the last part that fails lets the others be looked at, and the run ends NOT verified.

use super::{
    Attempt, Ending, Known, Outcome, Result as AttemptResult, Run, State,
    act::{Act, Resume},
};
use crate::domain::{
    plan::Planned,
    runbook::{Failing, Part, action::Effect},
    time::Timestamp,
};

/// What a worker has to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next<'a> {
    /// Record the intent, do it, record the result.
    Do {
        /// The step.
        step: &'a Planned,
        /// Whether it is taken back.
        undo: bool,
        /// Which attempt, from 1.
        number: u32,
    },
    /// Find out how the last attempt went.
    FindOut(&'a Attempt),
    /// Wait for a person.
    Wait(&'a str),
    /// Record the end.
    End(Ending, String),
    /// Nothing: it is over.
    Over(Ending),
}

/// What comes next for `run`.
#[must_use]
pub fn next(run: &Run) -> Next<'_> {
    if let State::Ended(ending) = run.state {
        return Next::Over(ending);
    }
    if let Some(open) = run.open() {
        return Next::FindOut(open);
    }
    if run.last {
        let stuck = run.attempts.last().is_some_and(|last| last.undo && !settled(last));
        return match (stuck, run.stop) {
            (true, _) => Next::End(Ending::Stuck, "what was done could not be taken back".to_owned()),
            (_, Some(_)) => Next::End(Ending::Aborted, "it was told to stop".to_owned()),
            _ => Next::End(Ending::Failed, "a step failed, and a person let it end".to_owned()),
        };
    }
    match &run.state {
        State::Waiting(_) if run.stop.is_some() && !wrote(run) => {
            Next::End(Ending::Aborted, "it was told to stop before it changed anything".to_owned())
        }
        State::Waiting(why) => Next::Wait(why),
        State::Undoing => next_undo(run),
        State::Running | State::Ended(_) => next_step(run),
    }
}

fn next_step(run: &Run) -> Next<'_> {
    for step in &run.plan.steps {
        let Some(attempt) = run.attempt(&step.id) else { return Next::Do { step, undo: false, number: 1 } };
        if settled(attempt) {
            continue;
        }
        let again = Next::Do { step, undo: false, number: attempt.number + 1 };
        match step.part {
            _ if retries(step, attempt) => return again,
            Part::Before => {
                let words = attempt.result.as_ref().map(|result| result.words.as_str()).unwrap_or_default();
                return Next::End(Ending::Refused, format!("{}: {words}; nothing was changed", step.title));
            }
            Part::Validation => {}
            Part::Steps if goes_on(step, attempt) => {}
            // A person said that it is to be tried again.
            Part::Steps => return again,
        }
    }
    let mut validation = run.plan.steps.iter().filter(|step| step.part == Part::Validation).peekable();
    if validation.peek().is_none() {
        return Next::End(Ending::NotVerified, "all steps are done, and nothing was there to verify them".to_owned());
    }
    let failed = |step: &&Planned| !run.attempt(&step.id).is_some_and(succeeded);
    match validation.find(failed) {
        None => Next::End(Ending::Verified, "all steps are done, and their effect is confirmed".to_owned()),
        Some(step) => Next::End(Ending::NotVerified, format!("all steps are done; not confirmed: {}", step.title)),
    }
}

/// The last step that was done, can be taken back, and was not yet.
fn next_undo(run: &Run) -> Next<'_> {
    for attempt in run.attempts.iter().rev().filter(|attempt| !attempt.undo && succeeded(attempt)) {
        let Some(step) = run.plan.step(&attempt.step).filter(|step| step.undo.is_some()) else { continue };
        let undone = run.attempts.iter().rev().find(|other| other.undo && other.step == step.id);
        match undone {
            Some(undone) if settled(undone) => {}
            Some(undone) => return Next::Do { step, undo: true, number: undone.number + 1 },
            None => return Next::Do { step, undo: true, number: 1 },
        }
    }
    Next::End(Ending::Undone, "what could be taken back was taken back".to_owned())
}

/// Whether `act` fits where `run` stands.
///
/// # Errors
/// Why it does not.
pub fn fits(run: &Run, act: &Act) -> Result<(), &'static str> {
    match act {
        Act::Intent { step, undo, number, .. } => {
            if run.worker.is_none() {
                return Err("no worker took it up");
            }
            match next(run) {
                Next::Do { step: due, undo: back, number: which }
                    if due.id == *step && back == *undo && which == *number =>
                {
                    Ok(())
                }
                Next::FindOut(_) => Err("the outcome of the step before is not known"),
                Next::Wait(_) => Err("it does not go on before a person says how"),
                _ => Err("another step is due"),
            }
        }
        Act::Result { step, undo, number, known, .. } => {
            let last = run.attempts.last().ok_or("nothing was begun")?;
            if last.step != *step || last.undo != *undo || last.number != *number {
                return Err("another step is the last one");
            }
            match &last.result {
                None => Ok(()),
                Some(result) if result.outcome == Outcome::Unknown && *known != Known::Worker => Ok(()),
                Some(_) => Err("how the step went is known already"),
            }
        }
        Act::Resume { how, .. } => resumes(run, *how),
        Act::End { ending, .. } => match next(run) {
            Next::End(due, _) if due == *ending => Ok(()),
            Next::FindOut(_) => Err("the outcome of its last step is not known"),
            _ => Err("it does not end so here"),
        },
        _ => Ok(()),
    }
}

fn resumes(run: &Run, how: Resume) -> Result<(), &'static str> {
    if !matches!(run.state, State::Waiting(_)) {
        return Err("it does not wait for anybody");
    }
    let Some(last) = run.attempts.last() else { return Ok(()) };
    match &last.result {
        None => Err("the outcome of its last step is not known"),
        Some(result) if result.outcome == Outcome::Unknown => {
            let harmless = run.plan.step(&last.step).is_some_and(|step| step.idempotent);
            if how == Resume::Retry && harmless {
                return Ok(());
            }
            Err("nobody knows how its last step went; say so first with `warroom runbook resolve`")
        }
        Some(_) => Ok(()),
    }
}

/// `run` after an act that counts.
pub(super) fn change(run: &mut Run, act: Act, at: Timestamp) {
    match act {
        Act::Claim { worker, .. } => run.worker = Some(worker),
        Act::Intent { step, undo, number, deadline, .. } => {
            run.attempts.push(Attempt { step, undo, number, at, deadline, result: None });
        }
        Act::Result { outcome, words, took, known, output, .. } => {
            if let Some(last) = run.attempts.last_mut() {
                last.result = Some(AttemptResult { outcome, words, at, took, known, output });
            }
            after_result(run);
        }
        Act::Stop { how, .. } => {
            run.stop = run.stop.max(Some(how));
            if run.open().is_none() && run.state == State::Running {
                run.state = State::Waiting(STOPPED.to_owned());
            }
        }
        Act::Resume { how, .. } => resume(run, how),
        Act::Budget { percent, .. } => run.warned = run.warned.max(percent),
        Act::Snapshot { files, missing, .. } => (run.snapshot, run.not_kept) = (Some(files), missing),
        Act::Create { .. } | Act::End { .. } => {}
    }
}

const STOPPED: &str = "it was told to stop";

fn after_result(run: &mut Run) {
    let Some(last) = run.attempts.last() else { return };
    let Some(step) = run.plan.step(&last.step) else { return };
    let words = last.result.as_ref().map(|result| result.words.as_str()).unwrap_or_default();
    let going = if last.undo { State::Undoing } else { State::Running };
    let stops = !settled(last) && step.part == Part::Steps && !goes_on(step, last) && !retries(step, last);
    run.state = match () {
        () if stops || last.undo && !settled(last) => State::Waiting(format!("{}: {words}", step.title)),
        () if run.stop.is_some() && !last.undo => State::Waiting(STOPPED.to_owned()),
        () => going,
    };
}

fn resume(run: &mut Run, how: Resume) {
    let undoing = run.attempts.last().is_some_and(|last| last.undo);
    if how == Resume::End {
        run.last = true;
        return;
    }
    if how == Resume::Skip
        && let Some(result) = run.attempts.last_mut().and_then(|last| last.result.as_mut())
        && result.outcome != Outcome::Succeeded
    {
        result.outcome = Outcome::Skipped;
    }
    run.stop = None;
    run.state = if how == Resume::Undo || undoing { State::Undoing } else { State::Running };
}

/// Whether nothing more has to be done about an attempt.
fn settled(attempt: &Attempt) -> bool {
    let outcome = attempt.result.as_ref().map(|result| result.outcome);
    matches!(outcome, Some(Outcome::Succeeded | Outcome::Skipped))
}

fn succeeded(attempt: &Attempt) -> bool {
    attempt.result.as_ref().is_some_and(|result| result.outcome == Outcome::Succeeded)
}

/// Whether a step that did not succeed is tried again without asking.
fn retries(step: &Planned, attempt: &Attempt) -> bool {
    let outcome = attempt.result.as_ref().map(|result| result.outcome);
    step.idempotent
        && !attempt.undo
        && attempt.number < step.attempts
        && matches!(outcome, Some(Outcome::Failed | Outcome::TimedOut))
}

/// Whether the run goes on although a step did not succeed. Never past a write whose outcome is not known.
fn goes_on(step: &Planned, attempt: &Attempt) -> bool {
    let unknown = attempt.result.as_ref().is_none_or(|result| result.outcome == Outcome::Unknown);
    step.failing == Failing::GoOn && !(unknown && step.effect == Effect::Write)
}

/// Whether anything may have been changed.
fn wrote(run: &Run) -> bool {
    let write = |attempt: &Attempt| run.plan.step(&attempt.step).is_some_and(|step| step.effect == Effect::Write);
    run.attempts.iter().any(write)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::run::{
        Stop,
        example::{Journal, intent, plan, result},
    };
    use Outcome::{Failed, Skipped, Succeeded, TimedOut, Unknown};

    #[test]
    fn a_run_that_goes_well_ends_verified() {
        let mut journal = Journal::started(plan());
        assert_eq!(journal.go(&[Succeeded; 4]), "over: verified");
        assert!(journal.runs.leases().is_empty(), "its leases are free again");
    }

    #[test]
    fn without_a_validation_that_succeeds_nothing_is_verified() {
        for last in [Failed, Unknown, TimedOut] {
            assert_eq!(Journal::started(plan()).go(&[Succeeded, Succeeded, Succeeded, last]), "over: not-verified");
        }
        let mut bare = plan();
        bare.steps.pop();
        assert_eq!(Journal::started(bare).go(&[Succeeded; 3]), "over: not-verified");
    }

    #[test]
    fn a_precondition_that_does_not_hold_or_is_not_known_ends_it_before_anything_is_done() {
        for first in [Failed, Unknown] {
            assert_eq!(Journal::started(plan()).go(&[first]), "over: refused");
        }
    }

    #[test]
    fn a_write_that_failed_waits_for_a_person_who_says_how_it_goes_on() {
        let failed = || {
            let mut journal = Journal::started(plan());
            assert_eq!(journal.go(&[Succeeded, Succeeded, Failed]), "wait: flag: failed");
            journal
        };
        let mut journal = failed();
        journal.resume(Resume::Retry).expect("again");
        assert_eq!(journal.go(&[Succeeded, Succeeded]), "over: verified");
        let mut journal = failed();
        journal.resume(Resume::Skip).expect("left out");
        assert_eq!(journal.go(&[Succeeded]), "over: verified");
        let mut journal = failed();
        journal.resume(Resume::Undo).expect("back");
        assert_eq!(journal.go(&[Succeeded]), "over: undone", "only what succeeded is taken back");
        let mut journal = failed();
        journal.resume(Resume::End).expect("let it end");
        assert_eq!(journal.go(&[]), "over: failed");
    }

    #[test]
    fn a_write_whose_outcome_nobody_knows_is_not_done_again_before_it_is_known() {
        let mut plan = plan();
        plan.steps[2].failing = Failing::GoOn;
        let mut journal = Journal::started(plan);
        assert_eq!(journal.go(&[Succeeded, Succeeded, Unknown]), "wait: flag: unknown");
        for how in [Resume::Retry, Resume::Skip, Resume::Undo, Resume::End] {
            let why = journal.resume(how).expect_err("refused").to_string();
            assert!(why.contains("runbook resolve"), "{why}");
        }
        let again = result("flag", false, 1, Succeeded, Known::Worker);
        assert!(journal.say("run-1", &again).is_err(), "the worker cannot change its mind");
        journal.say("run-1", &result("flag", false, 1, Succeeded, Known::Probe)).expect("it was looked at");
        assert_eq!(journal.go(&[Succeeded]), "over: verified");
    }

    #[test]
    fn an_intent_without_a_result_has_to_be_found_out_first() {
        let mut journal = Journal::started(plan());
        journal.go(&[Succeeded]);
        journal.say("run-1", &intent("abort", false, 1)).expect("an intent");
        assert_eq!(journal.go(&[Succeeded]), "find out abort");
        assert!(journal.say("run-1", &intent("abort", false, 2)).is_err(), "not begun twice");
        assert!(journal.say("run-1", &intent("flag", false, 1)).is_err(), "and the next one neither");
    }

    #[test]
    fn only_what_is_harmless_to_do_twice_is_tried_again_by_itself() {
        let mut plan = plan();
        plan.steps[1].attempts = 3;
        assert_eq!(Journal::started(plan.clone()).go(&[Succeeded, Failed]), "wait: abort: failed");
        plan.steps[1].idempotent = true;
        assert_eq!(Journal::started(plan.clone()).go(&[Succeeded, Failed]), "do abort");
        let all = [Succeeded, Failed, TimedOut, Succeeded, Succeeded, Succeeded];
        assert_eq!(Journal::started(plan).go(&all), "over: verified");
    }

    #[test]
    fn a_run_that_is_told_to_stop_stops_after_its_step_and_can_be_taken_back() {
        let mut journal = Journal::started(plan());
        journal.stop();
        assert_eq!(journal.go(&[]), "over: aborted", "nothing was changed: it just ends");
        let mut journal = Journal::started(plan());
        journal.go(&[Succeeded, Succeeded]);
        journal.stop();
        assert_eq!(journal.go(&[Succeeded]), "wait: it was told to stop");
        journal.resume(Resume::Undo).expect("back");
        assert_eq!(journal.go(&[Succeeded]), "over: undone");
    }

    #[test]
    fn what_cannot_be_taken_back_is_stuck() {
        let mut journal = Journal::started(plan());
        journal.go(&[Succeeded, Succeeded, Failed]);
        journal.resume(Resume::Undo).expect("back");
        assert_eq!(journal.go(&[Failed]), "wait: abort: failed");
        journal.resume(Resume::Retry).expect("again");
        assert_eq!(journal.go(&[Failed]), "wait: abort: failed");
        journal.resume(Resume::End).expect("let it end");
        assert_eq!(journal.go(&[]), "over: stuck");
    }

    fn acts() -> impl Strategy<Value = (u8, u8, u32, u8)> {
        (0_u8..12, 0_u8..4, 1_u32..3, 0_u8..6)
    }

    proptest! {
        /// Whatever is recorded in whatever order: a write that is not harmless to do twice is begun again only after a
        /// result that says that it was not done, and never while its outcome is not known.
        #[test]
        fn no_order_of_events_does_a_write_twice(acts in proptest::collection::vec(acts(), 0..60)) {
            let mut journal = Journal::started(plan());
            for (kind, which, number, outcome) in acts {
                let step = ["ready", "abort", "flag", "errors"][usize::from(which)];
                let outcome = [Succeeded, Failed, Skipped, TimedOut, Unknown, Outcome::Aborted][usize::from(outcome)];
                let before = journal.runs.run("run-1").expect("the run").clone();
                let act = match kind {
                    0..=2 => intent(step, kind == 2, number),
                    3..=5 => result(step, kind == 5, number, outcome, Known::Worker),
                    6 => result(step, false, number, outcome, Known::Person),
                    7 => Act::Stop { how: Stop::AfterStep, reason: None },
                    8 => Act::Resume { how: Resume::Retry, reason: None },
                    9 => Act::Resume { how: Resume::Skip, reason: None },
                    10 => Act::Resume { how: Resume::Undo, reason: None },
                    _ => Act::Resume { how: Resume::End, reason: None },
                };
                let counted = journal.say("run-1", &act).is_ok();
                if let (Act::Intent { step, undo, .. }, true) = (&act, counted) {
                    prop_assert!(before.open().is_none());
                    let last = before.attempts.iter().rev().find(|a| a.step == *step && a.undo == *undo);
                    let known = last.and_then(|last| last.result.as_ref()).map(|result| result.outcome);
                    prop_assert!(!matches!(known, Some(Succeeded | Unknown | Skipped)), "{step} after {known:?}");
                }
            }
        }
    }
}
