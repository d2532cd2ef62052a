//! Business metrics (orders, payments) against the same slot of past weeks.
//!
//! What is expected is the median of the slot in past weeks, scaled by today's level before the deploy: a holiday is no regression. A
//! deviation counts where it is over 10 % *and* over three standard deviations of a Poisson count, widened by how much the weeks differ more
//! than chance would have them (their index of dispersion).

use serde::{Deserialize, Serialize};

/// A deviation of this share matters.
const SHARE: f64 = 0.1;

/// And of so many standard deviations.
const SIGMAS: f64 = 3.0;

/// Events of one past week.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Week {
    /// In the slot that is today before the deploy.
    pub before: f64,
    /// In the slot that is judged.
    pub slot: f64,
}

/// How a business metric stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    /// Events that were expected.
    pub expected: f64,
    /// Seen over expected, minus 1: -0.2 is a fifth less.
    pub share: f64,
    /// The same in standard deviations.
    pub sigmas: f64,
    /// How much more than chance the weeks differ: at least 1.
    pub dispersion: f64,
    /// Whether both are too much.
    pub alarm: bool,
    /// Whether so few events are expected that 10 % could be chance.
    pub too_few: bool,
}

/// How `seen` events deviate from what `weeks` let expect, where today had `before` events in the slot before the deploy. `None` where the
/// weeks say nothing: without any, or without events in them or today.
#[must_use]
pub fn deviation(seen: f64, before: f64, weeks: &[Week]) -> Option<Deviation> {
    let known: Vec<Week> = weeks
        .iter()
        .copied()
        .filter(|week| week.before.is_finite() && week.slot.is_finite() && week.before >= 0.0 && week.slot >= 0.0)
        .collect();
    let usual = median(known.iter().map(|week| week.slot))?;
    let usual_before = median(known.iter().map(|week| week.before))?;
    let valid = seen.is_finite() && before.is_finite() && before > 0.0 && usual_before > 0.0;
    let expected = if valid { usual * before / usual_before } else { 0.0 };
    if expected <= 0.0 {
        return None;
    }
    let weeks = known.len() as f64;
    let widened = 1.0 + 1.0 / weeks;
    let dispersion = dispersion(&known);
    let share = seen / expected - 1.0;
    let sigmas = (seen - expected) / (expected * widened * dispersion).sqrt();
    Some(Deviation {
        expected,
        share,
        sigmas,
        dispersion,
        alarm: share.abs() > SHARE && sigmas.abs() > SIGMAS,
        // 10 % are three standard deviations from 900 (1 + 1/k) events on.
        too_few: expected < (SIGMAS / SHARE).powi(2) * widened * dispersion,
    })
}

impl Deviation {
    /// In words.
    #[must_use]
    pub fn words(&self) -> String {
        let told = format!("{:+.1} % of {:.0} expected, {:+.1} sigma", self.share * 100.0, self.expected, self.sigmas);
        if self.too_few && !self.alarm { format!("{told}: too few events to see 10 %") } else { told }
    }
}

/// Variance over mean of the slots, at least 1: below it the weeks differ less than chance, which is luck.
fn dispersion(weeks: &[Week]) -> f64 {
    let count = weeks.len() as f64;
    let mean = weeks.iter().map(|week| week.slot).sum::<f64>() / count;
    if weeks.len() < 2 || mean <= 0.0 {
        return 1.0;
    }
    let squares: f64 = weeks.iter().map(|week| (week.slot - mean).powi(2)).sum();
    (squares / (count - 1.0) / mean).max(1.0)
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(sorted.len() / 2 - 1)?, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weeks(slots: [f64; 4]) -> Vec<Week> {
        slots.into_iter().map(|slot| Week { before: 1_000.0, slot }).collect()
    }

    #[test]
    fn a_fifth_less_of_many_orders_is_an_alarm_and_of_few_is_chance() {
        let many = deviation(1_600.0, 1_000.0, &weeks([2_000.0, 2_010.0, 1_990.0, 2_020.0])).expect("known");
        assert!(many.alarm && !many.too_few, "{many:?}");
        assert!((many.expected - 2_005.0).abs() < 1e-9 && (many.dispersion - 1.0).abs() < 1e-9, "{many:?}");
        assert!((many.sigmas + 405.0 / (2_005.0_f64 * 1.25).sqrt()).abs() < 1e-9, "{many:?}");
        let few = deviation(16.0, 1_000.0, &weeks([20.0, 20.0, 20.0, 20.0])).expect("known");
        assert!(!few.alarm && few.too_few, "{few:?}");
        assert!(few.words().ends_with("too few events to see 10 %"), "{}", few.words());
    }

    #[test]
    fn a_quiet_day_is_no_deviation_and_nine_percent_are_not_ten() {
        let usual = weeks([20_000.0; 4]);
        let half = deviation(10_000.0, 500.0, &usual).expect("known");
        assert!(half.share.abs() < 1e-9 && !half.alarm, "{half:?}");
        assert!(!deviation(18_200.0, 1_000.0, &usual).expect("known").alarm);
        assert!(deviation(17_800.0, 1_000.0, &usual).expect("known").alarm);
        assert!(deviation(22_200.0, 1_000.0, &usual).expect("known").alarm, "more than usual is a deviation too");
    }

    #[test]
    fn weeks_that_differ_much_widen_what_is_usual() {
        let wild = deviation(1_700.0, 1_000.0, &weeks([2_000.0, 1_500.0, 2_600.0, 1_900.0])).expect("known");
        assert!(wild.dispersion > 50.0 && !wild.alarm, "{wild:?}");
    }

    #[test]
    fn without_weeks_or_events_nothing_is_said() {
        assert_eq!(deviation(5.0, 5.0, &[]), None);
        assert_eq!(deviation(5.0, 0.0, &weeks([20.0; 4])), None);
        assert_eq!(deviation(f64::NAN, 5.0, &weeks([20.0; 4])), None);
        assert_eq!(deviation(5.0, 5.0, &weeks([0.0; 4])), None);
    }
}
