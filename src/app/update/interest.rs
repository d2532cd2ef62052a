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
        level::Level,
        release::{Phase, Release},
        slo::{definition::SloId, status::SloStatus},
    },
};

/// What connectors should look at now.
#[must_use]
pub fn demand(model: &Model) -> Demand {
    let Wanted { in_flight, burning, charts } = wanted(model);
    Demand { catalog: model.room.catalog.clone(), in_flight, burning, charts }
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
        _ => None,
    };
    let looked_at: BTreeSet<(String, String)> = open.into_iter().flat_map(places).collect();
    let range = model.ui.chart.range;
    let charts =
        looked_at.into_iter().map(|(service, environment)| ChartRequest { service, environment, range }).collect();
    Wanted { in_flight, burning, charts }
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
