//! From release files and objects to releases, declared and ad hoc.

use std::cmp::Reverse;

use super::objects::{self, Object};
use crate::domain::{
    catalog::{AD_HOC_STAYS, Catalog, ChangeClass, ComponentFile, ReleaseFile},
    feed::Freshness,
    level::Level,
    marker::{Marker, MarkerKind},
    release::{Component, Phase, Release},
    room::Room,
    time::{Span, Timestamp},
    workload::{Status, Workload},
};

/// Every release: the declared ones, and one for each rollout in flight that no file names.
#[must_use]
pub fn build(room: &Room, objects: &[Object<'_>], now: Timestamp) -> Vec<Release> {
    let (catalog, markers) = (&*room.catalog, room.marker_list());
    let mut claimed: Vec<(usize, String)> = Vec::new();
    let mut releases: Vec<Release> =
        catalog.releases.iter().map(|(id, file)| declared(room, id, file, objects, &mut claimed)).collect();
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
    room: &Room,
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
            components.push(missing(wanted, objects::why_missing(room, &wanted.service, &file.environment)));
        }
        for (index, object) in found {
            if object.target_version().as_deref() == Some(wanted.version.as_str()) {
                claimed.push((index, id.to_owned()));
            }
            components.push(declared_component(wanted, object));
        }
    }
    assemble(&room.catalog, id.to_owned(), id.to_owned(), Some(file.clone()), &file.environment, file.class, components)
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

fn missing(wanted: &ComponentFile, why: String) -> Component {
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
        problem: Some(why),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        facts::Facts,
        join::example::{at, canary, catalog, deliver, fail, key, revision, room, template, with_release},
        picture::Picture,
        source::{ErrorKind, SourceError},
    };

    fn seen(catalog: Catalog, workloads: Vec<Workload>) -> Picture {
        let mut room = room(catalog);
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(workloads));
        room.picture(at(1))
    }

    #[test]
    fn a_rollout_that_no_file_names_is_an_ad_hoc_release() {
        let picture = seen(catalog(), vec![canary(25, Status::Progressing)]);
        let release = &picture.releases[0];
        assert_eq!(release.id, "eu/shop/checkout@new");
        assert_eq!(release.name, "checkout 1.42.0");
        assert_eq!((release.environment.as_str(), release.production), ("prod", true));
        assert_eq!(release.components[0].previous.as_deref(), Some("1.41.7"));
        assert!(!release.components[0].guessed);
    }

    #[test]
    fn a_file_claims_the_rollout_of_its_version() {
        let picture = seen(with_release(catalog(), "checkout-1.42", "1.42.0"), vec![canary(25, Status::Progressing)]);
        assert_eq!(picture.releases.len(), 1);
        assert_eq!(picture.releases[0].id, "checkout-1.42");
        assert_eq!(picture.releases[0].phase, Phase::RollingOut);
    }

    #[test]
    fn two_files_that_claim_one_rollout_are_both_wrong() {
        let files = with_release(with_release(catalog(), "a", "1.42.0"), "b", "1.42.0");
        let picture = seen(files, vec![canary(25, Status::Progressing)]);
        let problems: Vec<_> = picture.releases.iter().map(|r| (r.level, r.components[0].problem.clone())).collect();
        assert_eq!(
            problems,
            [
                (Level::Bad, Some("also claimed by b: keep one release file".to_owned())),
                (Level::Bad, Some("also claimed by a: keep one release file".to_owned())),
            ]
        );
    }

    #[test]
    fn a_release_whose_object_is_not_there_is_unknown_and_says_why() {
        let files = with_release(catalog(), "checkout-1.42", "1.42.0");
        let waiting = room(files.clone()).picture(at(0));
        assert_eq!(waiting.releases[0].components[0].problem.as_deref(), Some("eu has not answered yet"));
        let mut dead = room(files.clone());
        fail(&mut dead, "eu", "rollouts", at(0), SourceError::new(ErrorKind::Connect, "connection refused"));
        let problem = dead.picture(at(1)).releases[0].components[0].problem.clone();
        assert_eq!(problem.as_deref(), Some("eu fails: connection refused"));
        let picture = seen(files, Vec::new());
        let release = &picture.releases[0];
        assert_eq!((release.phase, release.level), (Phase::Unknown, Level::Unknown));
        assert_eq!(release.components[0].problem.as_deref(), Some("no object: checkout in prod"));
    }

    #[test]
    fn a_version_that_has_not_begun_is_planned_and_one_that_was_undone_is_rolled_back() {
        let mut before = canary(0, Status::Succeeded);
        before.target = template("old", "1.41.7");
        before.stable = None;
        before.revisions = vec![revision(7, template("old", "1.41.7"))];
        let files = with_release(catalog(), "checkout-1.42", "1.42.0");
        let picture = seen(files.clone(), vec![before.clone()]);
        assert_eq!(picture.releases[0].phase, Phase::Planned);
        assert_eq!(picture.releases[0].components[0].problem.as_deref(), Some("not started: 1.41.7 runs"));

        before.revisions = vec![revision(9, template("old", "1.41.7")), revision(8, template("new", "1.42.0"))];
        let picture = seen(files, vec![before]);
        assert_eq!(picture.releases[0].phase, Phase::RolledBack);
        assert_eq!(picture.releases[0].components[0].problem.as_deref(), Some("1.41.7 runs again"));
    }

    #[test]
    fn a_finished_rollout_stays_two_hours_and_one_at_rest_is_no_release() {
        let mut done = canary(100, Status::Succeeded);
        let at_rest = seen(catalog(), vec![done.clone()]);
        assert!(at_rest.releases.is_empty());
        done.finished_at = Some(at(-7_000));
        assert_eq!(seen(catalog(), vec![done.clone()]).releases[0].phase, Phase::Done);
        done.finished_at = Some(at(-7_300));
        assert!(seen(catalog(), vec![done]).releases.is_empty());
    }

    #[test]
    fn an_old_picture_of_a_rollout_is_unknown_not_healthy() {
        let mut room = room(catalog());
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        assert_eq!(room.picture(at(20)).releases[0].components[0].level, Level::Run);
        let old = room.picture(at(21));
        assert_eq!(old.releases[0].level, Level::Unknown);
        assert_eq!(old.releases[0].components[0].problem.as_deref(), Some("the picture of eu/shop/checkout is old"));
    }

    #[test]
    fn objects_of_one_name_in_two_clusters_stay_apart() {
        let mut other = canary(5, Status::Progressing);
        other.key = key("eu", "checkout", "u-2");
        other.key.namespace = "shop-canary".to_owned();
        let picture = seen(catalog(), vec![canary(25, Status::Progressing), other]);
        let ids: Vec<&str> = picture.releases.iter().map(|release| release.id.as_str()).collect();
        assert_eq!(ids.len(), 2);
        assert!(ids.contains(&"eu/shop-canary/checkout@new"));
        let guessed = picture.release("eu/shop-canary/checkout@new").expect("listed");
        assert!(guessed.components[0].guessed, "no file names it");
    }

    #[test]
    fn aborted_is_safe_only_once_the_traffic_is_back() {
        let mut aborted = canary(0, Status::Aborted);
        aborted.traffic.actual = Some(25);
        assert_eq!(phase_of(&aborted), Phase::RollingBack);
        aborted.traffic.actual = Some(0);
        assert_eq!(phase_of(&aborted), Phase::RolledBack);
    }
}
