//! A run, while it goes on and a little longer: where it stands in block letters, its clock against its budget, its steps.

use super::{headline, state::State, status};
use crate::{
    app::{rows, wall::Wall},
    domain::run::Run,
    tui::{progress, scene::Scene, strip::Strip},
};

/// How many lines of output are worth a look from across the room.
const OUTPUT: usize = 6;

pub(super) fn lines(scene: &Scene<'_>, wall: &Wall, run: &Run, cells: usize, height: usize) -> Vec<Strip> {
    let (look, now) = (scene.look, scene.model.now);
    let (done, all) = progress::steps(run);
    let clock = progress::clock(run, look, now);
    let state = state(scene, run);
    let steps: Vec<Strip> = rows::run_steps(scene.model).iter().map(|row| step(scene, run, &row.item, cells)).collect();
    let output = output(scene, wall, cells);
    let progress = Strip::of(format!("{done}/{all} steps   "), look.bold()).join(clock);
    // Steps come before the output, and both after the state.
    let for_headline = height.saturating_sub(steps.len() + 3).max(height / 3);
    let mut lines = headline::lines(scene, &state, cells, for_headline, super::for_letters(wall, for_headline));
    lines.extend([Strip::new(), progress, Strip::new()]);
    lines.extend(steps);
    let room = height.saturating_sub(lines.len() + 2);
    if !output.is_empty() && room > 0 {
        lines.push(Strip::new());
        lines.push(status::title(scene, "OUTPUT"));
        lines.extend(output.into_iter().rev().take(room.min(OUTPUT)).collect::<Vec<_>>().into_iter().rev());
    }
    lines
}

fn state(scene: &Scene<'_>, run: &Run) -> State {
    let (level, word) = progress::stands(scene, run);
    let dot = scene.look.glyphs.dot;
    State {
        about: progress::what(run),
        place: format!("{} {dot} {}", run.plan.target.environment, run.id),
        ..State::new(level, &word.to_lowercase())
    }
}

fn step(scene: &Scene<'_>, run: &Run, row: &rows::StepRow<'_>, cells: usize) -> Strip {
    let look = scene.look;
    let (level, word) = progress::step_stands(scene, run, row.step, row.last());
    let right = Strip::of(word, look.words(level));
    Strip::of(look.glyph(level), look.level(level))
        .put(format!(" {} {}", row.index + 1, row.step.title), look.text())
        .fitted(cells.saturating_sub(right.width() + 2), look.glyphs.ellipsis)
        .right(right, cells)
}

/// What its step wrote last; nothing where texts from outside are not shown.
fn output(scene: &Scene<'_>, wall: &Wall, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let shown = scene.model.output.as_ref().filter(|_| !wall.privacy);
    let lines = shown.and_then(|output| output.lines.as_ref().ok());
    let line = |line: &String| Strip::of(line, look.text()).fitted(cells, look.glyphs.ellipsis);
    lines.map(|lines| lines.iter().map(line).collect()).unwrap_or_default()
}
