//! What a person can do about a run now, and why.

use crate::{
    app::{
        action::Action,
        run::Deed,
        write::{Standing, Write},
    },
    domain::{
        level::Level,
        plan::request::Request,
        run::{Outcome, Run, State, Stop},
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
    let last = run.attempts.last();
    let step = last.and_then(|last| run.plan.step(&last.step));
    let owner = run.plan.runbook.owner.as_deref().unwrap_or("the runbook's owner (nobody is named)");
    match (&run.state, last, step) {
        (State::Ended(crate::domain::run::Ending::Stuck), ..) => {
            told.push((Level::Bad, format!("STUCK: what was done could not be taken back. Call {owner}")));
        }
        (State::Ended(crate::domain::run::Ending::NotVerified), ..) => {
            told.push((Level::Unknown, "all steps are done, and nobody confirms the effect: look at it yourself".to_owned()));
        }
        (State::Ended(_), ..) => {}
        (_, Some(last), Some(step)) if last.result.is_none() => match &step.request {
            Request::Manual { instruction, who, .. } => {
                let who = who.as_deref().map(|who| format!(" ({who})")).unwrap_or_default();
                told.push((Level::Watch, format!("your turn{who}: {instruction}")));
            }
            _ if progress::of_run(run, scene.model.now).0 == Level::Unknown => told.push((
                Level::Unknown,
                format!("`{}` should have ended by now and nobody knows how it goes: its worker finds out, or you say what you see", step.title),
            )),
            _ => {}
        },
        (_, Some(last), Some(step)) if last.result.as_ref().is_some_and(|result| result.outcome == Outcome::Unknown) => {
            told.push((
                Level::Unknown,
                format!("nobody knows how `{}` went: it is not done again before somebody looked and said so", step.title),
            ));
        }
        (State::Waiting(why), ..) => told.push((Level::Watch, format!("it waits for you: {why}"))),
        _ => {}
    }
    if !run.is_over() {
        match run.stop {
            Some(Stop::AfterStep) => told.push((Level::Watch, "it was told to stop after its step".to_owned())),
            Some(Stop::Now) => told.push((Level::Watch, "it was told to end its step at once".to_owned())),
            None => {}
        }
        if run.worker.is_none() {
            told.push((Level::Unknown, "no worker took it up yet".to_owned()));
        }
    }
    told
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
