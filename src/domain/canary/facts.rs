//! What a source counted for the comparison of versions.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::deploy::Deploy;
use crate::domain::{
    labels::Labels,
    slo::{
        definition::{SloId, Window},
        reading::{Asked, Reading},
    },
    time::{Span, Timestamp},
};

/// What one poll brings: the counts of each version at the last evaluations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CanaryFacts {
    /// Services and environments that it is about, and since when two versions run there; empty where that was not kept.
    #[serde(default)]
    pub about: BTreeSet<(String, String, Timestamp)>,
    /// What was asked.
    pub asked: Vec<Asked>,
    /// The evaluations, oldest first.
    pub looks: Vec<Look>,
    /// Histograms of answer times at the same evaluations.
    #[serde(default)]
    pub histograms: Vec<HistogramLook>,
}

/// Histograms at one evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistogramLook {
    /// The end of its windows.
    pub at: Timestamp,
    /// The distance to the one before.
    pub every: Span,
    /// A histogram of each version.
    pub readings: Vec<HistogramReading>,
}

/// The histogram of one version over one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistogramReading {
    /// Which SLO it belongs to.
    pub slo: SloId,
    /// The labels of the series: they say which service and environment.
    pub labels: Labels,
    /// The version.
    pub version: String,
    /// The window.
    pub window: Window,
    /// Upper bounds in seconds, with the requests up to each.
    pub bounds: Vec<(f64, f64)>,
    /// The time of the newest sample, by the server's clock.
    pub at: Timestamp,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

/// What one poll brings of deploys: the counts of whole services.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeployFacts {
    /// The deploys that it is about.
    pub about: BTreeSet<Deploy>,
    /// What was asked about the time after.
    pub asked: Vec<Asked>,
    /// The last evaluations of the time after, oldest first.
    pub after: Vec<Look>,
    /// The times before deploys, by their ends.
    pub before: Vec<Look>,
    /// The same hours a week before, by their ends.
    pub last_week: Vec<Look>,
}

/// What one poll brings of business metrics: events today and in past weeks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BusinessFacts {
    /// The deploys that it is about.
    pub about: BTreeSet<Deploy>,
    /// The slots after deploys, oldest first: those of past weeks, and today's.
    pub slots: Vec<Look>,
    /// The times before deploys, today and in past weeks, by their ends.
    pub before: Vec<Look>,
}

/// What one poll brings of gauges: the last values of each version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct GaugeFacts {
    /// Services and environments that it is about, and since when two versions run there.
    pub about: BTreeSet<(String, String, Timestamp)>,
    /// The values of each gauge and version.
    pub series: Vec<GaugeSeries>,
}

/// A gauge of one version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeSeries {
    /// Which gauge, by the identifier of its definition.
    pub gauge: SloId,
    /// The labels of the series: they say which service and environment.
    pub labels: Labels,
    /// The version.
    pub version: String,
    /// Its values, oldest first; empty where the source said no numbers.
    pub values: Vec<GaugeValue>,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

/// The mean over all targets of a version.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeValue {
    /// The time of its newest sample, by the server's clock.
    pub at: Timestamp,
    /// The value.
    pub value: f64,
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The end of its windows.
    pub at: Timestamp,
    /// The distance to the one before.
    pub every: Span,
    /// Counts of each version over each window that ends then.
    pub readings: Vec<Reading>,
}
