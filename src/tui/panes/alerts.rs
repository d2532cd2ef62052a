//! Pane 4: what fires.

use crate::{
    app::{model::List, rows},
    domain::{
        alert::{AlertState, Severity},
        level::Level,
        picture::JoinedAlert,
        release::Release,
    },
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
    let look = scene.look;
    let all = facts::alerts(scene, release);
    let found = rows::alerts(scene.model);
    let selected = scene.chosen(List::Alerts, &found);
    let alerts: Vec<&JoinedAlert> = found.into_iter().map(|row| row.item).collect();
    let firing = alerts.iter().filter(|alert| alert.alert.state == AlertState::Active).count();
    let mut title = Strip::of("Alerts", look.bold());
    if !alerts.is_empty() {
        title = title.put(format!("  {firing} firing of {}", alerts.len()), look.text());
    }
    let right = super::origin(scene, |source| {
        source.kind == "alertmanager" || alerts.iter().any(|alert| alert.sources.contains(&source.name))
    });
    let lines = if alerts.is_empty() {
        let empty = if all.is_empty() { "none" } else { "none passes the filter" };
        vec![super::nothing(scene, empty, &["alertmanager", "prometheus"])]
    } else {
        lines(scene, &alerts, selected, cells, height)
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
    match (joined.stale, joined.alert.state, joined.alert.severity()) {
        (true, ..) | (_, AlertState::Unknown, _) => Level::Unknown,
        (_, AlertState::Suppressed | AlertState::Pending, _) => Level::Wait,
        (_, _, Severity::Page) => Level::Bad,
        (_, _, Severity::Ticket) => Level::Watch,
        (_, _, Severity::Info) => Level::Run,
    }
}

fn row(scene: &Scene<'_>, joined: &JoinedAlert) -> Vec<Strip> {
    let look = scene.look;
    let alert = &joined.alert;
    let severity = match alert.severity() {
        Severity::Page => "page",
        Severity::Ticket => "ticket",
        Severity::Info => "info",
    };
    let state = if joined.stale {
        Strip::of(look.glyphs.stale, look.level(Level::Unknown)).put(" stale", look.words(Level::Unknown))
    } else {
        match alert.state {
            AlertState::Active => Strip::of("firing", look.bold()),
            AlertState::Pending => Strip::of("pending", look.text()),
            AlertState::Unprocessed => Strip::of("new", look.text()),
            AlertState::Unknown => Strip::of("unknown", look.words(Level::Unknown)),
            AlertState::Suppressed => Strip::of(suppressed(joined), look.text()),
        }
    };
    vec![
        look.status(level(joined), severity),
        Strip::of(&alert.name, look.text()),
        state,
        super::age(scene, alert.starts_at),
        Strip::of(alert.summary(), look.dim()),
    ]
}

/// Why a suppressed alert calls nobody.
fn suppressed(joined: &JoinedAlert) -> String {
    let alert = &joined.alert;
    for (word, by) in [("silenced", &alert.silenced_by), ("inhibited", &alert.inhibited_by), ("muted", &alert.muted_by)]
    {
        if let Some(first) = by.first() {
            let short = first.split('-').next().unwrap_or(first);
            return format!("{word} {short}");
        }
    }
    "suppressed".to_owned()
}
