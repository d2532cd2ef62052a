//! What was measured.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::definition::{Slo, SloId, Window};
use crate::domain::{
    labels::Labels,
    source::ErrorKind,
    time::{Span, Timestamp},
};

/// What one poll of one window group brings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SloFacts {
    /// Definitions that the source itself knows (Sloth, Pyrra).
    pub discovered: Vec<Slo>,
    /// What was asked: an asked window without a reading is NO DATA, and shows its query.
    pub asked: Vec<Asked>,
    /// Readings.
    pub readings: Vec<Reading>,
    /// When the series of a service began, where that was asked.
    pub first_seen: Vec<FirstSeen>,
    /// Budgets that another program recorded.
    pub recorded_budgets: Vec<RecordedBudget>,
}

/// A question that was put to the source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Which SLO.
    pub slo: SloId,
    /// Over which window.
    pub window: Window,
    /// Split by version or not.
    pub by_version: bool,
    /// The whole query, to be copied.
    pub query: Arc<str>,
    /// What a reader should know about the question: `no bucket at 300ms: counts events over 250ms as slow`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// One measured window of one SLO of one label set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Which SLO.
    pub slo: SloId,
    /// The labels of the series: they say which service and environment.
    pub labels: Labels,
    /// The version, where the series are split by it.
    pub version: Option<String>,
    /// The window.
    pub window: Window,
    /// What was measured.
    pub amount: Amount,
    /// The time of the sample, by the server's clock.
    pub at: Timestamp,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

/// What was measured in a window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Amount {
    /// Counts of events. Not whole numbers: `increase()` extrapolates.
    Counts {
        /// Bad events.
        bad: f64,
        /// All events.
        total: f64,
    },
    /// Only a ratio is known (recorded series).
    Ratio(f64),
    /// The server said NaN: no traffic.
    NotANumber,
    /// The server said so much and no more: `+Inf` or `-Inf`.
    Infinite,
}

/// When the series of a label set began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FirstSeen {
    /// Which SLO.
    pub slo: SloId,
    /// The labels of the series.
    pub labels: Labels,
    /// The version, where the series are split by it.
    pub version: Option<String>,
    /// The first sample that was found.
    pub at: Timestamp,
    /// How far back was looked: a series that is as old as this may be older.
    pub looked_back: Span,
}

/// A budget that another program recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedBudget {
    /// Which SLO.
    pub slo: SloId,
    /// The labels of the series.
    pub labels: Labels,
    /// What is left, as a share of the budget: 1 is all, negative is overspent. `None` where the server said NaN.
    pub remaining: Option<f64>,
    /// Whether each slice of time weighs the same (Sloth) instead of each event (Pyrra).
    pub time_weighted: bool,
    /// The time of the sample.
    pub at: Timestamp,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

/// What a measured value is worth. Only [`DataState::Ok`] is a number that may calm anybody.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataState {
    /// Measured, fresh, and the window is covered.
    Ok,
    /// Nothing happened in the window: no events.
    NoTraffic,
    /// No series answers.
    NoData,
    /// The series are younger than the window.
    Warming {
        /// The covered share of the window, 0 to 1.
        coverage: f64,
    },
    /// The newest sample is too old.
    Stale {
        /// How old.
        age: Span,
    },
    /// Part of the answer is missing (Thanos, `VictoriaMetrics`).
    Partial {
        /// What the server said.
        why: String,
    },
    /// The numbers contradict themselves: more bad than all, negative, infinite.
    Conflict {
        /// In words, with the numbers.
        why: String,
    },
    /// The question failed.
    Error {
        /// How.
        kind: ErrorKind,
        /// In words.
        what: String,
    },
}

impl DataState {
    /// The word on the screen.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::NoTraffic => "NO TRAFFIC",
            Self::NoData => "NO DATA",
            Self::Warming { .. } => "WARMING",
            Self::Stale { .. } => "STALE",
            Self::Partial { .. } => "PARTIAL",
            Self::Conflict { .. } => "CONFLICT",
            Self::Error { .. } => "FAILED",
        }
    }

    /// Whether it is a full, fresh measurement.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        matches!(self, Self::Ok)
    }
}
