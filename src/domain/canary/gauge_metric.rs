//! Gauges of services (memory, CPU, length of a queue): their definitions.

use serde::{Deserialize, Serialize};

use super::gauge::GaugeRules;
use crate::domain::{
    object::SourceName,
    slo::definition::{Binding, Indicator, Objective, Origin, Period, Slo},
    time::Span,
};

/// So many values of each version are looked at, the newest ones.
pub const MOST: u64 = 60;

/// Values are compared again and again while they are looked at, and an exact comparison of 50 takes milliseconds: beyond this the normal
/// distribution is near enough.
const EXACT: usize = 20;

/// Which values of a gauge are worse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Worse {
    /// Higher ones: memory, CPU, length of a queue.
    #[default]
    Higher,
    /// Lower ones: hits of a cache, idle workers.
    Lower,
}

impl Worse {
    /// The word for people and programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
        }
    }
}

/// A gauge of a service, by which two versions are compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GaugeMetric {
    /// The short name, unique within the service: `memory`.
    pub name: String,
    /// The service.
    pub service: String,
    /// The selector of its series.
    pub value: String,
    /// Which values are worse.
    pub worse: Worse,
    /// What matters, as a share of the baseline's median.
    pub margin: f64,
    /// The source that answers it; `None` is every one that speaks `PromQL`.
    pub source: Option<SourceName>,
}

impl GaugeMetric {
    /// Its series as a definition that sources know how to group and to select by labels. Nothing is promised of it, and nothing counted.
    #[must_use]
    pub fn definition(&self) -> Option<Slo> {
        Some(Slo {
            id: format!("{} gauge {}", self.service, self.name),
            name: self.name.clone(),
            origin: Origin::File(format!("services/{}.toml", self.service)),
            binding: Binding::Service(self.service.clone()),
            objective: Objective::new(99.0).ok()?,
            period: Period::Rolling(Span::from_days(1)),
            indicator: Indicator::Good { good: self.value.clone(), total: self.value.clone() },
            source: self.source.clone(),
        })
    }

    /// When it fails and when it passes.
    #[must_use]
    pub fn rules(&self) -> GaugeRules {
        GaugeRules { margin: self.margin, exact: EXACT, ..GaugeRules::default() }
    }
}
