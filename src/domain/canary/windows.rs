//! Over which windows two versions are compared: as much as possible of the time since the warm-up, and the last five minutes.
//!
//! Windows come from a short list, so that services whose releases began at different times share their questions: the number of
//! requests follows definitions and windows, never services.

use super::settings::CanarySettings;
use crate::domain::{
    slo::definition::Window,
    time::{Span, Timestamp},
};

/// The lengths of windows, shortest first.
const LENGTHS: [Window; 10] = [
    Span::from_secs(30),
    Span::from_mins(1),
    Span::from_mins(2),
    RECENT,
    Span::from_mins(10),
    Span::from_mins(20),
    Span::from_mins(40),
    Span::from_mins(80),
    Span::from_hours(3),
    Span::from_hours(6),
];

/// What happened just now is not to drown in what was before.
const RECENT: Window = Span::from_mins(5);

/// So many evaluations are asked for at once: as many as must agree before a canary fails. So a verdict needs no memory, and is the same
/// in a console, in a pipeline and after a restart.
pub const LOOKS: u64 = 3;

/// The windows as of `now` of versions that run side by side since `since`: the longest that began after the warm-up at each of the
/// evaluations, and five minutes where that is shorter. None while the version warms up.
#[must_use]
pub fn windows(since: Timestamp, settings: &CanarySettings, now: Timestamp) -> Vec<Window> {
    let warm = since + settings.warm_up.delta();
    if now < warm {
        return Vec::new();
    }
    let oldest = Span::between(warm, now).millis().saturating_sub(settings.every.times(LOOKS).millis());
    let fits = |age: u64| LENGTHS.into_iter().rev().find(|window| window.millis() <= age);
    // The first evaluations cannot wait until three of them fit.
    let longest = fits(oldest).or_else(|| fits(Span::between(warm, now).millis()));
    match longest {
        Some(longest) if longest > RECENT => vec![RECENT, longest],
        Some(only) => vec![only],
        None => Vec::new(),
    }
}

/// Whether an evaluation at `at` looks only at what came after the warm-up.
#[must_use]
pub fn fits(window: Window, at: Timestamp, since: Timestamp, settings: &CanarySettings) -> bool {
    at - window.delta() >= since + settings.warm_up.delta()
}

/// When the first evaluation is possible.
#[must_use]
pub fn first(since: Timestamp, settings: &CanarySettings) -> Timestamp {
    let shortest = LENGTHS.first().copied().unwrap_or_default();
    since + settings.warm_up.delta() + shortest.delta()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::join::example::at;

    #[test]
    fn windows_grow_with_the_age_of_the_canary_and_never_reach_into_the_warm_up() {
        let settings = CanarySettings { warm_up: Span::from_secs(10), every: Span::from_secs(15), margin: 0.01 };
        let told = |age: i64| {
            let windows = windows(at(0), &settings, at(age));
            for window in &windows {
                assert!(fits(*window, at(age), at(0), &settings), "{window} at {age}");
            }
            windows.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        for (age, expected) in
            [(5, ""), (39, ""), (40, "30s"), (114, "30s"), (115, "1m"), (355, "5m"), (655, "5m 10m"), (90_000, "5m 6h")]
        {
            assert_eq!(told(age), expected, "{age}");
        }
        assert_eq!(first(at(0), &settings), at(40));
    }
}
