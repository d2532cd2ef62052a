//! Arithmetic, comparison and set operators.

use std::{collections::BTreeMap, sync::Arc};

use promql_parser::parser::{
    BinModifier, BinaryExpr, LabelModifier, VectorMatchCardinality,
    token::{self, TokenId},
};

use super::{NAME, QueryError, Sample, Value};
use crate::domain::labels::Labels;

/// Applies a binary operator to two evaluated sides.
pub(super) fn binary(expr: &BinaryExpr, left: Value, right: Value) -> Result<Value, QueryError> {
    let op = expr.op.id();
    let bool_wanted = expr.return_bool();
    match (left, right) {
        (Value::Scalar(a), Value::Scalar(b)) => Ok(Value::Scalar(operate(op, a, b)?.as_number())),
        (Value::Vector(left), Value::Scalar(b)) => {
            one_sided(left, bool_wanted, |a| operate(op, a, b), |a| a).map(Value::Vector)
        }
        (Value::Scalar(a), Value::Vector(right)) => {
            one_sided(right, bool_wanted, |b| operate(op, a, b), |b| b).map(Value::Vector)
        }
        (Value::Vector(left), Value::Vector(right)) => {
            let modifier = expr.modifier.clone().unwrap_or_default();
            match op {
                token::T_LAND => Ok(Value::Vector(intersect(left, &right, &modifier, true))),
                token::T_LUNLESS => Ok(Value::Vector(intersect(left, &right, &modifier, false))),
                token::T_LOR => Ok(Value::Vector(union(left, right, &modifier))),
                _ => matched(op, left, right, &modifier).map(Value::Vector),
            }
        }
        _ => Err(QueryError::BadData(format!(
            "invalid parameter \"query\": binary expression must contain only scalar and instant vector types around `{}`",
            expr.op
        ))),
    }
}

/// The result of an operator: a number, or whether a comparison holds.
enum Outcome {
    Number(f64),
    Holds(bool),
}

impl Outcome {
    fn as_number(&self) -> f64 {
        match self {
            Self::Number(value) => *value,
            Self::Holds(true) => 1.0,
            Self::Holds(false) => 0.0,
        }
    }
}

#[expect(clippy::float_cmp, reason = "PromQL compares floats exactly")]
fn operate(op: TokenId, a: f64, b: f64) -> Result<Outcome, QueryError> {
    Ok(match op {
        token::T_ADD => Outcome::Number(a + b),
        token::T_SUB => Outcome::Number(a - b),
        token::T_MUL => Outcome::Number(a * b),
        token::T_DIV => Outcome::Number(a / b),
        token::T_MOD => Outcome::Number(a % b),
        token::T_POW => Outcome::Number(a.powf(b)),
        token::T_ATAN2 => Outcome::Number(a.atan2(b)),
        token::T_EQLC => Outcome::Holds(a == b),
        token::T_NEQ => Outcome::Holds(a != b),
        token::T_GTR => Outcome::Holds(a > b),
        token::T_LSS => Outcome::Holds(a < b),
        token::T_GTE => Outcome::Holds(a >= b),
        token::T_LTE => Outcome::Holds(a <= b),
        _ => return Err(QueryError::Execution("the simulator does not evaluate this operator".to_owned())),
    })
}

fn without_name(labels: &Arc<Labels>) -> Arc<Labels> {
    if !labels.contains_key(NAME) {
        return Arc::clone(labels);
    }
    let mut labels = Labels::clone(labels);
    labels.remove(NAME);
    Arc::new(labels)
}

/// A vector and a scalar. A comparison keeps the vector's element as it is, unless `bool` asks for 0 and 1.
fn one_sided(
    samples: Vec<Sample>,
    bool_wanted: bool,
    operate: impl Fn(f64) -> Result<Outcome, QueryError>,
    keep: impl Fn(f64) -> f64,
) -> Result<Vec<Sample>, QueryError> {
    let mut result = Vec::with_capacity(samples.len());
    for sample in samples {
        match operate(sample.value)? {
            Outcome::Holds(holds) if !bool_wanted => {
                if holds {
                    result.push(Sample { value: keep(sample.value), ..sample });
                }
            }
            outcome => result.push(Sample { labels: without_name(&sample.labels), value: outcome.as_number() }),
        }
    }
    Ok(result)
}

/// The labels by which two sides meet.
fn signature(labels: &Labels, matching: Option<&LabelModifier>) -> Labels {
    match matching {
        Some(LabelModifier::Include(on)) => {
            on.labels.iter().filter_map(|name| Some((name.clone(), labels.get(name)?.clone()))).collect()
        }
        other => {
            let ignored = match other {
                Some(LabelModifier::Exclude(ignoring)) => ignoring.labels.as_slice(),
                _ => &[],
            };
            labels
                .iter()
                .filter(|(name, _)| name.as_str() != NAME && !ignored.contains(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
    }
}

/// `and` and `unless`.
fn intersect(left: Vec<Sample>, right: &[Sample], modifier: &BinModifier, wanted: bool) -> Vec<Sample> {
    let matching = modifier.matching.as_ref();
    let there: std::collections::BTreeSet<Labels> =
        right.iter().map(|sample| signature(&sample.labels, matching)).collect();
    left.into_iter().filter(|sample| there.contains(&signature(&sample.labels, matching)) == wanted).collect()
}

/// `or`.
fn union(left: Vec<Sample>, right: Vec<Sample>, modifier: &BinModifier) -> Vec<Sample> {
    let matching = modifier.matching.as_ref();
    let there: std::collections::BTreeSet<Labels> =
        left.iter().map(|sample| signature(&sample.labels, matching)).collect();
    let mut result = left;
    result.extend(right.into_iter().filter(|sample| !there.contains(&signature(&sample.labels, matching))));
    result
}

/// Operators that pair elements of two vectors.
fn matched(
    op: TokenId,
    left: Vec<Sample>,
    right: Vec<Sample>,
    modifier: &BinModifier,
) -> Result<Vec<Sample>, QueryError> {
    let matching = modifier.matching.as_ref();
    let swapped = matches!(modifier.card, VectorMatchCardinality::OneToMany(_));
    let (many, one) = if swapped { (right, left) } else { (left, right) };
    let mut partners: BTreeMap<Labels, Sample> = BTreeMap::new();
    for sample in one {
        let key = signature(&sample.labels, matching);
        if partners.insert(key, sample).is_some() {
            return Err(ambiguous(if swapped { "left" } else { "right" }));
        }
    }
    let one_to_one = matches!(modifier.card, VectorMatchCardinality::OneToOne);
    let mut used = std::collections::BTreeSet::new();
    let mut result = Vec::new();
    for sample in many {
        let key = signature(&sample.labels, matching);
        let Some(partner) = partners.get(&key) else { continue };
        let (a, b) = if swapped { (partner.value, sample.value) } else { (sample.value, partner.value) };
        let outcome = operate(op, a, b)?;
        let comparison = matches!(outcome, Outcome::Holds(_));
        let value = match outcome {
            Outcome::Holds(false) if !modifier.return_bool => continue,
            Outcome::Holds(true) if !modifier.return_bool => a,
            outcome => outcome.as_number(),
        };
        if one_to_one && !used.insert(key) {
            return Err(ambiguous("left"));
        }
        let labels = result_labels(&sample, partner, modifier, comparison && !modifier.return_bool);
        result.push(Sample { labels: Arc::new(labels), value });
    }
    Ok(result)
}

fn ambiguous(side: &str) -> QueryError {
    QueryError::Execution(format!(
        "found duplicate series for the match group on the {side} hand-side of the operation; many-to-many matching not allowed: matching labels must be unique on one side"
    ))
}

fn result_labels(many: &Sample, one: &Sample, modifier: &BinModifier, keep_name: bool) -> Labels {
    let mut labels = Labels::clone(&many.labels);
    if !keep_name {
        labels.remove(NAME);
    }
    match (&modifier.card, &modifier.matching) {
        (VectorMatchCardinality::OneToOne, Some(LabelModifier::Include(on))) => {
            labels.retain(|name, _| on.labels.contains(name));
        }
        (VectorMatchCardinality::OneToOne, Some(LabelModifier::Exclude(ignoring))) => {
            labels.retain(|name, _| !ignoring.labels.contains(name));
        }
        (VectorMatchCardinality::ManyToOne(include) | VectorMatchCardinality::OneToMany(include), _) => {
            for name in &include.labels {
                match one.labels.get(name) {
                    Some(value) => labels.insert(name.clone(), value.clone()),
                    None => labels.remove(name),
                };
            }
        }
        _ => {}
    }
    labels
}
