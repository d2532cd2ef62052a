//! Rollback triggers: what speaks for going back, measured again and again.
//!
//! One look says whether a condition is over its limit; a trail of looks says whether it was so often and long enough. A look that
//! could not be taken is never evidence for a rollback, and never compliance.

use serde::{Deserialize, Serialize};

use super::{canary::latency::SLOWER, labels::Labels, time::Span};

pub mod business;
pub mod canary;
pub mod criteria;
pub mod latency;
pub mod look;
pub mod measure;
pub mod promotion;
pub mod query;
pub mod sight;
pub mod state;
pub mod trail;
pub mod watch;

/// A rollback criterion of a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trigger {
    /// Unique in its release: `error-rate`.
    pub id: String,
    /// What is measured, and against what.
    pub condition: Condition,
    /// So many evaluations in a row must be over before it fires.
    pub in_a_row: u32,
    /// From the first of them so long must have passed.
    pub lasting: Span,
    /// What follows when it fires.
    pub act: Act,
    /// How long a person can hold what follows before it is done.
    #[serde(default = "countdown")]
    pub countdown: Span,
}

const fn countdown() -> Span {
    COUNTDOWN
}

/// How long a person can hold what follows, where nothing else is said.
pub const COUNTDOWN: Span = Span::from_secs(60);

/// What follows when a trigger fires.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    /// The verdict says so; people act.
    #[default]
    Advise,
    /// The rollout is paused.
    Pause,
    /// The rollout is aborted: traffic goes back to the version before.
    Abort,
}

impl Act {
    /// The word in files and for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Advise => "advise",
            Self::Pause => "pause",
            Self::Abort => "abort",
        }
    }
}

/// What a trigger measures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Condition {
    /// Bad requests of the new version over five minutes; of the whole service where versions cannot be told apart.
    ErrorRate {
        /// More than this share, 0 to 1, strictly.
        over: f64,
        /// And at least so many bad requests.
        events: f64,
        /// The SLO that counts them; `None` is every one that counts bad or good requests.
        slo: Option<String>,
    },
    /// A page pair of the service fires, and its burn is many times what it was before the deploy.
    Burn {
        /// So many times.
        times: f64,
    },
    /// The canary analysis says FAIL.
    Canary,
    /// The new version answers more slowly than the one beside it.
    Latency {
        /// By more than this.
        over: Span,
    },
    /// A business metric deviates from past weeks.
    Business {
        /// Which; `None` is any of the service.
        metric: Option<String>,
    },
    /// The deployment system or the pods of the new version say that it does not run.
    Health,
    /// The release has spent this share of the whole period's error budget.
    Budget {
        /// 0 to 1.
        spent: f64,
    },
    /// An alert with these labels fires since the deploy.
    Alert {
        /// All of them, `alertname` among them.
        labels: Labels,
    },
    /// A query of one's own gives more than it may.
    Query(query::Query),
}

impl Condition {
    /// The word for its kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::ErrorRate { .. } => "error rate",
            Self::Burn { .. } => "page burn",
            Self::Canary => "canary",
            Self::Latency { .. } => "latency",
            Self::Business { .. } => "business",
            Self::Health => "health",
            Self::Budget { .. } => "budget spent",
            Self::Alert { .. } => "alert",
            Self::Query(_) => "query",
        }
    }

    /// So many evaluations in a row, where nothing else is said. One odd sample is no reason to go back.
    #[must_use]
    pub const fn usual_in_a_row(&self) -> u32 {
        match self {
            Self::ErrorRate { .. } | Self::Health | Self::Query(_) => 2,
            // Three standard deviations are passed by chance sooner or later, when it is looked at often.
            Self::Business { .. } => 3,
            // A burn pair has two windows, and a canary is worse only after three evaluations of its own.
            Self::Burn { .. } | Self::Canary | Self::Latency { .. } | Self::Budget { .. } | Self::Alert { .. } => 1,
        }
    }
}

impl Trigger {
    /// A trigger that advises, after the usual number of evaluations.
    #[must_use]
    pub fn new(id: &str, condition: Condition) -> Self {
        let in_a_row = condition.usual_in_a_row();
        Self { id: id.to_owned(), condition, in_a_row, lasting: Span::ZERO, act: Act::default(), countdown: COUNTDOWN }
    }

    /// `in 2 evaluations in a row`, `in 2 evaluations in a row, for 5m`; empty where one is enough.
    #[must_use]
    pub fn patience(&self) -> String {
        let often = (self.in_a_row > 1).then(|| format!("in {} evaluations in a row", self.in_a_row));
        let long = (self.lasting > Span::ZERO).then(|| format!("for {}", self.lasting));
        often.into_iter().chain(long).collect::<Vec<_>>().join(", ")
    }
}

/// More than 5 % errors: a burn alert does not replace this, because 5 % never page where 99 % are promised.
pub const ERROR_RATE: f64 = 0.05;
/// Fewer bad requests than this prove nothing.
pub const FEWEST_BAD: f64 = 5.0;
/// So many times the burn of before the deploy.
pub const BURN_TIMES: f64 = 10.0;

/// The triggers of a release that says nothing else.
#[must_use]
pub fn usual() -> Vec<Trigger> {
    vec![
        Trigger::new("error-rate", Condition::ErrorRate { over: ERROR_RATE, events: FEWEST_BAD, slo: None }),
        Trigger::new("page-burn", Condition::Burn { times: BURN_TIMES }),
        Trigger::new("canary", Condition::Canary),
        Trigger::new("business", Condition::Business { metric: None }),
        Trigger::new("latency", Condition::Latency { over: SLOWER }),
        Trigger::new("health", Condition::Health),
    ]
}
