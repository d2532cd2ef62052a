//! Pane 2: one metric of the shown component, with deployment events.

use crate::{
    app::rows,
    domain::{
        chart::Metric,
        release::{Component, Release},
    },
    tui::{chart, facts, frame::Content, scene::Scene, strip::Strip},
};

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    metric(scene, release, 0, cells, height)
}

/// The metric that is `further` places behind the chosen one, and the component to show it of: the selected one where it has
/// it, else the first that does.
fn chosen<'a>(scene: &Scene<'a>, release: &'a Release, further: usize) -> Option<(Metric, &'a Component)> {
    let mut metrics = rows::metrics(scene.picture, release);
    let index = scene.model.ui.chart.metric.checked_add(further)?.checked_rem(metrics.len())?;
    if further >= metrics.len() {
        return None;
    }
    let metric = metrics.swap_remove(index);
    let has = |component: &&Component| !facts::series(scene, release, component, &metric).is_empty();
    let component = scene.component(release).filter(has).or_else(|| release.components.iter().find(has))?;
    Some((metric, component))
}

/// The chart of the metric that is `further` places behind the chosen one.
pub(crate) fn metric(scene: &Scene<'_>, release: &Release, further: usize, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let title = if further == 0 { "Chart  " } else { "" };
    let mut content = Content { title: Strip::of(title.trim_end(), look.bold()), ..Content::default() };
    let Some((metric, component)) = chosen(scene, release, further) else {
        let empty = if further == 0 { "no series for this release" } else { "no other metric" };
        content.lines = vec![super::nothing(scene, empty, &["prometheus"])];
        return content;
    };
    // Two lines below the plot are for the keys of versions and events.
    let keys = if height >= 8 { 2 } else { 0 };
    let size = (cells, height.saturating_sub(keys));
    let Some(chart) = chart::chart(scene, release, component, &metric, size) else {
        content.lines = vec![Strip::of("a chart needs more room: zoom with +", look.text())];
        return content;
    };
    content.title = Strip::of(title, look.bold()).put(format!("{} {}", component.service, chart.title), look.text());
    // The further charts stand beside the first, which says how old their values are.
    if further == 0 {
        let range = format!("{} {} ", scene.model.ui.chart.range, look.glyphs.dot);
        content.right = Strip::of(range, look.text()).join(super::origin(scene, |source| source.kind == "prometheus"));
    }
    content.lines = chart.lines;
    if keys > 0 {
        content.lines.push(Strip::of("  ", look.text()).join(chart.key));
        let events = chart::newest_events(scene, &chart.events, cells.saturating_sub(2));
        content.lines.push(Strip::of("  ", look.text()).join(events));
    } else {
        content.title = content.title.put("  ", look.text()).join(chart.short_key);
    }
    content
}

/// The chart below the steps: its first line says what it is, whose values, and which events.
pub(crate) fn short(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let Some((metric, component)) = chosen(scene, release, 0) else {
        return vec![super::nothing(scene, "no series for this release", &["prometheus"])];
    };
    let Some(chart) = chart::chart(scene, release, component, &metric, (cells, height.saturating_sub(1))) else {
        return Vec::new();
    };
    let first = Strip::of(chart.title, look.bold()).put("  ", look.text()).join(chart.short_key);
    let mut lines = vec![first.fitted(cells, look.glyphs.ellipsis)];
    lines.extend(chart.lines);
    lines
}
