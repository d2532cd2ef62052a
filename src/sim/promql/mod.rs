//! `PromQL` over formulas: parsed by `promql-parser`, evaluated here for the subset that `docs/demo.md` lists.
//!
//! The rules are those of Prometheus 2.x: ranges and lookback are closed at both ends, subqueries are aligned to multiples of
//! their step, `increase` and `rate` extrapolate. A test compares the answers with a real Prometheus.

mod aggregate;
mod binary;
mod evaluate;
mod function;
mod matching;
mod range;
pub(crate) mod series;

use std::sync::Arc;

use promql_parser::{label::Matcher, parser::Expr};

use self::series::Series;
pub(crate) use self::{
    evaluate::Evaluation,
    matching::{alternatives, matches},
};
use crate::domain::labels::Labels;

/// The label that holds a metric's name.
pub(crate) const NAME: &str = "__name__";

/// How far back an instant selector looks for a sample, in milliseconds.
pub(crate) const LOOKBACK: i64 = 300_000;

/// Samples that one query may touch one by one; more is refused, as Prometheus does with `--query.max-samples`.
pub(crate) const MAX_SAMPLES: usize = 2_000_000;

/// Where series come from.
pub(crate) trait Storage {
    /// All series that satisfy every matcher; the metric's name is the label `__name__`.
    fn select(&self, matchers: &[Matcher]) -> Vec<Series>;
}

/// Why a query has no answer, as Prometheus sorts it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// The text is not a query, or a parameter is wrong: HTTP 400, `bad_data`.
    #[error("{0}")]
    BadData(String),
    /// It is one, but it cannot be evaluated: HTTP 422, `execution`.
    #[error("{0}")]
    Execution(String),
}

/// One element of an instant vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sample {
    /// Its labels, the metric's name among them where it was not dropped.
    pub(crate) labels: Arc<Labels>,
    /// Its value.
    pub(crate) value: f64,
}

/// One row of a range vector.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    /// Its labels.
    pub(crate) labels: Arc<Labels>,
    /// Milliseconds and value, oldest first.
    pub(crate) points: Vec<(i64, f64)>,
}

/// What a query evaluates to.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A number.
    Scalar(f64),
    /// A text.
    Text(String),
    /// One value for each label set.
    Vector(Vec<Sample>),
    /// Several values for each label set.
    Matrix(Vec<Row>),
}

/// Parses a query.
///
/// # Errors
/// [`QueryError::BadData`] with the words of Prometheus as far as they are known.
pub(crate) fn parse(query: &str) -> Result<Expr, QueryError> {
    if query.trim().is_empty() {
        return Err(QueryError::BadData(
            "invalid parameter \"query\": 1:1: parse error: no expression found in input".to_owned(),
        ));
    }
    promql_parser::parser::parse(query)
        .map_err(|error| QueryError::BadData(format!("invalid parameter \"query\": 1:1: parse error: {error}")))
}
