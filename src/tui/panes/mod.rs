//! The panes of a release, numbered as on the keyboard.

pub(crate) mod alerts;
mod analysis;
pub(crate) mod burn;
pub(crate) mod chart;
pub(crate) mod checks;
mod slo;
pub(crate) mod sources;
mod steps;
pub(crate) mod timeline;
mod triggers;
pub(crate) mod workload;

use super::{frame::Content, scene::Scene, strip::Strip};
use crate::{
    app::{model::Pane, rows},
    domain::{level::Level, picture::SourceView, release::Release, time::Timestamp},
};

pub(crate) use self::{
    slo::worst,
    workload::{position, share},
};

/// What a pane shows in so many cells and lines. Text may be longer: whoever draws it counts what does not fit.
pub(crate) fn content(scene: &Scene<'_>, release: &Release, pane: Pane, cells: usize, height: usize) -> Content {
    let mut content = match pane {
        Pane::Steps => steps::content(scene, release, cells, height),
        Pane::Chart => chart::content(scene, release, cells, height),
        Pane::Slo => slo::content(scene, release, cells, height),
        Pane::Alerts => alerts::content(scene, release, cells, height),
        Pane::Checks => checks::content(scene, release, cells, height),
        Pane::Triggers => criteria(scene, release, cells, height),
        Pane::Timeline => timeline::content(scene, cells, height),
        Pane::Sources => sources::content(scene, cells, height),
    };
    let look = scene.look;
    let number = look.style(super::theme::Role::Accent);
    content.title = Strip::of(format!("{} ", pane.number()), number).join(content.title);
    content
}

/// Pane 6: canaries beside stable, where some run, and below them the triggers. Where there is not room for all of it, canaries
/// have a line each.
fn criteria(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let running = rows::analyses(scene.model).len();
    if running == 0 {
        return triggers::content(scene, release, cells, height);
    }
    let left = height.saturating_sub(running.min(height / 3));
    let wanted = triggers::content(scene, release, cells, left).lines.len().min(left);
    let canaries = analysis::content(scene, release, cells, height.saturating_sub(wanted).max(1));
    let room = height.saturating_sub(canaries.lines.len());
    let Content { title, right, lines } = triggers::content(scene, release, cells, room);
    Content { title, right, lines: [canaries.lines, lines].concat() }
}

/// `prom ✓ 3s · am ◌ STALE 6m12s`: the sources of these kinds, with their age; for the right end of a frame.
fn origin(scene: &Scene<'_>, wanted: impl Fn(&SourceView) -> bool) -> Strip {
    let look = scene.look;
    let mut line = Strip::new();
    for source in scene.picture.sources.iter().filter(|source| wanted(source)) {
        if line.width() > 0 {
            line = line.put(format!(" {} ", look.glyphs.dot), look.dim());
        }
        line = line.put(format!("{} ", source.name), look.text()).join(scene.freshness(
            source.level,
            &source.word,
            source.age,
        ));
    }
    line
}

/// The same of one kind of source, with how to get it where none is configured.
fn nothing(scene: &Scene<'_>, empty: &str, kinds: &[&str]) -> Strip {
    let look = scene.look;
    let mut of_kind = scene.picture.sources.iter().filter(|source| kinds.contains(&source.kind.as_str())).peekable();
    if of_kind.peek().is_none() {
        return look.status(Level::Unknown, &format!("no source of this kind is configured ({})", kinds.join(", ")));
    }
    let waiting: Vec<&SourceView> = of_kind.clone().filter(|source| source.word == "WAITING").collect();
    if !waiting.is_empty() {
        let names = waiting.iter().map(|source| source.name.as_str()).collect::<Vec<_>>().join(", ");
        return Strip::of(look.glyph(Level::Wait), look.level(Level::Wait))
            .put(format!(" waiting for the first answer of {names}"), look.text());
    }
    match of_kind.find(|source| source.level >= Level::Unknown) {
        Some(source) => look.status(Level::Unknown, &format!("not known: {} is {}", source.name, source.word)),
        None => Strip::of(empty, look.text()),
    }
}

/// `4m12s ago`, right for a narrow column: `4m12s`.
fn age(scene: &Scene<'_>, at: Timestamp) -> Strip {
    Strip::of(scene.since(at).age(), scene.look.text())
}
