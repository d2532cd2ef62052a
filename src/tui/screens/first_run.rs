//! Nothing is configured: what to do about it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{frame, scene::Scene, strip::Strip, theme::Role};

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let text = look.text();
    let command =
        |words: &str, does: &str| Strip::of("  ", text).put(words, look.style(Role::Key)).at(46).put(does, text);
    let mut lines = vec![
        Strip::of("Welcome to warroom, the release war room in a terminal.", look.bold()),
        Strip::new(),
        Strip::of("No source is configured yet, so there is nothing to show. Leave with q, then:", text),
        Strip::new(),
        command("warroom demo", "a release that goes wrong"),
        command("warroom demo --write DIR", "files to start from"),
        command("warroom --prometheus URL --context NAME", "without any file"),
        Strip::new(),
        Strip::of("The configuration is looked for in", text),
    ];
    lines.extend(
        scene.model.setup.config_places.iter().map(|place| Strip::of("  ", text).put(place, look.style(Role::Link))),
    );
    lines.push(Strip::new());
    lines.push(
        Strip::of("  ", text)
            .put("warroom config check", look.style(Role::Key))
            .at(46)
            .put("what is wrong with it", text),
    );
    lines.push(Strip::of("  ", text).put("warroom doctor", look.style(Role::Key)).at(46).put("what works here", text));
    let width = area.width.min(80);
    let height = frame::cells(lines.len()).min(area.height);
    let inside = Rect {
        x: area.x + (area.width - width) / 2 + 1,
        y: area.y + (area.height - height) / 3 + u16::from(area.height > height + 2),
        width: width.saturating_sub(2),
        height,
    };
    frame::lines(&lines, look, inside.intersection(area), buffer);
    Strip::new()
}
