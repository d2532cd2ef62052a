//! The state in block letters, and what it is about.

use ratatui::style::Style;

use super::{
    letters::{self, Letters},
    state::State,
};
use crate::{
    app::wall::Wall,
    domain::level::Level,
    tui::{
        look::Look,
        scene::Scene,
        strip::{Strip, wrap},
    },
};

/// The lines of a headline in at most so many cells and lines: the letters in `letters` lines, below them what it is about.
pub(super) fn lines(scene: &Scene<'_>, state: &State, cells: usize, height: usize, letters: usize) -> Vec<Strip> {
    let look = scene.look;
    let words = state.words.to_uppercase();
    let pixel = pixel(look, state.doubtful);
    let mut lines = match big(state.level, &words, cells, letters.min(height)) {
        Some(big) => {
            let right = drift(scene, cells.saturating_sub(big.width()));
            let drawn = big.lines(pixel, colour(look, state.level), look.level(state.level));
            drawn.into_iter().map(|line| Strip::of(" ".repeat(right), Style::new()).join(line)).collect()
        }
        None => vec![look.status(state.level, &words)],
    };
    if height > lines.len() + 3 {
        lines.push(Strip::new());
    }
    let name = state.about.to_uppercase();
    let room = height.saturating_sub(lines.len());
    if let Some(name) = Letters::small(&name, cells).filter(|_| room >= 11 && !name.is_empty()) {
        let text = letters::solid(look.text());
        lines.extend(name.lines(pixel, text, text));
        lines.extend([Strip::new(), Strip::of(&state.place, look.bold())]);
    } else {
        let gap = if name.is_empty() { "" } else { "   " };
        lines.push(Strip::of(&state.about, look.bold()).put(gap, look.text()).put(&state.place, look.text()));
    }
    lines.extend(reasons(look, state, cells, if height >= 24 { 3 } else { 1 }));
    lines.retain(|line| line.width() > 0 || height > 12);
    lines.truncate(height);
    lines
}

/// As many reasons as there are lines, the first in bold; the rest is counted.
fn reasons(look: &Look, state: &State, cells: usize, most: usize) -> Vec<Strip> {
    let mut lines = Vec::new();
    for (index, reason) in state.reasons.iter().enumerate() {
        let style = if index == 0 { look.bold() } else { look.text() };
        let rest = state.reasons.len() - index;
        let more = if lines.len() + 1 == most && rest > 1 { format!("  +{}", rest - 1) } else { String::new() };
        let first = wrap(reason, cells.saturating_sub(more.len() + 1).max(1)).into_iter().next().unwrap_or_default();
        lines.push(Strip::of(first, style).put(&more, look.text()));
        if lines.len() == most {
            break;
        }
    }
    lines
}

/// With the sign of its level where there is room for it; without one rather than not at all.
fn big(level: Level, words: &str, cells: usize, lines: usize) -> Option<Letters> {
    let room = (cells, lines);
    Letters::fitted(Some(level), words, room).or_else(|| Letters::fitted(None, words, room))
}

/// What letters are made of: solid where it is sure, a pattern where it is not, so that doubt is seen without colours.
pub(super) const fn pixel(look: &Look, doubtful: bool) -> &'static str {
    let ascii = look.glyphs.full.len() == 1;
    match (doubtful, ascii) {
        (false, _) => look.glyphs.full,
        (true, false) => "▒",
        (true, true) => ":",
    }
}

/// The colour of words of a level in blocks. A colour that themes use as a ground only (yellow) is no colour for letters on a
/// light ground: there the sign alone has it.
pub(super) fn colour(look: &Look, level: Level) -> Style {
    let style = look.level(level);
    letters::solid(if style.bg.is_some() { look.text() } else { style })
}

/// How far to the right letters stand now, of `most` columns.
fn drift(scene: &Scene<'_>, most: usize) -> usize {
    let most = u16::try_from(most.min(24)).unwrap_or(0);
    usize::from(Wall::shift(scene.model.now, (most, 0)).0)
}
