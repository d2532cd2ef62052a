//! What may follow the chord prefix: a menu at the bottom, above the footer, so that what it is about stays in sight.

use ratatui::{buffer::Buffer, layout::Rect};

use super::window;
use crate::{
    app::{
        action::Action,
        keymap::{Binding, Scope, label},
        write::{self, Standing},
    },
    domain::level::Level,
    tui::{
        frame::{self, Content},
        scene::Scene,
        strip::Strip,
        theme::Role,
    },
};

/// A column this wide holds what an entry does and whether it can be done.
const COLUMN: usize = 38;
/// Where in a column the state of an entry begins.
const STATE: usize = 29;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let keymap = &scene.model.setup.keymap;
    let scope = Scope::of_screen(&scene.model.ui.screen);
    let entries: Vec<&Binding> = keymap.bindings(scope).filter(|binding| !binding.chords.is_empty()).collect();
    let inside = usize::from(area.width.saturating_sub(4));
    let columns = if inside >= 2 * COLUMN { 2 } else { 1 };
    let rows = entries.len().div_ceil(columns);
    let most = usize::from(area.height.saturating_sub(4));
    let cells = inside / columns;
    let mut lines: Vec<Strip> = (0..rows)
        .map(|row| {
            let of_row = (0..columns).filter_map(|column| entries.get(column * rows + row));
            of_row.fold(Strip::new(), |line, binding| {
                let start = line.width().div_ceil(cells) * cells;
                let line = if start == 0 { line } else { line.at(start) };
                line.join(entry(scene, binding).fitted(cells.saturating_sub(2), look.glyphs.ellipsis))
            })
        })
        .collect();
    lines.extend(blocked(scene, &entries));
    if let Some(why) = write::barred(scene.model) {
        let line = Strip::of(look.glyphs.blocked, look.level(Level::Bad));
        lines
            .insert(0, line.put(format!(" READ-ONLY by {why}: nothing can be changed from this console"), look.text()));
    }
    if lines.len() > most {
        let hidden = lines.len() + 1 - most.max(1);
        lines.truncate(most.saturating_sub(1));
        lines.push(Strip::of(format!("+{hidden} more: ? lists them"), look.dim()));
    }
    let height = frame::cells(lines.len()).saturating_add(2).min(area.height.saturating_sub(2));
    let place = Rect { y: area.bottom().saturating_sub(1 + height), height, ..area };
    let content = Content {
        title: Strip::of(label(keymap.prefix), look.style(Role::Key)).put(" and then", look.bold()),
        right: Strip::of("within 2 s  ? all keys  Esc closes", look.dim()),
        lines,
    };
    window(scene, &content, place, buffer);
}

/// `r  plan a rollback   not yet`.
fn entry(scene: &Scene<'_>, binding: &Binding) -> Strip {
    let look = scene.look;
    let keys: Vec<String> = binding.chords.iter().map(|key| label(*key)).collect();
    let line = Strip::of(keys.join(" "), look.style(Role::Key)).at(3).put(binding.action.help(), look.text()).at(STATE);
    let Action::Write(write) = binding.action else { return line };
    match write.standing(scene.model) {
        Standing::Ready => line,
        Standing::NotYet(_) => line.put("not yet", look.text()),
        Standing::Blocked(_) | Standing::Barred(_) => line.put(look.glyphs.blocked, look.level(Level::Bad)),
    }
}

/// `⊘ t w  choose the line of an item first`: why some cannot be asked for now, each reason once.
fn blocked(scene: &Scene<'_>, entries: &[&Binding]) -> Vec<Strip> {
    let look = scene.look;
    let mut reasons: Vec<(String, Vec<String>)> = Vec::new();
    for binding in entries {
        let Action::Write(write) = binding.action else { continue };
        let Standing::Blocked(why) = write.standing(scene.model) else { continue };
        let keys = binding.chords.iter().map(|key| label(*key)).collect::<Vec<_>>().join(" ");
        match reasons.iter_mut().find(|(known, _)| *known == why) {
            Some((_, known)) => known.push(keys),
            None => reasons.push((why, vec![keys])),
        }
    }
    let line = |(why, keys): (String, Vec<String>)| {
        Strip::of(look.glyphs.blocked, look.level(Level::Bad))
            .put(format!(" {} ", keys.join(" ")), look.style(Role::Key))
            .put(why, look.text())
    };
    reasons.into_iter().map(line).collect()
}
