//! `[[trigger]]` and `[promotion]` of a release, and `catalog/triggers/NAME.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{DueText, DurationText, NameText};
use crate::domain::{time::Span, trigger::Act};

/// Rollback triggers and a promotion criterion for many releases: `catalog/triggers/NAME.toml`. The file's stem is its name, which
/// releases refer to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "warroom triggers")]
pub struct TriggerFile {
    /// What speaks for going back.
    pub trigger: Vec<TriggerTable>,
    /// What must hold before the new version becomes the one for everybody.
    pub promotion: Option<PromotionTable>,
}

/// A rollback criterion. With the `id` of one that is built on, it takes its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TriggerTable {
    /// Unique in the release. The usual ones are error-rate, page-burn, canary, business, latency and health.
    #[schemars(with = "NameText")]
    pub id: String,
    /// When it is over its limit.
    pub when: WhenValue,
    /// So many evaluations in a row must be over. 2 for the error rate and health, otherwise 1.
    #[schemars(range(min = 1, max = 100))]
    pub in_a_row: Option<u32>,
    /// From the first of them so long must have passed.
    #[serde(rename = "for")]
    #[schemars(with = "Option<DurationText>", extend("x-span-max" = "1d"))]
    pub lasting: Option<Span>,
    /// What follows. `advise`: the verdict says ROLL BACK, and people act. `pause` and `abort` do that to the rollout by themselves,
    /// where a process has `[breaker]`, after a countdown in which a person can hold it.
    #[serde(default)]
    #[schemars(with = "ActWord")]
    pub act: Act,
    /// How long a person can hold it before it is done, from 10s to 1h. 60s unless said otherwise.
    #[schemars(with = "Option<DurationText>", extend("x-span-min" = "10s", "x-span-max" = "1h"))]
    pub countdown: Option<Span>,
}

/// The words for what follows.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum ActWord {
    Advise,
    Pause,
    Abort,
}

/// What a trigger measures: a word, or a table of one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WhenValue {
    // Without documentation of their own they stay two words of one list in the schema.
    #[expect(missing_docs, reason = "the list of words is told by the field")]
    Canary,
    #[expect(missing_docs, reason = "the list of words is told by the field")]
    Health,
    /// Bad requests of the new version over five minutes.
    ErrorRate(ErrorRateTable),
    /// A page pair fires, and it did not burn like that before the deploy.
    PageBurn(PageBurnTable),
    /// A business metric deviates from past weeks.
    Business(BusinessTriggerTable),
    /// Answers of the new version against those of the version beside it.
    Latency(SlowerTable),
    /// What this release has spent of the error budget.
    Budget(BudgetTable),
    /// An alert fires since the deploy.
    Alert(AlertTable),
    /// A query of your own gives more than it may.
    Query(QueryTable),
}

/// Bad requests of the new version over five minutes, of the whole service where versions cannot be told apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorRateTable {
    /// More than this, in percent.
    #[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 100))]
    pub over: f64,
    /// And at least so many bad requests. 5 unless said otherwise.
    #[schemars(range(min = 1))]
    pub events: Option<u32>,
    /// The short name of the SLO that counts them; every one that counts bad or good requests when left out.
    pub slo: Option<String>,
}

/// A page pair fires, and it did not burn like that before the deploy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageBurnTable {
    /// So many times the burn of before the deploy. 10 is usual.
    #[schemars(extend("minimum" = 1))]
    pub times: f64,
}

/// A business metric of the service deviates from the same slot of past weeks, by more than 10 % and three standard deviations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BusinessTriggerTable {
    /// Which; any of the service when left out.
    pub metric: Option<String>,
}

/// Answers of the new version against those of the version beside it, by the histograms of its SLOs: by the 95th percentile where buckets
/// and counts allow to know it, else by the share of slow requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlowerTable {
    /// Slower by more than this. 200ms is usual.
    #[schemars(with = "DurationText", extend("x-span-min" = "1ms", "x-span-max" = "1h"))]
    pub over: Span,
}

/// What this release has spent of the error budget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetTable {
    /// More than this of the whole period's budget, in percent.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub spent: f64,
}

/// An alert of the release's services fires since the deploy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertTable {
    /// It carries all of these: `{ alertname = "OrdersDown" }`.
    #[schemars(extend("minProperties" = 1))]
    pub labels: BTreeMap<String, String>,
}

/// A query of your own gives more than it may. It is asked once, however many services it is about: where its rows carry the labels of a
/// service or of its version, each service is judged by its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueryTable {
    /// The expression, in `PromQL`.
    #[schemars(extend("minLength" = 1))]
    pub expr: String,
    /// More than this.
    pub over: f64,
    /// The source that is asked; every one of the environment that speaks `PromQL` when left out.
    pub source: Option<String>,
    /// An expression that counts the events behind it.
    #[schemars(extend("minLength" = 1))]
    pub events: Option<String>,
    /// At least so many events, so that it means something.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub at_least: Option<f64>,
}

/// What must hold, unbroken, before the new version becomes the one for everybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromotionTable {
    /// For how long. 28 of 30 evaluations of one minute must have passed, and none may have failed.
    #[serde(rename = "for")]
    #[schemars(with = "DurationText", extend("x-span-min" = "1m", "x-span-max" = "7d"))]
    pub lasting: Span,
    /// Before what: a share of traffic such as `50%`, or `done`. `100%` unless said otherwise.
    #[schemars(with = "Option<DueText>")]
    pub before: Option<String>,
}
