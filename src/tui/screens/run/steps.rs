//! The steps of a run, each with how it went, and the attempts.

use crate::{
    app::{
        model::List,
        rows::{self, StepRow},
    },
    domain::{
        level::Level,
        run::{Attempt, Run},
        time::Span,
    },
    tui::{
        frame::Content,
        list::Window,
        progress,
        scene::Scene,
        strip::{Strip, wrap},
    },
};

pub(super) fn content(scene: &Scene<'_>, run: &Run, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let found = rows::run_steps(scene.model);
    let shown = rows::shown_attempt(scene.model).map(|row| row.index);
    let selected = scene.chosen(List::RunSteps, &found);
    let (done, all) = progress::steps(run);
    let mut groups: Vec<Vec<Strip>> = found.iter().map(|row| step(scene, run, &row.item, cells)).collect();
    let total: usize = groups.iter().map(Vec::len).sum();
    if total > height {
        // What went well needs no second line when room is short.
        let current = selected.or(shown);
        for (index, group) in groups.iter_mut().enumerate() {
            if current != Some(index) {
                group.truncate(1);
            }
        }
    }
    let current = selected.or_else(|| shown.and_then(|shown| found.iter().position(|row| row.item.index == shown)));
    let extra: usize = groups.iter().map(|group| group.len() - 1).sum();
    let window = Window::of(groups.len(), current, height.saturating_sub(extra).max(1));
    let mut lines = Vec::new();
    for (index, group) in groups.into_iter().enumerate().skip(window.first).take(window.shown) {
        let chosen = selected == Some(index);
        for (row, line) in group.into_iter().enumerate() {
            lines.push(if chosen && row == 0 { line.filled(cells, look.selection()) } else { line });
        }
    }
    if window.rest {
        let levels = found.iter().map(|row| progress::step_stands(scene, run, row.item.step, row.item.last()).0);
        lines.push(window.rest_line(levels, look));
    }
    Content { title: Strip::of("Steps", look.bold()), right: Strip::of(format!("{done}/{all}"), look.text()), lines }
}

fn step(scene: &Scene<'_>, run: &Run, row: &StepRow<'_>, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let (level, word) = progress::step_stands(scene, run, row.step, row.done);
    let right = Strip::of(word, look.words(level)).put(times(scene, row, row.done), look.text());
    let room = cells.saturating_sub(right.width() + 2);
    let first = Strip::of(look.glyph(level), look.level(level))
        .put(format!(" {} ", row.index + 1), look.text())
        .put(&row.step.title, if level == Level::Wait { look.text() } else { look.bold() })
        .fitted(room, look.glyphs.ellipsis)
        .right(right, cells);
    let mut lines = vec![first];
    let words = row.done.and_then(|attempt| attempt.result.as_ref()).filter(|_| level != Level::Ok);
    if let Some(result) = words.filter(|result| !result.words.is_empty()) {
        let style = look.words(level);
        let parts = wrap(&result.words, cells.saturating_sub(6));
        lines.extend(parts.into_iter().take(2).map(|part| Strip::of("     ", look.text()).put(part, style)));
    }
    if let Some(undone) = row.undone {
        let (level, word) = progress::step_stands(scene, run, row.step, Some(undone));
        let line = Strip::of("     undo ", look.text()).join(look.status(level, word));
        lines.push(line.put(times(scene, row, Some(undone)), look.text()));
    }
    lines
}

/// `  1m59s of 3m, attempt 2 of 3`; `  9s  14:32Z` when it is done.
fn times(scene: &Scene<'_>, row: &StepRow<'_>, attempt: Option<&Attempt>) -> String {
    let Some(attempt) = attempt else { return format!("  limit {}", row.step.timeout) };
    let tried = if attempt.number > 1 {
        format!(", attempt {} of {}", attempt.number, row.step.attempts.max(attempt.number))
    } else {
        String::new()
    };
    match &attempt.result {
        None => {
            let took = Span::between(attempt.at, scene.model.now).age();
            format!("  {took} of {}{tried}", row.step.timeout)
        }
        Some(result) => format!("  {}  {}{tried}", result.took.age(), scene.minute(result.at)),
    }
}
