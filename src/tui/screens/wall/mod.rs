//! The wall: a page for people who stand at the other end of the room. No frames, nothing bright that stays in one place.

mod board;
mod headline;
mod letters;
mod numbers;
mod privacy;
mod release;
mod run;
mod slo;
mod state;
mod status;

use ratatui::{buffer::Buffer, layout::Rect};

use super::frame;
use crate::{
    app::wall::{Page, Wall},
    tui::{scene::Scene, strip::Strip},
};

/// Draws the page that is due.
pub(super) fn draw(scene: &Scene<'_>, wall: &Wall, area: Rect, buffer: &mut Buffer) {
    let area = moved(scene, area);
    status::header(scene, wall, area, buffer);
    frame::rule(scene.look, area, area.y + 1, buffer);
    // A room in which nothing is known tells of its sources instead of releases.
    let told = scene.picture.releases.is_empty() && *wall.page() != Page::Slo;
    let ill = if told { Vec::new() } else { status::sources(scene, wall, usize::from(area.width), area.height >= 36) };
    let below = frame::cells(ill.len());
    let gap = u16::from(area.height >= 36);
    let body = Rect { y: area.y + 2 + gap, height: area.height.saturating_sub(4 + below + gap), ..area };
    let lines = page(scene, wall, usize::from(body.width), usize::from(body.height));
    frame::lines(&lines, scene.look, body, buffer);
    frame::lines(&ill, scene.look, Rect { y: body.bottom(), height: below, ..area }, buffer);
    frame::rule(scene.look, area, area.bottom() - 2, buffer);
    status::footer(scene, wall, area, buffer);
}

/// The part of the screen that is used now: a little smaller than all of it, and somewhere else every ten minutes.
fn moved(scene: &Scene<'_>, area: Rect) -> Rect {
    let most = ((area.width / 40).min(6), u16::from(area.height >= 24));
    let (right, down) = Wall::shift(scene.model.now, most);
    Rect { x: area.x + right, y: area.y + down, width: area.width - most.0, height: area.height - most.1 }
}

/// The lines of a page.
fn page(scene: &Scene<'_>, wall: &Wall, cells: usize, height: usize) -> Vec<Strip> {
    let picture = scene.picture;
    let followed = wall.release.as_ref().and_then(|id| picture.release(id));
    let run = wall.run.as_ref().and_then(|id| scene.model.shown_ledger().runs.run(id));
    let mut lines = match wall.page() {
        Page::Board => board::lines(scene, wall, cells, height),
        Page::Slo => slo::lines(scene, wall, cells, height),
        Page::Worst => match (run, followed) {
            (Some(run), _) => run::lines(scene, wall, run, cells, height),
            (None, Some(release)) => release::lines(scene, wall, release, cells, height),
            (None, None) => board::lines(scene, wall, cells, height),
        },
        Page::Release(id) => match picture.release(id) {
            Some(release) => release::lines(scene, wall, release, cells, height),
            None => headline::lines(scene, &state::gone(scene, id), cells, height, height / 2),
        },
    };
    lines.truncate(height);
    lines
}

/// Lines that the block letters of a headline may take of a page: all, or enough for two rows where there is room for them.
fn for_letters(wall: &Wall, height: usize) -> usize {
    match height {
        _ if wall.big => height.saturating_sub(4),
        24.. => (height * 2 / 5).max(letters::TWO_ROWS),
        _ => letters::LINES,
    }
}
