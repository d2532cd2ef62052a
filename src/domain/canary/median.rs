//! An exact interval of a median from the order of the values, whatever their distribution.
//!
//! Between the k-th lowest and the k-th highest of n values lies the median unless fewer than k values fall to one side, which is a matter
//! of n throws of a coin (H. A. David, H. N. Nagaraja, *Order Statistics*, 2003, §7.1).

use serde::{Deserialize, Serialize};

use super::tail;

/// A median and what it lies between.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Median {
    /// The median of the values.
    pub value: f64,
    /// The interval's ends; `None` where there are too few values for this confidence.
    pub interval: Option<(f64, f64)>,
    /// How many values.
    pub values: usize,
}

/// The median of `values` with the narrowest interval that misses it with a probability of at most `miss`. Values that are not
/// numbers are left out; `None` without any.
#[must_use]
pub fn median(values: &[f64], miss: f64) -> Option<Median> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let (middle, count) = (sorted.len() / 2, sorted.len());
    let upper = *sorted.get(middle)?;
    let value = if count % 2 == 1 { upper } else { f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, upper) };
    let interval = depth(count, miss).and_then(|depth| Some((*sorted.get(depth - 1)?, *sorted.get(count - depth)?)));
    Some(Median { value, interval, values: count })
}

/// How many values deep the interval's ends lie: the largest k with P(fewer than k heads of `count`) <= `miss` / 2.
fn depth(count: usize, miss: f64) -> Option<usize> {
    let throws = count as u64;
    let missed = |depth: usize| {
        let from = throws + 1 - depth as u64;
        tail::upper(from, (0, throws), throws / 2, |k| (throws - k) as f64 / (k + 1) as f64)
    };
    let (mut good, mut bad) = (0, count / 2 + 1);
    while bad - good > 1 {
        let depth = usize::midpoint(good, bad);
        if missed(depth) <= miss / 2.0 {
            good = depth;
        } else {
            bad = depth;
        }
    }
    (good > 0).then_some(good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn depths_are_those_of_the_tables_of_the_sign_test() {
        // Two-sided 5 %: W. J. Conover, *Practical Nonparametric Statistics*, table A3.
        for (count, expected) in [
            (5, None),
            (6, Some(1)),
            (8, Some(1)),
            (9, Some(2)),
            (10, Some(2)),
            (15, Some(4)),
            (20, Some(6)),
            (25, Some(8)),
            (50, Some(18)),
            (100, Some(40)),
        ] {
            assert_eq!(depth(count, 0.05), expected, "{count}");
        }
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_median(values in prop::collection::vec(-1e6_f64..1e6, 6..200)) {
            let median = median(&values, 0.05).expect("values");
            let (low, high) = median.interval.expect("enough values");
            prop_assert!(low <= median.value && median.value <= high);
        }
    }

    #[test]
    fn too_few_values_have_a_median_and_no_interval() {
        assert_eq!(median(&[3.0, 1.0, f64::NAN], 0.05), Some(Median { value: 2.0, interval: None, values: 2 }));
        assert_eq!(median(&[f64::NAN], 0.05), None);
    }
}
