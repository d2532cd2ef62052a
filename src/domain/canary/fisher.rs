//! Fisher's exact test of two proportions, one-sided.
//!
//! Given the totals of both versions and the bad events of both together, the canary's bad events are hypergeometric if the versions
//! do not differ (R. A. Fisher, *Statistical Methods for Research Workers*, 1934, §21.02). Exact at any size, which the pooled z
//! test is not: of 0/100,000 against 1/500 z makes p = 1e-45, where it is 0.005.

use super::{counts::Counts, tail};

/// The probability of at least so many bad events in the canary, if it were no worse than the baseline. 1 where there is nothing to
/// compare.
#[must_use]
pub fn worse(canary: Counts, baseline: Counts) -> f64 {
    let (drawn, others) = (canary.total(), baseline.total());
    let bad = canary.bad() + baseline.bad();
    let low = bad.saturating_sub(others);
    let high = bad.min(drawn);
    let mode = u128::from(bad + 1) * u128::from(drawn + 1) / u128::from(drawn + others + 2);
    let mode = u64::try_from(mode).unwrap_or(high);
    // (K - k)(n - k) / ((k + 1)(N - K - n + k + 1)), where N - K - n + k counts the good events that are not in the canary.
    let ratio = |k: u64| {
        let rising = (bad - k) as f64 * (drawn - k) as f64;
        let falling = (k + 1) as f64 * ((others + k + 1) - bad) as f64;
        rising / falling
    };
    tail::upper(canary.bad(), (low, high), mode, ratio)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn p(canary: (u64, u64), baseline: (u64, u64)) -> f64 {
        let counts = |(bad, total)| Counts::new(bad, total).expect("possible");
        worse(counts(canary), counts(baseline))
    }

    proptest! {
        #[test]
        fn it_is_a_probability_and_more_bad_events_never_look_better(
            (bad, total) in (0_u64..200, 200_u64..5_000),
            (before, of) in (0_u64..200, 200_u64..100_000),
        ) {
            let here = p((bad, total), (before, of));
            prop_assert!((0.0..=1.0).contains(&here));
            prop_assert!(p((bad + 1, total + 1), (before, of)) <= here + 1e-12);
            prop_assert!(p((bad, total), (before + 1, of + 1)) >= here - 1e-12);
        }

        #[test]
        fn both_directions_share_only_what_was_seen(
            (bad, total) in (0_u64..30, 30_u64..90),
            (before, of) in (0_u64..30, 30_u64..90),
        ) {
            let both = p((bad, total), (before, of)) + p((before, of), (bad, total));
            prop_assert!(both >= 1.0 - 1e-12);
            prop_assert!(both <= 2.0 + 1e-12);
        }
    }

    #[test]
    fn nothing_to_compare_is_no_evidence() {
        for table in [((0, 0), (0, 0)), ((0, 0), (5, 100)), ((0, 100), (0, 1_000)), ((7, 7), (9, 9))] {
            assert!((p(table.0, table.1) - 1.0).abs() < f64::EPSILON, "{table:?}");
        }
    }
}
