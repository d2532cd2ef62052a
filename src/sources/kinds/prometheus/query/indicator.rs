//! An indicator over a window, as expressions that can be summed.

use super::{
    bucket::{Boundaries, Choice},
    part::{Part, Role, aggregate},
    scope::Group,
    selector::{Selector, one_of},
};
use crate::domain::{
    slo::definition::{Comparison, Indicator, Window},
    time::Span,
};

/// The label of a histogram's boundaries.
pub const BOUNDARY_LABEL: &str = "le";

/// Both sides of an indicator, before anything is summed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sides {
    /// All events.
    pub total: Side,
    /// Bad or good events.
    pub other: Side,
    /// [`Role::Bad`] or [`Role::Good`].
    pub role: Role,
    /// A label that tells rows of `other` apart which are not to be added: a histogram's boundary.
    pub apart: Option<&'static str>,
    /// What a reader should know.
    pub notes: Vec<String>,
}

/// One side of an indicator.
#[derive(Clone, Debug, PartialEq)]
pub enum Side {
    /// Counters.
    Counters(Selector),
    /// Anything else: an expression whose values are numbers of events, with `$window` for the window.
    Expression(String),
    /// Samples of this expression, each one an event.
    Samples(String),
}

impl Sides {
    /// The sides of the indicator of `group`. `boundaries` are those of its histogram, where it has one.
    ///
    /// # Errors
    /// In words, when the definition cannot be asked.
    pub fn of(group: &Group, boundaries: Option<&Boundaries>) -> Result<Self, String> {
        let counters = |text: &str| Ok::<_, String>(Side::Counters(Selector::parse(text)?.with(&group.matchers)));
        let sides = |total, other, role| Self { total, other, role, apart: None, notes: Vec::new() };
        Ok(match &group.indicator {
            Indicator::Bad { bad, total } => sides(counters(total)?, counters(bad)?, Role::Bad),
            Indicator::Good { good, total } => sides(counters(total)?, counters(good)?, Role::Good),
            Indicator::Latency { histogram, under } => latency(group, histogram, *under, boundaries)?,
            Indicator::Threshold { query, good_when, value } => {
                // A comparison with -Inf drops NaN: no value is no event, neither good nor bad.
                let compared = format!("({query}) {} {value}", sign(*good_when));
                sides(Side::Samples(format!("({query}) >= -Inf")), Side::Samples(compared), Role::Good)
            }
            Indicator::Expressions { bad: Some(bad), total, .. } => {
                sides(expression(total)?, expression(bad)?, Role::Bad)
            }
            Indicator::Expressions { good: Some(good), total, .. } => {
                sides(expression(total)?, expression(good)?, Role::Good)
            }
            Indicator::Expressions { .. } => return Err("neither bad nor good events are given".to_owned()),
            Indicator::Recorded => return Err("another program records it".to_owned()),
        })
    }

    /// The selector of all events, where they are counters.
    #[must_use]
    pub fn total_selector(&self) -> Option<&Selector> {
        match &self.total {
            Side::Counters(selector) => Some(selector),
            _ => None,
        }
    }
}

/// The histogram of a latency indicator: `name_bucket` and what is added to it.
///
/// # Errors
/// In words, when it is not a selector with a name.
pub fn buckets(group: &Group, histogram: &str) -> Result<Selector, String> {
    histogram_metric(group, histogram, "_bucket")
}

/// Whether the buckets of a histogram are milliseconds. Prometheus measures seconds; a name that says otherwise is believed.
#[must_use]
pub fn counts_millis(bucket: &Selector) -> bool {
    bucket.name().is_some_and(|name| name.ends_with("_milliseconds_bucket") || name.ends_with("_ms_bucket"))
}

fn histogram_metric(group: &Group, histogram: &str, suffix: &str) -> Result<Selector, String> {
    let selector = Selector::parse(histogram)?.with(&group.matchers);
    selector.suffixed(suffix).ok_or_else(|| format!("`{histogram}` does not name its histogram"))
}

fn latency(group: &Group, histogram: &str, under: Span, boundaries: Option<&Boundaries>) -> Result<Sides, String> {
    let bucket = buckets(group, histogram)?;
    let threshold = if counts_millis(&bucket) { under.secs() * 1_000.0 } else { under.secs() };
    let boundaries = boundaries.ok_or("the histogram's boundaries are not known yet")?;
    let Choice::Buckets { spellings, note } = boundaries.choose(threshold) else {
        let Choice::None { why } = boundaries.choose(threshold) else { return Err(String::new()) };
        return Err(why);
    };
    let fast = bucket.with(&[one_of(BOUNDARY_LABEL, spellings.iter().map(String::as_str))]);
    Ok(Sides {
        total: Side::Counters(histogram_metric(group, histogram, "_count")?),
        other: Side::Counters(fast),
        role: Role::Good,
        apart: Some(BOUNDARY_LABEL),
        notes: Some(note).filter(|note| !note.is_empty()).into_iter().collect(),
    })
}

/// An expression that says its window, or bare counters.
fn expression(text: &str) -> Result<Side, String> {
    if text.contains("$window") {
        return Ok(Side::Expression(text.to_owned()));
    }
    Selector::parse(text).map(Side::Counters).map_err(|_| {
        format!("`{text}` neither is a selector nor says `$window`, so it cannot be measured over a window")
    })
}

const fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Lt => "<",
        Comparison::Lte => "<=",
        Comparison::Gt => ">",
        Comparison::Gte => ">=",
    }
}

impl Side {
    /// Its events over `window`, summed by `keys`.
    #[must_use]
    pub fn events(&self, keys: &[String], window: Window) -> String {
        match self {
            Self::Counters(selector) => aggregate("sum", keys, &format!("increase({selector}[{window}])")),
            Self::Expression(text) => aggregate("sum", keys, &text.replace("$window", &window.to_string())),
            Self::Samples(text) => {
                let step = resolution(window);
                aggregate("sum", keys, &format!("count_over_time(({text})[{window}:{step}])"))
            }
        }
    }

    /// What series younger than `window` had at their first sample: `increase()` does not see it (prometheus#1673).
    #[must_use]
    pub fn first(&self, keys: &[String], window: Window, role: Role) -> Option<Part> {
        let Self::Counters(selector) = self else { return None };
        let inner = format!("min_over_time({selector}[{window}]) unless {selector} offset {window}");
        Some(Part { role, expression: aggregate("sum", keys, &inner) })
    }
}

/// How often a threshold is looked at within a window: each minute, and in windows over a day so that there are at most some
/// thousand evaluations.
fn resolution(window: Window) -> Span {
    if window <= Span::from_days(1) { Span::from_mins(1) } else { Span::from_mins(5) }
}
