//! The verdict on a gauge: worse in three evaluations in a row. An evaluation comes with each new value of the new version, and looks at
//! the values up to then.

use serde::{Deserialize, Serialize};

use super::{
    facts::GaugeValue,
    gauge::{GaugeComparison, GaugeRules, compare},
    gauge_metric::{MOST, Worse},
    needed::Needed,
    rules::Verdict,
    words,
};

/// What the newest evaluation says, and those before it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Gauged {
    /// The newest evaluation, in the gauge's own values.
    pub newest: GaugeComparison,
    /// The verdict: FAIL takes `in_a_row` evaluations.
    pub verdict: Verdict,
    /// How many of the last evaluations in a row said "worse".
    pub worse_in_a_row: u32,
    /// How many more values it takes; [`Needed::Never`] where as many as are looked at do not decide.
    pub needed: Option<Needed>,
    /// Which values are worse.
    pub worse: Worse,
    /// The rules.
    pub rules: GaugeRules,
}

/// Judges the values of two versions, oldest first; `None` where one has none.
#[must_use]
pub fn judge(
    canary: &[GaugeValue],
    baseline: &[GaugeValue],
    worse: Worse,
    rules: GaugeRules,
    in_a_row: u32,
) -> Option<Gauged> {
    let evaluations = canary.iter().rev().take(usize::try_from(in_a_row).unwrap_or(usize::MAX));
    let mut looks = evaluations.map_while(|evaluation| {
        let until = |values: &[GaugeValue]| {
            values.iter().filter(|one| one.at <= evaluation.at).map(|one| one.value).collect::<Vec<_>>()
        };
        compared(&until(canary), &until(baseline), worse, &rules)
    });
    let newest = looks.next()?;
    // Those before it matter only where it says "worse" itself.
    let row = std::iter::once(newest).chain(looks).take_while(|look| look.verdict == Verdict::Fail).count();
    let worse_in_a_row = u32::try_from(row).unwrap_or(u32::MAX);
    let verdict = match newest.verdict {
        Verdict::Fail if worse_in_a_row < in_a_row => Verdict::Inconclusive,
        verdict => verdict,
    };
    let seen = newest.canary.values.min(newest.baseline.values) as u64;
    let needed = newest.needed.map(|needed| match needed {
        Needed::About(more) if seen.saturating_add(more) <= MOST => needed,
        _ => Needed::Never,
    });
    Some(Gauged { newest, verdict, worse_in_a_row, needed, worse, rules })
}

/// The comparison knows only "higher is worse". Where lower is, the mirrored values are compared, and the answer is mirrored back.
fn compared(canary: &[f64], baseline: &[f64], worse: Worse, rules: &GaugeRules) -> Option<GaugeComparison> {
    match worse {
        Worse::Higher => compare(canary, baseline, rules),
        Worse::Lower => {
            let mirrored = |values: &[f64]| values.iter().map(|value| -value).collect::<Vec<_>>();
            compare(&mirrored(canary), &mirrored(baseline), rules).map(GaugeComparison::mirrored)
        }
    }
}

impl Gauged {
    /// In words: `median 668 M of 40 values against 514 M of 40: +154 M (+30.0 %), 95 % between +151 M and +158 M, p 2.1e-12`.
    #[must_use]
    pub fn words(&self) -> String {
        let GaugeComparison { canary, baseline, test, .. } = self.newest;
        format!(
            "median {} of {} values against {} of {}: {}, {}, p {}",
            words::quantity(canary.value),
            canary.values,
            words::quantity(baseline.value),
            baseline.values,
            self.difference(),
            self.between(),
            words::p(test.p),
        )
    }

    /// The difference of the medians: `+154 M (+30.0 %)`.
    #[must_use]
    pub fn difference(&self) -> String {
        let difference = words::change(self.newest.difference);
        self.share().map_or_else(|| difference.clone(), |share| format!("{difference} ({share})"))
    }

    /// The same as short as can be: `+30.0 %`, or `+3` where there is nothing that it is a share of.
    #[must_use]
    pub fn short(&self) -> String {
        self.share().unwrap_or_else(|| words::change(self.newest.difference))
    }

    fn share(&self) -> Option<String> {
        let share = self.newest.share()?;
        Some(format!("{}{}", if share < 0.0 { "-" } else { "+" }, words::share(share.abs())))
    }

    /// What the difference lies between.
    #[must_use]
    pub fn between(&self) -> String {
        match self.newest.interval {
            Some((low, high)) => format!("95 % between {} and {}", words::change(low), words::change(high)),
            None => "too few values for an interval".to_owned(),
        }
    }

    /// What is still needed, in words.
    #[must_use]
    pub fn needs(&self) -> Option<String> {
        self.needed.map(|needed| match needed {
            Needed::About(_) => words::needs(needed, "values"),
            Needed::Never => format!("{MOST} values do not decide it; a person has to"),
        })
    }

    /// The rule in a line.
    #[must_use]
    pub fn rule(&self, in_a_row: u32) -> String {
        format!(
            "fails where p < {} in {in_a_row} evaluations in a row and the median is {} by at least {} ({} of the baseline's); passes \
             where the interval ends before that; a gauge alone never calls for a rollback: a person decides",
            self.rules.alpha,
            self.worse.word(),
            words::quantity(self.newest.limit),
            words::share(self.rules.margin),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::join::example::at;

    fn values(level: f64, count: u32) -> Vec<GaugeValue> {
        (0..count)
            .map(|n| GaugeValue { at: at(i64::from(n) * 15), value: level * (1.0 + f64::from(n * 7 % 10) / 500.0) })
            .collect()
    }

    fn judged(canary: &[GaugeValue], baseline: &[GaugeValue], worse: Worse) -> Gauged {
        judge(canary, baseline, worse, GaugeRules::default(), 3).expect("values")
    }

    #[test]
    fn a_rise_by_a_third_fails_an_equal_gauge_passes_and_a_fall_is_worse_only_where_lower_is() {
        let (more, same) = (values(400e6, 40), values(300e6, 40));
        assert_eq!(judged(&more, &same, Worse::Higher).verdict, Verdict::Fail);
        assert_eq!(judged(&same, &same, Worse::Higher).verdict, Verdict::Pass);
        assert_eq!(judged(&same, &more, Worse::Higher).verdict, Verdict::Pass);
        assert_eq!(judged(&same, &same, Worse::Lower).verdict, Verdict::Pass);
        assert_eq!(judged(&more, &same, Worse::Lower).verdict, Verdict::Pass);
        let fewer = judged(&same, &more, Worse::Lower);
        assert_eq!((fewer.verdict, fewer.worse_in_a_row), (Verdict::Fail, 3));
        let told = fewer.words();
        assert!(told.starts_with("median 303 M of 40 values against 404 M of 40: -101 M (-25.0 %)"), "{told}");
        let (low, high) = fewer.newest.interval.expect("enough values");
        assert!(low < -100e6 && high > -102e6 && low < high, "{low} {high}");
    }

    #[test]
    fn what_just_began_is_no_failure_before_the_third_value() {
        let baseline = values(300e6, 40);
        let after = |count| {
            let gauged = judged(&values(600e6, count), &baseline, Worse::Higher);
            (gauged.verdict, gauged.worse_in_a_row)
        };
        // Five values against five are the first that p < 0.01 can come from.
        assert_eq!(
            [4, 5, 6, 7].map(after),
            [(Verdict::Inconclusive, 0), (Verdict::Inconclusive, 1), (Verdict::Inconclusive, 2), (Verdict::Fail, 3),]
        );
        assert_eq!(judge(&[], &baseline, Worse::Higher, GaugeRules::default(), 3), None);
        assert_eq!(judge(&baseline, &[], Worse::Higher, GaugeRules::default(), 3), None);
    }

    #[test]
    fn too_few_values_say_how_many_are_missing_and_values_that_scatter_are_for_a_person() {
        let few = judged(&values(300e6, 3), &values(300e6, 40), Worse::Higher);
        assert_eq!(few.verdict, Verdict::Inconclusive);
        assert_eq!(few.needs().expect("told"), "needs about 4 more values");
        let scattered = |shift: i64| -> Vec<GaugeValue> {
            (0..60).map(|n| GaugeValue { at: at(n * 15), value: ((n * 37 + shift) % 100) as f64 }).collect()
        };
        let wild = judged(&scattered(0), &scattered(3), Worse::Higher);
        assert_eq!(wild.verdict, Verdict::Inconclusive);
        assert_eq!(wild.needs().expect("told"), "60 values do not decide it; a person has to");
    }
}
