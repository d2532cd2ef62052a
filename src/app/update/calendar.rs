//! What the calendar says about each release, as reasons of its verdict.

use std::collections::BTreeSet;

use crate::{
    app::model::Model,
    domain::{
        calendar::{
            Change,
            agenda::Agenda,
            conflict::{Movements, Moving, conflicts},
            standing::{Standing, standing},
        },
        readiness::next::Next,
        release::{Phase, Release},
        verdict::{calendar::calendar, reason::Reason},
    },
};

/// Follows the rules of the calendar once more, when that was long ago.
pub(super) fn refresh(model: &mut Model) {
    if !model.agenda.holds(model.now) {
        model.agenda = Agenda::around(&model.room.catalog.calendar, model.now);
    }
}

/// How the calendar stands to `release`.
pub(super) fn stands(model: &Model, release: &Release) -> Standing {
    standing(&model.room.catalog.calendar, &model.agenda, &Change::of(release), model.picture.at)
}

/// Every release that is under way, or has a window.
pub(super) fn moving(model: &Model) -> Movements<'_> {
    let moving = |release: &Release| under_way(release) || window(release).is_some();
    let all = model.picture.releases.iter().filter(|release| moving(release)).map(movement).collect();
    Movements::new(all, &model.room.catalog)
}

/// What the calendar says about `release`, among all that move.
pub(super) fn reasons(model: &Model, release: &Release, moving: &Movements<'_>) -> Vec<Reason> {
    let standing = stands(model, release);
    let found = conflicts(&movement(release), moving, &model.room.catalog);
    let overrides = model.readiness.get(&release.id).map_or(&[][..], |readiness| &readiness.overrides);
    calendar(&standing, &found, overrides, Next::of(release), model.picture.at)
}

fn movement(release: &Release) -> Moving<'_> {
    let services: BTreeSet<&str> = release.components.iter().map(|component| component.service.as_str()).collect();
    let (under_way, window) = (under_way(release), window(release));
    Moving { release: &release.id, environment: &release.environment, services, under_way, window }
}

fn window(release: &Release) -> Option<crate::domain::catalog::ChangeWindow> {
    let over = matches!(release.phase, Phase::Done | Phase::RolledBack);
    release.file.as_ref().and_then(|file| file.window).filter(|_| !over)
}

const fn under_way(release: &Release) -> bool {
    matches!(release.phase, Phase::RollingOut | Phase::Baking | Phase::Verifying | Phase::RollingBack)
}
