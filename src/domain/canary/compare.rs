//! One comparison of the bad shares of two versions.

use serde::{Deserialize, Serialize};

use super::{
    counts::Counts,
    fisher, newcombe,
    rules::{Finding, Rules},
};

/// Shares that come from decimal numbers are compared with this much grace: 0.0055 - 0.0005 is not quite 0.005.
const NOISE: f64 = 1e-12;

/// Two versions compared over the same time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The new version.
    pub canary: Counts,
    /// What it is compared with.
    pub baseline: Counts,
    /// Fisher's one-sided p: so likely are as many bad events or more, if the canary is no worse.
    pub p: f64,
    /// The canary's bad share minus the baseline's.
    pub difference: f64,
    /// Newcombe's 95 % interval of that difference.
    pub interval: (f64, f64),
}

impl Comparison {
    /// Compares; `None` where one of them has no events, because then there is nothing to compare.
    #[must_use]
    pub fn of(canary: Counts, baseline: Counts) -> Option<Self> {
        Some(Self {
            canary,
            baseline,
            p: fisher::worse(canary, baseline),
            difference: canary.share()? - baseline.share()?,
            interval: newcombe::difference(canary, baseline),
        })
    }

    /// What it says under `rules`. Worse comes first: a difference that is certain and large enough to matter is told even where it is
    /// within the margin.
    #[must_use]
    pub fn finding(&self, rules: &Rules) -> Finding {
        if self.p < rules.alpha && self.difference >= self.least(rules) - NOISE {
            Finding::Worse
        } else if self.interval.1 < rules.margin {
            Finding::NoWorse
        } else {
            Finding::Open
        }
    }

    /// The smallest difference that counts as worse: half a percentage point, and at least the baseline's own bad share.
    #[must_use]
    pub fn least(&self, rules: &Rules) -> f64 {
        rules.least.max(self.baseline.share().unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(canary: (u64, u64), baseline: (u64, u64)) -> Option<Finding> {
        let counts = |(bad, total)| Counts::new(bad, total).expect("possible");
        Comparison::of(counts(canary), counts(baseline)).map(|comparison| comparison.finding(&Rules::default()))
    }

    #[test]
    fn each_rule_has_its_edge() {
        for (canary, baseline, expected) in [
            ((9, 500), (12, 10_000), Finding::Worse),
            // Significant, but by less than half a percentage point, and within the margin.
            ((400, 100_000), (100, 100_000), Finding::NoWorse),
            // Significant and half a point, yet less than the baseline's own share doubled; and over the margin.
            ((700, 10_000), (500, 10_000), Finding::Open),
            ((1_100, 10_000), (500, 10_000), Finding::Worse),
            // Not significant at 1 %.
            ((1, 500), (0, 500), Finding::Open),
            // The rule of three: zero errors exclude one percentage point only after some 380 requests.
            ((0, 380), (0, 1_000_000), Finding::Open),
            ((0, 381), (0, 1_000_000), Finding::NoWorse),
            // Better is no worse.
            ((0, 5_000), (100, 5_000), Finding::NoWorse),
        ] {
            assert_eq!(of(canary, baseline), Some(expected), "{canary:?} {baseline:?}");
        }
    }

    #[test]
    fn without_events_there_is_no_finding() {
        assert_eq!(of((0, 0), (0, 10)), None);
        assert_eq!(of((0, 10), (0, 0)), None);
    }

    proptest! {
        #[test]
        fn more_bad_events_never_make_a_better_finding(
            (bad, total) in (0_u64..300, 300_u64..20_000),
            (before, of_all) in (0_u64..300, 300_u64..200_000),
            more in 1_u64..100,
        ) {
            let rank = |finding| match finding { Finding::NoWorse => 0, Finding::Open => 1, Finding::Worse => 2 };
            let less = of((bad, total), (before, of_all)).map(rank);
            let worse = of(((bad + more).min(total), total), (before, of_all)).map(rank);
            prop_assert!(worse >= less);
        }
    }
}
