//! What is worth being kept of the versions that run: honest counts of a time in which a version alone ran.
//!
//! Nothing is asked for it: the windows of the SLOs that lie wholly after a deploy and its warm-up tell it.

use std::collections::{BTreeMap, BTreeSet};

use super::objects::{self, Object};
use crate::domain::{
    canary::{
        analysis::Analysis,
        counts::Counts,
        profile::{Kept, Measure, Of, Profiles},
        what::What,
    },
    feed::Freshness,
    picture::Picture,
    room::Room,
    slo::{
        definition::{Indicator, Slo, SloId, Window},
        reading::DataState,
        status::{Burn, SloKey, SloStatus},
    },
    time::Timestamp,
    workload::{Status, Template},
};

/// Puts beside each comparison of events what is stored of the version before.
pub(super) fn attach(room: &Room, analyses: &mut [Analysis]) {
    if room.profiles.is_empty() {
        return;
    }
    for analysis in analyses.iter_mut().filter(|analysis| analysis.what == What::Events) {
        let Analysis { service, environment, baseline, slo, .. } = &*analysis;
        let Some(source) = &analysis.source else { continue };
        let of = Of { service, environment, version: baseline };
        let mut measures = room.catalog.slos.iter().filter(|one| one.name == *slo && counts_events(one));
        analysis.profile = measures.find_map(|slo| room.profiles.of(of, &Measure::of(slo, source)?));
    }
}

/// A service and an environment.
type Place = (String, String);

/// The version that alone runs in a place.
struct Running {
    version: String,
    /// Since its deploy was done; of several objects the last.
    since: Timestamp,
}

/// What `picture`, joined of `room`, tells that the stored profiles do not have yet.
#[must_use]
pub fn observe(room: &Room, picture: &Picture) -> Profiles {
    let running = running(room, picture.at);
    let slos: BTreeMap<&SloId, &Slo> =
        room.catalog.slos.iter().filter(|slo| counts_events(slo)).map(|slo| (&slo.id, slo)).collect();
    let mut of_versions: BTreeMap<_, Vec<&SloStatus>> = BTreeMap::new();
    for status in picture.slos.iter().filter(|status| status.key.version.is_some()) {
        of_versions.entry(whose(status)).or_default().push(status);
    }
    let mut found = Profiles::default();
    for status in picture.slos.iter().filter(|status| status.key.version.is_none()) {
        let SloKey { service, environment, source, .. } = &status.key;
        let Some(running) = running.get(&(service.clone(), environment.clone())) else { continue };
        let Some(slo) = slos.get(&status.id) else { continue };
        let warm_up = room.catalog.services.get(service).map(|file| file.canary.warm_up).unwrap_or_default();
        let since = running.since + warm_up.delta();
        let split = of_versions.get(&whose(status)).map(Vec::as_slice).unwrap_or_default();
        let of = Of { service, environment, version: &running.version };
        let counted = of_version(status, split, of.version, since);
        if let Some((counted, measure)) = counted.zip(Measure::of(slo, source))
            && room.profiles.lack(of, &measure, &counted)
        {
            found.add(of, measure, counted);
        }
    }
    found
}

/// The SLO, the source, the service and the environment of `status`.
fn whose(status: &SloStatus) -> (&SloId, &str, &str, &str) {
    let SloKey { service, environment, source, .. } = &status.key;
    (&status.id, source.as_str(), service, environment)
}

/// Whether an SLO counts events of a service: only such counts can be compared.
fn counts_events(slo: &Slo) -> bool {
    matches!(slo.indicator, Indicator::Bad { .. } | Indicator::Good { .. } | Indicator::Latency { .. })
}

/// The counts of `version` over the longest time since `since`: its own where its series are told apart, otherwise those of the whole
/// service, as long as no series tells that another version had requests in that time.
fn of_version(service: &SloStatus, split: &[&SloStatus], version: &str, since: Timestamp) -> Option<Kept> {
    let is = |status: &&&SloStatus| status.key.version.as_deref() == Some(version);
    if let Some(own) = split.iter().find(is).and_then(|own| longest(own, since, |_| true)) {
        return Some(own);
    }
    let others = || split.iter().filter(|status| !is(status));
    longest(service, since, |window| others().all(|other| is_silent(other, window)))
}

/// Whether a version is known to have had no request in `window`.
fn is_silent(status: &SloStatus, window: Window) -> bool {
    status.burn(window).is_none_or(|burn| match burn.state {
        DataState::NoTraffic | DataState::NoData => true,
        _ => burn.total.is_some_and(|total| total < 0.5),
    })
}

/// The longest window that began at `since` or later, is fully measured, and `may` be taken.
fn longest(status: &SloStatus, since: Timestamp, may: impl Fn(Window) -> bool) -> Option<Kept> {
    status.burns.iter().rev().filter(|burn| may(burn.window)).find_map(|burn| honest(burn, since))
}

fn honest(burn: &Burn, since: Timestamp) -> Option<Kept> {
    let until = burn.at.filter(|_| burn.state.is_ok())?;
    let from = until - burn.window.delta();
    let counts = Counts::measured(burn.bad?, burn.total?)?;
    (from >= since).then_some(Kept { counts, from, until })
}

/// The places in which everything that is known to run is of one version and rolled out, and nothing else can be hidden there.
fn running(room: &Room, now: Timestamp) -> BTreeMap<Place, Running> {
    let silent = silent(room, now);
    let mut places: BTreeMap<Place, Option<Running>> = BTreeMap::new();
    for object in objects::collect(room, now) {
        let place = (object.service.clone(), object.environment.clone());
        let alone = alone(&object).filter(|_| !place.1.is_empty() && !silent.contains(place.1.as_str()));
        let together = match places.remove(&place) {
            None => alone,
            Some(known) => known.zip(alone).filter(|(one, other)| one.version == other.version).map(|(one, other)| {
                let since = one.since.max(other.since);
                Running { since, ..one }
            }),
        };
        places.insert(place, together);
    }
    places.into_iter().filter_map(|(place, running)| Some((place, running?))).collect()
}

/// Environments of which a deployment system says nothing now: something else may run there.
fn silent(room: &Room, now: Timestamp) -> BTreeSet<&str> {
    let systems = room.sources.iter().filter(|source| source.spec.kind == "kubernetes");
    let quiet = systems.filter(|source| {
        source.feeds.is_empty() || source.feeds.values().any(|feed| feed.feed.freshness(now) >= Freshness::Stale)
    });
    quiet.map(|source| source.spec.environment.as_deref().unwrap_or_default()).collect()
}

/// The version of `object`, where nothing else of it runs and the deploy is known to be done.
fn alone(object: &Object<'_>) -> Option<Running> {
    let workload = object.workload;
    let version = object.target_version()?;
    let is_other = |template: &Template| template.version(&object.version_from).as_deref() != Some(version.as_str());
    let other_runs = workload.revisions.iter().any(|revision| revision.current > 0 && is_other(&revision.template));
    let done = workload.status == Status::Succeeded && workload.missing.is_empty() && !other_runs;
    let since = workload.finished_at.filter(|_| done && !object.guessed)?;
    Some(Running { since: since.max(workload.started_at.unwrap_or(since)), version })
}

#[cfg(test)]
mod tests;
