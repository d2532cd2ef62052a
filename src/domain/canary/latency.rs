//! Is the canary slower by more than 200 ms, or what else a trigger says? By the 95th percentile only where buckets and counts allow to know it; else by the slow fraction.
//!
//! A quantile of a histogram is a guess within its bucket: of values at 0.25 and 1 s a p95 of "0.667 s" comes out. So both buckets must be
//! narrower than half of what is asked for, and the tail must hold at least 20 requests.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::counts::Counts;
use crate::domain::{
    slo::definition::{Indicator, Slo},
    time::Span,
};

/// The quantile that is compared.
const QUANTILE: f64 = 0.95;

/// What is too slow, where nothing else is said.
pub const SLOWER: Span = Span::from_millis(200);

/// So many requests must lie beyond the quantile.
const TAIL: f64 = 20.0;

/// A classic histogram of one version: upper bounds in seconds with the requests up to each, the last bound infinite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Buckets(Vec<(f64, f64)>);

/// What can be said about the time of answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Latency {
    /// Both percentiles are known.
    Percentiles {
        /// The canary's, in seconds.
        canary: f64,
        /// The baseline's.
        baseline: f64,
        /// Whether the canary is slower by more than the limit.
        slower: bool,
    },
    /// They are not: requests over a boundary are compared as counts.
    SlowFraction {
        /// The boundary, in seconds: the baseline's percentile and the limit, rounded up.
        over: f64,
        /// The canary's slow requests.
        canary: Counts,
        /// The baseline's.
        baseline: Counts,
    },
    /// Nothing yet: one of them has answered no request.
    NoTraffic(String),
    /// Nothing by this histogram, and why.
    Unknown(String),
}

impl Buckets {
    /// From bounds and cumulative counts, in any order.
    #[must_use]
    pub fn new(bounds: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut sorted: Vec<(f64, f64)> =
            bounds.into_iter().filter(|(bound, count)| !bound.is_nan() && count.is_finite()).collect();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        // Counts of several series are scraped at several moments: what falls on the way up is noise.
        let mut highest = 0.0_f64;
        for (_, count) in &mut sorted {
            highest = highest.max(*count);
            *count = highest;
        }
        Self(sorted)
    }

    fn total(&self) -> f64 {
        self.0.last().filter(|(bound, _)| bound.is_infinite()).map_or(0.0, |(_, count)| *count)
    }

    /// The bucket that holds the quantile: lower and upper bound, and the requests up to each.
    fn bucket(&self) -> Option<((f64, f64), (f64, f64))> {
        let rank = QUANTILE * self.total();
        let index = self.0.iter().position(|(_, count)| *count >= rank)?;
        let below = index.checked_sub(1).and_then(|index| self.0.get(index)).copied().unwrap_or((0.0, 0.0));
        Some((below, *self.0.get(index)?))
    }

    /// The quantile, interpolated in its bucket as `histogram_quantile` does; `None` beyond the highest bound.
    fn quantile(&self) -> Option<f64> {
        let ((low, below), (high, up_to)) = self.bucket().filter(|(_, (high, _))| high.is_finite())?;
        let share = if up_to > below { (QUANTILE * self.total() - below) / (up_to - below) } else { 1.0 };
        Some(low + (high - low) * share)
    }

    /// Whether the quantile is more than a guess, for a limit of so many seconds.
    fn is_sharp(&self, over: f64) -> bool {
        let narrow = self.bucket().is_some_and(|((low, _), (high, _))| high - low < over / 2.0);
        narrow && self.total() * (1.0 - QUANTILE) >= TAIL
    }

    fn over(&self, boundary: f64) -> Option<Counts> {
        let (_, fast) = self.0.iter().find(|(bound, _)| bound.total_cmp(&boundary).is_eq())?;
        Counts::measured(self.total() - fast, self.total())
    }
}

/// The definitions that count slow requests, one for each histogram: they may differ in what they call slow.
#[must_use]
pub fn one_for_each_histogram<'a>(slos: impl Iterator<Item = &'a Slo>) -> Vec<&'a Slo> {
    let mut seen = BTreeSet::new();
    let of_new = |slo: &&Slo| match &slo.indicator {
        Indicator::Latency { histogram, .. } => seen.insert(format!("{:?} {histogram}", slo.binding)),
        _ => false,
    };
    slos.filter(of_new).collect()
}

/// Compares the answers of both versions over the same time: is the canary slower by more than `over`?
#[must_use]
pub fn compare(canary: &Buckets, baseline: &Buckets, over: Span) -> Latency {
    let over = over.secs();
    if canary.total() <= 0.0 || baseline.total() <= 0.0 {
        let who = if canary.total() <= 0.0 { "the canary" } else { "the baseline" };
        return Latency::NoTraffic(format!("{who} has answered no request in these histograms"));
    }
    let Some(before) = baseline.quantile() else {
        return Latency::Unknown("the baseline's 95th percentile is over the highest boundary".to_owned());
    };
    if let (true, true, Some(now)) = (canary.is_sharp(over), baseline.is_sharp(over), canary.quantile()) {
        return Latency::Percentiles { canary: now, baseline: before, slower: now - before > over };
    }
    let limit = before + over;
    let over = canary.0.iter().map(|(bound, _)| *bound).find(|bound| *bound >= limit && bound.is_finite());
    let Some(over) = over else {
        return Latency::Unknown(format!("no boundary at or over {limit:.3} s: add buckets there"));
    };
    match (canary.over(over), baseline.over(over)) {
        (Some(canary), Some(baseline)) => Latency::SlowFraction { over, canary, baseline },
        _ => Latency::Unknown(format!("the versions do not share the boundary {over} s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets<const N: usize>(counts: [(f64, f64); N]) -> Buckets {
        Buckets::new(counts)
    }

    #[test]
    fn narrow_buckets_and_enough_requests_compare_percentiles() {
        let fine = |shift: f64| {
            buckets([(0.1 + shift, 500.0), (0.15 + shift, 940.0), (0.2 + shift, 960.0), (f64::INFINITY, 1_000.0)])
        };
        let told = compare(&fine(0.25), &fine(0.0), SLOWER);
        let Latency::Percentiles { canary, baseline, slower } = told else { panic!("{told:?}") };
        assert!((baseline - 0.175).abs() < 1e-9 && (canary - 0.425).abs() < 1e-9 && slower, "{told:?}");
        assert!(matches!(compare(&fine(0.15), &fine(0.0), SLOWER), Latency::Percentiles { slower: false, .. }));
    }

    #[test]
    fn a_wide_bucket_or_a_thin_tail_falls_back_to_the_slow_fraction() {
        let wide = |slow: f64| {
            buckets([(0.25, 900.0 - slow), (0.5, 970.0 - slow), (1.0, 1_000.0 - slow), (f64::INFINITY, 1_000.0)])
        };
        let told = compare(&wide(30.0), &wide(0.0), SLOWER);
        let Latency::SlowFraction { over, canary, baseline } = told else { panic!("{told:?}") };
        assert!((over - 1.0).abs() < 1e-9, "{over}");
        assert_eq!((canary.bad(), baseline.bad(), canary.total()), (30, 0, 1_000));
        let few = buckets([(0.1, 50.0), (0.15, 95.0), (0.4, 99.0), (f64::INFINITY, 100.0)]);
        assert!(matches!(compare(&few, &few, SLOWER), Latency::SlowFraction { .. }));
    }

    #[test]
    fn what_histograms_do_not_hold_is_unknown_with_its_reason() {
        let none = buckets([(0.1, 0.0), (f64::INFINITY, 0.0)]);
        let some = buckets([(0.1, 900.0), (0.15, 1_000.0), (f64::INFINITY, 1_000.0)]);
        let slow = buckets([(0.1, 10.0), (f64::INFINITY, 1_000.0)]);
        for (canary, baseline, words) in [
            (&none, &some, "the canary has answered no request"),
            (&some, &none, "the baseline has answered no request"),
            (&some, &slow, "over the highest boundary"),
            (&buckets([(0.1, 1.0), (0.15, 2.0), (f64::INFINITY, 2.0)]), &some, "no boundary at or over"),
        ] {
            let told = compare(canary, baseline, SLOWER);
            let (Latency::NoTraffic(why) | Latency::Unknown(why)) = &told else { panic!("{told:?}") };
            assert!(why.contains(words), "{why}");
        }
    }
}
