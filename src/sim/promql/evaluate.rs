//! One query, at one time or at many.

use std::{
    cell::Cell,
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use promql_parser::parser::{AtModifier, Call, Expr, MatrixSelector, Offset, SubqueryExpr, VectorSelector};

use super::{
    LOOKBACK, MAX_SAMPLES, NAME, QueryError, Row, Sample, Storage, Value,
    aggregate::aggregate,
    binary::binary,
    function,
    matching::alternatives,
    range::{self, Window},
    series::{Samples, Series},
};
use crate::domain::labels::Labels;

/// The evaluation of one query. Series are looked up once, however many steps there are.
pub(crate) struct Evaluation<'a> {
    storage: &'a dyn Storage,
    start: i64,
    end: i64,
    default_step: i64,
    found: RefCell<HashMap<usize, Rc<Vec<Series>>>>,
    touched: Cell<usize>,
}

/// What a range vector is made of.
struct RangeVector {
    rows: Vec<Series>,
    from: i64,
    to: i64,
}

impl<'a> Evaluation<'a> {
    /// An evaluation over `start..=end` (the same for an instant query), in milliseconds; `default_step` is the step of subqueries
    /// that name none.
    pub(crate) fn new(storage: &'a dyn Storage, start: i64, end: i64, default_step: i64) -> Self {
        Self { storage, start, end, default_step, found: RefCell::default(), touched: Cell::new(0) }
    }

    /// The value of `expr` at `at`.
    ///
    /// # Errors
    /// What Prometheus would refuse, and what the simulator cannot evaluate.
    pub(crate) fn at(&self, expr: &Expr, at: i64) -> Result<Value, QueryError> {
        match expr {
            Expr::NumberLiteral(number) => Ok(Value::Scalar(number.val)),
            Expr::StringLiteral(text) => Ok(Value::Text(text.val.clone())),
            Expr::Paren(paren) => self.at(&paren.expr, at),
            Expr::Unary(unary) => match self.at(&unary.expr, at)? {
                Value::Scalar(value) => Ok(Value::Scalar(-value)),
                Value::Vector(samples) => Ok(Value::Vector(function::each(samples, |value| -value))),
                _ => Err(QueryError::BadData("invalid parameter \"query\": unary expression only allowed on expressions of type scalar or instant vector".to_owned())),
            },
            Expr::VectorSelector(selector) => {
                Ok(Value::Vector(self.instant(selector, at).into_iter().map(|(sample, _)| sample).collect()))
            }
            Expr::MatrixSelector(_) | Expr::Subquery(_) => {
                let range = self.range_vector(expr, at)?;
                Ok(Value::Matrix(
                    range
                        .rows
                        .into_iter()
                        .map(|row| Row { points: row.samples.collect(range.from, range.to), labels: row.labels })
                        .filter(|row| !row.points.is_empty())
                        .collect(),
                ))
            }
            Expr::Aggregate(aggregation) => {
                let samples = self.vector(&aggregation.expr, at)?;
                let (number, text) = match aggregation.param.as_deref().map(|param| self.at(param, at)).transpose()? {
                    Some(Value::Scalar(number)) => (Some(number), None),
                    Some(Value::Text(text)) => (None, Some(text)),
                    _ => (None, None),
                };
                aggregate(aggregation, samples, number, text.as_deref()).map(Value::Vector)
            }
            Expr::Binary(expr) => binary(expr, self.at(&expr.lhs, at)?, self.at(&expr.rhs, at)?),
            Expr::Call(call) => self.call(call, at),
            Expr::Extension(_) => Err(QueryError::Execution("the simulator has no extensions of PromQL".to_owned())),
        }
    }

    /// The value at each step of the evaluation.
    ///
    /// # Errors
    /// As [`Self::at`]; also when the result is no instant vector or scalar.
    pub(crate) fn steps(&self, expr: &Expr, step: i64) -> Result<Vec<Row>, QueryError> {
        let mut rows: BTreeMap<Arc<Labels>, Vec<(i64, f64)>> = BTreeMap::new();
        let mut at = self.start;
        while at <= self.end {
            match self.at(expr, at)? {
                Value::Scalar(value) => rows.entry(Arc::default()).or_default().push((at, value)),
                Value::Vector(samples) => {
                    for sample in samples {
                        rows.entry(sample.labels).or_default().push((at, sample.value));
                    }
                }
                _ => {
                    return Err(QueryError::BadData(
                        "invalid parameter \"query\": invalid expression type for range query, must be Scalar or instant Vector".to_owned(),
                    ));
                }
            }
            at += step;
        }
        Ok(rows.into_iter().map(|(labels, points)| Row { labels, points }).collect())
    }

    fn vector(&self, expr: &Expr, at: i64) -> Result<Vec<Sample>, QueryError> {
        match self.at(expr, at)? {
            Value::Vector(samples) => Ok(samples),
            _ => Err(QueryError::BadData(format!("invalid parameter \"query\": expected type instant vector: {expr}"))),
        }
    }

    fn scalar(&self, expr: &Expr, at: i64) -> Result<f64, QueryError> {
        match self.at(expr, at)? {
            Value::Scalar(value) => Ok(value),
            _ => Err(QueryError::BadData(format!("invalid parameter \"query\": expected type scalar: {expr}"))),
        }
    }

    fn text(&self, expr: &Expr, at: i64) -> Result<String, QueryError> {
        match self.at(expr, at)? {
            Value::Text(text) => Ok(text),
            _ => Err(QueryError::BadData(format!("invalid parameter \"query\": expected type string: {expr}"))),
        }
    }

    fn series(&self, selector: &VectorSelector) -> Rc<Vec<Series>> {
        let key = std::ptr::from_ref(selector) as usize;
        if let Some(found) = self.found.borrow().get(&key) {
            return Rc::clone(found);
        }
        let mut found: Vec<Series> = Vec::new();
        let mut known: BTreeSet<Arc<Labels>> = BTreeSet::new();
        let alternatives = alternatives(selector);
        // One alternative names no series twice.
        let several = alternatives.len() > 1;
        for matchers in alternatives {
            let series = self.storage.select(&matchers).into_iter();
            found.extend(series.filter(|series| !several || known.insert(Arc::clone(&series.labels))));
        }
        let found = Rc::new(found);
        self.found.borrow_mut().insert(key, Rc::clone(&found));
        found
    }

    /// The newest sample of each series within the lookback, and when it was taken.
    fn instant(&self, selector: &VectorSelector, at: i64) -> Vec<(Sample, i64)> {
        let at = self.moved(at, selector.at.as_ref(), selector.offset.as_ref());
        self.series(selector)
            .iter()
            .filter_map(|series| {
                let (taken, value) = series.samples.newest(at - LOOKBACK, at)?;
                Some((Sample { labels: Arc::clone(&series.labels), value }, taken))
            })
            .collect()
    }

    /// The instant that `@` and `offset` mean.
    fn moved(&self, at: i64, fixed: Option<&AtModifier>, offset: Option<&Offset>) -> i64 {
        let at = match fixed {
            None => at,
            Some(AtModifier::Start) => self.start,
            Some(AtModifier::End) => self.end,
            Some(AtModifier::At(time)) => match time.duration_since(UNIX_EPOCH) {
                Ok(since) => millis(since),
                Err(before) => -millis(before.duration()),
            },
        };
        match offset {
            None => at,
            Some(Offset::Pos(back)) => at - millis(*back),
            Some(Offset::Neg(ahead)) => at + millis(*ahead),
        }
    }

    fn range_vector(&self, expr: &Expr, at: i64) -> Result<RangeVector, QueryError> {
        match expr {
            Expr::Paren(paren) => self.range_vector(&paren.expr, at),
            Expr::MatrixSelector(MatrixSelector { vs, range }) => {
                let to = self.moved(at, vs.at.as_ref(), vs.offset.as_ref());
                Ok(RangeVector { rows: self.series(vs).to_vec(), from: to - millis(*range), to })
            }
            Expr::Subquery(subquery) => self.subquery(subquery, at),
            other => {
                Err(QueryError::BadData(format!("invalid parameter \"query\": expected type range vector: {other}")))
            }
        }
    }

    /// Evaluates the inner expression at multiples of the step within the closed range.
    fn subquery(&self, subquery: &SubqueryExpr, at: i64) -> Result<RangeVector, QueryError> {
        let to = self.moved(at, subquery.at.as_ref(), subquery.offset.as_ref());
        let from = to - millis(subquery.range);
        let step = subquery.step.map_or(self.default_step, millis).max(1);
        let mut rows: BTreeMap<Arc<Labels>, Vec<(i64, f64)>> = BTreeMap::new();
        let mut time = from + (-from).rem_euclid(step);
        while time <= to {
            self.touch(1)?;
            match self.at(&subquery.expr, time)? {
                Value::Scalar(value) => rows.entry(Arc::default()).or_default().push((time, value)),
                Value::Vector(samples) => {
                    for sample in samples {
                        rows.entry(sample.labels).or_default().push((time, sample.value));
                    }
                }
                _ => {
                    return Err(QueryError::BadData(
                        "invalid parameter \"query\": subquery is only allowed on instant vector".to_owned(),
                    ));
                }
            }
            time += step;
        }
        let rows = rows.into_iter().map(|(labels, points)| Series { labels, samples: Samples::List(points) }).collect();
        Ok(RangeVector { rows, from, to })
    }

    /// Counts samples, and refuses a query that wants too many.
    fn touch(&self, samples: usize) -> Result<(), QueryError> {
        let touched = self.touched.get().saturating_add(samples);
        self.touched.set(touched);
        if touched > MAX_SAMPLES {
            return Err(QueryError::Execution(
                "query processing would load too many samples into memory in query execution".to_owned(),
            ));
        }
        Ok(())
    }

    fn over_time(&self, name: &str, expr: &Expr, at: i64, parameter: f64) -> Result<Value, QueryError> {
        let range = self.range_vector(expr, at)?;
        let mut result = Vec::with_capacity(range.rows.len());
        for row in &range.rows {
            if !row.samples.told_by_ends() {
                self.touch(row.samples.cost(range.from, range.to))?;
            }
            let window = Window { samples: &row.samples, from: range.from, to: range.to };
            let Some(value) = range::apply(name, window, parameter) else { continue };
            let labels = if range::keeps_name(name) {
                Arc::clone(&row.labels)
            } else {
                let mut labels = Labels::clone(&row.labels);
                labels.remove(NAME);
                Arc::new(labels)
            };
            result.push(Sample { labels, value });
        }
        function::unique(result).map(Value::Vector)
    }

    #[expect(clippy::too_many_lines, reason = "one line for each function of PromQL")]
    fn call(&self, call: &Call, at: i64) -> Result<Value, QueryError> {
        let name = call.func.name;
        let args = &call.args.args;
        let arg = |index: usize| {
            args.get(index).map(AsRef::as_ref).ok_or_else(|| {
                QueryError::BadData(format!(
                    "invalid parameter \"query\": expected more arguments in call to \"{name}\""
                ))
            })
        };
        let seconds = at as f64 / 1_000.0;
        if name == "quantile_over_time" {
            return self.over_time(name, arg(1)?, at, self.scalar(arg(0)?, at)?);
        }
        if range::known(name) {
            return self.over_time(name, arg(0)?, at, 0.0);
        }
        if let Some(change) = function::of_number(name) {
            return Ok(Value::Vector(function::each(self.vector(arg(0)?, at)?, change)));
        }
        if let Some(change) = function::of_time(name) {
            let samples = match args.first() {
                None => vec![Sample { labels: Arc::default(), value: seconds }],
                Some(expr) => self.vector(expr, at)?,
            };
            return Ok(Value::Vector(function::each(samples, change)));
        }
        match name {
            "time" => Ok(Value::Scalar(seconds)),
            "pi" => Ok(Value::Scalar(std::f64::consts::PI)),
            "vector" => Ok(Value::Vector(vec![Sample { labels: Arc::default(), value: self.scalar(arg(0)?, at)? }])),
            "scalar" => {
                let samples = self.vector(arg(0)?, at)?;
                Ok(Value::Scalar(match samples.as_slice() {
                    [only] => only.value,
                    _ => f64::NAN,
                }))
            }
            "timestamp" => {
                let samples = match unwrapped(arg(0)?) {
                    Expr::VectorSelector(selector) => self
                        .instant(selector, at)
                        .into_iter()
                        .map(|(sample, taken)| Sample { value: taken as f64 / 1_000.0, ..sample })
                        .collect(),
                    other => {
                        self.vector(other, at)?.into_iter().map(|sample| Sample { value: seconds, ..sample }).collect()
                    }
                };
                Ok(Value::Vector(function::each(samples, |value| value)))
            }
            "round" => {
                let nearest = args.get(1).map_or(Ok(1.0), |expr| self.scalar(expr, at))?;
                Ok(Value::Vector(function::each(self.vector(arg(0)?, at)?, |value| function::round(value, nearest))))
            }
            "clamp" => {
                let (low, high) = (self.scalar(arg(1)?, at)?, self.scalar(arg(2)?, at)?);
                let samples = self.vector(arg(0)?, at)?;
                Ok(Value::Vector(if low > high {
                    Vec::new()
                } else {
                    function::each(samples, |value| value.max(low).min(high))
                }))
            }
            "clamp_min" => {
                let low = self.scalar(arg(1)?, at)?;
                Ok(Value::Vector(function::each(self.vector(arg(0)?, at)?, |value| value.max(low))))
            }
            "clamp_max" => {
                let high = self.scalar(arg(1)?, at)?;
                Ok(Value::Vector(function::each(self.vector(arg(0)?, at)?, |value| value.min(high))))
            }
            "absent" => Ok(Value::Vector(self.absent(arg(0)?, at)?)),
            "absent_over_time" => {
                let range = self.range_vector(arg(0)?, at)?;
                let there = range.rows.iter().any(|row| row.samples.cost(range.from, range.to) > 0);
                Ok(Value::Vector(if there {
                    Vec::new()
                } else {
                    vec![Sample { labels: Arc::new(equal_labels(arg(0)?)), value: 1.0 }]
                }))
            }
            "label_replace" => {
                let samples = self.vector(arg(0)?, at)?;
                let texts = (
                    self.text(arg(1)?, at)?,
                    self.text(arg(2)?, at)?,
                    self.text(arg(3)?, at)?,
                    self.text(arg(4)?, at)?,
                );
                function::label_replace(samples, &texts.0, &texts.1, &texts.2, &texts.3).map(Value::Vector)
            }
            "label_join" => {
                let samples = self.vector(arg(0)?, at)?;
                let sources = args.iter().skip(3).map(|expr| self.text(expr, at)).collect::<Result<Vec<_>, _>>()?;
                function::label_join(samples, &self.text(arg(1)?, at)?, &self.text(arg(2)?, at)?, &sources)
                    .map(Value::Vector)
            }
            "histogram_quantile" => {
                let q = self.scalar(arg(0)?, at)?;
                Ok(Value::Vector(function::histogram_quantile(q, &self.vector(arg(1)?, at)?)))
            }
            "sort" | "sort_desc" => {
                let mut samples = self.vector(arg(0)?, at)?;
                samples.sort_by(
                    |a, b| if name == "sort" { a.value.total_cmp(&b.value) } else { b.value.total_cmp(&a.value) },
                );
                Ok(Value::Vector(samples))
            }
            _ => Err(QueryError::Execution(format!("the simulator does not evaluate the function `{name}`"))),
        }
    }

    fn absent(&self, expr: &Expr, at: i64) -> Result<Vec<Sample>, QueryError> {
        if self.vector(expr, at)?.is_empty() {
            Ok(vec![Sample { labels: Arc::new(equal_labels(expr)), value: 1.0 }])
        } else {
            Ok(Vec::new())
        }
    }
}

/// The labels that `absent` gives: those that a selector fixes by equality.
fn equal_labels(expr: &Expr) -> Labels {
    let (Expr::VectorSelector(selector) | Expr::MatrixSelector(MatrixSelector { vs: selector, .. })) = unwrapped(expr)
    else {
        return Labels::new();
    };
    selector
        .matchers
        .matchers
        .iter()
        .filter(|matcher| matches!(matcher.op, promql_parser::label::MatchOp::Equal) && matcher.name != NAME)
        .map(|matcher| (matcher.name.clone(), matcher.value.clone()))
        .collect()
}

fn unwrapped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(paren) => unwrapped(&paren.expr),
        other => other,
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
