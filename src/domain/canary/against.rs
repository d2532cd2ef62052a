//! What a new version is compared with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{before_after::Confounder, words};
use crate::domain::time::{Span, Timestamp};

/// Where the counts of the version before come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// It runs beside the new one: both are counted over the same time.
    #[default]
    Beside,
    /// It ran before the deploy, and nothing runs beside the new one.
    Before(Before),
}

/// The time before a deploy, and what makes it another situation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Before {
    /// The end of the time that was counted.
    pub until: Timestamp,
    /// How long that time is.
    pub reach: Span,
    /// The whole query, to be copied; as of `until`.
    pub query: Arc<str>,
    /// What else may be the cause of a difference.
    pub confounders: Vec<Confounder>,
    /// Whether only a part of the requests goes to the new version: then no difference of all requests proves nothing.
    pub partial: bool,
    /// What would make versions comparable side by side.
    pub advice: Option<String>,
    /// The stored profile that took the place of the time before the deploy, where that holds nothing.
    #[serde(default)]
    pub stored: Option<Stored>,
}

/// What was kept of a version that ran before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    /// The version.
    pub version: String,
    /// Its bad share, where that was over what the SLO allows: such a version is no measure of a good one.
    pub over: Option<f64>,
}

impl Against {
    /// What both sides are called: `canary` and `stable`, or `after` and `before`.
    #[must_use]
    pub const fn sides(&self) -> (&'static str, &'static str) {
        match self {
            Self::Beside => ("canary", "stable"),
            Self::Before(_) => ("after", "before"),
        }
    }

    /// Whether something else may be the cause of a difference. A stored profile is always of another time of day.
    #[must_use]
    pub const fn is_doubtful(&self) -> bool {
        matches!(self, Self::Before(before) if before.stored.is_some() || !before.confounders.is_empty())
    }

    /// Whether it can fail and cannot pass.
    #[must_use]
    pub const fn cannot_pass(&self) -> bool {
        matches!(
            self,
            Self::Before(Before { partial: true, .. } | Before { stored: Some(Stored { over: Some(_), .. }), .. })
        )
    }

    /// The stored profile that is compared with.
    #[must_use]
    pub const fn stored(&self) -> Option<&Stored> {
        match self {
            Self::Before(Before { stored: Some(stored), .. }) => Some(stored),
            Self::Beside | Self::Before(_) => None,
        }
    }

    /// What a reader has to know of the comparison, in words; nothing of one side by side.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let Self::Before(before) = self else { return Vec::new() };
        let mut remarks = vec![match &before.stored {
            None => "after the deploy against before it, not side by side".to_owned(),
            Some(stored) => format!(
                "after the deploy against the profile of {} ({} until {}), not side by side",
                stored.version,
                before.reach,
                before.until.format("%Y-%m-%d %H:%MZ")
            ),
        }];
        if let Some(over) = before.stored.as_ref().and_then(|stored| stored.over) {
            remarks.push(format!(
                "the stored version was itself over its SLO ({} bad), so this cannot pass",
                words::share(over)
            ));
        }
        let time = before.stored.as_ref().map(|_| "another time of day".to_owned());
        let causes: Vec<String> = time.into_iter().chain(before.confounders.iter().map(Confounder::words)).collect();
        if !causes.is_empty() {
            remarks.push(format!("what else may be the cause: {}", causes.join(", ")));
        }
        if before.partial {
            remarks.push("only a part of the requests goes to the new version, so this cannot pass".to_owned());
        }
        remarks.extend(before.advice.clone());
        remarks
    }
}
