//! Plans that wait for the approval of somebody else.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{model::List, rows},
    domain::{
        level::Level,
        run::approval::{Requested, standing},
    },
    tui::{
        frame,
        list::{self, Window},
        panes::checks,
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
    let found = rows::approvals(scene.model);
    if found.is_empty() {
        let known = scene.model.shown_ledger().is_known();
        let line = match (known, rows::total(scene.model, List::Approvals)) {
            (false, _) => look.status(Level::Unknown, "what waits is not known before the ledger was read"),
            (true, 0) => Strip::of("nothing waits for an approval", look.text()),
            (true, _) => Strip::of("no request passes the filter: Esc takes it off", look.text()),
        };
        lines.push(indent(line));
    } else {
        let room = height.saturating_sub(2 + lines.len());
        lines.extend(table(scene, &found, cells, room));
    }
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    let waits = found.iter().filter(|row| stands(scene, row.item).0 == Level::Wait).count();
    Strip::of(format!("{waits} wait"), if waits > 0 { look.bold() } else { look.text() })
}

fn table(scene: &Scene<'_>, found: &[rows::Row<&Requested>], cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let selected = rows::position(scene.model, List::Approvals, found);
    let window = Window::of(found.len(), selected, height.saturating_sub(1));
    let shown = found.iter().skip(window.first).take(window.shown);
    let rows: Vec<Vec<Strip>> = shown.map(|row| row_of(scene, row.item)).collect();
    let columns = [
        Column::text("STATE", 7, 15, 0),
        Column::text("CODE", 11, 11, 0),
        Column::text("RISK", 4, 4, 3),
        Column::text("PLAN", 14, 60, 0),
        Column::text("NEEDS", 8, 40, 1),
        Column::text("ASKED BY", 6, 24, 4),
        Column::text("LEFT", 4, 8, 2),
    ];
    let mut lines = window.table(&columns, &rows, selected, cells, look);
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| stands(scene, row.item).0), look));
    }
    lines
}

fn row_of(scene: &Scene<'_>, requested: &Requested) -> Vec<Strip> {
    let look = scene.look;
    let (level, words) = stands(scene, requested);
    let missing = rows::standing_of(scene.model, requested).missing;
    let needs = if level == Level::Wait { standing::words(&missing) } else { String::new() };
    let who = requested.by.principal.as_deref().filter(|_| requested.proven);
    let who = who.map_or_else(|| format!("{} (unsigned)", requested.by.user), str::to_owned);
    vec![
        look.status(level, &words),
        Strip::of(&requested.code, look.bold()),
        Strip::of(requested.plan.risk.word(), look.bold()),
        Strip::of(requested.plan.phrase(), look.text()),
        Strip::of(needs, look.text()),
        Strip::of(who, look.text()),
        Strip::of(scene.until(requested.expires).age(), look.text()),
    ]
}

/// How much a request needs a person, and where it stands.
pub(crate) fn stands(scene: &Scene<'_>, requested: &Requested) -> (Level, String) {
    let standing = rows::standing_of(scene.model, requested);
    match () {
        () if !standing.denials.is_empty() => (Level::Bad, "DENIED".to_owned()),
        () if standing.broken.is_some() => (Level::Watch, "GLASS BROKEN".to_owned()),
        () if standing.met => {
            let left = standing.until.map_or_else(String::new, |until| format!(" {}", scene.until(until).age()));
            (Level::Ok, format!("APPROVED{left}"))
        }
        () => (Level::Wait, "WAITS".to_owned()),
    }
}
