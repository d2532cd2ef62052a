//! What speaks for or against a release. Every part of warroom that has something to say gives reasons of this one shape.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::domain::{level::Level, time::Timestamp};

/// What a reason does to the verdict, from what calms to what alarms. The heaviest one decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Speaks for going on: it is known, fresh, and as it should be.
    Supports,
    /// HOLD: something is missing that time or a person brings.
    Waits,
    /// UNKNOWN: something that must be known is not.
    Unknown,
    /// HOLD: something is wrong, and known to be. Not made any better by what is not known.
    Stops,
    /// ROLL BACK: measured evidence of harm by this release.
    RollsBack,
}

impl Effect {
    /// How much it needs a person.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Supports => Level::Ok,
            Self::Waits => Level::Watch,
            Self::Unknown => Level::Unknown,
            Self::Stops | Self::RollsBack => Level::Bad,
        }
    }
}

/// Where a reason comes from. A verdict is never GO while one that it must rest on says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Input {
    /// Objects of deployment systems.
    Deployment,
    /// SLOs and their budgets.
    Slo,
    /// Alerts.
    Alerts,
    /// Rollback triggers.
    Triggers,
    /// The promotion criterion.
    Promotion,
    /// The comparison with the version before.
    Canary,
    /// Items and sign-offs.
    Checklist,
    /// Incidents.
    Incidents,
    /// Rules of the team.
    Policy,
    /// Windows and freezes.
    Calendar,
    /// How risky it is, and what class and sign-offs that calls for.
    Risk,
}

impl Input {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Slo => "SLO",
            Self::Alerts => "alerts",
            Self::Triggers => "triggers",
            Self::Promotion => "promotion criterion",
            Self::Canary => "canary",
            Self::Checklist => "checklist",
            Self::Incidents => "incidents",
            Self::Policy => "policy",
            Self::Calendar => "calendar",
            Self::Risk => "risk",
        }
    }

    /// The screen that shows it, as a person gets there: `pane 6 Triggers`.
    #[must_use]
    pub const fn screen(self) -> &'static str {
        match self {
            Self::Deployment => "pane 1 Steps",
            Self::Slo => "pane 3 SLO",
            Self::Alerts | Self::Incidents => "pane 4 Alerts",
            Self::Checklist => "pane 5 Checks",
            Self::Triggers | Self::Promotion | Self::Canary => "pane 6 Triggers",
            Self::Policy | Self::Calendar | Self::Risk => "the verdict",
        }
    }

    /// Among reasons of the same effect the heavier comes first: measured harm before papers.
    #[must_use]
    pub const fn weight(self) -> u16 {
        match self {
            Self::Triggers => 100,
            Self::Canary => 95,
            Self::Alerts => 90,
            Self::Incidents => 85,
            Self::Slo => 80,
            Self::Deployment => 70,
            Self::Calendar => 60,
            Self::Policy => 55,
            Self::Risk => 52,
            Self::Checklist => 50,
            Self::Promotion => 40,
        }
    }
}

/// One reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Unique among the reasons of a release: `trigger error-rate checkout`.
    pub id: String,
    /// Where it comes from.
    pub input: Input,
    /// What it does.
    pub effect: Effect,
    /// Among those of the same effect, the heavier first.
    pub weight: u16,
    /// In a few words, for a table.
    pub short: String,
    /// In full. May hold text from outside.
    pub text: String,
    /// The numbers behind it, in words; empty where the text has them.
    pub evidence: String,
    /// The query behind it, to be copied.
    pub query: Option<Arc<str>>,
    /// The source it rests on.
    pub source: Option<String>,
    /// When that was measured or said.
    pub at: Option<Timestamp>,
    /// What would take it out of the way.
    pub cure: Option<Cure>,
    /// What somebody can sign that takes it out of the way, or has.
    #[serde(default)]
    pub remedy: Option<Remedy>,
    /// Its text names somebody, or has their words: nothing for a shared screen.
    #[serde(default)]
    pub personal: bool,
}

/// What somebody can sign that takes a reason out of the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Remedy {
    /// A waiver lets the release pass.
    Waive {
        /// What it names: `calendar/year-end`.
        item: String,
        /// The roles in which it counts; empty where nobody may.
        roles: Vec<String>,
    },
    /// An approval.
    Sign {
        /// The sign-off: `policy/release-manager`.
        signoff: String,
    },
}

impl Remedy {
    /// What is signed, by its name in the ledger.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Waive { item, .. } => item,
            Self::Sign { signoff } => signoff,
        }
    }
}

/// What would take a reason out of the way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cure {
    /// After `GO when`, or after `GO in 11m` where a time is known: `if compliance stays`.
    pub what: String,
    /// When, where time alone brings it.
    pub at: Option<Timestamp>,
}

impl Reason {
    /// A reason with the weight of its input and nothing behind it yet.
    #[must_use]
    pub fn new(
        input: Input,
        effect: Effect,
        id: impl Into<String>,
        short: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            input,
            effect,
            weight: input.weight(),
            short: short.into(),
            text: text.into(),
            evidence: String::new(),
            query: None,
            source: None,
            at: None,
            cure: None,
            remedy: None,
            personal: false,
        }
    }

    /// How much it needs a person. A rule that holds a release is no harm: a freeze is not red for a month.
    #[must_use]
    pub const fn level(&self) -> Level {
        match (self.effect, self.input) {
            (Effect::Stops, Input::Calendar | Input::Policy | Input::Risk) => Level::Watch,
            (effect, _) => effect.level(),
        }
    }

    /// With what somebody can sign.
    #[must_use]
    pub fn remedied_by(mut self, remedy: Remedy) -> Self {
        self.remedy = Some(remedy);
        self
    }

    /// With a text that names somebody, or has their words.
    #[must_use]
    pub const fn by_somebody(mut self) -> Self {
        self.personal = true;
        self
    }

    /// With what a person or the world has to do.
    #[must_use]
    pub fn cured_when(mut self, what: impl Into<String>) -> Self {
        self.cure = Some(Cure { what: what.into(), at: None });
        self
    }

    /// With the time that alone brings it, on a condition.
    #[must_use]
    pub fn cured_at(mut self, at: Timestamp, condition: impl Into<String>) -> Self {
        self.cure = Some(Cure { what: condition.into(), at: Some(at) });
        self
    }

    /// With when it was measured, and by whom.
    #[must_use]
    pub fn measured(mut self, at: Option<Timestamp>, source: Option<String>) -> Self {
        self.at = at;
        self.source = source;
        self
    }
}
