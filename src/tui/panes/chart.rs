//! Pane 2: one metric of the shown component, with deployment events.

use crate::{
    domain::release::Release,
    tui::{chart, frame::Content, scene::Scene, strip::Strip},
};

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    metric(scene, release, 0, cells, height)
}

/// The chart of the metric that is `further` places behind the chosen one.
pub(crate) fn metric(scene: &Scene<'_>, release: &Release, further: usize, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let mut content = Content { title: Strip::of("Chart", look.bold()), ..Content::default() };
    let Some(component) = scene.component(release) else { return content };
    let metrics = chart::metrics(scene, release, component);
    let chosen = scene.model.ui.chart.metric.checked_add(further).and_then(|n| n.checked_rem(metrics.len()));
    let Some(metric) = chosen.and_then(|index| metrics.get(index)) else {
        content.lines = vec![super::nothing(scene, "no series for this component", &["prometheus"])];
        return content;
    };
    // Two lines below the plot are for the keys of versions and events.
    let keys = if height >= 8 { 2 } else { 0 };
    let Some(chart) = chart::chart(scene, release, component, metric, (cells, height.saturating_sub(keys))) else {
        content.lines = vec![Strip::of("a chart needs 4 lines: zoom with +", look.text())];
        return content;
    };
    content.title = content.title.put(format!("  {} {}", component.service, chart.title), look.text());
    content.right = Strip::of(format!("last {} {} ", scene.model.ui.chart.range, look.glyphs.dot), look.text())
        .join(super::origin(scene, |source| source.kind == "prometheus"));
    content.lines = chart.lines;
    if keys > 0 {
        content.lines.push(Strip::of("  ", look.text()).join(chart.key));
        content.lines.push(Strip::of("  ", look.text()).join(chart.events));
    } else {
        content.title = content.title.put("  ", look.text()).join(chart.key);
    }
    content
}

/// The chart below the steps: its first line says what it is, whose values, and which events.
pub(crate) fn short(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let Some(component) = scene.component(release) else { return Vec::new() };
    let metrics = chart::metrics(scene, release, component);
    let chosen = scene.model.ui.chart.metric.checked_rem(metrics.len()).and_then(|index| metrics.get(index));
    let Some(metric) = chosen else {
        return vec![super::nothing(scene, "no series for this component", &["prometheus"])];
    };
    let plot = chart::chart(scene, release, component, metric, (cells, height.saturating_sub(1)));
    let Some(chart) = plot else { return Vec::new() };
    let mut first = Strip::of(format!("{}  last {}  ", chart.title, scene.model.ui.chart.range), look.bold());
    first = first.join(chart.key).join(chart.events);
    let mut lines = vec![first.fitted(cells, look.glyphs.ellipsis)];
    lines.extend(chart.lines);
    lines
}
