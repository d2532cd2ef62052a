//! Gauges (CPU, memory, queue) of two versions, compared by their medians. Higher is worse.

use serde::{Deserialize, Serialize};

use super::{
    mann_whitney::{self, Test},
    median::{Median, median},
    needed::Needed,
    rules::Verdict,
};

/// Each median's interval misses it in 2.5 % at most, so that the interval of the difference misses it in 5 % at most (Bonferroni).
const MISS: f64 = 0.025;

/// So few values have an interval of that confidence: 2 x 0.5^7 is 1.6 %.
const FEWEST: usize = 7;

/// When a gauge fails and when it passes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeRules {
    /// A p-value below this is evidence: 0.01.
    pub alpha: f64,
    /// What matters, as a share of the baseline's median: 0.1.
    pub margin: f64,
    /// At most so many values of both together are compared exactly: 50.
    pub exact: usize,
}

impl Default for GaugeRules {
    fn default() -> Self {
        Self { alpha: 0.01, margin: 0.1, exact: mann_whitney::EXACT }
    }
}

/// Two samples of a gauge compared.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeComparison {
    /// The new version.
    pub canary: Median,
    /// What it is compared with.
    pub baseline: Median,
    /// Mann-Whitney's test, one-sided: are the canary's values higher?
    pub test: Test,
    /// The canary's median minus the baseline's, in the gauge's unit.
    pub difference: f64,
    /// What that lies between, with at least 95 % confidence; `None` where there are too few values.
    pub interval: Option<(f64, f64)>,
    /// The difference that matters, in the gauge's unit.
    pub limit: f64,
    /// What follows.
    pub verdict: Verdict,
    /// How many more values of each it takes where it is too early to say.
    pub needed: Option<Needed>,
}

impl GaugeComparison {
    /// The difference as a share of the baseline's median; `None` where that is zero.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let share = self.difference / self.baseline.value.abs();
        share.is_finite().then_some(share)
    }

    /// Of mirrored values, what it is of the values themselves.
    pub(super) fn mirrored(self) -> Self {
        let around = |(low, high): (f64, f64)| (-high, -low);
        let side = |one: Median| Median { value: -one.value, interval: one.interval.map(around), ..one };
        Self {
            canary: side(self.canary),
            baseline: side(self.baseline),
            difference: -self.difference,
            interval: self.interval.map(around),
            ..self
        }
    }
}

/// Compares two samples; `None` where one has no values.
#[must_use]
pub fn compare(canary: &[f64], baseline: &[f64], rules: &GaugeRules) -> Option<GaugeComparison> {
    let test = mann_whitney::higher_counted(canary, baseline, rules.exact)?;
    let (canary, baseline) = (median(canary, MISS)?, median(baseline, MISS)?);
    let difference = canary.value - baseline.value;
    let limit = rules.margin * baseline.value.abs();
    let interval = canary.interval.zip(baseline.interval).map(|(new, old)| (new.0 - old.1, new.1 - old.0));
    let verdict = if test.p < rules.alpha && difference > 0.0 && difference >= limit {
        Verdict::Fail
    } else if interval.is_some_and(|(_, high)| high <= limit) {
        Verdict::Pass
    } else {
        Verdict::Inconclusive
    };
    let needed = (verdict == Verdict::Inconclusive)
        .then(|| needed(canary.values.min(baseline.values), difference, interval, limit));
    Some(GaugeComparison { canary, baseline, test, difference, interval, limit, verdict, needed })
}

/// How many more values: an interval narrows with the root of their number.
fn needed(values: usize, difference: f64, interval: Option<(f64, f64)>, limit: f64) -> Needed {
    let Some((_, high)) = interval else { return Needed::About((FEWEST.saturating_sub(values)).max(1) as u64) };
    let (reach, room) = (high - difference, (limit - difference).abs());
    let times = (reach / room).powi(2);
    let more = values as f64 * (times - 1.0).max(0.1);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most a million")]
    let whole = more.ceil() as u64;
    if more < 1e6 { Needed::About(whole.max(1)) } else { Needed::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(level: f64, values: u32) -> Vec<f64> {
        (0..values).map(|n| level + f64::from(n % 10) / 100.0).collect()
    }

    fn verdict(canary: &[f64], baseline: &[f64]) -> Verdict {
        compare(canary, baseline, &GaugeRules::default()).expect("values").verdict
    }

    #[test]
    fn a_gauge_that_rose_by_a_quarter_fails_and_one_that_stayed_passes() {
        assert_eq!(verdict(&around(1.25, 40), &around(1.0, 40)), Verdict::Fail);
        assert_eq!(verdict(&around(1.0, 40), &around(1.0, 40)), Verdict::Pass);
        assert_eq!(verdict(&around(0.5, 40), &around(1.0, 40)), Verdict::Pass);
    }

    #[test]
    fn a_rise_that_is_certain_and_small_is_no_failure() {
        assert_eq!(verdict(&around(1.04, 400), &around(1.0, 400)), Verdict::Pass);
    }

    #[test]
    fn a_few_values_are_too_few_and_say_how_many_are_missing() {
        let few = compare(&[1.0, 1.1, 1.0], &around(1.0, 40), &GaugeRules::default()).expect("values");
        assert_eq!((few.verdict, few.needed), (Verdict::Inconclusive, Some(Needed::About(4))));
        assert_eq!(few.interval, None);
        assert!(compare(&[], &[1.0], &GaugeRules::default()).is_none());
    }
}
