//! Series for charts.

use serde::{Deserialize, Serialize};

use super::time::{Span, Timestamp};

/// The name of the feed of charts: asked for only while somebody looks at one.
pub const FEED: &str = "charts";

/// What a chart shows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Bad events over all events of the SLO of this name, 0 to 1.
    ErrorRatio {
        /// The SLO's name, such as `availability`.
        slo: String,
    },
    /// Events per second of the SLO of this name.
    Rate {
        /// The SLO's name.
        slo: String,
    },
}

/// One line of a chart: evenly spaced points. A gap is `None`, never zero.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// What it shows.
    pub metric: Metric,
    /// The version, where the series are split by version.
    pub version: Option<String>,
    /// The time of the first point.
    pub start: Timestamp,
    /// The distance of two points.
    pub step: Span,
    /// The values; `None` where there was no sample or no traffic.
    pub points: Vec<Option<f64>>,
    /// The query behind it.
    pub query: String,
}

/// A request for the charts of a service: charts cost range queries, so only what is looked at is asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChartRequest {
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// How far back.
    pub range: Span,
}
