//! What every screen says until it is over: a hold or a no-go, waivers, reviews that are owed, and a ledger that cannot be read.

use super::{list, progress, scene::Scene, screens::approvals::stands, strip::Strip};
use crate::{
    app::{action::Action, breaker, model::Screen},
    domain::{breaker::rule::Stand, level::Level, readiness::standing::Standing, release::ReleaseId},
};

/// What is wrong with the ledger, where nobody shall read which host or file it is.
const LEDGER: &str = "the ledger cannot be read or written, or is damaged: `warroom doctor` says more";

/// The line above the footer; `None` when nothing is loud. What does not fit is counted.
pub(crate) fn line(scene: &Scene<'_>, cells: usize) -> Option<Strip> {
    let look = scene.look;
    let told = told(scene);
    let levels: Vec<Level> = told.iter().map(|(level, _)| *level).collect();
    let mut line = Strip::of(" ", look.text());
    for (index, (level, words)) in told.iter().enumerate() {
        let gap = if index == 0 { "" } else { "  " };
        let next = Strip::of(gap, look.text()).join(look.status(*level, words));
        let rest = |from: usize| {
            let hidden = levels.get(from..).unwrap_or_default();
            Strip::of(format!("  +{} ", hidden.len()), look.bold()).join(list::worst(hidden, look))
        };
        let for_rest = if index + 1 < told.len() { rest(index + 1).width() } else { 0 };
        if index > 0 && line.width() + next.width() + for_rest > cells {
            return Some(line.join(rest(index)));
        }
        let left = cells.saturating_sub(line.width() + for_rest);
        line = line.join(next.fitted(left, look.glyphs.ellipsis));
    }
    (!told.is_empty()).then_some(line)
}

/// Each in words, those of the release that is looked at first.
fn told(scene: &Scene<'_>) -> Vec<(Level, String)> {
    let model = scene.model;
    // A shared screen says what was said, and neither by whom nor in whose words.
    let private = model.ui.wall.as_ref().is_some_and(|wall| wall.privacy);
    let mut told = Vec::new();
    let open = match &model.ui.screen {
        Screen::Run(id) => Some(id.as_str()),
        _ => None,
    };
    // What acts on a service now, or is about to, is told before all: to everybody, on every screen.
    told.extend(breakers(scene));
    let runs = model.shown_ledger().runs.newest().into_iter();
    let loud = runs.filter(|run| progress::is_loud(run, model.now) && open != Some(run.id.as_str()));
    told.extend(loud.map(|run| progress::loud(scene, run, private)));
    let owed = model.shown_ledger().runs.owed();
    let owed = owed.filter_map(|run| if private { Some(run.id.clone()) } else { run.owed(model.now) });
    told.extend(owed.map(|words| (Level::Watch, format!("REVIEW OWED {words}"))));
    if model.ui.screen != Screen::Approvals {
        told.extend(waiting(scene));
    }
    // On these two screens the ledger has a line of its own.
    let told_there = matches!(model.ui.screen, Screen::Ledger | Screen::Checklist(_));
    // A frozen screen shows the ledger as it was: trouble since then is told here.
    if !told_there || model.ui.frozen.is_some() {
        let level = if model.ledger.damage.is_some() { Level::Bad } else { Level::Unknown };
        told.extend(model.ledger.trouble().map(|words| (level, if private { LEDGER.to_owned() } else { words })));
    }
    for stalled in &model.ledger.stalled {
        let since = stalled.since.map_or_else(String::new, |since| format!(" for {}", scene.since(since).age()));
        let behind = model.ledger.events.saturating_sub(stalled.upto);
        let why = if private { String::new() } else { format!(": {}", stalled.why) };
        told.push((Level::Watch, format!("EXPORT {} STALLED{since}, {behind} events wait{why}", stalled.export)));
    }
    let open = match &model.ui.screen {
        Screen::Release(id) | Screen::Checklist(id) => Some(id),
        _ => None,
    };
    let mut standings: Vec<(&ReleaseId, &Standing)> = model.shown_readiness().iter().collect();
    standings.sort_by_key(|(id, _)| Some(*id) != open);
    let name = |id: &ReleaseId| scene.picture.release(id).map_or_else(|| id.clone(), |release| release.name.clone());
    for (id, standing) in &standings {
        let decisions = standing.against();
        let why = |why: &str| if private { String::new() } else { format!(": {why}") };
        told.extend(decisions.map(|(word, reason)| (Level::Bad, format!("{word} {}{}", name(id), why(reason)))));
    }
    for (id, standing) in standings {
        let name = name(id);
        for waiver in &standing.waivers {
            let left = scene.until(waiver.expires_at).age();
            let by = if private { String::new() } else { format!(" by {}", waiver.principal) };
            let words = format!("WAIVED {name}: {}{by}, {left} left", waiver.item);
            told.push((Level::Watch, words));
        }
        if let Some(debt) = &standing.debt {
            told.push((Level::Watch, format!("REVIEW OWED {name}: emergency, for {}", scene.since(debt.since).age())));
        }
    }
    told
}

/// How the circuit breaker stands, those that count first. A run that it started is told as a run while it goes on.
fn breakers(scene: &Scene<'_>) -> Vec<(Level, String)> {
    let model = scene.model;
    let hint = breaker::hint(model);
    let name = |id: &ReleaseId| model.picture.release(id).map_or_else(|| id.clone(), |release| release.name.clone());
    let told = model.breaker.stands.iter().filter_map(|(id, stand)| {
        let run = match stand {
            Stand::Acted { run, .. } => model.ledger.runs.run(run),
            _ => None,
        };
        if run.is_some_and(|run| !run.is_over()) {
            return None;
        }
        if model.ui.wall.as_ref().is_some_and(|wall| wall.privacy) {
            return breaker::public_words(stand, &name(id), model.now);
        }
        breaker::words(stand, &name(id), run, &hint, model.now)
    });
    let mut told: Vec<(Level, String)> = told.collect();
    told.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    told
}

/// Plans that wait for the approval of somebody, in one line.
fn waiting(scene: &Scene<'_>) -> Option<(Level, String)> {
    let open = scene.model.shown_ledger().approvals.open(scene.model.now);
    let mut waiting = open.into_iter().filter(|requested| stands(scene, requested).0 == Level::Wait);
    let first = waiting.next()?;
    let more = match waiting.count() {
        0 => String::new(),
        more => format!(", {more} more"),
    };
    let key = scene.model.setup.keymap.key_of(Action::Approvals);
    let left = scene.until(first.expires).age();
    let words = format!("APPROVAL WAITS ({key}): {} {}, {left} left{more}", first.code, first.plan.phrase());
    Some((Level::Watch, words))
}
