//! Whether a window pair fires, with both halves in words.

use super::{
    pairs::PairRule,
    reading::DataState,
    status::{Burn, Firing, Pair},
    words::{events, times},
};

/// A pair that fewer bad events than this would fire says nothing: any odd request would call somebody.
pub const FEWEST_BAD_EVENTS: f64 = 3.0;

/// Ratios and factors are worked out in different ways; a difference of this share is noise.
const NOISE: f64 = 1e-9;

/// The highest possible burn: everything fails. 1 / budget, so 1,000 for 99.9 % and 10 for 90 %.
#[must_use]
pub fn highest_burn(budget: f64) -> f64 {
    1.0 / budget
}

/// Whether a factor can be exceeded at all.
#[must_use]
pub fn can_fire(factor: f64, budget: f64) -> bool {
    factor < highest_burn(budget) * (1.0 - NOISE)
}

/// How many bad events the long window needs before it is over: factor x budget x all events, the uncovered part of the window
/// filled up at the same rate. `None` where counts are not known.
#[must_use]
pub fn events_to_fire(rule: &PairRule, long: &Burn, budget: f64) -> Option<f64> {
    let total = long.total.filter(|total| *total > 0.0)?;
    Some(rule.factor * budget * total / long.coverage.max(f64::MIN_POSITIVE)).filter(|needed| needed.is_finite())
}

/// Judges a pair. Strictly more than the factor is over.
#[must_use]
pub fn pair(rule: &PairRule, long: &Burn, short: &Burn, budget: f64) -> Pair {
    let long_over = over(long, rule.factor);
    let short_over = over(short, rule.factor);
    let firing = if can_fire(rule.factor, budget) {
        firing(rule, (long, long_over), (short, short_over), budget)
    } else {
        Firing::CannotFire { max: highest_burn(budget) }
    };
    let note = note(rule, &firing, (long, long_over), (short, short_over));
    Pair {
        severity: rule.severity,
        long: rule.long,
        short: rule.short,
        factor: rule.factor,
        long_over,
        short_over,
        firing,
        note,
    }
}

/// Whether a half is over; `None` is not known. Old and partial values can raise, but never clear.
fn over(burn: &Burn, factor: f64) -> Option<bool> {
    let over = burn.effective()? > factor * (1.0 + NOISE);
    match burn.state {
        DataState::Ok | DataState::Warming { .. } => Some(over),
        DataState::Stale { .. } | DataState::Partial { .. } if over => Some(true),
        _ => None,
    }
}

type Half<'a> = (&'a Burn, Option<bool>);

fn firing(rule: &PairRule, long: Half<'_>, short: Half<'_>, budget: f64) -> Firing {
    match (long.1, short.1) {
        (Some(false), _) | (_, Some(false)) => Firing::No,
        (Some(true), Some(true)) => match (events_to_fire(rule, long.0, budget), long.0.bad) {
            (Some(enough), Some(bad)) if enough < FEWEST_BAD_EVENTS && bad < FEWEST_BAD_EVENTS => {
                Firing::LowTraffic { bad, needed: FEWEST_BAD_EVENTS }
            }
            _ => Firing::Yes,
        },
        _ => {
            let unknown = [long, short].into_iter().filter(|(_, over)| over.is_none());
            let why: Vec<String> = unknown.map(|(burn, _)| format!("{} {}", burn.window, burn.state.word())).collect();
            Firing::Unknown { why: why.join(", ") }
        }
    }
}

/// Both halves: `1h 16.2x over, 5m 3.1x falling: recovering`.
fn note(rule: &PairRule, firing: &Firing, long: Half<'_>, short: Half<'_>) -> String {
    let ending = match (firing, long.1, short.1) {
        (Firing::CannotFire { max }, ..) => {
            return format!("{} cannot fire: burn is at most {}", times(rule.factor), times(*max));
        }
        (Firing::Yes, ..) => ": firing".to_owned(),
        (Firing::LowTraffic { bad, needed }, ..) => {
            format!(": held back, {} of the {} bad events it takes", events(*bad), events(*needed))
        }
        // Less than the factor lately and more than it over all: it falls, and the long window has yet to forget.
        (Firing::No, Some(true), Some(false)) => " falling: recovering".to_owned(),
        (Firing::No, Some(false), Some(true)) => ": rising".to_owned(),
        (Firing::No, ..) => String::new(),
        (Firing::Unknown { .. }, ..) => ": not known".to_owned(),
    };
    format!("{}, {}{ending}", half(long), half(short))
}

fn half((burn, over): Half<'_>) -> String {
    let window = burn.window;
    let word = if over == Some(true) { " over" } else { "" };
    match (&burn.state, burn.rate, burn.effective()) {
        (DataState::Ok, Some(rate), _) => format!("{window} {}{word}", times(rate)),
        (DataState::Warming { coverage }, Some(rate), Some(effective)) => {
            let covered = super::words::percent(*coverage);
            format!("{window} {} ({covered} covered, counts as {}){word}", times(rate), times(effective))
        }
        (state, Some(rate), _) => format!("{window} {} {}{word}", times(rate), state.word()),
        (state, ..) => format!("{window} ? {}", state.word()),
    }
}
