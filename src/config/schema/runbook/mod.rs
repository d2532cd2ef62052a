//! `catalog/runbooks/NAME.toml`.

pub mod action;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::action::ActionTable;
use super::{
    checklist::{CheckValue, RequirementTable},
    text::{DurationText, NameText},
};
use crate::domain::{
    runbook::{Failing, Order, risk::Risk},
    time::Span,
};

/// A runbook: `catalog/runbooks/NAME.toml`. The file's stem is its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
// Required by the schema; a file without them is still read, so that the rest of it is checked.
#[schemars(title = "warroom runbook", extend("required" = ["title", "budget", "step"]))]
pub struct RunbookFile {
    /// One line for people.
    pub title: Option<String>,
    /// When to take it, and what it is not for.
    pub purpose: Option<String>,
    /// The services that it is for. Any when left out.
    pub services: Vec<String>,
    /// The environments that it is for. Any when left out.
    pub environments: Vec<String>,
    /// The role that answers for it, and is called when it is stuck.
    pub owner: Option<String>,
    /// Who read it: principals of `roles.toml`.
    pub reviewers: Vec<String>,
    /// How long the whole may take. A run warns at 50, 80 and 100 %, and never ends a write because of it.
    #[schemars(with = "DurationText")]
    pub budget: Option<Span>,
    /// How soon users are served again, as it was agreed (recovery time objective).
    #[schemars(with = "Option<DurationText>")]
    pub rto: Option<Span>,
    /// How much data may be lost, as it was agreed (recovery point objective).
    #[schemars(with = "Option<DurationText>")]
    pub rpo: Option<Span>,
    /// The risk that it has at least. What its steps do may make it more, never less.
    pub risk: Option<Risk>,
    /// How old its last rehearsal may be. 30d unless said otherwise.
    #[schemars(with = "Option<DurationText>")]
    pub rehearse: Option<Span>,
    /// What is asked for when it is planned.
    pub parameter: Vec<ParameterTable>,
    /// Whose approval it needs, by the change class of the release.
    pub approvals: ApprovalsTable,
    /// What must hold before anything is done. Looks only.
    pub before: Vec<StepTable>,
    /// What is kept of the failed version before the first write, beside what every run keeps: what a program writes, such as
    /// the end of a log, or what a GET brings. It changes nothing, has four seconds, and blocks nothing.
    pub keep: Vec<StepTable>,
    /// What is done, in this order.
    #[schemars(length(min = 1))]
    pub step: Vec<StepTable>,
    /// What must hold afterwards. Looks only, and better at something else than what was told to act.
    pub validation: Vec<StepTable>,
}

/// Something that is asked for when the runbook is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ParameterTable {
    /// `${name}` stands for it.
    #[schemars(with = "NameText")]
    pub name: String,
    /// One line for people.
    pub title: Option<String>,
    /// What it may be. A text unless said otherwise.
    #[serde(default)]
    pub kind: KindWord,
    /// The values of a `choice`.
    #[serde(default)]
    pub values: Vec<String>,
    /// The least `number`.
    pub min: Option<i64>,
    /// The most `number`.
    pub max: Option<i64>,
    /// The value when none is given. It must be given when this is left out.
    pub default: Option<String>,
}

/// What a parameter may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KindWord {
    /// A text on one line that does not begin with `-`.
    #[default]
    Text,
    /// A whole number.
    Number,
    /// One of `values`.
    Choice,
    /// A version, tag or digest.
    Version,
    /// A length of time such as `5m`.
    Duration,
    /// An instant such as `2026-11-21T14:32:07Z`.
    Instant,
}

/// Whose approval a plan needs beside the one who runs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalsTable {
    /// For a standard change.
    pub standard: Option<RequirementTable>,
    /// For a normal change.
    pub normal: Option<RequirementTable>,
    /// For an emergency.
    pub emergency: Option<RequirementTable>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepTable {
    /// Unique in the runbook. The record names it.
    #[schemars(with = "NameText")]
    pub id: String,
    /// One line for people. The `id` when left out.
    pub title: Option<String>,
    /// What it does.
    #[serde(rename = "do")]
    pub action: ActionTable,
    /// Once for each of several services.
    pub each: Option<EachTable>,
    /// What takes it back.
    pub undo: Option<ActionTable>,
    /// What tells, without changing anything, whether its effect is there. Kubernetes and rollout steps know by themselves.
    pub probe: Option<CheckValue>,
    /// Whether doing it twice is the same as doing it once. True for Kubernetes, rollout, manual and looks, false for others
    /// unless said otherwise.
    pub idempotent: Option<bool>,
    /// Whether it may be ended while it runs. True for looks, manual and notify, false for others unless said otherwise.
    pub cancellable: Option<bool>,
    /// How long one attempt may take. http, notify and check: 30s; command: 1m; kubernetes: 2m; rollout: 5m. To be said for
    /// `wait_metric` and manual.
    #[schemars(with = "Option<DurationText>", extend("x-span-min" = "100ms", "x-span-max" = "7d"))]
    pub timeout: Option<Span>,
    /// How long it has to end by itself after it was told to. 10s unless said otherwise.
    #[schemars(with = "Option<DurationText>", extend("x-span-max" = "1h"))]
    pub grace: Option<Span>,
    /// How often it is tried in all. Once unless said otherwise; more only where it is idempotent.
    #[schemars(range(min = 1, max = 20))]
    pub attempts: Option<u32>,
    /// What happens when it fails. `stop` unless said otherwise.
    #[serde(default)]
    pub failing: Failing,
}

/// A step that is done for several services, in the order of `depends_on` in their files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct EachTable {
    /// Which. Every service of the release when left out.
    pub services: Vec<String>,
    /// In which order. `reverse` unless said otherwise: who calls comes back before who is called.
    pub order: Order,
}
