//! The calendar: freezes, change windows and dates to know of, and which releases they hold.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        act,
        action::Action,
        model::List,
        rows::{self, Date},
        write::Write,
    },
    domain::{calendar::Kind, level::Level, time::Timestamp},
    tui::{
        frame,
        list::{self, Window},
        scene::Scene,
        strip::{Strip, wrap},
        table::Column,
    },
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let found = rows::dates(scene.model);
    let lines = if found.is_empty() {
        let text = match (scene.model.room.catalog.calendar.len(), rows::total(scene.model, List::Calendar)) {
            (0, _) => "nothing is in the calendar: freezes and windows are files in calendar/ of the catalog",
            (_, 0) => "nothing of the calendar is on or comes within 60 days",
            _ => "no date passes the filter: Esc takes it off",
        };
        wrap(text, cells.saturating_sub(2)).into_iter().map(|line| Strip::of(format!(" {line}"), look.text())).collect()
    } else {
        table(scene, &found, cells, height.saturating_sub(2))
    };
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    let frozen = |row: &&rows::Row<Date<'_>>| {
        row.item.entry.kind == Kind::Freeze && row.item.is_on(scene.model.now) != Some(false)
    };
    match found.iter().filter(frozen).count() {
        0 => Strip::of("no freeze is on", look.text()),
        1 => Strip::of("1 freeze is on", look.bold()),
        more => Strip::of(format!("{more} freezes are on"), look.bold()),
    }
}

fn table(scene: &Scene<'_>, found: &[rows::Row<Date<'_>>], cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let selected = rows::position(scene.model, List::Calendar, found);
    let window = Window::of(found.len(), selected, height.saturating_sub(1));
    let shown = found.iter().skip(window.first).take(window.shown);
    let rows: Vec<Vec<Strip>> = shown.map(|row| row_of(scene, &row.item)).collect();
    let columns = [
        Column::text("STATE", 8, 13, 0),
        Column::text("KIND", 6, 6, 3),
        Column::text("WHAT", 12, 44, 0),
        Column::text("FROM", 12, 17, 4),
        Column::text("UNTIL", 12, 17, 0),
        Column::text("ABOUT", 8, 40, 5),
        Column::text("HOLDS", 5, 40, 2),
    ];
    let mut lines = window.table(&columns, &rows, selected, cells, look);
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| row.item.stands(scene.model.now).0), look));
    }
    lines
}

fn row_of(scene: &Scene<'_>, date: &Date<'_>) -> Vec<Strip> {
    let look = scene.look;
    let (level, words) = date.stands(scene.model.now);
    let at = |time: Option<Timestamp>| {
        Strip::of(time.map_or_else(|| "?".to_owned(), |time| scene.minute(time)), look.text())
    };
    let held: Vec<&str> = rows::held(scene.model, date).iter().map(|held| held.name.as_str()).collect();
    vec![
        look.status(level, &words),
        Strip::of(date.entry.kind.word(), look.text()),
        Strip::of(date.title(), if level == Level::Wait { look.text() } else { look.bold() }),
        at(date.time.map(|time| time.from)),
        at(date.time.map(|time| time.until)),
        Strip::of(rows::about(&date.entry.scope), look.text()),
        Strip::of(held.join(", "), look.bold()),
    ]
}

/// Everything about one date: whom it is about, what it holds, who may let a release pass and how, and when it is again.
pub(crate) fn detail(scene: &Scene<'_>, date: &Date<'_>, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = Vec::new();
    let mut say = |label: &str, text: &str| {
        for (index, part) in wrap(text, cells.saturating_sub(12)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(Strip::of(label, look.dim()).at(12).put(part, look.text()));
        }
    };
    let (_, words) = date.stands(scene.model.now);
    say("what", date.title());
    say("kind", &format!("{}, {words}", date.entry.kind.word()));
    match date.time {
        Some(time) => say("when", &format!("{} to {}", scene.minute(time.from), scene.minute(time.until))),
        None => say("when", "nobody can tell: its rule does not end within reach. A freeze counts as being on"),
    }
    say("about", &rows::about(&date.entry.scope));
    let held: Vec<&str> = rows::held(scene.model, date).iter().map(|held| held.name.as_str()).collect();
    say("holds", &if held.is_empty() { "no release now".to_owned() } else { held.join(", ") });
    say("owner", date.entry.owner.as_deref().unwrap_or("nobody is named"));
    let roles: Vec<&str> = date.entry.overrides.iter().map(String::as_str).collect();
    if date.entry.kind != Kind::Notice {
        let name = date.name;
        let pass = match roles.as_slice() {
            [] => "nobody may".to_owned(),
            roles => {
                let key = scene.model.setup.keymap.key_of(Action::Write(Write::Act(act::Kind::Waive)));
                let roles = roles.join(", ");
                format!(
                    "{roles}: warroom waive RELEASE calendar/{name} --role ROLE --reason … --for 1h; or {key} on its line"
                )
            }
        };
        say("let pass", &pass);
    }
    say("file", &format!("calendar/{}.toml", date.name));
    let later = scene.model.agenda.of(date.name).filter(|time| date.time.is_some_and(|shown| time.from > shown.from));
    for (index, time) in later.take(10).enumerate() {
        say(
            if index == 0 { "then" } else { "" },
            &format!("{} to {}", scene.minute(time.from), scene.minute(time.until)),
        );
    }
    lines
}
