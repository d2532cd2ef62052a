//! Functions of instant vectors and scalars.

use std::{collections::BTreeMap, sync::Arc};

use chrono::{DateTime, Datelike, Timelike};

use super::{NAME, QueryError, Sample};
use crate::domain::labels::Labels;

/// Applies `change` to each value and drops the metric's name.
pub(super) fn each(samples: Vec<Sample>, change: impl Fn(f64) -> f64) -> Vec<Sample> {
    samples
        .into_iter()
        .map(|sample| Sample { labels: without_name(&sample.labels), value: change(sample.value) })
        .collect()
}

fn without_name(labels: &Arc<Labels>) -> Arc<Labels> {
    let mut labels = Labels::clone(labels);
    labels.remove(NAME);
    Arc::new(labels)
}

/// A function of one number, by name.
pub(super) fn of_number(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sqrt" => f64::sqrt,
        "sgn" => |value| if value == 0.0 { 0.0 } else { value.signum() },
        _ => return None,
    })
}

/// A function of an instant's calendar fields, by name. The value is in seconds since 1970, UTC.
pub(super) fn of_time(name: &str) -> Option<fn(f64) -> f64> {
    fn at(value: f64) -> Option<DateTime<chrono::Utc>> {
        #[expect(clippy::cast_possible_truncation, reason = "chrono refuses what is out of range")]
        DateTime::from_timestamp(value as i64, 0)
    }
    Some(match name {
        "hour" => |value| at(value).map_or(f64::NAN, |t| f64::from(t.hour())),
        "minute" => |value| at(value).map_or(f64::NAN, |t| f64::from(t.minute())),
        "day_of_week" => |value| at(value).map_or(f64::NAN, |t| f64::from(t.weekday().num_days_from_sunday())),
        "day_of_month" => |value| at(value).map_or(f64::NAN, |t| f64::from(t.day())),
        "month" => |value| at(value).map_or(f64::NAN, |t| f64::from(t.month())),
        "year" => |value| at(value).map_or(f64::NAN, |t| f64::from(t.year())),
        _ => return None,
    })
}

/// `round(v, nearest)`.
pub(super) fn round(value: f64, nearest: f64) -> f64 {
    let inverse = 1.0 / nearest;
    (value * inverse + 0.5).floor() / inverse
}

/// `label_replace(v, target, replacement, source, pattern)`.
pub(super) fn label_replace(
    samples: Vec<Sample>,
    target: &str,
    replacement: &str,
    source: &str,
    pattern: &str,
) -> Result<Vec<Sample>, QueryError> {
    let regex = regex::Regex::new(&format!("^(?:{pattern})$"))
        .map_err(|_| QueryError::Execution(format!("invalid regular expression in label_replace(): {pattern}")))?;
    checked_name(target, "label_replace")?;
    let mut result = Vec::with_capacity(samples.len());
    for sample in samples {
        let value = sample.labels.get(source).map_or("", String::as_str);
        let labels = match regex.captures(value) {
            None => sample.labels,
            Some(captures) => {
                let mut text = String::new();
                captures.expand(replacement, &mut text);
                set(&sample.labels, target, text)
            }
        };
        result.push(Sample { labels, value: sample.value });
    }
    unique(result)
}

/// `label_join(v, target, separator, sources…)`.
pub(super) fn label_join(
    samples: Vec<Sample>,
    target: &str,
    separator: &str,
    sources: &[String],
) -> Result<Vec<Sample>, QueryError> {
    checked_name(target, "label_join")?;
    let joined = samples
        .into_iter()
        .map(|sample| {
            let parts: Vec<&str> =
                sources.iter().map(|name| sample.labels.get(name).map_or("", String::as_str)).collect();
            Sample { labels: set(&sample.labels, target, parts.join(separator)), value: sample.value }
        })
        .collect();
    unique(joined)
}

fn checked_name(name: &str, function: &str) -> Result<(), QueryError> {
    let mut letters = name.chars();
    let good = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if good {
        Ok(())
    } else {
        Err(QueryError::Execution(format!("invalid destination label name in {function}(): {name}")))
    }
}

fn set(labels: &Labels, name: &str, value: String) -> Arc<Labels> {
    let mut labels = labels.clone();
    if value.is_empty() {
        labels.remove(name);
    } else {
        labels.insert(name.to_owned(), value);
    }
    Arc::new(labels)
}

/// Two elements of one label set are an error, as in Prometheus.
pub(super) fn unique(samples: Vec<Sample>) -> Result<Vec<Sample>, QueryError> {
    let mut seen = std::collections::BTreeSet::new();
    if samples.iter().all(|sample| seen.insert(Arc::clone(&sample.labels))) {
        Ok(samples)
    } else {
        Err(QueryError::Execution("vector cannot contain metrics with the same labelset".to_owned()))
    }
}

/// `histogram_quantile(q, buckets)` on classic buckets.
pub(super) fn histogram_quantile(q: f64, samples: &[Sample]) -> Vec<Sample> {
    let mut groups: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    for sample in samples {
        let Some(le) = sample.labels.get("le").and_then(|le| bound(le)) else { continue };
        let mut labels = Labels::clone(&sample.labels);
        labels.remove("le");
        labels.remove(NAME);
        groups.entry(labels).or_default().push((le, sample.value));
    }
    groups
        .into_iter()
        .map(|(labels, buckets)| Sample { labels: Arc::new(labels), value: bucket_quantile(q, buckets) })
        .collect()
}

fn bound(le: &str) -> Option<f64> {
    if le == "+Inf" { Some(f64::INFINITY) } else { le.parse().ok() }
}

/// Linear within the bucket; the highest finite bound stands for everything beyond it (`bucketQuantile` in Prometheus'
/// `promql/quantile.go`).
fn bucket_quantile(q: f64, mut buckets: Vec<(f64, f64)>) -> f64 {
    if q.is_nan() {
        return f64::NAN;
    }
    if q < 0.0 {
        return f64::NEG_INFINITY;
    }
    if q > 1.0 {
        return f64::INFINITY;
    }
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut highest = f64::NEG_INFINITY;
    for (_, count) in &mut buckets {
        highest = highest.max(*count);
        *count = highest;
    }
    let Some((last_bound, total)) = buckets.last().copied() else { return f64::NAN };
    if last_bound != f64::INFINITY || buckets.len() < 2 || total == 0.0 || total.is_nan() {
        return f64::NAN;
    }
    let rank = q * total;
    let position = buckets.iter().position(|(_, count)| *count >= rank).unwrap_or(buckets.len() - 1);
    let before = position.checked_sub(1).and_then(|index| buckets.get(index)).copied();
    let Some((upper, count)) = buckets.get(position).copied() else { return f64::NAN };
    if position == buckets.len() - 1 {
        return before.map_or(f64::NAN, |(bound, _)| bound);
    }
    if before.is_none() && upper <= 0.0 {
        return upper;
    }
    let (lower, below) = before.unwrap_or((0.0, 0.0));
    lower + (upper - lower) * ((rank - below) / (count - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_lies_within_its_bucket() {
        let buckets = vec![(0.1, 50.0), (0.5, 90.0), (1.0, 100.0), (f64::INFINITY, 100.0)];
        assert!((bucket_quantile(0.5, buckets.clone()) - 0.1).abs() < 1e-12);
        assert!((bucket_quantile(0.95, buckets.clone()) - 0.75).abs() < 1e-12);
        assert!(bucket_quantile(0.95, vec![(0.1, 5.0)]).is_nan());
        assert!((bucket_quantile(0.99, vec![(0.1, 1.0), (f64::INFINITY, 10.0)]) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn rounding_goes_up_at_the_half() {
        assert!((round(2.5, 1.0) - 3.0).abs() < 1e-12);
        assert!((round(-2.5, 1.0) + 2.0).abs() < 1e-12);
        assert!((round(0.234, 0.1) - 0.2).abs() < 1e-12);
    }
}
