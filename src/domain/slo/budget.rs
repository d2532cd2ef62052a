//! What is left of the error budget.

use std::sync::Arc;

use super::{
    burn::{absent, burn_of, doubt},
    calendar::{Bounds, bounds},
    coverage::coverage,
    definition::{Period, Window},
    evidence::{Evidence, Question},
    pairs,
    reading::{DataState, Reading, RecordedBudget},
    status::{Budget, BudgetBasis, Burn},
    words,
};
use crate::domain::time::{Span, Timestamp};

/// The share of the budget that is left after `bad` of `total` events: 1 - bad / (budget x total). Negative when overspent, never
/// clamped. `None` without events.
#[must_use]
pub fn remaining(bad: f64, total: f64, budget: f64) -> Option<f64> {
    Some(1.0 - bad / (budget * total)).filter(|left| left.is_finite() && total > 0.0)
}

/// A budget with what it was worked out from.
#[derive(Clone, Debug, PartialEq)]
pub struct Worked {
    /// For the screen.
    pub budget: Budget,
    /// The period's events: of a calendar unit, those that are expected in all of it. `None` where only a ratio is known.
    pub events: Option<f64>,
    /// The reading of the whole period.
    pub period: Option<Burn>,
}

impl Worked {
    /// Whether more than all is spent. Of a service younger than its period the time before counts as good, so that its first error
    /// does not overspend anything.
    #[must_use]
    pub fn overspent(&self) -> bool {
        let Some(left) = self.budget.remaining else { return false };
        let covered = match self.budget.state {
            DataState::Warming { coverage } if self.budget.basis != BudgetBasis::Projection => coverage,
            _ => 1.0,
        };
        (1.0 - left) * covered > 1.0
    }
}

/// Works out the budget: from counts over the period where there are any, because then each event weighs the same; else from what
/// another program recorded. A single version has no budget of its own.
#[must_use]
pub fn budget(evidence: &Evidence<'_>) -> Worked {
    if evidence.key.version.is_some() {
        return nothing(DataState::NoData, None);
    }
    let (window, reading, question) = match evidence.slo.period {
        Period::Rolling(length) => (length, evidence.reading(length), evidence.question(length).copied()),
        Period::Calendar { unit, zone } => {
            let unit = bounds(unit, zone, evidence.now);
            let reading = evidence.newest(|reading| covers_since(reading, unit.start));
            let window = reading.map_or_else(|| Span::between(unit.start, evidence.now), |reading| reading.window);
            (window, reading, calendar_question(evidence, window))
        }
    };
    match (reading, evidence.recorded) {
        (None, Some(recorded)) => from_record(evidence, recorded),
        (None, None) => {
            let question = evidence.recorded_question.or(question);
            nothing(absent(question.as_ref()), question.and_then(|question| question.query))
        }
        (Some(_), _) => from_events(evidence, burn_of(evidence, window, reading, question.as_ref())),
    }
}

/// Whether a reading covers what is over of the unit that began at `start`, give or take a minute and one percent: its window was
/// worked out by another clock.
fn covers_since(reading: &Reading, start: Timestamp) -> bool {
    let Some(begins) = reading.at.checked_sub_signed(reading.window.delta()) else { return false };
    let off = (begins - start).num_milliseconds().unsigned_abs();
    off <= 60_000 + reading.window.millis() / 100
}

/// The question that a calendar budget is answered by: its window grows with time, so it is the one that no pair has.
fn calendar_question<'a>(evidence: &Evidence<'a>, window: Window) -> Option<Question<'a>> {
    evidence.question(window).copied().or_else(|| {
        let fixed = pairs::windows(evidence.slo.period, &evidence.slo.origin);
        let growing = evidence.questions.iter().filter(|question| !fixed.contains(&question.window));
        growing.max_by_key(|question| question.window).copied()
    })
}

fn from_events(evidence: &Evidence<'_>, period: Burn) -> Worked {
    let so_far = period.rate.map(|rate| 1.0 - rate);
    let (left, so_far, events, basis) = match evidence.slo.period {
        Period::Rolling(_) => (so_far, None, period.total, counted(&period)),
        Period::Calendar { unit, zone } => {
            let share = elapsed(evidence, &period, bounds(unit, zone, evidence.now));
            // The budget of the whole unit allows for the events to come: expected = so far / elapsed share.
            let left = period.rate.map(|rate| 1.0 - rate * share);
            (left, so_far, period.total.map(|total| total / share), BudgetBasis::Projection)
        }
    };
    let budget = Budget {
        remaining: left,
        state: period.state.clone(),
        basis: if left.is_some() { basis } else { BudgetBasis::None },
        so_far,
        query: Arc::clone(&period.query),
    };
    Worked { budget, events: events.filter(|events| events.is_finite() && *events > 0.0), period: Some(period) }
}

/// A ratio without counts does not say how its events were weighed.
const fn counted(period: &Burn) -> BudgetBasis {
    if period.total.is_some() { BudgetBasis::Events } else { BudgetBasis::Time }
}

/// The share of the unit that the events so far stand for, more than 0 and at most 1. A service that began within the unit counts
/// from its beginning.
fn elapsed(evidence: &Evidence<'_>, period: &Burn, unit: Bounds) -> f64 {
    let first = evidence.first_seen.filter(|_| period.coverage < 1.0).map_or(unit.start, |first| first.at);
    let start = first.max(unit.start);
    let at = period.at.unwrap_or(evidence.now);
    let whole = Span::between(start, unit.end).secs();
    let over = Span::between(start, at).secs();
    if whole > 0.0 && over > 0.0 { (over / whole).clamp(1e-9, 1.0) } else { 1.0 }
}

fn from_record(evidence: &Evidence<'_>, recorded: &RecordedBudget) -> Worked {
    let length = pairs::usual_length(evidence.slo.period);
    let question = evidence.recorded_question;
    let left = recorded.remaining.filter(|left| left.is_finite() && *left <= 1.0 + 1e-6);
    let covered = coverage(length, recorded.at, evidence.first_seen);
    let state = match (doubt(recorded.at, evidence.now, length, question.as_ref()), left, recorded.remaining) {
        (Some(doubt), ..) => doubt,
        (None, None, Some(odd)) if !odd.is_nan() => {
            DataState::Conflict { why: format!("the recorded budget has a share of {} left", words::odd(odd)) }
        }
        (None, None, _) if has_traffic(evidence) => DataState::Conflict {
            why: "the recorded budget is NaN although there is traffic: one slice without traffic does that to an \
                  average of slices, for a whole period"
                .to_owned(),
        },
        (None, None, _) => DataState::NoTraffic,
        (None, Some(_), _) if covered < 1.0 => DataState::Warming { coverage: covered },
        (None, Some(_), _) => DataState::Ok,
    };
    let basis = match (left, recorded.time_weighted) {
        (None, _) => BudgetBasis::None,
        (Some(_), true) => BudgetBasis::Time,
        (Some(_), false) => BudgetBasis::Events,
    };
    let query = Arc::clone(&recorded.query);
    Worked { budget: Budget { remaining: left, state, basis, so_far: None, query }, events: None, period: None }
}

fn has_traffic(evidence: &Evidence<'_>) -> bool {
    evidence.readings.iter().any(|reading| super::state::measure(reading.amount).is_ok())
}

fn nothing(state: DataState, query: Option<&Arc<str>>) -> Worked {
    let query = query.map_or_else(|| Arc::from(""), Arc::clone);
    let budget = Budget { remaining: None, state, basis: BudgetBasis::None, so_far: None, query };
    Worked { budget, events: None, period: None }
}
