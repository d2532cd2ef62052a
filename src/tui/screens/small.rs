//! A terminal that is too small for a screen: one line with what matters most, and what to do.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    domain::level::Level,
    tui::{frame, list, scene::Scene, strip::Strip},
};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let advice = Strip::of("enlarge to 80x24", look.text());
    let cells = usize::from(area.width);
    let fact = fact(scene, cells);
    if area.height == 1 {
        frame::lines(&[fact.right(advice, cells)], look, area, buffer);
    } else {
        frame::lines(&[fact, advice], look, area, buffer);
    }
}

/// The worst release with its state in words, why, and how many others need what.
fn fact(scene: &Scene<'_>, cells: usize) -> Strip {
    let look = scene.look;
    let releases = &scene.picture.releases;
    let Some(worst) = releases.iter().min_by_key(|release| std::cmp::Reverse(release.level)) else {
        return nothing(scene);
    };
    let mut line = Strip::of(look.glyph(worst.level), look.level(worst.level))
        .put(format!(" {} ", worst.name), look.bold())
        .put(worst.headline(), look.words(worst.level));
    let others: Vec<Level> = releases
        .iter()
        .filter(|release| release.id != worst.id && release.level >= Level::Watch)
        .map(|release| release.level)
        .collect();
    let others = Strip::of("  ", look.text()).join(list::counts(&others, look));
    let others = if others.width() > 2 { others } else { Strip::new() };
    if let Some(reason) = worst.reasons.first() {
        let with_reason = line.clone().put(format!("  {}", reason.text), look.text());
        line = if with_reason.width() + others.width() <= cells { with_reason } else { line };
    }
    line.fitted(cells.saturating_sub(others.width()), look.glyphs.ellipsis).join(others)
}

/// No release: there is none, or no source can say.
fn nothing(scene: &Scene<'_>) -> Strip {
    let look = scene.look;
    let sources = &scene.picture.sources;
    match sources.iter().max_by_key(|source| source.level) {
        None => look.status(Level::Unknown, "nothing is configured"),
        Some(worst) if worst.level >= Level::Unknown => {
            look.status(worst.level, &format!("releases unknown: {} {}", worst.name, worst.word))
        }
        Some(_) if sources.iter().any(|source| source.word == "WAITING") => {
            look.status(Level::Wait, "waiting for the first answers")
        }
        Some(_) => look.status(Level::Ok, "no releases in flight"),
    }
}
