//! One file for each screen.

pub(crate) mod approvals;
mod board;
pub(crate) mod calendar;
mod checklist;
mod first_run;
pub(crate) mod ledger;
mod release;
mod run;
pub(crate) mod runbooks;
mod runs;
mod small;
mod sources;
mod summary;
mod wall;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{footer, frame, header, loud, overlays, scene::Scene, strip::Strip};
use crate::{
    app::{arrangement::Arrangement, model::Screen, rows},
    domain::level::Level,
};

/// Draws the screen that is looked at, and what lies over it.
pub(crate) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    if scene.arrangement == Arrangement::OneLine {
        small::draw(scene, area, buffer);
        return;
    }
    if let Some(wall) = &scene.model.ui.wall {
        let area = loud_line(scene, area, buffer);
        wall::draw(scene, wall, area, buffer);
        return;
    }
    header::draw(scene, area, buffer);
    let mut body = Rect { y: area.y + 1, height: area.height - 2, ..area };
    if let Some(problem) = footer::config_problem(scene) {
        body.height -= 1;
        let line = problem.fitted(usize::from(area.width), scene.look.glyphs.ellipsis);
        line.draw(buffer, body.x, body.bottom(), body.width);
    }
    let body = loud_line(scene, body, buffer);
    let right = match &scene.model.ui.screen {
        Screen::FirstRun => first_run::draw(scene, body, buffer),
        Screen::Board => board::draw(scene, body, buffer),
        Screen::Release(id) => match scene.picture.release(id) {
            Some(release) => release::draw(scene, release, body, buffer),
            None => gone(scene, id, body, buffer),
        },
        Screen::Sources => sources::draw(scene, body, buffer),
        Screen::Checklist(id) => match scene.picture.release(id) {
            Some(release) => checklist::draw(scene, release, body, buffer),
            None => gone(scene, id, body, buffer),
        },
        Screen::Ledger => ledger::draw(scene, body, buffer),
        Screen::Runbooks(_) => runbooks::draw(scene, body, buffer),
        Screen::Runs => runs::draw(scene, body, buffer),
        Screen::Approvals => approvals::draw(scene, body, buffer),
        Screen::Calendar => calendar::draw(scene, body, buffer),
        Screen::Run(id) => match rows::run(scene.model) {
            Some(run) => run::draw(scene, run, body, buffer),
            None => no_run(scene, id, body, buffer),
        },
    };
    footer::draw(scene, right, area, buffer);
    overlays::draw(scene, area, buffer);
}

/// Draws what every screen says until it is over into the last line of `area`; what is left of it.
fn loud_line(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let Some(line) = loud::line(scene, usize::from(area.width)) else { return area };
    let left = Rect { height: area.height.saturating_sub(1), ..area };
    line.draw(buffer, area.x, left.bottom(), area.width);
    left
}

/// A run that the ledger does not have, or not yet.
fn no_run(scene: &Scene<'_>, id: &str, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let known = scene.model.shown_ledger().is_known();
    let what = if known {
        format!("the ledger has no run {id} yet")
    } else {
        format!("{id} is not known: the ledger was not read")
    };
    let lines = [Strip::new(), look.status(Level::Unknown, &what), Strip::of("  Esc goes back", look.text())];
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    frame::lines(&lines, look, inside, buffer);
    Strip::new()
}

/// A release that was looked at and is not in the picture: gone, or no source can say.
fn gone(scene: &Scene<'_>, id: &str, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let silent = scene.picture.sources.iter().find(|source| source.level >= Level::Unknown || source.word == "WAITING");
    let what = match silent {
        Some(source) => format!("{id} is not known: {} is {}", source.name, source.word),
        None => format!("no source reports the release {id} any more"),
    };
    let lines =
        [Strip::new(), look.status(Level::Unknown, &what), Strip::of("  Esc goes back to the board", look.text())];
    let inside = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    frame::lines(&lines, look, inside, buffer);
    Strip::new()
}
