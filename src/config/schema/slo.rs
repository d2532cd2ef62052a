//! `[[slo]]` of a service and `catalog/slos/NAME.toml`.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{DurationText, HistogramText, LabelText, NameText, QueryText, RegexText, SelectorText, ZoneText};
use crate::domain::{
    slo::definition::{CalendarUnit, Comparison},
    time::Span,
};

/// A service level objective of one service: `[[slo]]` in its file. Exactly one of `ratio`, `latency` and `threshold`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SloTable {
    /// The short name, unique within the service: `availability`.
    #[schemars(with = "NameText")]
    pub name: String,
    /// The promised share of good events in percent.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 100))]
    pub objective: f64,
    /// The period over which the promise is kept: rolling, or a unit of the calendar. 30d when left out.
    #[serde(default)]
    pub window: WindowValue,
    /// Bad or good events of all events.
    pub ratio: Option<RatioTable>,
    /// Events slower than a threshold.
    pub latency: Option<LatencyTable>,
    /// A value compared with a threshold.
    pub threshold: Option<ThresholdTable>,
    /// The source that answers it, by name; every source that speaks `PromQL` when left out.
    pub source: Option<String>,
}

/// One definition for every service whose series carry a label: `catalog/slos/NAME.toml`. The file's stem is its name. Exactly
/// one of `ratio` and `latency`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "warroom SLO for many services")]
pub struct SloFile {
    /// The promised share of good events in percent.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 100))]
    pub objective: f64,
    /// The period over which the promise is kept: rolling, or a unit of the calendar. 30d when left out.
    #[serde(default)]
    pub window: WindowValue,
    /// The label whose value names the service.
    #[schemars(with = "LabelText")]
    pub by: String,
    /// Regular expressions of label values to leave out, anchored at both ends.
    #[serde(default)]
    #[schemars(with = "Vec<RegexText>")]
    pub except: Vec<String>,
    /// Bad or good events of all events.
    pub ratio: Option<RatioTable>,
    /// Events slower than a threshold.
    pub latency: Option<LatencyTable>,
    /// The source that answers it, by name; every source that speaks `PromQL` when left out.
    pub source: Option<String>,
}

/// The period over which a promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum WindowValue {
    /// The last so long: `30d`.
    Rolling(#[schemars(with = "DurationText")] Span),
    /// A unit of the calendar.
    Calendar(CalendarTable),
}

impl Default for WindowValue {
    fn default() -> Self {
        Self::Rolling(Span::from_days(30))
    }
}

/// A unit of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarTable {
    /// Which unit.
    #[schemars(with = "CalendarWord")]
    pub calendar: CalendarUnit,
    /// The zone whose midnight counts.
    #[serde(default)]
    #[schemars(with = "ZoneText")]
    pub zone: Tz,
}

/// The words for units of the calendar.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum CalendarWord {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// Events of all events: `total`, and exactly one of `bad` and `good`. Labels of service and environment are added to the selectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RatioTable {
    /// Counters of bad events.
    #[schemars(with = "Option<SelectorText>")]
    pub bad: Option<String>,
    /// Counters of good events.
    #[schemars(with = "Option<SelectorText>")]
    pub good: Option<String>,
    /// Counters of all events.
    #[schemars(with = "SelectorText")]
    pub total: String,
}

/// Events slower than a threshold, from a classic histogram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LatencyTable {
    /// The histogram, without `_bucket`. Labels of service and environment are added.
    #[schemars(with = "HistogramText")]
    pub histogram: String,
    /// What is fast enough: one of the histogram's bounds.
    #[schemars(with = "DurationText")]
    pub under: Span,
}

/// A value compared with a threshold at each evaluation: each sample is an event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdTable {
    /// The query, taken as it is: no labels are added.
    #[schemars(with = "QueryText")]
    pub query: String,
    /// How a good value compares: lt, lte, gt or gte.
    #[schemars(with = "ComparisonWord")]
    pub good_when: Comparison,
    /// With what.
    pub value: f64,
}

/// The words for comparisons.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum ComparisonWord {
    Lt,
    Lte,
    Gt,
    Gte,
}
