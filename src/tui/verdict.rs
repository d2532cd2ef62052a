//! The line under the header of a release: the worst fact about it, why, and how old that is.

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

use super::{list, panes::checks, scene::Scene, strip::Strip};
use crate::domain::{level::Level, release::Release};

/// Glyph and words for a table: `✗ page firing`, `► RUN`, `✗ HOLD, page firing`.
pub(crate) fn short(scene: &Scene<'_>, release: &Release) -> Strip {
    let star = scene.star(release, |changed| changed.state);
    scene.look.status(level(scene, release), &words(scene, release)).put(star, scene.look.bold())
}

/// How much it needs a person; one that is held is never quiet.
pub(crate) fn level(scene: &Scene<'_>, release: &Release) -> Level {
    release.level.max(checks::held(scene, release).map_or(Level::Ok, |_| Level::Watch))
}

/// Its state in a few words, a decision against it first.
fn words(scene: &Scene<'_>, release: &Release) -> String {
    match checks::held(scene, release) {
        Some(word) if release.level >= Level::Watch => format!("{word}, {}", release.headline()),
        Some(word) => word,
        None => release.headline().to_owned(),
    }
}

/// How old the oldest of the data is that the release is judged by.
pub(crate) fn data_age(scene: &Scene<'_>, release: &Release) -> String {
    release.data_at.map_or_else(|| "?".to_owned(), |at| scene.since(at).age())
}

/// Draws the verdict line into the first line of `area`.
pub(crate) fn draw(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = usize::from(area.width);
    let text = look.text();
    let level = level(scene, release);
    let style = match level {
        Level::Bad => look.level(Level::Bad).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        Level::Unknown => look.level(Level::Unknown).add_modifier(Modifier::BOLD),
        Level::Watch => look.level(Level::Watch).add_modifier(Modifier::BOLD),
        level => look.level(level).add_modifier(Modifier::BOLD),
    };
    let words = words(scene, release);
    let age = match release.data_at {
        Some(_) if width >= 100 => format!("data {} old ", data_age(scene, release)),
        Some(_) => format!("{} old ", data_age(scene, release)),
        None => "data age ? ".to_owned(),
    };
    let age = Strip::of(age, text);
    let mut line = Strip::of(" ", text)
        .put(format!(" {} {words}{} ", look.glyph(level), scene.star(release, |changed| changed.state)), style)
        .put("  ", text);
    let room = width.saturating_sub(age.width() + 2);
    if release.reasons.is_empty() {
        line = line.put(release.phase.word(), text);
    }
    for (index, reason) in release.reasons.iter().enumerate() {
        let gap = if index == 0 { String::new() } else { format!(" {} ", look.glyphs.dot) };
        let more = release.reasons.len() - index;
        let next = Strip::of(gap, look.dim()).put(&reason.text, if index == 0 { look.bold() } else { text });
        // One that does not fit is counted, not cut away, unless it is the first: that one is shortened, and the rest counted.
        let rest = count(scene, release, index);
        let for_rest = if more > 1 { count(scene, release, index + 1).width() } else { 0 };
        if index > 0 && line.width() + next.width() + for_rest > room {
            line = line.join(rest);
            break;
        }
        let left = room.saturating_sub(line.width() + for_rest);
        line = line.join(next.fitted(left, look.glyphs.ellipsis));
    }
    line.fitted(room, look.glyphs.ellipsis).right(age, width).draw(buffer, area.x, area.y, area.width);
}

/// `  +3 ▲`: how many reasons there are from the one at `first` on, and the worst of them.
fn count(scene: &Scene<'_>, release: &Release, first: usize) -> Strip {
    let levels: Vec<Level> = release.reasons.iter().skip(first).map(|reason| reason.level).collect();
    Strip::of(format!("  +{} ", levels.len()), scene.look.text()).join(list::worst(&levels, scene.look))
}
