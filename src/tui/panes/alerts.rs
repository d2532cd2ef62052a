//! Pane 4: what fires.

use crate::{
    app::{model::List, rows},
    domain::{alert::AlertState, level::Level, picture::JoinedAlert, release::Release},
    tui::{
        facts,
        frame::Content,
        list::Window,
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
    },
};

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let all = facts::alerts(scene, release);
    let found = rows::alerts(scene.model);
    let selected = scene.chosen(List::Alerts, &found);
    let alerts: Vec<&JoinedAlert> = found.into_iter().map(|row| row.item).collect();
    let empty = if all.is_empty() { "none" } else { "none passes the filter" };
    of(scene, &alerts, selected, empty, (cells, height))
}

/// Every alert that there is, those that need a person first.
pub(crate) fn all(scene: &Scene<'_>, cells: usize, height: usize) -> Content {
    let mut alerts: Vec<&JoinedAlert> = scene.picture.alerts.iter().collect();
    alerts.sort_by_key(|joined| (std::cmp::Reverse(level(joined)), joined.alert.starts_at));
    of(scene, &alerts, None, "none", (cells, height))
}

fn of(
    scene: &Scene<'_>,
    alerts: &[&JoinedAlert],
    selected: Option<usize>,
    empty: &str,
    (cells, height): (usize, usize),
) -> Content {
    let look = scene.look;
    let firing = alerts.iter().filter(|alert| alert.alert.state == AlertState::Active).count();
    let mut title = Strip::of("Alerts", look.bold());
    if firing > 0 && firing == alerts.len() {
        title = title.put(format!("  {firing} firing"), look.text());
    } else if !alerts.is_empty() {
        title = title.put(format!("  {firing} firing of {}", alerts.len()), look.text());
    }
    let right = super::origin(scene, |source| {
        source.kind == "alertmanager" || alerts.iter().any(|alert| alert.sources.contains(&source.name))
    });
    let lines = if alerts.is_empty() {
        vec![super::nothing(scene, empty, &["alertmanager", "prometheus"])]
    } else {
        lines(scene, alerts, selected, cells, height)
    };
    Content { title, right, lines }
}

fn lines(
    scene: &Scene<'_>,
    alerts: &[&JoinedAlert],
    selected: Option<usize>,
    cells: usize,
    height: usize,
) -> Vec<Strip> {
    let look = scene.look;
    let window = Window::of(alerts.len(), selected, height);
    let visible = alerts.iter().skip(window.first).take(window.shown);
    let rows: Vec<Vec<Strip>> = visible.map(|joined| row(scene, joined)).collect();
    let columns = [
        Column::text("", 8, 8, 0),
        Column::text("", 18, 34, 0),
        Column::text("", 8, 28, 2),
        Column::number("", 3, 1),
        Column::text("", 10, 80, 3),
    ];
    let layout = Layout::of(&columns, &rows, cells);
    let mut lines: Vec<Strip> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let line = layout.line(row, look);
            let chosen = selected == Some(window.first + index) && scene.has_keys(List::Alerts);
            if chosen { line.filled(cells, look.selection()) } else { line }
        })
        .collect();
    if window.rest {
        lines.push(window.rest_line(alerts.iter().map(|joined| level(joined)), look));
    }
    lines
}

/// How much an alert needs a person.
pub(crate) fn level(joined: &JoinedAlert) -> Level {
    joined.level()
}

fn row(scene: &Scene<'_>, joined: &JoinedAlert) -> Vec<Strip> {
    let look = scene.look;
    let alert = &joined.alert;
    let state = if joined.stale {
        Strip::of(look.glyphs.stale, look.level(Level::Unknown)).put(" stale", look.words(Level::Unknown))
    } else {
        let style = match alert.state {
            AlertState::Active => look.bold(),
            AlertState::Unknown => look.words(Level::Unknown),
            AlertState::Pending | AlertState::Unprocessed | AlertState::Suppressed => look.text(),
        };
        Strip::of(joined.state(), style)
    };
    vec![
        look.status(level(joined), alert.severity().word()),
        Strip::of(&alert.name, look.text()),
        state,
        super::age(scene, alert.starts_at),
        Strip::of(alert.summary(), look.dim()),
    ]
}
