//! Shares of traffic of a canary: the arithmetic of the official plugin (`GetCurrentSetWeight`, `NewRolloutInfo`).

use super::{
    objects::{Canary, Rollout},
    steps,
};
use crate::domain::workload::{Revision, Traffic, TrafficSource};

/// What is known of a canary's traffic.
pub(super) struct Canaries<'a> {
    /// The specification.
    pub(super) canary: &'a Canary,
    /// The object.
    pub(super) rollout: &'a Rollout,
    /// Its revisions, tagged.
    pub(super) revisions: &'a [Revision],
    /// Whether the revisions could be read.
    pub(super) revisions_known: bool,
}

impl Canaries<'_> {
    /// The whole, which a router may set to something else than 100.
    fn max(&self) -> u32 {
        let max = self.canary.traffic_routing.as_ref().and_then(|routing| routing.max_traffic_weight);
        max.and_then(|max| u32::try_from(max).ok()).filter(|max| *max > 0).unwrap_or(100)
    }

    /// What the plugin calls `SetWeight`.
    fn desired(&self) -> u32 {
        if self.rollout.status.abort {
            return 0;
        }
        let Some((index, _)) = steps::current(self.canary, self.rollout) else { return self.max() };
        let mut behind = self.canary.steps.iter().take(index + 1).rev();
        super::lenient::as_count(behind.find_map(|step| step.set_weight))
    }

    /// What the plugin calls `ActualWeight`. `None` where it depends on pods that could not be counted.
    fn actual(&self) -> Option<u32> {
        let status = &self.rollout.status;
        if steps::current(self.canary, self.rollout).is_none() {
            return Some(self.max());
        }
        if status.available_replicas == 0 {
            return Some(0);
        }
        if self.canary.traffic_routing.is_some() {
            return Some(
                status.canary.weights.as_ref().map_or_else(|| self.desired(), |weights| weights.canary.weight),
            );
        }
        self.available().map(|available| {
            let share = u64::from(available) * u64::from(self.max()) / u64::from(status.available_replicas);
            u32::try_from(share).unwrap_or(u32::MAX)
        })
    }

    /// Available pods of the canary.
    fn available(&self) -> Option<u32> {
        let canary = self.revisions.iter().find(|revision| revision.tags.iter().any(|tag| tag == "canary"));
        self.revisions_known.then(|| canary.map_or(0, |revision| revision.available))
    }

    /// Whether users are known to reach the new version: what a router reports, or pods that take their share.
    pub(super) fn measured_on_new(&self) -> bool {
        if self.canary.traffic_routing.is_some() {
            self.rollout.status.canary.weights.as_ref().is_some_and(|weights| weights.canary.weight > 0)
        } else {
            self.available().is_some_and(|available| available > 0)
        }
    }

    /// The shares. Where no pod runs there is no traffic to share; the plugin prints 100 there.
    pub(super) fn traffic(&self) -> Traffic {
        let status = &self.rollout.status;
        let weights = status.canary.weights.as_ref();
        let runs = status.replicas > 0
            || status.available_replicas > 0
            || self.revisions.iter().any(|revision| revision.current > 0);
        let source = match (&self.canary.traffic_routing, weights) {
            (Some(_), Some(_)) => TrafficSource::Router,
            (Some(_), None) => TrafficSource::Nowhere,
            (None, _) => TrafficSource::Replicas,
        };
        Traffic {
            desired: runs.then(|| self.desired()),
            actual: if runs { self.actual() } else { None },
            max: self.max(),
            source: if runs { source } else { TrafficSource::Nowhere },
            verified: weights.and_then(|weights| weights.verified),
        }
    }
}

/// The traffic of anything that has no weights.
pub(super) const NO_WEIGHTS: Traffic =
    Traffic { desired: None, actual: None, max: 100, source: TrafficSource::Nowhere, verified: None };
