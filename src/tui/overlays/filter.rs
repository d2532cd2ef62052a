//! `/`: the filter of the list that has the keys, in the last line; the list above is filtered already.

use ratatui::{buffer::Buffer, layout::Rect};

use super::command::input_line;
use crate::{
    app::{model::List, rows},
    tui::{scene::Scene, strip::Strip},
};

/// Draws it over the footer.
pub(super) fn draw(scene: &Scene<'_>, list: List, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = usize::from(area.width);
    let found = rows::ids(scene.model, list).len();
    let help = Strip::of(format!("{found} found  ! turns it round  Enter keeps  Esc takes it off"), look.text());
    let line =
        Strip::of(" ", look.text()).join(input_line(scene, "/", scene.model.ui.filter(list), width.saturating_sub(4)));
    let missing = width.saturating_sub(line.width());
    let y = area.bottom() - 1;
    Strip::of(" ".repeat(width), look.text()).draw(buffer, area.x, y, area.width);
    let line = if help.width() + 3 <= missing { line.right(help, width.saturating_sub(1)) } else { line };
    line.draw(buffer, area.x, y, area.width);
}
