//! What belongs to one release in the joined picture.

use super::scene::Scene;
use crate::app::rows;
use crate::domain::{
    chart::{Metric, Series},
    marker::Marker,
    picture::JoinedAlert,
    release::{Component, Release},
};

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
