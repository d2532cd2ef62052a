//! Pane 7: deployment events, alerts and what people did on one axis, the newest first.

use crate::{
    app::{
        model::List,
        rows::{self, Happening},
    },
    domain::{ledger::proof::Proof, level::Level, marker::MarkerKind, time::Timestamp},
    tui::{
        frame::Content,
        list::Window,
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
    },
};

/// A line of the timeline.
struct Event {
    at: Timestamp,
    level: Level,
    kind: &'static str,
    text: String,
    detail: String,
}

pub(super) fn content(scene: &Scene<'_>, cells: usize, height: usize) -> Content {
    let found = rows::timeline(scene.model);
    let selected = scene.chosen(List::Timeline, &found).filter(|_| scene.has_keys(List::Timeline));
    let title = Strip::of("Timeline", scene.look.bold());
    events(scene, title, found.into_iter().map(|row| row.item), selected, (cells, height))
}

/// The same for everything on the board.
pub(crate) fn latest(scene: &Scene<'_>, cells: usize, height: usize) -> Content {
    let title = Strip::of("Latest", scene.look.bold());
    events(scene, title, rows::latest(scene.model).into_iter(), None, (cells, height))
}

fn events<'a>(
    scene: &Scene<'_>,
    title: Strip,
    found: impl Iterator<Item = Happening<'a>>,
    selected: Option<usize>,
    (cells, height): (usize, usize),
) -> Content {
    let look = scene.look;
    let events: Vec<Event> = found.map(event).collect();
    let right = Strip::of(format!("{} events", events.len()), look.text());
    if events.is_empty() {
        let empty = super::nothing(scene, "none yet", &["kubernetes", "alertmanager"]);
        return Content { title, right, lines: vec![empty] };
    }
    let window = Window::of(events.len(), selected, height);
    let visible: Vec<&Event> = events.iter().skip(window.first).take(window.shown).collect();
    let rows: Vec<Vec<Strip>> = visible.iter().map(|event| row(scene, event)).collect();
    let columns = [
        Column::text("", 9, 20, 0),
        Column::number("", 3, 1),
        Column::text("", 8, 8, 0),
        Column::text("", 24, 70, 0),
        Column::text("", 24, 60, 2),
    ];
    let layout = Layout::of(&columns, &rows, cells);
    let mut lines: Vec<Strip> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let line = layout.line(row, look);
            let chosen = selected == Some(window.first + index);
            if chosen { line.filled(cells, look.selection()) } else { line }
        })
        .collect();
    if window.rest {
        lines.push(window.rest_line(events.iter().map(|event| event.level), look));
    }
    Content { title, right, lines }
}

fn event(happening: Happening<'_>) -> Event {
    match happening {
        Happening::Marker(marker) => {
            let service = marker.service.as_deref().unwrap_or("service ?");
            let from = format!("{} {}", marker.object.source, marker.version.as_deref().unwrap_or_default());
            Event {
                at: marker.at,
                level: marker_level(marker.kind),
                kind: if marker.kind == MarkerKind::Gap { "UNSEEN" } else { "DEPLOY" },
                text: format!("{service}  {}", marker.text),
                detail: from.trim_end().to_owned(),
            }
        }
        Happening::Alert(joined) => {
            let alert = &joined.alert;
            let severity = alert.severity().word();
            Event {
                at: alert.starts_at,
                level: super::alerts::level(joined),
                kind: "ALERT",
                text: format!("{}  {severity} began", alert.name),
                detail: alert.summary().to_owned(),
            }
        }
        Happening::Act(recorded) => {
            let against = rows::act(recorded).contains("AGAINST");
            let (level, tail) = match &recorded.proof {
                Proof::Bad { .. } => (Level::Bad, ", does NOT count"),
                _ if against => (Level::Watch, ""),
                _ => (Level::Run, ""),
            };
            Event {
                at: recorded.event.ts,
                level,
                kind: "PEOPLE",
                text: format!("{}  {}{tail}", recorded.who(), rows::act(recorded)),
                detail: recorded.why().unwrap_or_default().to_owned(),
            }
        }
    }
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
