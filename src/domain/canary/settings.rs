//! What a service says about the analysis of its canaries.

use serde::{Deserialize, Serialize};

use super::rules::Rules;
use crate::domain::time::Span;

/// How the canaries of a service are judged.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CanarySettings {
    /// So long after its start a version is not judged: caches fill, connections open.
    pub warm_up: Span,
    /// The time between two evaluations.
    pub every: Span,
    /// How much worse is still fine, as a share of requests.
    pub margin: f64,
}

impl Default for CanarySettings {
    fn default() -> Self {
        Self { warm_up: Span::from_mins(5), every: Span::from_mins(1), margin: Rules::default().margin }
    }
}

impl CanarySettings {
    /// The rules with this service's margin.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules { margin: self.margin, ..Rules::default() }
    }
}
