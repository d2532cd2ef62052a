//! One look at a condition: what it says, how close it is, and what that rests on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::time::{Span, Timestamp};

/// What one look says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Over the limit, by enough to count.
    Over,
    /// Over the limit, and it does not count yet: why.
    Held(String),
    /// Within the limit.
    Within,
    /// Within the limit as far as can be seen, but the window is not covered yet.
    Early {
        /// Why.
        why: String,
        /// From when on it is covered.
        until: Option<Timestamp>,
    },
    /// Nobody can say: no answer, no data, no traffic, stale, partial, contradicting.
    Unknown(String),
    /// There is nothing to judge: the component has not moved yet, or no analysis belongs to it.
    Nothing(String),
}

impl Finding {
    /// From what calms to what alarms; what cannot be seen is worse than what is within.
    const fn rank(&self) -> u8 {
        match self {
            Self::Nothing(_) => 0,
            Self::Within => 1,
            Self::Early { .. } => 2,
            Self::Unknown(_) => 3,
            Self::Held(_) => 4,
            Self::Over => 5,
        }
    }
}

/// What a look rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// In words: `62 of 900 requests of 1.42.0 in 5m`.
    pub text: String,
    /// The whole query, to be copied.
    pub query: Option<Arc<str>>,
    /// Over which window.
    pub window: Option<Span>,
    /// Bad events, where counts are known.
    pub bad: Option<f64>,
    /// All events, where counts are known.
    pub total: Option<f64>,
    /// Who measured it.
    pub source: Option<String>,
}

/// One look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// What it says.
    pub finding: Finding,
    /// How close: 1 is at the limit. `None` where that is no number.
    pub closeness: Option<f64>,
    /// What was read: `6.9 %`, `?`.
    pub reading: String,
    /// The limit: `5 %`.
    pub limit: String,
    /// What it rests on.
    pub evidence: Evidence,
    /// When it was measured.
    pub at: Timestamp,
}

impl Look {
    /// A look that could not be taken.
    #[must_use]
    pub fn unknown(why: impl Into<String>, limit: impl Into<String>, at: Timestamp) -> Self {
        Self::bare(Finding::Unknown(why.into()), "?", limit, at)
    }

    /// A look at nothing.
    #[must_use]
    pub fn nothing(why: impl Into<String>, limit: impl Into<String>, at: Timestamp) -> Self {
        Self::bare(Finding::Nothing(why.into()), "", limit, at)
    }

    /// A look without numbers.
    #[must_use]
    pub fn bare(finding: Finding, reading: impl Into<String>, limit: impl Into<String>, at: Timestamp) -> Self {
        Self {
            finding,
            closeness: None,
            reading: reading.into(),
            limit: limit.into(),
            evidence: Evidence::default(),
            at,
        }
    }

    /// The one of several looks at the same thing that decides: what alarms most, then the closest. The order of them does not matter.
    #[must_use]
    pub fn worst(looks: impl IntoIterator<Item = Self>) -> Option<Self> {
        looks.into_iter().max_by(|a, b| {
            let close = |look: &Self| look.closeness.unwrap_or(-1.0);
            a.finding
                .rank()
                .cmp(&b.finding.rank())
                .then(close(a).total_cmp(&close(b)))
                .then_with(|| a.reading.cmp(&b.reading))
                .then_with(|| a.evidence.source.cmp(&b.evidence.source))
                .then(a.at.cmp(&b.at))
        })
    }
}
