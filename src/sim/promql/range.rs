//! Functions of a window of samples.

use std::cmp::Ordering;

use super::series::{Ends, Known, Samples};

/// A window of one series: closed at both ends, in milliseconds.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    /// The samples.
    pub(super) samples: &'a Samples,
    /// The oldest instant.
    pub(super) from: i64,
    /// The newest instant.
    pub(super) to: i64,
}

/// Whether a function of this name takes a range vector and can be evaluated.
pub(super) fn known(name: &str) -> bool {
    matches!(
        name,
        "increase"
            | "rate"
            | "irate"
            | "delta"
            | "idelta"
            | "deriv"
            | "changes"
            | "resets"
            | "min_over_time"
            | "max_over_time"
            | "avg_over_time"
            | "sum_over_time"
            | "count_over_time"
            | "last_over_time"
            | "present_over_time"
            | "quantile_over_time"
            | "stddev_over_time"
    )
}

/// Whether the function keeps the metric's name.
pub(super) fn keeps_name(name: &str) -> bool {
    name == "last_over_time"
}

/// Applies the function; `None` where the window holds too few samples for it. `parameter` is the quantile.
pub(super) fn apply(name: &str, window: Window<'_>, parameter: f64) -> Option<f64> {
    // A counter that never falls: first and last sample are enough, however long the window is.
    if let Known::Ends(ends) = window.samples.ends(window.from, window.to) {
        match name {
            "increase" => return extrapolated(window, ends, ends.last.1 - ends.first.1, Kind::Increase),
            "rate" => return extrapolated(window, ends, ends.last.1 - ends.first.1, Kind::Rate),
            "delta" => return extrapolated(window, ends, ends.last.1 - ends.first.1, Kind::Delta),
            "min_over_time" => return Some(ends.first.1),
            "max_over_time" | "last_over_time" => return Some(ends.last.1),
            "count_over_time" => return Some(ends.count as f64),
            "present_over_time" => return Some(1.0),
            "resets" => return Some(0.0),
            _ => {}
        }
    }
    let points = window.samples.collect(window.from, window.to);
    let (first, last) = (*points.first()?, *points.last()?);
    let ends = Ends { first, last, count: i64::try_from(points.len()).unwrap_or(i64::MAX) };
    let values = || points.iter().map(|(_, value)| *value);
    let count = points.len() as f64;
    match name {
        "increase" => extrapolated(window, ends, counted(&points), Kind::Increase),
        "rate" => extrapolated(window, ends, counted(&points), Kind::Rate),
        "delta" => extrapolated(window, ends, last.1 - first.1, Kind::Delta),
        "irate" => instant(&points, true),
        "idelta" => instant(&points, false),
        "deriv" => slope(&points),
        "changes" => Some(
            points
                .windows(2)
                .filter(|pair| matches!(pair, [a, b] if a.1.partial_cmp(&b.1) != Some(Ordering::Equal) && !(a.1.is_nan() && b.1.is_nan())))
                .count() as f64,
        ),
        "resets" => Some(points.windows(2).filter(|pair| matches!(pair, [a, b] if b.1 < a.1)).count() as f64),
        "min_over_time" => values().reduce(|a, b| if b < a || a.is_nan() { b } else { a }),
        "max_over_time" => values().reduce(|a, b| if b > a || a.is_nan() { b } else { a }),
        "sum_over_time" => Some(values().sum()),
        "avg_over_time" => Some(values().sum::<f64>() / count),
        "count_over_time" => Some(count),
        "last_over_time" => Some(last.1),
        "present_over_time" => Some(1.0),
        "quantile_over_time" => Some(quantile(parameter, values().collect())),
        "stddev_over_time" => {
            let mean = values().sum::<f64>() / count;
            Some((values().map(|value| (value - mean).powi(2)).sum::<f64>() / count).sqrt())
        }
        _ => None,
    }
}

/// What a counter counted: falls are restarts from zero.
fn counted(points: &[(i64, f64)]) -> f64 {
    let mut total = 0.0;
    let mut before = None;
    for (_, value) in points {
        if let Some(before) = before {
            total += if *value < before { *value } else { value - before };
        }
        before = Some(*value);
    }
    total
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Increase,
    Rate,
    Delta,
}

/// Prometheus' extrapolation to the window's ends: up to 1.1 average intervals, else half an interval, and for counters not
/// beyond the point where they would have been zero (`extrapolatedRate` in its `promql/functions.go`).
fn extrapolated(window: Window<'_>, ends: Ends, result: f64, kind: Kind) -> Option<f64> {
    if ends.count < 2 {
        return None;
    }
    let seconds = |millis: i64| millis as f64 / 1_000.0;
    let mut to_start = seconds(ends.first.0 - window.from);
    let to_end = seconds(window.to - ends.last.0);
    let sampled = seconds(ends.last.0 - ends.first.0);
    let average = sampled / (ends.count - 1) as f64;
    if kind != Kind::Delta && result > 0.0 && ends.first.1 >= 0.0 {
        let to_zero = sampled * (ends.first.1 / result);
        if to_zero < to_start {
            to_start = to_zero;
        }
    }
    let threshold = average * 1.1;
    let mut covered = sampled;
    covered += if to_start < threshold { to_start } else { average / 2.0 };
    covered += if to_end < threshold { to_end } else { average / 2.0 };
    let mut factor = covered / sampled;
    if kind == Kind::Rate {
        factor /= seconds(window.to - window.from);
    }
    Some(result * factor)
}

/// `irate` and `idelta`: the last two samples.
fn instant(points: &[(i64, f64)], rate: bool) -> Option<f64> {
    let [.., before, last] = points else { return None };
    let difference = if rate && last.1 < before.1 { last.1 } else { last.1 - before.1 };
    let seconds = (last.0 - before.0) as f64 / 1_000.0;
    if seconds == 0.0 {
        return None;
    }
    Some(if rate { difference / seconds } else { difference })
}

/// `deriv`: the slope of the least-squares line, per second.
fn slope(points: &[(i64, f64)]) -> Option<f64> {
    let (origin, _) = *points.first()?;
    if points.len() < 2 {
        return None;
    }
    let count = points.len() as f64;
    let (mut sum_at, mut sum_value, mut product, mut square) = (0.0, 0.0, 0.0, 0.0);
    for (at, value) in points {
        let x = (at - origin) as f64 / 1_000.0;
        sum_at += x;
        sum_value += value;
        product += x * value;
        square += x * x;
    }
    Some((product - sum_at * sum_value / count) / (square - sum_at * sum_at / count))
}

/// A quantile by linear interpolation between the two nearest values.
pub(super) fn quantile(q: f64, mut values: Vec<f64>) -> f64 {
    if values.is_empty() || q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    values.sort_by(f64::total_cmp);
    let rank = q * (values.len() - 1) as f64;
    let at = |index: f64| -> f64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rank is between 0 and the number of values"
        )]
        let index = index as usize;
        values.get(index).copied().unwrap_or(f64::NAN)
    };
    let lower = rank.floor();
    let weight = rank - lower;
    at(lower) * (1.0 - weight) + at((lower + 1.0).min((values.len() - 1) as f64)) * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(points: &[(i64, f64)], from: i64, to: i64, name: &str) -> Option<f64> {
        let samples = Samples::List(points.iter().map(|(at, value)| (at * 1_000, *value)).collect());
        apply(name, Window { samples: &samples, from: from * 1_000, to: to * 1_000 }, 0.0)
    }

    #[test]
    fn a_restarted_counter_is_counted_through() {
        // 10 -> 40, restart, 5 -> 20: 30 + 5 + 15, over the whole window.
        let points = [(0, 10.0), (15, 40.0), (30, 5.0), (45, 20.0)];
        assert_eq!(window(&points, 0, 45, "increase"), Some(50.0));
        assert_eq!(window(&points, 0, 45, "resets"), Some(1.0));
        assert_eq!(window(&points, 0, 45, "irate"), Some(1.0));
    }

    #[test]
    fn a_counter_is_not_extrapolated_below_zero_nor_far_beyond_its_samples() {
        // Ten minutes of 1/s in a window of an hour: half an interval is added at the start.
        let points: Vec<_> = (0..=40).map(|i| (3_000 + i * 15, 100.0 + i as f64 * 15.0)).collect();
        let increase = window(&points, 0, 3_600, "increase").expect("samples");
        assert!((increase - 607.5).abs() < 1e-9, "{increase}");
        // The same from zero: nothing is added at the start.
        let points: Vec<_> = (0..=40).map(|i| (3_000 + i * 15, i as f64 * 15.0)).collect();
        let increase = window(&points, 0, 3_600, "increase").expect("samples");
        assert!((increase - 600.0).abs() < 1e-9, "{increase}");
    }

    #[test]
    fn one_sample_has_no_increase() {
        assert_eq!(window(&[(10, 5.0)], 0, 60, "increase"), None);
        assert_eq!(window(&[(10, 5.0)], 0, 60, "last_over_time"), Some(5.0));
        assert_eq!(window(&[], 0, 60, "count_over_time"), None);
    }

    #[test]
    fn quantiles_interpolate() {
        assert!((quantile(0.5, vec![1.0, 2.0, 3.0, 4.0]) - 2.5).abs() < 1e-12);
        assert!((quantile(1.0, vec![1.0, 2.0]) - 2.0).abs() < 1e-12);
        assert!(quantile(2.0, vec![1.0]).is_infinite());
    }
}
