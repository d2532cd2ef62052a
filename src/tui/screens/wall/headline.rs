//! The state in block letters, and what it is about.

use ratatui::style::{Modifier, Style};

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
    let style = colour(look, state.level);
    let words = state.words.to_uppercase();
    let pixel = pixel(look, state.doubtful);
    let mut lines = match big(&format!("{} {words}", sign(state)), cells, letters.min(height)) {
        Some(big) => {
            let (_, most) = (0, cells.saturating_sub(big.width()));
            let right = drift(scene, most);
            big.lines(pixel, style).into_iter().map(|line| indented(line, right)).collect()
        }
        None => vec![look.status(state.level, &words)],
    };
    let room = height.saturating_sub(lines.len());
    let named = Letters::small(&state.about, cells).filter(|_| room >= 12 && !state.about.is_empty());
    if room > 3 {
        lines.push(Strip::new());
    }
    match named {
        Some(name) => {
            lines.extend(name.lines(pixel, letters::solid(look.text())));
            lines.extend([Strip::new(), Strip::of(&state.place, look.bold())]);
        }
        None => {
            let gap = if state.about.is_empty() { "" } else { "   " };
            lines.push(Strip::of(&state.about, look.bold()).put(gap, look.text()).put(&state.place, look.text()));
        }
    }
    lines.extend(reasons(look, state, cells, if height >= 24 { 3 } else { 1 }));
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

/// With the sign of its level where there is room for it, and without before it is not there at all.
fn big(text: &str, cells: usize, lines: usize) -> Option<Letters> {
    let words = text.split_once(' ').map_or(text, |(_, words)| words);
    Letters::fitted(text, (cells, lines)).or_else(|| Letters::fitted(words, (cells, lines)))
}

/// The sign of a level in the font.
fn sign(state: &State) -> char {
    match state.level {
        Level::Ok => '✓',
        Level::Wait => '◷',
        Level::Paused => '‖',
        Level::Run => '►',
        Level::Watch => '▲',
        Level::Unknown => '?',
        Level::Bad => '✗',
    }
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

/// The colour of a level for filled blocks.
pub(super) fn colour(look: &Look, level: Level) -> Style {
    letters::solid(look.level(level)).remove_modifier(Modifier::UNDERLINED)
}

/// How far to the right letters stand now, of `most` columns.
fn drift(scene: &Scene<'_>, most: usize) -> usize {
    let most = u16::try_from(most.min(24)).unwrap_or(0);
    usize::from(Wall::shift(scene.model.now, (most, 0)).0)
}

fn indented(line: Strip, by: usize) -> Strip {
    Strip::of(" ".repeat(by), Style::new()).join(line)
}
