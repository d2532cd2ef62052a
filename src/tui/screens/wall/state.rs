//! What stands on the wall in block letters: the worst fact, in one or two words.

use super::privacy;
use crate::{
    app::{breaker::public_words, wall::Wall},
    domain::{
        level::Level,
        picture::{Picture, SourceView},
        release::Release,
        slo::status::SloStatus,
        verdict::{
            Verdict, Word,
            reason::{Effect, Reason},
        },
    },
    tui::{look::word, panes, scene::Scene, verdict},
};

/// A fact for the whole room.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// How much it needs a person.
    pub(super) level: Level,
    /// The fact: `page firing`.
    pub(super) words: String,
    /// What it is about: `checkout 1.42.0`.
    pub(super) about: String,
    /// Where, and how old: `prod · rolling out · data 4s old`.
    pub(super) place: String,
    /// Why, the heaviest first.
    pub(super) reasons: Vec<String>,
    /// Nothing fresh says so: it was so when somebody last answered.
    pub(super) doubtful: bool,
}

impl State {
    /// A fact without anything around it.
    pub(super) fn new(level: Level, words: &str) -> Self {
        Self {
            level,
            words: words.to_owned(),
            about: String::new(),
            place: String::new(),
            reasons: Vec::new(),
            doubtful: level == Level::Unknown,
        }
    }

    fn because(mut self, reason: impl Into<String>) -> Self {
        self.reasons.push(reason.into());
        self
    }
}

/// The state of one release.
pub(super) fn of_release(scene: &Scene<'_>, wall: &Wall, release: &Release) -> State {
    let first = release.reasons.iter().find(|reason| reason.level == release.level);
    let dot = scene.look.glyphs.dot;
    let environment = if release.environment.is_empty() { "environment ?" } else { &release.environment };
    let held = panes::checks::held(scene, release);
    let judged = verdict::of(scene, release);
    let mut reasons: Vec<String> = match judged {
        Some(judged) => facts(judged).map(|reason| fact(wall, release, reason)).collect(),
        None => release.reasons.iter().map(|reason| told(wall, release, &reason.text)).collect(),
    };
    if let Some(word) = &held {
        // Who decided it and why is for those who may know; that it stands is for all.
        reasons.insert(0, format!("{word}: somebody decided that it must not go on"));
    }
    let stand = scene.model.breaker.stands.get(&release.id);
    if let Some((_, told)) = stand.and_then(|stand| public_words(stand, &release.name, scene.model.now)) {
        reasons.insert(0, told);
    }
    let words = first.map_or(word(release.level), |reason| &reason.short);
    // Who decides what stands beside the verdict, and never hides a ROLL BACK.
    let words = judged.map_or(words, |judged| judged.word.word());
    let loud = judged.map_or(release.level >= Level::Bad, |judged| judged.word == Word::RollBack);
    let words = held.filter(|_| !loud).unwrap_or_else(|| words.to_owned()).to_lowercase();
    State {
        about: release.name.clone(),
        place: format!(
            "{environment} {dot} {} {dot} data {} old",
            release.phase.word(),
            verdict::data_age(scene, release)
        ),
        reasons,
        doubtful: verdict::level(scene, release) == Level::Unknown || silent(scene.picture),
        ..State::new(verdict::level(scene, release), &words)
    }
}

/// The state of a release that is not in the picture.
pub(super) fn gone(scene: &Scene<'_>, id: &str) -> State {
    match doubts(scene.picture).chain(waiting(scene.picture)).next() {
        Some(source) => State::new(Level::Unknown, "unknown").because(format!("{} is {}", source.name, source.word)),
        None => State::new(Level::Unknown, "not there").because("no source reports this release"),
    }
    .about(id)
}

impl State {
    fn about(mut self, what: &str) -> Self {
        what.clone_into(&mut self.about);
        self
    }
}

/// The state of the room: the worst of all releases, of alerts and SLOs, and of what cannot be seen. Never better than any of them.
pub(super) fn of_room(scene: &Scene<'_>, wall: &Wall) -> State {
    let picture = scene.picture;
    if picture.sources.is_empty() {
        return State::new(Level::Unknown, "no sources").because("nothing is configured: there is nobody to ask");
    }
    let waits = waiting(picture).count();
    if waits == picture.sources.len() {
        return State::new(Level::Wait, "waiting").because(format!("for the first answer of {waits} sources"));
    }
    let worst = picture.releases.iter().map(|release| verdict::level(scene, release)).max();
    // The first of the worst, as on the board.
    let worst = worst.and_then(|worst| picture.releases.iter().find(|release| verdict::level(scene, release) == worst));
    let found = [worst.map(|release| of_release(scene, wall, release)), of_alerts(scene), of_sources(scene)];
    // Of equals, the first.
    let loudest = found.into_iter().flatten().rev().max_by_key(|state| state.level);
    loudest.unwrap_or_else(|| calm(picture, waits))
}

/// Nothing is rolling out, nothing fires, and everybody who is asked answers.
fn calm(picture: &Picture, waits: usize) -> State {
    let deploying: Vec<&str> = picture
        .sources
        .iter()
        .filter(|source| source.kind == "kubernetes")
        .map(|source| source.name.as_str())
        .collect();
    if waits > 0 {
        State::new(Level::Wait, "waiting").because(format!("for the first answer of {waits} sources"))
    } else if deploying.is_empty() {
        State::new(Level::Unknown, "unknown").because("no deployment system is configured")
    } else {
        State::new(Level::Ok, "all quiet").because(format!("nothing is rolling out in {}", deploying.join(", ")))
    }
}

/// Alerts that fire, whether a release is in flight there or not.
fn of_alerts(scene: &Scene<'_>) -> Option<State> {
    let (level, joined) = scene
        .picture
        .alerts
        .iter()
        .map(|joined| (panes::alerts::level(joined), joined))
        .filter(|(level, _)| *level >= Level::Watch)
        .rev()
        .max_by_key(|(level, _)| *level)?;
    let words = match level {
        Level::Bad => "page firing",
        Level::Watch => "ticket firing",
        _ => "unknown",
    };
    let since = scene.since(joined.alert.starts_at).age();
    let state = State::new(level, words).because(format!("{} fires for {since}", privacy::masked(&joined.alert.name)));
    Some(state.about(joined.service.as_deref().unwrap_or("no service")))
}

/// Sources that do not answer: what they would say is unknown, whatever the others say.
fn of_sources(scene: &Scene<'_>) -> Option<State> {
    let picture = scene.picture;
    let ill: Vec<&SourceView> = doubts(picture).collect();
    let first = ill.first()?;
    let all = ill.len() == picture.sources.len();
    let one_word = ill.iter().all(|source| source.word == first.word);
    let words = match (all, one_word) {
        (true, true) if ill.len() > 1 => format!("sources {}", first.word),
        (_, true) if ill.len() == 1 => format!("source {}", first.word),
        (_, true) => format!("{} {}", ill.len(), first.word),
        _ => "no data".to_owned(),
    };
    let names = ill.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ");
    let state = State::new(Level::Unknown, &words).about(&names);
    let mut effects: Vec<&String> = ill.iter().filter_map(|source| source.effects.first()).collect();
    effects.dedup();
    Some(effects.into_iter().fold(state, |state, effect| state.because(effect.as_str())))
}

/// Sources whose last word cannot be relied on.
pub(super) fn doubts(picture: &Picture) -> impl Iterator<Item = &SourceView> {
    picture.sources.iter().filter(|source| source.level >= Level::Unknown)
}

fn waiting(picture: &Picture) -> impl Iterator<Item = &SourceView> {
    picture.sources.iter().filter(|source| source.word == "WAITING")
}

/// Whether nobody answers any more.
pub(super) fn silent(picture: &Picture) -> bool {
    doubts(picture).count() == picture.sources.len()
}

/// The reasons of a verdict that are in its way; of a GO what it rests on.
fn facts(judged: &Verdict) -> impl Iterator<Item = &Reason> {
    let go = judged.word == Word::Go;
    judged.reasons.iter().filter(move |reason| go || reason.effect > Effect::Supports)
}

/// A reason of a verdict as this wall may show it: of what somebody did, only what it is.
fn fact(wall: &Wall, release: &Release, reason: &Reason) -> String {
    if reason.personal && wall.privacy {
        return format!("{}: {}", reason.input.word(), reason.short);
    }
    told(wall, release, &reason.text)
}

/// A reason as this wall may show it: without what the deployment system wrote, and without people and hosts.
fn told(wall: &Wall, release: &Release, reason: &str) -> String {
    if !wall.privacy {
        return reason.to_owned();
    }
    let messages = release.components.iter().filter_map(|component| component.workload.as_ref());
    let text = messages
        .map(|workload| workload.message.as_str())
        .filter(|message| !message.is_empty())
        .fold(reason.to_owned(), |text, message| text.replace(message, ""));
    privacy::masked(text.trim_end_matches([' ', ':'])).into_owned()
}

/// The state of the SLOs, of which the first is the worst.
pub(super) fn of_slos(scene: &Scene<'_>, slos: &[&SloStatus]) -> State {
    let Some(worst) = slos.first() else {
        let why = match doubts(scene.picture).chain(waiting(scene.picture)).next() {
            Some(source) => format!("{} is {}", source.name, source.word),
            None => "no SLO is defined for any service".to_owned(),
        };
        return State::new(Level::Unknown, "no SLO").because(why);
    };
    let burning = slos.iter().filter(|slo| slo.level >= Level::Watch).count();
    if burning == 0 {
        let state = State::new(Level::Ok, "SLOs met").because(format!("all {} of them", slos.len()));
        return State { doubtful: silent(scene.picture), ..state };
    }
    let words = match worst.level {
        Level::Bad => "budget burns",
        Level::Watch => "ticket burn",
        _ => "unknown",
    };
    let mut state = State::new(worst.level, words).about(&format!("{} {}", worst.key.service, worst.key.slo));
    state.doubtful |= silent(scene.picture);
    state.place = format!("{burning} of {} SLOs need an eye", slos.len());
    state
}
