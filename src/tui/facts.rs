//! What belongs to one release in the joined picture.

use super::scene::Scene;
use crate::domain::{
    chart::Series,
    marker::Marker,
    picture::JoinedAlert,
    release::{Component, Release},
    slo::status::SloStatus,
};

/// The SLOs of a release, each service's own before those of its versions, in the order of the components.
pub(crate) fn slos<'a>(scene: &Scene<'a>, release: &Release) -> Vec<&'a SloStatus> {
    let mut all: Vec<&SloStatus> = scene
        .picture
        .slos
        .iter()
        .filter(|slo| slo.key.environment == release.environment && release.has(&slo.key.service))
        .collect();
    let place = |slo: &SloStatus| release.components.iter().position(|component| component.service == slo.key.service);
    all.sort_by(|a, b| {
        (place(a), &a.key.service, &a.key.slo, &a.key.source, &a.key.version).cmp(&(
            place(b),
            &b.key.service,
            &b.key.slo,
            &b.key.source,
            &b.key.version,
        ))
    });
    all
}

/// The alerts of a release, the loudest first.
pub(crate) fn alerts<'a>(scene: &Scene<'a>, release: &Release) -> Vec<&'a JoinedAlert> {
    scene.picture.alerts.iter().filter(|alert| alert.release.as_deref() == Some(release.id.as_str())).collect()
}

/// The deployment events of a release's components, oldest first.
pub(crate) fn markers<'a>(scene: &Scene<'a>, release: &Release) -> Vec<&'a Marker> {
    scene
        .picture
        .markers
        .iter()
        .filter(|marker| release.components.iter().any(|c| belongs(marker, c, release)))
        .collect()
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

/// The chart series of a component.
pub(crate) fn series<'a>(scene: &Scene<'a>, release: &Release, component: &Component) -> Vec<&'a Series> {
    scene
        .picture
        .charts
        .iter()
        .filter(|series| series.service == component.service && series.environment == release.environment)
        .collect()
}
