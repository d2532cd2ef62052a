//! Wilson's interval of a proportion and Newcombe's of the difference of two, both by score.
//!
//! E. B. Wilson, *JASA* 22 (1927) 209; R. G. Newcombe, *Statistics in Medicine* 17 (1998) 873, method 10. Both hold at zero errors, where the
//! textbook interval has no width at all.

use super::counts::Counts;

/// The 97.5 % point of the normal distribution: of two-sided 95 % intervals.
pub const Z: f64 = 1.959_963_984_540_054;

/// Wilson's 95 % interval of `bad` of `total`; from 0 to 1 without any event. Takes fractions of events, for projections.
#[must_use]
pub fn wilson(bad: f64, total: f64) -> (f64, f64) {
    if total <= 0.0 {
        return (0.0, 1.0);
    }
    let share = bad / total;
    let centre = share + Z * Z / (2.0 * total);
    let half = Z * (share * (1.0 - share) / total + Z * Z / (4.0 * total * total)).sqrt();
    let scale = 1.0 + Z * Z / total;
    // At the ends the exact value is 0 or 1; what is left of rounding would be a share below zero.
    let low = if bad <= 0.0 { 0.0 } else { (centre - half) / scale };
    let high = if bad >= total { 1.0 } else { (centre + half) / scale };
    (low.clamp(0.0, 1.0), high.clamp(0.0, 1.0))
}

/// The 95 % interval of the canary's bad share minus the baseline's; from -1 to 1 where one of them has no events.
#[must_use]
pub fn difference(canary: Counts, baseline: Counts) -> (f64, f64) {
    let pair = |counts: Counts| (counts.bad() as f64, counts.total() as f64);
    projected(pair(canary), pair(baseline))
}

/// The same of numbers that may be fractions: what would be seen after more requests.
#[must_use]
pub fn projected(canary: (f64, f64), baseline: (f64, f64)) -> (f64, f64) {
    if canary.1 <= 0.0 || baseline.1 <= 0.0 {
        return (-1.0, 1.0);
    }
    let (share, before) = (canary.0 / canary.1, baseline.0 / baseline.1);
    let (low, high) = wilson(canary.0, canary.1);
    let (low_before, high_before) = wilson(baseline.0, baseline.1);
    let difference = share - before;
    (difference - (share - low).hypot(high_before - before), difference + (high - share).hypot(before - low_before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_interval_holds_the_difference_and_mirrors(
            (bad, total) in (0_u64..500, 500_u64..50_000),
            (before, of) in (0_u64..500, 500_u64..50_000),
        ) {
            let (canary, baseline) = (Counts::new(bad, total).expect("possible"), Counts::new(before, of).expect("possible"));
            let (low, high) = difference(canary, baseline);
            let seen = bad as f64 / total as f64 - before as f64 / of as f64;
            prop_assert!(low <= seen && seen <= high);
            let (mirrored_low, mirrored_high) = difference(baseline, canary);
            prop_assert!((low + mirrored_high).abs() < 1e-12 && (high + mirrored_low).abs() < 1e-12);
        }
    }

    #[test]
    fn without_events_nothing_is_excluded() {
        let none = Counts::new(0, 0).expect("possible");
        let some = Counts::new(1, 10).expect("possible");
        assert_eq!(difference(none, some), (-1.0, 1.0));
        assert_eq!(difference(some, none), (-1.0, 1.0));
        assert_eq!(wilson(0.0, 0.0), (0.0, 1.0));
    }
}
