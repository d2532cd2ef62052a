//! The checklist of one release: every item and sign-off, and the selected one in full.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{model::List, rows},
    domain::release::Release,
    tui::{frame, list, panes::checks, scene::Scene, strip::Strip, verdict},
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    verdict::draw(scene, release, area, buffer);
    let area = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let Some(standing) = rows::standing(scene.model) else {
        frame::lines(&checks::none(scene, release, cells), look, inside, buffer);
        return Strip::new();
    };
    let indent = |line: Strip| Strip::of(" ", look.text()).join(line);
    let mut lines: Vec<Strip> = checks::ledger_trouble(scene).into_iter().map(indent).collect();
    lines.extend(checks::decisions(look, standing).into_iter().map(indent));
    if scene.model.shown_ledger().is_known() {
        let (waits, groups) = (checks::waits(scene, standing), checks::groups(look, standing));
        if waits.width() + groups.width() + 4 <= cells {
            lines.push(indent(waits.put("  ", look.text()).join(groups)));
        } else {
            lines.extend([waits, groups].map(indent));
        }
    }
    let found = rows::checks(scene.model);
    let chosen = rows::selected(scene.model, List::Checks, &found);
    let detail = chosen.map(|row| checks::detail(scene, row, cells.saturating_sub(2))).unwrap_or_default();
    let room = height.saturating_sub(2 + lines.len());
    // The list comes first; the details get what it leaves, and at least a third.
    let table = (found.len() + 1).min(room.saturating_sub((detail.len() + 1).min(room / 3 + 1)).max(3));
    lines.extend(checks::table(scene, cells, table));
    if found.is_empty() {
        lines.push(indent(Strip::of("no item passes the filter: Esc takes it off", look.text())));
    }
    lines.push(Strip::new());
    lines.extend(detail.into_iter().map(indent));
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    checks::cell(scene, release)
}
