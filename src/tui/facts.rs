//! What belongs to one release in the joined picture.

use super::{panes, scene::Scene};
use crate::app::rows;
use crate::domain::{
    chart::{Metric, Series},
    level::Level,
    marker::Marker,
    picture::JoinedAlert,
    release::{Component, Release},
};

/// The component that a line shows when there is room for one: the one whose service is worst off by SLOs, alerts or its own
/// state, then one that moves, then the first.
pub(crate) fn leading<'a>(scene: &Scene<'a>, release: &'a Release) -> Option<&'a Component> {
    let trouble = |component: &Component| {
        let slos = rows::slos_of(scene.picture, release).filter(|slo| slo.key.service == component.service);
        let alerts = rows::alerts_of(scene.picture, release)
            .filter(|alert| alert.service.as_deref() == Some(component.service.as_str()));
        let levels = slos.map(|slo| slo.level).chain(alerts.map(panes::alerts::level));
        levels.chain([component.level]).filter(|level| *level >= Level::Watch).max()
    };
    let moves = |component: &Component| component.workload.as_ref().is_some_and(|w| w.status.in_flight());
    let weighed = release.components.iter().rev().map(|component| ((trouble(component), moves(component)), component));
    weighed.max_by_key(|(weight, _)| *weight).map(|(_, component)| component)
}

/// The alerts of a release, the loudest first.
pub(crate) fn alerts<'a>(scene: &Scene<'a>, release: &'a Release) -> Vec<&'a JoinedAlert> {
    rows::alerts_of(scene.picture, release).collect()
}

/// Whether a deployment event happened to this component.
pub(crate) fn belongs(marker: &Marker, component: &Component, release: &Release) -> bool {
    match &component.key {
        Some(key) => marker.object == *key,
        None => {
            marker.service.as_deref() == Some(component.service.as_str())
                && marker.environment.as_deref() == Some(release.environment.as_str())
        }
    }
}

/// The chart series of `metric` of a component.
pub(crate) fn series<'a>(
    scene: &Scene<'a>,
    release: &'a Release,
    component: &Component,
    metric: &Metric,
) -> Vec<&'a Series> {
    rows::charts_of(scene.picture, release)
        .filter(|series| series.service == component.service && series.metric == *metric)
        .collect()
}
