//! What the room wants to know just now, told to the connectors so that they ask for that and no more.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    canary::deploy::Deploy, catalog::Catalog, chart::ChartRequest, release::ReleaseId, slo::definition::SloId,
    time::Timestamp,
};

/// What connectors look at before each poll.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// What was declared.
    pub catalog: Arc<Catalog>,
    /// Services and environments with a release in flight: their long windows are polled as often as their short ones.
    pub in_flight: BTreeSet<(String, String)>,
    /// Services and environments where a new version runs beside the one before, and since when.
    pub canaries: BTreeSet<(String, String, Timestamp)>,
    /// Deploys that are judged by what was before them.
    pub deploys: BTreeSet<Deploy>,
    /// Deploys of services that have business metrics.
    pub business: BTreeSet<Deploy>,
    /// SLOs of which a short window burns too fast: likewise.
    pub burning: BTreeSet<SloId>,
    /// Charts that somebody looks at.
    pub charts: Vec<ChartRequest>,
    /// Releases whose checklists are looked at.
    pub checked: BTreeSet<ReleaseId>,
}
