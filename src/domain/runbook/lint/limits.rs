//! Whether the time that is promised is enough for the time that steps may take.

use super::{Finding, Level};
use crate::domain::{
    runbook::{Runbook, Step},
    time::Span,
};

pub(super) fn findings(runbook: &Runbook) -> Vec<Finding> {
    let mut found = Vec::new();
    let sum = total(runbook);
    if runbook.budget < sum {
        let words = format!("the time limits of its steps add up to {sum}, and its budget is {}", runbook.budget);
        found.push(Finding::new(Level::Warning, None, words, "shorten the limits, or promise what can be kept"));
    }
    if let Some(rto) = runbook.rto.filter(|rto| *rto < runbook.budget) {
        let words = format!("users shall be served again after {rto}, and its budget is {}", runbook.budget);
        found.push(Finding::new(Level::Warning, None, words, "shorten the budget, or agree on another `rto`"));
    }
    found
}

/// How long all steps may take together: every attempt, for every service that is named. A step for every service of a
/// release counts once, because nobody knows how many those are.
#[must_use]
pub fn total(runbook: &Runbook) -> Span {
    let of = |step: &Step| {
        let services = step.each.as_ref().map_or(1, |each| each.services.len().max(1));
        step.timeout.times(u64::from(step.attempts)).times(services as u64).millis()
    };
    Span::from_millis(runbook.all().map(|(_, step)| of(step)).fold(0, u64::saturating_add))
}
