//! How many more requests of the canary it takes until the rules say something, if it goes on as it does.

use serde::{Deserialize, Serialize};

use super::{counts::Counts, fisher, newcombe, rules::Rules};

/// What it takes to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Needed {
    /// About so many more requests of the canary.
    About(u64),
    /// No number of requests decides: the canary is over the margin, and yet not by enough to fail.
    Never,
}

/// Beyond so many requests nobody waits.
const MOST: f64 = 1e9;

/// The requests that the canary still needs, rounded up to two digits. Shares stay as they were seen (the baseline's, where the canary has
/// had no request yet), and the baseline grows in proportion. `None` where the baseline has no requests: then nothing can be said.
#[must_use]
pub fn needed(canary: Counts, baseline: Counts, rules: &Rules) -> Option<Needed> {
    let before = baseline.share()?;
    let projection = Projection {
        share: canary.share().unwrap_or(before),
        before,
        seen: canary.total() as f64,
        ratio: if canary.total() == 0 { 1.0 } else { baseline.total() as f64 / canary.total() as f64 },
        least_baseline: baseline.total() as f64,
        rules,
    };
    Some(projection.search())
}

struct Projection<'a> {
    share: f64,
    before: f64,
    seen: f64,
    /// Requests of the baseline for each of the canary.
    ratio: f64,
    least_baseline: f64,
    rules: &'a Rules,
}

impl Projection<'_> {
    fn search(&self) -> Needed {
        let (mut few, mut enough) = (0.0_f64, 16.0_f64);
        while !self.decided(enough) {
            few = enough;
            enough *= 2.0;
            if enough > MOST {
                return Needed::Never;
            }
        }
        while enough - few > (few * 0.01).max(1.0) {
            let middle = f64::midpoint(few, enough);
            if self.decided(middle) {
                enough = middle;
            } else {
                few = middle;
            }
        }
        Needed::About(two_digits(enough))
    }

    /// Whether the rules would say something after `more` requests.
    fn decided(&self, more: f64) -> bool {
        let total = self.seen + more;
        let of_baseline = (total * self.ratio).max(self.least_baseline);
        let (bad, bad_before) = (self.share * total, self.before * of_baseline);
        let (_, high) = newcombe::projected((bad, total), (bad_before, of_baseline));
        if high < self.rules.margin {
            return true;
        }
        let difference = self.share - self.before;
        if difference < self.rules.least.max(self.before) {
            return false;
        }
        let both = Counts::measured(bad, total).zip(Counts::measured(bad_before, of_baseline));
        both.is_some_and(|(canary, baseline)| fisher::worse(canary, baseline) < self.rules.alpha)
    }
}

/// About so many requests come until `missing` more evaluations are done, where so many come between two.
#[must_use]
pub fn of_further_evaluations(each: f64, missing: u32) -> u64 {
    two_digits(each * f64::from(missing)).max(1)
}

/// Rounded up to two digits: "about 1,300".
fn two_digits(number: f64) -> u64 {
    let unit = 10_f64.powf((number.max(1.0).log10().floor() - 1.0).max(0.0));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10^12")]
    let rounded = ((number / unit).ceil() * unit) as u64;
    rounded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(canary: (u64, u64), baseline: (u64, u64)) -> Option<Needed> {
        let counts = |(bad, total)| Counts::new(bad, total).expect("possible");
        needed(counts(canary), counts(baseline), &Rules::default())
    }

    #[test]
    fn zero_errors_need_what_the_rule_of_three_says() {
        // Wilson's upper end of 0 of n is z^2 / (n + z^2): below 1 % from 381 on.
        assert_eq!(of((0, 0), (0, 1_000_000)), Some(Needed::About(390)));
        assert_eq!(of((0, 300), (0, 1_000_000)), Some(Needed::About(81)));
    }

    #[test]
    fn one_error_too_many_needs_more_to_be_sure_either_way() {
        let Some(Needed::About(more)) = of((1, 100), (10, 10_000)) else { panic!("decidable") };
        assert!((100..=1_000).contains(&more), "{more}");
    }

    #[test]
    fn between_margin_and_failure_no_number_decides() {
        assert_eq!(of((700, 10_000), (500, 10_000)), Some(Needed::Never));
    }

    #[test]
    fn without_a_baseline_nothing_can_be_said() {
        assert_eq!(of((3, 100), (0, 0)), None);
    }

    #[test]
    fn numbers_are_rounded_up_to_two_digits() {
        for (number, expected) in [(0.2, 1), (7.0, 7), (99.0, 99), (101.0, 110), (1_234.0, 1_300), (380.1, 390)] {
            assert_eq!(two_digits(number), expected, "{number}");
        }
    }
}
