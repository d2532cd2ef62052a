//! Every release, a line each, and the selected one in more words.

use ratatui::{buffer::Buffer, layout::Rect};

use super::summary;
use crate::{
    app::{model::List, rows},
    domain::{alert::AlertState, level::Level, release::Release},
    tui::{
        facts,
        frame::{self, Content},
        list::{self, Window},
        panes::{self, position, share, worst},
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
        theme::Role,
        verdict,
    },
};

/// Draws it, and gives what the footer says at its right: how many releases need what.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let found = rows::releases(scene.model);
    // The first one needs a person most, so it is the one until somebody chose another.
    let selected = rows::position(scene.model, List::Releases, &found);
    let releases: Vec<&Release> = found.into_iter().map(|row| row.item).collect();
    let wide = area.width >= 150 && area.height >= 30;
    if area.width >= 84 && area.height >= 30 {
        framed(scene, &releases, selected, wide, area, buffer);
    } else {
        plain(scene, &releases, selected, area, buffer);
    }
    let levels: Vec<Level> = scene.picture.releases.iter().map(|release| release.level).collect();
    if levels.is_empty() {
        return Strip::new();
    }
    let hidden = levels.len() - releases.len();
    let hidden = if hidden > 0 { format!("{hidden} filtered out  ") } else { String::new() };
    Strip::of(format!("{hidden}{}: ", levels.len()), scene.look.text()).join(list::counts(&levels, scene.look))
}

/// Table, rule, the selected release, trouble.
fn plain(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let inside = Rect { y: area.y + 1, height: area.height - 2, ..area };
    let trouble = trouble(scene, usize::from(inside.height / 6).max(1));
    let for_trouble = frame::cells(trouble.len());
    let left = inside.height.saturating_sub(for_trouble);
    let wanted = frame::cells(releases.len()).saturating_add(1);
    let detail = if left >= 12 && selected.is_some() {
        (left / 2).max(left.saturating_sub(wanted + 1)).min(if left > 30 { left * 2 / 3 } else { 10 })
    } else {
        0
    };
    let table = Rect { height: left - detail, ..inside };
    frame::lines(&table_lines(scene, releases, selected, table), look, table, buffer);
    if let (true, Some(release)) = (detail > 1, selected.and_then(|index| releases.get(index))) {
        frame::rule(look, area, table.bottom(), buffer);
        let below = Rect { y: table.bottom() + 1, height: detail - 1, ..inside };
        let lines = summary::lines(scene, release, usize::from(below.width), usize::from(below.height));
        frame::lines(&lines, look, below, buffer);
    }
    let bottom = Rect { y: inside.bottom() - for_trouble, height: for_trouble, ..inside };
    frame::lines(&trouble, look, bottom, buffer);
}

/// Panes with frames: the table, below or beside it the selected release and the sources.
fn framed(
    scene: &Scene<'_>,
    releases: &[&Release],
    selected: Option<usize>,
    wide: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let look = scene.look;
    let source_lines = frame::cells(scene.picture.sources.len().max(1)) + 3;
    let (table, detail, sources) = if wide {
        let right = area.width * 2 / 5;
        let left = area.width - right;
        let below = source_lines.clamp(5, area.height / 3);
        let column = Rect { x: area.x + left, width: right, ..area };
        (
            Rect { width: left, ..area },
            Rect { height: column.height - below, ..column },
            Rect { y: column.bottom() - below, height: below, ..column },
        )
    } else {
        let below = source_lines.clamp(4, 7);
        let wanted = frame::cells(releases.len()).saturating_add(4);
        let top = wanted.clamp(8, (area.height - below) * 3 / 5);
        let middle = area.height - below - top;
        (
            Rect { height: top, ..area },
            Rect { y: area.y + top, height: middle, ..area },
            Rect { y: area.y + top + middle, height: below, ..area },
        )
    };
    let inside = Rect { x: table.x + 2, y: table.y + 1, width: table.width - 4, height: table.height - 2 };
    let sort = match scene.model.ui.sort {
        crate::app::model::Sort::Urgency => "by urgency",
        crate::app::model::Sort::Name => "by name",
        crate::app::model::Sort::Burn => "by burn",
        crate::app::model::Sort::Age => "by age",
    };
    let content = Content {
        title: Strip::of("Releases", look.bold()),
        right: Strip::of(format!("{} {} {sort}", releases.len(), look.glyphs.dot), look.text()),
        lines: table_lines(scene, releases, selected, inside),
    };
    frame::draw(&content, true, look, table, buffer);
    let (cells, height) = (usize::from(detail.width - 4), usize::from(detail.height - 2));
    let lines = selected
        .and_then(|index| releases.get(index))
        .map(|release| summary::lines(scene, release, cells, height))
        .unwrap_or_default();
    let content =
        Content { title: Strip::of("Selected", look.bold()), right: Strip::of("Enter opens", look.dim()), lines };
    frame::draw(&content, false, look, detail, buffer);
    let content = panes::sources::content(scene, usize::from(sources.width - 4), usize::from(sources.height - 2));
    frame::draw(&content, false, look, sources, buffer);
}

/// Heading and rows, or why there are none.
fn table_lines(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect) -> Vec<Strip> {
    let look = scene.look;
    if releases.is_empty() {
        return empty(scene);
    }
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    let window = Window::of(releases.len(), selected, height.saturating_sub(1));
    let visible: Vec<&&Release> = releases.iter().skip(window.first).take(window.shown).collect();
    let rows: Vec<Vec<Strip>> = visible.iter().map(|release| row(scene, release, cells < 96)).collect();
    let columns = [
        Column::text("RELEASE", 17, 40, 0),
        Column::text("ENV", 4, 14, 7),
        Column::text("PHASE", 20, 22, 3),
        Column::number("STEP", 4, 4),
        Column::number("TRAFFIC", 5, 2),
        Column::text("STATE", 13, 26, 0),
        Column::number("BURN 1h/6h", 10, 1),
        Column::number("BUDGET", 6, 6),
        Column::number("ALRT", 2, 5),
        Column::number("AGE", 4, 0),
    ];
    let layout = Layout::of(&columns, &rows, cells.saturating_sub(1));
    let mut lines = vec![Strip::of(" ", look.text()).join(layout.heading(look))];
    for (index, row) in rows.iter().enumerate() {
        let chosen = selected == Some(window.first + index);
        let mark = if chosen { look.glyphs.cursor } else { " " };
        let line = Strip::of(mark, look.style(Role::Accent)).join(layout.line(row, look));
        lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
    }
    if window.rest {
        lines.push(window.rest_line(releases.iter().map(|release| release.level), look));
    }
    lines
}

/// The cells of a row; in a `narrow` table, traffic and step stand in the column of the phase.
fn row(scene: &Scene<'_>, release: &Release, narrow: bool) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let unknown = || Strip::of("?", look.words(Level::Unknown));
    let environment = if release.environment.is_empty() {
        unknown()
    } else {
        Strip::of(&release.environment, if release.production { look.bold() } else { text })
    };
    let workload = facts::leading(scene, release).and_then(|component| component.workload.as_ref());
    let step = workload.and_then(position).map_or_else(Strip::new, |step| Strip::of(step, text));
    let traffic = match workload {
        Some(workload) if workload.traffic.actual.is_some() => {
            Strip::of(share(workload.traffic.actual, workload.traffic.max), text)
        }
        _ => unknown(),
    };
    let mut phase = Strip::of(release.phase.word(), text);
    let (mut step, mut traffic) = (step, traffic);
    if narrow && workload.is_some() {
        phase = phase.put(" ", text).join(std::mem::take(&mut traffic)).put(" ", text).join(std::mem::take(&mut step));
    } else if narrow {
        traffic = Strip::new();
    }
    let alerts = facts::alerts(scene, release);
    let firing = alerts.iter().filter(|alert| alert.alert.state == AlertState::Active).count();
    let unsure = alerts.iter().any(|alert| alert.stale) || !alerts_known(scene);
    let alerts =
        if unsure { unknown() } else { Strip::of(firing.to_string(), if firing > 0 { look.bold() } else { text }) };
    let burns = worst(scene, release);
    let age = match release.data_at {
        Some(_) => Strip::of(verdict::data_age(scene, release), text),
        None => unknown(),
    };
    vec![
        Strip::of(&release.name, look.bold()),
        environment,
        phase,
        step,
        traffic,
        verdict::short(scene, release),
        burns.burn,
        burns.left,
        alerts,
        age,
    ]
}

/// Whether a source of alerts answers: without one, no alert does not mean that none fires.
pub(super) fn alerts_known(scene: &Scene<'_>) -> bool {
    let mut sources =
        scene.picture.sources.iter().filter(|source| source.feeds.iter().any(|feed| feed.name == "alerts")).peekable();
    sources.peek().is_some() && sources.all(|source| source.level < Level::Unknown && source.word != "WAITING")
}

/// Why the table is empty.
fn empty(scene: &Scene<'_>) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = vec![Strip::new()];
    let say = |level: Level, words: &str| Strip::of(" ", look.text()).join(look.status(level, words));
    let waiting: Vec<&str> = scene
        .picture
        .sources
        .iter()
        .filter(|source| source.word == "WAITING")
        .map(|source| source.name.as_str())
        .collect();
    let deploying = || scene.picture.sources.iter().filter(|source| source.kind == "kubernetes");
    if !scene.picture.releases.is_empty() {
        lines.push(say(Level::Wait, "no release passes the filter: Esc takes it off"));
    } else if !waiting.is_empty() {
        lines.push(say(Level::Wait, &format!("waiting for the first answer of {}", waiting.join(", "))));
    } else if deploying().next().is_none() {
        lines.push(say(Level::Unknown, "no deployment system is configured: what is rolling out cannot be known"));
    } else if let Some(source) = deploying().find(|source| source.level >= Level::Unknown) {
        lines.push(say(
            Level::Unknown,
            &format!("what is rolling out is not known: {} is {}", source.name, source.word),
        ));
    } else {
        let places = deploying().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ");
        lines.push(say(Level::Ok, &format!("no releases in flight: nothing is rolling out in {places}")));
    }
    lines
}

/// A line for each source that is not well, the worst first.
fn trouble(scene: &Scene<'_>, most: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut ill: Vec<_> = scene.picture.sources.iter().filter(|source| source.level >= Level::Watch).collect();
    ill.sort_by_key(|source| std::cmp::Reverse(source.level));
    let mut lines: Vec<Strip> = ill
        .iter()
        .take(most)
        .map(|source| {
            let error = source.error.as_ref().map(|error| format!(": {error}")).unwrap_or_default();
            let effect = source.effects.first().map(|effect| format!(" - {effect}")).unwrap_or_default();
            let age = source.age.map(|age| format!(" {}", scene.aged(age).age())).unwrap_or_default();
            Strip::of(" ", look.text())
                .join(look.status(source.level, source.name.as_str()))
                .put(format!(" {}{age}", source.word), look.text())
                .put(format!("{effect}{error}"), look.text())
        })
        .collect();
    if let (true, Some(last)) = (ill.len() > most, lines.last_mut()) {
        let line = std::mem::take(last);
        *last = line.put(format!("  +{} more", ill.len() - most), look.bold());
    }
    lines
}
