//! The selected release in a few lines, for the board.

use crate::{
    app::rows,
    domain::{
        level::Level,
        release::Release,
        slo::{definition::Window, status::SloStatus},
    },
    tui::{
        facts, list, number,
        panes::{burn, position, share},
        scene::Scene,
        strip::{Strip, wrap},
        table::{Column, Layout},
        verdict,
    },
};

/// Name and verdict, reasons, step and traffic, SLOs, alerts: no more than `height` lines.
pub(super) fn lines(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let mut lines = vec![head(scene, release)];
    let facts = facts_of(scene, release, cells);
    let for_reasons = height.saturating_sub(1 + facts.len()).max(1);
    let why = verdict::why(scene, release);
    let mut reasons = Vec::new();
    let mut reasons_at = Vec::new();
    for (place, (level, reason)) in why.iter().enumerate() {
        for (index, part) in wrap(reason, cells.saturating_sub(6)).into_iter().enumerate() {
            let start = Strip::of("   ", text);
            reasons_at.push(place);
            reasons.push(if index == 0 {
                start.join(look.status(*level, &part))
            } else {
                start.put(format!("  {part}"), text)
            });
        }
    }
    let rest = |first: usize| {
        let hidden: Vec<Level> = why.iter().skip(first).map(|(level, _)| *level).collect();
        Strip::of(format!("+{} more ", hidden.len()), text).join(list::worst(&hidden, look))
    };
    let shown = for_reasons - 1;
    if reasons.len() > for_reasons && shown == 0 {
        reasons.truncate(1);
        let more = if why.len() > 1 { rest(1) } else { Strip::new() };
        let room = cells.saturating_sub(more.width() + 2);
        reasons = reasons.into_iter().map(|line| marked(scene, line, room).right(more.clone(), cells)).collect();
    } else if reasons.len() > for_reasons {
        let first = reasons_at.get(shown).copied().unwrap_or_default();
        let cut = reasons_at.get(shown - 1) == Some(&first);
        reasons.truncate(shown);
        if let Some(last) = reasons.last_mut().filter(|_| cut) {
            *last = marked(scene, std::mem::take(last), cells);
        }
        reasons.push(Strip::of("   ", text).join(rest(first)));
    }
    lines.extend(reasons);
    lines.extend(facts);
    let room = height.saturating_sub(lines.len());
    if room > 3 {
        lines.extend(burns(scene, release, cells, room));
    }
    lines.truncate(height);
    lines
}

/// The beginning of a reason, with the sign that it goes on.
fn marked(scene: &Scene<'_>, line: Strip, cells: usize) -> Strip {
    let ellipsis = scene.look.glyphs.ellipsis;
    line.put(ellipsis, scene.look.text()).fitted(cells, ellipsis)
}

/// A line for each SLO, the worst first: burn over the windows that decide, and the budget left.
fn burns(scene: &Scene<'_>, release: &Release, cells: usize, most: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut slos: Vec<_> = rows::slos_of(scene.picture, release).collect();
    if slos.is_empty() {
        return Vec::new();
    }
    slos.sort_by_key(|slo| std::cmp::Reverse(slo.level));
    // Above them a blank line and the heading.
    let window = list::Window::of(slos.len(), None, most.saturating_sub(2));
    let rows: Vec<Vec<Strip>> = slos.iter().take(window.shown).map(|slo| burn_row(scene, slo)).collect();
    let columns = [
        Column::text("SLO", 16, 40, 0),
        Column::number("5m", 5, 2),
        Column::number("1h", 5, 0),
        Column::number("6h", 5, 1),
        Column::number("LEFT", 5, 0),
    ];
    let layout = Layout::of(&columns, &rows, cells.saturating_sub(3));
    let indented = |line: Strip| Strip::of("   ", look.text()).join(line);
    let mut lines = vec![Strip::new(), indented(layout.heading(look))];
    lines.extend(rows.iter().map(|row| indented(layout.line(row, look))));
    if window.rest {
        lines.push(window.rest_line(slos.iter().map(|slo| slo.level), look));
    }
    lines
}

fn burn_row(scene: &Scene<'_>, slo: &SloStatus) -> Vec<Strip> {
    let whole = slo.key.version.is_none();
    let version = slo.key.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let name = format!("{}{version} {}", slo.key.service, slo.key.slo);
    let windows = [Window::from_mins(5), Window::from_hours(1), Window::from_hours(6)];
    let mut row = vec![scene.look.status(slo.level, &name)];
    row.extend(windows.into_iter().map(|window| burn::asked(scene, slo, window)));
    // A version has no budget of its own: it spends its service's.
    row.push(if whole { burn::left(scene, &slo.budget) } else { Strip::new() });
    row
}

fn head(scene: &Scene<'_>, release: &Release) -> Strip {
    let look = scene.look;
    let words = verdict::words(scene, release);
    let title = release.file.as_ref().and_then(|file| file.title.as_deref()).filter(|title| *title != release.name);
    let mut line = Strip::of(" ", look.text())
        .put(&release.name, look.bold())
        .put("  ", look.text())
        .join(look.status(verdict::level(scene, release), &words));
    if let Some(title) = title {
        line = line.put(format!("  {title}"), look.text());
    }
    if release.file.is_none() {
        line = line.put("  ad hoc: no file names it", look.dim());
    }
    line
}

fn facts_of(scene: &Scene<'_>, release: &Release, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let mut lines = Vec::new();
    for component in release.components.iter().take(4) {
        let mut line = Strip::of("   ", text)
            .put(&component.service, look.bold())
            .put(format!(" {}", component.version.as_deref().unwrap_or(number::UNKNOWN)), text);
        match &component.workload {
            Some(workload) => {
                if let Some(position) = position(workload) {
                    line = line.put(format!("  step {position}"), text);
                }
                let (actual, desired, max) = (workload.traffic.actual, workload.traffic.desired, workload.traffic.max);
                line = line
                    .put(
                        if actual == desired {
                            format!("  traffic {}", share(actual, max))
                        } else {
                            format!("  traffic {} of {}", share(actual, max), share(desired, max))
                        },
                        text,
                    )
                    .put(format!("  {}", workload.status.word()), text);
            }
            None => line = line.put("  ", text).join(look.status(Level::Unknown, "no object found")),
        }
        lines.push(line);
    }
    if release.components.len() > 4 {
        let hidden: Vec<Level> = release.components.iter().skip(4).map(|component| component.level).collect();
        let count = Strip::of(format!("   +{} more components ", hidden.len()), text);
        lines.push(count.join(list::worst(&hidden, look)));
    }
    let alerts = facts::alerts(scene, release);
    let summary = match alerts.as_slice() {
        [] if super::board::alerts_known(scene) => "alerts none".to_owned(),
        [] => format!("alerts {}", number::UNKNOWN),
        [one, rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(" +{}", rest.len()) };
            format!("alerts {}{more} for {}", one.alert.name, scene.since(one.alert.starts_at).age())
        }
    };
    let started = release.started_at.map_or_else(
        || "begin ?".to_owned(),
        |at| format!("began {}, {} ago", scene.minute(at), scene.since(at).age()),
    );
    lines.push(
        Strip::of("   ", text)
            .put(format!("{summary}  {}  {started}", look.glyphs.dot), text)
            .fitted(cells, look.glyphs.ellipsis),
    );
    lines
}
