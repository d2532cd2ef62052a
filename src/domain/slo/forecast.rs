//! When a page would fire if things go on as they do now. A forecast is no alert: it says how long the alert would leave users alone.

use serde::{Deserialize, Serialize};

use super::status::{Burn, Firing, Pair};
use crate::domain::time::Span;

/// What happened to all requests of a service lately.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    /// Bad events over all events, 0 to 1.
    pub ratio: f64,
    /// Over which window.
    pub window: Span,
}

/// In how long `pair` fires at the earliest when bad events go on to come as in `recent`; `None` where it fires already, never will at
/// this rate, or where that is not known.
///
/// With even traffic the burn over a window of length `w` grows by at most `recent / w` a second: so fast when what leaves the window
/// was good. Both windows have to get beyond the factor.
#[must_use]
pub fn fires_in(pair: &Pair, long: &Burn, short: &Burn, budget: f64, recent: Recent) -> Option<Span> {
    if !matches!(pair.firing, Firing::No) {
        return None;
    }
    let burning = recent.ratio / budget;
    if burning <= pair.factor {
        return None;
    }
    let reaches = |burn: &Burn| Some((pair.factor - burn.effective()?).max(0.0) * burn.window.secs() / burning);
    let secs = reaches(long)?.max(reaches(short)?);
    let millis = std::time::Duration::try_from_secs_f64(secs).ok()?.as_millis();
    Some(Span::from_millis(u64::try_from(millis).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::slo::{reading::DataState, status::PairSeverity};

    fn burn(window: Span, rate: f64) -> Burn {
        Burn {
            window,
            state: DataState::Ok,
            rate: Some(rate),
            ratio: None,
            bad: None,
            total: None,
            coverage: 1.0,
            at: None,
            query: "".into(),
        }
    }

    fn pair(firing: Firing) -> Pair {
        Pair {
            severity: PairSeverity::Page,
            long: Span::from_hours(1),
            short: Span::from_mins(5),
            factor: 14.4,
            long_over: Some(false),
            short_over: Some(false),
            firing,
            note: String::new(),
        }
    }

    /// A share of 2.5 % bad against 99.9 % from a given second on, seen `secs` later.
    fn seen(secs: f64, ratio: f64) -> Option<Span> {
        let over = |length: Span| burn(length, ratio / 0.001 * (secs / length.secs()).min(1.0));
        let recent = Recent { ratio, window: Span::from_secs(30) };
        fires_in(&pair(Firing::No), &over(Span::from_hours(1)), &over(Span::from_mins(5)), 0.001, recent)
    }

    #[test]
    fn a_small_fault_pages_after_half_an_hour_as_arithmetic_says() {
        // 14.4 x 0.001 x 3600 s / 0.025 = 2,074 s after the fault began.
        for secs in [60.0, 600.0, 2_000.0] {
            let left = seen(secs, 0.025).expect("it will").secs();
            assert!((left - (2_073.6 - secs)).abs() < 20.0, "{secs}: {left}");
        }
    }

    #[test]
    fn what_burns_too_slowly_never_pages_and_what_fires_is_no_forecast() {
        assert_eq!(seen(600.0, 0.0144), None);
        let (long, short) = (burn(Span::from_hours(1), 20.0), burn(Span::from_mins(5), 40.0));
        let recent = Recent { ratio: 0.04, window: Span::from_mins(5) };
        assert_eq!(fires_in(&pair(Firing::Yes), &long, &short, 0.001, recent), None);
        let unknown = Firing::Unknown { why: "1h stale".to_owned() };
        assert_eq!(fires_in(&pair(unknown), &long, &short, 0.001, recent), None);
    }

    #[test]
    fn a_window_that_nobody_measured_gives_no_forecast() {
        let short = burn(Span::from_mins(5), 25.0);
        let long = Burn { rate: None, ..burn(Span::from_hours(1), 0.0) };
        let recent = Recent { ratio: 0.025, window: Span::from_mins(5) };
        assert_eq!(fires_in(&pair(Firing::No), &long, &short, 0.001, recent), None);
    }
}
