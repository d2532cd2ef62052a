//! The selected release in a few lines, for the board.

use crate::{
    app::rows,
    domain::{
        level::Level,
        release::Release,
        slo::{definition::Window, status::SloStatus},
    },
    tui::{
        facts, number,
        panes::{burn, position, share},
        scene::Scene,
        strip::{Strip, wrap},
    },
};

/// Name and verdict, reasons, step and traffic, SLOs, alerts: no more than `height` lines.
pub(super) fn lines(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let mut lines = vec![head(scene, release)];
    let facts = facts_of(scene, release, cells);
    let for_reasons = height.saturating_sub(1 + facts.len()).max(1);
    let mut reasons = Vec::new();
    for reason in &release.reasons {
        for (index, part) in wrap(&reason.text, cells.saturating_sub(6)).into_iter().enumerate() {
            let start = Strip::of("   ", text);
            reasons.push(if index == 0 {
                start.join(look.status(reason.level, &part))
            } else {
                start.put(format!("  {part}"), text)
            });
        }
    }
    if reasons.len() > for_reasons {
        let hidden = reasons.len() + 1 - for_reasons;
        reasons.truncate(for_reasons - 1);
        reasons.push(Strip::of(format!("   +{hidden} more: Enter opens the release"), look.dim()));
    }
    lines.extend(reasons);
    lines.extend(facts);
    let room = height.saturating_sub(lines.len());
    if room > 2 {
        lines.extend(burns(scene, release, room));
    }
    lines.truncate(height);
    lines
}

/// A line for each SLO, the worst first: burn over the windows that decide, and the budget left.
fn burns(scene: &Scene<'_>, release: &Release, most: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut slos: Vec<_> = rows::slos_of(scene.picture, release).collect();
    slos.sort_by_key(|slo| std::cmp::Reverse(slo.level));
    let line = |slo: &&SloStatus| {
        let version = slo.key.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
        let name = format!("{}{version} {}", slo.key.service, slo.key.slo);
        let line = Strip::of("   ", look.text()).join(look.status(slo.level, &name)).at(36);
        let windows = [("5m", Window::from_mins(5)), ("1h", Window::from_hours(1)), ("6h", Window::from_hours(6))];
        let line = windows.into_iter().enumerate().fold(line, |line, (index, (title, window))| {
            line.at(36 + index * 10).put(format!("{title} "), look.dim()).join(burn::cell(scene, slo, window))
        });
        if slo.key.version.is_none() {
            line.at(66).join(burn::left(scene, &slo.budget)).put(" left", look.text())
        } else {
            line
        }
    };
    let mut lines = vec![Strip::new()];
    lines.extend(slos.iter().take(most.saturating_sub(1)).map(line));
    lines
}

fn head(scene: &Scene<'_>, release: &Release) -> Strip {
    let look = scene.look;
    let words = release.headline();
    let title = release.file.as_ref().and_then(|file| file.title.as_deref()).filter(|title| *title != release.name);
    let mut line = Strip::of(" ", look.text())
        .put(&release.name, look.bold())
        .put("  ", look.text())
        .join(look.status(release.level, words));
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
                let max = workload.traffic.max;
                line = line
                    .put(
                        format!(
                            "  traffic {} of {}",
                            share(workload.traffic.actual, max),
                            share(workload.traffic.desired, max)
                        ),
                        text,
                    )
                    .put(format!("  {}", workload.status.word()), text);
            }
            None => line = line.put("  ", text).join(look.status(Level::Unknown, "no object found")),
        }
        lines.push(line);
    }
    if release.components.len() > 4 {
        lines.push(Strip::of(format!("   +{} more components", release.components.len() - 4), look.dim()));
    }
    let alerts = facts::alerts(scene, release);
    let summary = match alerts.as_slice() {
        [] => "alerts none".to_owned(),
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
