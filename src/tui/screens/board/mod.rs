//! Every release, a line each, and the selected one in more words.

mod framed;
mod table;

pub(super) use self::table::alerts_known;

use ratatui::{buffer::Buffer, layout::Rect};

use super::summary;
use crate::{
    app::{arrangement::Arrangement, model::List, rows},
    domain::{level::Level, release::Release},
    tui::{frame, list, scene::Scene, strip::Strip, verdict},
};

/// Draws it, and gives what the footer says at its right: how many releases need what.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let found = rows::releases(scene.model);
    // The first one needs a person most, so it is the one until somebody chose another.
    let selected = rows::position(scene.model, List::Releases, &found);
    let releases: Vec<&Release> = found.into_iter().map(|row| row.item).collect();
    match scene.arrangement {
        Arrangement::OneLine | Arrangement::OnePane => plain(scene, &releases, selected, area, buffer),
        Arrangement::Portrait | Arrangement::TwoColumns => framed::stacked(scene, &releases, selected, area, buffer),
        Arrangement::ThreeColumns => framed::wide(scene, &releases, selected, area, buffer),
    }
    let levels: Vec<Level> = scene.picture.releases.iter().map(|release| verdict::level(scene, release)).collect();
    if levels.is_empty() {
        return Strip::new();
    }
    let hidden = levels.len() - releases.len();
    let hidden = if hidden > 0 { format!("{hidden} filtered out  ") } else { String::new() };
    Strip::of(format!("{hidden}{}: ", levels.len()), scene.look.text()).join(list::counts(&levels, scene.look))
}

/// Table, rule, the selected release, trouble.
fn plain(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let inside = Rect { y: area.y + 1, height: area.height - 2, ..area };
    let trouble = trouble(scene, usize::from(inside.height / 6).max(1), usize::from(area.width));
    let for_trouble = frame::cells(trouble.len());
    let left = inside.height.saturating_sub(for_trouble);
    let wanted = frame::cells(releases.len()).saturating_add(1);
    // Room for the selected release is also where the table leaves it.
    let detail = if (left >= 12 || left >= wanted.saturating_add(5)) && selected.is_some() {
        (left / 2).max(left.saturating_sub(wanted + 1)).min(if left > 30 { left * 2 / 3 } else { 10 })
    } else {
        0
    };
    let table = Rect { height: left - detail, ..inside };
    frame::lines(&table::lines(scene, releases, selected, table), look, table, buffer);
    if let (true, Some(release)) = (detail > 1, selected.and_then(|index| releases.get(index))) {
        frame::rule(look, area, table.bottom(), buffer);
        let below = Rect { y: table.bottom() + 1, height: detail - 1, ..inside };
        let lines = summary::lines(scene, release, usize::from(below.width), usize::from(below.height));
        frame::lines(&lines, look, below, buffer);
    }
    let bottom = Rect { y: inside.bottom() - for_trouble, height: for_trouble, ..inside };
    frame::lines(&trouble, look, bottom, buffer);
}

/// A line for each source that is not well, the worst first.
fn trouble(scene: &Scene<'_>, most: usize, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut ill: Vec<_> = scene.picture.sources.iter().filter(|source| source.level >= Level::Watch).collect();
    ill.sort_by_key(|source| std::cmp::Reverse(source.level));
    let mut lines: Vec<Strip> = ill
        .iter()
        .take(most)
        .map(|source| {
            let error = source.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            let effect = source.effects.first().map(|effect| format!(" - {effect}")).unwrap_or_default();
            let age = source.age.map(|age| format!(" {}", scene.aged(age).age())).unwrap_or_default();
            Strip::of(" ", look.text())
                .join(look.status(source.level, source.name.as_str()))
                .put(format!(" {}{age}", source.word), look.text())
                .put(format!("{effect}{error}"), look.text())
        })
        .collect();
    if let (true, Some(last)) = (ill.len() > most, lines.last_mut()) {
        let line = std::mem::take(last);
        let hidden: Vec<Level> = ill.iter().skip(most).map(|source| source.level).collect();
        let count = Strip::of(format!("  +{} more ", hidden.len()), look.bold()).join(list::worst(&hidden, look));
        *last = line.fitted(cells.saturating_sub(count.width()), look.glyphs.ellipsis).join(count);
    }
    lines
}
