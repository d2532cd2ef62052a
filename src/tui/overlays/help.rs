//! The keys of where you are, from the keymap.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{middle, scrolled, window};
use crate::{
    app::{
        action::Action,
        keymap::{self, Scope, TEXT_KEYS},
    },
    domain::level::Level,
    tui::{
        frame::Content,
        look::word,
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, scroll: u16, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let scope = Scope::of_screen(&scene.model.ui.screen);
    let place = middle(area, 112, area.height);
    let cells = usize::from(place.width.saturating_sub(4));
    let height = usize::from(place.height.saturating_sub(2));
    let two = cells >= 76;
    let groups = groups(scene, scope, if two { cells / 2 - 2 } else { cells });
    let lines = if two { columns(scene, groups, cells) } else { groups.into_iter().flatten().collect() };
    let shown = frame_height(lines.len(), place.height);
    let (lines, below) = scrolled(lines, scroll, height);
    let more = if below > 0 { format!("{below} more below: j  ") } else { String::new() };
    let content = Content {
        title: Strip::of(format!("Help: {}", scope.title()), look.bold()),
        right: Strip::of(format!("{more}Esc closes"), look.dim()),
        lines,
    };
    window(scene, &content, Rect { height: shown, ..place }, buffer);
}

fn frame_height(lines: usize, most: u16) -> u16 {
    crate::tui::frame::cells(lines).saturating_add(2).min(most)
}

/// What belongs together, each group with its heading.
fn groups(scene: &Scene<'_>, scope: Scope, cells: usize) -> Vec<Vec<Strip>> {
    let look = scene.look;
    let mut named: Vec<(&str, Vec<Strip>)> = Vec::new();
    for binding in keymap::bindings(scope).filter(|binding| !binding.keys.is_empty()) {
        let added = key_lines(scene, &binding.keys_label(), binding.action.help(), cells);
        let name = group(binding.action);
        match named.iter_mut().find(|(other, _)| *other == name) {
            Some((_, lines)) => lines.extend(added),
            None => named.push((name, added)),
        }
    }
    named.sort_by_key(|(name, _)| ORDER.iter().position(|other| other == name));
    named.push((
        "Where text is typed",
        TEXT_KEYS.iter().flat_map(|(key, does)| key_lines(scene, key, does, cells)).collect(),
    ));
    named.push(("Signs", signs(scene)));
    named
        .into_iter()
        .map(|(name, lines)| {
            let mut group = vec![Strip::of(name, look.style(Role::Title))];
            group.extend(lines);
            group.push(Strip::new());
            group
        })
        .collect()
}

const ORDER: [&str; 6] = ["Move", "Look", "Panes", "Chart", "Take along", "Console"];

const fn group(action: Action) -> &'static str {
    match action {
        Action::CursorDown
        | Action::CursorUp
        | Action::CursorFirst
        | Action::CursorLast
        | Action::CursorPageDown
        | Action::CursorPageUp => "Move",
        Action::PaneNext | Action::PanePrevious | Action::Pane(_) | Action::PaneZoom | Action::PaneAll => "Panes",
        Action::ChartShorter | Action::ChartLonger | Action::MetricPrevious | Action::MetricNext | Action::Markers => {
            "Chart"
        }
        Action::Copy | Action::Plain | Action::Export => "Take along",
        Action::ReleaseOpen
        | Action::DetailOpen
        | Action::Back
        | Action::FilterEdit
        | Action::FilterNext
        | Action::FilterPrevious
        | Action::SortNext
        | Action::SortReverse
        | Action::Board
        | Action::Sources => "Look",
        _ => "Console",
    }
}

/// A key and what it does, in as many lines as that takes.
fn key_lines(scene: &Scene<'_>, keys: &str, does: &str, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let parts = wrap(does, cells.saturating_sub(KEYS));
    let start = |index: usize| if index == 0 { keys } else { "" };
    let line = |(index, part): (usize, &String)| {
        Strip::of("  ", look.text()).put(start(index), look.style(Role::Key)).at(KEYS).put(part, look.text())
    };
    parts.iter().enumerate().map(line).collect()
}

/// Cells for the keys.
const KEYS: usize = 19;

/// What the glyphs mean.
fn signs(scene: &Scene<'_>) -> Vec<Strip> {
    let look = scene.look;
    let levels = [Level::Bad, Level::Unknown, Level::Watch, Level::Run, Level::Paused, Level::Wait, Level::Ok];
    let mut lines: Vec<Strip> = levels
        .iter()
        .map(|level| {
            Strip::of("  ", look.text())
                .put(look.glyph(*level), look.level(*level))
                .at(KEYS)
                .put(word(*level), look.text())
        })
        .collect();
    let stale = Strip::of("  ", look.text()).put(look.glyphs.stale, look.level(Level::Unknown));
    lines.push(stale.at(KEYS).put("STALE: an old value, kept", look.text()));
    lines
}

/// The groups in two columns of about the same height.
fn columns(scene: &Scene<'_>, groups: Vec<Vec<Strip>>, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let total: usize = groups.iter().map(Vec::len).sum();
    let width = cells / 2;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for group in groups {
        if right.is_empty() && left.len() + group.len() / 2 <= total / 2 {
            left.extend(group);
        } else {
            right.extend(group);
        }
    }
    (0..left.len().max(right.len()))
        .map(|index| {
            let line =
                left.get(index).cloned().unwrap_or_default().fitted(width.saturating_sub(2), look.glyphs.ellipsis);
            let missing = width.saturating_sub(line.width());
            line.put(" ".repeat(missing), look.text()).join(right.get(index).cloned().unwrap_or_default())
        })
        .collect()
}
