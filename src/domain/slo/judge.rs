//! From evidence to the status of an SLO.

use super::{
    budget::{Worked, budget},
    burn::burn,
    definition::{Period, Window},
    evidence::Evidence,
    exhaustion::exhaustion,
    firing::{can_fire, pair},
    pairs::{PairRule, pairs, windows},
    reading::DataState,
    spent::spent,
    state::worse,
    status::{Burn, Firing, Pair, PairSeverity, SloStatus},
    warnings::warnings,
};
use crate::domain::{level::Level, time::Span};

/// Judges one SLO. Pure: the same evidence gives the same status, whatever the order of readings.
#[must_use]
pub fn judge(evidence: &Evidence<'_>) -> SloStatus {
    let slo = evidence.slo;
    let share = slo.objective.budget();
    let rules = rules(evidence);
    let burns: Vec<Burn> = measured(evidence, &rules).into_iter().map(|window| burn(evidence, window)).collect();
    let pairs: Vec<Pair> = rules
        .iter()
        .filter_map(|rule| Some(pair(rule, find(&burns, rule.long)?, find(&burns, rule.short)?, share)))
        .collect();
    let worked = budget(evidence);
    let state = worst_state(evidence, &rules, &burns, &worked);
    let level = level(&state, &pairs, worked.overspent());
    let warnings = warnings(evidence, &rules, &burns, &worked.budget);
    let exhaustion = exhaustion(slo.period, &worked.budget, now_burning(&pairs, &burns), evidence.now);
    let spent_since_release = evidence.release_started.filter(|_| evidence.key.version.is_none()).and_then(|start| {
        let mut all = burns.clone();
        all.extend(worked.period.clone());
        spent(slo.period, share, worked.events, &all, start, evidence.now)
    });
    SloStatus {
        key: evidence.key.clone(),
        id: slo.id.clone(),
        origin: slo.origin.clone(),
        objective: slo.objective,
        period: slo.period,
        state,
        level,
        burns,
        pairs,
        budget: worked.budget,
        exhaustion,
        spent_since_release,
        warnings,
    }
}

/// The pairs that watch: all of them for a service; for a single version those whose windows are split by version at all.
fn rules(evidence: &Evidence<'_>) -> Vec<PairRule> {
    let mut rules = pairs(evidence.slo.period, &evidence.slo.origin);
    if evidence.key.version.is_some() {
        let told = |window| evidence.question(window).is_some() || evidence.reading(window).is_some();
        rules.retain(|rule| told(rule.long) && told(rule.short));
    }
    rules
}

/// The windows to show, shortest first: those that must be measured, asked or not, and any other that was. The growing window of a
/// calendar budget is none of them.
fn measured(evidence: &Evidence<'_>, rules: &[PairRule]) -> Vec<Window> {
    let fixed = windows(evidence.slo.period, &evidence.slo.origin);
    let mut all: Vec<Window> = rules.iter().flat_map(|rule| [rule.long, rule.short]).collect();
    all.extend(evidence.readings.iter().map(|reading| reading.window));
    all.extend(evidence.questions.iter().map(|question| question.window));
    if matches!(evidence.slo.period, Period::Calendar { .. }) {
        all.retain(|window| fixed.contains(window));
    }
    if evidence.key.version.is_none() {
        all.extend(fixed);
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn find(burns: &[Burn], window: Window) -> Option<&Burn> {
    burns.iter().find(|burn| burn.window == window)
}

/// The worst state of what the judgement needs: the windows of pairs that can fire (every window where there is no such pair), and
/// the budget of a service. A service younger than its period has a budget all the same.
fn worst_state(evidence: &Evidence<'_>, rules: &[PairRule], burns: &[Burn], worked: &Worked) -> DataState {
    let share = evidence.slo.objective.budget();
    let able: Vec<&PairRule> = rules.iter().filter(|rule| can_fire(rule.factor, share)).collect();
    let needs = |window| able.is_empty() || able.iter().any(|rule| rule.long == window || rule.short == window);
    let needed = burns.iter().filter(|burn| needs(burn.window)).map(|burn| &burn.state);
    let of_budget = (evidence.key.version.is_none() && !matches!(worked.budget.state, DataState::Warming { .. }))
        .then_some(&worked.budget.state);
    needed.chain(of_budget).reduce(worse).cloned().unwrap_or(DataState::NoData)
}

/// A firing page is Bad; a firing ticket, a pair held back for low traffic and an overspent budget are worth an eye; any doubt is
/// Unknown. A window that is not covered yet can raise an alarm but is no reason to be calm, so it waits.
fn level(state: &DataState, pairs: &[Pair], overspent: bool) -> Level {
    let of_state = match state {
        DataState::Ok => Level::Ok,
        DataState::Warming { .. } => Level::Wait,
        _ => Level::Unknown,
    };
    let of_budget = if overspent { Level::Watch } else { Level::Ok };
    let of_pairs = pairs.iter().map(|pair| match (&pair.firing, pair.severity) {
        (Firing::Yes, PairSeverity::Page) => Level::Bad,
        (Firing::Yes, PairSeverity::Ticket) | (Firing::LowTraffic { .. }, _) => Level::Watch,
        (Firing::Unknown { .. }, _) => Level::Unknown,
        (Firing::No | Firing::CannotFire { .. }, _) => Level::Ok,
    });
    of_pairs.fold(of_state.max(of_budget), Level::max)
}

/// The window whose burn tells the time to exhaustion: the long one of the first pair that fires, else an hour, else the first pair's.
fn now_burning<'a>(pairs: &[Pair], burns: &'a [Burn]) -> Option<&'a Burn> {
    let fired = pairs.iter().find(|pair| pair.firing == Firing::Yes).map(|pair| pair.long);
    let first = pairs.first().map(|pair| pair.long);
    fired
        .and_then(|window| find(burns, window))
        .or_else(|| find(burns, Span::from_hours(1)))
        .or_else(|| first.and_then(|window| find(burns, window)))
}
