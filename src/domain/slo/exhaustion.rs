//! When the budget is gone if things go on as they do now: what is left x period / burn.

use std::time::Duration;

use super::{
    calendar::bounds,
    definition::Period,
    reading::DataState,
    status::{Budget, Burn, Exhaustion},
};
use crate::domain::time::{Span, Timestamp};

/// When `budget` is gone at the burn of `now_burning`.
///
/// In a rolling period old errors leave the window, so the time is a lower bound, and a burn of at most one never gets there. In a
/// calendar unit it counts against the end of the unit.
#[must_use]
pub fn exhaustion(period: Period, budget: &Budget, now_burning: Option<&Burn>, now: Timestamp) -> Exhaustion {
    let Some(left) = budget.remaining else { return Exhaustion::Unknown };
    if left <= 0.0 {
        return Exhaustion::Exhausted;
    }
    let (Some(rate), true) = (rate(now_burning), can_be_relied_on(&budget.state)) else { return Exhaustion::Unknown };
    if rate <= 0.0 {
        return Exhaustion::NotBurning;
    }
    match period {
        Period::Rolling(_) if rate <= 1.0 => Exhaustion::Never,
        Period::Rolling(length) => span(left * length.secs() / rate).map_or(Exhaustion::Never, Exhaustion::AtLeast),
        Period::Calendar { unit, zone } => {
            let unit = bounds(unit, zone, now);
            let rest = Span::between(now, unit.end);
            match span(left * unit.length().secs() / rate) {
                Some(time) if time < rest => Exhaustion::In(time),
                _ => Exhaustion::AfterPeriod,
            }
        }
    }
}

fn rate(burn: Option<&Burn>) -> Option<f64> {
    burn.filter(|burn| can_be_relied_on(&burn.state)).and_then(|burn| burn.rate)
}

const fn can_be_relied_on(state: &DataState) -> bool {
    matches!(state, DataState::Ok | DataState::Warming { .. })
}

/// `None` for more seconds than a span can hold.
fn span(secs: f64) -> Option<Span> {
    let millis = Duration::try_from_secs_f64(secs).ok()?.as_millis();
    Some(Span::from_millis(u64::try_from(millis).ok()?))
}
