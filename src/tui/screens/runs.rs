//! All runs, those that go on first.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{model::List, rows},
    domain::{level::Level, run::Run},
    tui::{
        frame,
        list::{self, Window},
        panes::checks,
        progress,
        scene::Scene,
        strip::Strip,
        table::Column,
    },
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let indent = |line: Strip| Strip::of(" ", look.text()).join(line);
    let mut lines: Vec<Strip> = checks::ledger_trouble(scene).into_iter().map(indent).collect();
    let found = rows::runs(scene.model);
    if found.is_empty() {
        let known = scene.model.shown_ledger().is_known();
        let line = match (known, rows::total(scene.model, List::Runs)) {
            (false, _) => look.status(Level::Unknown, "runs are not known before the ledger was read"),
            (true, 0) => Strip::of("no runbook was ever run here", look.text()),
            (true, _) => Strip::of("no run passes the filter: Esc takes it off", look.text()),
        };
        lines.push(indent(line));
    } else {
        let room = height.saturating_sub(2 + lines.len());
        lines.extend(table(scene, &found, cells, room));
    }
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    let live = rows::live(scene.model).len();
    Strip::of(format!("{live} live"), if live > 0 { look.bold() } else { look.text() })
}

fn table(scene: &Scene<'_>, found: &[rows::Row<&Run>], cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let selected = rows::position(scene.model, List::Runs, found);
    let window = Window::of(found.len(), selected, height.saturating_sub(1));
    let rows: Vec<Vec<Strip>> =
        found.iter().skip(window.first).take(window.shown).map(|row| row_of(scene, row.item)).collect();
    let columns = [
        Column::text("STATE", 10, 18, 0),
        Column::text("RUN", 6, 16, 0),
        Column::text("WHAT", 14, 60, 0),
        Column::number("STEPS", 3, 2),
        Column::text("TIME", 12, 30, 1),
        Column::text("BY", 4, 16, 3),
        Column::text("STARTED", 6, 14, 4),
    ];
    let mut lines = window.table(&columns, &rows, selected, cells, look);
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| progress::stands(scene, row.item).0), look));
    }
    lines
}

fn row_of(scene: &Scene<'_>, run: &Run) -> Vec<Strip> {
    let (look, now) = (scene.look, scene.model.now);
    let (level, word) = progress::stands(scene, run);
    let (done, all) = progress::steps(run);
    vec![
        look.status(level, word),
        Strip::of(&run.id, look.bold()),
        Strip::of(progress::what(run), look.text()),
        Strip::of(format!("{done}/{all}"), look.text()),
        progress::clock(run, look, now),
        Strip::of(run.by.principal.as_deref().unwrap_or(&run.by.user), look.text()),
        Strip::of(scene.minute(run.at), look.text()),
    ]
}
