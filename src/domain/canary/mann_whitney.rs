//! Mann-Whitney's test of two samples, one-sided: are the canary's values higher?
//!
//! Exact where there are at most [`EXACT`] values, also with ties: every way to deal the ranks out is counted (B. Streitberg, J. Röhmel,
//! *Statistical Software Newsletter* 12 (1986) 10). Beyond that by the normal distribution with the corrections for ties and
//! continuity, as R's `wilcox.test` and scipy's `mannwhitneyu` have it.

use serde::{Deserialize, Serialize};

/// At most so many values in both samples together are compared exactly.
pub const EXACT: usize = 50;

/// How a p-value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// By counting every way to deal the ranks out.
    Exact,
    /// By the normal distribution.
    Normal,
}

/// What the test says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// In how many pairs the canary's value is higher; a tie is half a pair.
    pub u: f64,
    /// The probability of as many or more, if the samples were of one distribution.
    pub p: f64,
    /// How it was found.
    pub method: Method,
}

/// Whether the values of `canary` are higher. Values that are not numbers are left out; `None` where a sample is empty.
#[must_use]
pub fn higher(canary: &[f64], baseline: &[f64]) -> Option<Test> {
    higher_counted(canary, baseline, EXACT)
}

/// The same, where at most `exact` values are compared exactly.
#[must_use]
pub fn higher_counted(canary: &[f64], baseline: &[f64], exact: usize) -> Option<Test> {
    let ranks = Ranks::of(canary, baseline)?;
    let (p, method) =
        if ranks.all() <= exact { (ranks.exact(), Method::Exact) } else { (ranks.normal(true), Method::Normal) };
    Some(Test { u: ranks.u(), p, method })
}

/// Both samples by rank. Ties share the mean of their ranks, so ranks are kept doubled, as whole numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranks {
    /// The doubled rank of every value, lowest first.
    doubled: Vec<u64>,
    /// The sum of the canary's.
    canary_sum: u64,
    /// How many are the canary's.
    canary: usize,
    /// Sum of t³ - t over groups of t equal values.
    ties: f64,
}

impl Ranks {
    /// Ranks the values that are numbers; `None` where a sample has none.
    #[must_use]
    pub fn of(canary: &[f64], baseline: &[f64]) -> Option<Self> {
        let marked = |values: &[f64], is_canary: bool| {
            values.iter().filter(|value| !value.is_nan()).map(|value| (*value, is_canary)).collect::<Vec<_>>()
        };
        let mut values = marked(canary, true);
        let of_canary = values.len();
        values.extend(marked(baseline, false));
        if of_canary == 0 || of_canary == values.len() {
            return None;
        }
        values.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut ranks = Self { doubled: Vec::with_capacity(values.len()), canary_sum: 0, canary: of_canary, ties: 0.0 };
        #[expect(clippy::float_cmp, reason = "values that are equal to the last bit, or both zero, are a tie")]
        for equal in values.chunk_by(|one, other| one.0 == other.0) {
            let (first, size) = (ranks.doubled.len() as u64 + 1, equal.len() as u64);
            let doubled = 2 * first + size - 1;
            ranks.doubled.extend(equal.iter().map(|_| doubled));
            ranks.canary_sum += doubled * equal.iter().filter(|(_, is_canary)| *is_canary).count() as u64;
            let size = size as f64;
            ranks.ties += size.powi(3) - size;
        }
        Some(ranks)
    }

    /// How many values both samples have together.
    #[must_use]
    pub const fn all(&self) -> usize {
        self.doubled.len()
    }

    /// The canary's U: in how many pairs its value is higher, ties as halves.
    #[must_use]
    pub fn u(&self) -> f64 {
        let least = (self.canary * (self.canary + 1)) as f64;
        (self.canary_sum as f64 - least) / 2.0
    }

    /// P(U >= seen) over every way to deal these ranks out. Its time grows with the fourth power of the number of values.
    #[must_use]
    pub fn exact(&self) -> f64 {
        // ways[j][s] of j values whose doubled ranks have the sum s. Ranks beyond the sum that was seen are all "at least".
        let most: u64 = self.doubled.iter().rev().take(self.canary).sum();
        let width = usize::try_from(most).unwrap_or(usize::MAX - 1) + 1;
        let mut ways = vec![vec![0.0_f64; width]; self.canary + 1];
        if let Some(none) = ways.first_mut().and_then(|row| row.first_mut()) {
            *none = 1.0;
        }
        for rank in &self.doubled {
            let rank = usize::try_from(*rank).unwrap_or(width);
            for chosen in (1..=self.canary).rev() {
                let (fewer, row) = ways.split_at_mut(chosen);
                let (Some(fewer), Some(row)) = (fewer.last(), row.first_mut()) else { continue };
                for (with, without) in row.iter_mut().skip(rank).zip(fewer) {
                    *with += without;
                }
            }
        }
        let Some(sums) = ways.last() else { return 1.0 };
        let seen = usize::try_from(self.canary_sum).unwrap_or(width);
        let all: f64 = sums.iter().sum();
        let tail: f64 = sums.iter().skip(seen).sum();
        (tail / all).clamp(0.0, 1.0)
    }

    /// P(U >= seen) by the normal distribution, with the correction for ties and, unless asked otherwise, for continuity.
    #[must_use]
    pub fn normal(&self, continuity: bool) -> f64 {
        self.z(continuity).map_or(1.0, |z| 0.5 * libm::erfc(z / std::f64::consts::SQRT_2))
    }

    /// U as a number of standard deviations above what is expected; `None` where all values are equal.
    #[must_use]
    pub fn z(&self, continuity: bool) -> Option<f64> {
        let all = self.all() as f64;
        let pairs = self.canary as f64 * (all - self.canary as f64);
        let variance = pairs / 12.0 * ((all + 1.0) - self.ties / (all * (all - 1.0)));
        let above = self.u() - pairs / 2.0 - if continuity { 0.5 } else { 0.0 };
        (variance > 0.0).then(|| above / variance.sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_order_of_values_does_not_matter_and_higher_is_never_less_certain(
            canary in prop::collection::vec(0_u8..40, 1..20),
            baseline in prop::collection::vec(0_u8..40, 1..20),
        ) {
            let values = |of: &[u8]| of.iter().map(|value| f64::from(*value)).collect::<Vec<_>>();
            let (mut canary, baseline) = (values(&canary), values(&baseline));
            let here = higher(&canary, &baseline).expect("both have values");
            prop_assert!((0.0..=1.0).contains(&here.p));
            canary.reverse();
            prop_assert_eq!(higher(&canary, &baseline), Some(here));
            let raised: Vec<f64> = canary.iter().map(|value| value + 3.0).collect();
            prop_assert!(higher(&raised, &baseline).expect("both have values").p <= here.p + 1e-12);
        }
    }

    #[test]
    fn with_ties_every_deal_of_the_ranks_is_counted() {
        // Of the six pairs out of 1, 2, 2, 3 the sums of values are 3, 3, 4, 4, 5, 5: two of six are 5.
        let test = higher(&[2.0, 3.0], &[1.0, 2.0]).expect("both have values");
        assert!((test.p - 2.0 / 6.0).abs() < 1e-15, "{test:?}");
        assert!((test.u - 3.5).abs() < 1e-15, "{test:?}");
    }

    #[test]
    fn equal_values_are_no_evidence_and_what_is_no_number_is_left_out() {
        let flat = [0.5; 40];
        assert!((higher(&flat, &flat).expect("both have values").p - 1.0).abs() < f64::EPSILON);
        assert_eq!(higher(&[f64::NAN], &flat), None);
        assert_eq!(higher(&[f64::NAN, 1.0], &[0.0, -0.0]), higher(&[1.0], &[0.0, 0.0]));
    }
}
