//! The effect of a run as others than the one who was told to act see it: traffic, errors and burn of its services.

use crate::{
    app::rows,
    domain::{
        chart::Metric,
        level::Level,
        release::Release,
        run::Run,
        slo::{definition::Window, status::SloStatus},
    },
    tui::{frame::Content, number, panes::burn, scene::Scene, strip::Strip},
};

pub(super) fn content(scene: &Scene<'_>, run: &Run, cells: usize) -> Content {
    let look = scene.look;
    let mut content = Content { title: Strip::of("Effect", look.bold()), ..Content::default() };
    let release = rows::release(scene.model);
    let Some(release) = release else {
        content.lines =
            vec![look.status(Level::Unknown, "no source tells of the release: its effect is not known here")];
        return content;
    };
    content.right = Strip::of(format!("{} {}", release.name, release.phase.word()), look.text());
    let mut lines: Vec<Strip> = release
        .components
        .iter()
        .filter(|component| run.plan.target.services.contains(&component.service))
        .map(|component| {
            let traffic = component.workload.as_ref().map(|workload| &workload.traffic);
            let share = traffic.and_then(|traffic| {
                let percent = |share: u32| u64::from(share) * 100 / u64::from(traffic.max.max(1));
                traffic.actual.map(|actual| format!("{} %", percent(actual)))
            });
            let version = component.version.as_deref().unwrap_or(number::UNKNOWN);
            let line = Strip::of(format!("{} {version} ", component.service), look.bold());
            match share {
                Some(share) => line.put(format!("has {share} of the traffic"), look.text()),
                None => line.join(look.status(Level::Unknown, "share of the traffic not known")),
            }
        })
        .collect();
    lines.extend(errors(scene, release, run));
    let slos: Vec<&SloStatus> = rows::slos_of(scene.picture, release)
        .filter(|slo| run.plan.target.services.contains(&slo.key.service) && slo.key.version.is_none())
        .collect();
    for slo in slos {
        lines.extend(slo_lines(scene, slo));
    }
    content.lines = lines.into_iter().map(|line| line.fitted(cells, look.glyphs.ellipsis)).collect();
    content
}

/// `availability errors  1.42.0 12 %  1.41.7 0.02 %`, by the newest point of each version's series, a line for each SLO.
fn errors(scene: &Scene<'_>, release: &Release, run: &Run) -> Vec<Strip> {
    let look = scene.look;
    let mut lines: Vec<(&Metric, Strip)> = Vec::new();
    for series in rows::charts_of(scene.picture, release) {
        let Metric::ErrorRatio { slo } = &series.metric else { continue };
        if !run.plan.target.services.contains(&series.service) {
            continue;
        }
        let last = series.points.len().saturating_sub(1);
        let at = series.start + series.step.times(u64::try_from(last).unwrap_or(0)).delta();
        let value = series.points.last().copied().flatten();
        let name = series.version.as_deref().unwrap_or("all");
        let start = Strip::of(format!("   {name} "), look.text());
        let cell = match value {
            // Nobody can fail where nobody asks: that is known, and no number.
            None if has_no_traffic(release, &series.service, series.version.as_deref()) => {
                start.put("no traffic", look.text())
            }
            None => start.put(number::UNKNOWN, look.words(Level::Unknown)),
            Some(_) => start.put(number::percent(value), look.bold()),
        };
        let cell = cell.put(format!(" {} ago", scene.since(at).age()), look.dim());
        if let Some((_, line)) = lines.iter_mut().find(|(metric, _)| **metric == series.metric) {
            *line = std::mem::take(line).join(cell);
        } else {
            let start = Strip::of(format!("{} {slo} errors", series.service), look.text());
            lines.push((&series.metric, start.join(cell)));
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Whether the deployment system says that this version gets no requests.
fn has_no_traffic(release: &Release, service: &str, version: Option<&str>) -> bool {
    release.components.iter().any(|component| {
        let traffic = component.workload.as_ref().and_then(|workload| workload.traffic.actual);
        component.service == service
            && version == component.version.as_deref()
            && version.is_some()
            && traffic == Some(0)
    })
}

/// Burn by window, and what each pair says: `1h 16.2x over, 5m 3.1x: recovering`.
fn slo_lines(scene: &Scene<'_>, slo: &SloStatus) -> Vec<Strip> {
    let look = scene.look;
    let mut line = look.status(slo.level, &format!("{} {}  ", slo.key.service, slo.key.slo));
    for (name, window) in [("5m", Window::from_mins(5)), ("1h", Window::from_hours(1)), ("6h", Window::from_hours(6))] {
        let ratio = slo.burn(window).and_then(|burn| burn.ratio);
        line = line
            .put(format!("{name} "), look.dim())
            .join(burn::cell(scene, slo, window))
            .put(format!(" ({} errors)   ", number::percent(ratio)), look.text());
    }
    let mut lines = vec![line];
    let notes = slo.pairs.iter().filter(|pair| !pair.note.is_empty());
    lines.extend(notes.take(2).map(|pair| {
        let fires = matches!(pair.firing, crate::domain::slo::status::Firing::Yes);
        let level = if fires { Level::Bad } else { Level::Wait };
        Strip::of("   ", look.text()).join(look.status(level, &pair.note))
    }));
    lines
}
