//! What happens to a run, a line each.

use crate::domain::{
    clean::clean,
    ledger::event::Event,
    plan::{Mode, Plan},
    run::{
        Known, Outcome, Run, State, Stop,
        act::{Act, Reading, Resume, read},
    },
    time::Span,
};

/// The line of `event`, which is about a run.
pub(super) fn line(event: &Event) -> Option<String> {
    let Reading::Act(act) = read(event) else { return None };
    let who = event.actor.principal.as_ref().unwrap_or(&event.actor.user);
    let text = match &act {
        Act::Create { plan, reason, take_over, break_glass, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let over = take_over.as_ref().map(|run| format!(", taken over from {run}")).unwrap_or_default();
            let glass = if *break_glass { ", WITHOUT its approvals" } else { "" };
            format!("{} {}{over}{glass}, by {who}{reason}", event.target, title(plan))
        }
        Act::Claim { worker, .. } => format!("taken up by process {} on {}", worker.pid, worker.host),
        Act::Intent { step, undo, number, .. } => format!("{} begins", name(step, *undo, *number)),
        Act::Result { step, undo, number, outcome, words, took, known, .. } => {
            let known = match known {
                Known::Worker => "",
                Known::StatusFile => " (its program left word)",
                Known::Probe => " (seen by looking)",
                Known::Person => " (a person says so)",
            };
            let took = brief(*took);
            format!("{} {}{known} in {took}: {words}", name(step, *undo, *number), loud(*outcome))
        }
        Act::Snapshot { files, missing, .. } => {
            let missing = if missing.is_empty() { String::new() } else { format!("; missing: {}", missing.join("; ")) };
            let size = files.iter().fold(0, |size: u64, file| size.saturating_add(file.size)).div_ceil(1024);
            format!("kept of the failed version: {}, {size} KiB{missing}", plural(files.len(), "file"))
        }
        Act::Budget { percent, .. } => format!("{percent} % of its budget is used"),
        Act::Stop { how: Stop::AfterStep, reason } => {
            format!("{who} told it to stop after its step{}", why(reason.as_deref()))
        }
        Act::Stop { how: Stop::Now, reason } => format!("{who} told it to stop at once{}", why(reason.as_deref())),
        Act::Resume { how, reason } => format!("{who} says: {}{}", resumed(*how), why(reason.as_deref())),
        Act::End { ending, words, .. } => format!("{}: {words}", ending.word().replace('-', " ").to_uppercase()),
    };
    Some(clean(&format!("{} {text}", event.ts.format("%H:%M:%S"))).into_owned())
}

/// What a person can do about a run that waits, or `None` when it does not wait for one.
pub(super) fn waits(run: &Run) -> Option<String> {
    let id = &run.id;
    if let Some(open) = run.open() {
        let step = run.plan.step(&open.step)?;
        let request = if open.undo { step.undo.as_ref()? } else { &step.request };
        let crate::domain::plan::request::Request::Manual { instruction, who, .. } = request else { return None };
        let who = who.as_ref().map(|who| format!(" ({who})")).unwrap_or_default();
        return run.is_real().then(|| {
            format!("it waits for a person{who}: {instruction}\n  then: warroom runbook resolve {id} --outcome succeeded|failed")
        });
    }
    let State::Waiting(why) = &run.state else { return None };
    if run.last {
        return None;
    }
    let unknown = run
        .attempts
        .last()
        .and_then(|last| last.result.as_ref())
        .is_some_and(|result| result.outcome == Outcome::Unknown);
    let how = if unknown {
        format!("look what became of it, then: warroom runbook resolve {id} --outcome succeeded|failed")
    } else {
        format!("warroom runbook resolve {id} --retry|--skip|--undo|--end")
    };
    let owner = run
        .plan
        .runbook
        .owner
        .as_ref()
        .map(|owner| format!("\n  {owner} answers for this runbook"))
        .unwrap_or_default();
    Some(format!("it waits: {why}\n  {how}{owner}"))
}

fn title(plan: &Plan) -> String {
    let mode = if plan.mode == Mode::Rehearsal { "REHEARSAL of " } else { "" };
    let to = plan.target.to.as_ref().map(|to| format!(" to {to}")).unwrap_or_default();
    format!(
        "{mode}{}: {} in {}{to}, {}",
        plan.runbook.title,
        plan.target.service,
        plan.target.environment,
        plan.risk.word()
    )
}

fn name(step: &str, undo: bool, number: u32) -> String {
    let undo = if undo { "taking back " } else { "" };
    let number = if number > 1 { format!(" (attempt {number})") } else { String::new() };
    format!("{undo}{step}{number}")
}

fn loud(outcome: Outcome) -> String {
    outcome.word().replace('-', " ").to_uppercase()
}

fn brief(took: Span) -> String {
    if took.millis() < 60_000 { format!("{:.1}s", took.secs()) } else { took.age() }
}

fn plural(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn why(reason: Option<&str>) -> String {
    reason.map(|reason| format!(": {reason}")).unwrap_or_default()
}

const fn resumed(how: Resume) -> &'static str {
    match how {
        Resume::Retry => "try it again",
        Resume::Skip => "leave it as it is and go on",
        Resume::Undo => "take back what was done",
        Resume::End => "let it end here",
    }
}
