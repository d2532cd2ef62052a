//! `catalog/services/NAME.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    slo::SloTable,
    text::{DurationText, LabelText, LinkText, NameText, SelectorText, VersionText},
};
use crate::domain::{
    canary::{gauge::GaugeRules, gauge_metric::Worse, settings::CanarySettings},
    time::Span,
};

/// A service: `catalog/services/NAME.toml`. The file's stem is the service's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "warroom service")]
pub struct ServiceFile {
    /// The team that owns it.
    pub owner: Option<String>,
    /// How much depends on it: 1 (highest) to 4. Gates are the stricter the lower the number.
    #[schemars(range(min = 1, max = 4))]
    pub criticality: Option<u8>,
    /// Services that it calls, by their names in the catalog.
    pub depends_on: Vec<String>,
    /// Links for people: label to URL.
    #[schemars(with = "BTreeMap<String, LinkText>")]
    pub links: BTreeMap<String, String>,
    /// Its name in incident systems: system to name.
    pub incidents: BTreeMap<String, String>,
    /// Where it lives in deployment systems.
    pub object: Vec<ObjectTable>,
    /// How its telemetry is found.
    pub telemetry: TelemetryTable,
    /// How its canaries are judged.
    pub canary: CanaryTable,
    /// What it promises.
    pub slo: Vec<SloTable>,
    /// What users do in it that a business lives on: orders, payments.
    pub business: Vec<BusinessTable>,
    /// Gauges by which a new version is compared with the one beside it: memory, CPU, length of a queue.
    pub gauge: Vec<GaugeTable>,
}

/// A gauge. While two versions run side by side their values are compared; one that is worse is a HOLD, never a rollback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GaugeTable {
    /// The short name, unique within the service: `memory`.
    #[schemars(with = "NameText")]
    pub name: String,
    /// Its series, to which labels of service and environment are added. Those of one version are averaged.
    #[schemars(with = "SelectorText")]
    pub value: String,
    /// Which values are worse. `higher` when left out.
    #[serde(default)]
    pub worse: Worse,
    /// By how many percent of the baseline's median it may be worse. 10 when left out.
    #[serde(default = "gauge_margin")]
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 1000))]
    pub margin: f64,
    /// The source that answers it, by name; every source that speaks `PromQL` when left out.
    pub source: Option<String>,
}

fn gauge_margin() -> f64 {
    GaugeRules::default().margin * 100.0
}

/// Something that users do and that a business lives on. After a deploy it is compared with the same slot of past weeks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BusinessTable {
    /// The short name, unique within the service: `orders`.
    #[schemars(with = "NameText")]
    pub name: String,
    /// Counters of its events, to which labels of service and environment are added.
    #[schemars(with = "SelectorText")]
    pub events: String,
    /// The source that answers it, by name; every source that speaks `PromQL` when left out.
    pub source: Option<String>,
}

/// Where a service lives in a deployment system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ObjectTable {
    /// The source by name; every source of that kind when left out.
    pub source: Option<String>,
    /// Its kind.
    pub kind: ObjectKind,
    /// Its name.
    pub name: String,
    /// Its namespace; any when left out.
    pub namespace: Option<String>,
    /// What "version" means for it.
    #[serde(default = "image_tag")]
    #[schemars(with = "VersionText")]
    pub version: String,
}

fn image_tag() -> String {
    "image-tag".to_owned()
}

/// Kinds of objects that roll out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ObjectKind {
    /// A Rollout of Argo Rollouts.
    Rollout,
    /// A Deployment of Kubernetes.
    Deployment,
}

/// How the telemetry of a service is found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct TelemetryTable {
    /// Labels that its series and alerts carry. `service` equals the service's name when left out.
    #[schemars(extend("propertyNames" = { "format": "label" }))]
    pub select: BTreeMap<String, String>,
    /// The label that holds the version. Comparisons by version are unknown when left out.
    #[schemars(with = "Option<LabelText>")]
    pub version_label: Option<String>,
}

/// How the canaries of a service are judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CanaryTable {
    /// So long after its start a version is not judged. 5m when left out.
    #[schemars(with = "DurationText")]
    pub warm_up: Span,
    /// The time between two evaluations; three in a row must say "worse" before a canary fails. 1m when left out.
    #[schemars(with = "DurationText")]
    pub every: Span,
    /// How many percentage points more of bad requests are still fine. 1 when left out.
    #[schemars(extend("exclusiveMinimum" = 0, "maximum" = 100))]
    pub margin: f64,
}

impl Default for CanaryTable {
    fn default() -> Self {
        let CanarySettings { warm_up, every, margin } = CanarySettings::default();
        Self { warm_up, every, margin: margin * 100.0 }
    }
}

impl From<CanaryTable> for CanarySettings {
    fn from(table: CanaryTable) -> Self {
        // Evaluations that are closer than a second are the same one.
        Self { warm_up: table.warm_up, every: table.every.max(Span::from_secs(1)), margin: table.margin / 100.0 }
    }
}
