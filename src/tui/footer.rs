//! The last line: a notice, or the keys of where you are.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{list::counts, scene::Scene, strip::Strip, theme::Role};
use crate::{
    app::{
        action::Action,
        keymap::{Binding, Scope, label},
        model::List,
        rows,
    },
    domain::{level::Level, release::Release},
};

/// Draws the footer into the last line of `area`; `right` stands at its end where it fits.
pub(crate) fn draw(scene: &Scene<'_>, right: Strip, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let Some(y) = area.bottom().checked_sub(1) else { return };
    let width = usize::from(area.width);
    let notice = scene.model.ui.notice.as_ref().filter(|notice| notice.until > scene.model.now);
    let line = if let Some(notice) = notice {
        Strip::of(" ", look.text()).put(&notice.text, look.bold())
    } else {
        let news = frozen(scene).join(filtered(scene));
        let room = width.saturating_sub(right.width() + news.width() + 3);
        news.join(hints(scene, room))
    };
    let end = width.saturating_sub(1);
    line.fitted(end, look.glyphs.ellipsis).right(right, end).draw(buffer, area.x, y, area.width);
}

/// On a frozen screen: the key that ends it, and what grew worse behind it. Nothing else would tell.
fn frozen(scene: &Scene<'_>) -> Strip {
    let (look, model) = (scene.look, scene.model);
    let Some(frozen) = &model.ui.frozen else { return Strip::new() };
    let level = |release: &Release| frozen.picture.release(&release.id).map(|before| before.level);
    let grown =
        model.picture.releases.iter().filter(|release| {
            release.level >= Level::Watch && level(release).is_none_or(|before| before < release.level)
        });
    let key = Strip::of(" ", look.text()).put(scene.model.setup.keymap.key_of(Action::Freeze), look.style(Role::Key));
    let line = key.put(" goes on", look.text());
    let count = grown.clone().count();
    match grown.max_by_key(|release| release.level) {
        None => line,
        Some(worst) => {
            let more = if count > 1 { format!(" +{}", count - 1) } else { String::new() };
            let words = format!("{} grew worse meanwhile{more}", worst.name);
            line.put("  ", look.text()).join(look.status(worst.level, &words))
        }
    }
    .put("  ", look.text())
}

/// What the filter of the list hides: a list that is shorter than it seems is told.
fn filtered(scene: &Scene<'_>) -> Strip {
    let (look, model) = (scene.look, scene.model);
    let Some(list) = model.ui.list() else { return Strip::new() };
    let filter = model.ui.filter(list);
    if filter.is_empty() {
        return Strip::new();
    }
    let shown = rows::ids(model, list).len();
    let line = Strip::of(" /", look.style(Role::Accent))
        .put(filter, look.bold())
        .put(format!("  {shown} of {} shown", rows::total(model, list)), look.text());
    let levels: Vec<Level> = if list == List::Releases {
        rows::hidden(model).iter().map(|release| release.level).collect()
    } else {
        Vec::new()
    };
    let counted = counts(&levels, look);
    let line = if counted.width() > 0 { line.put(", hidden ", look.text()).join(counted) } else { line };
    line.put("  ", look.text())
}

/// Between two keys.
const GAP: &str = "   ";

/// As many keys as fit, the most useful first; the way to all the others, help and palette, is always among them.
fn hints(scene: &Scene<'_>, cells: usize) -> Strip {
    let look = scene.look;
    let keymap = &scene.model.setup.keymap;
    let scope = Scope::of(scene.model).unwrap_or_else(|| Scope::of_screen(&scene.model.ui.screen));
    let drawn = |key: String, word: &str| Strip::of(key, look.style(Role::Key)).put(format!(" {word}"), look.text());
    let hint = |(binding, word): (&Binding, &str)| drawn(keymap.key_label(binding), word);
    let last = |binding: &Binding| matches!(binding.action, Action::Help | Action::Palette);
    let end: Vec<Strip> = keymap.hints(scope).filter(|(binding, _)| last(binding)).map(hint).collect();
    let mut wanted: Vec<Strip> = keymap.hints(scope).filter(|(binding, _)| !last(binding)).map(hint).collect();
    if keymap.bindings(scope).any(|binding| !binding.chords.is_empty()) {
        wanted.push(drawn(label(keymap.prefix), "actions"));
    }
    let taken = |hints: &[Strip]| hints.iter().map(|hint| hint.width() + GAP.len()).sum::<usize>();
    let mut line: Vec<Strip> = Vec::new();
    for hint in wanted {
        if 1 + taken(&line) + hint.width() + GAP.len() + taken(&end) <= cells + GAP.len() {
            line.push(hint);
        }
    }
    line.extend(end);
    line.into_iter().enumerate().fold(Strip::of(" ", look.text()), |line, (index, hint)| {
        let gap = if index == 0 { "" } else { GAP };
        line.put(gap, look.text()).join(hint)
    })
}

/// The line that says what is wrong with files on disk; `None` when nothing is.
pub(crate) fn config_problem(scene: &Scene<'_>) -> Option<Strip> {
    let look = scene.look;
    let problems = &scene.model.config_problems;
    let first = problems.first()?;
    let more = if problems.len() > 1 { format!(" (+{} more)", problems.len() - 1) } else { String::new() };
    Some(
        Strip::of(" ", look.text())
            .put(look.glyph(Level::Watch), look.level(Level::Watch))
            .put(format!(" configuration: {first}{more}; the last good one stays in use"), look.bold()),
    )
}
