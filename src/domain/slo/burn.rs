//! How fast the budget is spent over one window.

use std::sync::Arc;

use super::{
    coverage::coverage,
    definition::Window,
    evidence::{Evidence, Question},
    pairs::cadence,
    reading::{DataState, Reading},
    state::measure,
    status::Burn,
};
use crate::domain::time::{Span, Timestamp};

/// The burn over `window`: error ratio over budget (SRE workbook, chapter 5), with what it is worth.
#[must_use]
pub fn burn(evidence: &Evidence<'_>, window: Window) -> Burn {
    burn_of(evidence, window, evidence.reading(window), evidence.question(window))
}

/// The same from a given reading: the window of a calendar budget has another length in each answer.
pub(super) fn burn_of(
    evidence: &Evidence<'_>,
    window: Window,
    reading: Option<&Reading>,
    question: Option<&Question<'_>>,
) -> Burn {
    let Some(reading) = reading else {
        let query = question.and_then(|question| question.query).map_or_else(|| Arc::from(""), Arc::clone);
        return Burn {
            window,
            state: absent(question),
            rate: None,
            ratio: None,
            bad: None,
            total: None,
            coverage: coverage(window, evidence.now, evidence.first_seen),
            at: None,
            query,
        };
    };
    let measured = measure(reading.amount);
    let covered = coverage(window, reading.at, evidence.first_seen);
    let doubt = doubt(reading.at, evidence.now, window, question);
    let known = measured.as_ref().ok();
    let ratio = known.map(|measured| measured.ratio);
    let counts = known.and_then(|measured| measured.counts);
    let state = match (doubt, &measured) {
        (Some(doubt), _) => doubt,
        (None, Err(state)) => state.clone(),
        (None, Ok(_)) if covered < 1.0 => DataState::Warming { coverage: covered },
        (None, Ok(_)) => DataState::Ok,
    };
    Burn {
        window,
        state,
        rate: ratio.map(|ratio| ratio / evidence.slo.objective.budget()),
        ratio,
        bad: counts.map(|(bad, _)| bad),
        total: counts.map(|(_, total)| total),
        coverage: covered,
        at: Some(reading.at),
        query: Arc::clone(&reading.query),
    }
}

/// Why there is no reading.
pub(super) fn absent(question: Option<&Question<'_>>) -> DataState {
    match question {
        Some(Question { error: Some(error), .. }) => DataState::Error { kind: error.kind, what: error.what.clone() },
        Some(Question { partial: Some(why), .. }) => DataState::Partial { why: (*why).to_owned() },
        _ => DataState::NoData,
    }
}

/// Why a value that is there is not to be relied on.
pub(super) fn doubt(
    at: Timestamp,
    now: Timestamp,
    window: Window,
    question: Option<&Question<'_>>,
) -> Option<DataState> {
    let allowed = question.map_or_else(|| cadence(window).times(4), |question| question.allowed_age);
    let age = Span::between(at, now);
    if age > allowed {
        return Some(DataState::Stale { age });
    }
    question.and_then(|question| question.partial).map(|why| DataState::Partial { why: why.to_owned() })
}
