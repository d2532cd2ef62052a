//! Pane 1: where a release stands, component by component, and the steps of one of them.

use super::workload;
use crate::{
    app::{model::List, rows::ComponentRow},
    domain::{
        level::Level,
        release::{Component, Release},
        workload::{Step, StepState, Workload},
    },
    tui::{
        frame::Content,
        list::Window,
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
        theme::Role,
        track,
    },
};

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let mut title = Strip::of("Steps", look.bold());
    let shown = scene.component(release);
    if let Some(component) = shown {
        title = title.put(format!("  {}", component.service), look.text());
    }
    let step = shown.and_then(|component| component.workload.as_ref()).and_then(workload::position);
    let right = Strip::of(step.map(|step| format!("step {step}")).unwrap_or_default(), look.text());
    let mut lines = vec![track::track(scene, release.phase, cells)];
    if release.components.len() > 1 || height < 6 {
        lines.extend(components(scene, release, cells, (height / 3).max(2)));
    }
    let room = height.saturating_sub(lines.len());
    if let Some(component) = shown {
        if room > 4 {
            lines.push(Strip::new());
        }
        lines.extend(body(scene, component, cells, height.saturating_sub(lines.len())));
    } else {
        lines.push(look.status(Level::Unknown, "no component: the release file names none"));
    }
    Content { title, right, lines }
}

/// Steps, and what the deployment system says: side by side where there is room, else below each other.
fn body(scene: &Scene<'_>, component: &Component, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let steps = component.workload.as_ref().map(|workload| workload.steps.as_slice()).unwrap_or_default();
    if cells < 70 || steps.is_empty() {
        let facts = workload::lines(scene, component, cells);
        let for_steps = height.saturating_sub(facts.len().min(height / 2)).min(steps.len());
        let mut lines = rows(scene, component, for_steps);
        if !lines.is_empty() && lines.len() + facts.len() < height {
            lines.push(Strip::new());
        }
        lines.extend(facts);
        return lines;
    }
    let left = (cells * 2 / 5).min(38);
    let facts = workload::lines(scene, component, cells - left - 2);
    let steps = rows(scene, component, height);
    (0..steps.len().max(facts.len()))
        .map(|index| {
            let step = steps.get(index).cloned().unwrap_or_default().fitted(left, look.glyphs.ellipsis);
            let missing = (left + 2).saturating_sub(step.width());
            step.put(" ".repeat(missing), look.text()).join(facts.get(index).cloned().unwrap_or_default())
        })
        .collect()
}

/// The steps, the current one among them.
fn rows(scene: &Scene<'_>, component: &Component, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let Some(workload) = &component.workload else { return Vec::new() };
    let current = workload.steps.iter().position(|step| matches!(step.state, StepState::Current | StepState::Failed));
    let chosen = match scene.chosen_step() {
        Some(ComponentRow::Step { index, .. }) if scene.has_keys(List::Components) => Some(index),
        _ => None,
    };
    let window = Window::of(workload.steps.len(), chosen.or(current), height);
    let mut lines: Vec<Strip> = workload
        .steps
        .iter()
        .enumerate()
        .skip(window.first)
        .take(window.shown)
        .map(|(index, step)| {
            let line = row(scene, workload, index, step);
            let cells = line.width();
            if chosen == Some(index) { line.filled(cells, look.selection()) } else { line }
        })
        .collect();
    if window.rest {
        lines.push(window.rest_line(workload.steps.iter().map(|step| level(workload, step)), look));
    }
    lines
}

/// How much a step needs a person.
const fn level(workload: &Workload, step: &Step) -> Level {
    match step.state {
        StepState::Done => Level::Ok,
        StepState::Ahead => Level::Wait,
        StepState::Failed => Level::Bad,
        StepState::Current if workload.gate.is_some() => Level::Paused,
        StepState::Current => Level::Run,
    }
}

fn row(scene: &Scene<'_>, workload: &Workload, index: usize, step: &Step) -> Strip {
    let look = scene.look;
    let level = level(workload, step);
    let style = match step.state {
        StepState::Ahead => look.dim(),
        StepState::Done => look.text(),
        StepState::Current | StepState::Failed => look.bold(),
    };
    let digits = workload.steps.len().to_string().len();
    Strip::of("  ", look.text())
        .put(look.glyph(level), look.level(level))
        .put(format!(" {:>digits$} ", index + 1), style)
        .put(&step.label, style)
}

/// A line for each component.
fn components(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let shown = scene.component(release);
    let selected =
        release.components.iter().position(|component| shown.is_some_and(|shown| std::ptr::eq(shown, component)));
    let window = Window::of(release.components.len(), selected, height);
    let visible: Vec<&Component> = release.components.iter().skip(window.first).take(window.shown).collect();
    let rows: Vec<Vec<Strip>> = visible.iter().map(|component| component_cells(scene, component)).collect();
    let columns = [
        Column::text("", 10, 30, 0),
        Column::text("", 15, 24, 2),
        Column::text("", 5, 12, 4),
        Column::number("", 3, 3),
        Column::number("", 4, 1),
        Column::text("", 6, 22, 5),
    ];
    let layout = Layout::of(&columns, &rows, cells.saturating_sub(2));
    let focused = scene.has_keys(List::Components) && matches!(scene.chosen_step(), Some(ComponentRow::Component(_)));
    let mut lines: Vec<Strip> = rows
        .iter()
        .zip(visible)
        .map(|(row, component)| {
            let here = shown.is_some_and(|shown| std::ptr::eq(shown, component));
            let mark = if here { look.glyphs.here } else { " " };
            let line = Strip::of(format!("{mark} "), look.style(Role::Accent)).join(layout.line(row, look));
            if here && focused { line.filled(cells, look.selection()) } else { line }
        })
        .collect();
    if window.rest {
        lines.push(window.rest_line(release.components.iter().map(|component| component.level), look));
    }
    lines
}

fn component_cells(scene: &Scene<'_>, component: &Component) -> Vec<Strip> {
    let look = scene.look;
    let text = look.text();
    let guess = if component.guessed { " (guessed)" } else { "" };
    let unknown = || Strip::of("?", look.words(Level::Unknown));
    let version = component.version.as_deref().map_or_else(unknown, |version| {
        let from = component.previous.as_ref().map(|old| format!("{old} {} ", look.glyphs.arrow)).unwrap_or_default();
        Strip::of(from, text).put(version, look.bold())
    });
    let workload = component.workload.as_ref();
    let traffic = workload.map_or_else(unknown, |w| Strip::of(workload::share(w.traffic.actual, w.traffic.max), text));
    let step = workload.and_then(workload::position).map_or_else(Strip::new, |step| Strip::of(step, text));
    let word = workload.map_or_else(|| component.phase.word(), |w| w.status.word());
    vec![
        look.status(component.level, &format!("{}{guess}", component.service)),
        version,
        Strip::of(component.region.as_deref().unwrap_or_default(), text),
        step,
        traffic,
        Strip::of(word, text),
    ]
}
