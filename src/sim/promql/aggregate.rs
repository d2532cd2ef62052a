//! `sum by (…)` and its relatives.

use std::{collections::BTreeMap, sync::Arc};

use promql_parser::parser::{AggregateExpr, LabelModifier, token};

use super::{NAME, QueryError, Sample, range::quantile};
use crate::domain::labels::Labels;

/// Groups and folds a vector. `number` is the parameter of `topk`, `bottomk` and `quantile`, `text` that of `count_values`.
pub(super) fn aggregate(
    expr: &AggregateExpr,
    samples: Vec<Sample>,
    number: Option<f64>,
    text: Option<&str>,
) -> Result<Vec<Sample>, QueryError> {
    let mut groups: BTreeMap<Labels, Vec<Sample>> = BTreeMap::new();
    for sample in samples {
        groups.entry(group_labels(expr.modifier.as_ref(), &sample.labels)).or_default().push(sample);
    }
    let mut result = Vec::new();
    for (labels, members) in groups {
        let values = || members.iter().map(|sample| sample.value);
        let count = members.len() as f64;
        let folded = match expr.op.id() {
            token::T_SUM => values().sum(),
            token::T_AVG => values().sum::<f64>() / count,
            token::T_COUNT => count,
            token::T_MIN => values().fold(f64::NAN, |a, b| if b < a || a.is_nan() { b } else { a }),
            token::T_MAX => values().fold(f64::NAN, |a, b| if b > a || a.is_nan() { b } else { a }),
            token::T_GROUP => 1.0,
            token::T_STDVAR | token::T_STDDEV => {
                let mean = values().sum::<f64>() / count;
                let variance = values().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
                if expr.op.id() == token::T_STDDEV { variance.sqrt() } else { variance }
            }
            token::T_QUANTILE => quantile(number.unwrap_or(f64::NAN), values().collect()),
            token::T_TOPK | token::T_BOTTOMK => {
                result.extend(extremes(members, number.unwrap_or(0.0), expr.op.id() == token::T_TOPK));
                continue;
            }
            token::T_COUNT_VALUES => {
                result.extend(count_values(&labels, &members, text.unwrap_or_default()));
                continue;
            }
            _ => {
                return Err(QueryError::Execution(format!(
                    "the simulator does not evaluate the aggregation `{}`",
                    expr.op
                )));
            }
        };
        result.push(Sample { labels: Arc::new(labels), value: folded });
    }
    Ok(result)
}

fn group_labels(modifier: Option<&LabelModifier>, labels: &Labels) -> Labels {
    match modifier {
        None => Labels::new(),
        Some(LabelModifier::Include(by)) => {
            by.labels.iter().filter_map(|name| Some((name.clone(), labels.get(name)?.clone()))).collect()
        }
        Some(LabelModifier::Exclude(without)) => labels
            .iter()
            .filter(|(name, _)| name.as_str() != NAME && !without.labels.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
    }
}

/// `topk` and `bottomk`: the elements themselves, NaN last.
fn extremes(mut members: Vec<Sample>, k: f64, top: bool) -> Vec<Sample> {
    members.sort_by(|a, b| match (a.value.is_nan(), b.value.is_nan()) {
        (true, false) => std::cmp::Ordering::Greater,
        (false, true) => std::cmp::Ordering::Less,
        _ if top => b.value.total_cmp(&a.value),
        _ => a.value.total_cmp(&b.value),
    });
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative and NaN become 0, too many is all of them"
    )]
    members.truncate(k.max(0.0) as usize);
    members
}

fn count_values(labels: &Labels, members: &[Sample], name: &str) -> Vec<Sample> {
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for sample in members {
        *counts.entry(sample.value.to_string()).or_default() += 1.0;
    }
    let with = |value: String| labels.clone().into_iter().chain([(name.to_owned(), value)]).collect();
    counts.into_iter().map(|(value, count)| Sample { labels: Arc::new(with(value)), value: count }).collect()
}
