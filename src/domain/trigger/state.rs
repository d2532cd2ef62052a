//! How a trigger stands: fired, armed, clear, or nobody can tell.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Trigger,
    look::{Finding, Look},
    trail::Trail,
};
use crate::domain::{level::Level, time::Timestamp};

/// At this share of its limit a trigger is armed, though it is not over.
const CLOSE: f64 = 0.8;

/// How a trigger stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum TriggerState {
    /// Over its limit, often and long enough.
    Fired {
        /// Since when it was over.
        since: Timestamp,
        /// Why it cannot clear: nobody can say any more whether it is still over.
        cannot_clear: Option<String>,
    },
    /// Over its limit, not often or long enough or by too few events; or close to it.
    Armed {
        /// Whether it is over.
        over: bool,
        /// In words: `1 of 2 evaluations`.
        why: String,
    },
    /// Within its limit.
    Clear,
    /// Within its limit as far as can be seen.
    Early {
        /// Why that is not enough yet.
        why: String,
        /// From when on it is.
        until: Option<Timestamp>,
    },
    /// Nobody can say.
    CannotTell {
        /// Why.
        why: String,
    },
    /// There is nothing to judge.
    Idle {
        /// Why.
        why: String,
    },
}

impl TriggerState {
    /// How `trail` stands under `trigger`.
    #[must_use]
    pub fn of(trigger: &Trigger, trail: &Trail) -> Self {
        let unknown = match &trail.last.finding {
            Finding::Unknown(why) => Some(why.clone()),
            _ => None,
        };
        if let Some(fired) = trail.fired_since {
            return Self::Fired { since: trail.over_since.unwrap_or(fired), cannot_clear: unknown };
        }
        match &trail.last.finding {
            Finding::Unknown(why) => Self::CannotTell { why: why.clone() },
            Finding::Nothing(why) => Self::Idle { why: why.clone() },
            Finding::Held(why) => Self::Armed { over: true, why: why.clone() },
            Finding::Early { why, until } => Self::Early { why: why.clone(), until: *until },
            Finding::Over => {
                let often = format!("{} of {} evaluations", trail.over.min(trigger.in_a_row), trigger.in_a_row);
                let long = trail.over >= trigger.in_a_row;
                Self::Armed {
                    over: true,
                    why: if long { format!("over, not yet for {}", trigger.lasting) } else { often },
                }
            }
            Finding::Within => match trail.last.closeness {
                Some(close) if close >= CLOSE => {
                    Self::Armed { over: false, why: format!("at {:.0} % of its limit", close * 100.0) }
                }
                _ => Self::Clear,
            },
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Fired { .. } => "FIRED",
            Self::Armed { .. } => "ARMED",
            Self::Clear => "CLEAR",
            Self::Early { .. } => "EARLY",
            Self::CannotTell { .. } => "CANNOT TELL",
            Self::Idle { .. } => "IDLE",
        }
    }

    /// How much it needs a person.
    #[must_use]
    pub const fn level(&self) -> Level {
        match self {
            Self::Fired { .. } => Level::Bad,
            Self::CannotTell { .. } => Level::Unknown,
            Self::Armed { .. } => Level::Watch,
            Self::Early { .. } | Self::Idle { .. } => Level::Wait,
            Self::Clear => Level::Ok,
        }
    }

    /// Whether it is over its limit now, often enough or not.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Fired { .. } | Self::Armed { over: true, .. })
    }
}

/// A trigger of a release with how it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The trigger.
    pub trigger: Arc<Trigger>,
    /// The service that it looks at.
    pub service: String,
    /// How it stands.
    pub state: TriggerState,
    /// The newest look.
    pub look: Arc<Look>,
    /// Since when every look was within the limit.
    #[serde(default)]
    pub within_since: Option<Timestamp>,
}
