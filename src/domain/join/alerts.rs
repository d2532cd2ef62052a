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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        join::example::{alert, at, canary, catalog, deliver, room},
        level::Level,
        workload::Status,
    };

    #[test]
    fn an_alert_belongs_to_the_release_in_flight_of_its_service_and_environment() {
        let mut room = room(catalog());
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        let alerts = vec![
            alert("Burn", [("service", "checkout"), ("env", "production"), ("severity", "page")]),
            alert("Elsewhere", [("service", "checkout"), ("env", "staging")]),
            alert("Nobody's", [("job", "node")]),
        ];
        deliver(&mut room, "am", "alerts", at(0), Facts::Alerts(alerts));
        let picture = room.picture(at(1));
        let joined = |name: &str| {
            let found = picture.alerts.iter().find(|joined| joined.alert.name == name).expect("listed");
            (found.service.as_deref(), found.environment.as_deref(), found.release.as_deref())
        };
        assert_eq!(joined("Burn"), (Some("checkout"), Some("prod"), Some("eu/shop/checkout@new")));
        assert_eq!(joined("Elsewhere"), (Some("checkout"), Some("staging"), None));
        assert_eq!(joined("Nobody's"), (None, None, None));
        assert_eq!(picture.releases[0].level, Level::Bad);
        assert_eq!(picture.releases[0].reasons[0].short, "page firing");
    }

    #[test]
    fn silence_of_the_alert_source_is_unknown_not_calm() {
        let mut room = room(catalog());
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        let picture = room.picture(at(1));
        let text: Vec<&str> = picture.releases[0].reasons.iter().map(|reason| reason.text.as_str()).collect();
        assert!(text.contains(&"alerts: am has no fresh answer"), "{text:?}");
        assert_eq!(picture.releases[0].level, Level::Unknown);
    }

    #[test]
    fn the_same_alert_of_two_sources_is_one() {
        let mut room = room(catalog());
        let fires = alert("Burn", [("service", "checkout")]);
        deliver(&mut room, "am", "alerts", at(0), Facts::Alerts(vec![fires.clone(), fires]));
        assert_eq!(room.picture(at(1)).alerts.len(), 1);
    }
}
