//! From release files and objects to releases, declared and ad hoc.

use std::cmp::Reverse;

use super::objects::Object;
use crate::domain::{
    catalog::{AD_HOC_STAYS, Catalog, ChangeClass, ComponentFile, ReleaseFile},
    feed::Freshness,
    level::Level,
    marker::{Marker, MarkerKind},
    release::{Component, Phase, Release},
    time::{Span, Timestamp},
    workload::{Status, Workload},
};

/// Every release: the declared ones, and one for each rollout in flight that no file names.
#[must_use]
pub fn build(catalog: &Catalog, objects: &[Object<'_>], markers: &[Marker], now: Timestamp) -> Vec<Release> {
    let mut claimed: Vec<(usize, String)> = Vec::new();
    let mut releases: Vec<Release> =
        catalog.releases.iter().map(|(id, file)| declared(catalog, id, file, objects, &mut claimed)).collect();
    mark_conflicts(&mut releases, objects, &claimed);
    releases.extend(objects.iter().enumerate().filter_map(|(index, object)| {
        let taken = claimed.iter().any(|(claimed, _)| *claimed == index);
        (!taken && on_the_board(object.workload, markers, now)).then(|| ad_hoc(catalog, object))
    }));
    releases
}

/// What needs a human first; then what moves, then by name.
pub fn sort(releases: &mut [Release]) {
    releases.sort_by(|a, b| {
        let moving = |release: &Release| !matches!(release.phase, Phase::Done | Phase::RolledBack | Phase::Planned);
        (Reverse(a.level), Reverse(moving(a)), &a.name, &a.id).cmp(&(
            Reverse(b.level),
            Reverse(moving(b)),
            &b.name,
            &b.id,
        ))
    });
}

fn declared(
    catalog: &Catalog,
    id: &str,
    file: &ReleaseFile,
    objects: &[Object<'_>],
    claimed: &mut Vec<(usize, String)>,
) -> Release {
    let mut components = Vec::new();
    for wanted in in_order(&file.components) {
        let found: Vec<(usize, &Object<'_>)> = objects
            .iter()
            .enumerate()
            .filter(|(_, object)| object.service == wanted.service && object.environment == file.environment)
            .collect();
        if found.is_empty() {
            components.push(missing(wanted, &file.environment));
        }
        for (index, object) in found {
            if object.target_version().as_deref() == Some(wanted.version.as_str()) {
                claimed.push((index, id.to_owned()));
            }
            components.push(declared_component(wanted, object));
        }
    }
    let name = file.title.clone().unwrap_or_else(|| id.to_owned());
    assemble(catalog, id.to_owned(), name, Some(file.clone()), &file.environment, file.class, components)
}

fn assemble(
    catalog: &Catalog,
    id: String,
    name: String,
    file: Option<ReleaseFile>,
    environment: &str,
    class: ChangeClass,
    components: Vec<Component>,
) -> Release {
    let workloads = || components.iter().filter_map(|component| component.workload.as_ref());
    let started_at = workloads().filter(|w| file.is_none() || w.status.in_flight()).filter_map(|w| w.started_at).min();
    let started_at = started_at.or_else(|| workloads().filter_map(|w| w.started_at).max());
    let phase = phase(&components);
    let ended = matches!(phase, Phase::Done | Phase::RolledBack);
    let finished_at = if ended { workloads().filter_map(|w| w.finished_at).max() } else { None };
    Release {
        id,
        name,
        file,
        environment: environment.to_owned(),
        production: catalog.environments.get(environment).is_some_and(|environment| environment.production),
        class,
        level: Level::worst(components.iter().map(|component| component.level), Level::Unknown),
        phase,
        components,
        reasons: Vec::new(),
        started_at,
        finished_at,
        data_at: None,
    }
}

/// Components with those first that others come after; files were checked for cycles, and a cycle that is there all the same
/// keeps the order of the file.
fn in_order(components: &[ComponentFile]) -> Vec<&ComponentFile> {
    let mut left: Vec<&ComponentFile> = components.iter().collect();
    let mut ordered: Vec<&ComponentFile> = Vec::new();
    while !left.is_empty() {
        let free = left
            .iter()
            .position(|component| {
                component.after.iter().all(|service| left.iter().all(|other| other.service != *service))
            })
            .unwrap_or(0);
        ordered.push(left.remove(free));
    }
    ordered
}

fn missing(wanted: &ComponentFile, environment: &str) -> Component {
    Component {
        service: wanted.service.clone(),
        guessed: false,
        region: None,
        version: Some(wanted.version.clone()),
        previous: None,
        after: wanted.after.clone(),
        workload: None,
        key: None,
        phase: Phase::Unknown,
        level: Level::Unknown,
        problem: Some(format!("no object: {} in {environment}", wanted.service)),
    }
}

fn declared_component(wanted: &ComponentFile, object: &Object<'_>) -> Component {
    let workload = object.workload;
    let target = object.target_version();
    let is_target = target.as_deref() == Some(wanted.version.as_str());
    let (phase, level, problem) = if is_target {
        stands(object)
    } else {
        let runs = target.unwrap_or_else(|| "a version that could not be read".to_owned());
        elsewhere(wanted, object, &runs)
    };
    Component {
        service: wanted.service.clone(),
        guessed: object.guessed,
        region: object.region.clone(),
        version: Some(wanted.version.clone()),
        previous: if is_target {
            object.stable_version().filter(|v| *v != wanted.version)
        } else {
            object.target_version()
        },
        after: wanted.after.clone(),
        workload: Some(workload.clone()),
        key: Some(workload.key.clone()),
        phase,
        level,
        problem,
    }
}

/// The object rolls out, or runs, another version than the release wants.
fn elsewhere(wanted: &ComponentFile, object: &Object<'_>, runs: &str) -> (Phase, Level, Option<String>) {
    let workload = object.workload;
    let was_here = workload
        .revisions
        .iter()
        .find(|revision| revision.template.version(&object.version_from).as_deref() == Some(wanted.version.as_str()));
    let newest = workload.revisions.iter().filter_map(|revision| revision.number).max();
    if let Some(level) = stale_level(object.freshness) {
        return (Phase::Unknown, level, Some(format!("the picture of {} is old", workload.key)));
    }
    match was_here {
        Some(_) if object.stable_version().as_deref() == Some(wanted.version.as_str()) => {
            (Phase::Done, Level::Watch, Some(format!("{runs} is rolling out over it")))
        }
        Some(revision) if revision.number < newest => {
            (Phase::RolledBack, Level::Watch, Some(format!("{runs} runs again")))
        }
        _ => (Phase::Planned, Level::Wait, Some(format!("not started: {runs} runs"))),
    }
}

/// Where the object of a component stands.
fn stands(object: &Object<'_>) -> (Phase, Level, Option<String>) {
    let workload = object.workload;
    if let Some(level) = stale_level(object.freshness) {
        return (phase_of(workload), level, Some(format!("the picture of {} is old", workload.key)));
    }
    let level = workload.status.level();
    (phase_of(workload), level, (!workload.missing.is_empty()).then(|| workload.missing.join("; ")))
}

fn stale_level(freshness: Freshness) -> Option<Level> {
    matches!(freshness, Freshness::Stale | Freshness::Never).then_some(Level::Unknown)
}

/// The phase of a release with this one object.
#[must_use]
pub fn phase_of(workload: &Workload) -> Phase {
    match workload.status {
        Status::Succeeded | Status::Superseded => Phase::Done,
        Status::Aborted if workload.traffic.actual.unwrap_or(0) > 0 => Phase::RollingBack,
        Status::Aborted | Status::RolledBack | Status::Cancelled => Phase::RolledBack,
        Status::Failed | Status::FailedTrafficOnNew => Phase::Failed,
        Status::Stale | Status::Unknown => Phase::Unknown,
        _ => Phase::RollingOut,
    }
}

/// The phase of a release: any component that fails or goes back decides, then any that is not known; else the least advanced. A
/// release of which one component is done and the next has not begun is rolling out.
#[must_use]
pub fn phase(components: &[Component]) -> Phase {
    let phases = || components.iter().map(|component| component.phase);
    for deciding in [Phase::Failed, Phase::RollingBack, Phase::RolledBack, Phase::Unknown] {
        if phases().any(|phase| phase == deciding) {
            return deciding;
        }
    }
    match (phases().min(), phases().max()) {
        (Some(Phase::Planned), Some(most)) if most > Phase::Readiness => Phase::RollingOut,
        (Some(least), _) => least,
        (None, _) => Phase::Unknown,
    }
}

/// Two files that claim one object are wrong, both.
fn mark_conflicts(releases: &mut [Release], objects: &[Object<'_>], claimed: &[(usize, String)]) {
    for (index, id) in claimed {
        let others: Vec<&str> =
            claimed.iter().filter(|(i, other)| i == index && other != id).map(|(_, other)| other.as_str()).collect();
        let Some(object) = objects.get(*index).filter(|_| !others.is_empty()) else { continue };
        let components =
            releases.iter_mut().filter(|release| release.id == *id).flat_map(|release| &mut release.components);
        for component in components.filter(|component| component.key.as_ref() == Some(&object.workload.key)) {
            component.level = Level::Bad;
            component.problem = Some(format!("also claimed by {}: keep one release file", others.join(", ")));
        }
    }
    for release in releases {
        release.level = Level::worst(release.components.iter().map(|component| component.level), Level::Unknown);
    }
}

/// Whether a rollout that no file names is shown: while it is in flight, and two hours after it ended. A healthy object at rest is not a
/// release.
fn on_the_board(workload: &Workload, markers: &[Marker], now: Timestamp) -> bool {
    if workload.status.in_flight() {
        return true;
    }
    let ended = workload.finished_at.or_else(|| {
        let of_this = markers.iter().rev().filter(|marker| marker.object == workload.key);
        of_this
            .filter(|marker| {
                matches!(marker.kind, MarkerKind::Succeeded | MarkerKind::RolledBack | MarkerKind::Aborted)
            })
            .map(|marker| marker.at)
            .next()
    });
    ended.is_some_and(|ended| Span::between(ended, now) <= AD_HOC_STAYS)
}

fn ad_hoc(catalog: &Catalog, object: &Object<'_>) -> Release {
    let workload = object.workload;
    let version = object.target_version();
    let hash = workload.target.hash.as_deref().unwrap_or("?");
    let (phase, level, problem) = stands(object);
    let component = Component {
        service: object.service.clone(),
        guessed: object.guessed,
        region: object.region.clone(),
        version: version.clone(),
        previous: object.stable_version().filter(|stable| version.as_ref() != Some(stable)),
        after: Vec::new(),
        workload: Some(workload.clone()),
        key: Some(workload.key.clone()),
        phase,
        level,
        problem,
    };
    let name = match &version {
        Some(version) => format!("{} {version}", object.service),
        None => object.service.clone(),
    };
    let id = format!("{}@{hash}", workload.key);
    assemble(catalog, id, name, None, &object.environment, ChangeClass::default(), vec![component])
}
