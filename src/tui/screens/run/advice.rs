//! What a person can do about a run now, and why.

use crate::{
    app::{
        action::Action,
        ledger::Unattended,
        run::Deed,
        write::{Standing, Write},
    },
    domain::{
        level::Level,
        plan::{Planned, request::Request},
        run::{Ending, Outcome, Run, State, Stop},
    },
    tui::{
        progress,
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// Why it waits, what nobody knows, and the keys that fit.
pub(super) fn lines(scene: &Scene<'_>, run: &Run, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = Vec::new();
    for (level, words) in told(scene, run) {
        for (index, part) in wrap(&words, cells.saturating_sub(2)).into_iter().enumerate() {
            let line = if index == 0 {
                look.status(level, &part)
            } else {
                Strip::of("  ", look.text()).put(part, look.text())
            };
            lines.push(line);
        }
    }
    let keys = keys(scene);
    if keys.width() > 0 && !run.is_over() {
        lines.push(keys);
    }
    lines
}

fn told(scene: &Scene<'_>, run: &Run) -> Vec<(Level, String)> {
    let mut told = Vec::new();
    if let Some(glass) = &run.glass {
        let who = run.by.principal.as_deref().unwrap_or(&run.by.user);
        let incident = glass.incident.as_ref().map(|incident| format!(" for {incident}")).unwrap_or_default();
        let words = format!("GLASS BROKEN by {who}{incident}: it runs without the approvals that it needs");
        told.push((Level::Watch, words));
    }
    told.extend(worker(scene, run));
    told.extend(stands(scene, run));
    if !run.is_over() {
        match run.stop {
            Some(Stop::AfterStep) => told.push((Level::Watch, "it was told to stop after its step".to_owned())),
            Some(Stop::Now) => told.push((Level::Watch, "it was told to end its step at once".to_owned())),
            None => {}
        }
    }
    told
}

/// Whether somebody works on it, and what to do where nobody does.
fn worker(scene: &Scene<'_>, run: &Run) -> Option<(Level, String)> {
    if run.is_over() {
        return None;
    }
    let recover = scene.model.setup.keymap.key_of(Action::Write(Write::Run(Deed::Recover)));
    let found_out = "what was under way is found out first, and nothing is done twice";
    let unattended = scene.model.shown_ledger().unattended.get(&run.id);
    match (unattended, &run.worker) {
        (Some(Unattended::Gone), Some(worker)) => Some((
            Level::Bad,
            format!(
                "nobody works on it: its worker (process {} on {}) ended. {recover} takes it up: {found_out}",
                worker.pid, worker.host
            ),
        )),
        (Some(Unattended::Elsewhere), Some(worker)) => Some((
            Level::Watch,
            format!(
                "its worker is on {}: whether it lives cannot be seen from here. Once it is gone for sure, {recover} takes it up: {found_out}",
                worker.host
            ),
        )),
        (Some(_), _) => Some((Level::Bad, format!("no worker took it up. {recover} starts another one"))),
        (None, None) => Some((Level::Unknown, "no worker took it up yet".to_owned())),
        (None, Some(_)) => None,
    }
}

/// What a person has to know of its last step, or of how it ended.
fn stands(scene: &Scene<'_>, run: &Run) -> Option<(Level, String)> {
    let last = run.attempts.last();
    let step = last.and_then(|last| run.plan.step(&last.step));
    match (&run.state, last, step) {
        (State::Ended(Ending::Stuck), ..) => {
            let failed = run.attempts.iter().rev().find(|attempt| attempt.undo);
            let failed = failed.and_then(|attempt| run.plan.step(&attempt.step));
            let by_hand = failed.map(|step| {
                let undo = step.undo.as_ref().map(Request::words).unwrap_or_default();
                format!(" By hand: `{}`, {undo}", step.title)
            });
            let words = "STUCK: what was done could not be taken back, and nothing more is done";
            Some((Level::Bad, format!("{words}. Call {}.{}", whom(scene, run), by_hand.unwrap_or_default())))
        }
        (State::Ended(Ending::NotVerified), ..) => {
            Some((Level::Unknown, "all steps are done, and nobody confirms the effect: look at it yourself".to_owned()))
        }
        (State::Ended(_), ..) => None,
        (_, Some(last), Some(step)) if last.result.is_none() => match &step.request {
            Request::Manual { instruction, who, .. } => {
                let who = who.as_deref().map(|who| format!(" ({who})")).unwrap_or_default();
                Some((Level::Watch, format!("your turn{who}: {instruction}")))
            }
            _ if progress::of_run(run, scene.model.now).0 == Level::Unknown => {
                let words = format!("`{}` should have ended by now and nobody knows how it goes", step.title);
                Some((
                    Level::Unknown,
                    format!("{words}: its worker finds out, or you say what you see. {}", look_at(scene, run, step)),
                ))
            }
            _ => None,
        },
        (_, Some(last), Some(step))
            if last.result.as_ref().is_some_and(|result| result.outcome == Outcome::Unknown) =>
        {
            let words = format!(
                "nobody knows how `{}` went: it is not done again before somebody looked and said so",
                step.title
            );
            Some((Level::Unknown, format!("{words}. {}", look_at(scene, run, step))))
        }
        (State::Waiting(why), ..) => Some((Level::Watch, format!("it waits for you: {why}"))),
        _ => None,
    }
}

/// Where to look, how to say what was seen, and whom to call.
fn look_at(scene: &Scene<'_>, run: &Run, step: &Planned) -> String {
    let resolve = scene.model.setup.keymap.key_of(Action::Write(Write::Run(Deed::Resolve)));
    format!(
        "Look whether this happened: {}; {resolve} says so. In doubt call {}",
        step.request.words(),
        whom(scene, run)
    )
}

/// `sre (ana, jo)`: whom to call.
fn whom(scene: &Scene<'_>, run: &Run) -> String {
    let Some(owner) = run.plan.runbook.owner.as_deref() else {
        return "the runbook's owner (nobody is named)".to_owned();
    };
    let people = scene.model.room.catalog.roles.people(owner);
    if people.is_empty() { owner.to_owned() } else { format!("{owner} ({})", people.join(", ")) }
}

/// `Ctrl-X s stop the run after a step   Ctrl-X k …`: what can be asked for now.
fn keys(scene: &Scene<'_>) -> Strip {
    let look = scene.look;
    let mut line = Strip::new();
    for deed in Deed::ALL {
        let write = Write::Run(deed);
        if write.standing(scene.model) != Standing::Ready {
            continue;
        }
        let key = scene.model.setup.keymap.key_of(Action::Write(write));
        let gap = if line.width() == 0 { "" } else { "   " };
        line = line.put(gap, look.text()).put(key, look.style(Role::Key)).put(format!(" {}", deed.word()), look.text());
    }
    line
}
