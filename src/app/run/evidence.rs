//! What speaks for a rollback when it is confirmed, and what nobody knows. Frozen with the plan, so that what was decided on
//! stays on the screen.

use serde::{Deserialize, Serialize};

use crate::{
    app::{model::Model, rows},
    domain::{
        level::Level,
        plan::Plan,
        release::Release,
        runbook::action::Effect,
        slo::status::Exhaustion,
        time::{Span, Timestamp},
    },
};

/// A fact, how heavy it is, and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// How heavy.
    pub level: Level,
    /// In words. Text from outside is in it.
    pub words: String,
    /// Where it comes from, and how old it was.
    pub from: String,
}

/// What was known when a plan was resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When.
    pub at: Timestamp,
    /// What the board said of the release; `None` without one. Another word later voids what is confirmed on it.
    pub verdict: Option<Level>,
    /// The same in words: `page firing`.
    pub headline: String,
    /// Where the release stands: `rolling out, step 3 of 7, 25 % of traffic`.
    pub phase: String,
    /// What is wrong, the worst first.
    pub known: Vec<Known>,
    /// What cannot be seen.
    pub unknown: Vec<Known>,
    /// When the error budget is gone, in words; `None` where that is not known.
    pub budget_gone: Option<String>,
}

impl Evidence {
    /// What is known now about what `plan` is for; `blind` is what could not be seen when it was made.
    #[must_use]
    pub fn of(model: &Model, plan: &Plan, blind: &[String]) -> Self {
        let release = plan.target.release.as_ref().and_then(|id| model.picture.release(id));
        let mut unknown = release.map(|release| unknown(model, release)).unwrap_or_default();
        let told = |words: &String| Known { level: Level::Unknown, words: words.clone(), from: "live".to_owned() };
        unknown.extend(blind.iter().map(told));
        unknown.extend(of_plan(plan));
        Self {
            at: model.now,
            verdict: release.map(|release| release.level),
            headline: release.map(|release| release.headline().to_owned()).unwrap_or_default(),
            phase: release.map(|release| phase(release, &plan.target.service)).unwrap_or_default(),
            known: release.map(|release| known(model, release)).unwrap_or_default(),
            unknown,
            budget_gone: release.and_then(|release| budget_gone(model, release)),
        }
    }

    /// What the board says otherwise now, in words; `None` when it says the same.
    #[must_use]
    pub fn changed(&self, model: &Model, plan: &Plan) -> Option<String> {
        let verdict = self.verdict?;
        let id = plan.target.release.as_ref()?;
        let Some(release) = model.picture.release(id) else { return Some(format!("the release {id} is gone")) };
        (release.level != verdict).then(|| {
            format!(
                "the board said {} ({}) and says {} ({}) now",
                verdict.word(),
                self.headline,
                release.level.word(),
                release.headline()
            )
        })
    }
}

/// What is wrong with the release, by its reasons.
fn known(model: &Model, release: &Release) -> Vec<Known> {
    let heavy = release.reasons.iter().filter(|reason| matches!(reason.level, Level::Bad | Level::Watch));
    heavy.map(|reason| Known { level: reason.level, words: reason.text.clone(), from: from(model, reason) }).collect()
}

fn from(model: &Model, reason: &crate::domain::release::Reason) -> String {
    let age = reason.at.map_or_else(|| "?".to_owned(), |at| Span::between(at, model.now).age());
    match &reason.source {
        Some(source) => format!("{source} {age}"),
        None => age,
    }
}

/// What of the release, its SLOs and its sources is not known.
fn unknown(model: &Model, release: &Release) -> Vec<Known> {
    let told = |words: String, from: String| Known { level: Level::Unknown, words, from };
    let reasons = release.reasons.iter().filter(|reason| reason.level == Level::Unknown);
    let mut found: Vec<Known> = reasons.map(|reason| told(reason.text.clone(), from(model, reason))).collect();
    let slos = rows::slos_of(&model.picture, release).filter(|slo| !slo.state.is_ok());
    found.extend(slos.map(|slo| {
        let words = format!("{} {}: {}", slo.key.service, slo.key.slo, slo.state.word());
        told(words, slo.key.source.to_string())
    }));
    let silent = model.picture.sources.iter().filter(|source| source.level >= Level::Unknown);
    found.extend(silent.map(|source| {
        let age = source.age.map(|age| format!(" {}", age.age())).unwrap_or_default();
        told(format!("{}: {}{age}", source.name, source.word), source.kind.clone())
    }));
    if rows::slos_of(&model.picture, release).next().is_none() {
        found.push(told("no SLO watches what it rolls back".to_owned(), String::new()));
    }
    found
}

/// What the plan itself cannot know.
fn of_plan(plan: &Plan) -> Vec<Known> {
    let told = |level, words: String| Known { level, words, from: String::new() };
    let mut found = Vec::new();
    let blind = plan.steps.iter().filter(|step| step.effect == Effect::Write && cannot_be_seen(step));
    found.extend(blind.map(|step| told(Level::Unknown, format!("nothing shows whether `{}` took effect", step.title))));
    if !plan.steps.iter().any(|step| step.part == crate::domain::runbook::Part::Validation) {
        found.push(told(Level::Unknown, "nothing verifies the end: it will be NOT verified".to_owned()));
    }
    found
}

/// Whether nothing can look at what a write did: patches are read back by themselves.
const fn cannot_be_seen(step: &crate::domain::plan::Planned) -> bool {
    use crate::domain::plan::request::Request;
    let by_itself = matches!(
        step.request,
        Request::Kubernetes(_) | Request::Nothing { .. } | Request::Manual { .. } | Request::Notify { .. }
    );
    step.probe.is_none() && !by_itself
}

/// Where `service` of the release stands.
fn phase(release: &Release, service: &str) -> String {
    let component = release.components.iter().find(|component| component.service == service);
    let mut words = component.map_or(release.phase, |component| component.phase).word().to_owned();
    let workload = component.and_then(|component| component.workload.as_ref());
    if let Some(step) = workload.and_then(|workload| workload.step) {
        words = format!("{words}, step {} of {}", step.index, step.total);
    }
    match workload.map(|workload| &workload.traffic) {
        Some(traffic) => match traffic.actual {
            Some(actual) => {
                let percent = u64::from(actual) * 100 / u64::from(traffic.max.max(1));
                format!("{words}, {percent} % of traffic")
            }
            None => format!("{words}, traffic ?"),
        },
        None => words,
    }
}

fn budget_gone(model: &Model, release: &Release) -> Option<String> {
    let of = |exhaustion: Exhaustion| match exhaustion {
        Exhaustion::Exhausted => Some((Span::ZERO, "the error budget is gone".to_owned())),
        Exhaustion::In(span) => Some((span, format!("the error budget is gone in {}", span.age()))),
        _ => None,
    };
    let slos = rows::slos_of(&model.picture, release);
    slos.filter_map(|slo| of(slo.exhaustion)).min_by_key(|(span, _)| *span).map(|(_, words)| words)
}
