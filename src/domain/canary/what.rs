//! What is compared, where it is not the bad events of an SLO.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{business::Deviation, gauged::Gauged, latency::Latency, rules::Verdict};
use crate::domain::{slo::definition::Window, time::Span};

/// What is compared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Bad events of an SLO: the windows hold them.
    #[default]
    Events,
    /// Whether answers are slower by more than this. Where percentiles cannot be known, the one window holds the slow requests.
    Latency {
        /// By how much.
        over: Span,
        /// The newest evaluation; `None` before there is one.
        newest: Option<Measured>,
    },
    /// Events that a business lives on, against the same slot of past weeks.
    Business {
        /// The newest slot; `None` before there is one.
        newest: Option<Slot>,
    },
    /// A gauge: memory, CPU, length of a queue.
    Gauge {
        /// The newest evaluation; `None` before there is one.
        newest: Option<GaugeLook>,
    },
}

/// An evaluation of a gauge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeLook {
    /// What it says.
    pub gauged: Gauged,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

/// A slot of a business metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    /// How it deviates from what past weeks let expect.
    pub deviation: Deviation,
    /// Its length.
    pub window: Window,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

/// Answer times of both versions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// What can be said.
    pub latency: Latency,
    /// Over which window.
    pub window: Window,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

impl What {
    /// What it says in numbers, where the windows do not: `p95 425 ms against 175 ms in 5m`.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let Measured { latency, window, .. } = match self {
            Self::Latency { newest: Some(measured), .. } => measured,
            Self::Business { newest: Some(slot) } => {
                return Some(format!("{} in {}", slot.deviation.words(), slot.window));
            }
            Self::Gauge { newest: Some(look) } => return Some(look.gauged.words()),
            _ => return None,
        };
        Some(match latency {
            Latency::Percentiles { canary, baseline, .. } => {
                format!("p95 {} against {} in {window}", millis(*canary), millis(*baseline))
            }
            Latency::SlowFraction { over, .. } => {
                format!("percentiles cannot be known from these buckets and counts: requests over {}", millis(*over))
            }
            Latency::NoTraffic(why) | Latency::Unknown(why) => why.clone(),
        })
    }

    /// The same as short as can be, with the verdict: `FAIL p95 +250 ms`.
    #[must_use]
    pub fn reading(&self, verdict: Verdict) -> Option<String> {
        let Measured { latency, .. } = match self {
            Self::Latency { newest: Some(measured), .. } => measured,
            Self::Business { newest: Some(slot) } => {
                return Some(format!("{} {:+.0} %", verdict.word(), slot.deviation.share * 100.0));
            }
            Self::Gauge { newest: Some(look) } => return Some(format!("{} {}", verdict.word(), look.gauged.short())),
            _ => return None,
        };
        let Latency::Percentiles { canary, baseline, .. } = latency else { return None };
        let sign = if canary < baseline { "-" } else { "+" };
        Some(format!("{} p95 {sign}{}", verdict.word(), millis((canary - baseline).abs())))
    }

    /// What it still takes, where that is told in values: `needs about 4 more values`.
    #[must_use]
    pub fn needs(&self) -> Option<String> {
        match self {
            Self::Gauge { newest: Some(look) } => look.gauged.needs(),
            _ => None,
        }
    }

    /// The query of the newest evaluation.
    #[must_use]
    pub const fn query(&self) -> Option<&Arc<str>> {
        match self {
            Self::Latency { newest: Some(measured), .. } => Some(&measured.query),
            Self::Business { newest: Some(slot) } => Some(&slot.query),
            Self::Gauge { newest: Some(look) } => Some(&look.query),
            _ => None,
        }
    }

    /// Whether a failure of it is for a person to weigh, and no evidence for a rollback: other things than the version move it too, and the
    /// values of a gauge follow one another, so that its p is smaller than it should be.
    #[must_use]
    pub const fn is_weighed(&self) -> bool {
        matches!(self, Self::Business { .. } | Self::Gauge { .. })
    }

    /// Over which window the newest evaluation is.
    #[must_use]
    pub const fn window(&self) -> Option<Window> {
        match self {
            Self::Latency { newest: Some(measured), .. } => Some(measured.window),
            Self::Business { newest: Some(slot) } => Some(slot.window),
            _ => None,
        }
    }
}

/// Seconds as milliseconds.
fn millis(secs: f64) -> String {
    format!("{:.0} ms", secs * 1_000.0)
}
