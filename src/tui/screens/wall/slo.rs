//! SLOs, the worst first: how fast each burns, and what is left of its budget.

use super::{headline, state};
use crate::{
    app::wall::Wall,
    domain::{
        level::Level,
        slo::{definition::Window, status::SloStatus},
    },
    tui::{
        list::Window as Part,
        panes::burn,
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
        theme::Role,
    },
};

pub(super) fn lines(scene: &Scene<'_>, wall: &Wall, cells: usize, height: usize) -> Vec<Strip> {
    let slos = worst_first(scene);
    let state = state::of_slos(scene, &slos);
    let rows = if wall.big { 0 } else { slos.len().min(height / 3) };
    let mut lines =
        headline::lines(scene, &state, cells, height.saturating_sub(rows + 2), super::for_letters(wall, height));
    lines.push(Strip::new());
    if !wall.big && !slos.is_empty() {
        let room = height.saturating_sub(lines.len());
        lines.extend(table(scene, &slos, cells, room));
    }
    lines
}

/// SLOs of whole services, what needs a person first, and of equals the one with the least left.
fn worst_first<'a>(scene: &Scene<'a>) -> Vec<&'a SloStatus> {
    let mut slos: Vec<&SloStatus> = scene.picture.slos.iter().filter(|slo| slo.key.version.is_none()).collect();
    let left = |slo: &SloStatus| slo.budget.remaining.filter(|left| left.is_finite()).unwrap_or(f64::NEG_INFINITY);
    slos.sort_by(|a, b| b.level.cmp(&a.level).then(left(a).total_cmp(&left(b))));
    slos
}

fn table(scene: &Scene<'_>, slos: &[&SloStatus], cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let apart = if height > slos.len() * 2 { 2 } else { 1 };
    let part = Part::of(slos.len(), None, height.saturating_sub(1) / apart);
    let bar = (cells / 6).clamp(6, 30);
    let rows: Vec<Vec<Strip>> = slos.iter().take(part.shown).map(|slo| row(scene, slo, bar)).collect();
    let columns = [
        Column::text("SLO", 22, 44, 0),
        Column::text("ENV", 4, 14, 5),
        Column::number("BURN 5m", 7, 3),
        Column::number("BURN 1h", 7, 0),
        Column::number("BURN 6h", 7, 1),
        Column::number("LEFT", 6, 0),
        Column::text("BUDGET", bar, bar, 4),
    ];
    let layout = Layout::of(&columns, &rows, cells);
    let mut lines = vec![layout.heading(look)];
    for row in &rows {
        lines.push(layout.line(row, look));
        lines.resize(lines.len() + apart - 1, Strip::new());
    }
    if part.rest {
        lines.push(part.rest_line(slos.iter().map(|slo| slo.level), look));
    }
    lines
}

fn row(scene: &Scene<'_>, slo: &SloStatus, bar: usize) -> Vec<Strip> {
    let look = scene.look;
    let role = match slo.level {
        Level::Bad => Role::Bad,
        Level::Ok => Role::Ok,
        _ => Role::Chart1,
    };
    let known = slo.budget.remaining.filter(|_| slo.level != Level::Unknown);
    vec![
        look.status(slo.level, &format!("{} {}", slo.key.service, slo.key.slo)),
        Strip::of(&slo.key.environment, look.text()),
        burn::cell(scene, slo, Window::from_mins(5)),
        burn::cell(scene, slo, Window::from_hours(1)),
        burn::cell(scene, slo, Window::from_hours(6)),
        burn::left(scene, &slo.budget),
        scene.bar(known.map(|left| left.max(0.0)), bar, role),
    ]
}
