//! Which lines each list has, in which order, after environment, filter and sort. Drawing and moving both ask here, so that the
//! selected line is the line that is seen.

mod calendar;
mod happening;
mod procedures;

use std::collections::{BTreeMap, BTreeSet};

pub use calendar::{Date, about, dates, held};
pub use happening::{Happening, act, latest, timeline};
pub use procedures::{
    RunbookRow, StepRow, approvals, attempted, chosen_runbook, live, run, run_steps, runbooks, runs, runs_of,
    shown_attempt, standing_of,
};

use super::{
    ledger::Recorded,
    model::{List, Model, Screen, Sort},
};
use crate::domain::{
    canary::analysis::Analysis,
    chart::{Metric, Series},
    checklist::{Due, state::ItemState},
    level::Level,
    marker::Marker,
    picture::{JoinedAlert, Picture, SourceView},
    readiness::{item::Line, signoff::Signed, standing::Standing},
    release::{Component, Release},
    slo::status::{Burn, SloStatus},
    verdict::Verdict,
    workload::Step,
};

/// A line with the identity that selection goes by.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<T> {
    /// Unique in its list, and the same for the same thing in the next picture.
    pub id: String,
    /// What stands there.
    pub item: T,
}

/// A line of the steps pane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ComponentRow<'a> {
    /// A component.
    Component(&'a Component),
    /// One of its steps.
    Step {
        /// Whose.
        component: &'a Component,
        /// Which, from 0.
        index: usize,
        /// The step.
        step: &'a Step,
    },
}

/// A line of the checklist.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum CheckRow<'a> {
    /// An item.
    Item {
        /// Its group.
        group: &'a str,
        /// The item.
        line: &'a Line,
    },
    /// A sign-off.
    Signoff(&'a Signed),
}

impl CheckRow<'_> {
    /// What it must hold before.
    #[must_use]
    pub const fn due(&self) -> Due {
        match self {
            Self::Item { line, .. } => line.due,
            Self::Signoff(signed) => signed.due,
        }
    }

    /// Its identifier.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Item { line, .. } => &line.id,
            Self::Signoff(signed) => &signed.id,
        }
    }

    /// How it stands.
    #[must_use]
    pub const fn state(&self) -> ItemState {
        match self {
            Self::Item { line, .. } => line.state,
            Self::Signoff(signed) => signed.state,
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Item { group, line } => format!(
                "{} {} {} {group} {} {} {}",
                line.id,
                line.title,
                line.kind,
                line.state.word(),
                line.owner.as_deref().unwrap_or_default(),
                line.by.as_deref().unwrap_or_default()
            ),
            Self::Signoff(signed) => format!("{} {} sign-off {}", signed.id, signed.title, signed.state.word()),
        }
    }
}

/// The release that is open.
#[must_use]
pub fn release(model: &Model) -> Option<&Release> {
    match &model.ui.screen {
        Screen::Release(id) | Screen::Checklist(id) | Screen::Runbooks(Some(id)) => model.shown().release(id),
        Screen::Run(_) => model.shown().release(run(model)?.plan.target.release.as_ref()?),
        _ => None,
    }
}

/// How much the verdict on `release` needs a person, or its worst fact where it is not judged. One that people hold is never quiet.
#[must_use]
pub fn verdict_level(model: &Model, release: &Release) -> Level {
    let judged = model.shown_verdicts().get(&release.id).map_or(release.level, Verdict::level);
    let held = model.shown_readiness().get(&release.id).is_some_and(|standing| standing.against().next().is_some());
    judged.max(if held { Level::Watch } else { Level::Ok })
}

/// Releases on the board.
#[must_use]
pub fn releases(model: &Model) -> Vec<Row<&Release>> {
    let picture = model.shown();
    let mut found: Vec<&Release> =
        of_environment(model).filter(|release| keeps(model, List::Releases, || release_text(release))).collect();
    match model.ui.sort {
        // Those of one level as the picture has them.
        Sort::Urgency => {
            found.sort_by_cached_key(|release| std::cmp::Reverse(release.level.max(verdict_level(model, release))));
        }
        Sort::Name => found.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id))),
        Sort::Burn => {
            let burns = worst_burns(picture);
            let burn = |release: &Release| release_burn(&burns, release).unwrap_or(f64::NEG_INFINITY);
            // Looked up once for each release and not for each comparison: a thousand of them have ten thousand.
            let mut known: Vec<_> = found.into_iter().map(|release| (burn(release), release)).collect();
            known.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            found = known.into_iter().map(|(_, release)| release).collect();
        }
        Sort::Age => found.sort_by_key(|release| std::cmp::Reverse(release.started_at)),
    }
    if model.ui.sort_reversed {
        found.reverse();
    }
    unique(found.into_iter().map(|release| (release.id.clone(), release)))
}

/// Components of the open release, each followed by its steps.
#[must_use]
pub fn components(model: &Model) -> Vec<Row<ComponentRow<'_>>> {
    let Some(release) = release(model) else { return Vec::new() };
    let mut found = Vec::new();
    for component in &release.components {
        let id = component_id(component);
        let mut lines = vec![(id.clone(), ComponentRow::Component(component))];
        let steps = component.workload.as_ref().map_or(&[][..], |workload| &workload.steps);
        lines.extend(
            steps.iter().enumerate().map(|(index, step)| {
                (format!("{id} step {}", index + 1), ComponentRow::Step { component, index, step })
            }),
        );
        found.extend(lines.into_iter().filter(|(_, line)| keeps(model, List::Components, || component_text(line))));
    }
    unique(found)
}

/// SLOs of the services of the open release, in the order of its components, each service's own before those of its versions.
#[must_use]
pub fn slos(model: &Model) -> Vec<Row<&SloStatus>> {
    let Some(release) = release(model) else { return Vec::new() };
    let mut found: Vec<&SloStatus> =
        slos_of(model.shown(), release).filter(|slo| keeps(model, List::Slos, || slo_id(slo))).collect();
    let place = |slo: &SloStatus| release.components.iter().position(|component| component.service == slo.key.service);
    found.sort_by_key(|slo| {
        let key = &slo.key;
        (place(slo), &key.service, &key.slo, &key.source, &key.version)
    });
    unique(found.into_iter().map(|slo| (slo_id(slo), slo)))
}

/// Canaries of the open release, by SLO.
#[must_use]
pub fn analyses(model: &Model) -> Vec<Row<&Analysis>> {
    let Some(release) = release(model) else { return Vec::new() };
    let of_release = model.shown().analyses.iter().filter(|one| one.release == release.id);
    unique(
        of_release.filter(|one| keeps(model, List::Analyses, || analysis_id(one))).map(|one| (analysis_id(one), one)),
    )
}

fn analysis_id(one: &Analysis) -> String {
    let source = one.source.as_ref().map_or("", |source| source.as_str());
    format!("{} {} {source}", one.service, one.slo)
}

/// Alerts of the open release.
#[must_use]
pub fn alerts(model: &Model) -> Vec<Row<&JoinedAlert>> {
    let Some(release) = release(model) else { return Vec::new() };
    unique(
        alerts_of(model.shown(), release)
            .filter(|alert| keeps(model, List::Alerts, || alert_text(alert)))
            .map(|alert| (alert.alert.fingerprint.clone(), alert)),
    )
}

/// Sources, in the order of the configuration.
#[must_use]
pub fn sources(model: &Model) -> Vec<Row<&SourceView>> {
    unique(
        model
            .shown()
            .sources
            .iter()
            .filter(|source| keeps(model, List::Sources, || source_text(source)))
            .map(|source| (source.name.to_string(), source)),
    )
}

/// How the open release stands against its checklist; `None` where it has none.
#[must_use]
pub fn standing(model: &Model) -> Option<&Standing> {
    model.shown_readiness().get(&release(model)?.id)
}

/// Items and sign-offs of the open release, by what waits for them first.
#[must_use]
pub fn checks(model: &Model) -> Vec<Row<CheckRow<'_>>> {
    let Some(standing) = standing(model) else { return Vec::new() };
    let groups = standing.groups.iter().flat_map(|group| {
        group.lines.iter().map(|line| (format!("item {}", line.id), CheckRow::Item { group: &group.name, line }))
    });
    let signoffs = standing.signoffs.iter().map(|signed| (format!("signoff {}", signed.id), CheckRow::Signoff(signed)));
    let mut found: Vec<_> =
        groups.chain(signoffs).filter(|(_, row)| keeps(model, List::Checks, || row.text())).collect();
    found.sort_by_key(|(_, row)| row.due());
    if matches!(model.ui.screen, Screen::Release(_)) {
        // A pane has few lines: what the next step waits for comes first, the worst before all.
        let blocks = |row: &CheckRow<'_>| standing.blocks.iter().any(|block| block.id == row.id());
        found.sort_by_key(|(_, row)| std::cmp::Reverse(blocks(row).then(|| row.state().level())));
    }
    unique(found)
}

/// Events of the ledger, the newest first.
#[must_use]
pub fn ledger(model: &Model) -> Vec<Row<&Recorded>> {
    let newest = model.shown_ledger().newest.iter().map(AsRef::as_ref);
    let left = newest.filter(|recorded| keeps(model, List::Ledger, || ledger_text(recorded)));
    unique(left.map(|recorded: &Recorded| (recorded.event.id.clone(), recorded)))
}

/// The identities of all lines of `list`, in their order.
#[must_use]
pub fn ids(model: &Model, list: List) -> Vec<String> {
    fn only<T>(rows: Vec<Row<T>>) -> Vec<String> {
        rows.into_iter().map(|row| row.id).collect()
    }
    match list {
        List::Releases => only(releases(model)),
        List::Components => only(components(model)),
        List::Slos => only(slos(model)),
        List::Alerts => only(alerts(model)),
        List::Analyses => only(analyses(model)),
        List::Timeline => only(timeline(model)),
        List::Sources => only(sources(model)),
        List::Checks => only(checks(model)),
        List::Ledger => only(ledger(model)),
        List::Runbooks => only(runbooks(model)),
        List::Runs => only(runs(model)),
        List::RunSteps => only(run_steps(model)),
        List::Approvals => only(approvals(model)),
        List::Calendar => only(dates(model)),
    }
}

/// How many lines `list` would have without its filter.
#[must_use]
pub fn total(model: &Model, list: List) -> usize {
    let picture = model.shown();
    if list == List::Sources {
        return picture.sources.len();
    }
    if list == List::Releases {
        return of_environment(model).count();
    }
    if list == List::Ledger {
        return model.shown_ledger().newest.len();
    }
    match list {
        List::Runbooks => return model.room.catalog.runbooks.len(),
        List::Runs => return model.shown_ledger().runs.newest().len(),
        List::Approvals => return model.shown_ledger().approvals.open(model.now).len(),
        List::Calendar => return calendar::all(model).len(),
        List::RunSteps => return run(model).map_or(0, |run| run.plan.steps.len()),
        _ => {}
    }
    let Some(release) = release(model) else { return 0 };
    match list {
        List::Checks => standing(model).map_or(0, |standing| standing.lines().count() + standing.signoffs.len()),
        List::Components => {
            let steps = |component: &Component| component.workload.as_ref().map_or(0, |workload| workload.steps.len());
            release.components.iter().map(|component| 1 + steps(component)).sum()
        }
        List::Slos => slos_of(picture, release).count(),
        List::Alerts => alerts_of(picture, release).count(),
        List::Analyses => picture.analyses.iter().filter(|one| one.release == release.id).count(),
        List::Timeline => markers_of(picture, release).count() + alerts_of(picture, release).count(),
        _ => 0,
    }
}

/// Releases that the filter of the board hides.
#[must_use]
pub fn hidden(model: &Model) -> Vec<&Release> {
    of_environment(model).filter(|release| !keeps(model, List::Releases, || release_text(release))).collect()
}

fn of_environment(model: &Model) -> impl Iterator<Item = &Release> {
    let wanted = model.ui.environment.as_ref();
    model.shown().releases.iter().filter(move |release| wanted.is_none_or(|wanted| release.environment == *wanted))
}

/// The place of the selected line in `rows` of `list`: the first one until somebody chose another; `None` in an empty list.
#[must_use]
pub fn position<T>(model: &Model, list: List, rows: &[Row<T>]) -> Option<usize> {
    let chosen = model.ui.selected.get(&list);
    let found = chosen.and_then(|id| rows.iter().position(|row| row.id == *id));
    found.or(if rows.is_empty() { None } else { Some(0) })
}

/// The selected one of `rows`.
#[must_use]
pub fn selected<T: Clone>(model: &Model, list: List, rows: &[Row<T>]) -> Option<T> {
    position(model, list, rows).and_then(|index| rows.get(index)).map(|row| row.item.clone())
}

/// SLOs of the services of `release`, where it happens.
pub fn slos_of<'a>(picture: &'a Picture, release: &'a Release) -> impl Iterator<Item = &'a SloStatus> {
    picture.slos.iter().filter(|slo| release.has(&slo.key.service) && same_place(&slo.key.environment, release))
}

/// Alerts that belong to `release`: joined to it, or to one of its services there.
pub fn alerts_of<'a>(picture: &'a Picture, release: &'a Release) -> impl Iterator<Item = &'a JoinedAlert> {
    picture.alerts.iter().filter(|alert| {
        alert.release.as_ref() == Some(&release.id)
            || (alert.service.as_ref().is_some_and(|service| release.has(service))
                && alert.environment.as_ref().is_none_or(|environment| same_place(environment, release)))
    })
}

/// Deployment events of `release`, oldest first.
pub fn markers_of<'a>(picture: &'a Picture, release: &'a Release) -> impl Iterator<Item = &'a Marker> {
    picture.markers.iter().filter(|marker| {
        release.components.iter().any(|component| component.key.as_ref() == Some(&marker.object))
            || (marker.service.as_ref().is_some_and(|service| release.has(service))
                && marker.environment.as_ref().is_none_or(|environment| same_place(environment, release)))
    })
}

/// Chart series of the services of `release`.
pub fn charts_of<'a>(picture: &'a Picture, release: &'a Release) -> impl Iterator<Item = &'a Series> {
    picture.charts.iter().filter(|series| release.has(&series.service) && same_place(&series.environment, release))
}

/// What there is to draw for `release`, in a fixed order: [`ChartView::metric`](super::model::ChartView) counts in it.
#[must_use]
pub fn metrics(picture: &Picture, release: &Release) -> Vec<Metric> {
    let metrics: BTreeSet<&Metric> = charts_of(picture, release).map(|series| &series.metric).collect();
    metrics.into_iter().cloned().collect()
}

/// The worst burn over any window of any SLO of `release`, the uncovered part of a window counted as good; `None` is not known.
#[must_use]
pub fn worst_burn(picture: &Picture, release: &Release) -> Option<f64> {
    release_burn(&worst_burns(picture), release)
}

type Burns<'a> = BTreeMap<(&'a str, &'a str), f64>;

fn worst_burns(picture: &Picture) -> Burns<'_> {
    let mut burns = Burns::new();
    for slo in &picture.slos {
        let Some(worst) = slo.burns.iter().filter_map(Burn::effective).max_by(f64::total_cmp) else { continue };
        let known = burns.entry((&slo.key.service, &slo.key.environment)).or_insert(worst);
        *known = known.max(worst);
    }
    burns
}

fn release_burn(burns: &Burns<'_>, release: &Release) -> Option<f64> {
    let of = |component: &Component| {
        [release.environment.as_str(), ""]
            .iter()
            .filter_map(|environment| burns.get(&(component.service.as_str(), *environment)).copied())
            .max_by(f64::total_cmp)
    };
    release.components.iter().filter_map(of).max_by(f64::total_cmp)
}

fn same_place(environment: &str, release: &Release) -> bool {
    environment.is_empty() || environment == release.environment
}

/// Whether the filter of `list` leaves a line of this text: every word of it must be in there, or, after `!`, must not all be.
fn keeps(model: &Model, list: List, text: impl FnOnce() -> String) -> bool {
    let filter = model.ui.filter(list).trim();
    let (turned, words) = filter.strip_prefix('!').map_or((false, filter), |words| (true, words));
    if words.trim().is_empty() {
        return true;
    }
    let text = text().to_lowercase();
    words.split_whitespace().all(|word| text.contains(&word.to_lowercase())) != turned
}

fn unique<T>(rows: impl IntoIterator<Item = (String, T)>) -> Vec<Row<T>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    rows.into_iter()
        .map(|(id, item)| {
            let count = seen.entry(id.clone()).and_modify(|count| *count += 1).or_insert(1);
            let id = if *count == 1 { id } else { format!("{id} ({count})") };
            Row { id, item }
        })
        .collect()
}

fn component_id(component: &Component) -> String {
    let region = component.region.as_deref().unwrap_or_default();
    let object = component.key.as_ref().map(ToString::to_string).unwrap_or_default();
    format!("{} {region} {object}", component.service)
}

fn slo_id(slo: &SloStatus) -> String {
    let key = &slo.key;
    let version = key.version.as_deref().unwrap_or_default();
    format!("{} {} {} {} {version}", key.service, key.slo, key.environment, key.source)
}

fn release_text(release: &Release) -> String {
    let services: Vec<&str> = release.components.iter().map(|component| component.service.as_str()).collect();
    format!(
        "{} {} {} {} {} {}",
        release.name,
        release.id,
        release.environment,
        release.phase.word(),
        release.level.word(),
        services.join(" ")
    )
}

fn component_text(line: &ComponentRow<'_>) -> String {
    match line {
        ComponentRow::Component(component) => {
            let version = component.version.as_deref().unwrap_or_default();
            format!("{} {version} {}", component_id(component), component.phase.word())
        }
        ComponentRow::Step { component, step, .. } => format!("{} {}", component.service, step.label),
    }
}

fn alert_text(alert: &JoinedAlert) -> String {
    let labels: Vec<String> = alert.alert.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{} {} {}", alert.alert.name, alert.alert.summary(), labels.join(" "))
}

/// Release, actor and action can be filtered for by their words; what a signature proves too.
fn ledger_text(recorded: &Recorded) -> String {
    let event = &recorded.event;
    let release = event.release.as_deref().unwrap_or_default();
    let why = recorded.why().unwrap_or_default();
    format!(
        "{} {} {release} {} {} {} {why}",
        event.action,
        event.target,
        recorded.who(),
        event.host,
        recorded.proof.word()
    )
}

fn source_text(source: &SourceView) -> String {
    let environment = source.environment.as_deref().unwrap_or_default();
    format!("{} {} {} {environment} {}", source.name, source.kind, source.endpoint, source.word)
}
