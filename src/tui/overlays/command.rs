//! `:` and the palette: any command by name, the best match first.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{middle, window};
use crate::{
    app::{
        command::{self, Candidate},
        model::CommandLine,
    },
    domain::level::Level,
    tui::{
        frame::{self, Content},
        list::Window,
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, line: &CommandLine, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let candidates = command::candidates(scene.model, &line.input);
    let place = middle(area, 84, area.height);
    let cells = usize::from(place.width.saturating_sub(4));
    let problem = line.problem.as_deref().map(|problem| wrap(problem, cells.saturating_sub(2))).unwrap_or_default();
    let most = usize::from(place.height).saturating_sub(3 + problem.len()).min(16);
    let height = frame::cells(most.min(candidates.len().max(1)) + 3 + problem.len());
    let place = Rect { height: height.min(place.height), ..place };
    let mut lines = vec![input_line(scene, ":", &line.input, cells)];
    for (index, part) in problem.iter().enumerate() {
        let start = if index == 0 { look.glyph(Level::Bad) } else { " " };
        lines.push(Strip::of(start, look.level(Level::Bad)).put(" ", look.text()).put(part, look.words(Level::Bad)));
    }
    let selected = line.selected.min(candidates.len().saturating_sub(1));
    let window_of = Window::of(candidates.len(), Some(selected), most);
    lines.extend(
        candidates
            .iter()
            .enumerate()
            .skip(window_of.first)
            .take(window_of.shown)
            .map(|(index, candidate)| row(scene, candidate, index == selected, cells)),
    );
    if window_of.rest {
        lines.push(Strip::of(format!("  +{} more", candidates.len() - window_of.shown), look.dim()));
    }
    if candidates.is_empty() && line.problem.is_none() {
        lines.push(Strip::of("  no command matches: Esc closes", look.text()));
    }
    let content = Content {
        title: Strip::of("Command", look.bold()),
        right: Strip::of("Tab completes  Enter runs  Esc closes", look.dim()),
        lines,
    };
    window(scene, &content, place, buffer);
}

fn row(scene: &Scene<'_>, candidate: &Candidate, selected: bool, cells: usize) -> Strip {
    let look = scene.look;
    let mark = if selected { look.glyphs.cursor } else { " " };
    let unfinished = if candidate.complete { "" } else { look.glyphs.ellipsis };
    let keys = Strip::of(&candidate.keys, look.style(Role::Key));
    let room = cells.saturating_sub(keys.width() + 2);
    let line = Strip::of(format!("{mark} "), look.style(Role::Accent))
        .put(format!("{}{unfinished}", candidate.line), if candidate.here { look.text() } else { look.dim() })
        .at(cells / 3 + 2)
        .put(&candidate.help, look.dim())
        .fitted(room, look.glyphs.ellipsis)
        .right(keys, cells);
    if selected { line.filled(cells, look.selection()) } else { line }
}

/// What was typed, with a cursor behind it; the end of it where it is too long.
pub(super) fn input_line(scene: &Scene<'_>, prompt: &str, input: &str, cells: usize) -> Strip {
    let look = scene.look;
    let mut shown = input;
    while crate::tui::strip::width(shown) + 4 > cells {
        let mut characters = shown.chars();
        if characters.next().is_none() {
            break;
        }
        shown = characters.as_str();
    }
    Strip::of(prompt, look.style(Role::Accent)).put(shown, look.bold()).put(" ", look.style(Role::TextInverse))
}
