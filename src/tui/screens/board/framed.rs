//! The board in frames: the table, the selected release, what happened last, alerts and sources.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{super::summary, table};
use crate::{
    app::model::Sort,
    domain::release::Release,
    tui::{
        frame::{self, Content},
        panes,
        scene::Scene,
        strip::Strip,
    },
};

/// A pane with fewer lines than this, its frame among them, says too little.
const LEAST: u16 = 6;

/// All below each other.
pub(super) fn stacked(
    scene: &Scene<'_>,
    releases: &[&Release],
    selected: Option<usize>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let sources = sources_height(scene).clamp(4, 8);
    let table = table_height(releases).clamp(8, (area.height - sources) * 3 / 5);
    let left = area.height - sources - table;
    let wanted = selected_height(scene, releases, selected, area.width);
    let (detail, latest) = if selected.is_none() {
        (0, left)
    } else if left >= wanted.saturating_add(LEAST) {
        (wanted, left - wanted)
    } else {
        (left, 0)
    };
    let mut y = area.y;
    let mut next = |height: u16| {
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    draw_table(scene, releases, selected, next(table), buffer);
    draw_selected(scene, releases, selected, next(detail), buffer);
    if latest > 0 {
        draw_latest(scene, next(latest), buffer);
    }
    draw_sources(scene, next(sources), buffer);
}

/// Two columns: what there is at the left, what it means at the right.
pub(super) fn wide(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect, buffer: &mut Buffer) {
    let right = area.width * 2 / 5;
    let left = Rect { width: area.width - right, ..area };
    let right = Rect { x: area.x + left.width, width: right, ..area };

    let wanted = table_height(releases).clamp(8, area.height);
    let table = if area.height - wanted >= LEAST { wanted } else { area.height };
    draw_table(scene, releases, selected, Rect { height: table, ..left }, buffer);
    if table < area.height {
        let below = Rect { y: left.y + table, height: area.height - table, ..left };
        draw_latest(scene, below, buffer);
    }

    let sources = sources_height(scene).clamp(4, area.height / 3);
    let rest = area.height - sources;
    let wanted = selected_height(scene, releases, selected, right.width);
    let detail = match selected {
        None => 0,
        Some(_) if rest >= wanted.saturating_add(LEAST) => wanted,
        Some(_) => rest,
    };
    draw_selected(scene, releases, selected, Rect { height: detail, ..right }, buffer);
    if detail < rest {
        draw_alerts(scene, Rect { y: right.y + detail, height: rest - detail, ..right }, buffer);
    }
    draw_sources(scene, Rect { y: right.y + rest, height: sources, ..right }, buffer);
}

/// Frame, heading, a line for each release.
fn table_height(releases: &[&Release]) -> u16 {
    frame::cells(releases.len()).saturating_add(3)
}

/// Frame, heading, a line for each source.
fn sources_height(scene: &Scene<'_>) -> u16 {
    frame::cells(scene.picture.sources.len().max(1)).saturating_add(3)
}

fn selected_height(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, width: u16) -> u16 {
    let lines = summary_lines(scene, releases, selected, (usize::from(width.saturating_sub(4)), usize::from(u8::MAX)));
    frame::cells(lines.len()).saturating_add(2)
}

fn summary_lines(
    scene: &Scene<'_>,
    releases: &[&Release],
    selected: Option<usize>,
    (cells, height): (usize, usize),
) -> Vec<Strip> {
    let release = selected.and_then(|index| releases.get(index));
    release.map(|release| summary::lines(scene, release, cells, height)).unwrap_or_default()
}

/// Cells and lines inside of a frame.
fn inside(area: Rect) -> (usize, usize) {
    (usize::from(area.width.saturating_sub(4)), usize::from(area.height.saturating_sub(2)))
}

fn draw_table(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let sort = match scene.model.ui.sort {
        Sort::Urgency => "by urgency",
        Sort::Name => "by name",
        Sort::Burn => "by burn",
        Sort::Age => "by age",
    };
    let (width, height) = (area.width.saturating_sub(4), area.height.saturating_sub(2));
    let content = Content {
        title: Strip::of("Releases", look.bold()),
        right: Strip::of(format!("{} {} {sort}", releases.len(), look.glyphs.dot), look.text()),
        lines: table::lines(scene, releases, selected, Rect { width, height, ..area }),
    };
    frame::draw(&content, true, look, area, buffer);
}

fn draw_selected(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect, buffer: &mut Buffer) {
    if area.height == 0 {
        return;
    }
    let look = scene.look;
    let lines = summary_lines(scene, releases, selected, inside(area));
    let right = Strip::of("Enter opens", look.dim());
    let content = Content { title: Strip::of("Selected", look.bold()), right, lines };
    frame::draw(&content, false, look, area, buffer);
}

fn draw_latest(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let (cells, height) = inside(area);
    frame::draw(&panes::timeline::latest(scene, cells, height), false, scene.look, area, buffer);
}

fn draw_alerts(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let (cells, height) = inside(area);
    frame::draw(&panes::alerts::all(scene, cells, height), false, scene.look, area, buffer);
}

fn draw_sources(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let (cells, height) = inside(area);
    frame::draw(&panes::sources::content(scene, cells, height), false, scene.look, area, buffer);
}
