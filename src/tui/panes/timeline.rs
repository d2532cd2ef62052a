//! Pane 7: deployment events and alerts on one axis, the newest first.

use crate::{
    app::model::{List, Pane},
    domain::{alert::Severity, level::Level, marker::MarkerKind, release::Release, time::Timestamp},
    tui::{
        facts,
        frame::Content,
        list::Window,
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
    },
};

/// A line of the timeline.
struct Event {
    id: String,
    at: Timestamp,
    level: Level,
    kind: &'static str,
    text: String,
    detail: String,
}

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let events = events(scene, release);
    let title = Strip::of("Timeline", look.bold());
    let right = Strip::of(format!("{} events", events.len()), look.text());
    if events.is_empty() {
        let empty = super::nothing(scene, "none yet", &["kubernetes", "alertmanager"]);
        return Content { title, right, lines: vec![empty] };
    }
    let selected = scene.selected(List::Timeline).and_then(|id| events.iter().position(|event| event.id == id));
    let window = Window::of(events.len(), selected, height);
    let visible: Vec<&Event> = events.iter().skip(window.first).take(window.shown).collect();
    let rows: Vec<Vec<Strip>> = visible.iter().map(|event| row(scene, event)).collect();
    let columns = [
        Column::text("", 9, 20, 0),
        Column::number("", 3, 1),
        Column::text("", 8, 8, 3),
        Column::text("", 16, 70, 0),
        Column::text("", 8, 60, 2),
    ];
    let layout = Layout::of(&columns, &rows, cells);
    let mut lines: Vec<Strip> = rows
        .iter()
        .zip(visible)
        .map(|(row, event)| {
            let line = layout.line(row, look);
            let chosen = scene.selected(List::Timeline) == Some(event.id.as_str());
            if chosen && scene.model.ui.pane == Pane::Timeline { line.filled(cells, look.selection()) } else { line }
        })
        .collect();
    if window.rest {
        lines.push(window.rest_line(events.iter().map(|event| event.level), look));
    }
    Content { title, right, lines }
}

fn events(scene: &Scene<'_>, release: &Release) -> Vec<Event> {
    let mut events: Vec<Event> = facts::markers(scene, release)
        .into_iter()
        .map(|marker| {
            let service = marker.service.as_deref().unwrap_or("service ?");
            let from = format!("{} {}", marker.object.source, marker.version.as_deref().unwrap_or_default());
            Event {
                id: marker.dedupe.clone(),
                at: marker.at,
                level: marker_level(marker.kind),
                kind: if marker.kind == MarkerKind::Gap { "UNSEEN" } else { "DEPLOY" },
                text: format!("{service}  {}", marker.text),
                detail: from.trim_end().to_owned(),
            }
        })
        .collect();
    for joined in facts::alerts(scene, release) {
        let alert = &joined.alert;
        let severity = match alert.severity() {
            Severity::Page => "page",
            Severity::Ticket => "ticket",
            Severity::Info => "info",
        };
        events.push(Event {
            id: alert.fingerprint.clone(),
            at: alert.starts_at,
            level: super::alerts::level(joined),
            kind: "ALERT",
            text: format!("{}  {severity} began", alert.name),
            detail: alert.summary().to_owned(),
        });
    }
    events.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
    events
}

fn row(scene: &Scene<'_>, event: &Event) -> Vec<Strip> {
    let look = scene.look;
    let minutes = scene.minute(event.at);
    let today = !minutes.contains('-');
    vec![
        Strip::of(if today { scene.clock(event.at) } else { minutes }, look.text()),
        Strip::of(format!("{} ago", scene.since(event.at).age()), look.dim()),
        look.status(event.level, event.kind),
        Strip::of(&event.text, look.text()),
        Strip::of(&event.detail, look.dim()),
    ]
}

/// How much an event needed a person.
const fn marker_level(kind: MarkerKind) -> Level {
    match kind {
        MarkerKind::Started | MarkerKind::Step | MarkerKind::Weight | MarkerKind::Resumed | MarkerKind::Promoted => {
            Level::Run
        }
        MarkerKind::Paused => Level::Paused,
        MarkerKind::Aborted | MarkerKind::RolledBack => Level::Watch,
        MarkerKind::Failed => Level::Bad,
        MarkerKind::Succeeded => Level::Ok,
        MarkerKind::Gap => Level::Unknown,
    }
}
