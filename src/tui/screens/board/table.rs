//! The table of releases.

use ratatui::layout::Rect;

use crate::{
    domain::{alert::AlertState, level::Level, release::Release},
    tui::{
        facts,
        list::Window,
        panes::{checks, position, share, worst},
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
        theme::Role,
        verdict,
    },
};

/// Heading and rows, or why there are none.
pub(super) fn lines(scene: &Scene<'_>, releases: &[&Release], selected: Option<usize>, area: Rect) -> Vec<Strip> {
    let look = scene.look;
    if releases.is_empty() {
        return empty(scene);
    }
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    let window = Window::of(releases.len(), selected, height.saturating_sub(1));
    let visible: Vec<&&Release> = releases.iter().skip(window.first).take(window.shown).collect();
    let rows: Vec<Vec<Strip>> = visible.iter().map(|release| row(scene, release, cells < 96)).collect();
    let ready = !scene.model.shown_readiness().is_empty();
    let mut columns = vec![
        Column::text("RELEASE", 17, 40, 0),
        Column::text("ENV", 4, 14, 7),
        Column::text("PHASE", 20, 22, 3),
        Column::number("STEP", 4, 4),
        Column::number("TRAFFIC", 5, 2),
        Column::text("VERDICT", 13, 30, 0),
        Column::number("BURN 1h/6h", 10, 1),
        Column::number("BUDGET", 6, 6),
        Column::number("ALRT", 2, 5),
        Column::number("AGE", 4, 0),
    ];
    if ready {
        columns.insert(6, Column::text("CHECKS", 6, 20, 2));
    }
    let layout = Layout::of(&columns, &rows, cells.saturating_sub(1));
    let mut lines = vec![Strip::of(" ", look.text()).join(layout.heading(look))];
    for (index, row) in rows.iter().enumerate() {
        let chosen = selected == Some(window.first + index);
        let mark = if chosen { look.glyphs.cursor } else { " " };
        let line = Strip::of(mark, look.style(Role::Accent)).join(layout.line(row, look));
        lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
    }
    if window.rest {
        lines.push(window.rest_line(releases.iter().map(|release| verdict::level(scene, release)), look));
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
    let star = scene.star(release, |changed| changed.progress);
    if narrow && workload.is_some() {
        phase = phase.put(" ", text).join(std::mem::take(&mut traffic)).put(" ", text).join(std::mem::take(&mut step));
    } else if narrow {
        traffic = Strip::new();
    }
    let phase = phase.put(star, look.bold());
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
    let mut cells = vec![
        Strip::of(&release.name, look.bold()),
        environment,
        phase,
        step,
        traffic,
        verdict::short(scene, release, narrow),
        burns.burn,
        burns.left,
        alerts,
        age,
    ];
    if !scene.model.shown_readiness().is_empty() {
        let cell = if narrow { checks::short_cell } else { checks::cell };
        cells.insert(6, cell(scene, release));
    }
    cells
}

/// Whether a source of alerts answers: without one, no alert does not mean that none fires.
pub(in crate::tui::screens) fn alerts_known(scene: &Scene<'_>) -> bool {
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
