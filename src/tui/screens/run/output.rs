//! What the step that is looked at wrote: masked when it was kept, cleaned when it is drawn.

use crate::{
    app::rows,
    domain::run::Run,
    tui::{
        frame::Content,
        scene::Scene,
        strip::{Strip, wrap},
    },
};

pub(super) fn content(scene: &Scene<'_>, run: &Run, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let mut content = Content { title: Strip::of("Output", look.bold()), ..Content::default() };
    let Some(row) = rows::shown_attempt(scene.model) else {
        content.lines = vec![Strip::of("nothing was begun yet", look.text())];
        return content;
    };
    content.title = content.title.put(format!("  step {} {}", row.index + 1, row.step.title), look.text());
    content.right = Strip::of("secrets are masked", look.dim());
    let mut lines = request(scene, &row, cells);
    let output = scene.model.output.as_ref().filter(|output| Some(&output.of) == rows::attempted(scene.model).as_ref());
    match output.map(|output| (&output.lines, output.before)) {
        _ if row.last().is_none() => lines.push(Strip::of("not begun", look.dim())),
        None => lines.push(Strip::of("being read", look.dim())),
        Some((Err(why), _)) => {
            lines.extend(wrap(why, cells).into_iter().map(|part| Strip::of(part, look.text())));
        }
        Some((Ok(kept), before)) => {
            if kept.is_empty() {
                lines.push(Strip::of("it wrote nothing", look.dim()));
            }
            // The newest lines are what is read: as many as there is room for.
            let room = height.saturating_sub(lines.len());
            let skipped = kept.len().saturating_sub(room);
            if skipped > 0 || before > 0 {
                let shown = room.saturating_sub(1);
                let from = kept.len().saturating_sub(shown);
                lines.push(Strip::of(format!("{from} lines and {before} bytes before"), look.dim()));
                lines.extend(kept.iter().skip(from).map(|line| Strip::of(line, look.text())));
            } else {
                lines.extend(kept.iter().map(|line| Strip::of(line, look.text())));
            }
        }
    }
    content.lines = lines;
    let _ = run;
    content
}

/// What exactly is done.
fn request(scene: &Scene<'_>, row: &rows::StepRow<'_>, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let undo = row.last().is_some_and(|attempt| attempt.undo);
    let request = if undo { row.step.undo.as_ref() } else { Some(&row.step.request) };
    let words = request.map(crate::domain::plan::request::Request::words).unwrap_or_default();
    wrap(&words, cells).into_iter().take(3).map(|part| Strip::of(part, look.dim())).collect()
}
