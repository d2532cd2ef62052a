//! What connectors should look at, worked out from what is seen and looked at.

use std::collections::BTreeSet;

use crate::{
    app::{
        model::{Model, Screen, Wanted},
        msg::Effect,
    },
    domain::{
        chart::ChartRequest,
        demand::Demand,
        join::{business, canary::side_by_side, deploys::deploys},
        level::Level,
        release::{Phase, Release},
        slo::{definition::SloId, status::SloStatus},
        time::{Span, Timestamp},
    },
};

/// Checks of a planned release begin so long before its window.
const CHECKED_BEFORE: Span = Span::from_hours(24);
/// What must hold before a release is called done is still looked at for so long.
const CHECKED_AFTER: Span = Span::from_hours(2);

/// What connectors should look at now.
#[must_use]
pub fn demand(model: &Model) -> Demand {
    let Wanted { in_flight, canaries, deploys, business, burning, charts, checked } = wanted(model);
    Demand { catalog: model.room.catalog.clone(), in_flight, canaries, deploys, business, burning, charts, checked }
}

/// An effect when that is not what they were told last.
pub(super) fn changed(model: &mut Model) -> Option<Effect> {
    let wanted = wanted(model);
    if wanted == model.wanted {
        return None;
    }
    model.wanted = wanted;
    Some(Effect::Demand(demand(model)))
}

/// The part of it that follows from what is seen and looked at. Always of the newest picture: a frozen screen must not make
/// connectors look away.
#[must_use]
pub fn wanted(model: &Model) -> Wanted {
    let picture = &model.picture;
    let in_flight = picture.releases.iter().filter(|release| moves(release)).flat_map(places).collect();
    let burning: BTreeSet<SloId> = picture.slos.iter().filter(|slo| burns(slo)).map(|slo| slo.id.clone()).collect();
    let open = match &model.ui.screen {
        Screen::Release(id) => picture.release(id),
        Screen::Run(id) => {
            let run = model.ledger.runs.run(id);
            run.and_then(|run| picture.release(run.plan.target.release.as_ref()?))
        }
        _ => None,
    };
    let looked_at: BTreeSet<(String, String)> = open.into_iter().flat_map(places).collect();
    let range = model.ui.chart.range;
    let charts =
        looked_at.into_iter().map(|(service, environment)| ChartRequest { service, environment, range }).collect();
    let checked = picture.releases.iter().filter(|release| checked(release, model.now)).map(|one| one.id.clone());
    Wanted {
        in_flight,
        canaries: side_by_side(&picture.releases),
        deploys: deploys(&model.room.catalog, &picture.releases, picture.at),
        business: business::deploys(&model.room.catalog, &picture.releases, picture.at),
        burning,
        charts,
        checked: checked.collect(),
    }
}

/// Whether the checklist of a release is looked at: from a day before its window until two hours after its end.
fn checked(release: &Release, now: Timestamp) -> bool {
    let Some(file) = release.file.as_ref().filter(|file| file.checklist.is_some()) else { return false };
    match release.phase {
        Phase::Done | Phase::RolledBack => {
            release.finished_at.is_some_and(|at| Span::between(at, now) <= CHECKED_AFTER)
        }
        Phase::Planned => file.window.is_none_or(|window| {
            now < window.end && (window.start <= now || Span::between(now, window.start) <= CHECKED_BEFORE)
        }),
        _ => true,
    }
}

fn places(release: &Release) -> impl Iterator<Item = (String, String)> + '_ {
    release.components.iter().map(|component| (component.service.clone(), release.environment.clone()))
}

/// Whether something is still to happen: by its phase, or by any of its objects.
fn moves(release: &Release) -> bool {
    let over = matches!(release.phase, Phase::Done | Phase::RolledBack | Phase::Planned);
    let status = |component: &crate::domain::release::Component| {
        component.workload.as_ref().is_some_and(|workload| workload.status.in_flight())
    };
    !over || release.components.iter().any(status)
}

/// Whether a short window is over its factor, or the SLO is in trouble in any other way that is known.
fn burns(slo: &SloStatus) -> bool {
    matches!(slo.level, Level::Bad | Level::Watch) || slo.pairs.iter().any(|pair| pair.short_over == Some(true))
}
