//! A terminal that is too small for a screen: one line with what matters most, and what to do.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{frame, look::word, scene::Scene, strip::Strip};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let worst = scene.picture.releases.iter().max_by_key(|release| release.level);
    let fact = match worst {
        Some(release) => {
            let reason = release.reasons.iter().find(|reason| reason.level == release.level);
            let words = reason.map_or(word(release.level), |reason| &reason.short);
            Strip::of(look.glyph(release.level), look.level(release.level))
                .put(format!(" {} ", release.name), look.bold())
                .put(words, look.words(release.level))
        }
        None => Strip::of("no releases", look.text()),
    };
    frame::lines(&[fact, Strip::of("enlarge to 80x24", look.text())], look, area, buffer);
}
