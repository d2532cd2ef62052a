//! From alerts to services, environments and releases.

use std::{cmp::Reverse, collections::BTreeMap};

use super::services::Index;
use crate::domain::{
    alert::{Alert, AlertState},
    facts::Facts,
    feed::Freshness,
    object::SourceName,
    picture::JoinedAlert,
    release::{Phase, Release},
    room::Room,
    time::Timestamp,
};

/// Every alert that any source reports, once, the loudest first. None is dropped: one that belongs to no service keeps `None`.
#[must_use]
pub fn join(room: &Room, services: &Index<'_>, releases: &[Release], now: Timestamp) -> Vec<JoinedAlert> {
    let mut joined: Vec<JoinedAlert> = merged(room, now)
        .into_values()
        .map(|(alert, sources, stale)| {
            let service = services.service(&alert.labels);
            let environment = services.environment(&alert.labels);
            let release = service
                .as_deref()
                .and_then(|service| release_of(releases, service, environment.as_deref()))
                .map(|release| release.id.clone());
            JoinedAlert { alert, sources, service, environment, release, stale }
        })
        .collect();
    joined.sort_by(|a, b| order(a).cmp(&order(b)));
    joined
}

fn order(joined: &JoinedAlert) -> impl Ord + '_ {
    let alert = &joined.alert;
    (alert.state != AlertState::Active, Reverse(alert.severity()), alert.starts_at, &alert.name, &alert.fingerprint)
}

type Merged<'a> = BTreeMap<(String, &'a str), (Alert, Vec<SourceName>, bool)>;

/// By fingerprint and name. Of an alert that several sources report, the newest; a source that knows how it is held (Alertmanager) wins over
/// one that only evaluates rules.
fn merged(room: &Room, now: Timestamp) -> Merged<'_> {
    let mut merged: Merged<'_> = BTreeMap::new();
    for (source, _, feed) in room.feeds() {
        let Some(Facts::Alerts(alerts)) = feed.feed.value() else { continue };
        let stale = matches!(feed.feed.freshness(now), Freshness::Stale | Freshness::Never);
        for alert in alerts {
            let key = (alert.fingerprint.clone(), alert.name.as_str());
            let Some((kept, sources, kept_stale)) = merged.get_mut(&key) else {
                merged.insert(key, (alert.clone(), vec![source.spec.name.clone()], stale));
                continue;
            };
            if !sources.contains(&source.spec.name) {
                sources.push(source.spec.name.clone());
            }
            let rank = |alert: &Alert, stale: bool| (!stale, !alert.receivers.is_empty(), alert.updated_at);
            if rank(alert, stale) > rank(kept, *kept_stale) {
                *kept = alert.clone();
            }
            *kept_stale &= stale;
        }
    }
    merged
}

/// The release in flight of `service` in `environment`. Where the alert does not say its environment, the only one that there is.
fn release_of<'a>(releases: &'a [Release], service: &str, environment: Option<&str>) -> Option<&'a Release> {
    let candidates = || {
        releases
            .iter()
            .filter(move |release| release.has(service))
            .filter(move |release| environment.is_none_or(|environment| release.environment == environment))
    };
    let moving = |release: &&Release| !matches!(release.phase, Phase::Done | Phase::RolledBack | Phase::Planned);
    if environment.is_none() {
        let mut places: Vec<&str> = candidates().map(|release| release.environment.as_str()).collect();
        places.dedup();
        if places.len() > 1 {
            return None;
        }
    }
    candidates().find(moving).or_else(|| candidates().max_by_key(|release| release.started_at))
}
