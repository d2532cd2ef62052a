//! What a new version is compared with.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::before_after::Confounder;
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

    /// Whether something else may be the cause of a difference.
    #[must_use]
    pub const fn is_doubtful(&self) -> bool {
        matches!(self, Self::Before(before) if !before.confounders.is_empty())
    }

    /// Whether it can fail and cannot pass.
    #[must_use]
    pub const fn is_partial(&self) -> bool {
        matches!(self, Self::Before(Before { partial: true, .. }))
    }

    /// What a reader has to know of the comparison, in words; nothing of one side by side.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        let Self::Before(before) = self else { return Vec::new() };
        let mut remarks = vec!["after the deploy against before it, not side by side".to_owned()];
        if !before.confounders.is_empty() {
            let causes: Vec<String> = before.confounders.iter().map(Confounder::words).collect();
            remarks.push(format!("what else may be the cause: {}", causes.join(", ")));
        }
        if before.partial {
            remarks.push("only a part of the requests goes to the new version, so this cannot pass".to_owned());
        }
        remarks.extend(before.advice.clone());
        remarks
    }
}
