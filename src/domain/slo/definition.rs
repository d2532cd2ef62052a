//! What is promised: objective, period and indicator.

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::{labels::Labels, object::SourceName, time::Span};

/// An SLO's identifier, unique over files and sources: `checkout/availability`, `http`, `sloth:checkout-availability`.
pub type SloId = String;

/// A service level objective, from whichever place it was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slo {
    /// Unique.
    pub id: SloId,
    /// The short name: `availability`.
    pub name: String,
    /// Where it was read.
    pub origin: Origin,
    /// Which series belong to which service.
    pub binding: Binding,
    /// The promise.
    pub objective: Objective,
    /// Over which time.
    pub period: Period,
    /// How it is measured.
    pub indicator: Indicator,
    /// The source that can answer it; `None` is every source that speaks `PromQL`.
    pub source: Option<SourceName>,
}

/// Where a definition was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A file of the catalog, named from the catalog's root.
    File(String),
    /// An `OpenSLO` file, named from the catalog's root.
    OpenSlo(String),
    /// Series that Sloth's rules record.
    Sloth,
    /// Series that Pyrra's rules record.
    Pyrra,
}

/// Which series belong to which service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// One service of the catalog, by its telemetry labels.
    Service(String),
    /// Every service: the value of this label selects it.
    By {
        /// The label.
        label: String,
        /// Regular expressions of values to leave out, anchored at both ends.
        except: Vec<String>,
    },
    /// Labels of a recorded series, to be matched with services.
    Labels(Labels),
}

/// The promised share of good events, in percent: more than 0, less than 100.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Objective(f64);

/// An objective out of range.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("{0} is not an objective: write a percentage above 0 and below 100, such as 99.9")]
pub struct NotAnObjective(pub f64);

impl Objective {
    /// An objective of `percent`.
    ///
    /// # Errors
    /// When `percent` is not strictly between 0 and 100.
    pub fn new(percent: f64) -> Result<Self, NotAnObjective> {
        if percent > 0.0 && percent < 100.0 { Ok(Self(percent)) } else { Err(NotAnObjective(percent)) }
    }

    /// In percent: 99.9.
    #[must_use]
    pub const fn percent(self) -> f64 {
        self.0
    }

    /// The share of events that may be bad, more than 0 and less than 1: for 99.9 %, 0.001 exactly. `100.0 - 99.9` carries noise in
    /// its fourteenth digit, enough to put a burn of exactly 14.4 over 14.4, so it is rounded to 11 digits.
    #[must_use]
    pub fn budget(self) -> f64 {
        let exact = (100.0 - self.0) / 100.0;
        let rounded = (exact * 1e11).round() / 1e11;
        if rounded > 0.0 && rounded < 1.0 { rounded } else { exact }
    }
}

impl TryFrom<f64> for Objective {
    type Error = NotAnObjective;

    fn try_from(percent: f64) -> Result<Self, NotAnObjective> {
        Self::new(percent)
    }
}

impl From<Objective> for f64 {
    fn from(objective: Objective) -> Self {
        objective.0
    }
}

/// Over which time the promise is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// The last so long.
    Rolling(Span),
    /// A unit of the calendar, in a zone.
    Calendar {
        /// Day, week, month, quarter or year.
        unit: CalendarUnit,
        /// Whose midnight.
        zone: Tz,
    },
}

/// A unit of the calendar. Weeks begin on Monday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CalendarUnit {
    /// From midnight to midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
    /// Three months from January, April, July or October.
    Quarter,
    /// From the first of January.
    Year,
}

/// How it is measured. The texts are `PromQL` instant selectors, such as `http_requests_total{code=~"5.."}`; labels of service and
/// environment are added to them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Indicator {
    /// Bad events over all events.
    Bad {
        /// Selector of counters of bad events.
        bad: String,
        /// Selector of counters of all events.
        total: String,
    },
    /// Good events over all events.
    Good {
        /// Selector of counters of good events.
        good: String,
        /// Selector of counters of all events.
        total: String,
    },
    /// Events slower than a threshold, from a classic histogram.
    Latency {
        /// Selector of the histogram without `_bucket`: `http_request_duration_seconds{route="/pay"}`.
        histogram: String,
        /// What is fast enough.
        under: Span,
    },
    /// A value compared with a threshold at each evaluation (`OpenSLO` `thresholdMetric`): each sample is an event.
    Threshold {
        /// Any instant query.
        query: String,
        /// How a good value compares.
        good_when: Comparison,
        /// With what.
        value: f64,
    },
    /// Whole expressions, as `OpenSLO` files have them: taken as they are, without adding labels.
    Expressions {
        /// An expression of bad events over a window written `$window`, when given by good events `None`.
        bad: Option<String>,
        /// The same of good events.
        good: Option<String>,
        /// The same of all events.
        total: String,
    },
    /// Another program's recording rules hold the ratio.
    Recorded,
}

/// How two numbers compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Comparison {
    /// Less than.
    Lt,
    /// At most.
    Lte,
    /// More than.
    Gt,
    /// At least.
    Gte,
}

/// Length of a window that burn is measured over.
pub type Window = Span;
