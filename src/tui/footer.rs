//! The last line: a notice, or the keys of where you are.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{scene::Scene, strip::Strip, theme::Role};
use crate::{
    app::{
        action::Action,
        keymap::{self, Binding, Scope},
    },
    domain::level::Level,
};

/// Draws the footer into the last line of `area`; `right` stands at its end where it fits.
pub(crate) fn draw(scene: &Scene<'_>, right: Strip, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let Some(y) = area.bottom().checked_sub(1) else { return };
    let width = usize::from(area.width);
    let notice = scene.model.ui.notice.as_ref().filter(|notice| notice.until > scene.model.now);
    let line = match notice {
        Some(notice) => Strip::of(" ", look.text()).put(&notice.text, look.bold()),
        None => hints(scene, width.saturating_sub(right.width() + 3)),
    };
    let end = width.saturating_sub(1);
    line.fitted(end, look.glyphs.ellipsis).right(right, end).draw(buffer, area.x, y, area.width);
}

/// As many keys as fit, the most useful first; the way to all the others, help and palette, is always among them.
fn hints(scene: &Scene<'_>, cells: usize) -> Strip {
    let look = scene.look;
    let scope = Scope::of(scene.model).unwrap_or_else(|| Scope::of_screen(&scene.model.ui.screen));
    let gap = "   ";
    let drawn = |binding: &Binding, word: &str| {
        Strip::of(binding.key_label(), look.style(Role::Key)).put(format!(" {word}{gap}"), look.text())
    };
    let last = |binding: &Binding| matches!(binding.action, Action::Help | Action::Palette);
    let end = keymap::hints(scope)
        .filter(|(binding, _)| last(binding))
        .fold(Strip::new(), |line, (binding, word)| line.join(drawn(binding, word)));
    let mut line = Strip::of(" ", look.text());
    for (binding, word) in keymap::hints(scope).filter(|(binding, _)| !last(binding)) {
        let hint = drawn(binding, word);
        if line.width() + hint.width() + end.width() <= cells + gap.len() {
            line = line.join(hint);
        }
    }
    line.join(end)
}

/// The line that says what is wrong with files on disk; `None` when nothing is.
pub(crate) fn config_problem(scene: &Scene<'_>) -> Option<Strip> {
    let look = scene.look;
    let problems = &scene.model.config_problems;
    let first = problems.first()?;
    let more = if problems.len() > 1 { format!(" (+{} more)", problems.len() - 1) } else { String::new() };
    Some(
        Strip::of(" ", look.text())
            .put(look.glyph(Level::Watch), look.level(Level::Watch))
            .put(format!(" configuration: {first}{more}; the last good one stays in use"), look.bold()),
    )
}
