//! What of the budget was spent since a release began.
//!
//! It is bad events since the start over budget x events of the period. Nothing is measured since exactly the start, only over
//! windows, so the errors between the two windows around the start are spread evenly, and both bounds are told.

use super::{
    definition::Period,
    pairs::usual_length,
    reading::DataState,
    status::{BudgetBasis, Burn, Spent},
};
use crate::domain::time::{Span, Timestamp};

/// What was spent in the time from `start` to `now`. `events` are those of the whole period; without them even traffic is assumed,
/// and the share is burn x window / period. `None` where no window with a usable value reaches back to the start.
#[must_use]
pub fn spent(
    period: Period,
    budget: f64,
    events: Option<f64>,
    burns: &[Burn],
    start: Timestamp,
    now: Timestamp,
) -> Option<Spent> {
    let since = Span::between(start, now).secs();
    let length = usual_length(period).secs();
    let usable = burns.iter().filter(|burn| matches!(burn.state, DataState::Ok | DataState::Warming { .. }));
    let share = |burn: &Burn| match events {
        Some(events) => burn.bad.map(|bad| bad / (budget * events)),
        None => burn.effective().map(|rate| rate * burn.window.secs() / length),
    };
    let mut shares: Vec<(f64, f64)> =
        usable.filter_map(|burn| Some((burn.window.secs(), share(burn).filter(|share| share.is_finite())?))).collect();
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut within, mut before) = (0.0, 0.0);
    for (window, share) in shares {
        // Windows are polled at different times, so a longer one can seem to have fewer errors.
        let share = share.max(before);
        if window >= since {
            let way = if window > within { (since - within) / (window - within) } else { 1.0 };
            let basis = if events.is_some() { BudgetBasis::Events } else { BudgetBasis::Time };
            return Some(Spent { share: before + (share - before) * way, at_least: before, at_most: share, basis });
        }
        (within, before) = (window, share);
    }
    None
}
