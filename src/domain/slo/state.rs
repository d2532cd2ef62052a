//! From what a server said to a ratio, or to the reason why there is none. Nothing here turns a missing value into a zero.

use super::{
    reading::{Amount, DataState},
    words::odd,
};

/// A usable measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// Bad events over all events, 0 to 1.
    pub ratio: f64,
    /// Bad and all events, where counts are known; never more bad than all.
    pub counts: Option<(f64, f64)>,
}

/// `increase()` extrapolates the bad and the total series each by itself, so bad can exceed total by a little: by this share of
/// the total and one event. That counts as everything bad. More is a conflict.
const EXTRAPOLATION: f64 = 0.05;

/// Bad events worked out as total minus good can fall below zero by at most one event, which counts as none. More is a conflict: it
/// would hide errors of that size.
const BELOW_ZERO: f64 = 1.0;

/// A ratio that is worked out by another program carries noise of this size.
const NOISE: f64 = 1e-6;

/// Reads an amount.
///
/// # Errors
/// The state that takes the place of a number: no traffic where there are no events or the server says NaN, a conflict where the
/// numbers cannot be true.
pub fn measure(amount: Amount) -> Result<Measured, DataState> {
    match amount {
        Amount::Counts { bad, total } => counts(bad, total),
        Amount::Ratio(ratio) => self::ratio(ratio),
        Amount::NotANumber => Err(DataState::NoTraffic),
        Amount::Infinite => Err(conflict("an infinite ratio: bad events where all events are 0".to_owned())),
    }
}

fn counts(bad: f64, total: f64) -> Result<Measured, DataState> {
    let wrong = || Err(conflict(format!("{} bad of {} events", odd(bad), odd(total))));
    if total.is_nan() && bad.is_nan() {
        return Err(DataState::NoTraffic);
    }
    if !bad.is_finite() || !total.is_finite() || total < 0.0 || bad < -BELOW_ZERO {
        return wrong();
    }
    if total == 0.0 {
        return if bad <= 0.0 { Err(DataState::NoTraffic) } else { wrong() };
    }
    if bad > total * (1.0 + EXTRAPOLATION) + 1.0 {
        return wrong();
    }
    let bad = bad.clamp(0.0, total);
    Ok(Measured { ratio: bad / total, counts: Some((bad, total)) })
}

fn ratio(ratio: f64) -> Result<Measured, DataState> {
    if ratio.is_nan() {
        Err(DataState::NoTraffic)
    } else if !(-NOISE..=1.0 + EXTRAPOLATION).contains(&ratio) {
        Err(conflict(format!("an error ratio of {}", odd(ratio))))
    } else {
        Ok(Measured { ratio: ratio.clamp(0.0, 1.0), counts: None })
    }
}

fn conflict(why: String) -> DataState {
    DataState::Conflict { why }
}

/// The worst of two states: how little is known decides, from a failed question over no series, contradiction, age, missing parts
/// and no traffic to a window that is not covered yet.
#[must_use]
pub fn worse<'a>(one: &'a DataState, other: &'a DataState) -> &'a DataState {
    match (one, other) {
        (DataState::Warming { coverage: a }, DataState::Warming { coverage: b }) => {
            if b < a {
                other
            } else {
                one
            }
        }
        _ if rank(other) > rank(one) => other,
        _ => one,
    }
}

const fn rank(state: &DataState) -> u8 {
    match state {
        DataState::Ok => 0,
        DataState::Warming { .. } => 1,
        DataState::NoTraffic => 2,
        DataState::Partial { .. } => 3,
        DataState::Stale { .. } => 4,
        DataState::Conflict { .. } => 5,
        DataState::NoData => 6,
        DataState::Error { .. } => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(amount: Amount) -> &'static str {
        measure(amount).map_or_else(|state| state.word(), |_| "OK")
    }

    #[test]
    fn what_is_missing_or_impossible_is_never_a_number() {
        let count = |bad, total| Amount::Counts { bad, total };
        for (amount, expected) in [
            (count(0.0, 0.0), "NO TRAFFIC"),
            (count(f64::NAN, f64::NAN), "NO TRAFFIC"),
            (Amount::NotANumber, "NO TRAFFIC"),
            (Amount::Ratio(f64::NAN), "NO TRAFFIC"),
            (count(1.0, 0.0), "CONFLICT"),
            (count(20.0, 10.0), "CONFLICT"),
            (count(-5.0, 10.0), "CONFLICT"),
            (count(0.0, -1.0), "CONFLICT"),
            (count(f64::NAN, 10.0), "CONFLICT"),
            (count(f64::INFINITY, f64::INFINITY), "CONFLICT"),
            (Amount::Infinite, "CONFLICT"),
            (Amount::Ratio(f64::INFINITY), "CONFLICT"),
            (Amount::Ratio(f64::NEG_INFINITY), "CONFLICT"),
            (Amount::Ratio(-0.04), "CONFLICT"),
            (Amount::Ratio(40.0), "CONFLICT"),
            (count(0.0, 10.0), "OK"),
            (Amount::Ratio(0.0), "OK"),
        ] {
            assert_eq!(word(amount), expected, "{amount:?}");
        }
    }

    #[test]
    fn extrapolation_may_put_bad_over_total_by_a_little_and_counts_as_all_bad() {
        let measured = measure(Amount::Counts { bad: 104.0, total: 100.0 }).expect("within what extrapolation does");
        assert_eq!((measured.ratio, measured.counts), (1.0, Some((100.0, 100.0))));
        let measured = measure(Amount::Counts { bad: -0.4, total: 100.0 }).expect("total minus good, extrapolated");
        assert_eq!(measured.counts, Some((0.0, 100.0)));
    }

    #[test]
    fn the_state_that_knows_least_wins_whatever_the_order() {
        let warming = |coverage| DataState::Warming { coverage };
        let states = [DataState::Ok, warming(0.9), warming(0.1), DataState::NoTraffic, DataState::NoData];
        for (index, better) in states.iter().enumerate() {
            for other in states.iter().skip(index + 1) {
                assert_eq!(worse(better, other), other);
                assert_eq!(worse(other, better), other);
            }
        }
    }
}
