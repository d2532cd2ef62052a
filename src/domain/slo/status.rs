//! What an SLO looks like now: burn, pairs, budget, time left. The shapes only; the arithmetic is beside it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    definition::{Objective, Origin, Period, SloId, Window},
    reading::DataState,
};
use crate::domain::{
    level::Level,
    object::SourceName,
    time::{Span, Timestamp},
};

/// Which SLO of which service where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SloKey {
    /// The service.
    pub service: String,
    /// The environment; empty where neither labels nor catalog say.
    pub environment: String,
    /// The short name: `availability`.
    pub slo: String,
    /// The source that measures it.
    pub source: SourceName,
    /// The version, where it is of one version only.
    pub version: Option<String>,
}

/// An SLO now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SloStatus {
    /// Which.
    pub key: SloKey,
    /// The definition's identifier.
    pub id: SloId,
    /// Where the definition was read.
    pub origin: Origin,
    /// The promise.
    pub objective: Objective,
    /// Over which time.
    pub period: Period,
    /// The worst data state of what a judgement needs.
    pub state: DataState,
    /// How much it needs a person: a firing page is Bad, a firing ticket Watch, any doubt Unknown.
    pub level: Level,
    /// Burn by window, shortest first.
    pub burns: Vec<Burn>,
    /// The alerting pairs.
    pub pairs: Vec<Pair>,
    /// What is left.
    pub budget: Budget,
    /// When it is gone at this rate.
    pub exhaustion: Exhaustion,
    /// What of the whole budget was spent since the release in flight started; `None` where that cannot be derived.
    pub spent_since_release: Option<Spent>,
    /// What a reader should know: `page 14.4x cannot fire: burn is at most 10x`.
    pub warnings: Vec<String>,
}

impl SloStatus {
    /// The burn over `window`.
    #[must_use]
    pub fn burn(&self, window: Window) -> Option<&Burn> {
        self.burns.iter().find(|burn| burn.window == window)
    }
}

/// How fast the budget is spent over one window: 1 spends exactly all of it in the period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Burn {
    /// The window.
    pub window: Window,
    /// What the value is worth.
    pub state: DataState,
    /// Error ratio over budget, of the covered part of the window; `None` where nothing was measured.
    pub rate: Option<f64>,
    /// Bad events over all events, 0 to 1.
    pub ratio: Option<f64>,
    /// Bad events, where counts are known.
    pub bad: Option<f64>,
    /// All events, where counts are known.
    pub total: Option<f64>,
    /// The covered share of the window, 0 to 1.
    pub coverage: f64,
    /// The time of the sample.
    pub at: Option<Timestamp>,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

impl Burn {
    /// The burn with the uncovered part of the window counted as good: what alerting compares.
    #[must_use]
    pub fn effective(&self) -> Option<f64> {
        self.rate.map(|rate| rate * self.coverage)
    }
}

/// Whom a pair calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairSeverity {
    /// For working hours.
    Ticket,
    /// Wakes somebody.
    Page,
}

/// A long and a short window with one factor: it fires while both burn faster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// Whom it calls.
    pub severity: PairSeverity,
    /// The long window: enough budget is gone.
    pub long: Window,
    /// The short window: it is still going on.
    pub short: Window,
    /// The burn that both must exceed, strictly.
    pub factor: f64,
    /// The long half; `None` is not known.
    pub long_over: Option<bool>,
    /// The short half.
    pub short_over: Option<bool>,
    /// Both together.
    pub firing: Firing,
    /// Both halves in words: `1h 16.2x over, 5m 3.1x falling: recovering`.
    pub note: String,
}

/// Whether a pair fires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Firing {
    /// Both halves are over.
    Yes,
    /// At least one half is known to be under.
    No,
    /// The factor is not below the highest possible burn.
    CannotFire {
        /// The highest possible burn, 1 / budget.
        max: f64,
    },
    /// Both halves are over, but by fewer bad events than would mean anything.
    LowTraffic {
        /// Bad events in the long window.
        bad: f64,
        /// How many it takes.
        needed: f64,
    },
    /// Not known, and why.
    Unknown {
        /// In words.
        why: String,
    },
}

/// What is left of the budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// The share that is left: 1 is all, negative is overspent. Never clamped. `None` where it is not known.
    pub remaining: Option<f64>,
    /// What the value is worth.
    pub state: DataState,
    /// How it was worked out.
    pub basis: BudgetBasis,
    /// Calendar only: the share that is left of what the events so far allow.
    pub so_far: Option<f64>,
    /// The query behind it.
    pub query: Arc<str>,
}

/// How a budget was worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BudgetBasis {
    /// From counts: each event weighs the same.
    Events,
    /// From a recorded average of slices: each slice of time weighs the same.
    Time,
    /// Calendar: of the events expected in the whole unit, at the rate so far.
    Projection,
    /// Nothing to work from.
    None,
}

/// What a release has spent, as shares of the whole period's budget: 0.02 is 2 %.
///
/// Windows do not end where a release began, so the truth lies between the windows around that moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// With errors spread evenly between the two windows around the start.
    pub share: f64,
    /// What the longest window within the release has spent.
    pub at_least: f64,
    /// What the shortest window around the whole release has spent, errors from before the release included.
    pub at_most: f64,
    /// [`BudgetBasis::Events`] from counts, [`BudgetBasis::Time`] where only ratios are known and even traffic is assumed.
    pub basis: BudgetBasis,
}

/// When the budget is gone at the present burn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exhaustion {
    /// It is gone.
    Exhausted,
    /// Nothing burns.
    NotBurning,
    /// A rolling period at a burn of at most one: never.
    Never,
    /// A rolling period: not before so long, because old errors leave the window.
    AtLeast(Span),
    /// A calendar period: in so long.
    In(Span),
    /// A calendar period: the unit ends first.
    AfterPeriod,
    /// Not known.
    Unknown,
}
