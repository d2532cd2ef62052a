//! The room: its worst fact in block letters, and a line for each release.

use super::{headline, state, status};
use crate::{
    app::wall::Wall,
    domain::{level::Level, release::Release},
    tui::{
        facts,
        list::Window,
        number,
        panes::{self, share},
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
        verdict,
    },
};

pub(super) fn lines(scene: &Scene<'_>, wall: &Wall, cells: usize, height: usize) -> Vec<Strip> {
    let state = state::of_room(scene, wall);
    let count = scene.picture.releases.len();
    let rows = if wall.big { 0 } else { count.max(scene.picture.sources.len()).min(height / 3) };
    // What the table does not need is for the letters, up to half of the page.
    let left = height.saturating_sub(rows + 5);
    let letters = super::for_letters(wall, height).max(left.min(height / 2));
    let mut lines = headline::lines(scene, &state, cells, height.saturating_sub(rows + 2), letters);
    lines.push(Strip::new());
    let room = height.saturating_sub(lines.len());
    if count == 0 {
        lines.extend(status::list(scene, wall, room));
    } else if !wall.big {
        lines.extend(table(scene, cells, room));
    }
    lines
}

/// Heading and releases, spread over the room there is; the rest is counted by level.
fn table(scene: &Scene<'_>, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let releases = &scene.picture.releases;
    // With room for it, a line is left free between releases: easier to follow from afar.
    let apart = if height > releases.len() * 2 { 2 } else { 1 };
    let window = Window::of(releases.len(), None, height.saturating_sub(1) / apart);
    let shown: Vec<&Release> = releases.iter().take(window.shown).collect();
    let rows: Vec<Vec<Strip>> = shown.iter().map(|release| row(scene, release)).collect();
    let columns = [
        Column::text("STATE", 16, 26, 0),
        Column::text("RELEASE", 18, 40, 0),
        Column::text("ENV", 4, 14, 5),
        Column::text("PHASE", 11, 14, 3),
        Column::number("TRAFFIC", 7, 2),
        Column::number("BURN 1h/6h", 10, 1),
        Column::number("BUDGET", 6, 4),
        Column::number("AGE", 5, 0),
    ];
    let layout = Layout::of(&columns, &rows, cells);
    let mut lines = vec![layout.heading(look)];
    for row in &rows {
        lines.push(layout.line(row, look));
        lines.resize(lines.len() + apart - 1, Strip::new());
    }
    if window.rest {
        lines.push(window.rest_line(releases.iter().map(|release| release.level), look));
    }
    lines
}

fn row(scene: &Scene<'_>, release: &Release) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let unknown = || Strip::of(number::UNKNOWN, look.words(Level::Unknown));
    let workload = facts::leading(scene, release).and_then(|component| component.workload.as_ref());
    let traffic = match workload.map(|workload| (workload.traffic.actual, workload.traffic.max)) {
        Some((Some(units), max)) => Strip::of(share(Some(units), max), text),
        _ => unknown(),
    };
    let burns = panes::worst(scene, release);
    let environment = if release.environment.is_empty() { unknown() } else { Strip::of(&release.environment, text) };
    vec![
        verdict::short(scene, release, true),
        Strip::of(&release.name, look.bold()),
        environment,
        Strip::of(release.phase.word(), text),
        traffic,
        burns.burn,
        burns.left,
        match release.data_at {
            Some(_) => Strip::of(verdict::data_age(scene, release), text),
            None => unknown(),
        },
    ]
}
