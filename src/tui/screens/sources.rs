//! Every connection, and the selected one in full.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{model::List, rows},
    domain::level::Level,
    tui::{frame, list, panes, scene::Scene, strip::Strip},
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let sources = rows::sources(scene.model);
    let (cells, height) = (usize::from(area.width).saturating_sub(2), usize::from(area.height));
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let room = height.saturating_sub(2);
    let table = (sources.len() + 1).min(room.div_ceil(2));
    let mut lines = panes::sources::content(scene, cells, table).lines;
    let chosen = rows::selected(scene.model, List::Sources, &sources);
    if let Some(source) = chosen {
        lines.push(Strip::new());
        lines.extend(panes::sources::detail(scene, source, cells));
    }
    let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 };
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    let levels: Vec<Level> = sources.iter().map(|row| row.item.level).collect();
    Strip::of(format!("{}: ", levels.len()), look.text()).join(list::counts(&levels, look))
}
