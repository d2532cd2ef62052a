//! The verdict on answer times: slower in three evaluations in a row.

use super::{
    compare::Comparison,
    latency::Latency,
    needed::{Needed, needed},
    rules::{Finding, Rules, Verdict},
};

/// The verdict on evaluations, oldest first; how many of the last said "slower"; and what it still takes.
#[must_use]
pub fn judge(looks: &[Latency], rules: &Rules) -> (Verdict, u32, Option<Needed>) {
    let slower = looks.iter().rev().take_while(|look| finding(look, rules) == Finding::Worse).count();
    let slower = u32::try_from(slower).unwrap_or(u32::MAX);
    let newest = looks.last();
    let verdict = newest.map_or(Verdict::Inconclusive, |look| Verdict::of(finding(look, rules), slower, rules));
    let needed = match newest {
        Some(Latency::SlowFraction { canary, baseline, .. }) if verdict == Verdict::Inconclusive && slower == 0 => {
            needed(*canary, *baseline, rules)
        }
        _ => None,
    };
    (verdict, slower, needed)
}

fn finding(look: &Latency, rules: &Rules) -> Finding {
    match look {
        Latency::Percentiles { slower: true, .. } => Finding::Worse,
        Latency::Percentiles { slower: false, .. } => Finding::NoWorse,
        Latency::SlowFraction { canary, baseline, .. } => {
            Comparison::of(*canary, *baseline).map_or(Finding::Open, |compared| compared.finding(rules))
        }
        Latency::NoTraffic(_) | Latency::Unknown(_) => Finding::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::canary::counts::Counts;

    fn percentiles(slower: bool) -> Latency {
        Latency::Percentiles { canary: if slower { 0.5 } else { 0.1 }, baseline: 0.1, slower }
    }

    fn slow(bad: u64) -> Latency {
        let counts = |bad, total| Counts::new(bad, total).expect("possible");
        Latency::SlowFraction { over: 0.5, canary: counts(bad, 1_000), baseline: counts(1, 100_000) }
    }

    #[test]
    fn three_evaluations_in_a_row_fail_whichever_way_they_were_measured() {
        let of = |looks: &[Latency]| judge(looks, &Rules::default());
        assert_eq!(of(&[percentiles(true), percentiles(true), percentiles(true)]), (Verdict::Fail, 3, None));
        assert_eq!(of(&[slow(50), percentiles(true), slow(50)]), (Verdict::Fail, 3, None));
        assert_eq!(of(&[percentiles(false), percentiles(true), percentiles(true)]), (Verdict::Inconclusive, 2, None));
        assert_eq!(of(&[percentiles(true), percentiles(true), percentiles(false)]), (Verdict::Pass, 0, None));
        assert_eq!(of(&[slow(0)]), (Verdict::Pass, 0, None));
        assert!(of(&[]).0 == Verdict::Inconclusive);
    }
}
